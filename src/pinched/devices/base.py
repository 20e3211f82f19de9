"""What a device is: a current, and rates of its states."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from pinched.core.constants import ROOM_TEMPERATURE
from pinched.core.errors import PinchedError, nearest
from pinched.core.params import Parametrised, param, params
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
    def sample(self, key, n: int | tuple[int, ...], spread: Mapping[str, float]):
        """Devices that differ from each other: the same class with batched parameters.

        Args:
            key: int seed or JAX key.
            n: number of devices, or the shape of an array of them.
            spread: parameter name -> standard deviation over mean ("r" of a wrapper, "inner.E_a" inside it). The law is
                lognormal, truncated at three sigma, and keeps the mean and the declared bounds.

        Returns:
            A device whose spread parameters have shape `n`.

        Raises:
            PinchedError: for a name that is no parameter.
        """
        device, keys = self, jax.random.split(as_key(key), max(len(spread), 1))
        for (name, relative), k in zip(spread.items(), keys, strict=False):
            device = _spread(device, name.split("."), relative, k, n)
        return device

    def conductance(self, v, x, env):
        """Chord conductance i/v in S at a read voltage `v` != 0."""
        return self.current(v, x, env) / jnp.asarray(v)


def _spread(device, path, relative, key, n):
    """`device` with the parameter at `path` multiplied by lognormal factors of mean 1."""
    name, *deeper = path
    if deeper and isinstance(getattr(device, name, None), Device):
        return device.replace(**{name: _spread(getattr(device, name), deeper, relative, key, n)})
    declared = params(device)
    if name not in declared or deeper:
        raise PinchedError(
            f"{type(device).__name__} has no parameter {'.'.join(path)!r} to spread{nearest(name, declared)}."
        )
    shape = (n,) if isinstance(n, int) else tuple(n)
    sigma = np.sqrt(np.log1p(relative**2))  # of the logarithm
    normal = np.asarray(jax.random.truncated_normal(key, -3.0, 3.0, shape, np.float64))
    lo, hi = declared[name].ge, declared[name].le
    return device.replace(**{name: np.clip(getattr(device, name) * np.exp(sigma * normal - sigma**2 / 2), lo, hi)})
