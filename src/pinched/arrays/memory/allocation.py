"""Levels of a multilevel cell, placed for how wide and how far its readings spread, and the thresholds between them."""

import dataclasses
from typing import Any, Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from pinched.arrays.memory.law import ROOM, Law, as_law
from pinched.core import PinchedError, verb
from pinched.devices.synapse.programming import Programming

GRID = 64  # targets between which reaches are interpolated
DEVIATIONS = np.linspace(0.0, 12.0, 17)  # of a normal law, whose tails are tabulated
LEAST, MOST = 1e-30, 0.49  # tails between which levels are balanced
COUNTABLE = 2**16  # levels, beyond which cells have no spread
GOLDEN = (np.sqrt(5) - 1) / 2


@dataclasses.dataclass(frozen=True)
class Levels:
    """Targets of a cell's levels and the thresholds that tell a reading's level.

    Attributes:
        targets: S, rising.
        thresholds: S, one between each two neighbours.
        law: what the cells read, as it was believed when the levels were chosen.
    """

    targets: np.ndarray
    thresholds: np.ndarray
    law: Law

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def bits(self) -> float:
        """Bits of a cell whose level is read without error."""
        return float(np.log2(len(self)))

    def read(self, g) -> np.ndarray:
        """The level of each reading `g` (S)."""
        return np.searchsorted(self.thresholds, g)

    @verb
    def tracked(self, time: Any, temperature: Any = ROOM) -> "Levels":
        """The same cells read with the thresholds best at an age, as reference cells that age along would give them."""
        ages = _ages(time, temperature)
        return dataclasses.replace(self, thresholds=_between(self.law, self.targets, ages)[0])


@verb
def levels(
    law: Law | Programming | str,
    n: int | None = None,
    *,
    error: float | None = None,
    targets: Any = None,
    among: Any = None,
    span: tuple[float, float] | None = None,
    time: Any = 0.0,
    temperature: Any = ROOM,
    spacing: Literal["error", "linear", "log"] = "error",
    thresholds: Literal["optimal", "middle"] = "optimal",
) -> Levels:
    """Place levels so that each is mistaken for a neighbour equally rarely, at the worst of the given ages.

    Each level reaches up to a threshold with the tail that the next one reaches down to it with; `n` levels fill the
    span with the smallest such tail, or as many levels as fit keep it below `error`. The thresholds are then those of
    the fewest mistakes between two neighbours, where their probability densities cross.

    Args:
        law: what the cells read: a Law, a Programming or the name of a published one.
        n: number of levels; or
        error: the largest tail of a level beyond either threshold; or
        targets: the levels themselves, S.
        among: conductances in S from which those `n` are chosen that are mistaken most rarely on the whole; unlike
            equal tails this does not chase a level with a tail that no distance outruns.
        span: lowest and highest target, S; by default all that the law knows.
        time, temperature: ages that the thresholds serve without being moved (s, K), scalars or arrays.
        spacing: of `n` levels; "linear" and "log" are the equal steps that an allocation is compared with.
        thresholds: "middle" halves the way between neighbours.

    Returns:
        The Levels.

    Raises:
        PinchedError: where fewer than two levels fit, or drift alone closes the gaps between `n`.
    """  # fmt: skip
    law = as_law(law)
    if sum(given is not None for given in (n, error, targets)) != 1:
        raise PinchedError("levels() needs one of n, error and targets.")
    low, high = span or law.span
    if not 0 <= low < high:
        raise PinchedError(f"levels(): a span from {low:g} to {high:g} S; give two rising conductances.")
    ages = _ages(time, temperature)
    if targets is not None:
        placed = np.sort(np.asarray(targets, float))
    elif among is not None:
        placed = _fewest(law, np.unique(np.asarray(among, float)), n, ages)
    elif error is not None:
        if not 0 < error < 0.5:
            raise PinchedError(f"levels(): error = {error:g}; a tail lies between 0 and 0.5.")
        ladder = Ladder(law, low, high, ages)
        placed = ladder.climb(error)
    elif spacing == "error" and n is not None and n > 2:
        placed = _balanced(Ladder(law, low, high, ages), n)
    else:
        placed = _equal(low, high, n, spacing)
    if len(placed) < 2 or np.any(np.diff(placed) <= 0):
        raise PinchedError("levels(): fewer than two levels fit: allow a larger error, a wider span or a shorter time.")
    middle = (placed[1:] + placed[:-1]) / 2
    return Levels(placed, middle if thresholds == "middle" else _between(law, placed, ages)[0], law)


