"""Bending and stretching."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from pinched.core.constants import K_B_EV
from pinched.core.params import param
from pinched.devices.wrappers.wrapper import Wrapper, memory, names


class Strain(Wrapper):
    """The strain ε of the surroundings acts on current and migration barrier of `inner`.

        I(ε) = I(0) e^(−GF ε)               to first order ΔG/G = −GF ε
        dx/dt(ε) = dx/dt(0) e^(−Ξ ε/kT)     of the memory states

    Tension is positive, and ε = 0 gives back `inner` exactly. GF and Ξ are generic, assumed: 1.25 % strain makes the
    rates 0.79 times as fast; a Ξ of 5 to 10 eV would stop devices whose loops are published as unchanged at 5 mm
    radius. Valid up to the crack onset of the film, 1.5 to 2 % for oxides. `pinched.materials.bending_strain` gives ε.

    Light and humidity have no wrapper: their effect is specific to a mechanism, and belongs to a model that was
    measured under them.
    """

    GF: np.ndarray = param(2.0, "1", "gauge factor")
    Xi: np.ndarray = param(0.5, "eV", "deformation potential of the migration barrier")
    states: tuple[str, ...] = eqx.field(default=(), static=True, converter=names)

    def __check_init__(self):
        memory(self, self.states)

    def current(self, v, x, env):
        """Current under strain, A."""
        return super().current(v, x, env) * jnp.exp(-self.GF * env.strain)

    def rates(self, v, x, env):
        """Rates under strain, 1/s."""
        factor = jnp.exp(-self.Xi * env.strain / (K_B_EV * env.temperature))
        rates = super().rates(v, x, env)
        return rates | {name: rates[name] * factor for name in memory(self, self.states)}
