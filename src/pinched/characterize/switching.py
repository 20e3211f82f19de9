"""Where an excursion switches: which way, at which voltage, how suddenly, at what energy."""

import dataclasses

import numpy as np

from pinched.characterize.branches import Excursion

RESOLVED = 0.04  # decades (10 %) of hysteresis below which a loop is not said to switch
STEP = 0.15  # decades, the smallest single step called abrupt
DROP = 0.8  # current after a RESET peak, as a part of the peak, that makes it a peak
INNER = 0.1  # samples inside this part of the largest |V| do not locate a switching event


@dataclasses.dataclass(frozen=True)
class Switching:
    """One switching event.

    Attributes:
        sense: +1 SET, -1 RESET, 0 none resolved.
        window: largest log10 conductance ratio of the two ways, decades (>= 0).
        v, i: voltage (V, signed) and |current| (A) at which it happened.
        method: "largest step", "current peak", "half change", "compliance reached" or "".
        abrupt: whether one step carried at least half of the change.
        energy: integral of v i dt over the way out up to any compliance, J; NaN without time.
    """

    sense: int
    window: float
    v: float = np.nan
    i: float = np.nan
    method: str = ""
    abrupt: bool = False
    energy: float = np.nan


def switching(excursion: Excursion) -> Switching:
    """The switching event of one excursion.

    A SET is put at the largest single step of log10|I/V| on the way out where that step carries half of the change;
    else where the log gap between the two ways has closed to half of its largest value; else where the source began
    to limit. A RESET is put at the current peak of the way out where the current falls below 80 % of it; else as a SET.
    A RESET after which the way back drops to HRS by itself (phase change, ON while it melts) is put nowhere: the way
    out does not show it.
    """
    step, at, change = _largest_steps(excursion)
    grid, gap = excursion.gap()
    if gap.size:
        mean, noise = float(np.mean(gap[:90])), _scatter(gap)  # of 101 points: at the turn the gap closes by itself
        sense = int(np.sign(mean)) if abs(mean) > max(0.3 * RESOLVED, 3 * noise / np.sqrt(gap.size)) else 0
        window = float(np.quantile(sense * gap, 0.95)) if sense else 0.0
    else:  # one way only: what the steps say
        peak = _peak(excursion)
        sense = -1 if peak is not None else int(np.sign(change)) * (abs(change) > 2 * STEP)
        window = abs(change) if sense else 0.0
    if sense == 0 or window < RESOLVED:
        return Switching(0, window, energy=np.nan)
    out = excursion.out
    abrupt = sense * step >= STEP and sense * step >= 0.5 * min(window, max(sense * change, STEP))
    energy = _energy(excursion)
    if sense < 0 and (peak := _peak(excursion)) is not None:
        return Switching(sense, window, float(out.v[peak]), float(abs(out.i[peak])), "current peak", abrupt, energy)
    if abrupt:
        after = out.v[at] + 0.5 * np.sign(out.v[at]) * max(abs(out.v[at + 1]) - abs(out.v[at]), 0.0)
        return Switching(sense, window, float(after), float(abs(out.i[at])), "largest step", True, energy)
    fall, _, _ = _largest_steps(dataclasses.replace(excursion, out=excursion.back))
    if sense < 0 and fall <= -max(STEP, 0.5 * window):
        return Switching(sense, window, energy=energy)
    if gap.size and (v := _half(grid, sense * gap)) is not None:
        v_out, y_out = out.clean
        return Switching(
            sense, window, excursion.sign * v, float(10 ** np.interp(v, v_out, y_out)), "half change", False, energy
        )
    if out.clamped.any():
        first = int(np.argmax(out.clamped))
        return Switching(
            sense, window, float(out.v[first]), float(abs(out.i[first])), "compliance reached", False, energy
        )
    return Switching(sense, window, energy=energy)


def hold(excursion: Excursion) -> float:
    """Where a volatile device drops back: the voltage (V) of the largest fall on the way back; NaN without a step."""
    step, at, _ = _largest_steps(dataclasses.replace(excursion, out=excursion.back))
    return float(excursion.back.v[at]) if step <= -STEP else np.nan


def _largest_steps(excursion: Excursion) -> tuple[float, int, float]:
    """The largest step of log10|I/V| on the way out, the sample before it, and the change of the rest from there."""
    out = excursion.out
    use = np.flatnonzero((out.ok | out.clamped) & (np.abs(out.v) > INNER * np.abs(out.v).max()) & (out.i != 0))
    if use.size < 2:
        return 0.0, 0, 0.0
    y = np.log10(np.abs(out.i[use] / out.v[use]))
    steps = np.where(np.diff(use) <= 2, np.diff(y), 0.0)
    typical = np.median(np.abs(steps))
    k = int(np.argmax(np.abs(steps)))
    if abs(steps[k]) < 6 * typical:
        return 0.0, int(use[k]), 0.0
    rest = y[k + 1 :]
    extreme = rest.max() if steps[k] > 0 else rest.min()
    return float(steps[k]), int(use[k]), float(extreme - y[k])


def _peak(excursion: Excursion) -> int | None:
    """Sample of the current peak on the way out, if the current falls for good after it."""
    out = excursion.out
    use = np.flatnonzero(out.ok & (np.abs(out.v) > INNER * np.abs(out.v).max()))
    if use.size < 5:
        return None
    i = np.abs(out.i[use])
    k = int(np.argmax(i))
    rest = i[k + 1 :]
    return int(use[k]) if rest.size >= 3 and np.median(rest) < DROP * i[k] else None


def _half(grid: np.ndarray, gap: np.ndarray) -> float | None:
    """|V| beyond the widest gap at which the gap has closed to its half."""
    top = int(np.argmax(gap))
    below = np.flatnonzero(gap[top:] <= 0.5 * gap[top])
    if not below.size:
        return None
    k = top + int(below[0])
    return float(np.interp(0.5 * gap[top], [gap[k], gap[k - 1]], [grid[k], grid[k - 1]])) if k else float(grid[0])


def _scatter(y: np.ndarray) -> float:
    """Standard deviation of the roughness of a curve, from its second differences."""
    return float(1.4826 * np.median(np.abs(np.diff(y, 2))) / np.sqrt(6)) if y.size > 4 else 0.0


def _energy(excursion: Excursion) -> float:
    out = excursion.out
    use = ~out.clamped & np.isfinite(out.t)
    t = out.t[use]
    if t.size < 2 or np.any(np.diff(t) < 0) or t[-1] <= t[0]:
        return np.nan
    return float(np.trapezoid(out.v[use] * out.i[use], t))
