"""The behavioural synapse: what a train of identical pulses does to a conductance."""

import dataclasses
from abc import abstractmethod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pinched.core.errors import PinchedError
from pinched.core.params import Parametrised, param
from pinched.devices.base import as_key
from pinched.devices.resistor import Ohmic

LABEL = 0.07 * np.sqrt(2)  # NeuroSim's label per unit of deviation from the diagonal; its table obeys it to 3e-6
LABEL_MAX = 9.0
NUMPY = (np.ndarray, np.generic, float, int, type(None))  # what is quickly known not to be JAX's


class PulseResponse(Parametrised):
    """Conductance between two bounds, moved up and down by pulses; not a circuit device.

    A subclass says how far the mean device gets (`advance`); clipping, cycle-to-cycle and device-to-device spread are
    the same for all.
    """

    _: dataclasses.KW_ONLY
    g_min: np.ndarray = param(unit="S", doc="lowest conductance", ge=0)
    g_max: np.ndarray = param(unit="S", doc="highest conductance", gt=0)
    sigma_c2c: np.ndarray = param(0.0, "1", "std of one pulse over the conductance range", ge=0)
    sigma_d2d: np.ndarray = param(0.0, "1", "relative std of the pulse strength over devices", ge=0)
    sigma_g_min: np.ndarray = param(0.0, "1", "std of g_min over devices, over the conductance range", ge=0)
    sigma_g_max: np.ndarray = param(0.0, "1", "std of g_max over devices, over the conductance range", ge=0)
    sigma_asymmetry: np.ndarray = param(0.0, "1", "std over devices of what a pulse up gains and one down loses", ge=0)
    sigma_write: np.ndarray = param(0.0, "1", "std of the conductance seen after an update, over the range", ge=0)
    stuck: np.ndarray = param(0.0, "1", "share of devices that rest somewhere in the range and do not move", ge=0, le=1)
    lifetime: np.ndarray = param(np.inf, "1", "updates of an array in which a weight decays to 1/e", gt=1)
    asymmetry: np.ndarray = param(0.0, "1", "part by which pulses up are stronger, and those down weaker", gt=-1, lt=1)
    strength: np.ndarray = param(1.0, "1", "pulses that one pulse is worth on this device", gt=0)
    v_up: np.ndarray | None = param(None, "V", "amplitude of a potentiating pulse")
    v_down: np.ndarray | None = param(None, "V", "amplitude of a depressing pulse")
    width_up: np.ndarray | None = param(None, "s", "width of a potentiating pulse", gt=0)
    width_down: np.ndarray | None = param(None, "s", "width of a depressing pulse", gt=0)

    def __check_init__(self):
        ends = (self.g_min, self.g_max)
        if all(isinstance(end, np.ndarray) for end in ends) and np.any(ends[0] >= ends[1]):
            raise PinchedError(f"{type(self).__name__}.g_max must be above g_min, in siemens.")

    @abstractmethod
    def advance(self, done, pulses, up):
        """The fraction of the range travelled after `pulses` more (>= 0, real), from the fraction `done` in [0, 1].

        `up` says which way each cell goes; going down, `done` counts from g_max. May leave [0, 1]; `step` clips.
        """

    def spread(self, done, pulses, up):
        """Standard deviation over the range after `pulses` from `done`: that of independent pulses."""
        return self.sigma_c2c * sqrt(pulses)

    def step(self, g, pulses, key=None):
        """Conductances after signed numbers of pulses, all in one shot.

        Args:
            g: conductances in S, any shape; NumPy in, NumPy out, and JAX likewise.
            pulses: pulses on each, broadcast against `g`; positive potentiates, real numbers are allowed.
            key: seed, generator or JAX key of the cycle-to-cycle noise; None for the mean response.

        Returns:
            Conductances in S within [g_min, g_max], in the dtype of `g`.
        """
        xp = namespace(g, pulses, key, *jax.tree.leaves(self))
        g = xp.asarray(g) if hasattr(g, "dtype") else xp.asarray(g, float)
        self = jax.tree.map(lambda leaf: xp.asarray(leaf, g.dtype), self)  # float32 networks stay float32
        span = self.g_max - self.g_min
        pulses = xp.asarray(pulses, g.dtype)
        up = pulses > 0
        u = (g - self.g_min) / span
        start = xp.clip(xp.where(up, u, 1 - u), 0, 1)
        count = self.strength * xp.abs(pulses) * xp.where(up, 1 + self.asymmetry, 1 - self.asymmetry)
        done = self.travel(start, count, up, key)
        moved = self.g_min + span * xp.where(up, done, 1 - done)
        return xp.where(count == 0, xp.clip(g, self.g_min, self.g_max), moved)

    def travel(self, done, pulses, up, key=None):
        """`advance`, with the noise that `key` draws and within the range; True or False for `up` saves time."""
        xp = namespace(done, pulses, key)
        end = self.advance(done, pulses, up)
        if key is not None:
            end = end + self.spread(done, pulses, up) * _normal(key, end, xp)
        return xp.clip(end, 0, 1)

    def seen(self, g, key):
        """The conductances that a reading after an update finds where `g` is stored: write noise, not bounded (S)."""
        xp = namespace(g, key)
        g = xp.asarray(g)
        return g + xp.asarray(self.sigma_write * (self.g_max - self.g_min), g.dtype) * _normal(key, g, xp)

    def sample(self, key, shape: int | tuple[int, ...]):
        """Devices that differ: strengths lognormal with mean 1, the rest normal within 3 sigma, g_min below g_max.

        Args:
            key: seed, generator or JAX key.
            shape: of the array of devices.

        Returns:
            The same class with `strength`, `asymmetry`, `g_min`, `g_max` of that shape.
        """
        from scipy.special import ndtr, ndtri

        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        strength, low, high, tilt = ndtri(as_generator(key).uniform(ndtr(-3.0), ndtr(3.0), (4, *shape)))
        sigma = np.sqrt(np.log1p(self.sigma_d2d**2))  # of the logarithm
        span, middle = self.g_max - self.g_min, (self.g_max + self.g_min) / 2
        return self.replace(
            asymmetry=np.clip(self.asymmetry + self.sigma_asymmetry * tilt, -0.99, 0.99),
            strength=self.strength * np.exp(sigma * strength - sigma**2 / 2),
            g_min=np.clip(self.g_min + self.sigma_g_min * span * low, 0.0, middle - 0.05 * span),
            g_max=np.maximum(self.g_max + self.sigma_g_max * span * high, middle + 0.05 * span),
        )

    def as_device(self, g=None) -> Ohmic:
        """The ohmic cell of conductance `g` in S, by default g_min."""
        return Ohmic(g=self.g_min if g is None else g)


