"""The design window of a stateful gate, from the device alone: all cases run at many drives, and what is right kept."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from pinched.arrays.logic.gates import Imply, Magic, Style
from pinched.arrays.logic.line import Levels, Line
from pinched.arrays.logic.thresholds import GOOD, QUIET, Forgets, Thresholds, thresholds
from pinched.core import PinchedError, verb
from pinched.core.solve import root
from pinched.devices.base import Device, Environment

Family = Literal["magic", "imply", "auto"]
WIDTHS = (1e-8, 1e-7, 1e-6, 1e-5, 1e-3)  # s, tried where none is given
HOPELESS = 1.5  # lowest over highest voltage, by Ohm's law, beyond which none is tried
WIDE = 0.4  # lowest over highest voltage of a window that needs no comparison with longer pulses
CASES = np.array([[0, 0, 1, 1], [0, 1, 0, 1]])  # of two inputs


@verb
def design(device: Device, family: Family = "auto", width: float | None = None, v_read: float = 0.1) -> Style:
    """Voltages (and the load) with which `device` computes, in the middle of their window.

    Args:
        device: a single bipolar device.
        family: "magic", "imply", or "auto": MAGIC where it has a window, else IMP.
        width: of the pulses, s; by default the one with the widest window among 10 ns … 1 ms.
        v_read: at which conductance tells 1 from 0, V.

    Raises:
        PinchedError: where the device has no window, with what would be needed.
    """
    if family not in ("magic", "imply", "auto"):
        raise PinchedError(f"There is no logic family {family!r}: choose magic, imply or auto.")
    levels = Levels.of(device, v_read)
    found = _known(device, levels, (width,) if width else WIDTHS)
    if family != "imply":
        room = [low / high for low, high in (divider(levels, t) for t in found)]
        best = next(t for t, r in zip(found, room, strict=True) if r <= max(WIDE, 1.25 * min(room)))  # the shortest
        style = magic(device, levels, best)
        if style or family == "magic":
            return style or _no_magic(device, levels, best)
    guesses = [(t, *imply_guess(device, levels, t)) for t in found]
    best = max(room for *_, room in guesses)
    t, v_cond, v_set, r_load, _ = next(g for g in guesses if g[-1] >= min(0.8 * best, best))  # the shortest of the best
    return imply(device, levels, t, v_cond, v_set, r_load)


def _known(device: Device, levels: Levels, widths: tuple[float, ...]) -> list[Thresholds]:
    """The thresholds at those widths at which the device switches, up to the first with a wide window."""
    found, why = list[Thresholds](), None
    for width in widths:
        try:
            found.append(thresholds(device, levels, width))
        except Forgets as error:
            why = error
            break
        except PinchedError as error:
            why = error
            continue
        low, high = divider(levels, found[-1])
        if low / high < WIDE:
            break
    if not found and why:
        raise why
    return found


def divider(levels: Levels, t: Thresholds) -> tuple[float, float]:
    """(lowest, highest) MAGIC voltage by Ohm's law on cells at their levels, V: a first guess, and the reason if empty.

    One input that is 1 must leave the output enough to be RESET; inputs that are 0 take nearly all and must not be SET.
    """
    on, off = levels.g_on, levels.g_off
    low = t.reset_at * (2 * on + off) / (on + off)
    return low, min(t.set_below * (on + 2 * off) / on, t.reset_below * (on + 2 * off) / (2 * off))


def _no_magic(device: Device, levels: Levels, t: Thresholds):
    low, high = divider(levels, t)
    raise PinchedError(
        f"{type(device).__name__} has no MAGIC window at {t.width:g} s: RESET of the output takes about {low:.3g} V on "
        f"the inputs, which disturbs cells from {high:.3g} V on. Take the imply family."
    )


def magic(device: Device, levels: Levels, t: Thresholds) -> Magic | None:
    """MAGIC at the widths of `t`, or None where no voltage is right in all cases."""
    sign = t.polarity

    def good(v: float) -> bool:
        return magic_error(device, levels, Magic(levels, t, {}, sign * v)) < GOOD

    ends = divider(levels, t)
    if ends[0] > HOPELESS * ends[1]:
        return None
    window = edges(good, 0.8 * min(ends), 1.25 * max(ends))
    if window is None:
        return None
    return Magic(levels, t, {"v_0": window}, sign * float(np.mean(window)))


def magic_error(device: Device, levels: Levels, style: Magic) -> float:
    """How far any cell ends from its level in any of the four cases of NOR."""
    line = Line.fresh(device, 3, 4, _states(levels, np.vstack([CASES, np.ones(4)])))
    after, _ = style.gate(line, 2, (0, 1))
    wanted = np.vstack([CASES, ~CASES.any(axis=0)])
    return float(np.abs(np.clip(levels(device, after.x), 0, 1) - wanted).max())


def imply_guess(device: Device, levels: Levels, t: Thresholds) -> tuple[float, float, float, float]:
    """(v_cond, v_set, r_load) that keep cells at frozen states farthest from what they must not see, and how far.

    The target has to see `set_at` where p is 0, from the first moment until it is good enough; where p is 1, and at p
    itself, no cell may see `set_below`; a cell that is 1 may not see `reset_below` backwards.
    """
    env, sign = Environment(), t.polarity
    v_set, share, load = np.meshgrid(
        t.set_at * np.geomspace(1.0, 3.0, 24), np.linspace(0.1, 0.98, 23), np.geomspace(0.1, 1e3, 41) / levels.g_on,
        indexing="ij",
    )  # fmt: skip
    v_cond = share * v_set

    def seen(p: float, q: float) -> tuple[np.ndarray, np.ndarray]:
        """What p and q see in the SET direction at those levels, V."""
        states = [{k: levels.off[k] + part * (levels.on[k] - levels.off[k]) for k in levels.on} for part in (p, q)]

        def current(b, v, x):
            return sign * device.current(sign * (v - b), x, env)

        def excess(b):
            return b / load - current(b, v_cond, states[0]) - current(b, v_set, states[1])

        b = np.asarray(root(excess, np.zeros_like(v_set), v_set))
        return v_cond - b, v_set - b

    nearly = _part_at(device, levels, 1 - GOOD)
    (p00, q00), (p01, q01), (p10, q10), (p11, q11), (_, done) = (
        seen(p, q) for p, q in ((0, 0), (0, 1), (1, 0), (1, 1), (0, nearly))
    )
    rooms = [q00 / t.set_at - 1, done / t.set_below - 1]
    rooms += [1 - v / t.set_below for v in (p00, p01, q10)]
    rooms += [1 + v / t.reset_below for v in (p10, p11, q01, q11)]
    room = np.min(rooms, axis=0)
    best = np.unravel_index(int(np.argmax(room)), room.shape)
    return float(v_cond[best]), float(v_set[best]), float(load[best]), float(room[best])


def _part_at(device: Device, levels: Levels, wanted: float) -> float:
    """How far from OFF to ON, along a straight line of states, a cell reads as the level `wanted`."""
    part = np.linspace(0, 1, 401)
    x = {k: levels.off[k] + part * (levels.on[k] - levels.off[k]) for k in levels.on}
    return float(np.interp(wanted, np.maximum.accumulate(levels(device, x)), part))


def imply(device: Device, levels: Levels, t: Thresholds, v_cond: float, v_set: float, r_load: float) -> Imply:
    """IMP near the given voltages and load: run, and centred in the windows of what is right and moves nothing else.

    Raises:
        PinchedError: where it is right neither there nor close by.
    """
    tried = r_load * 2.0 ** np.linspace(-1, 1, 16)
    scales = (1.0, 1.08, 0.92, 1.16)
    errors = np.array([imply_error(device, levels, t, v_cond * scale, v_set * scale, tried) for scale in scales])
    allowed = next((e for e in (2 * QUIET, GOOD) if (errors < e).any()), None)
    if allowed is None:
        raise PinchedError(
            f"{type(device).__name__} has no IMP window at pulses of {t.width:g} s: its SET moves the state from "
            f"{t.set_below:.3g} V on and is complete at {t.set_at:.3g} V, its RESET begins at {t.reset_below:.3g} V."
        )
    best = int(np.argmax((errors < allowed).sum(axis=1)))
    v_cond, v_set = scales[best] * v_cond, scales[best] * v_set
    right = np.flatnonzero(errors[best] < allowed)
    r_load = float(tried[right[len(right) // 2]])

    def good(v_cond: float, v_set: float) -> bool:
        return bool(imply_error(device, levels, t, v_cond, v_set, np.array([r_load]))[0] < allowed)

    v_set = float(np.mean(around(lambda v: good(v_cond, v), v_set)))
    cond = around(lambda v: good(v, v_set), v_cond)
    v_cond = float(np.mean(cond))
    loads = tried[imply_error(device, levels, t, v_cond, v_set, tried) < allowed]
    r_load = float(np.median(loads)) if len(loads) else r_load
    window = {
        "v_cond": cond,
        "v_set": around(lambda v: good(v_cond, v), v_set),
        "r_load": (float(loads.min(initial=r_load)), float(loads.max(initial=r_load))),
    }
    return Imply(levels, t, window, t.polarity * v_cond, t.polarity * v_set, r_load)


def imply_error(device: Device, levels: Levels, t: Thresholds, v_cond: float, v_set: float, loads) -> np.ndarray:
    """How far any cell ends from its level in any of the four cases of IMP, for each load."""
    cases = np.tile(CASES, len(loads))
    line = Line.fresh(device, 2, cases.shape[1], _states(levels, cases))
    volts = t.polarity * np.array([v_cond, v_set])
    after, _ = line.pulse((0, 1), volts, t.width, load=np.repeat(loads, 4))
    wanted = np.stack([cases[0], (cases[0] == 0) | (cases[1] == 1)])
    return np.abs(np.clip(levels(device, after.x), 0, 1) - wanted).max(axis=0).reshape(-1, 4).max(axis=1)


def _states(levels: Levels, truth) -> dict[str, np.ndarray]:
    """Ideal states of cells that are true or false."""
    return {k: np.where(np.asarray(truth, bool), levels.on[k], levels.off[k]) for k in levels.on}


def edges(good: Callable[[float], bool], low: float, high: float, points: int = 10) -> tuple[float, float] | None:
    """The widest stretch of a logarithmic grid that is good, its ends refined."""
    grid = np.geomspace(low, high, points)
    right = np.array([good(v) for v in grid])
    if not right.any():
        return None
    runs = np.split(np.arange(points), np.flatnonzero(np.diff(right)) + 1)
    longest = max((run for run in runs if right[run[0]]), key=len)
    first, last = longest[0], longest[-1]
    below = _edge(good, grid[first], grid[first - 1]) if first else float(grid[0])
    above = _edge(good, grid[last], grid[last + 1]) if last + 1 < points else float(grid[-1])
    return below, above


def around(good: Callable[[float], bool], value: float, reach: float = 2.0) -> tuple[float, float]:
    """The stretch around a good value, within a factor of `reach`."""
    ends = []
    for step in (1 / 1.2, 1.2):
        inside = value
        while 1 / reach < inside / value < reach and good(inside * step):
            inside *= step
        ends.append(_edge(good, inside, inside * step) if 1 / reach < inside / value < reach else inside)
    return ends[0], ends[1]


def _edge(good: Callable[[float], bool], inside: float, outside: float, steps: int = 3) -> float:
    """The last good value between a good and a bad one, by bisection."""
    for _ in range(steps):
        middle = (inside * outside) ** 0.5
        inside, outside = (middle, outside) if good(middle) else (inside, middle)
    return float(inside)
