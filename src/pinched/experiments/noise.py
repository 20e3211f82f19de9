"""The noise of a recorded current, with the same statistics at whatever times it is sampled."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax

from pinched.devices.base import Noise
from pinched.experiments.integrate import each, fold

LORENTZIANS = 24  # of the flicker noise; at the two a decade of its default band their sum ripples by 0.1 %


@eqx.filter_jit
def fluctuation(device, env, v, i, x, time, width, keys):
    """What `device.noise` adds to the current of each sample, A.

    White noise of density S is averaged over the integration time T of a sample: variance S/2T. Flicker noise is a sum
    of Ornstein–Uhlenbeck processes with corner frequencies spaced evenly on a logarithmic scale, and telegraph noise a
    two-state Markov process; both are stepped by their exact laws from sample to sample, stationary at the first one.

    Args:
        device: leaves broadcast to the population.
        env, v, i, x: surroundings, voltage, current and states (name -> array), each (samples, ...).
        time: (samples,) s, not decreasing.
        width: (samples,) integration time in s; 0 leaves white noise out.
        keys: a JAX key for every device, (...).
    """
    noise = device.noise(v, i, x, env)
    white, flicker, rtn = (not (isinstance(part, (int, float)) and part == 0) for part in noise[:3])
    noise = Noise(*(jnp.broadcast_to(jnp.asarray(value, i.dtype), i.shape) for value in noise))
    ratio = (noise.f_high / noise.f_low) ** (1 / LORENTZIANS)
    since = jnp.concatenate([jnp.full(1, jnp.inf), jnp.diff(time)]).astype(i.dtype)
    draws = 2 + LORENTZIANS * flicker
    normal = each(lambda key: jax.random.normal(key, (draws,), i.dtype), keys.shape)

    def sample(carry, now):
        y, filled = carry
        here, ratio, dt, width, n = now
        z, total = normal(fold(keys, n)), jnp.zeros_like(filled)
        if white:
            variance = jnp.where(width > 0, here.white / (2 * jnp.where(width > 0, width, 1.0)), 0.0)
            total += jnp.sqrt(variance) * z[..., 0]
        if flicker:
            corner = here.f_low[..., None] * ratio[..., None] ** (jnp.arange(LORENTZIANS) + 0.5)
            passed = 2 * math.pi * corner * dt
            y = jnp.exp(-passed) * y + jnp.sqrt(-jnp.expm1(-2 * passed)) * z[..., 2:]
            total += jnp.sqrt(here.flicker * jnp.log(ratio)) * jnp.sum(y, axis=-1)
        if rtn:
            often = here.tau_emission / (here.tau_capture + here.tau_emission)  # it is filled, in the long run
            kept = jnp.exp(-dt * (1 / here.tau_capture + 1 / here.tau_emission))
            filled = (jax.scipy.stats.norm.cdf(z[..., 1]) < often + (filled - often) * kept).astype(i.dtype)
            total -= here.rtn * filled
        return (y, filled), total

    start = (jnp.zeros((*keys.shape, LORENTZIANS), i.dtype), jnp.zeros(keys.shape, i.dtype))
    return lax.scan(sample, start, (noise, ratio, since, width, jnp.arange(len(time))))[1]
