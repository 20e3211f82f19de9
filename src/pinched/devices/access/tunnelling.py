"""Tunnel barrier: a film thin enough that electrons cross it, more with every tenth of a volt."""

import jax.numpy as jnp
import numpy as np

from pinched.core.params import param
from pinched.devices.base import Device
from pinched.devices.conduction import simmons


class TunnelBarrier(Device):
    """Tunnelling through a rectangular barrier, symmetric and without memory.

        I = area J(V, s, φ),   s = d min(1, phi/|V|),   φ = max(phi − |V|/2, phi/2)

    with J of Simmons, J. Appl. Phys. 34, 1793 (1963): the voltage tilts the barrier, and beyond phi shortens it
    (Fowler–Nordheim). Valid for a film without traps, far below its breakdown; no image force, no temperature.
    """

    phi: np.ndarray = param(1.0, "eV", "barrier height", gt=0)
    d: np.ndarray = param(2e-9, "m", "barrier thickness", gt=0)
    mass: np.ndarray = param(0.4, "1", "tunnelling mass over that of the electron", gt=0)
    area: np.ndarray = param(1e-14, "m**2", "electrode area", gt=0)

    def state(self):
        """None."""
        return {}

    def current(self, v, x, env):
        """Tunnel current, A."""
        size = jnp.where(v < 0, -v, v)
        part = self.phi / jnp.maximum(size, self.phi)
        return self.area * simmons(v, self.d * part, jnp.maximum(self.phi - size / 2, self.phi / 2), self.mass)

    def rates(self, v, x, env):
        """No states."""
        return {}
