"""Arithmetic by counting pulses: equal pulses move an analog cell by one level each, and its conductance says how many.

a + b is a pulses and then b; a x b is b bursts of a pulses. In a base, what reaches the base is RESET and carried.
"""

import dataclasses

import numpy as np

from pinched.core import PinchedError, verb
from pinched.devices.base import Device
from pinched.experiments import protocols
from pinched.experiments.engine import run


@dataclasses.dataclass(frozen=True)
class Counter:
    """A cell whose levels are known.

    Attributes:
        levels: conductance after 0, 1, 2, … pulses, S (count + 1,).
        noise: standard deviation of a reading over its value.
    """

    levels: np.ndarray
    noise: float = 0.0

    def __post_init__(self):
        if np.any(np.diff(self.levels) * (self.levels[-1] - self.levels[0]) <= 0):
            raise PinchedError("The levels of a counter must all rise or all fall: take fewer or weaker pulses.")

    @property
    def step(self) -> float:
        """The smallest distance of two levels, over their value."""
        return float(np.min(np.abs(np.diff(self.levels)) / self.levels[1:]))

    def count(self, pulses, seed: int = 0) -> np.ndarray:
        """The number that a reading says after so many pulses: that of the nearest level.

        Raises:
            PinchedError: for more pulses than there are levels.
        """
        pulses = np.asarray(pulses)
        if np.any(pulses < 0) or np.any(pulses >= len(self.levels)):
            raise PinchedError(f"This counter counts from 0 to {len(self.levels) - 1}.")
        noise = np.random.default_rng(seed).standard_normal(pulses.shape)
        read = self.levels[pulses] * (1 + self.noise * noise)
        return np.argmin(np.abs(read[..., None] - self.levels), axis=-1)

    def add(self, *numbers, base: int | None = None, seed: int = 0):
        """The sum; with a base, (digit, carry)."""
        total = self.count(np.sum(np.broadcast_arrays(*numbers), axis=0), seed)
        return total if base is None else (total % base, total // base)

    def multiply(self, a, b, base: int | None = None, seed: int = 0) -> np.ndarray:
        """The product: `b` bursts of `a` pulses; with a base, one after the other with a carry to a second cell."""
        a, b = np.broadcast_arrays(a, b)
        if base is None:
            return self.count(a * b, seed)
        digit, carries = np.zeros_like(a), np.zeros_like(a)
        for burst in range(int(b.max(initial=0))):
            digit, carry = self.add(digit, np.where(burst < b, a, 0), base=base, seed=seed + burst)
            carries = carries + carry
        return digit + base * self.count(carries, seed)


@verb
def counter(
    device: Device | str, pulse: protocols.Pulse, count: int, noise: float = 0.0, v_read: float = 0.1
) -> Counter:
    """Pulse a device up to `count` times and keep what it conducts after each.

    Args:
        device: a single one whose conductance a pulse moves by a little.
        pulse: V and s.
        count: of pulses.
        noise: standard deviation of a reading over its value.
        v_read: V.

    Raises:
        PinchedError: where the levels do not all differ.
    """
    train = protocols.Train(pulse, protocols.Read(v_read), count)
    return Counter(np.asarray(run(device, (train,))["conductance"].values, float), noise)
