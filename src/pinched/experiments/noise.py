"""The noise of a recorded current, with the same statistics at whatever times it is sampled."""

import functools
import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from pinched.devices.base import Noise
from pinched.experiments.integrate import each, fold

NOISE = 2**32 - 1  # what the keys of a run are folded with for the noise; blocks and steps count from 0
LORENTZIANS = 24  # of the flicker noise; at the two a decade of its default band their sum ripples by 0.1 %


class Memory(NamedTuple):
    """Where the noise of every device stands at a sample."""

    y: jax.Array  # (..., LORENTZIANS) Ornstein–Uhlenbeck processes of variance 1
    filled: jax.Array  # (...) 1 where the trap is


def fluctuation(device, env, v, i, x, since, width, keys, memory: Memory | None = None):
    """What `device.noise` adds to the current of each sample, A.

    White noise of density S is averaged over the integration time T of a sample: variance S/2T. Flicker noise is a sum
    of Ornstein–Uhlenbeck processes with corner frequencies spaced evenly on a logarithmic scale, and telegraph noise a
    two-state Markov process; both are stepped by their exact laws from sample to sample, stationary at the first one.

    Args:
        device: leaves broadcast to the population.
        env, v, i, x: surroundings, voltage, current and states (name -> array), each (samples, ...).
        since: (samples,) time since the sample before, s.
        width: (samples,) integration time in s; 0 leaves white noise out.
        keys: a JAX key for every device, (...).
        memory: that of the sample before the first one, where there was one.

    Returns:
        The memory at the last sample, and the fluctuation (samples, ...).
    """
    noise = _densities(device, env, v, i, x)
    present = tuple(bool(np.any(part)) for part in noise[:3])
    if memory is None:
        memory = Memory(jnp.zeros((*keys.shape, LORENTZIANS)), jnp.zeros(keys.shape))
        since = np.concatenate([[np.inf], since[1:]])
    return _synthesised(noise, since, width, keys, memory, present)


@jax.jit
def _densities(device, env, v, i, x):
    return Noise(*(jnp.broadcast_to(jnp.asarray(part, i.dtype), i.shape) for part in device.noise(v, i, x, env)))


@functools.partial(jax.jit, static_argnames="present")
def _synthesised(noise: Noise, since, width, keys, memory: Memory, present):
    white, flicker, rtn = present
    normal = each(lambda key: jax.random.normal(key, (2 + LORENTZIANS * flicker,), since.dtype), keys.shape)
    ratio = (noise.f_high / noise.f_low) ** (1 / LORENTZIANS)

    def sample(memory, now):
        y, filled = memory
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
            filled = (jax.scipy.stats.norm.cdf(z[..., 1]) < often + (filled - often) * kept).astype(y.dtype)
            total -= here.rtn * filled
        return Memory(y, filled), total

    return lax.scan(sample, memory, (noise, ratio, since, width, jnp.arange(len(since))))
