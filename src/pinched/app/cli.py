"""`pinched`: reports, comparisons, devices, experiments and the gallery from the shell.

Exit codes: 0 done, 2 a mistake of the user told in one sentence, 130 interrupted.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from pinched.app import array, bench, gallery, logic, network
from pinched.app.shell import (
    AsJson,
    Columns,
    Commands,
    Cycles,
    Meta,
    Models,
    Rate,
    Sources,
    Units,
    pairs,
    progress,
    remember_compilations,
)
from pinched.app.sources import check_sources
from pinched.core.errors import PinchedError

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


bench.add_to(app)
array.add_to(app)
logic.add_to(app)
network.add_to(app)
app.add_typer(gallery.gallery, name="gallery")


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
    check_sources(sources, ())
    remember_compilations()
    import pinched

    data = pinched.load(
        *sources, columns=pairs(columns, "--columns"), units=pairs(unit, "--unit"), cycles=cycles, rate=rate, meta=meta
    )
    with progress() as advance:
        fitted = pinched.fit(data, models=model, quick=quick, seed=seed, progress=advance)
    fitted.save(out)
    print(f"{fitted.verdict}\nwritten to {out}")
