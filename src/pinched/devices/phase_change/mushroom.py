"""Phase-change mushroom cell: melt-quench, crystal growth, threshold switching and drift above a heater."""

import jax
import jax.numpy as jnp
import numpy as np

from pinched.core.constants import E_CHARGE, K_B_EV
from pinched.core.params import param
from pinched.devices.base import Device, State
from pinched.devices.laws import log_sinhc

HOTTEST = 7.0  # of the state `heat`, a logarithm of temperature
OLDEST = 60.0  # of the state `relaxed`, a logarithm of time
EDGE = 5e-4  # width of the threshold, in the sum of squares
MELT = 3.0  # K, width of the melting point
LIQUID = 1e-10  # s, in which a melt forgets its relaxation


class Mushroom(Device):
    """A dome of amorphous phase, u_a thick, on a heater in crystalline material.

    Heat: tau_th dT/dt = T_amb + R_th V I − T, one temperature T for heater and dome.

    Phase, with the melt u_m = r0 [(T − T_amb)/(T_m − T_amb) − 1] of a hemispherical temperature field:

        du_a/dt = −v_g(T),  v_g = v_p exp[−(E_g/k)(1/T − 1/T_p)] below T_p,  v_p s above it,  s = (T_m − T)/(T_m − T_p)
        du_a/dt = −v_p s tanh[(u_m − u_a)/r0] above T_m: the law continued, towards u_m; never faster than v_p inward

    A pulse quenches what the growth during the fall of T leaves, so long trailing edges crystallise.

    Current, off (Ielmini and Zhang, J. Appl. Phys. 102, 054517, 2007), in series with the heater (1/I added):

        I = 2 e A N_T (dz/tau_PF) e^(−E/kT_amb) sinh[e V dz/(2 k T_amb u_a)]

    and on, V/R_heater. Within tau_on it turns on where (V/V_th)² + (I/I_hold)² > 1, V_th = F_th u_a, and off elsewhere:
    off it holds V_th, on it needs I_hold, and a load line decides between. Below about u_on it always conducts. The
    amorphous phase conducts at the ambient temperature: the few µW below threshold hardly warm it.

    Drift: E = E_A + nu k T_r y rises by structural relaxation over barriers that grow with it (Le Gallo et al.,
    Adv. Electron. Mater. 4, 1700627, 2018), which in a melt starts anew:

        dy/dt = nu0 exp{−(T_r/T)[ln(nu0 t0) + y]},  at T_r: R = R0 (1 + t/t0)^nu;  elsewhere E rises by nu k T ln t

    so nu hardly depends on temperature while the cell relaxes, and cold stops it: the first barrier, k T_r ln(nu0 t0).

    A phenomenological set: typical numbers of Ge2Sb2Te5, chosen; no latent heat, no nucleation, no drift of the SET
    state. Behind no resistance every threshold event melts. Valid for reads up to 0.3 V at 200–450 K, ns to years;
    colder, conduction by tunnelling is missing. Symmetric in V.
    """

    R_heater: np.ndarray = param(3e3, "ohm", "resistance of the heater and the on state", gt=0)
    R_th: np.ndarray = param(2.1e6, "K/W", "thermal resistance", gt=0)
    tau_th: np.ndarray = param(5e-9, "s", "thermal time constant", gt=0)
    T_m: np.ndarray = param(873.0, "K", "melting temperature", gt=0)
    r0: np.ndarray = param(2e-8, "m", "radius of the heater", gt=0)
    v_p: np.ndarray = param(1.0, "m/s", "largest growth velocity", gt=0)
    T_p: np.ndarray = param(700.0, "K", "temperature of the largest growth velocity", gt=0)
    E_g: np.ndarray = param(2.3, "eV", "activation energy of growth", gt=0)
    A: np.ndarray = param(np.pi * 2.5e-8**2, "m**2", "area of the amorphous phase", gt=0)
    N_T: np.ndarray = param(1e25, "1/m**3", "density of traps", gt=0)
    dz: np.ndarray = param(5e-9, "m", "distance between traps", gt=0)
    tau_PF: np.ndarray = param(1e-14, "s", "attempt time of trapped electrons", gt=0)
    E_A: np.ndarray = param(0.3, "eV", "activation energy of conduction, fresh", gt=0)
    F_th: np.ndarray = param(5.6e7, "V/m", "threshold field", gt=0)
    I_hold: np.ndarray = param(5e-5, "A", "holding current", gt=0)
    tau_on: np.ndarray = param(1e-10, "s", "time of threshold switching", gt=0)
    u_on: np.ndarray = param(1e-9, "m", "thickness that always conducts", gt=0)
    u_max: np.ndarray = param(5e-8, "m", "largest amorphous thickness", gt=0)
    u_new: np.ndarray = param(3e-8, "m", "amorphous thickness of a new cell", ge=0)
    nu: np.ndarray = param(0.1, "1", "drift exponent", ge=0)
    t0: np.ndarray = param(1.0, "s", "time at which drift sets in, at T_r", gt=0)
    T_r: np.ndarray = param(300.0, "K", "temperature at which t0 holds", gt=0)
    nu0: np.ndarray = param(1e13, "1/s", "attempt frequency of structural relaxation", gt=0)

    def state(self):
        """Thickness, temperature, threshold and age.

        `u`: u_a/u_max. `heat`: ln(T/T_amb), in which no step of a solver is so long that it overlooks the growth
        window. `on`: 0 off … 1 on. `relaxed`: y.
        """
        return {
            "u": State(self.u_new / self.u_max, 0.0, 1.0),
            "heat": State(0.0, 0.0, HOTTEST),
            "on": State(0.0, 0.0, 1.0),
            "relaxed": State(0.0, 0.0, OLDEST),
        }

    def growth(self, T):
        """Growth velocity v_g in m/s at `T` in K, 0 above the melting point."""
        arrhenius = jnp.exp(-self.E_g / K_B_EV * jnp.maximum(1 / T - 1 / self.T_p, 0.0))
        return self.v_p * jnp.where(self.T_p > T, arrhenius, jnp.clip(self._undercooling(T), 0.0, 1.0))

    def _undercooling(self, T):
        return (self.T_m - T) / (self.T_m - self.T_p)

    def melt(self, T, env):
        """Thickness u_m in m of the melt at `T` in K; negative below the melting point."""
        return self.r0 * (T - self.T_m) / (self.T_m - env.temperature)

    def _gap(self, x):
        """How much a dome is too thin to insulate, and its thickness, then u_on, in m."""
        u = x["u"] * self.u_max
        closed = jnp.exp(-((u / self.u_on) ** 2))
        return closed, u + self.u_on * closed

    def current(self, v, x, env):
        """Current, A."""
        kT = K_B_EV * env.temperature
        closed, u = self._gap(x)
        slope = self.dz / (2 * kT * u)  # 1/V
        energy = (self.E_A + self.nu * K_B_EV * self.T_r * x["relaxed"]) / kT
        prefactor = 2 * E_CHARGE * self.A * self.N_T * self.dz / self.tau_PF * slope
        amorphous = jnp.log(prefactor * self.R_heater) - energy + log_sinhc(slope * v)  # ln of its R_heater G
        on = x["on"] + (1 - x["on"]) * closed
        return v / self.R_heater * (on + (1 - on) * jax.nn.sigmoid(amorphous))

    def rates(self, v, x, env):
        """dx/dt in 1/s."""
        i = self.current(v, x, env)
        u, T = x["u"] * self.u_max, env.temperature * jnp.exp(x["heat"])
        toward = jnp.tanh((self.melt(T, env) - u) / self.r0)
        excess = jnp.maximum(-self._undercooling(T), 0.0)
        front = self.v_p * toward * jnp.where(toward > 0, excess, jnp.tanh(excess)) - self.growth(T)
        beyond = (v / (self.F_th * self._gap(x)[1])) ** 2 + (i / self.I_hold) ** 2 - 1
        liquid, solid = (jax.nn.sigmoid(side * (T - self.T_m) / MELT) for side in (1, -1))
        barrier = self.T_r / T * (jnp.log(self.nu0 * self.t0) + x["relaxed"])
        return {
            "u": front / self.u_max,
            "heat": (self.R_th * v * i / T + jnp.expm1(-x["heat"])) / self.tau_th,
            "on": (jax.nn.sigmoid(beyond / EDGE) - x["on"]) / self.tau_on,
            "relaxed": solid * self.nu0 * jnp.exp(-barrier) - liquid * x["relaxed"] / LIQUID,
        }