class Ladder:
    """How far each target reaches up and down with a tail, at its worst age."""

    def __init__(self, law: Law, low: float, high: float, ages: np.ndarray):
        wide = low > 0 and high > 10 * low
        self.grid = np.geomspace(low, high, GRID) if wide else np.linspace(low, high, GRID)
        readings = law(self.grid, *ages[:, :, None])
        tails = ndtr(-DEVIATIONS)[:, None, None]
        down, up = readings.lower(tails).min(axis=1), readings.upper(tails).max(axis=1)
        self.down = np.minimum.accumulate(down[:, ::-1], axis=1)[:, ::-1]  # no later target reaches further down
        self.up = np.maximum.accumulate(up, axis=1)

    def climb(self, tail: float, n: int | None = None) -> np.ndarray:
        """Targets from the lowest up, `n` of them, or all that fit; beyond the span the last gap is kept."""
        u = np.clip(-ndtri(tail), DEVIATIONS[0], DEVIATIONS[-1])
        k = int(np.clip(np.searchsorted(DEVIATIONS, u) - 1, 0, len(DEVIATIONS) - 2))
        part = (u - DEVIATIONS[k]) / (DEVIATIONS[k + 1] - DEVIATIONS[k])
        down, up = ((1 - part) * table[k] + part * table[k + 1] for table in (self.down, self.up))
        found, high = [self.grid[0]], self.grid[-1]
        while n is None or len(found) < n:
            reach = np.interp(found[-1], self.grid, up)
            if reach <= down[-1]:
                step = np.interp(reach, down, self.grid)
            elif n is None:
                break
            else:  # past the end: as far as the last level of the span would have to be
                step = found[-1] + (reach - down[-1]) + max(high - found[-1], 0.0) + 1e-9 * high
            found.append(step)
            if len(found) > COUNTABLE:
                raise PinchedError("levels(): these cells do not spread, so any number of levels fits: give n.")
        return np.array(found)


def _balanced(ladder: Ladder, n: int) -> np.ndarray:
    """`n` targets that fill the span with the smallest equal tails."""
    high = ladder.grid[-1]

    def excess(log_tail: float) -> float:
        return ladder.climb(np.exp(log_tail), n)[-1] - high

    ends = np.log(LEAST), np.log(MOST)
    if excess(ends[1]) > 0:
        raise PinchedError(f"levels(): drift alone closes the gaps between {n} levels: take fewer, or a shorter time.")
    if excess(ends[0]) < 0:  # room enough for any error that is worth a number
        return np.linspace(ladder.grid[0], high, n)
    log_tail: Any = brentq(excess, *ends, xtol=1e-4)
    placed = ladder.climb(np.exp(log_tail), n)
    placed[-1] = min(placed[-1], high)
    return placed


def _equal(low: float, high: float, n: Any, spacing: str) -> np.ndarray:
    if n < 2 or int(n) != n:
        raise PinchedError(f"levels(): n = {n}; a cell has at least two levels.")
    if spacing == "log" and low <= 0:
        raise PinchedError("levels(): logarithmic steps cannot begin at 0 S: give a span.")
    return np.geomspace(low, high, n) if spacing == "log" else np.linspace(low, high, n)


def _ages(time, temperature) -> np.ndarray:
    """(2, ages): s and K."""
    return np.stack([a.ravel() for a in np.broadcast_arrays(np.asarray(time, float), np.asarray(temperature, float))])


def _fewest(law: Law, among: np.ndarray, n: int | None, ages: np.ndarray) -> np.ndarray:
    """The `n` of `among` with the fewest mistakes between neighbours, by dynamic programming."""
    if n is None or not 2 <= n <= len(among):
        raise PinchedError(f"levels(): choose n between 2 and the {len(among)} conductances of `among`.")
    low, high = np.triu_indices(len(among), 1)
    cost = np.full((len(among),) * 2, np.inf)
    cost[low, high] = np.exp(_between(law, among, ages, low, high)[1])
    least, last = np.zeros(len(among)), []
    for _ in range(n - 1):
        through = least[:, None] + cost
        last.append(through.argmin(axis=0))
        least = through.min(axis=0)
    chosen = [int(np.argmin(least))]
    for step in reversed(last):
        chosen.append(int(step[chosen[-1]]))
    return among[chosen[::-1]]


def _between(law: Law, targets, ages, low=slice(None, -1), high=slice(1, None)) -> tuple[np.ndarray, np.ndarray]:
    """Thresholds between the levels `low` and `high` (neighbours), and ln of the mistakes that they leave.

    Mistakes are those of both at the worst age; a grid finds the fewest, then golden sections.
    """
    readings = law(targets, *ages[:, :, None])
    lower, upper = readings[:, low], readings[:, high]

    def mistakes(g):
        return np.max(np.log(upper.below(g) + lower.above(g) + 1e-300), axis=0)

    medians = readings.lower(0.5)
    start, end = medians.min(axis=0)[low], medians.max(axis=0)[high]
    tried = np.linspace(start, end, 65)
    costs = np.array([mistakes(g) for g in tried])
    least = costs == costs.min(axis=0)
    first, last, column = least.argmax(axis=0), 64 - least[::-1].argmax(axis=0), np.arange(len(start))
    middle = (tried[first, column] + tried[last, column]) / 2  # of where mistakes are too rare for a number
    start, end = tried[np.maximum(first - 1, 0), column], tried[np.minimum(first + 1, 64), column]
    for _ in range(50):
        one, two = end - GOLDEN * (end - start), start + GOLDEN * (end - start)
        left = mistakes(one) < mistakes(two)
        start, end = np.where(left, start, one), np.where(left, two, end)
    g = np.where(last > first, middle, (start + end) / 2)
    return g, mistakes(g)