class ExponentialResponse(PulseResponse):
    """NeuroSim's exponential: G = B(1 − e^(−P/A)) + g_min after P of `n_up` pulses, and likewise down.

    The curvatures are P_max/A: 0 is linear, positive is steep first, negative slow first. `from_labels` takes the
    published labels (Chen, Peng & Yu, IEDM 2017; MLP+NeuroSim V3.0).
    """

    n_up: np.ndarray = param(64.0, "1", "pulses from g_min to g_max", gt=0)
    n_down: np.ndarray = param(64.0, "1", "pulses from g_max to g_min", gt=0)
    curvature_up: np.ndarray = param(0.0, "1", "P_max/A of potentiation")
    curvature_down: np.ndarray = param(0.0, "1", "P_max/A of depression, positive = steep first")

    @classmethod
    def from_labels(cls, nl_up: float, nl_down: float, **others: Any):
        """With NeuroSim's labels; a negative depression label is steep first, a positive one slow first."""
        others |= {"curvature_up": curvature(nl_up), "curvature_down": -curvature(nl_down)}
        return cls(**others)

    @property
    def labels(self) -> tuple[float, float]:
        """NeuroSim's labels (potentiation, depression) with its signs."""
        return label(float(self.curvature_up)), -label(float(self.curvature_down))

    def advance(self, done, pulses, up):
        """Closed form of any number of pulses."""
        xp = namespace(done, pulses)
        c = choose(up, self.curvature_up, self.curvature_down)
        part = pulses / choose(up, self.n_up, self.n_down)
        bent = abs(c) > 1e-6
        c = choose(bent, c, 1.0)
        fade = xp.expm1(-c * part)
        return choose(bent, done + fade * (done + 1 / xp.expm1(-c)), done + part)


class SoftBoundsResponse(PulseResponse):
    """Steps in proportion to what is left of the way (aihwkit's soft-bounds device; Fusi & Abbott, 2007)."""

    step_up: np.ndarray = param(0.01, "1", "part of the remaining way up that one pulse covers", gt=0, lt=1)
    step_down: np.ndarray = param(0.01, "1", "part of the remaining way down that one pulse covers", gt=0, lt=1)

    def advance(self, done, pulses, up):
        """1 − (1 − done)(1 − step)^pulses."""
        xp = namespace(done, pulses)
        return 1 - (1 - done) * xp.exp(pulses * xp.log1p(-choose(up, self.step_up, self.step_down)))


def label(curvature: float) -> float:
    """NeuroSim's nonlinearity label of P_max/A: the largest height of the curve over its diagonal, over 0.07√2."""
    c = abs(curvature)
    rise = -np.expm1(-c)
    height = c / 8 if c < 1e-4 else 1 / rise - 1 / c - np.log(c / rise) / c
    return float(np.copysign(height / LABEL, curvature))


def curvature(nl: float) -> float:
    """P_max/A of a nonlinearity label in [−9, 9], the inverse of `label`.

    Raises:
        PinchedError: for a label outside that range.
    """
    if not abs(nl) <= LABEL_MAX:
        raise PinchedError(f"A nonlinearity label lies between -9 and 9; {nl:g} does not.")
    if nl == 0:
        return 0.0
    from scipy.optimize import root_scalar

    found = root_scalar(lambda c: label(c) - abs(nl), bracket=(0.0, 100.0), xtol=1e-12)
    return float(np.copysign(found.root, nl))


def namespace(*values) -> Any:
    """jax.numpy where one of `values` is JAX's, else numpy."""
    for value in values:
        if not isinstance(value, NUMPY) and isinstance(value, jax.Array):
            return jnp
    return np


def choose(condition, yes, no) -> Any:
    """`where` that costs nothing for a condition of one value."""
    if isinstance(condition, (bool, np.bool_)):
        return yes if condition else no
    return namespace(condition, yes, no).where(condition, yes, no)


def as_generator(key) -> np.random.Generator:
    """A NumPy generator from a seed, a JAX key or a generator."""
    if isinstance(key, jax.Array):
        key = np.asarray(jax.random.key_data(key))
    return np.random.default_rng(key)


def _normal(key, x, xp):
    """Standard normal numbers of the shape, precision and kind of `x`."""
    if xp is jnp:
        return jax.random.normal(as_key(key), x.shape, x.dtype)
    return (key if hasattr(key, "standard_normal") else as_generator(key)).standard_normal(x.shape, x.dtype)


def sqrt(n):
    """√n with a finite derivative at 0."""
    if namespace(n) is np:
        return np.sqrt(n)
    return jnp.where(n > 0, jnp.sqrt(jnp.where(n > 0, n, 1.0)), 0.0)
