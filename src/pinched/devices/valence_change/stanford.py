"""The Stanford gap model of filamentary oxide RRAM (Jiang et al., IEEE TED 63, 1884, 2016)."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pinched.core.constants import K_B_EV
from pinched.core.elementary import power
from pinched.core.errors import PinchedError
from pinched.core.params import param
from pinched.devices.base import Device, State, polarity
from pinched.devices.laws import exp_sinh

# The gate opens as a logistic function over this part of F_min (assumed). In RESET the gap rides on its gate: with a
# jump or a corner there any solver chatters at its tolerance; on a smooth gate an implicit one strides.
GATE = 1e-4


class StanfordGap(Device):
    """Tunnelling through a gap that field-assisted ion hopping closes and opens, heated by its own power.

    With gap = gap_min + x (gap_max − gap_min), x = 1 the high-resistance state, and SET at positive voltage:

        I = I0 exp(−gap/g0) sinh(V/V0) + G_min V
        d gap/dt = −nu0 exp(−E_a/kT) sinh[γ a0 eV/(t_ox kT)],   γ = gamma0 − beta (gap/g1)^alpha
        T = T_ambient + R_th |V I|;  no motion while the field γ|V|/t_ox stays below F_min.

    Defaults: v1.0.0 of the authors' Verilog-A (nanoHUB 10.4231/D37H1DN48). Its reset of γ to gamma0 under reverse
    bias is not taken over. F_min = 0 turns the field gate off, R_th = 0 the heating.
    Valid for |V| up to 3 V, 250–450 K; the LRS is a 0.5 kΩ sinh, so give it compliance or a series resistance.

    The source adds delta_g(T) N(0, 1), delta_g = delta_g0/(1 + exp[(T_crit − T)/T_smth]), to the velocity at every
    solver step, a noise that vanishes with the step. Here it is the diffusion delta_g √dt_ref of the gap, that of steps
    dt_ref, and it stops with the motion below F_min: the source's goes on at rest and would erase the state in 30 µs.

    Attributes:
        state_noise: "off" or "on".
    """

    choices: ClassVar[dict[str, tuple[str, ...]]] = {"state_noise": ("off", "on")}

    I0: np.ndarray = param(1e-3, "A", "current scale", gt=0)
    g0: np.ndarray = param(0.25e-9, "m", "decay length of the current with the gap", gt=0)
    V0: np.ndarray = param(0.25, "V", "voltage scale of the current", gt=0)
    nu0: np.ndarray = param(10.0, "m/s", "attempt velocity", gt=0)
    E_a: np.ndarray = param(0.6, "eV", "migration barrier", gt=0)
    a0: np.ndarray = param(0.25e-9, "m", "hop length", gt=0)
    t_ox: np.ndarray = param(12e-9, "m", "oxide thickness", gt=0)
    gamma0: np.ndarray = param(16.0, "1", "field enhancement at zero gap", gt=0)
    beta: np.ndarray = param(0.8, "1", "loss of field enhancement with the gap", ge=0)
    alpha: np.ndarray = param(3.0, "1", "exponent of that loss", gt=0)
    g1: np.ndarray = param(1e-9, "m", "gap at which that loss is beta", gt=0)
    F_min: np.ndarray = param(1.4e9, "V/m", "local field below which nothing moves", ge=0)
    R_th: np.ndarray = param(2.1e3, "K/W", "thermal resistance", ge=0)
    gap_min: np.ndarray = param(0.2e-9, "m", "gap of the low-resistance state", ge=0)
    gap_max: np.ndarray = param(1.7e-9, "m", "gap of the high-resistance state", gt=0)
    G_min: np.ndarray = param(0.0, "S", "leakage in parallel", ge=0)
    delta_g0: np.ndarray = param(0.02, "m/s", "velocity noise, hot", ge=0)
    T_crit: np.ndarray = param(450.0, "K", "temperature at which the noise is half that", gt=0)
    T_smth: np.ndarray = param(500.0, "K", "width of its rise with temperature", gt=0)
    dt_ref: np.ndarray = param(1e-9, "s", "time step at which delta_g0 holds", ge=0)
    x0: np.ndarray = param(0.0, "1", "state of a new device", ge=0, le=1)
    eta: np.ndarray = polarity("positive voltage SETs")
    state_noise: str = eqx.field(default="off", static=True)

    def __check_init__(self):
        if self.state_noise not in self.choices["state_noise"]:
            raise PinchedError(f"StanfordGap.state_noise = {self.state_noise!r}; choose 'off' or 'on'.")
        ends = (self.gap_min, self.gap_max)
        if all(isinstance(end, np.ndarray) for end in ends) and np.any(ends[0] >= ends[1]):
            raise PinchedError("StanfordGap.gap_max must be above gap_min, in metres.")

    def state(self):
        """One state `x`, 0 = LRS, 1 = HRS."""
        return {"x": State(self.x0, 0.0, 1.0)}

    def gap(self, x):
        """Gap in m at state `x`."""
        return self.gap_min + (self.gap_max - self.gap_min) * x["x"]

    def current(self, v, x, env):
        """Tunnel current and leakage, A."""
        return self.I0 * exp_sinh(-self.gap(x) / self.g0, v / self.V0) + self.G_min * v

    def rates(self, v, x, env):
        """dx/dt in 1/s."""
        kT = K_B_EV * self.temperature(v, x, env)
        field = self.field(v, x)
        velocity = -self.nu0 * exp_sinh(-self.E_a / kT, field * self.a0 / kT)
        return {"x": self.gate(field) * velocity / (self.gap_max - self.gap_min)}

    def temperature(self, v, x, env):
        """Temperature in K that the present power keeps up."""
        return env.temperature + self.R_th * jnp.abs(v * self.current(v, x, env))

    def field(self, v, x):
        """Local field in V/m, positive where it SETs."""
        return (self.gamma0 - self.beta * power(self.gap(x) / self.g1, self.alpha)) * self.eta * v / self.t_ox

    def gate(self, field):
        """1 where the field moves ions, 0 where it does not."""
        width = jnp.where(self.F_min > 0, GATE * self.F_min, 1.0)
        return jnp.where(self.F_min > 0, jax.nn.sigmoid((jnp.abs(field) - self.F_min) / width), 1.0)

    @property
    def diffusion(self):  # type: ignore[override]
        """Noise of the gap, where it is on."""
        return self.gap_diffusion if self.state_noise == "on" else None

    def gap_diffusion(self, v, x, env):
        """Noise of the gap, 1/√s."""
        hot = jax.nn.sigmoid((self.temperature(v, x, env) - self.T_crit) / self.T_smth)
        sigma = self.delta_g0 * hot * jnp.sqrt(self.dt_ref) * self.gate(self.field(v, x))
        return {"x": sigma / (self.gap_max - self.gap_min)}
