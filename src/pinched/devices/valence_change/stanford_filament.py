"""The Stanford–PKU model with gap and filament width (Li et al., IEEE EDL 35, 211, 2014; Verilog-A v2.0 beta)."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pinched.core.constants import K_B_EV
from pinched.core.errors import PinchedError
from pinched.core.params import param
from pinched.core.solve import root
from pinched.devices.base import Device, State, polarity, traced
from pinched.devices.laws import exp_sinh

GATE = 0.02  # of V_gate: width of the logistic function that opens it (assumed)


class StanfordFilament(Device):
    """A gap that closes, then a filament that widens; RESET opens the gap at constant width.

    The states are gap = g/L0 and width = (w − w0)/(W_CF − w0). With SET at positive voltage and A_w = π w²/4:

        I = I0 (A_WCF − A_w) exp(−L0/X_T) sinh(V/V_T) + I_f,   V_g = V − I_f rho (L0 − g)/A_w
        I_f = I0 A_w exp(−g/X_T) sinh(V_g/V_T);  V > 0 in contact: I_f = V A_w/(rho L0)
        V > 0: dg/dt = −a f exp[−(E_a − alpha Z V_g/g)/kT];  in contact
               dw/dt = (w_eff + w_eff²/2w) f exp[−(E_a − alpha Z V/L0)/kT]
        V < 0: dg/dt = the least of a f exp[−(E_i + r Z V_g)/kT] and a f exp(−E_h/kT) sinh[−alpha_h Z V_g/(g kT)]
        T = T_ambient + R_th |V I|;  no rate exceeds v_cap

    Contact fades in as exp(−g/g_touch), where the source asks for g = 0. As published, the smallest positive voltage
    closes the gap within 0.7 s: for pulses up to 1 ms only. V_gate > 0 keeps the SET from running below that voltage
    (an addition; 0, the default, is the published model). The source adds N(0, 1) times d_gap to the velocity of an
    opening gap beyond x_crit, and d_cf to that of a growing width, at every solver step, a noise that vanishes with the
    step; here these are the diffusions d √dt_ref of steps dt_ref (assumed: the source leaves the step open).

    Attributes:
        state_noise: "off" or "on".
    """

    choices: ClassVar[dict[str, tuple[str, ...]]] = {"state_noise": ("off", "on")}

    a: np.ndarray = param(0.25e-9, "m", "distance between vacancies", gt=0)
    f: np.ndarray = param(1e13, "Hz", "vibration frequency", gt=0)
    E_a: np.ndarray = param(0.7, "eV", "barrier of vacancy generation", gt=0)
    E_h: np.ndarray = param(1.12, "eV", "hopping barrier of oxygen ions", gt=0)
    E_i: np.ndarray = param(0.82, "eV", "barrier between electrode and oxide", gt=0)
    r: np.ndarray = param(1.5, "1", "field enhancement at the electrode", ge=0)
    alpha: np.ndarray = param(0.75e-9, "m", "length over which the field lowers E_a", gt=0)
    alpha_h: np.ndarray = param(0.75e-9, "m", "length over which the field lowers E_h", gt=0)
    Z: np.ndarray = param(1.0, "1", "charge number", gt=0)
    X_T: np.ndarray = param(0.4e-9, "m", "decay length of the current with the gap", gt=0)
    V_T: np.ndarray = param(0.4, "V", "voltage scale of the current", gt=0)
    I0: np.ndarray = param(1e13, "A/m**2", "hopping current density", gt=0)
    rho: np.ndarray = param(1.9635e-5, "ohm*m", "resistivity of the filament", gt=0)
    L0: np.ndarray = param(3e-9, "m", "length of the switching layer", gt=0)
    w0: np.ndarray = param(0.5e-9, "m", "width of a new filament", gt=0)
    W_CF: np.ndarray = param(5e-9, "m", "largest width", gt=0)
    w_eff: np.ndarray = param(0.5e-9, "m", "effective widening", gt=0)
    R_th: np.ndarray = param(5e5, "K/W", "thermal resistance", ge=0)
    v_cap: np.ndarray = param(100.0, "m/s", "largest velocity", gt=0)
    V_gate: np.ndarray = param(0.0, "V", "voltage below which there is no SET", ge=0)
    g_touch: np.ndarray = param(2.5e-12, "m", "gap at which contact fades in", gt=0)
    d_gap: np.ndarray = param(4e-5, "m/s", "velocity noise of an opening gap", ge=0)
    d_cf: np.ndarray = param(1e-4, "m/s", "velocity noise of a growing width", ge=0)
    x_crit: np.ndarray = param(0.5e-9, "m", "gap above which it is noisy", ge=0)
    dt_ref: np.ndarray = param(1e-9, "s", "time step at which d_gap and d_cf hold", ge=0)
    gap0: np.ndarray = param(1.0, "1", "gap of a new device over L0", ge=0, le=1)
    eta: np.ndarray = polarity("positive voltage SETs")
    state_noise: str = eqx.field(default="off", static=True)

    def __check_init__(self):
        if self.state_noise not in self.choices["state_noise"]:
            raise PinchedError(f"StanfordFilament.state_noise = {self.state_noise!r}; choose 'off' or 'on'.")
        ends = (self.w0, self.W_CF)
        if all(isinstance(end, np.ndarray) for end in ends) and np.any(ends[0] >= ends[1]):
            raise PinchedError("StanfordFilament.W_CF must be above w0, in metres.")

    def state(self):
        """`gap`, 1 = open over the whole layer, and `width`, 1 = as wide as it gets."""
        return {"gap": State(self.gap0, 0.0, 1.0), "width": State(0.0, 0.0, 1.0)}

    def geometry(self, x):
        """Gap and width in m, cross-section of the filament in m², and contact, 0 to 1."""
        gap, width = self.L0 * x["gap"], self.w0 + (self.W_CF - self.w0) * x["width"]
        return gap, width, jnp.pi * width**2 / 4, jnp.exp(-gap / self.g_touch)

    def gap_voltage(self, u, x):
        """Voltage in V across the gap at terminal voltage `u`, SET positive."""
        self, u, x = traced((self, u, x))
        gap, _, _, touch = self.geometry(x)
        open_part = 1 - jnp.where(u > 0, touch, 0.0)
        drop = self.I0 * self.rho * (self.L0 - gap)
        u = u + 0 * drop  # of the shape of the result

        def excess(v):  # Kirchhoff's law times open_part, so that contact shorts the gap without a division by 0
            return open_part * (v - u) + drop * exp_sinh(-gap / self.X_T, v / self.V_T)

        return root(excess, jnp.minimum(u, 0.0), jnp.maximum(u, 0.0))

    def current(self, v, x, env):
        """Current through the filament and beside it, A."""
        u = self.eta * v
        gap, _, area, touch = self.geometry(x)
        v_g = self.gap_voltage(u, x)
        short = jnp.where(u > 0, touch, 0.0) * (u - v_g) / (self.rho * jnp.maximum(self.L0 - gap, self.g_touch))
        through = self.I0 * exp_sinh(-gap / self.X_T, v_g / self.V_T) + short
        beside = self.I0 * exp_sinh(-self.L0 / self.X_T, u / self.V_T)
        return self.eta * (area * through + (jnp.pi * self.W_CF**2 / 4 - area) * beside)

    def rates(self, v, x, env):
        """d gap/dt and d width/dt in 1/s."""
        u = self.eta * v
        gap, width, _, touch = self.geometry(x)
        kT = K_B_EV * (env.temperature + self.R_th * jnp.abs(v * self.current(v, x, env)))
        v_g, near = self.gap_voltage(u, x), jnp.maximum(gap, self.g_touch)
        log_cap = jnp.log(self.v_cap)

        def velocity(length, exponent):
            return jnp.exp(jnp.minimum(jnp.log(length * self.f) + exponent, log_cap))

        closing = velocity(self.a, -(self.E_a - self.alpha * self.Z * v_g / near) / kT)
        leaving = velocity(self.a, -(self.E_i + self.r * self.Z * v_g) / kT)
        hopping = self.a * self.f * exp_sinh(-self.E_h / kT, -self.alpha_h * self.Z * v_g / (near * kT))
        opening = jnp.minimum(leaving, hopping)
        widening = velocity(
            self.w_eff + self.w_eff**2 / (2 * width), -(self.E_a - self.alpha * self.Z * u / self.L0) / kT
        )
        threshold = jnp.where(self.V_gate > 0, self.V_gate, 1.0)
        gate = jnp.where(self.V_gate > 0, jax.nn.sigmoid((u / threshold - 1) / GATE), 1.0)
        sets, resets = jnp.where(u > 0, gate, 0.0), jnp.where(u < 0, 1.0, 0.0)
        return {
            "gap": (resets * opening - sets * closing) / self.L0,
            "width": sets * touch * widening / (self.W_CF - self.w0),
        }

    @property
    def diffusion(self):  # type: ignore[override]
        """Noise of gap and width, where it is on."""
        return self.filament_diffusion if self.state_noise == "on" else None

    def filament_diffusion(self, v, x, env):
        """Noise of gap and width, 1/√s."""
        u = self.eta * v
        gap, _, _, touch = self.geometry(x)
        return {
            "gap": jnp.where((u < 0) & (gap >= self.x_crit), self.d_gap, 0.0) * jnp.sqrt(self.dt_ref) / self.L0,
            "width": jnp.where(u > 0, touch * self.d_cf, 0.0) * jnp.sqrt(self.dt_ref) / (self.W_CF - self.w0),
        }
