"""The dynamic memdiode (Miranda & Suñé; Aguirre et al.)."""

import jax.numpy as jnp
import numpy as np

from pinched.core.params import param
from pinched.core.solve import root
from pinched.devices.base import Device, State, polarity, traced


class Memdiode(Device):
    """Two opposite diodes whose amplitude and steepness follow a memory state, behind a series resistance.

    With u = v − R_s I the inner voltage, and I0 and alpha linear in λ between their ends:

        I = I0(λ) [e^(beta alpha(λ) u) − e^(−(1 − beta) alpha(λ) u)]
        dλ/dt = (1 − λ) e^(eta_set (u − V_set))/t1       for u >= 0
        dλ/dt = −λ e^(−eta_reset (u − V_reset))/t1       for u < 0

    So ln(1 − λ) is linear in time at constant voltage, and a ramp of β V/s reaches λ = ½ at
    V_set + ln(eta_set β t1 ln 2)/eta_set. It forgets: towards λ = 1 in 1/e^(−eta_set V_set) s at 0 V, towards 0 within
    half a minute at small negative voltage. Valid for |V| < 2 V.
    """

    I_min: np.ndarray = param(3.893720208634772e-05, "A", "current amplitude at λ = 0", gt=0)
    I_max: np.ndarray = param(4.736968878645134e-03, "A", "current amplitude at λ = 1", gt=0)
    alpha_min: np.ndarray = param(2.947438, "1/V", "steepness at λ = 0", gt=0)
    alpha_max: np.ndarray = param(2.5440769, "1/V", "steepness at λ = 1", gt=0)
    beta: np.ndarray = param(0.5, "1", "part of the voltage that drives the forward diode", gt=0, lt=1)
    R_s: np.ndarray = param(1.0, "ohm", "series resistance", ge=0)
    V_set: np.ndarray = param(0.8975610201506486, "V", "voltage of unit SET rate", gt=0)
    V_reset: np.ndarray = param(-1.57, "V", "voltage of unit RESET rate", lt=0)
    eta_set: np.ndarray = param(18.889737217364395, "1/V", "steepness of SET", gt=0)
    eta_reset: np.ndarray = param(2.1276343830415505, "1/V", "steepness of RESET", gt=0)
    t1: np.ndarray = param(1.0, "s", "time constant at V_set and V_reset, 1 s in the paper", gt=0)
    x0: np.ndarray = param(0.0, "1", "state of a new device", ge=0, le=1)
    eta: np.ndarray = polarity("positive voltage SETs")

    def state(self):
        """One state `x`, the λ of the paper, 1 = LRS."""
        return {"x": State(self.x0, 0.0, 1.0)}

    def _diodes(self, u, x):
        amplitude = self.I_min + (self.I_max - self.I_min) * x["x"]
        alpha = self.alpha_min + (self.alpha_max - self.alpha_min) * x["x"]
        return amplitude * (jnp.expm1(self.beta * alpha * u) - jnp.expm1(-(1 - self.beta) * alpha * u))

    def inner(self, v, x):
        """Voltage in V across the diodes at terminal voltage `v`, polarity removed."""
        self = traced(self)
        v = self.eta * v + jnp.zeros_like(self.R_s * self._diodes(v, x))
        low, high = jnp.minimum(v, 0.0), jnp.maximum(v, 0.0)
        return root(lambda u: u + self.R_s * self._diodes(u, x) - v, low, high)

    def current(self, v, x, env):
        """Current of both diodes at the inner voltage, A."""
        return self.eta * self._diodes(self.inner(v, x), x)

    def rates(self, v, x, env):
        """dλ/dt in 1/s."""
        u = self.inner(v, x)
        set_ = (1 - x["x"]) * jnp.exp(self.eta_set * (u - self.V_set))
        reset = x["x"] * jnp.exp(-self.eta_reset * (u - self.V_reset))
        return {"x": jnp.where(u < 0, -reset, set_) / self.t1}
