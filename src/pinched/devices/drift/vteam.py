"""VTEAM: a voltage-threshold adaptive model (Kvatinsky et al., IEEE TCAS-II 62, 786, 2015)."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from pinched.core.errors import PinchedError
from pinched.core.params import param
from pinched.devices.base import Device, State, polarity
from pinched.devices.drift.windows import WINDOWS, check_window
from pinched.devices.laws import overdrive


class VTEAM(Device):
    """Power-law drift beyond two voltage thresholds.

    The state is x = (w − w_on)/(w_off − w_on), 1 = OFF: positive voltage above `v_off` drives it up, negative voltage
    below `v_on` down, and between the thresholds it does not move at all:

        dx/dt = k_off (v/v_off − 1)^alpha_off f(x)   for v > v_off > 0
        dx/dt = k_on  (v/v_on  − 1)^alpha_on  f(x)   for v < v_on < 0

    The rates are the published velocities over the travel w_off − w_on, which alone the terminals can see. Defaults:
    the 3 nm set of MemTorch's VTEAM.py (k −10 and 5e-4 m/s). Valid for |v| below about 50 thresholds.

    Attributes:
        iv: "linear", R = R_on + (R_off − R_on) x, or "exponential", R = R_on (R_off/R_on)^x.
        window: "none", "joglekar" or "biolek", with exponent `p`.
    """

    choices: ClassVar[dict[str, tuple[str, ...]]] = {"iv": ("linear", "exponential"), "window": tuple(WINDOWS)}

    R_on: np.ndarray = param(50.0, "ohm", "resistance at x = 0", gt=0)
    R_off: np.ndarray = param(1e3, "ohm", "resistance at x = 1", gt=0)
    k_on: np.ndarray = param(-10 / 3e-9, "1/s", "SET rate at twice v_on", lt=0)
    k_off: np.ndarray = param(5e-4 / 3e-9, "1/s", "RESET rate at twice v_off", gt=0)
    alpha_on: np.ndarray = param(3.0, "1", "SET exponent", gt=0)
    alpha_off: np.ndarray = param(1.0, "1", "RESET exponent", gt=0)
    v_on: np.ndarray = param(-0.2, "V", "SET threshold", lt=0)
    v_off: np.ndarray = param(0.02, "V", "RESET threshold", gt=0)
    p: np.ndarray = param(1.0, "1", "window exponent", gt=0)
    x0: np.ndarray = param(1.0, "1", "state of a new device", ge=0, le=1)
    eta: np.ndarray = polarity("positive voltage turns it OFF")
    iv: str = eqx.field(default="linear", static=True)
    window: str = eqx.field(default="none", static=True)

    def __check_init__(self):
        check_window(self.window)
        if self.iv not in self.choices["iv"]:
            raise PinchedError(f"VTEAM has no i-v relation {self.iv!r}; choose 'linear' or 'exponential'.")

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
        v = self.eta * v
        k, threshold, alpha = (
            jnp.where(v > 0, off, on)
            for off, on in ((self.k_off, self.k_on), (self.v_off, self.v_on), (self.alpha_off, self.alpha_on))
        )
        rate = k * overdrive(v, threshold, alpha)
        return {"x": rate * WINDOWS[self.window](x["x"], rate, self.p)}
