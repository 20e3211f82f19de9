"""Writing a whole array, closed loop or open, with every pulse solved on the array that it disturbs."""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pinched.arrays.crossbar import Crossbar
from pinched.arrays.schemes import bias
from pinched.core import PinchedError, make_dataset, verb
from pinched.devices import Device
from pinched.experiments.controllers import READ, Controller, OpenLoop

if TYPE_CHECKING:
    import xarray as xr

CHUNK = 16  # pulses that are integrated in one go
INSIDE = np.array([0.0, 0.1, 0.4, 1.0])  # of the plateau, where the power is taken
IDLE = 1e-6  # of the largest voltage: pulses of no consequence that fill a chunk, so that all share one compilation

SIGNS = {"word_left": 1, "bit_bottom": -1}  # of what the driven ends bring in


class Event(NamedTuple):
    """A pulse as the lines see it."""

    width: float  # s
    word: np.ndarray  # V
    bit: np.ndarray  # V
    gate: np.ndarray | None  # V


@verb
def program(
    crossbar: Crossbar,
    controller: Controller,
    *,
    scheme: str = "V/2",
    gate: float | tuple[float, float] | None = None,
    edge: float = 0.01,
    rounds: int = 200,
    rtol: float = 1e-4,
) -> tuple[Crossbar, "xr.Dataset"]:
    """Program all cells of an array: read them, pulse those that are not done, and again.

    In a round every cell gets at most one pulse. Without transistors they follow each other cell by cell, biased as
    `scheme` says, and all others feel it. With transistors (`gate`) a row is pulsed at once, first the cells with
    positive pulses (its word line raised, the bit lines lower by what each cell is to see), then those with negative
    ones (bit lines raised). Then all are read, a row at a time with every column at virtual ground, as they are seen
    through the wires. The readings do not disturb.

    Args:
        crossbar: cells that are a Device, in the states from which to start.
        controller: WriteVerify, ISPP, OpenLoop, or one's own; its arrays have the shape of the array.
        scheme: how the lines are held, a key of SCHEMES that floats none.
        gate: V at the transistors of the row that is written or read; two values for positive and negative pulses.
        edge: rise and fall of a pulse, of its width.
        rounds: most of them.
        rtol: as in `Crossbar.run`, which solves the whole array during every pulse; looser is faster.

    Returns:
        (the Crossbar as it is then, a Dataset with a sample for each round's reading): `conductance` (S, as read),
        `pulse_voltage` (V), `pulse_width` (s) of the pulse before (NaN where there was none), and by sample `energy`
        (J, brought in by all line ends during the round) and `busy` (s, all its pulses).

    Raises:
        PinchedError: for cells that have no states, a scheme that floats lines, or a controller of another shape.
    """
    if not isinstance(crossbar.cell, Device) or not crossbar.x:
        raise PinchedError("program() needs cells that can be written: a Device with states.")
    gates = None if gate is None else (gate if isinstance(gate, tuple) else (gate, gate))
    read = getattr(controller, "read", READ)
    shape, memory = crossbar.shape, None
    samples = [_sample(crossbar, read.voltage, gates, np.full(shape, np.nan), np.full(shape, np.nan), 0.0, 0.0)]
    for _ in range(rounds):
        memory, pulse = _asked(controller, memory, samples[-1]["conductance"])
        if not pulse or not np.any(pulse[1] > 0):
            break
        volts, widths, limits = pulse
        energy = busy = 0.0
        for limit in np.unique(limits[widths > 0]):
            own = np.where(limits == limit, widths, 0.0)
            events = list(_by_cell(scheme, volts, own) if gates is None else _by_row(volts, own, gates))
            crossbar, joule, seconds = _apply(crossbar, events, edge, float(limit), rtol)
            energy, busy = energy + joule, busy + seconds
        pulsed = widths > 0
        samples.append(_sample(crossbar, read.voltage, gates, np.where(pulsed, volts, np.nan),
                               np.where(pulsed, widths, np.nan), energy, busy))  # fmt: skip
    return crossbar, _dataset(crossbar, samples, read, scheme if gates is None else "row by row")


