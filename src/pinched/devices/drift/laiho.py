"""Laiho's sinh drift (Laiho et al., ISCAS 2010) in the window of Biolek (Radioengineering 18, 210, 2009)."""

import jax.numpy as jnp
import numpy as np

from pinched.core.params import param
from pinched.devices.base import Device, State, polarity
from pinched.devices.drift.windows import biolek
from pinched.devices.laws import exp_sinh


class Laiho(Device):
    """A sinh current in proportion to x, and a state that drifts as another sinh; constants for each sign of V.

        i = a x sinh(bV),   dx/dt = c sinh(dV) f(x),   a1 … d1 for V >= 0, a2 … d2 for V < 0

    f is Biolek's window with exponent p. There is no threshold: it forgets slowly under any read voltage. Defaults: the
    deck of Aguirre et al. Valid to about 1.5 V.
    """

    a1: np.ndarray = param(9e-5, "A", "current amplitude, V > 0", gt=0)
    b1: np.ndarray = param(1.5, "1/V", "its nonlinearity", gt=0)
    a2: np.ndarray = param(7e-5, "A", "current amplitude, V < 0", gt=0)
    b2: np.ndarray = param(1.8, "1/V", "its nonlinearity", gt=0)
    c1: np.ndarray = param(0.045, "1/s", "SET rate", gt=0)
    d1: np.ndarray = param(9.0, "1/V", "its nonlinearity", gt=0)
    c2: np.ndarray = param(0.75, "1/s", "RESET rate", gt=0)
    d2: np.ndarray = param(1.8, "1/V", "its nonlinearity", gt=0)
    p: np.ndarray = param(1.0, "1", "window exponent", gt=0)
    x0: np.ndarray = param(1e-6, "1", "state of a new device", ge=0, le=1)
    eta: np.ndarray = polarity("positive voltage SETs")

    def state(self):
        """One state `x`, 1 = ON."""
        return {"x": State(self.x0, 0.0, 1.0)}

    def current(self, v, x, env):
        """Sinh current, A."""
        v = self.eta * v
        a, b = jnp.where(v < 0, self.a2, self.a1), jnp.where(v < 0, self.b2, self.b1)
        return self.eta * a * x["x"] * exp_sinh(0.0, b * v)

    def rates(self, v, x, env):
        """dx/dt in 1/s."""
        v = self.eta * v
        c, d = jnp.where(v < 0, self.c2, self.c1), jnp.where(v < 0, self.d2, self.d1)
        return {"x": c * exp_sinh(0.0, d * v) * biolek(x["x"], v, self.p)}
