"""The devices that hold a matrix of weights, and what pulses do to them."""

import numpy as np

from pinched.arrays.analog.draws import seed
from pinched.arrays.analog.mapping import bare
from pinched.arrays.analog.noise import quantiles
from pinched.arrays.analog.source import curve
from pinched.core import PinchedError
from pinched.devices import PulseResponse
from pinched.networks.insitu.pulses import NODES, Devices, outer, pulse, trains

WEIGHT_RANGE = (
    6.0  # largest weight times sqrt(inputs); first weights have a standard deviation of sqrt(2) on this scale
)
MOST = 1 / 6  # part of its range that a device is asked to move at once: ten pulses of one with 64 states
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
        rng: NumPy generator that draws the devices and the noise of their first weights.
        reference: state of the mean device at which the references of single devices are; by default each has one at
            its own symmetry point, where pulses up and down move it equally far (Kim et al., arXiv 1907.10228).

    Attributes:
        u: (devices a weight, weights) states.
        weights: (rows, columns) in float32, with the noise of their last writing.
        step: mean change of a weight by one pulse.
        most: pulses that a device is asked for in one update.
        pulses: received so far by all devices.
        turn: updates so far.
    """

    def __init__(self, source: PulseResponse, weights, largest, pair, rng, reference=None):
        self.response = response = bare(source)
        self.largest, self.pair = largest, pair
        shape = (2 if pair else 1, np.size(weights))
        span = response.g_max - response.g_min
        many = bare(source.sample(rng, shape))
        self.g_min, self.range = many.g_min, many.g_max - many.g_min
        self.stuck = rng.random(shape) < response.stuck
        strength = np.where(self.stuck, np.float32(0), many.strength)
        unit = (1 if pair else 2) * np.float32(largest) / span  # weight per siemens
        sign = np.array([[1.0], [-1.0]], np.float32)[: shape[0]]
        at = 0.5 if pair else symmetry_point(source) if reference is None else reference
        self.step = np.float32(unit * mean_step(source, at))
        own = not pair and reference is None
        self.reference = np.float32(symmetry_point(source, many.asymmetry) if own else at)
        low, high = (self.g_min, self.g_min + self.range) if own else (response.g_min, response.g_max)
        zero = 0 if pair else low + self.reference * (high - low)
        self.most = np.float32(max(1, np.floor(MOST * unit * span / self.step)))
        self._devices = Devices(
            u=np.empty(shape, np.float32),
            weights=np.empty(shape[1], np.float32),
            strength=np.stack([strength * (1 + many.asymmetry), strength * (1 - many.asymmetry)]),
            gain=sign * unit * self.range,
            offset=(sign * unit * (self.g_min - zero)).sum(0),
            mean=np.stack([step(response, NODES, up) for up in (True, False)]),
            spread=np.stack([np.broadcast_to(response.spread(NODES, 1.0, up), NODES.shape) for up in (True, False)]),
            write=float(response.sigma_write),
            quantiles=quantiles(np.float32),
        )
        self.u = self._devices.u
        self.weights: np.ndarray = self._devices.weights.reshape(np.shape(weights))
        self.u[:] = self._programmed(np.ravel(weights), curve(source), sign, rng)
        self.pulses, self.turn = 0.0, 0
        pulse(self._devices, 0, np.arange(shape[1]), np.zeros(shape[1], np.float32), seed(rng))

    def _programmed(self, weights, curve, sign, rng) -> np.ndarray:
        """States after the numbers of pulses from g_min that come nearest to `weights`; stuck devices are anywhere."""
        of, (pulses, reached) = self._devices, curve
        share = (weights - of.offset - (of.gain / 2).sum(0)) / (of.gain * sign).sum(0)
        reached = (reached - self.response.g_min) / (self.response.g_max - self.response.g_min)
        strength = np.where(self.stuck, np.float32(1), of.strength[0])
        count = np.rint(np.interp(np.float32(0.5) + sign * share, reached, pulses) / strength)
        return np.where(self.stuck, rng.random(of.u.shape), np.interp(count * strength, pulses, reached))

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

    def pulse(self, at, counts, rng):
        """One update: signed whole numbers of pulses on the weights at flat positions `at`, positive to raise them."""
        pulse(self._devices, self._side(), at, counts, seed(rng))
        self.pulses += float(np.abs(counts).sum())

    def change(self, counts, rng):
        """One update: signed whole numbers of pulses (rows, columns), positive to raise the weight."""
        at = np.flatnonzero(counts)
        self.pulse(at, counts.ravel()[at].astype(np.float32), rng)

    def outer(self, seen, asked, up, down, rng) -> np.ndarray:
        """One update by seen × asked, in parts of the range; see `pulses.outer`. Flat positions that were pulsed."""
        given, at = outer(self._devices, self._side(), seen, asked, up, down, seed(rng))
        self.pulses += given
        return at

    def trains(self, x, d, x_share, d_share, slots, rng, row=0):
        """One update by stochastic trains: inputs (n, rows) from `row` on, errors (n, columns); see `pulses.trains`."""
        first = row * d.shape[1]
        self.pulses += trains(self._devices, self._side(), x, d, x_share, d_share, slots, first, seed(rng))

    def age(self):
        """One update's worth of decay, where the weights have a lifetime."""
        if np.isfinite(self.response.lifetime):
            self.u += (self.reference - self.u) / self.response.lifetime
            self.weights *= 1 - 1 / self.response.lifetime

    def _side(self) -> int:
        """Which device of a pair is moved by this update."""
        self.turn += 1
        return (self.turn - 1) % 2 if self.pair else 0


def step(response, done, up) -> np.ndarray:
    """Part of the range by which one pulse moves the mean device up, or down, from the parts `done` of that way."""
    return bare(response, np.float64).advance(done, np.ones(np.shape(done)), up) - done


def mean_step(response, reference=0.5) -> float:
    """Mean change in S that one noiseless pulse makes, over both directions and the half of the range around a state.

    Raises:
        PinchedError: where pulses do not move the response.
    """
    u = np.linspace(reference - WINDOW, reference + WINDOW, STATES).clip(0, 1)
    both = np.stack([step(response, u, True), step(response, 1 - u, False)])
    mean = float(both.clip(0, 1).mean() * (response.g_max - response.g_min))
    if not mean > 0:
        raise PinchedError(f"Pulses do not move this {type(response).__name__}: nothing can be trained with it.")
    return mean


def symmetry_point(response, asymmetry=0.0) -> np.ndarray:
    """States in [0, 1] where a pulse up and one down move a device equally far; 0.5 where there is none.

    The mean device, or those that pulses move by 1 ± `asymmetry` times as much.
    """
    u = np.linspace(0, 1, 1001)
    up, down = step(response, u, True), step(response, 1 - u, False)
    share = np.minimum.accumulate(up / np.maximum(up + down, 1e-30))  # falls to where the first balance is
    wanted = (1 - np.asarray(asymmetry)) / 2
    there = (share[0] - wanted > 1e-6) & (share[-1] <= wanted)
    return np.where(there, np.interp(wanted, share[::-1], u[::-1]), 0.5)
