"""Devices around devices."""

import jax.numpy as jnp
import numpy as np

from pinched.core.params import param
from pinched.core.solve import root
from pinched.devices.base import Device, traced


class SeriesResistance(Device):
    """A resistance in series with `inner`: an electrode, a line, a probe.

    The inner voltage u solves u + r i(u) = v; it lies between 0 and v, because the current of a passive device is
    monotone at frozen state. The states are those of `inner`, under the prefix "inner.".
    """

    inner: Device
    r: np.ndarray = param(unit="ohm", doc="series resistance", ge=0)

    def state(self):
        """The states of `inner`, prefixed."""
        return {f"inner.{name}": state for name, state in self.inner.state().items()}

    def inner_voltage(self, v, x, env):
        """Voltage in V across `inner` at terminal voltage `v`, for the states `x` of `inner`."""
        self = traced(self)
        v = v + jnp.zeros_like(self.r * self.inner.current(v, x, env))
        low, high = jnp.minimum(v, 0.0), jnp.maximum(v, 0.0)
        return root(lambda u: u + self.r * self.inner.current(u, x, env) - v, low, high)

    def current(self, v, x, env):
        """Current through both, A."""
        x = _inner_states(x)
        return self.inner.current(self.inner_voltage(v, x, env), x, env)

    def rates(self, v, x, env):
        """Rates of the inner states, 1/s."""
        x = _inner_states(x)
        rates = self.inner.rates(self.inner_voltage(v, x, env), x, env)
        return {f"inner.{name}": rate for name, rate in rates.items()}


def _inner_states(x):
    return {name.removeprefix("inner."): value for name, value in x.items()}
