"""Diffusive threshold switch: a silver filament that the field grows and surface tension takes back."""

import jax
import jax.numpy as jnp
import numpy as np

from pinched.core.constants import K_B, K_B_EV
from pinched.core.params import param
from pinched.devices.base import Device, State
from pinched.devices.laws import exp_sinh

WIDEST = 3.0  # sigma, at which the spread of the rest gap is cut off


class Diffusive(Device):
    """A gap that closes by field-driven drift and reopens by capillary retraction; volatile and symmetric.

        dg/dt = −u0 sinh[z a e|V|/(2kT (g + g_s))] + (g_rest − g)/tau_r,   0 <= g <= g_rest
        I = G_c e^(−2κ g) V

    The static curve is |V| = (2kT (g + g_s)/za) asinh[(g_rest − g)/(u0 tau_r)]: its maximum is V_th, its value at g = 0
    V_hold. The retraction is the linearised Gibbs–Thomson pull; `retraction_time` gives tau_r for a cluster of radius
    r, as r⁴. Cycle to cycle, g_rest = g0 + sigma_g ζ with a normal ζ redrawn while the filament is dissolved.

    A phenomenological form after Wang et al., Nat. Mater. 16, 101 (2017) and Midya et al., Adv. Mater. 29, 1604457
    (2017). Just above V_th the delay diverges (critical slowing). Valid 0–1 V, 1 ns–1 ms, below the current of about
    10–100 µA at which filaments stay.
    """

    g0: np.ndarray = param(1.12e-9, "m", "rest gap", gt=0)
    g_s: np.ndarray = param(5e-10, "m", "length over which the field drops beyond the gap", gt=0)
    a: np.ndarray = param(3e-10, "m", "hop length", gt=0)
    z: np.ndarray = param(1.0, "1", "charge number of the ion", gt=0)
    u0: np.ndarray = param(2e-3, "m/s", "drift velocity scale", gt=0)
    tau_r: np.ndarray = param(1e-7, "s", "retraction time", gt=0)
    two_kappa: np.ndarray = param(2.05e10, "1/m", "decay of the conductance with the gap", gt=0)
    G_c: np.ndarray = param(7.748e-5, "S", "conductance of the closed gap", gt=0)
    sigma_g: np.ndarray = param(0.0, "m", "standard deviation of the rest gap from cycle to cycle", ge=0)

    def state(self):
        """`x` = 1 − gap/rest gap, 1 = bridged; `zeta`, this cycle's deviation of the rest gap, in sigma_g."""
        return {"x": State(0.0, 0.0, 1.0), "zeta": State(0.0, -WIDEST, WIDEST)}

    def rest_gap(self, x):
        """Rest gap in m of this cycle."""
        return jnp.maximum(self.g0 + self.sigma_g * x["zeta"], 0.1 * self.g0)

    def gap(self, x):
        """Gap in m."""
        return (1 - x["x"]) * self.rest_gap(x)

    def static(self, gap, env):
        """Voltage in V at which drift and retraction hold `gap` (m) where it is, in a cycle of rest gap g0."""
        stretch = 2 * K_B_EV * env.temperature * (gap + self.g_s) / (self.z * self.a)
        return stretch * jnp.arcsinh((self.g0 - gap) / (self.u0 * self.tau_r))

    def current(self, v, x, env):
        """Tunnel current, A."""
        return self.G_c * jnp.exp(-self.two_kappa * self.gap(x)) * v

    def rates(self, v, x, env):
        """dx/dt in 1/s; zeta stands until it is redrawn."""
        kT = K_B_EV * env.temperature
        field = self.z * self.a * jnp.abs(v) / (2 * kT * (self.gap(x) + self.g_s))
        return {
            "x": self.u0 * exp_sinh(0.0, field) / self.rest_gap(x) - x["x"] / self.tau_r,
            "zeta": jnp.zeros_like(x["zeta"]),
        }

    def jump(self, x, key, event):
        """A new rest gap where the filament has dissolved; the gap keeps its share of it."""
        drawn = jax.random.truncated_normal(key, -WIDEST, WIDEST, (), jnp.result_type(x["zeta"]))
        return {"zeta": jnp.where(x["x"] < 0.5, drawn, x["zeta"])}


def retraction_time(radius, diffusion, tension, atom, temperature):
    """Time in s in which surface diffusion rounds off a metal cluster: kT r⁴/(D_s γ Ω^(4/3)), up to a factor of shape.

    Args:
        radius: of the cluster, m.
        diffusion: D_s of atoms on its surface, m²/s.
        tension: surface tension γ, J/m².
        atom: volume Ω of an atom, m³.
        temperature: K.
    """
    return K_B * temperature * radius**4 / (diffusion * tension * atom ** (4 / 3))
