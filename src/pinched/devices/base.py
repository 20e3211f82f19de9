"""What a device is: a current, and rates of its states."""

from abc import abstractmethod
from typing import ClassVar, NamedTuple

import jax.numpy as jnp
import numpy as np

from pinched.core.constants import ROOM_TEMPERATURE
from pinched.core.params import Parametrised, param


class State(NamedTuple):
    """A dimensionless state of order one: where it rests when new, and the box it stays in."""

    rest: float
    lo: float
    hi: float


class Environment(Parametrised):
    """The surroundings of a device; every field may vary along a protocol."""

    temperature: np.ndarray = param(ROOM_TEMPERATURE, "K", "ambient temperature", gt=0)
    light: np.ndarray = param(0.0, "W/m**2", "irradiance", ge=0)
    wavelength: np.ndarray = param(550e-9, "m", "wavelength of the light", gt=0)
    strain: np.ndarray = param(0.0, "1", "mechanical strain, tensile positive")
    humidity: np.ndarray = param(0.5, "1", "relative humidity", ge=0, le=1)


class Device(Parametrised):
    """A two-terminal compact model: parameters as `param()` fields, physics as pure functions of one point.

    Subclasses give `state`, `current` and `rates`; the engine batches, integrates and keeps states in their box.
    Write the physics for scalars with `jax.numpy`; it must also broadcast over arrays.
    """

    ndr: ClassVar[bool] = False  # True where current is not monotone in v at frozen state

    @abstractmethod
    def state(self) -> dict[str, State]:
        """Name -> State(rest, lo, hi) of every state; {} for a static device."""

    @abstractmethod
    def current(self, v, x, env):
        """Current in A at terminal voltage `v` (V), positive from first to second terminal, for states `x` (name -> value)."""

    @abstractmethod
    def rates(self, v, x, env):
        """dx/dt in 1/s, a dict with the keys of `x`; need not vanish at the bounds, where the engine projects."""

    def rest(self) -> dict[str, np.ndarray]:
        """The states of a new device, float64, broadcast to its population."""
        return {k: np.broadcast_to(np.asarray(s.rest, np.float64), self.population) for k, s in self.state().items()}

    def conductance(self, v, x, env):
        """Chord conductance i/v in S at a read voltage `v` != 0."""
        return self.current(v, x, env) / jnp.asarray(v)
