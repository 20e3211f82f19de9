"""How to drive one device: turning points, compliance, pulses and readings, found on the device itself.

Everything starts from the sweep that shows its loop: the published one (the `drive` of a parameter file), else the
first of a ladder of sweeps that opens a loop. Widths and amplitudes of pulses follow from how long the device takes at
the turning points of that sweep, so that no experiment leaves the voltages at which the model is known to hold.
"""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import equinox as eqx
import numpy as np
import xarray as xr

from pinched.core import PinchedError, engineering, verb
from pinched.devices import Device, Environment
from pinched.experiments import protocols
from pinched.experiments.engine import run

PULSES = 50  # in a train; published trains have 32 to 100
PART = 0.9  # of the logarithmic window that a train covers
HALVINGS = 9  # of a bracket of amplitudes: to 0.4 % of a decade and a half
READ_VOLTAGE = 0.1  # V, the reading of most laboratories; less where a device switches below 1 V
READ_PARTS = (0.3, -0.3, 0.6, -0.6)  # of the smaller turning point, where that reading does not tell ON from OFF
RATE = 1.0  # V/s, where no published sweep is known; a usual DC sweep
AMPLITUDES = (0.5, 1.0, 1.5, 2.0, 3.0, 5.0)  # V, tried in turn where none is known
COMPLIANCES = (1e-3, 1e-5, math.inf)  # A on the SET side, tried in turn
WIDE, OPEN = 10.0, 1.05  # on/off ratios that end the search, and that count as a loop at all
DEEP = 1e-4  # of the ON conductance: what lies below counts as OFF, of which a model may have none at all
LONG = 1e6  # s: what lasts longer than these twelve days is kept, as far as pulses are concerned
FAINT = 1e-5  # of a state of order one, below which a pulse has not moved it
STRESS = np.geomspace(1e-12, 1e5, 103)  # s, when a state under constant voltage is looked at
KEEP = np.geomspace(1e-9, 1e9, 73)  # s, when a state at rest is looked at
SETTLE = 1e3  # s at rest before an experiment, for whatever is fast in a device that keeps its state


