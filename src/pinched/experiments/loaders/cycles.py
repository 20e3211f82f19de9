"""Where a record of voltage returns to its start: cycles, and the monotone branches within."""

from itertools import pairwise

import numpy as np


def turning_points(x: np.ndarray, swing: float) -> np.ndarray:
    """Indices where `x` turns by more than `swing`, with the first and last sample."""
    step = np.sign(np.diff(x))
    moving = np.flatnonzero(step)
    bends = moving[1:][step[moving[1:]] != step[moving[:-1]]]  # only local extrema can be turning points
    candidates = np.concatenate([[0], bends, [len(x) - 1]])
    turns, low, high, direction = [0], 0, 0, 0
    for i, value in zip(candidates.tolist(), x[candidates].tolist(), strict=True):
        if value > x[high]:
            high = i
        if value < x[low]:
            low = i
        if direction >= 0 and x[high] - value > swing:
            turns.append(high)
            direction, low, high = -1, i, i
        elif direction <= 0 and value - x[low] > swing:
            turns.append(low)
            direction, low, high = 1, i, i
    return np.unique([*turns, len(x) - 1])


def voltage_turns(voltage: np.ndarray) -> np.ndarray:
    """Where the voltage turns by more than 5 % of its span: the ends of its monotone branches."""
    reach = float(np.ptp(voltage)) if len(voltage) else 0.0
    return turning_points(voltage, 0.05 * reach) if reach > 0 else np.array([0, max(len(voltage) - 1, 0)])


def branches(turns: np.ndarray) -> np.ndarray:
    """Number of the monotone branch of each sample; shape (samples,)."""
    return np.clip(np.searchsorted(turns, np.arange(turns[-1] + 1), side="left") - 1, 0, None)


def split_cycles(voltage: np.ndarray, turns: np.ndarray, count: int | None = None) -> np.ndarray:
    """Number of the cycle of each sample; shape (samples,).

    A cycle ends where the voltage is back at its first value and moves on in its first direction; `count` cuts the
    record into that many equal parts instead.
    """
    size = len(voltage)
    if count:
        return np.arange(size) * count // max(size, 1)
    if len(turns) < 3:
        return np.zeros(size, int)
    reach, start = np.ptp(voltage), voltage[0]
    direction = np.sign(voltage[turns[1]] - start) or 1.0
    distance = direction * (voltage - start)
    tolerance = 0.02 * reach
    edges = []
    for low, high in pairwise(turns[1:].tolist()):
        if distance[high] <= distance[low]:
            continue
        if abs(distance[low]) <= tolerance:
            edges.append(low + 1 if low + 1 < size and voltage[low + 1] == voltage[low] else low)
        elif distance[low] < 0 and distance[high] > tolerance:
            edges.append(low + int(np.argmax(distance[low : high + 1] >= -1e-3 * reach)))
    return _without_scraps(np.searchsorted(np.array(edges, int), np.arange(size), side="right"))


def _without_scraps(cycle: np.ndarray) -> np.ndarray:
    """A last piece much shorter than the others belongs to the cycle before it."""
    sizes = np.bincount(cycle)
    if len(sizes) > 1 and sizes[-1] < 0.2 * np.median(sizes[:-1]):
        cycle = np.minimum(cycle, len(sizes) - 2)
    return cycle


def split_trains(g: np.ndarray) -> np.ndarray:
    """Number of the train of each read: conductance rises in one, falls in the next; shape (reads,)."""
    if len(g) < 4 or not np.all(np.isfinite(g)):
        return np.zeros(len(g), int)
    x = np.log(g) if np.all(g > 0) and g.max() > 3 * g.min() else g
    reach = float(np.ptp(np.percentile(x, [2, 98])))
    if reach == 0:
        return np.zeros(len(g), int)
    turns = [_last_near(x, turn) for turn in turning_points(x, 0.5 * reach)]
    return np.clip(np.searchsorted(turns, np.arange(len(g)), side="left") - 1, 0, None)


def _last_near(x: np.ndarray, turn: int) -> int:
    """The last read of the flat, noisy end of a train around its extremum: a train ends where the next one departs."""
    before = x[max(turn - 20, 0) : turn + 1]
    if turn in (0, len(x) - 1) or len(before) < 4:
        return int(turn)
    noise = 3 * float(np.median(np.abs(np.diff(before, 2))))  # blind to a linear trend
    away = np.flatnonzero(np.abs(x[turn:] - x[turn]) > noise)
    return int(turn + max(away[0] - 1, 0)) if len(away) else int(turn)
