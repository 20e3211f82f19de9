"""`pinched`: reports, comparisons and devices from the shell.

Exit codes: 0 done, 2 a mistake of the user told in one sentence, 130 interrupted.
"""

import contextlib
import json
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

from pinched.app.sources import check_sources
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
        """Run the command; PinchedError leaves with 2, Ctrl-C with 130, a termination cleans up like Ctrl-C."""
        interrupted.clear()
        for stop in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(stop) is not signal.SIG_IGN:
                signal.signal(stop, interrupt)
        try:
            return super().invoke(ctx)
        except PinchedError as error:
            print(f"pinched: {error}", file=sys.stderr)
            raise typer.Exit(2) from None
        except KeyboardInterrupt:
            print("pinched: interrupted; nothing half-written was left.", file=sys.stderr)
            raise typer.Exit(130) from None


app = typer.Typer(
    cls=Commands,
    help="A memristor from the probe station to the neural network.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def show_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        from pinched import __version__

        print(f"pinched {__version__}")
        raise typer.Exit


@app.callback()
def pinched(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=show_version)
    ] = False,
) -> None:
    """A memristor from the probe station to the neural network."""


devices = typer.Typer(help="The published devices that come with pinched.", invoke_without_command=True)
app.add_typer(devices, name="devices")

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


@app.command()
def report(
    sources: Sources = None,
    example: Annotated[bool, typer.Option("--example", help="Report the bundled example measurement.")] = False,
    out: Annotated[Path | None, typer.Option(help="Output folder; default: named after the source.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Two models, one seed, no improvement table.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    columns: Columns = None,
    unit: Units = None,
    cycles: Cycles = None,
    rate: Rate = None,
    meta: Meta = None,
    model: Models = None,
) -> None:
    """Judge a device from lab files or by its published name: model, synapse, array, network, cost, what to improve."""
    if example == bool(sources):
        raise PinchedError("Name lab files, a folder or a device, or give --example: pinched report sweep.csv")
    check_sources(sources or [])
    remember_compilations()
    roles, units = pairs(columns, "--columns"), pairs(unit, "--unit")
    from pinched.reports import pipeline
    from pinched.reports.example import example_file

    with progress() as advance:
        done = pipeline.report(
            *([example_file()] if example else sources or []),
            out=out or (Path("example-report") if example else None),
            quick=quick, seed=seed, progress=advance, columns=roles, units=units,
            cycles=cycles, rate=rate, meta=meta, models=model,
        )  # fmt: skip
    print(done.summary)
    if done.failures:
        raise typer.Exit(1)


@app.command()
def compare(
    sources: Annotated[
        list[str], typer.Argument(metavar="A B …", help="Report folders, published devices, lab files or folders.")
    ],
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Put devices or reports side by side."""
    check_sources(sources)
    remember_compilations()
    from pinched.reports.compare import compare

    with progress() as advance:
        table = compare(*sources, seed=seed, progress=advance)
    if as_json:
        print(json.dumps(table.to_dict("index"), ensure_ascii=False, indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    shown = Table("", *map(str, table.columns), box=None, header_style="bold", pad_edge=False)
    for label, row in table.iterrows():
        shown.add_row(str(label), *map(str, row))
    Console().print(shown)


@devices.callback(invoke_without_command=True)
def list_devices(context: typer.Context, as_json: AsJson = False) -> None:
    """List the published devices, a line each."""
    if context.invoked_subcommand:
        return
    from pinched.devices import describe, names

    described = {name: describe(name) for name in names()}
    if as_json:
        print(json.dumps(described, ensure_ascii=False, indent=1))
        return
    width = max(map(len, described))
    for name, about in described.items():
        print(f"{name:<{width}}  {about['model']:<20} {about['description']}")


@devices.command("show")
def show_device(name: Annotated[str, typer.Argument(metavar="DEVICE")]) -> None:
    """Print the parameters of a device with the origin and source of each."""
    from pinched.devices import describe, provenance

    about = describe(name)
    print(f"{about['name']}: {about['description']}\n{about['model']}, {about['status']}; {about['source']}\n")
    from rich.console import Console
    from rich.table import Table

    shown = Table("parameter", "value", "unit", "origin", "source", box=None, header_style="bold", pad_edge=False)
    for parameter, entry in provenance(name).items():
        shown.add_row(parameter, f"{entry['value']:.6g}", entry["unit"], entry["origin"], entry.get("source", ""))
    Console().print(shown)


@app.command()
def fit(
    sources: Annotated[list[str], typer.Argument(metavar="FILE…")],
    out: Annotated[Path, typer.Option(help="Where to write the fitted device.")] = Path("device.toml"),
    quick: Annotated[bool, typer.Option("--quick", help="Two candidate models by kind of data.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    columns: Columns = None,
    unit: Units = None,
    cycles: Cycles = None,
    rate: Rate = None,
    meta: Meta = None,
    model: Models = None,
) -> None:
    """Fit compact models to I–V loops and write the best as a device file."""
    check_sources(sources)
    remember_compilations()
    import pinched

    data = pinched.load(
        *sources, columns=pairs(columns, "--columns"), units=pairs(unit, "--unit"), cycles=cycles, rate=rate, meta=meta
    )
    with progress() as advance:
        fitted = pinched.fit(data, models=model, quick=quick, seed=seed, progress=advance)
    fitted.save(out)
    print(f"{fitted.verdict}\nwritten to {out}")
