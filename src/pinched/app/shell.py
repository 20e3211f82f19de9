"""What every command shares: how mistakes and interruptions are told, options, progress."""

import contextlib
import os
import platform
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from pinched.core.errors import PinchedError

interrupted = threading.Event()


def interrupt(*_) -> None:
    """Stop: at once, or at the next progress where the exception is lost in a callback of the garbage collector."""
    interrupted.set()
    sys.unraisablehook = lambda _: None  # such a loss is no news to the user
    raise KeyboardInterrupt


class Commands(TyperGroup):
    """Tells a user's mistake in one sentence, and an interruption as what it is."""

    def invoke(self, ctx):
        """Run the command; what the user has to mend leaves with 2, Ctrl-C with 130, a termination like that."""
        interrupted.clear()
        for stop in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(stop) is not signal.SIG_IGN:
                signal.signal(stop, interrupt)
        try:
            return super().invoke(ctx)
        except PinchedError as error:
            print(f"pinched: {error}", file=sys.stderr)
            raise typer.Exit(2) from None
        except OSError as error:
            if error.filename is None:  # no file of the user's
                raise
            print(f"pinched: {error.filename!r} cannot be opened: {error.strerror}; name another.", file=sys.stderr)
            raise typer.Exit(2) from None
        except (KeyboardInterrupt, Exception) as error:
            if not isinstance(error, KeyboardInterrupt) and not interrupted.is_set():
                raise  # else it is an interruption that a callback of JAX has wrapped
            print("pinched: interrupted; nothing half-written was left.", file=sys.stderr)
            raise typer.Exit(130) from None


Sources = Annotated[
    list[str] | None,
    typer.Argument(metavar="SOURCE…", help="Lab files of one device, a folder, or the name of a published device."),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--columns",
        metavar="ROLE=NAME[,…]",
        help="Which column is what: voltage=V1,current=I1; a number counts from 1.",
    ),
]
Units = Annotated[
    list[str] | None, typer.Option("--unit", metavar="ROLE=UNIT[,…]", help="Unit of a column: current=uA,time=ms.")
]
Cycles = Annotated[
    int | None, typer.Option(min=1, help="Number of cycles in each file, where they are not found by themselves.")
]
Rate = Annotated[str | None, typer.Option(help="Sweep rate of files without a time column, such as 0.1V/s.")]
Meta = Annotated[Path | None, typer.Option(help="TOML file on the sample: area, thickness, stack, temperature.")]
Models = Annotated[
    list[str] | None,
    typer.Option("--model", metavar="NAME", help="Compact model to fit: a name, or my.py:Mine; may be repeated."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def pairs(options: list[str] | None, flag: str) -> dict[str, str] | None:
    """`["voltage=V1,current=I1"]` as a dict."""
    if not options:
        return None
    parts = [part for option in options for part in option.split(",")]
    for part in parts:
        if part.count("=") != 1 or part.startswith("=") or part.endswith("="):
            raise PinchedError(
                f"{flag} {part!r} is not understood: write ROLE=VALUE, for example voltage=V1,current=I1."
            )
    return dict(part.split("=") for part in parts)


def figure_file(out: Path) -> Path:
    """Where a figure goes: a PNG, unless the suffix says otherwise.

    Raises:
        PinchedError: for a suffix of another format.
    """
    if out.suffix.lower() not in ("", ".png", ".svg", ".pdf"):
        raise PinchedError(f"{str(out)!r} is no figure that can be drawn: end it in .png, .svg or .pdf.")
    return out if out.suffix else out.with_suffix(".png")


def remember_compilations() -> None:
    """Keep compiled programs between runs, since compiling them is much of the time of a first report."""
    import platformdirs

    # Programs are compiled for the processor at hand, and home folders are shared between machines.
    folder = Path(platformdirs.user_cache_dir("pinched")) / platform.node()
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(folder))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.2")


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str, float], None]]:
    """A progress bar on stderr: a function of the present stage and the fraction done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description:<36}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Starting", total=1.0)

        def advance(stage: str, done: float) -> None:
            if interrupted.is_set():
                raise KeyboardInterrupt
            bar.update(task, description=stage, completed=done)

        yield advance
