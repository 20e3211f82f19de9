"""Interface-type switching: a Schottky barrier that vacancies at the interface lower over its whole area."""

import jax.numpy as jnp
import numpy as np

from pinched.core.constants import K_B_EV
from pinched.core.params import param
from pinched.core.solve import root
from pinched.devices.base import Device, State, polarity, traced
from pinched.devices.laws import exp_sinh


class Schottky(Device):
    """Thermionic emission over a barrier φ = phi_max − x dphi, in series with the film.

    With U the voltage of the junction, U + rho_s J(U) = V, and x the vacancy occupation of the interface, 1 = LRS:

        J = A_star T² e^(−φ/kT) (e^(eU/nkT) − 1)                  for U > 0
        J = −J_r0 e^(−(1−x) dphi/kT) (e^√(|U|/V1) − 1)            for U < 0
        dx/dt = 2 nu0 (a/W) e^(−E_a/kT) sinh(gamma z a eU/2kTW) ((1 − x) for U > 0, x for U < 0) − x/tau_ret

    A phenomenological model: the form is the textbook's, the default values are tuned to published figures of
    interface-type oxides and are no fit. Retention is a plain exponential. Valid for |V| < 3 V, quasi-static.
    """

    A_star: np.ndarray = param(1.2e6, "A/m**2/K**2", "Richardson constant", gt=0)
    phi_max: np.ndarray = param(0.85, "eV", "barrier at x = 0", gt=0)
    dphi: np.ndarray = param(0.18, "eV", "barrier lowering from x = 0 to 1", gt=0)
    n: np.ndarray = param(3.0, "1", "ideality", ge=1)
    J_r0: np.ndarray = param(100.0, "A/m**2", "reverse current density scale at x = 1", gt=0)
    V1: np.ndarray = param(1.0, "V", "voltage scale of the reverse current", gt=0)
    E_a: np.ndarray = param(0.75, "eV", "ionic barrier", gt=0)
    nu0: np.ndarray = param(1e13, "Hz", "attempt frequency", gt=0)
    a: np.ndarray = param(0.4e-9, "m", "hop length", gt=0)
    W: np.ndarray = param(10e-9, "m", "width of the interface layer", gt=0)
    z: np.ndarray = param(2.0, "1", "charge number of the ion", gt=0)
    gamma: np.ndarray = param(1.5, "1", "field enhancement", gt=0)
    tau_ret: np.ndarray = param(1e4, "s", "retention time constant", gt=0)
    area: np.ndarray = param(1e-10, "m**2", "electrode area", gt=0)
    rho_s: np.ndarray = param(1e-6, "ohm*m**2", "series resistance of the film times area", ge=0)
    x0: np.ndarray = param(0.0, "1", "state of a new device", ge=0, le=1)
    eta: np.ndarray = polarity("positive voltage SETs")

    def state(self):
        """One state `x`, 1 = LRS."""
        return {"x": State(self.x0, 0.0, 1.0)}

    def density(self, u, x, env):
        """Current density in A/m² at junction voltage `u`."""
        kT = K_B_EV * env.temperature
        forward = jnp.exp(-(self.phi_max - x["x"] * self.dphi) / kT) * jnp.expm1(jnp.maximum(u, 0.0) / (self.n * kT))
        root_u = jnp.sqrt(jnp.where(u < 0, -u, 1.0) / self.V1)  # 1 stands in where the slope at 0 would be infinite
        reverse = self.J_r0 * jnp.exp(-(1 - x["x"]) * self.dphi / kT) * jnp.expm1(root_u)
        return jnp.where(u < 0, -reverse, self.A_star * env.temperature**2 * forward)

    def junction(self, v, x, env):
        """Junction voltage in V at terminal voltage `v`, polarity removed."""
        self = traced(self)
        v = self.eta * v + jnp.zeros_like(self.rho_s * self.density(v, x, env))
        return root(lambda u: u + self.rho_s * self.density(u, x, env) - v, jnp.minimum(v, 0.0), jnp.maximum(v, 0.0))

    def current(self, v, x, env):
        """Area times the density at the junction voltage, A."""
        return self.eta * self.area * self.density(self.junction(v, x, env), x, env)

    def rates(self, v, x, env):
        """dx/dt in 1/s."""
        kT = K_B_EV * env.temperature
        u = self.junction(v, x, env)
        hop = (
            2
            * self.nu0
            * self.a
            / self.W
            * exp_sinh(-self.E_a / kT, self.gamma * self.z * self.a * u / (2 * kT * self.W))
        )
        return {"x": hop * jnp.where(u > 0, 1 - x["x"], x["x"]) - x["x"] / self.tau_ret}
