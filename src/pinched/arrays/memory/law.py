"""From a target conductance to what its cells read later: published statistics of programming, or measured cells."""

import dataclasses
from typing import Any, Protocol, Self

import jax
import jax.numpy as jnp
import numpy as np

from pinched.arrays.memory.readings import Readings
from pinched.core import PinchedError, verb
from pinched.core.constants import K_B_EV
from pinched.devices.library import programming
from pinched.devices.synapse.programming import Cells, Programming

ROOM = 298.15  # K
# Within this many standard deviations of ageing, or of programming, readings are normal; the rest is summed over.
KERNEL_Z, KERNEL = 0.25, 0.5
Z, ERRORS = np.linspace(-7.0, 7.0, 41)[:, None], np.linspace(-6.3, 6.3, 19)
ALIKE = 0.05  # relative difference of widths that is none
PADDED = 64  # cells to which, or to a higher power of two, arrays are filled up


class Law(Protocol):
    """What is known of a memory: the readings of cells programmed to a target, at an age.

    Attributes:
        span: lowest and highest target for which it is known, S.
    """

    @property
    def span(self) -> tuple[float, float]: ...  # noqa: D102

    def __call__(self, target, time: Any = 0.0, temperature: Any = ROOM) -> Readings:
        """Readings of cells programmed to `target` (S) `time` s ago and kept at `temperature` (K), all broadcast."""
        ...


@dataclasses.dataclass(frozen=True)
class Aged:
    """The law of published programming statistics: error of programming, drift of each cell, noise of a reading.

    The conductance is affine in what was programmed, G = a(z) G0 + b(z), for every law of the library. So readings are
    normal given the cell's own ageing z and, where read noise depends on it, G0; over these the integral is a sum of
    narrow normal laws. What stops at 0 S is left unstopped. Exact where readings are normal; beside drawn cells of
    phase-change memory, where all three play together, error rates of 1e-4 are within a quarter.

    Attributes:
        programming: the statistics.
        E_a: activation energy of ageing, eV: time at T counts as exp(E_a/k (1/T_ref − 1/T)) times as much at T_ref. No
            published set states one, so without it no temperature but `reference` has an answer.
        reference: temperature at which the statistics were measured, K.
    """

    programming: Programming
    E_a: float | None = None
    reference: float = ROOM

    @property
    def span(self) -> tuple[float, float]:
        """Range in which the statistics were measured, S."""
        return float(self.programming.g_min), float(self.programming.g_max)

    @verb
    def __call__(self, target, time: Any = 0.0, temperature: Any = ROOM) -> Readings:
        """Readings of cells programmed to `target` (S), `time` s later at `temperature` (K)."""
        time = np.asarray(time, float) * self.haste(np.asarray(temperature, float))
        shape = np.broadcast_shapes(np.shape(target), time.shape)
        g, t = (np.broadcast_to(np.asarray(a, float), shape).ravel() for a in (target, time))
        centre, scale, wander = self._moments(g, t, Z, ERRORS, KERNEL_Z, KERNEL)
        core = scale[:, 8:-8, 4:-4]  # within 4 standard deviations
        one_error = np.all(np.ptp(core, axis=2) < ALIKE * core.min(axis=2))  # no noise asks what was programmed
        linear = np.all(np.ptp(wander, axis=1) < 1e-6 * scale[:, 0])  # what wanders is normal itself
        one_z = linear and np.all(np.ptp(core, axis=1) < ALIKE * core.min(axis=1))
        parts = slice(None, 1 if one_z else None), slice(None, 1 if one_error else None)
        z, errors = Z * (not one_z), ERRORS * (not one_error)  # of the same shape, for nothing new to be compiled
        if one_error or one_z:
            found = self._moments(g, t, z, errors, 1.0 if one_z else KERNEL_Z, 1.0 if one_error else KERNEL)
            centre, scale = (a[:, parts[0], parts[1]] for a in found[:2])
        weight = np.exp(-(z**2) / 2 / (1 - KERNEL_Z**2) - errors**2 / 2 / (1 - KERNEL**2))[parts]
        weight = np.broadcast_to(weight / weight.sum(), centre.shape)
        return Readings(*(a.reshape(*shape, centre[0].size) for a in (weight, centre, scale)))

    def _moments(self, target, t, *rest) -> list[np.ndarray]:
        """As the function below, (cells, z, errors); padded, so that few shapes are compiled."""
        many = max(PADDED, 1 << (len(target) - 1).bit_length())
        g, t = (np.concatenate([a, np.repeat(a[-1:], many - len(a))])[:, None, None] for a in (target, t))
        return [np.asarray(a)[: len(target)] for a in _moments(self.programming, g, t, *rest)]

    def haste(self, temperature) -> np.ndarray:
        """Time at the reference temperature that a time at `temperature` (K) counts for."""
        if self.E_a is None:
            if np.any(np.abs(temperature - self.reference) > 1e-6):
                raise PinchedError(
                    f"No activation energy is known for this memory: give Aged(…, E_a=…) in eV, or stay at "
                    f"{self.reference:g} K."
                )
            return np.ones_like(temperature)
        return np.exp(self.E_a / K_B_EV * (1 / self.reference - 1 / temperature))