@verb
def summary(ds: "xr.Dataset", target, tolerance=None) -> dict[str, float]:
    """What programming took and left, of a Dataset of `program`.

    Returns:
        pulses (mean of a cell) and most; time and energy of all pulses, s and J; rms and worst error, S; within: part
        of the cells within `tolerance`; disturb: largest change of a cell after its own last pulse, S.
    """
    g, v = ds["conductance"].values, ds["pulse_voltage"].values
    count, error = np.isfinite(v).sum(axis=-1), g[..., -1] - np.asarray(target)
    last = np.where(count > 0, v.shape[-1] - 1 - np.argmax(np.isfinite(v[..., ::-1]), axis=-1), 0)
    written = np.take_along_axis(g, last[..., None], -1)[..., 0]
    told = {
        "pulses": count.mean(), "most": count.max(), "time": ds["busy"].sum(), "energy": ds["energy"].sum(),
        "rms": np.sqrt(np.mean(error**2)), "worst": np.abs(error).max(),
        "disturb": np.abs(g[..., -1] - written).max(),
    }  # fmt: skip
    if tolerance is not None:
        told["within"] = np.mean(np.abs(error) <= tolerance)
    return {name: float(value) for name, value in told.items()}


@verb
def planned(device: Device, target, v_set: float, v_reset: float, width: float, read_voltage: float = 0.1,
            limit: int = 100, x0: dict[str, Any] | None = None, i_max: float = np.inf) -> OpenLoop:  # fmt: skip
    """Open-loop programming from the pulse curve of one nominal device: to each target the number that comes nearest.

    Args:
        device: a single device.
        target: S, (rows, columns).
        v_set, v_reset, width: of the pulses, V and s.
        read_voltage: V.
        limit: most pulses.
        x0: states from which cells start, default at rest.
        i_max: compliance, A.
    """
    from pinched.experiments.engine import run
    from pinched.experiments.protocols import Read, pulse_train

    curves = [
        run(device, pulse_train(v, width, limit, read_voltage, i_max=i_max), x0=x0)["conductance"].values.ravel()
        for v in (v_set, v_reset)
    ]
    reach = np.concatenate([curves[1][:0:-1], curves[0]])
    numbers = np.arange(-limit, limit + 1)
    order = np.lexsort((np.abs(numbers), reach))  # of equal readings the fewest pulses
    nearest = np.abs(reach[order] - np.asarray(target)[..., None]).argmin(axis=-1)
    return OpenLoop(pulses=numbers[order][nearest], v_set=v_set, v_reset=v_reset, width=width,
                    read=Read(read_voltage), i_max=i_max, i_max_reset=i_max)  # fmt: skip


def readings(crossbar: Crossbar, v_read: float, gate: float | None = None) -> np.ndarray:
    """Conductances (S) as each cell reads through the wires: its row alone at `v_read`, all columns grounded."""
    if gate is None:
        return dataclasses.replace(crossbar, i_max=None).ohmic(v_read).matrix()
    held = (bias("grounded", crossbar.shape, i, 0, v_read, gate=gate) for i in range(crossbar.shape[0]))
    return np.stack([np.asarray(crossbar.solve(**ends).i_bit_bottom) for ends in held]) / v_read


def _sample(crossbar, v_read, gates, volts, widths, energy, busy) -> dict[str, Any]:
    g = readings(crossbar, v_read, None if gates is None else gates[0])
    return {"conductance": g, "pulse_voltage": volts, "pulse_width": widths, "energy": energy, "busy": busy,
            "states": dict(crossbar.x)}  # fmt: skip


def _asked(controller, memory, reading):
    """What a controller says to a reading."""
    try:
        memory, pulse = controller(memory, reading)
        parts = () if pulse is None else (pulse.voltage, pulse.width, pulse.i_max)
        return memory, [np.broadcast_to(np.asarray(part, float), reading.shape) for part in parts]
    except (TypeError, ValueError) as error:
        shape = " x ".join(map(str, reading.shape))
        raise PinchedError(f"program(): the controller does not fit an array of {shape}: {error}") from None


