"""A resistance in series."""

import jax
import jax.numpy as jnp
import numpy as np

from pinched.core.constants import K_B
from pinched.core.params import param
from pinched.core.solve import root
from pinched.devices.base import traced
from pinched.devices.wrappers.wrapper import Wrapper, inner_states


class SeriesResistance(Wrapper):
    """A resistance in series with `inner`: an electrode, a line, a probe.

    The inner voltage u solves u + r i(u) = v; it lies between 0 and v, because the current of a passive device is
    monotone at frozen state.
    """

    r: np.ndarray = param(unit="ohm", doc="series resistance", ge=0)

    def inner_voltage(self, v, x, env):
        """Voltage in V across `inner` at terminal voltage `v`, for the states `x` of `inner`."""
        self = traced(self)
        v = v + jnp.zeros_like(self.r * self.inner.current(v, x, env))
        low, high = jnp.minimum(v, 0.0), jnp.maximum(v, 0.0)
        return root(lambda u: u + self.r * self.inner.current(u, x, env) - v, low, high)

    def within(self, v, x, env):
        """`inner` at its part of the voltage."""
        x = inner_states(x)
        return self.inner, self.inner_voltage(v, x, env), x, env

    def inner_noise(self, v, i, x, env):
        """Noise of `inner`, divided between both, and the thermal noise of the resistance."""
        inner, u, x, env = self.within(v, x, env)
        _, slope = jax.jvp(lambda u: inner.current(u, x, env), (u,), (jnp.ones_like(u),))
        part = 1 / (1 + self.r * slope)
        noise = inner.noise(u, i, x, env)
        return noise._replace(
            white=part**2 * (noise.white + 4 * K_B * env.temperature * self.r * slope**2),
            flicker=part**2 * noise.flicker,
            rtn=part * noise.rtn,
        )
