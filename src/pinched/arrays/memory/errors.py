"""How often a multilevel cell is read wrong, and how much room is left between its levels, at any age."""

from typing import Any

import numpy as np
from scipy.optimize import brentq

from pinched.arrays.memory.allocation import Levels
from pinched.arrays.memory.gray import distances
from pinched.arrays.memory.law import ROOM
from pinched.core import PinchedError, verb

LONGEST = 1e12  # s, 30 000 years


@verb
def confusion(levels: Levels, time: Any = 0.0, temperature: Any = ROOM) -> np.ndarray:
    """P(read j | written i), (..., i, j), `time` s after programming at `temperature` K, both broadcast in front."""
    time, temperature = (np.asarray(a, float)[..., None, None] for a in (time, temperature))
    readings = levels.law(levels.targets[:, None], time, temperature)
    below, above = readings.below(levels.thresholds), readings.above(levels.thresholds)
    none, all_ = np.zeros((*below.shape[:-1], 1)), np.ones((*below.shape[:-1], 1))
    from_below = np.diff(np.concatenate([none, below, all_], axis=-1), axis=-1)
    from_above = -np.diff(np.concatenate([all_, above, none], axis=-1), axis=-1)
    i, j = np.indices((len(levels),) * 2)  # the smaller tail is the exact one
    wrong = np.where(j > i, from_above, np.where(j < i, from_below, 0.0))
    return wrong + np.eye(len(levels)) * (1 - wrong.sum(axis=-1))[..., None]


@verb
def level_error_rate(levels: Levels, time: Any = 0.0, temperature: Any = ROOM) -> np.ndarray:
    """Probability that a cell is read as another level, all levels equally often written."""
    return _mistakes(levels, time, temperature).sum(axis=(-1, -2)) / len(levels)


@verb
def bit_error_rate(levels: Levels, time: Any = 0.0, temperature: Any = ROOM, coding: str = "gray") -> np.ndarray:
    """Wrong bits over bits, `time` s after programming at `temperature` K (broadcast).

    Args:
        levels: the levels and their thresholds.
        time, temperature: s and K.
        coding: "gray", neighbours differ in one bit, or "binary".
    """
    hamming, bits = distances(len(levels), coding)
    return np.sum(_mistakes(levels, time, temperature) * hamming, axis=(-1, -2)) / (len(levels) * bits)


@verb
def read_window(levels: Levels, time: Any = 0.0, temperature: Any = ROOM, tail: float = 1e-3) -> np.ndarray:
    """Room between neighbours, S (..., n − 1); negative where they overlap.

    From what the part `tail` of the lower level exceeds to what the part `tail` of the upper one stays below.
    """
    time, temperature = (np.asarray(a, float)[..., None] for a in (time, temperature))
    readings = levels.law(levels.targets, time, temperature)
    return readings.lower(tail)[..., 1:] - readings.upper(tail)[..., :-1]


@verb
def lifetime(levels: Levels, error: float, temperature: float = ROOM, coding: str = "gray") -> float:
    """Time in s at which the bit error rate first exceeds `error`; 0 where it does at once, inf beyond 1e12 s.

    Sought from 1 µs on among 400 times, then refined: an error rate that rises and falls back in between is missed.

    Raises:
        PinchedError: for an error that is no rate between 0 and 0.5.
    """
    if not 0 < error < 0.5:
        raise PinchedError(f"lifetime(): error = {error:g}; a rate lies between 0 and 0.5.")
    times = np.geomspace(1e-6, LONGEST, 400)
    found = bit_error_rate(levels, times, temperature, coding) > error
    if not found.any() or found[0]:
        return 0.0 if found[0] else np.inf
    k = int(np.argmax(found))

    def excess(log_time):
        return float(bit_error_rate(levels, np.exp(log_time), temperature, coding)) - error

    log_time: Any = brentq(excess, *np.log(times[k - 1 : k + 1]), xtol=1e-6)
    return float(np.exp(log_time))


def _mistakes(levels, time, temperature) -> np.ndarray:
    matrix = confusion(levels, time, temperature)
    return matrix * (1 - np.eye(len(levels)))
