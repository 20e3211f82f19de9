"""What a device is: a current, and rates of its states."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from pinched.core.constants import ROOM_TEMPERATURE
from pinched.core.errors import PinchedError
from pinched.core.params import Parametrised, param
from pinched.core.precision import verb


def polarity(doc: str) -> Any:
    """The `param` eta of a polar model: +1 as the class documents it, −1 mirrored."""
    return param(1.0, "1", f"polarity: +1, {doc}; -1, mirrored", ge=-1, le=1)


def as_key(seed):
    """A JAX key from an int or a key."""
    return jax.random.key(seed) if isinstance(seed, (int, np.integer)) else seed


def traced(device):
    """`device` with JAX leaves, for use inside a function that JAX closes over.

    JAX 0.10 caches a NumPy constant of a traced closure by identity, and then fails when 64-bit floats are off.
    """
    return jax.tree.map(jnp.asarray, device)


class State(NamedTuple):
    """A dimensionless state of order one: where it rests when new, and the box it stays in."""

    rest: float | np.ndarray
    lo: float
    hi: float


class Noise(NamedTuple):
    """Fluctuations of the current at one point, one-sided densities; what a device does not have stays 0."""

    white: Any = 0.0  # A²/Hz
    flicker: Any = 0.0  # A²: S = flicker/f between f_low and f_high
    rtn: Any = 0.0  # A, with the sign of i: what the current is lower by while the one trap is filled
    tau_capture: Any = 1.0  # s, mean time until the empty trap fills
    tau_emission: Any = 1.0  # s, mean time until it empties again
    f_low: Any = 1e-6  # Hz, the band of the flicker noise, whose variance is flicker ln(f_high/f_low)
    f_high: Any = 1e6  # Hz


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

    Optional methods, for a stochastic device; `run` draws what they need from its seed, independently per device:

        noise(v, i, x, env) -> Noise       of the recorded current only, never of the states
        diffusion(v, x, env) -> {state: σ}  Itô noise dx = rate dt + σ dW, σ in 1/√s; states left out have none
        jump(x, key, event) -> {state: x}   states after an event, those left out unchanged: event 0, a step of the
                                            protocol that takes time begins; +1 / −1, v has just crossed zero upward /
                                            downward (a rest at 0 V does not hide it). Where both happen, the crossing
                                            comes first. It is written for one device: `key` is its own JAX key, and the
                                            engine maps it over a population, so draw scalars; `event` is a Python int.
    """

    ndr: ClassVar[bool] = False  # True where current is not monotone in v at frozen state
    stores: ClassVar[bool] = False  # True where it holds charge, which flows back: a current at 0 V
    noise: ClassVar[Any] = None
    diffusion: ClassVar[Any] = None
    jump: ClassVar[Any] = None

    def __check_init__(self):
        eta = getattr(self, "eta", None)
        if isinstance(eta, np.ndarray) and np.any(np.abs(eta) != 1):
            raise PinchedError(f"{type(self).__name__}.eta is a polarity: it is 1 or -1.")

    @abstractmethod
    def state(self) -> dict[str, State]:
        """Name -> State(rest, lo, hi) of every state; {} for a static device."""

    @abstractmethod
    def current(self, v, x, env) -> Any:
        """Current in A at terminal voltage `v` in V, from first to second terminal, for states `x` (name -> value)."""

    @abstractmethod
    def rates(self, v, x, env) -> dict[str, Any]:
        """dx/dt in 1/s, a dict with the keys of `x`; need not vanish at the bounds, where the engine projects."""

    def rest(self) -> dict[str, Any]:
        """The states of a new device, broadcast to its population."""

        def new(s: State):
            xp = jnp if isinstance(s.rest, jax.Array) else np
            return xp.broadcast_to(xp.asarray(s.rest), self.population)

        return {name: new(s) for name, s in self.state().items()}

    @verb
    def sample(self, key, n: int | tuple[int, ...], spread: Mapping[str, Any], correlation: Mapping | None = None):
        """Devices that differ from each other: the same class with batched parameters.

        Args:
            key: int seed or JAX key.
            n: number of devices, or the shape of an array of them.
            spread: parameter name ("r" of a wrapper, "inner.E_a" inside it) -> standard deviation over mean of a
                lognormal law, or a Spread. Laws are cut at three sigma; they keep the mean and the declared bounds.
                {} gives equal devices, which differ by their noise and their cycles alone.
            correlation: (name, name) -> correlation of the two, for those that differ together.

        Returns:
            A device whose spread parameters have shape `n`.

        Raises:
            PinchedError: for a name that is no parameter, or correlations that contradict each other.
        """
        from pinched.devices.sampling import sampled

        return sampled(self, key, n, spread, correlation or {})

    def conductance(self, v, x, env):
        """Chord conductance i/v in S at a read voltage `v` != 0."""
        return self.current(v, x, env) / jnp.asarray(v)
