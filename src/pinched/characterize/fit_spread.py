"""What a fit is worth: the error on cycles it has not seen, and how much its parameters vary."""

import numpy as np

from pinched.characterize.fit_search import LANES, Optimum, Problem, loss, misfit, weight
from pinched.characterize.fit_segments import Segments
from pinched.characterize.switching import switching
from pinched.core import Quantity

GRID = np.linspace(0.0, 1.0, 201)  # along a sweep; equal places are equal voltages on equal branches
DRAWS = 6 * LANES  # candidates among which each cycle chooses its own
SCATTER = 0.4  # of a main parameter's own starting spread: how far those draws reach
RESAMPLES = LANES


def split(s: Segments, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to fit and rows to leave out: whole cycles, the first about the middle of all, the others from all over."""
    cycles = np.unique(s.cycle)
    if cycles.size == 1:
        return np.arange(len(s))[:most], np.zeros(0, int)
    level = {c: np.mean([np.abs(s.y[k][s.used[k]]).mean() for k in np.flatnonzero(s.cycle == c)]) for c in cycles}
    ordered = sorted(cycles, key=lambda c: (tuple(s.group[s.cycle == c]), level[c]))
    room = max(most // int(np.bincount(s.cycle).max()), 1)
    fitted = _middle(ordered[::2] if len(ordered) > 2 else ordered[:1], room)
    rest = [c for c in ordered if c not in fitted]
    rest = [rest[k] for k in np.unique(np.linspace(0, len(rest) - 1, min(room, len(rest))).round().astype(int))]
    return np.flatnonzero(np.isin(s.cycle, fitted)), np.flatnonzero(np.isin(s.cycle, rest))


def _middle(items: list, n: int) -> list:
    first = (len(items) - n + 1) // 2 if len(items) > n else 0
    return items[first : first + n]


def along(s: Segments, y: np.ndarray, used: np.ndarray) -> np.ndarray:
    """`y` (segment, sample) at the places GRID of each sweep, NaN where no used sample is near."""
    out = np.full((len(s), GRID.size), np.nan)
    for k in range(len(s)):
        way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(s.v[k])))])
        place, seen = way / way[-1], used[k]
        if seen.sum() > 1:
            out[k] = np.interp(GRID, place[seen], y[k][seen])
            nearest = np.abs(GRID[:, None] - place[seen][None]).min(1)
            out[k][nearest > 1.5 * max(np.diff(place[seen]).max(initial=0) / 4, 1 / GRID.size)] = np.nan
    return out


def left_out_error(everything: Segments, left: Segments, y: np.ndarray) -> Quantity:
    """RMS of simulated minus measured on the cycles left out, over the spread of all cycles at the same voltages."""
    label = "error on left-out cycles over the cycle-to-cycle spread"
    if not len(left):
        return Quantity(np.nan, "1", "derived", label=label, note="only one cycle was measured")
    measured = along(everything, everything.y, everything.used)
    error = along(left, misfit(left, y), left.used)
    squares, spread = [], []
    for group in np.unique(left.group):
        same = measured[everything.group == group]
        enough = np.isfinite(same).sum(0) >= 2
        if len(same) < 2 or not enough.any():
            continue
        variance = np.nanvar(same[:, enough], axis=0, ddof=1)
        e = error[left.group == group][:, enough]
        squares.append(np.where(np.isfinite(e), e**2, np.nan).ravel())
        spread.append(np.where(np.isfinite(e), variance, np.nan).ravel())
    if not squares:
        return Quantity(np.nan, "1", "derived", label=label, note="no two cycles sweep the same voltages")
    square, variance = (np.nanmean(np.concatenate(each)) for each in (squares, spread))
    if not variance > 0:
        return Quantity(np.nan, "1", "derived", label=label, note="the cycles do not differ")
    ratio = np.sqrt(square / variance)
    note = "1: as far from a cycle as the cycles are from each other"
    return Quantity(float(ratio), "1", "derived", n=len(np.unique(left.cycle)), label=label, note=note)


def bootstrap(problem: Problem, best: Optimum, rng: np.random.Generator) -> np.ndarray | None:
    """Search points (RESAMPLES, k) of fits to resampled cycles; None for a single cycle.

    Each is the best of a few damped Gauss–Newton steps from the optimum, so that the interval is a lower estimate.
    """
    cycles = np.unique(problem.data.cycle)
    if cycles.size < 2:
        return None
    rows = [np.flatnonzero(problem.data.cycle == c) for c in cycles]
    worth = weight(best.residual)
    normal = np.stack([_flat(best.jacobian[:, r] * worth[r]) @ _flat(best.jacobian[:, r]).T for r in rows])
    slope = np.stack([_flat(best.jacobian[:, r] * worth[r]) @ best.residual[r].ravel() for r in rows])
    times = rng.multinomial(cycles.size, np.full(cycles.size, 1 / cycles.size), RESAMPLES)
    scale = np.diag(np.diag(normal.sum(0)).clip(1e-9 * np.trace(normal.sum(0))))
    points = np.repeat(best.u[None], RESAMPLES, 0)
    lowest = times @ np.array([loss(best.residual[r]).sum() for r in rows])
    for damping in 10.0 ** np.arange(-3, 3):
        step = [np.linalg.solve(np.tensordot(w, normal, 1) + damping * scale, w @ slope) for w in times]
        trial = np.clip(best.u - np.clip(step, -0.1, 0.1), 0, 1)
        losses = loss(problem.residual(trial)).sum(2)
        found = np.sum([times[:, j] * losses[:, r].sum(1) for j, r in enumerate(rows)], axis=0)
        better = found < lowest
        points[better], lowest[better] = trial[better], found[better]
    return points


def _flat(a):
    return a.reshape(len(a), -1)


def cycle_spread(problem: Problem, best: Optimum, rng: np.random.Generator) -> dict[str, float]:
    """Relative standard deviation from cycle to cycle of the main parameters, {} for fewer than three cycles.

    Every cycle picks the best of many devices scattered about the fitted one, the same for all cycles.
    """
    cycles = np.unique(problem.data.cycle)
    main = np.array([f.main for f in problem.candidate.free.values()])
    if cycles.size < 3 or not main.any():
        return {}
    draws = best.u + np.where(main, SCATTER * problem.spread, 0.0) * rng.normal(size=(DRAWS, problem.size))
    draws[0] = best.u
    losses = loss(problem.residual(np.clip(draws, 0, 1))).sum(2)
    chosen = [int(losses[:, problem.data.cycle == c].sum(1).argmin()) for c in cycles]
    values = problem.values(draws[chosen])
    names = [name for name, f in problem.candidate.free.items() if f.main]
    return {name: float(np.std(values[name], ddof=1) / abs(np.mean(values[name]))) for name in names}


def thresholds(s: Segments, set_sign: int, i: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """|V| of the switching events on the segments `s`, {"v_set": …, "v_reset": …}; of currents `i` if given."""
    events = [(e.sign, switching(e)) for row in s.excursions(i) for e in row]
    at = lambda sense: [abs(x.v) for sign, x in events if x.sense == sense == sign * set_sign and np.isfinite(x.v)]  # noqa: E731
    return {"v_set": np.array(at(1)), "v_reset": np.array(at(-1))}


def compare(measured: np.ndarray, simulated: np.ndarray) -> dict[str, float]:
    """Two distributions: medians, measured spread, their difference in such spreads, Kolmogorov–Smirnov p."""
    from scipy.stats import ks_2samp

    if not measured.size or not simulated.size:
        return {}
    spread = float(np.std(measured, ddof=1)) if measured.size > 2 else np.nan
    shift = float(np.median(simulated) - np.median(measured))
    return {
        "measured": float(np.median(measured)), "simulated": float(np.median(simulated)), "spread": spread,
        "shift": shift / spread if spread > 0 else np.nan, "n": measured.size,
        "p": float(ks_2samp(measured, simulated)[1]) if measured.size > 2 else np.nan,
    }  # fmt: skip