@dataclasses.dataclass(frozen=True)
class Drive:
    """What a device needs to be probed.

    Attributes:
        v_set, v_reset: turning points of its sweep, V, signed; v_reset is 0 for a device that only relaxes.
        rate: sweep rate, V/s.
        i_set, i_reset: compliance of the two branches and of pulses of their sign, A.
        read_voltage: V.
        width: of a pulse in a train, s.
        v_up, v_down: amplitudes at which trains of PULSES such pulses cover PART of the window, V.
        full: width of a pulse of v_set or v_reset that switches all the way, s.
        fast: time in which the faster of the two does so, s.
        relax: time in s after which the ON state at rest has lost half of its logarithmic window; inf where it keeps.
        memory: time in s after which the fastest state has lost half of what one pulse gave it; inf beyond LONG.
        off, on: states before potentiation and before depression.
        source: where the sweep comes from, in words.
        pause: time at 0 V before a reading, s: until what a pulse has heated is cold.
    """

    v_set: float
    v_reset: float
    rate: float
    i_set: float
    i_reset: float
    read_voltage: float
    width: float
    v_up: float
    v_down: float
    full: float
    fast: float
    relax: float
    memory: float
    off: Mapping[str, float]
    on: Mapping[str, float]
    source: str
    pause: float = 0.0

    @property
    def volatile(self) -> bool:
        """Whether the device switches OFF by itself and not by voltage."""
        return self.v_reset == 0

    def numbers(self) -> dict[str, float]:
        """The numbers by name."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.type is float}

    def compliance(self, up: bool) -> float:
        """Compliance of a pulse that raises (`up`) or lowers the conductance, A."""
        return self.i_set if up else self.i_reset


GIVEN = tuple(f.name for f in dataclasses.fields(Drive) if f.type is float)


@verb
def find_drive(device: Device, published: Mapping[str, Any] | None = None, **given: float | None) -> Drive:
    """How to drive `device`.

    Args:
        device: a single one.
        published: what `describe` tells of it: the `drive` of its parameter file, and the numbers in `probe`.
        given: numbers of the Drive that are known; the others follow from them.

    Raises:
        PinchedError: for a population, a device without states, and one that neither the published sweep nor any up to
            5 V at 1 V/s switches.
    """
    if device.population:
        raise PinchedError(f"One device is probed at a time: this {type(device).__name__} is a population.")
    if not device.state():
        raise PinchedError(
            f"{type(device).__name__} has no state, so it never switches: only sweep, temperature and rtn say "
            "something on it."
        )
    published = published or {}
    of_file = published.get("probe") or {}
    known = {name: float(value) for name, value in {**of_file, **given}.items() if value is not None}
    found, off, on, source = _sweep(device, published.get("drive") or {}, known)
    source = "its parameter file" if "v_set" in of_file and "v_set" not in given else source
    found |= {"pause": 0.0} | known
    on_off = _Window(device, found, off, on)
    found["relax"] = known.get("relax", on_off.relaxation())
    if found["v_reset"]:
        off = on_off.off = at_rest(device, off, min(SETTLE, found["relax"] / 100))
    up, down = on_off.duration(found["v_set"], up=True), on_off.duration(found["v_reset"], up=False)
    if not (0 < up < math.inf and 0 < down < math.inf):
        raise PinchedError(
            f"{type(device).__name__} never settles at {found['v_set']:g} or {found['v_reset']:g} V, so no pulses "
            "follow from its sweep: give other v_set and v_reset."
        )
    found["full"] = known.get("full", nice(3 * max(up, down)))
    found["fast"] = known.get("fast", min(up, down))
    width = found["width"] = known.get("width", nice(max(up, down) / PULSES))
    found["v_up"] = known.get("v_up", on_off.amplitude(found["v_set"], PULSES * width, up=True))
    found["v_down"] = known.get("v_down", on_off.amplitude(found["v_reset"], PULSES * width, up=False))
    found["memory"] = known.get("memory", on_off.memory())
    return Drive(**found, off=off, on=on, source=source)


def sweep_drive(published: Mapping[str, Any] | None = None, **given: float | None) -> Drive:
    """How to sweep a device of which no reading tells two states; arguments as `find_drive`.

    From its rest, to ±1 V where no voltage is told.
    """
    known = {name: float(value) for name, value in given.items() if value is not None}
    sweep = (published or {}).get("drive") or {"v_set": 1.0, "v_reset": -1.0}
    first, second, source = _turning_points(sweep, known)
    found = {"v_set": first[0], "i_set": first[1], "v_reset": second[0], "i_reset": second[1], "rate": first[2]}
    found |= {"read_voltage": READ_VOLTAGE, "relax": math.inf, "memory": math.inf}
    return Drive(**dict.fromkeys(GIVEN, 0.0) | found | known, off={}, on={}, source=source)


def nice(value: float, up: bool = True) -> float:
    """The next number of the 1-2-5 series at or above `value` (or at or below)."""
    decade = 10.0 ** math.floor(math.log10(value) + 1e-9)
    steps = [m for m in (1, 2, 5, 10) if (m * decade >= value * (1 - 1e-9) if up else m * decade <= value * (1 + 1e-9))]
    return float(f"{decade * (min(steps) if up else max(steps)):.6g}")


def states(ds: xr.Dataset, k: int | slice = -1) -> dict[str, Any]:
    """The states at sample `k` of what `run` returned, as it takes them for a start."""
    return {str(n).removeprefix("state_"): ds[n].values[k] for n in ds.data_vars if str(n).startswith("state_")}


def conducts(device: Device, read: float, x: Mapping[str, Any], env: Environment | None = None) -> np.ndarray:
    """Conductance in S, a magnitude, at `read` V in the states `x`, free of the noise of a reading."""
    x = {name: np.asarray(value, float) for name, value in x.items()}
    return np.abs(np.asarray(_conductance(device, np.asarray(read, float), x, env or Environment())))


@eqx.filter_jit
def _conductance(device, v, x, env):
    return device.conductance(v, x, env)


def at_rest(device: Device, x0: Mapping[str, float], duration: float) -> dict[str, float]:
    """The states after `duration` s at 0 V."""
    return states(run(device, (protocols.Rest(duration),), save="final", x0=x0))


def amplitude(
    device: Device, most: float, duration: float, goal: float, read: float, x0=None, up=True, i_max=math.inf, pause=0.0
):
    """The smallest amplitude (V, from `most` / 30 to `most`) that brings G to `goal` (S) in `duration` s."""
    small, large = abs(most) / 30, abs(most)
    for _ in range(HALVINGS):
        middle = math.sqrt(small * large)
        g = _pulsed(device, math.copysign(middle, most), duration, read, x0, i_max, pause)
        small, large = (small, middle) if (g >= goal) == up else (middle, large)
    return math.copysign(large, most)


def _pulsed(device: Device, volts: float, duration: float, read: float, x0, i_max: float, pause: float) -> float:
    """Conductance (S) after one pulse."""
    steps = (protocols.Pulse(volts, duration, points=0, i_max=i_max), protocols.Read(read, delay=pause))
    return float(conducts(device, read, states(run(device, steps, save="reads", x0=x0))))


@dataclasses.dataclass
class _Window:
    """The window of a device between two states, and how it is crossed."""

    device: Device
    drive: Mapping[str, float]
    off: Mapping[str, float]
    on: Mapping[str, float]

    def follow(self, volts: float, times: np.ndarray, up: bool) -> np.ndarray:
        """ln G (G in S) before and at `times` (s) under `volts`."""
        limit = self.drive["i_set" if up else "i_reset"]
        stress = protocols.stress(volts, times, self.drive["read_voltage"], limit)
        stress = protocols.delayed(stress, self.drive["pause"])
        ds = run(self.device, stress, save="reads", x0=self.off if up else self.on)
        g = conducts(self.device, self.drive["read_voltage"], states(ds, slice(None)))
        return np.log(np.maximum(g, self.ends[0]))

    @property
    def ends(self) -> tuple[float, float]:
        """Conductance (S) of the OFF and the ON state."""
        low, high = (float(conducts(self.device, self.drive["read_voltage"], x)) for x in (self.off, self.on))
        return max(low, DEEP * high), high

    def goal(self, up: bool) -> float:
        """Conductance (S) at which a train has crossed PART of the window."""
        low, high = self.ends
        return low * (high / low) ** (PART if up else 1 - PART)

    def duration(self, volts: float, up: bool) -> float:
        """Time in s that `volts` needs to cross PART of the window, or of as much of it as it ever crosses."""
        # What a sweep switches takes no longer at its turning point; at rest it may.
        sweep = 10 * (abs(self.drive["v_set"]) + abs(self.drive["v_reset"])) / self.drive["rate"]
        times = STRESS[sweep >= STRESS] if volts else STRESS
        g = self.follow(volts, times, up)
        first, furthest = g[0], g.max() if up else g.min()
        goal = math.log(self.goal(up))
        if abs(furthest - first) < abs(goal - first):
            goal = first + PART * (furthest - first)
        return crossing(np.append(0.0, times), g, goal)

    def amplitude(self, most: float, duration: float, up: bool) -> float:
        """The amplitude that crosses the window in `duration`, V; 0 where rest alone switches OFF."""
        if not most:
            return 0.0
        x0, limit = (self.off, self.drive["i_set"]) if up else (self.on, self.drive["i_reset"])
        read = self.drive["read_voltage"]
        pause = self.drive["pause"]
        return float(f"{amplitude(self.device, most, duration, self.goal(up), read, x0, up, limit, pause):.3g}")

    def relaxation(self) -> float:
        """Time in s at rest after which half of the logarithmic window of the ON state is lost."""
        low, high = map(math.log, self.ends)
        return crossing(np.append(0.0, KEEP), self.follow(0.0, KEEP, up=False), (low + high) / 2)

    def memory(self) -> float:
        """Time in s at rest after which the fastest state has lost half of what one pulse from OFF gave it."""
        pulse = protocols.Pulse(self.drive["v_up"], self.drive["width"], 0, i_max=self.drive["i_set"])
        start = states(run(self.device, (pulse,), save="final", x0=self.off))
        pulsed, bare = (run(self.device, protocols.stress(0.0, KEEP), save="reads", x0=x0) for x0 in (start, self.off))
        found = [math.inf]
        for name in map("state_{}".format, self.off):
            given = pulsed[name].values - bare[name].values
            if abs(given[0]) > FAINT:
                found.append(crossing(np.append(0.0, KEEP), given / given[0], 0.5))
        return min(found) if min(found) < LONG else math.inf


def crossing(t: np.ndarray, y: np.ndarray, level: float) -> float:
    """The first time at which `y` crosses `level`, interpolated along log t; inf where it never does."""
    y = np.asarray(y) - level
    at = np.flatnonzero((y[1:] * y[:-1] <= 0) & (y[1:] != y[:-1]))
    if not at.size:
        return math.inf
    k = int(at[0])
    part = y[k] / (y[k] - y[k + 1])
    return float(t[k] ** (1 - part) * t[k + 1] ** part) if t[k] > 0 else float(part * t[k + 1])


def _sweep(device: Device, published: Mapping[str, Any], known: Mapping[str, float]):
    """(numbers of the sweep, OFF states, ON states, source), from what is known or by trying."""
    if "v_set" in known or published:
        first, second, source = _turning_points(published, known)
        found = _open(device, first, second)
        if found:
            return *found[1:], source
        raise PinchedError(
            f"{type(device).__name__} does not switch between {first[0]:g} and {second[0]:g} V at {first[2]:g} V/s, as "
            "far as readings below these tell: give other v_set, v_reset and rate."
        )
    tried = []
    for limit in COMPLIANCES:
        for volts in AMPLITUDES:
            rate = known.get("rate", RATE)
            for sign in (1.0, -1.0) if math.isfinite(limit) else (1.0,):
                limits = (known.get("i_set", limit), known.get("i_reset", math.inf))
                found = _open(device, (sign * volts, limits[0], rate), (-sign * volts, limits[1], rate))
                if found and np.sign(found[1]["v_set"]) == sign:
                    tried.append((*found, f"the sweep to ±{volts:g} V at {rate:g} V/s opens its loop"))
                    if found[0] > WIDE:
                        return tried[-1][1:]
    if not tried:
        raise PinchedError(
            f"{type(device).__name__} does not switch up to {AMPLITUDES[-1]:g} V at {RATE:g} V/s: "
            "give v_set, v_reset and rate."
        )
    return max(tried, key=lambda one: one[0])[1:]


def _turning_points(published: Mapping[str, Any], known: Mapping[str, float]):
    """((V, A, V/s) of the first branch, of the second one, source) of a published drive under what is given."""
    table = dict(published)
    kind = table.get("protocol", "sweep")
    limit = float(table.get("i_max", math.inf))
    second_limit = float(table.get("i_max_second", limit))
    if kind == "sine":
        volts, rate = float(table["amplitude"]), 4 * float(table["amplitude"]) * float(table["frequency"])
        ends = (volts, -volts)
    elif kind == "waveform":
        t, v = np.asarray(table["time"], float), np.asarray(table["voltage"], float)
        ends = (float(v.max()), float(v.min()))
        rate = float(np.max(np.abs(np.diff(v)) / np.maximum(np.diff(t), 1e-15)))
    else:
        pair = ("v_first", "v_second") if "v_first" in table else ("v_up", "v_down")
        pair = pair if pair[0] in table else ("v_set", "v_reset")
        ends = (float(table.get(pair[0], 0.0)), float(table.get(pair[1], 0.0)))
        rate = float(table.get("rate", RATE))
    ends = (known.get("v_set", ends[0]), known.get("v_reset", -known["v_set"] if "v_set" in known else ends[1]))
    rate = known.get("rate", rate)
    first = (ends[0], known.get("i_set", limit), rate)
    second = (ends[1], known.get("i_reset", second_limit), rate)
    source = "given" if "v_set" in known else f"published: {kind} to {ends[0]:g} and {ends[1]:g} V at {rate:g} V/s"
    return first, second, source


def _open(device: Device, first, second):
    """(on/off ratio, numbers of the sweep, OFF, ON) of the loop through two (V, A, V/s); None where it stays shut."""
    smaller = min((abs(v) for v, _, _ in (first, second) if v), default=1.0)
    steps: list[protocols.Step] = []
    for v, limit, rate in (first, second):
        for ramp in ((0, v), (v, 0)):
            steps += [protocols.Ramp(*ramp, abs(v) / rate, 0, i_max=limit), protocols.Read(READ_VOLTAGE)]
    try:
        ds = run(device, (protocols.Loop(tuple(steps), 2),), save="reads")
    except PinchedError:  # this amplitude is beyond the model
        return None
    seen = [states(ds, k) for k in range(4, 8)]  # at each turning point and back at 0 V, in the second cycle
    found = []
    for read in (min(READ_VOLTAGE, nice(READ_VOLTAGE * smaller, up=False)), *(s * smaller for s in READ_PARTS)):
        read = math.copysign(nice(abs(read), up=False), read)
        if one := _judged(device, read, seen, first, second):
            found.append(one)
    most = max((math.log(one[0]) for one in found), default=0.0)
    return next((one for one in found if math.log(one[0]) >= most / 2), None)


def _judged(device: Device, read: float, seen: list, first, second):
    """What `_open` returns, seen at one read voltage."""

    def g(x) -> float:
        return float(conducts(device, read, x))

    peak, after = [g(seen[0]), g(seen[2]) if second[0] else 0.0], [g(seen[1]), g(seen[3])]
    up = int(np.argmax(after))
    set_, reset = (first, second)[up], (second, first)[up]
    on, off = seen[1 + 2 * up], seen[3 - 2 * up]
    high, low = (max(g, DEEP * max(peak)) for g in (after[up], after[1 - up]))
    if (
        high <= OPEN * low or high**2 <= low * peak[up]
    ):  # lost at 0 V: a volatile device is ON at the turning point alone
        up = int(np.argmax(peak))
        set_, reset = (first, second)[up], (0.0, math.inf, second[2])
        on, off = seen[2 * up], {name: float(np.asarray(x)) for name, x in device.rest().items()}
        high = peak[up]
        low = max(g(off), DEEP * high)
        if high <= OPEN * low or (second[0] and after[up] ** 2 > high * low):
            return None
    numbers = {"v_set": set_[0], "v_reset": reset[0], "rate": set_[2], "i_set": set_[1], "i_reset": reset[1]}
    return high / low, numbers | {"read_voltage": read}, off, on


def told(drive: Drive) -> str:
    """The drive in one sentence."""
    ends = engineering(drive.v_set, "V"), engineering(drive.v_reset, "V")
    if not drive.off:
        return f"swept to {' and '.join(ends)} at {engineering(drive.rate, 'V/s')}; no reading tells two states"
    pulses = (
        f"pulses {engineering(drive.v_up, 'V')} and {engineering(drive.v_down, 'V')} of {engineering(drive.width, 's')}"
    )
    return f"SET {ends[0]}, RESET {ends[1]} at {engineering(drive.rate, 'V/s')} ({drive.source}); {pulses}"
