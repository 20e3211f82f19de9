"""Thermally activated drift: the ionic law to put inside a `ThermalShell` for a second-order memristor."""

import jax.numpy as jnp
import numpy as np

from pinched.core.constants import K_B_EV
from pinched.core.params import param
from pinched.devices.base import Device, State, polarity
from pinched.devices.laws import exp_sinh


class ArrheniusDrift(Device):
    """The simplest drift whose speed is a product of one factor of temperature and one of voltage.

        I = [G_min + (G_max − G_min) x] V
        dx/dt = nu0 exp(−E_a/kT) sinh(V/V0) (1 − x for V > 0, x for V < 0)

    Because V0 does not depend on temperature, a rise from T0 to T speeds any pulse up by exp[(E_a/k)(1/T0 − 1/T)],
    which is how Kim et al. (Nano Lett. 15, 2203, 2015) explain that one pulse prepares the way for the next one. The
    law is the project's choice: the paper's own ionic equations are not reproduced. It does not forget.
    """

    G_min: np.ndarray = param(1e-3, "S", "conductance at x = 0", gt=0)
    G_max: np.ndarray = param(2e-3, "S", "conductance at x = 1", gt=0)
    nu0: np.ndarray = param(1.4e3, "1/s", "attempt rate", gt=0)
    E_a: np.ndarray = param(0.45, "eV", "effective activation energy", ge=0)
    V0: np.ndarray = param(0.05, "V", "voltage scale of the drift", gt=0)
    x0: np.ndarray = param(0.0, "1", "state of a new device", ge=0, le=1)
    eta: np.ndarray = polarity("positive voltage SETs")

    def state(self):
        """One state `x`, 1 = LRS."""
        return {"x": State(self.x0, 0.0, 1.0)}

    def current(self, v, x, env):
        """Ohmic current, A."""
        return (self.G_min + (self.G_max - self.G_min) * x["x"]) * v

    def rates(self, v, x, env):
        """dx/dt in 1/s."""
        v = self.eta * v
        hop = exp_sinh(-self.E_a / (K_B_EV * env.temperature), v / self.V0)
        return {"x": self.nu0 * hop * jnp.where(v > 0, 1 - x["x"], x["x"])}
