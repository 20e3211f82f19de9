"""Converters as signal models: voltages for the word lines, codes of the bit lines' currents.

Pure functions of NumPy or JAX arrays. Under JAX what is rounded has the derivative of what it was before (the
straight-through estimator, Bengio et al., arXiv 1308.3432), and what is clipped has none.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pinched.core import Parametrised, param


def namespace(*arrays):
    """jax.numpy where one of `arrays` is JAX's, else numpy."""
    return jnp if any(isinstance(a, jax.Array) for a in arrays) else np


def straight(rounded, exact):
    """`rounded`, with the derivative of `exact`."""
    return rounded + (exact - jax.lax.stop_gradient(exact)) if isinstance(exact, jax.Array) else rounded


def quantise(x, lo, hi, n):
    """`x` clipped to [lo, hi] and rounded to the nearest of `n` even steps of it; as it is where `n` is infinite."""
    infinite = None if isinstance(n, jax.Array) else np.isinf(n)
    if infinite is not None and np.all(infinite):
        return x
    xp = namespace(x, lo, hi, n)
    even = xp.isinf(n)
    step = ((hi - lo) / (xp.where(even, 2, n) - 1)).astype(x.dtype)
    inside = xp.clip(x, lo, hi)
    rounded = straight(lo + xp.round((inside - lo) / step) * step, inside)
    return rounded if infinite is not None and not np.any(infinite) else xp.where(even, x, rounded)


def digits(p, base, count: int):
    """Digits of `p` in [0, 1], rounded to `count` places, as fractions of the largest digit.

    Args:
        p: numbers from 0 to 1, in any shape.
        base: of the digits; infinite leaves `p` as it is, in one place.
        count: places.

    Returns:
        Fractions (count, *shape of p), most significant first, and their shares (count,), which sum to one.
    """
    xp = namespace(p, base)
    analog = xp.isinf(base)
    b = xp.where(analog, 3, base).astype(p.dtype)
    place = b ** xp.arange(count - 1, -1, -1, dtype=p.dtype)
    inside = xp.clip(p, 0, 1)
    whole = b**count - 1
    number = xp.round(inside * whole)
    digit = xp.floor(number / place.reshape(-1, *[1] * p.ndim)) % b
    return xp.where(analog, inside, straight(digit / (b - 1), inside)), place * (b - 1) / whole


class Converter(Parametrised):
    """What converters have in common; errors are fractions of the range, and add up as in a data sheet.

    A signal x in [lo, hi] becomes x (1 + gain) + (hi - lo) (offset + 4 inl t (1 - t) + noise ξ), with ξ a normal number
    and t = (x - lo)/(hi - lo): the bow of a second-order error, largest in the middle and zero at both ends.
    """

    bits: Any = param(np.inf, "1", "resolution", ge=1)
    noise: Any = param(0.0, "1", "standard deviation of the noise over the range", ge=0)
    offset: Any = param(0.0, "1", "offset over the range")
    gain: Any = param(0.0, "1", "relative gain error")
    inl: Any = param(0.0, "1", "largest integral nonlinearity over the range, between its end points")

    @property
    def clean(self) -> bool:
        """Whether it is known to have no error but that of rounding."""
        return not some(self.offset, self.gain, self.inl, self.noise)

    @property
    def exact(self) -> bool:
        """Whether it is known to pass signals on as they are."""
        return self.clean and not some(1 / self.bits)

    def drawn(self, rng: np.random.Generator, n: int):
        """`n` of them, whose offset, gain error and nonlinearity are normal with this one's as standard deviation."""
        names = [name for name in ("offset", "gain", "inl") if some(getattr(self, name))]
        return self.replace(**{name: getattr(self, name) * rng.standard_normal(n) for name in names})


def distorted(x, converter: Converter, lo, hi, draw=None):
    """`x` with the errors of a converter; `draw(shape)` gives standard normal numbers for the noise."""
    if converter.clean:
        return x
    xp = namespace(x, lo, hi)
    span = xp.where(hi > lo, hi - lo, 1)
    t = (x - lo) / span
    error = converter.offset + 4 * converter.inl * t * (1 - t)
    if draw is not None:
        error = error + converter.noise * draw(x.shape)
    return (x * (1 + converter.gain) + span * error).astype(x.dtype)


def rounded(x, converter: Converter, lo, hi):
    """`x` as the codes of a converter know it; a range of both signs has an odd number, so that zero is one."""
    return quantise(x, lo, hi, 2**converter.bits - (lo < 0))


def some(*values) -> bool:
    """Whether one of `values` is, or under JAX may be, other than zero."""
    return any(isinstance(v, jax.Array) or bool(np.any(v)) for v in values)


class DAC(Converter):
    """Digital to analog: rounded first, then distorted."""

    def __call__(self, x, lo=0.0, hi=1.0, draw=None):
        """The signal made of `x` in [lo, hi]; `draw(shape)` gives standard normal numbers for the noise."""
        return distorted(rounded(x, self, lo, hi), self, lo, hi, draw)


class ADC(Converter):
    """Analog to digital: distorted first, then rounded."""

    def __call__(self, x, lo=0.0, hi=1.0, draw=None):
        """The value of the code that `x` is given in [lo, hi]; `draw(shape)` gives numbers for the noise."""
        return rounded(distorted(x, self, lo, hi, draw), self, lo, hi)
