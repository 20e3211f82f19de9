"""The devices that hold a matrix of weights, and what pulses do to them."""

import dataclasses
from typing import Any

import numpy as np

from pinched.arrays.analog.mapping import bare
from pinched.core import PinchedError
from pinched.devices import PulseResponse

WEIGHT_RANGE = (
    6.0  # largest weight times sqrt(inputs); first weights have a standard deviation of sqrt(2) on this scale
)
WINDOW = 0.25  # of the range, to either side of the reference: where the mean step is taken
STATES = 101


class Cells:
    """A matrix of weights on devices, event by event: only devices that receive a pulse are touched.

    The state `u` of a device is the fraction of its own range that it has reached. A weight is the difference of a pair
    of devices over the mean range, or the distance of one device from a reference at the fraction `reference` of that
    range, twice. A pair takes turns: one update moves the first device, the next moves the second, the other way.

    Args:
        source: the PulseResponse of the devices; its spreads are drawn for each.
        weights: (rows, columns) that the devices are first set to, by the nearest number of pulses from g_min.
        largest: the weight that the full range stands for (of a pair), or half the range (of one device).
        pair: whether a weight is the difference of two devices.
        reference: state of the reference of a single device; its symmetry point by default, where pulses up and down
            move it equally far (Kim et al., arXiv 1907.10228).
        dice: draws the devices and the noise of their first weights.

    Attributes:
        u: (devices a weight, weights) states.
        weights: (rows, columns) in float32, with the noise of their last writing.
        step: mean change of a weight by one pulse.
        pulses: received so far by all devices.
        turn: updates so far.
    """

    def __init__(self, source: PulseResponse, weights, largest, pair, dice, reference=None):
        self.response = response = plain(source)
        if reference is None:
            reference = 0.5 if pair else symmetry_point(source)
        self.largest, self.pair, self.reference = largest, pair, np.float32(reference)
        shape = (2 if pair else 1, np.size(weights))
        span = response.g_max - response.g_min
        many = bare(source.sample(dice.seed(), shape))
        self.g_min, self.range = many.g_min, many.g_max - many.g_min
        self.stuck = dice.uniform(shape) < response.stuck
        strength = np.where(self.stuck, np.float32(0), many.strength)
        self.up, self.down = strength * (1 + many.asymmetry), strength * (1 - many.asymmetry)
        unit = (1 if pair else 2) * np.float32(largest) / span  # weight per siemens
        sign = np.array([[1.0], [-1.0]], np.float32)[: shape[0]]
        self.gain = sign * unit * self.range
        zero = np.float32(0) if pair else response.g_min + self.reference * span
        self.offset = (sign * unit * (self.g_min - zero)).sum(0)
        self.step = np.float32(unit * mean_step(source, self.reference))
        self.noisy = any(np.any(getattr(response, name, 0)) for name in ("sigma_c2c", "up_std", "down_std"))
        self.u: np.ndarray = self._programmed(np.ravel(weights).astype(np.float32), curve(source), sign, dice)
        self.weights: np.ndarray = np.empty(np.shape(weights), np.float32)
        self.pulses, self.turn = 0.0, 0
        self._see(slice(None), dice)

    def _programmed(self, weights, curve, sign, dice) -> np.ndarray:
        """States after the numbers of pulses from g_min that come nearest to `weights`; stuck devices are anywhere."""
        share = (weights - self.offset - (self.gain * np.float32(0.5)).sum(0)) / (self.gain * sign).sum(0)
        pulses, reached = curve
        reached = (reached - self.response.g_min) / (self.response.g_max - self.response.g_min)
        strength = np.where(self.stuck, np.float32(1), self.up)
        count = np.rint(np.interp(np.float32(0.5) + sign * share, reached, pulses) / strength)
        u = np.interp(count * strength, pulses, reached).astype(np.float32)
        u[self.stuck] = dice.uniform(int(self.stuck.sum()))
        return u

    def state(self) -> dict[str, np.ndarray]:
        """All that changes while training."""
        counters = np.array([self.pulses, self.turn])
        return {"u": self.u.copy(), "weights": self.weights.copy(), "counters": counters}

    def restore(self, state):
        """Go on from what `state` gave."""
        self.u[:], self.weights[:] = state["u"], state["weights"]
        self.pulses, self.turn = float(state["counters"][0]), int(state["counters"][1])

    @property
    def conductances(self) -> np.ndarray:
        """(devices a weight, rows, columns) in S."""
        return (self.g_min + self.range * self.u).reshape(-1, *self.weights.shape)

    def change(self, counts, dice):
        """One update: signed whole numbers of pulses (rows, columns), positive to raise the weight."""
        counts = counts.ravel()
        at = np.flatnonzero(counts != 0)
        counts = counts[at]
        self.pulse(at, np.maximum(counts, 0), np.maximum(-counts, 0), dice)

    def pulse(self, at, up, down, dice):
        """One update: pulses that raise (`up`) and lower (`down`) the weights at flat positions `at`.

        Those up come before those down, or after them, by turns, so that neither always has the last word.
        """
        side = self.turn % 2 if self.pair else 0
        halves = [(up, True), (down, False)]
        for count, raises in halves[:: -1 if self.turn // (1 + self.pair) % 2 else 1]:
            on = np.flatnonzero(count)
            if len(on):
                self._move(side, at.take(on), count.take(on), raises != bool(side), dice)
        if len(at):
            self._see(at, dice)
        self.pulses += float(up.sum() + down.sum())
        self.turn += 1

    def age(self):
        """One update's worth of decay, where the weights have a lifetime."""
        if np.isfinite(self.response.lifetime):
            self.u += (self.reference - self.u) / self.response.lifetime
            self.weights *= 1 - 1 / self.response.lifetime

    def _move(self, side, at, count, up, dice):
        strength = (self.up if up else self.down)[side].take(at)
        u, response = self.u[side], self.response
        key = dice if self.noisy else None
        if up:
            u[at] = response.travel(u.take(at), count * strength, True, key)
        else:
            u[at] = 1 - response.travel(1 - u.take(at), count * strength, False, key)

    def _see(self, at, dice):
        """The weights at `at` as the devices hold them now."""
        w, u = self.offset[at], self.u[:, at]
        if self.response.sigma_write:
            u = u + self.response.sigma_write * dice.standard_normal(u.shape)
        for gain, part in zip(self.gain, u, strict=True):
            w = w + gain[at] * part
        self.weights.ravel()[at] = w


def plain(response, dtype=np.float32) -> Any:
    """A PulseResponse without the machinery of a module: its functions on its values, quick to call."""
    kind, values = type(response), bare(response, dtype)
    functions = {name: getattr(kind, name) for name in dir(kind) if not name.startswith("__")}
    copy = type(kind.__name__, (), functions)()
    vars(copy).update({field.name: getattr(values, field.name) for field in dataclasses.fields(response)})
    return copy


def steps(response, u) -> tuple[np.ndarray, np.ndarray]:
    """Mean parts of the range that one pulse moves the mean device up and down at states `u`."""
    response, one = plain(response, np.float64), np.ones(np.shape(u))
    return response.advance(u, one, True) - u, response.advance(1 - u, one, False) - (1 - u)


def mean_step(response, reference=0.5) -> float:
    """Mean change in S that one noiseless pulse makes, over both directions and the half of the range around a state.

    Raises:
        PinchedError: where pulses do not move the response.
    """
    u = np.linspace(reference - WINDOW, reference + WINDOW, STATES).clip(0, 1)
    step = float(np.clip(steps(response, u), 0, 1).mean() * (response.g_max - response.g_min))
    if not step > 0:
        raise PinchedError(f"Pulses do not move this {type(response).__name__}: nothing can be trained with it.")
    return step


def symmetry_point(response) -> float:
    """The state in [0, 1] where one pulse up and one down move the mean device equally far; 0.5 where there is none."""
    u = np.linspace(0, 1, 1001)
    up, down = steps(response, u)
    excess = up - down
    falls = np.flatnonzero((excess[:-1] > 1e-6 * up[:-1]) & (excess[1:] <= 0))
    if not len(falls):
        return 0.5
    i = falls[0]
    return float(u[i] + (u[i + 1] - u[i]) * excess[i] / (excess[i] - excess[i + 1]))


def curve(response) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of pulses from g_min, and the strictly rising conductances in S that the mean device reaches by them."""
    response = plain(response)
    pulses, reached = [0.0], [np.float32(0)]
    for n in np.unique(np.geomspace(1, 2**16, 400).round()):
        u = response.travel(reached[-1:] * np.ones(1, np.float32), np.float32([n - pulses[-1]]), True)[0]
        if not u > reached[-1]:
            break
        pulses.append(n)
        reached.append(u)
    return np.array(pulses), np.array(response.g_min + (response.g_max - response.g_min) * np.array(reached))
