"""What a pulse does to a device, compiled: thousands of them a millisecond, one after another as they come."""

from typing import NamedTuple

import numpy as np
from numba import njit

from pinched.arrays.analog.draws import normal, uniform

NODES = np.linspace(0, 1, 1025)  # parts of the way done at which the step of a pulse is known
LEAP = 0.1  # by what part steps may change in a leap of several pulses
STEEPEST = -0.9  # slope of the step over the state; one that is steeper would leave [0, 1] where a pulse is weak


class Devices(NamedTuple):
    """Those behind a matrix of weights, flat. `sides` is 1, or 2 for a pair; pulses go up (0) or down (1)."""

    u: np.ndarray  # (sides, weights) states, the fraction of its range that a device has reached
    weights: np.ndarray  # (weights,) as they are seen
    strength: np.ndarray  # (2, sides, weights) pulses that one pulse is worth
    gain: np.ndarray  # (sides, weights) weight over state
    offset: np.ndarray  # (weights,) weight at states of zero
    mean: np.ndarray  # (2, NODES) step of the mean device from the part of the way done, up and down
    spread: np.ndarray  # (2, NODES) its standard deviation
    write: float  # standard deviation of the state that is seen
    quantiles: np.ndarray  # (2^16,) equally likely values of the normal law


@njit(cache=True)
def pulse(devices, side, at, counts, seed):
    """Signed numbers of pulses on devices `side` of the weights `at`, positive to raise the weight."""
    for k, count in zip(at, counts):  # noqa: B905  numba knows no `strict`
        move(devices, side, k, count, seed)


@njit(cache=True)
def outer(devices, side, seen, asked, up, down, seed):
    """The nearest whole numbers of pulses to seen × asked, of which `up` and `down` make the range; where any came."""
    given, at, many = 0.0, np.empty(len(seen) * len(asked), np.int64), 0
    for i in range(len(seen)):
        if seen[i] != 0:
            for j in range(len(asked)):
                change = seen[i] * asked[j]
                count = np.rint(change * (up if change > 0 else down))
                if count != 0:
                    at[many] = i * len(asked) + j
                    move(devices, side, at[many], count, seed)
                    given += abs(count)
                    many += 1
    return given, at[:many].copy()


@njit(cache=True)
def trains(devices, side, x, d, x_share, d_share, slots, first, seed):
    """Where pulses of rows meet pulses of columns, one sample and slot after another; the number of meetings.

    In each of the `slots` of a sample, row i fires with the probability x_share |x_i| and column j with d_share |d_j|;
    a meeting moves the weight `first` + i · columns + j against the sign of x_i d_j.
    """
    met, columns = 0, np.zeros(2, np.int64)  # that fired with a negative error, and with a positive one
    fired = np.empty((2, d.shape[1]), np.int64)
    for n in range(len(x)):
        for _ in range(slots[n]):
            columns[:] = 0
            for j in range(d.shape[1]):
                if d[n, j] and uniform(seed) < d_share[n] * abs(d[n, j]):
                    sign = int(d[n, j] > 0)
                    fired[sign, columns[sign]] = j
                    columns[sign] += 1
            for i in range(x.shape[1]):
                if x[n, i] and uniform(seed) < x_share[n] * abs(x[n, i]):
                    for sign in range(2):
                        met += columns[sign]
                        count = -1.0 if (x[n, i] > 0) == sign else 1.0
                        for j in fired[sign, : columns[sign]]:
                            move(devices, side, first + i * d.shape[1] + j, count, seed)
    return met


@njit(inline="always")
def move(devices, side, k, count, seed):
    """`count` pulses on device `side` of weight `k`, which is then seen again."""
    up = (count > 0) != (side == 1)
    way = 0 if up else 1
    left = abs(count) * devices.strength[way, side, k]
    if left > 0:
        done = devices.u[side, k] if up else 1 - devices.u[side, k]
        scatter = np.sqrt(left) * look(devices.spread, way, done)[0]
        while left > 0:
            step, slope = look(devices.mean, way, done)
            n = min(left, max(1.0, LEAP / max(abs(slope), 1e-9))) if left >= 1.5 else left
            done = min(max(done + repeated(n, slope) * step, 0.0), 1.0)
            left -= n
        if scatter > 0:
            done = min(max(done + scatter * normal(devices.quantiles, seed), 0.0), 1.0)
        devices.u[side, k] = done if up else 1 - done
    see(devices, k, seed)


@njit(inline="always")
def repeated(n, slope):
    """((1 + slope)ⁿ − 1)/slope: how far n steps lead, over the first, where the step is linear in the state."""
    if abs(slope) > LEAP:
        slope = max(slope, STEEPEST)
        return ((1 + slope) ** n - 1) / slope
    return n * (1 + (n - 1) * slope * (1 / 2 + (n - 2) * slope * (1 / 6)))


@njit(inline="always")
def see(devices, k, seed):
    """Weight `k` as its devices hold it now, with the noise of the writing."""
    w = devices.offset[k]
    for side in range(len(devices.u)):
        u = devices.u[side, k]
        if devices.write > 0:
            u += devices.write * normal(devices.quantiles, seed)
        w += devices.gain[side, k] * u
    devices.weights[k] = w


@njit(inline="always")
def look(table, way, done):
    """Value and slope of a `table` over [0, 1], linear between its nodes."""
    cells = table.shape[1] - 1
    i = min(int(done * cells), cells - 1)
    rise = table[way, i + 1] - table[way, i]
    return table[way, i] + (done * cells - i) * rise, rise * cells
