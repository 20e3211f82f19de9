"""Arrays from the shell: how well a cell reads, what a bias does, how an array is written, where it loses."""

import dataclasses
import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from pinched.app.shell import AsJson, progress, remember_compilations
from pinched.app.sources import check_sources
from pinched.core import PinchedError, engineering

array = typer.Typer(help="Arrays of a device: margins, biases, programming, maps.", no_args_is_help=True)

CLOSED = -1.0  # V, the gate of an open cell
WAYS = ("write-verify", "ispp", "open-loop")

DeviceName = Annotated[str, typer.Argument(metavar="DEVICE", help="A published device, or a device.toml.")]
Size = Annotated[int, typer.Option(min=1, help="Side of the array, cells.")]
Wire = Annotated[float, typer.Option(min=0, help="Wire between neighbouring cells, ohm.")]
SchemeName = Annotated[str, typer.Option("--scheme", help="V/2, V/3, grounded or floating.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
Out = Annotated[Path | None, typer.Option(help="Folder for the figure (SVG, PNG, CSV).")]
Background = Annotated[str, typer.Option(help="The other cells: on, off or random.")]
ReadVoltage = Annotated[float | None, typer.Option("--voltage", help="Read voltage, V; default: the device's own.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.add_typer(array, name="array")


@array.callback()
def about() -> None:
    """Arrays of a device: margins, biases, programming, maps."""


@array.command()
def margin(
    name: DeviceName,
    sizes: Annotated[str, typer.Option(help="Sides, cells.")] = "8,16,32,64",
    scheme: Annotated[list[str] | None, typer.Option(help="One or more; default: all four.")] = None,
    wire: Wire = 1.0,
    voltage: ReadVoltage = None,
    background: Background = "on",
    wanted: Annotated[float | None, typer.Option(help="Also find the largest array with this margin.")] = None,
    seed: Seed = 0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Read margin, currents, sneak current and power of square arrays against their side."""
    sides = _sides(sizes)
    cell, v = _cell(name, voltage)
    from pinched.arrays.bits import gate_of
    from pinched.arrays.margins import largest_array, margin_table
    from pinched.arrays.schemes import SCHEMES

    schemes = scheme or (["grounded"] if gate_of(cell) is not None else list(SCHEMES))
    options: dict[str, Any] = {"background": background, "seed": seed, "r_word": wire, "r_bit": wire}
    with progress() as advance:
        advance("Solving the arrays", 0.2)
        table = margin_table(cell, v, schemes, sides, **options)
        largest = {}
        for k, one in enumerate(schemes if wanted else ()):
            advance(f"Largest array, {one}", 0.5 + 0.5 * k / len(schemes))
            largest[one] = largest_array(cell, wanted, v, one, limit=max(sides), **options)
    files = _write(out, "margins", table)
    if as_json:
        _print({"device": name, "voltage": v, "wire": wire, "margins": table.to_dict("records"), "largest": largest})
        return
    shown = table.assign(
        margin=[f"{100 * m:.3g} %" for m in table["margin"]], window=table["window"].map("{:.4g}".format)
    )
    for column, unit in (("on", "A"), ("off", "A"), ("sense", "A"), ("sneak", "A"), ("voltage", "V"), ("power", "W")):
        shown[column] = [engineering(x, unit) for x in table[column]]
    print(f"{name} read at {engineering(v, 'V')}, {wire:g} ohm a segment, other cells {background}")
    print(shown.to_string(index=False))
    for one, n in largest.items():
        print(f"{one}: a margin of {100 * (wanted or 0):g} % holds up to {n} x {n} (of {max(sides)} tried)")
    print(files, end="")


@array.command()
def solve(
    name: DeviceName,
    size: Size = 16,
    scheme: SchemeName = "V/2",
    voltage: ReadVoltage = None,
    row: Annotated[int, typer.Option(help="Selected word line, from 0; -1 is the last.")] = 0,
    column: Annotated[int, typer.Option(help="Selected bit line.")] = -1,
    wire: Wire = 1.0,
    background: Background = "random",
    seed: Seed = 0,
    out: Out = None,
    netlist: Annotated[Path | None, typer.Option(help="Also write the array as an ngspice deck.")] = None,
    as_json: AsJson = False,
) -> None:
    """Bias one cell of an array and map the voltages and currents of all."""
    cell, v = _cell(name, voltage)
    from pinched.arrays.bits import gate_of, stored
    from pinched.arrays.margins import background_bits, power
    from pinched.arrays.schemes import bias

    shape = (size, size)
    held = bias(scheme, shape, row, column, v, gate=gate_of(cell))
    crossbar = stored(cell, background_bits(background, shape, seed), v, r_word=wire, r_bit=wire)
    s = crossbar.solve(**held)
    across = s.v_word - s.v_bit
    others = np.delete(across.ravel(), np.ravel_multi_index((row % size, column % size), shape))
    told = {
        "selected_voltage": (float(across[row, column]), "V"),
        "largest_other_voltage": (float(np.nanmax(np.abs(others), initial=0.0)), "V"),
        "selected_current": (float(s.i_device[row, column]), "A"),
        "column_current": (float(s.i_bit_bottom[column]), "A"),
        "sneak_current": (float(s.i_bit_bottom[column] - s.i_device[row, column]), "A"),
        "power": (power(s, held), "W"),
    }
    files = _write(out, "solution", crossbar, s, held, (row, column))
    if netlist:
        from pinched.arrays.netlist import export

        export(crossbar, netlist, **{k: x for k, x in held.items() if k != "gate"})
        files += f"written to {netlist}\n"
    if as_json:
        fields = {"voltage": across, "current": s.i_device, "i_bit_bottom": s.i_bit_bottom}
        _print({"device": name, "scheme": scheme} | {k: x for k, (x, _) in told.items()}
               | {k: _plain(x) for k, x in fields.items()})  # fmt: skip
        return
    for key, (value, unit) in told.items():
        print(f"{key.replace('_', ' ')}: {engineering(value, unit)}")
    print(files, end="")


@array.command()
def program(
    name: DeviceName,
    size: Size = 4,
    how: Annotated[str, typer.Option(help="write-verify, ispp or open-loop.")] = "write-verify",
    scheme: SchemeName = "V/2",
    wire: Wire = 1.0,
    tolerance: Annotated[float, typer.Option(min=1e-6, max=0.5, help="Of the window between OFF and ON.")] = 0.05,
    limit: Annotated[int, typer.Option(min=1, help="Most pulses of a cell.")] = 60,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Write a ramp of conductances into a whole array, every pulse solved on it: pulses, time, energy, error."""
    check_sources([name])
    if how not in WAYS:
        raise PinchedError(f"There is no way {how!r} to program; choose {', '.join(WAYS)}.")
    remember_compilations()
    from pinched.arrays import programming
    from pinched.arrays.crossbar import Crossbar
    from pinched.devices import describe, device
    from pinched.experiments.drive import conducts, find_drive

    one = device(name)
    with progress() as advance:
        advance("Finding how to drive it", 0.0)
        drive = find_drive(one, describe(name))
        if drive.volatile:
            raise PinchedError(f"{name} forgets at rest, so an array of it cannot be programmed.")
        low, high = (float(conducts(one, drive.read_voltage, x)) for x in (drive.off, drive.on))
        target = np.linspace(low, high, size * size + 2)[1:-1].reshape(size, size)
        controller = _controller(how, one, drive, target, tolerance * (high - low), limit)
        off = {key: np.broadcast_to(value, target.shape) for key, value in drive.off.items()}
        crossbar = Crossbar(one.sample(0, target.shape, {}), wire, wire, x=off)
        advance("Programming", 0.2)
        _, ds = programming.program(crossbar, controller, scheme=scheme)
    told = programming.summary(ds, target, tolerance * (high - low))
    files = _write(out, "programmed", ds, target, tolerance * (high - low))
    if as_json:
        _print({"device": name, "how": how, "scheme": scheme, "target": target.tolist(), **told,
                "conductance": ds["conductance"].values[..., -1].tolist()})  # fmt: skip
        return
    units = {"time": "s", "energy": "J", "rms": "S", "worst": "S", "disturb": "S"}
    for key, value in told.items():
        print(f"{key}: {engineering(value, units[key]) if key in units else f'{value:.3g}'}")
    print(files, end="")


@array.command("map")
def draw_map(
    name: DeviceName,
    size: Size = 64,
    wire: Wire = 1.0,
    voltage: ReadVoltage = None,
    faults: Annotated[str, typer.Option(help="Published faults: sky130, array-hfo2-2022, … or none.")] = "generic",
    broken: Annotated[float, typer.Option(min=0, max=1, help="Probability that a line is interrupted.")] = 0.0,
    background: Background = "random",
    seed: Seed = 0,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Map what wires and faults take of the read voltage, every row driven, and which cells work."""
    cell, v = _cell(name, voltage)
    from pinched.arrays.bits import gate_of, stored
    from pinched.arrays.faults import ON, OPEN, fault_map
    from pinched.arrays.margins import background_bits, ir_drop
    from pinched.devices import Faults, Stuck
    from pinched.devices.wrappers.wrapper import prefixed

    shape = (size, size)
    found = fault_map(shape, Faults() if faults == "none" else faults, broken=broken, seed=seed)
    bits = np.where(found.stuck, found.cells == ON, background_bits(background, shape, seed))
    crossbar = stored(cell, bits, v, **found.lines(wire, wire))
    gate, is_open = gate_of(cell), found.cells == OPEN
    held = {} if gate is None else {"gate": np.where(is_open, CLOSED, gate)}
    if gate is None and is_open.any():
        stuck = Stuck(inner=crossbar.cell, stuck=is_open)
        crossbar = dataclasses.replace(crossbar, cell=stuck, x=prefixed(dict(crossbar.x or {})))
    drop = np.nan_to_num(ir_drop(crossbar, v, **held), nan=1.0)  # a line that nothing reaches has no voltage to give
    told = {"mean_loss": float(drop.mean()), "worst_loss": float(drop.max()), "yield": float(found.usable.mean())}
    files = _write(out, "drop_and_yield", drop, found)
    if as_json:
        _print({"device": name, "voltage": v, **told, "loss": drop.tolist(), "cells": found.cells.tolist()})
        return
    for key, value in told.items():
        print(f"{key.replace('_', ' ')}: {100 * value:.3g} %")
    print(files, end="")


def _cell(name: str, voltage: float | None):
    """The device of a name, and the voltage at which it is read."""
    check_sources([name])
    remember_compilations()
    from pinched.devices import device

    if voltage is not None and voltage == 0:
        raise PinchedError("A read needs a voltage other than 0 V.")
    return device(name), 0.1 if voltage is None else voltage


def _controller(how: str, one, drive, target, tolerance: float, limit: int):
    """The controller of a name, its pulses those of the device's own drive.

    Without its compliance: on a line that would hold back the half-selected cells, too.
    """
    from pinched.arrays.programming import planned
    from pinched.experiments.controllers import ISPP, WriteVerify
    from pinched.experiments.protocols import Read
    from pinched.experiments.standard.memory import START, STEP

    read, most, step = Read(drive.read_voltage), max(abs(drive.v_set), abs(drive.v_reset)), STEP * abs(drive.v_up)
    if how == "write-verify":
        return WriteVerify(target=target, tolerance=tolerance, v_set=START * drive.v_up, v_reset=START * drive.v_down,
                           step=step, width=drive.width, v_max=most, read=read, limit=limit)  # fmt: skip
    if how == "ispp":
        return ISPP(target=target, v_start=START * drive.v_up, step=step, width=drive.width, v_max=most, read=read,
                    limit=limit)  # fmt: skip
    return planned(one, target, drive.v_up, drive.v_down, drive.width, drive.read_voltage, limit,
                   dict(drive.off))  # fmt: skip


def _sides(text: str) -> list[int]:
    try:
        sides = [int(part) for part in text.split(",")]
    except ValueError:
        sides = []
    if not sides or min(sides) < 1:
        raise PinchedError(f"--sizes {text!r} is not understood: write sides such as 8,16,32.")
    return sides


def _write(out: Path | None, figure: str, *data) -> str:
    """Draw a figure of `array_maps` into the folder `out`; what to say of it."""
    if out is None:
        return ""
    from pinched.reports.figures import array_maps

    out.mkdir(parents=True, exist_ok=True)
    plot = getattr(array_maps, figure)(*data)
    plot.save(out)
    return f"written to {out / plot.name}.svg\n"


def _plain(x: np.ndarray) -> list:
    """As JSON: NaN becomes null."""
    plain = x.astype(object)
    plain[~np.isfinite(x)] = None
    return plain.tolist()


def _print(values: dict[str, Any]) -> None:
    print(json.dumps(values, ensure_ascii=False, indent=1))
