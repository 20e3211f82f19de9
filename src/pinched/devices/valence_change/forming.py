"""Forming: the dielectric breakdown that opens the filament of a pristine film, before a device can switch."""

import jax.numpy as jnp
import numpy as np

from pinched.core.params import param
from pinched.devices.base import State
from pinched.devices.wrappers.wrapper import Wrapper, inner_states, prefixed

RUSH = 0.01  # of the damage at breakdown: over it the percolation path takes over from the ageing (assumed)


class Forming(Wrapper):
    """A pristine film around `inner`, which conducts and switches only once the film has broken down.

    Breakdown is Weibull in time and exponential in voltage (the E-model):

        F(t, V) = 1 − exp{−[t/t63(V)]^beta_w A/A_ref},   t63 = t0 exp[−gamma_v (|V| − V63)]

    The state `damage` ages by dD/dt = (A/A_ref)^(1/beta_w)/(q t63(V)), where q = (−ln(1 − u))^(1/beta_w) is this
    device's quantile `u` of F, and D = 1 is breakdown. From there the path completes on its own within t_break, up to
    D = 2, and for good. Current is (1 − s) G_fresh V + s I_inner with s rising smoothly from 0 to 1 over 1 < D < 2; the
    inner states rest while D < 1. A population of uniform `u` has the Weibull distribution. Without this wrapper a
    device is forming-free. Valid from 1.8 to 3.5 V, 100 ns to 10 s, 25 to 125 °C (no temperature acceleration).
    """

    V63: np.ndarray = param(2.5, "V", "voltage that breaks 63 % of the devices in t0", gt=0)
    t0: np.ndarray = param(1e-6, "s", "time to which V63 belongs", gt=0)
    gamma_v: np.ndarray = param(18.0, "1/V", "voltage acceleration", gt=0)
    beta_w: np.ndarray = param(1.6, "1", "Weibull slope", gt=0)
    area: np.ndarray = param(1.0, "1", "area over the reference area", gt=0)
    G_fresh: np.ndarray = param(1e-7, "S", "conductance of the pristine film", ge=0)
    t_break: np.ndarray = param(1e-9, "s", "time in which a broken film becomes a filament", gt=0)
    u: np.ndarray = param(0.5, "1", "quantile of this device, uniform over a population", gt=0, lt=1)

    def own(self):
        """`damage`: 0 = pristine, 1 = breakdown, 2 = formed."""
        return {"damage": State(0.0, 0.0, 2.0)}

    def formed(self, x):
        """The part of the current that flows through `inner`, 0 to 1."""
        return _smoothstep(x["damage"] - 1)

    def current(self, v, x, env):
        """Current of the film and of the inner device, A."""
        s = self.formed(x)
        return (1 - s) * self.G_fresh * v + s * self.inner.current(v, inner_states(x), env)

    def rates(self, v, x, env):
        """Ageing, and the rates of the inner states once it has broken down, 1/s."""
        quantile = (-jnp.log1p(-self.u) / self.area) ** (1 / self.beta_w)
        ageing = jnp.exp(self.gamma_v * (jnp.abs(v) - self.V63)) / (self.t0 * quantile)
        rush = _smoothstep((x["damage"] - 1) / RUSH) / self.t_break
        s = self.formed(x)
        inner = self.inner.rates(v, inner_states(x), env)
        return {"damage": ageing + rush} | prefixed({name: s * rate for name, rate in inner.items()})

    def inner_diffusion(self, v, x, env):
        """Diffusion of the inner states, 1/√s; none while the film is pristine."""
        return {name: self.formed(x) * sigma for name, sigma in super().inner_diffusion(v, x, env).items()}


def _smoothstep(z):
    z = jnp.clip(z, 0.0, 1.0)
    return z * z * (3 - 2 * z)
