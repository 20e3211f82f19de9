"""Poole–Frenkel conduction: inside a ThermalShell it runs away into a threshold switch, without any transition."""

import jax.numpy as jnp
import numpy as np

from pinched.core.constants import K_B_EV
from pinched.core.params import param
from pinched.devices.base import Device


class PooleFrenkel(Device):
    """A film whose traps give up their electrons by heat, and more easily in a field.

        I = sigma0 A (V/L) exp{−[E_a − β √(|V|/L)]/kT}

    With a thermal resistance around it (`ThermalShell`) the static V(I) has its maximum, the threshold, where
    T − T_ambient = kT²/E_eff, E_eff = E_a − β √(V/L); none below E_eff = 4 kT. Slesazeck et al., RSC Adv. 5, 102318
    (2015); the default values are phenomenological. Valid for T < 900 K and fields below 1e8 V/m.
    """

    sigma0: np.ndarray = param(2790.0, "S/m", "conductivity prefactor", gt=0)
    E_a: np.ndarray = param(0.215, "eV", "trap depth", gt=0)
    beta: np.ndarray = param(1.28e-5, "eV*(V/m)**-0.5", "barrier lowering by the field", ge=0)
    L: np.ndarray = param(20e-9, "m", "film thickness", gt=0)
    area: np.ndarray = param(1e-14, "m**2", "electrode area", gt=0)

    def state(self):
        """None."""
        return {}

    def barrier(self, v):
        """E_eff in eV at voltage `v`."""
        positive = jnp.where(v == 0, 1e-30, jnp.abs(v))  # an infinite slope at 0, where the current is 0
        return self.E_a - self.beta * jnp.sqrt(positive / self.L)

    def current(self, v, x, env):
        """Current, A."""
        return self.sigma0 * self.area * v / self.L * jnp.exp(-self.barrier(v) / (K_B_EV * env.temperature))

    def rates(self, v, x, env):
        """No states."""
        return {}
