"""Logic in memory from the shell: a Boolean expression or a netlist, run on the memristors of a line."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pinched.app.bench import settings
from pinched.app.shell import AsJson, figure_file, progress, remember_compilations
from pinched.app.sources import check_sources
from pinched.core import PinchedError, engineering

logic = typer.Typer(help="Logic in memory: stateful gates of memristors on one line.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.add_typer(logic, name="logic")


@logic.callback()
def about() -> None:
    """Logic in memory: stateful gates of memristors on one line."""


@logic.command("run")
def run_logic(
    source: Annotated[str, typer.Argument(metavar="EXPRESSION", help='"a & (b ^ c)", or a .v or .blif netlist.')],
    device: Annotated[str, typer.Option(metavar="NAME", help="A published device, or a device.toml.")],
    family: Annotated[str, typer.Option(help="magic, imply, or auto: MAGIC where the device has a window.")] = "auto",
    row: Annotated[int | None, typer.Option(min=1, help="Cells of the line; default: no cell is used twice.")] = None,
    width: Annotated[float | None, typer.Option(help="Of the pulses, s; default: the widest window.")] = None,
    samples: Annotated[int, typer.Option(min=1, help="Lines per combination of the inputs, of other devices.")] = 16,
    spread: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=CV", help="Spread of a parameter; default: as published, else 5 % (assumed)."),
    ] = None,
    abc: Annotated[bool, typer.Option("--abc", help="Minimise with Berkeley ABC, where installed.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Also write the figure, PNG or SVG.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compile an expression or netlist to stateful gates, run them electrically, and print what came out."""
    check_sources([device])
    out = figure_file(out) if out else None
    from pinched.arrays.logic.functions import parse
    from pinched.arrays.logic.netfile import read

    functions = read(source) if Path(source).suffix in (".v", ".blif") else parse(source)
    remember_compilations()
    from pinched.arrays.logic import design, execute, mapped, schedule, synthesised
    from pinched.devices import device as by_name

    one = by_name(device)
    varied, told = _spread(device, one, settings(spread))
    with progress() as advance:
        advance("Looking for the design window", 0.0)
        style = design(one, family, width)
        plan = schedule((synthesised if abc else mapped)(functions, style.kind), row)
        advance(f"Running {plan.cycles} cycles", 0.5)
        done = execute(plan, one, style, samples=samples, spread=varied, seed=seed)
    if out:
        from pinched.reports.figures.logic import cell_map

        cell_map(done).savefig(out, dpi=160)
    if as_json:
        print(json.dumps({"device": device, **done.as_dict()}, ensure_ascii=False, indent=1))
        return
    _show(done, told)
    if out:
        print(f"written to {out}")


def _spread(name: str, device, given) -> tuple[dict, str]:
    """(spread of the devices, what to say of it)."""
    from pinched.arrays.logic import usual_spread
    from pinched.devices.sampling import spread

    for key, value in given.items():
        if not isinstance(value, (int, float)) or value < 0:
            raise PinchedError(f"--spread {key}={value}: give a standard deviation over the mean, such as {key}=0.05.")
    if given:
        return {k: v for k, v in given.items() if v}, "as given"
    if published := spread(name):
        return dict(published), "as published"
    return dict(usual_spread(device)), "5 % assumed"


def _show(run, told: str) -> None:
    from rich.console import Console
    from rich.table import Table

    style, plan = run.style, run.schedule
    print(plan)
    for name, (low, high) in style.window.items():
        unit = "ohm" if name == "r_load" else "V"
        ends = f"{engineering(low, unit)} … {engineering(high, unit)}"
        print(f"{type(style).__name__} {name}: {engineering(getattr(style, name), unit)}, window {ends}")
    print(f"margin {style.margin:.0%}, pulses of {engineering(style.width, 's')}")
    table = Table(*run.inputs, *(f"[bold]{name}[/bold]" for name in run.expected), "right", box=None, pad_edge=False)
    rows = run.truth_table()
    for row in rows[:32]:
        table.add_row(*(str(row[name]) for name in (*run.inputs, *run.expected)), f"{row['right']:.0%}")
    Console().print(table)
    if len(rows) > 32:
        print(f"… {len(rows) - 32} more combinations")
    energy, first, duration = run.energy.mean(), run.first_energy.mean(), run.duration
    print(
        f"energy {engineering(energy, 'J')} (first initialisation {engineering(first, 'J')}), "
        f"duration {engineering(duration, 's')}"
    )
    rate = run.error_rate
    print(f"error rate {rate.value:.3g} ({rate.low:.2g} … {rate.high:.2g}) over {rate.n} lines; spread {told}: "
          + (", ".join(run.spread) or "none"))  # fmt: skip
