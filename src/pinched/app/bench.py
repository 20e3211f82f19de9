"""The published devices from the shell: list, show, probe, export."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from pinched.app.shell import AsJson, figure_file, progress, remember_compilations
from pinched.app.sources import check_sources
from pinched.core.errors import PinchedError

devices = typer.Typer(help="The models and published devices that come with pinched.", invoke_without_command=True)

DeviceName = Annotated[str, typer.Argument(metavar="DEVICE", help="A published device, or a device.toml.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.add_typer(devices, name="devices")
    app.command()(probe)
    app.command()(export)


@devices.callback(invoke_without_command=True)
def list_devices(context: typer.Context, as_json: AsJson = False) -> None:
    """List the published devices, pulse responses, programming statistics and transistors, a line each."""
    if context.invoked_subcommand:
        return
    from pinched.devices import describe, names, programming_names, response_names, transistor_names

    kinds = names, response_names, programming_names, transistor_names
    described = {name: describe(name) for published in kinds for name in published()}
    if as_json:
        print(json.dumps(described, ensure_ascii=False, indent=1))
        return
    width, model = (max(map(len, column)) for column in (described, [a["model"] for a in described.values()]))
    for name, about in described.items():
        doubt = "" if about["status"] in ("verified", "fitted") else f" [{about['status'].replace('_', ' ')}]"
        print(f"{name:<{width}}  {about['model']:<{model}}  {about['description']}{doubt}")


@devices.command("show")
def show_device(
    name: DeviceName,
    out: Annotated[Path | None, typer.Option(help="Also write the figure, PNG or SVG.")] = None,
) -> None:
    """Draw the loop of a device and print its parameters with the origin and source of each."""
    from rich.console import Console
    from rich.table import Table

    from pinched.devices import describe, provenance

    about = describe(name)
    print(f"{about['name']}: {about['description']}\n{about['model']}, {about['status']}; {about['source']}")
    print(f"{about['notes']}\n" if about["notes"] else "")
    shown = Table("parameter", "value", "unit", "origin", "source", box=None, header_style="bold", pad_edge=False)
    for parameter, entry in provenance(name).items():
        shown.add_row(parameter, _short(entry["value"]), entry["unit"], entry["origin"], entry.get("source", ""))
    Console().print(shown)
    if about["drive"] or out:
        _draw_loop(name, about, out)


def _short(value: Any) -> str:
    return f"[{', '.join(map(_short, value))}]" if isinstance(value, list) else f"{value:.6g}"


def _draw_loop(name: str, about: dict[str, Any], out: Path | None) -> None:
    """The loop of the device's own drive, in the terminal and in a file."""
    import plotext

    from pinched.reports.probe import conduct

    remember_compilations()
    done = conduct(name, "sweep", cycles=1)
    ds = done.data
    plotext.theme("clear")
    plotext.plot_size(76, 20)
    plotext.xlabel("V")
    plotext.ylabel("A")
    plotext.plot(ds["voltage"].values.tolist(), ds["current"].values.tolist(), marker="braille")
    print(f"\n{about['drive']}\n{plotext.uncolorize(plotext.build())}")
    if out:
        out = figure_file(out)
        done.plot.figure.savefig(out)
        print(f"written to {out}")


def probe(
    name: Annotated[str | None, typer.Argument(metavar="DEVICE", help="A published device, or a device.toml.")] = None,
    protocol: Annotated[str, typer.Option(help="The experiment; without DEVICE, all are listed.")] = "sweep",
    given: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting: temperature=350, n=10,30,60.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder; default: DEVICE-PROTOCOL.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
) -> None:
    """Run an experiment of the probe station on a device: Dataset, figures of merit and figure in a folder."""
    if name is not None:
        check_sources([name])
    from pinched.experiments.standard import EXPERIMENTS, experiment

    if name is None:
        width = max(map(len, EXPERIMENTS))
        for one in EXPERIMENTS.values():
            print(f"{one.name:<{width}}  {one.description}" + (f"; {', '.join(one.settings)}" if one.settings else ""))
        return
    chosen, wanted = experiment(protocol), settings(given)
    remember_compilations()
    from pinched.reports.probe import conduct, write

    with progress() as advance:
        advance(chosen.description[:36], 0.0)
        done = conduct(name, chosen.name, seed=seed, **wanted)
        folder = write(done, out or Path(f"{Path(name).stem}-{chosen.name}"))
    for quantity in done.metrics.values():
        print(f"{quantity.label}: {quantity}")
    print(f"{done.data.attrs['assumptions']}\nwritten to {folder}")


def export(
    name: DeviceName,
    to: Annotated[str, typer.Option(help="The simulator.")] = "ngspice",
    out: Annotated[Path | None, typer.Option(help="The file; default: DEVICE.cir.")] = None,
) -> None:
    """Write a device as a subcircuit for a circuit simulator."""
    check_sources([name])
    from pinched.devices import device
    from pinched.devices.spice import export

    path = out or Path(f"{Path(name).stem}.cir")
    export(device(name), path, name=name, to=to)
    print(f"written to {path}")


def settings(options: list[str] | None) -> dict[str, float | str]:
    """`["temperature=350", "points=200"]` as keyword arguments; numbers become numbers, commas make tuples."""
    found: dict[str, Any] = {}
    for option in options or []:
        key, sign, text = option.partition("=")
        if not (sign and key and text):
            raise PinchedError(f"--set {option!r} is not understood: write NAME=VALUE, for example temperature=350.")
        first, *others = map(_number, text.split(","))
        found[key.strip()] = (first, *others) if others else first
    return found


def _number(text: str) -> float | int | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text.strip()