def _by_cell(scheme, volts, widths) -> Iterator[Event]:
    """Passive arrays: one cell after the other."""
    for i, j in np.argwhere(widths > 0):
        held = bias(scheme, volts.shape, int(i), int(j), volts[i, j])
        if np.isnan(held["word_left"]).any():
            raise PinchedError(f"program() cannot float lines between pulses: take a scheme other than {scheme!r}.")
        yield Event(widths[i, j], held["word_left"], held["bit_bottom"], None)


def _by_row(volts, widths, gates) -> Iterator[Event]:
    """Arrays with transistors: row by row, positive pulses first, those of one width together."""
    rows = len(volts)
    for i, up in itertools.product(range(rows), (True, False)):
        for width in np.unique(widths[i][widths[i] > 0]):
            chosen = (widths[i] == width) & ((volts[i] > 0) == up)
            if not chosen.any():
                continue
            word, gate = np.zeros(rows), np.zeros(rows)
            word[i] = volts[i][chosen].max() if up else 0.0
            gate[i] = gates[0 if up else 1]
            yield Event(width, word, np.where(chosen, word[i] - volts[i], word[i]), gate)


def _apply(crossbar: Crossbar, events: list[Event], edge: float, limit: float, rtol: float):
    """(the array after some pulses, the energy in J that they brought in, their duration in s).

    A compliance that no sample reaches is left out, which is faster.
    """
    energy = busy = 0.0
    for k in range(0, len(events), CHUNK):
        part = events[k : k + CHUNK]
        busy += sum(e.width * (1 + 2 * edge) for e in part)
        idle = part[0]._replace(word=part[0].word * IDLE, bit=part[0].bit * IDLE)
        time, held, save = _waveform(part + [idle] * (CHUNK - len(part)), edge)
        after, ds = crossbar.run(time, save=save, rtol=rtol, **held)
        if max(np.abs(ds[f"i_{end}"].values).max() for end in SIGNS) > limit:
            after, ds = dataclasses.replace(crossbar, i_max=limit).run(time, save=save, rtol=rtol, **held)
        crossbar = dataclasses.replace(after, i_max=crossbar.i_max)
        power = sum(
            sign * np.einsum("ls,ls->s", ds[f"i_{end}"].values, _at(save, time, held[end]))
            for end, sign in SIGNS.items()
        )
        energy += float(np.trapezoid(np.append(0.0, power), np.append(0.0, save)))
    return crossbar, energy, busy


def _waveform(events: list[Event], edge: float):
    """Times, voltages of the lines (time, lines) between which they are straight, and times at which to save."""
    time, save = [0.0], []
    for e in events:
        start = time[-1] + edge * e.width
        time += [start, start + e.width, start + (1 + edge) * e.width]
        save += [*(start + e.width * INSIDE), time[-1]]

    def lines(values):
        shapes = [np.stack([v, v, np.zeros_like(v)]) for v in values]
        return np.concatenate([np.zeros((1, len(values[0]))), *shapes])

    held = {"word_left": lines([e.word for e in events]), "bit_bottom": lines([e.bit for e in events])}
    if events[0].gate is not None:
        held["gate"] = lines([e.gate for e in events])[:, :, None]
    return np.array(time), held, np.array(save)


def _at(times, time, lines):
    """Voltages (lines, samples) at `times`."""
    return np.stack([np.interp(times, time, line) for line in lines.T])


def _dataset(crossbar, samples, read, how) -> "xr.Dataset":
    stacked = {k: np.stack([s[k] for s in samples], axis=-1) for k in ("conductance", "pulse_voltage", "pulse_width")}
    stacked |= {f"state_{n}": np.stack([s["states"][n] for s in samples], axis=-1) for n in samples[0]["states"]}
    busy, energy = (np.array([s[k] for s in samples]) for k in ("busy", "energy"))
    ds = make_dataset(
        stacked | {"read_voltage": np.full(len(samples), read.voltage)},
        origin="simulated",
        kind="program",
        time=np.cumsum(busy + crossbar.shape[0] * read.width),
        pulse=np.arange(len(samples)),
        cycle=0,
        attrs={"model": type(crossbar.cell).__name__, "scheme": how, "r_word": str(crossbar.r_word),
               "r_bit": str(crossbar.r_bit)},
    )  # fmt: skip
    return ds.assign(energy=("sample", energy, {"units": "J"}), busy=("sample", busy, {"units": "s"}))
