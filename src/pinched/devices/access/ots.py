"""Ovonic threshold switch: an amorphous chalcogenide that conducts while a voltage is held."""

import jax
import jax.numpy as jnp
import numpy as np

from pinched.core.constants import K_B_EV
from pinched.core.errors import PinchedError
from pinched.core.params import param
from pinched.devices.base import Device, State
from pinched.devices.laws import log_sinhc

STEEP = 18.0  # how much the feedback exceeds the width of the switch (assumed): at 4 the hysteresis ends
_Q = float(np.sqrt(1 - 4 / STEEP))
SPAN = 1 / (_Q - 2 / STEEP * np.log((1 + _Q) / (1 - _Q)))  # of the feedback, over V_th − V_hold


class OTS(Device):
    """A film between its trap-limited off state and its conducting on state, volatile and symmetric.

        I = V g_off(V)^(1−x) G_on^x,   V g_off = I_0 e^(−(E_a/k)(1/T − 1/T_ref)) sinh(V/V_0),   V_0 = V_00 T/T_ref
        dx/dt = [(1 − x) σ(d) − x σ(−d)]/tau,   d = [|V| − (V_th + V_hold)/2 + s (x − 1/2)]/w,   σ(d) = 1/(1 + e^−d)

    The off state is the thermally assisted hopping of Ielmini and Zhang, J. Appl. Phys. 102, 054517 (2007), so that a
    film leaks I_0 sinh(V_th/2V_0) at half its threshold. The switch is phenomenological: feedback s and width w = s/18
    are such that the static |V|(x) has its extrema at V_th and V_hold. Between them a load line holds the film at any
    current; where that is large it drops little more than V_hold. Just above V_th the delay diverges. Valid |V| < 3 V,
    250–400 K; the first fire is not in it.
    """

    I_0: np.ndarray = param(6e-11, "A", "scale of the off current at T_ref", gt=0)
    V_00: np.ndarray = param(0.15, "V", "voltage scale of the off current at T_ref", gt=0)
    E_a: np.ndarray = param(0.35, "eV", "activation energy of the off current", ge=0)
    G_on: np.ndarray = param(5e-3, "S", "conductance of the on state", gt=0)
    V_th: np.ndarray = param(1.26, "V", "threshold voltage", gt=0)
    V_hold: np.ndarray = param(0.71, "V", "voltage below which it turns off", gt=0)
    tau: np.ndarray = param(2.8e-9, "s", "switching time", gt=0)
    T_ref: np.ndarray = param(300.0, "K", "temperature of I_0 and V_00", gt=0)

    def __check_init__(self):
        ends = (self.V_hold, self.V_th)
        if all(isinstance(end, np.ndarray) for end in ends) and np.any(ends[0] >= ends[1]):
            raise PinchedError("OTS.V_hold must be below V_th.")

    def state(self):
        """One state `x`, 0 = off, 1 = on."""
        return {"x": State(0.0, 0.0, 1.0)}

    def current(self, v, x, env):
        """Current, A."""
        T = env.temperature
        scale = self.V_00 * T / self.T_ref
        off = jnp.log(self.I_0 / scale) - self.E_a / K_B_EV * (1 / T - 1 / self.T_ref) + log_sinhc(v / scale)
        return v * jnp.exp((1 - x["x"]) * off + x["x"] * jnp.log(self.G_on))

    def rates(self, v, x, env):
        """dx/dt in 1/s."""
        feedback = SPAN * (self.V_th - self.V_hold)
        beyond = jnp.abs(v) - (self.V_th + self.V_hold) / 2 + feedback * (x["x"] - 0.5)
        d = STEEP / feedback * beyond
        return {"x": ((1 - x["x"]) * jax.nn.sigmoid(d) - x["x"] * jax.nn.sigmoid(-d)) / self.tau}
