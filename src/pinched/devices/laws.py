"""Functions that several mechanisms share, written so that they neither overflow nor lose digits."""

import jax
import jax.numpy as jnp

from pinched.core.elementary import power


def exp_sinh(a, u):
    """exp(a)·sinh(u), evaluated in log space; the total exponent is capped at 700 (float32: 80)."""
    sign = jnp.where(u < 0, -1.0, 1.0)
    size = sign * u  # not jnp.abs: its derivative at 0 would be 0, and that of sinh is 1
    cap = 700.0 if jnp.result_type(a, u) == jnp.float64 else 80.0
    return -0.5 * sign * jnp.exp(jnp.minimum(a + size, cap)) * jnp.expm1(-2 * size)


def exp_sinh_below(a, u, ceiling):
    """exp(a)·sinh(u), saturating smoothly at ±`ceiling`, at any exponent: no ion outruns its attempt frequency."""
    sign = jnp.where(u < 0, -1.0, 1.0)
    size = sign * u
    return -sign * ceiling * jax.nn.sigmoid(a + size - jnp.log(2 * ceiling)) * jnp.expm1(-2 * size)


def log_sinhc(u):
    """ln[sinh(u)/u], even and smooth."""
    size = jnp.where(u < 0, -u, u)
    small = size < 0.01
    safe = jnp.where(small, 1.0, size)
    return jnp.where(small, u**2 / 6, safe + jnp.log(-jnp.expm1(-2 * safe) / (2 * safe)))


def overdrive(v, threshold, alpha):
    """(v/threshold − 1)^alpha beyond the threshold, else 0; the sign of `threshold` is the polarity it stands for."""
    beyond = v / threshold > 1
    return jnp.where(beyond, power(jnp.where(beyond, v / threshold, 2.0) - 1, alpha), 0.0)
