"""Schottky diode: the selector of unipolar cells."""

import jax.numpy as jnp
import numpy as np

from pinched.core.constants import K_B_EV, RICHARDSON
from pinched.core.params import param
from pinched.devices.base import Device, polarity


class Diode(Device):
    """Thermionic emission over a barrier that the voltage lowers a little, which makes the ideality n.

        I = area A* T² e^(−phi/kT) e^(V/n kT) (1 − e^(−V/kT))

    With n = 1 the reverse current is constant, with n > 1 it grows as e^((1 − 1/n)|V|/kT): the image force and the
    interface do that. Rhoderick and Williams, Metal–Semiconductor Contacts (1988). Its series resistance belongs
    outside (`SeriesResistance`); no breakdown.
    """

    phi: np.ndarray = param(0.6, "eV", "barrier height at 0 V", gt=0)
    n: np.ndarray = param(1.1, "1", "ideality", ge=1)
    A_star: np.ndarray = param(RICHARDSON, "A/m**2/K**2", "Richardson constant", gt=0)
    area: np.ndarray = param(1e-14, "m**2", "junction area", gt=0)
    eta: np.ndarray = polarity("positive voltage is the forward one")

    def state(self):
        """None."""
        return {}

    def current(self, v, x, env):
        """Current, A."""
        T = env.temperature
        kT, v = K_B_EV * T, self.eta * jnp.asarray(v)
        cap = 700.0 if v.dtype == jnp.float64 else 80.0
        # Forward and reverse apart: neither exponential overflows against the other.
        up = jnp.exp(jnp.minimum(jnp.maximum(v, 0.0) / (self.n * kT) - self.phi / kT, cap))
        down = jnp.exp(jnp.minimum(-(1 - 1 / self.n) * jnp.minimum(v, 0.0) / kT - self.phi / kT, cap))
        net = jnp.where(v < 0, down * jnp.expm1(jnp.minimum(v, 0.0) / kT), -up * jnp.expm1(-jnp.maximum(v, 0.0) / kT))
        return self.eta * self.area * self.A_star * T**2 * net

    def rates(self, v, x, env):
        """No states."""
        return {}
