"""TEAM: a current-threshold adaptive model (Kvatinsky et al., IEEE TCAS-I 60, 211, 2013)."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from pinched.core.errors import PinchedError
from pinched.core.params import param
from pinched.devices.base import Device, State, polarity
from pinched.devices.drift.windows import WINDOWS, check_window
from pinched.devices.laws import overdrive


class TEAM(Device):
    """Power-law drift beyond two current thresholds.

    The state is x = w/D, 1 = OFF: current above `i_off` drives it up, current below `i_on` down, and between the
    thresholds it does not move at all:

        dw/dt = k_off (i/i_off − 1)^alpha_off f(w)   for i > i_off > 0
        dw/dt = k_on  (i/i_on  − 1)^alpha_on  f(w)   for i < i_on < 0

    Defaults: the authors' Verilog-A with the resistances of Xyce; with the report's own 100 Ω and 200 kΩ it is dead
    below 1.8 V. Valid for |i| below about 50 thresholds.

    Attributes:
        iv: "linear", R = R_on + (R_off − R_on) x, or "exponential", R = R_on (R_off/R_on)^x.
        window: "none", "joglekar", "biolek" or "prodromakis" with exponent `p`; or "kvatinsky", the authors' fit of the
            Simmons barrier: exp(−exp((w − a_off)/w_c)) on the way up, exp(−exp((a_on − w)/w_c)) on the way down.
    """

    choices: ClassVar[dict[str, tuple[str, ...]]] = {
        "iv": ("linear", "exponential"),
        "window": (*WINDOWS, "kvatinsky"),
    }

    R_on: np.ndarray = param(50.0, "ohm", "resistance at x = 0", gt=0)
    R_off: np.ndarray = param(1e3, "ohm", "resistance at x = 1", gt=0)
    D: np.ndarray = param(3e-9, "m", "travel of the state", gt=0)
    k_on: np.ndarray = param(-8e-13, "m/s", "SET velocity at twice i_on", lt=0)
    k_off: np.ndarray = param(8e-13, "m/s", "RESET velocity at twice i_off", gt=0)
    alpha_on: np.ndarray = param(3.0, "1", "SET exponent", gt=0)
    alpha_off: np.ndarray = param(3.0, "1", "RESET exponent", gt=0)
    i_on: np.ndarray = param(-8.9e-6, "A", "SET threshold", lt=0)
    i_off: np.ndarray = param(115e-6, "A", "RESET threshold", gt=0)
    p: np.ndarray = param(1.0, "1", "window exponent", gt=0)
    a_on: np.ndarray = param(2e-9, "m", "where Kvatinsky's window closes going down", ge=0)
    a_off: np.ndarray = param(1.2e-9, "m", "where it closes going up", ge=0)
    w_c: np.ndarray = param(107e-12, "m", "width of its edges", gt=0)
    x0: np.ndarray = param(1.0, "1", "state of a new device", ge=0, le=1)
    eta: np.ndarray = polarity("positive voltage turns it OFF")
    iv: str = eqx.field(default="linear", static=True)
    window: str = eqx.field(default="none", static=True)

    def __check_init__(self):
        check_window(self.window, "kvatinsky")
        if self.iv not in self.choices["iv"]:
            raise PinchedError(f"TEAM has no i-v relation {self.iv!r}; choose 'linear' or 'exponential'.")

    def state(self):
        """One state `x`, 1 = OFF."""
        return {"x": State(self.x0, 0.0, 1.0)}

    def current(self, v, x, env):
        """v/R(x), A."""
        if self.iv == "linear":
            return v / (self.R_on + (self.R_off - self.R_on) * x["x"])
        return v / self.R_on * jnp.exp(-jnp.log(self.R_off / self.R_on) * x["x"])

    def rates(self, v, x, env):
        """dx/dt in 1/s."""
        i = self.eta * self.current(v, x, env)
        k, threshold, alpha = (
            jnp.where(i > 0, off, on)
            for off, on in ((self.k_off, self.k_on), (self.i_off, self.i_on), (self.alpha_off, self.alpha_on))
        )
        rate = k / self.D * overdrive(i, threshold, alpha)
        return {"x": rate * self._window(x["x"], rate)}

    def _window(self, x, towards):
        if self.window != "kvatinsky":
            return WINDOWS[self.window](x, towards, self.p)
        w = self.D * x
        return jnp.exp(-jnp.exp(jnp.where(towards > 0, w - self.a_off, self.a_on - w) / self.w_c))
