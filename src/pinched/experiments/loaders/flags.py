"""Samples that are the instrument and not the device: overflow, compliance, range switching, noise floor."""

import numpy as np

from pinched.core import Flag

HUGE = 1e30  # instruments write 9.9e37, 9.91e37, 1e38 or 2.1e38 for "out of range"
_BAND = 0.005  # a source in compliance holds its current to better than this
_DECADES = 10.0 ** np.arange(-12, 0)


def overflow(x: np.ndarray) -> np.ndarray:
    """Where `x` is an overflow value rather than a measurement."""
    return np.abs(x) > HUGE


def compliance(v: np.ndarray, i: np.ndarray, branch: np.ndarray, limit: float) -> tuple[np.ndarray, float]:
    """(samples where the source limited the current, the limit in A or NaN).

    A stated `limit` (A) counts where it is reached to 2 %; without one, a current that stands still at its largest
    value while |v| goes on, and that ends abruptly on both sides, is taken as the limit.
    """
    if limit > 0:
        at = np.abs(i) >= 0.98 * limit
        if at.any():
            return at, limit
    at = np.zeros(len(i), bool)
    levels = []
    for sign in (1, -1):
        magnitude = np.where(sign * v > 0, np.abs(i), 0.0)
        for low, high in _plateaus(magnitude, branch):
            if _clamped(np.abs(v), magnitude, low, high):
                levels.append(float(np.median(magnitude[low:high])))
                at[low:high] = True
    return at, float(np.median(levels)) if levels else np.nan


def _plateaus(i: np.ndarray, branch: np.ndarray) -> list[tuple[int, int]]:
    """Runs of samples within the band below the largest |i| of each pair of branches."""
    found = set()
    edges = np.searchsorted(branch, np.arange(branch.max(initial=0) + 3))  # branches follow each other
    for start, stop in zip(edges[:-2], edges[2:], strict=True):
        inside = i[start:stop]
        if len(inside) >= 8 and (top := np.median(np.partition(inside, -4)[-4:])) > 0:
            found |= {(start + a, start + b) for a, b in runs(inside >= (1 - _BAND) * top, 4)}
    return sorted(found)


def runs(mask: np.ndarray, shortest: int = 1) -> list[tuple[int, int]]:
    """(start, stop) of every run of True of at least `shortest` samples."""
    edges = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    return [
        (int(a), int(b))
        for a, b in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True)
        if b - a >= shortest
    ]


def _clamped(v: np.ndarray, i: np.ndarray, low: int, high: int) -> bool:
    """|v| goes on by 8 % or more under the plateau, and |i| falls off beyond it faster than over a rounded maximum."""
    span = np.ptp(v[low:high])
    if span < 0.08 * v[low:high].max():
        return False
    reach = max((high - low) // 2, 2)
    beyond = [i[k] for k in (low - reach, high - 1 + reach) if 0 <= k < len(i)]
    return bool(beyond) and max(beyond) < 0.97 * np.median(i[low:high])


def range_switching(v: np.ndarray, i: np.ndarray, branch: np.ndarray) -> np.ndarray:
    """Saw-teeth of an ammeter that changes its range: |i| falls back repeatedly from one decade while |v| rises."""
    magnitude = np.abs(i)
    at = np.zeros(len(i), bool)
    falls = (magnitude[1:] < 0.92 * magnitude[:-1]) & (np.abs(v[1:]) > np.abs(v[:-1])) & (branch[1:] == branch[:-1])
    starts = np.flatnonzero(falls)
    for decade in _DECADES:
        teeth = starts[(magnitude[starts] > 0.8 * decade) & (magnitude[starts] < 1.5 * decade)]
        for own in np.split(teeth, np.flatnonzero(np.diff(branch[teeth])) + 1):
            if len(own) < 3:
                continue
            own = own[magnitude[own] > 0.9 * np.median(magnitude[own])]
            number, tips = branch[own[0]], magnitude[own]
            if len(own) >= 3 and tips.std() < 0.05 * tips.mean() and len(own) < 0.5 * (own[-1] - own[0] + 1):
                after = magnitude[own[-1] + 1 : np.searchsorted(branch, number, side="right")]
                outside = np.flatnonzero((after < 0.5 * decade) | (after > 1.6 * decade))
                at[own[0] + 1 : own[-1] + 1 + (outside[0] if len(outside) else len(after))] = True
    return at


def noise_floor(v: np.ndarray, i: np.ndarray) -> tuple[np.ndarray, float]:
    """(samples at or below the noise of the ammeter, that level in A or NaN).

    A passive device has i v ≥ 0; where the sign is wrong, |i| is noise, and its 90th percentile is the floor. Only
    small currents are read so, unless wrong signs are everywhere.
    """
    wrong = (v * i < 0) & np.isfinite(i)
    if wrong.mean() < 0.1:
        wrong &= np.abs(i) < 1e-3 * np.nanmax(np.abs(i), initial=0.0)
    if wrong.sum() < 2:
        return np.zeros(len(i), bool), np.nan
    floor = float(np.percentile(np.abs(i[wrong]), 90))
    return np.abs(i) <= floor, floor


def combine(v: np.ndarray, i: np.ndarray, branch: np.ndarray, limit: float) -> tuple[np.ndarray, float, float]:
    """(flags, compliance in A, noise floor in A) of a sweep of finite v and i."""
    limited, limit = compliance(v, i, branch, limit)
    noisy, floor = noise_floor(v, i)
    flag = np.where(limited, int(Flag.COMPLIANCE), 0) | np.where(noisy, int(Flag.NOISE_FLOOR), 0)
    return flag | np.where(range_switching(v, i, branch), int(Flag.RANGE), 0), limit, floor