@dataclasses.dataclass(frozen=True)
class Measured:
    """The law that measured cells follow: mixtures fitted level by level, and interpolated.

    Linear between targets; between ages linear in x = ln(t/s) − E_a/kT, the logarithm of the time at a fixed
    temperature that ages as much; constant outside of what was measured.

    Attributes:
        targets: S, rising.
        ages: x of each bake, rising.
        readings: of shape (ages, targets).
        E_a: activation energy, eV.
    """

    targets: np.ndarray
    ages: np.ndarray
    readings: Readings
    E_a: float

    @classmethod
    def fit(cls, target, g, time=1.0, temperature=ROOM, *, E_a: float = 1.2, components: int = 2) -> Self:
        """Fit cells programmed to `target` (S) that read `g` (S) after `time` (s, above 0) at `temperature` (K).

        Args:
            target, g, time, temperature: arrays of one length, or scalars.
            E_a: relates temperatures to times; 1.2 eV is what `pinched.devices.Retention` assumes.
            components: of the mixture of each level.

        Raises:
            PinchedError: where a target has not three cells a component at each age.
        """
        target, g, time, temperature = np.broadcast_arrays(*map(np.asarray, (target, g, time, temperature)))
        age = np.round(_age(time, temperature, E_a), 6)
        targets, ages = np.unique(target), np.unique(age)
        cells = [[g[(age == x) & (target == y)] for y in targets] for x in ages]
        if min(c.size for row in cells for c in row) < 3 * components:
            raise PinchedError(
                f"Measured.fit needs {3 * components} cells at each target and age, one target has fewer."
            )
        fits = [[Readings.fit(c, components) for c in row] for row in cells]
        parts = (np.array([[getattr(f, name) for f in row] for row in fits]) for name in ("weight", "centre", "scale"))
        return cls(targets, ages, Readings(*parts), E_a)

    @property
    def span(self) -> tuple[float, float]:
        """Lowest and highest target measured, S."""
        return float(self.targets[0]), float(self.targets[-1])

    def __call__(self, target, time: Any = 1.0, temperature: Any = ROOM) -> Readings:
        """Readings of cells programmed to `target` (S) after `time` s at `temperature` K."""
        with np.errstate(divide="ignore"):
            age = _age(np.asarray(time, float), np.asarray(temperature, float), self.E_a)
        rows, columns = _between(age, self.ages), _between(np.asarray(target, float), self.targets)

        def at(values):
            return sum(
                (wy * wx)[..., None] * values[i, j] for i, wx in rows for j, wy in columns
            )  # fmt: skip

        r, shift = self.readings, np.asarray(target, float)[..., None]
        moved = at(r.centre - self.targets[:, None])
        return Readings(at(r.weight), shift + moved, np.exp(at(np.log(r.scale))))


@jax.jit
def _moments(programming, target, t, z, errors, kernel_z, kernel_error):
    """Means and standard deviations of readings, and how far a z of 1 moves them.

    Of cells that age by `z` within `kernel_z`, and are programmed `errors` standard deviations off within another.
    """
    shape = jnp.broadcast_shapes(target.shape, z.shape, errors.shape)
    target, z = jnp.broadcast_to(target, shape), jnp.broadcast_to(z, shape)
    sigma, far = programming.program_sigma(target), 10 * programming.g_max

    def mean(z):
        one, two = (Cells(programming, target, target + k * far, z).at(t) for k in (1, 2))
        slope = (two - one) / far  # from far above 0 S, where nothing stops
        return slope, one + slope * (sigma * errors - far)

    slope, centre = mean(z)
    wander = (mean(z + 0.1)[1] - mean(z - 0.1)[1]) / 0.2
    noise = Cells(programming, target, jnp.maximum(target + sigma * errors, 0.0), z).read_sigma(t)
    scale = jnp.sqrt((slope * sigma * kernel_error) ** 2 + (wander * kernel_z) ** 2 + noise**2)
    return centre, jnp.maximum(scale, 1e-12 * programming.g_max), wander


def relative(sigma: float, low: float, high: float) -> Aged:
    """The law of levels whose standard deviation is the part `sigma` of them, between `low` and `high` (S)."""
    return Aged(Programming(g_min=low, g_max=high, scale=high, sigma=(0.0, sigma * high)))


def as_law(given) -> Law:
    """The law of a published name, of a Programming, or of what is one already."""
    if isinstance(given, str):
        given = programming(given)
    return Aged(given) if isinstance(given, Programming) else given


def _age(time, temperature, E_a) -> np.ndarray:
    return np.log(time) - E_a / (K_B_EV * temperature)


def _between(x, nodes) -> list[tuple[np.ndarray, np.ndarray]]:
    """The two nodes next to each x, each with its weight; the nearest alone outside."""
    if len(nodes) == 1:
        return [(np.zeros(np.shape(x), int), np.ones(np.shape(x)))]
    i = np.clip(np.searchsorted(nodes, x) - 1, 0, len(nodes) - 2)
    part = np.clip((x - nodes[i]) / (nodes[i + 1] - nodes[i]), 0.0, 1.0)
    return [(i, 1 - part), (i + 1, part)]
