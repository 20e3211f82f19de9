"""Linear ion drift, the HP memristor (Strukov et al., Nature 453, 80, 2008)."""

from typing import ClassVar

import equinox as eqx
import numpy as np

from pinched.core.params import param
from pinched.devices.base import Device, State, polarity
from pinched.devices.drift.windows import WINDOWS, check_window


class LinearDrift(Device):
    """A doped and an undoped part in series, their border moved by the current; x = w/D, 1 = all doped, ON.

        v = [R_on x + R_off (1 − x)] i,   dx/dt = (mu_v R_on/D²) i f(x)

    Without a window M² = M0² − 2 (R_off − R_on) (mu_v R_on/D²) ∫v dt, whatever the waveform. A model to teach and test
    with: oxides answer voltage exponentially, not linearly. Joglekar's and Prodromakis's windows all but hold a state
    at its bounds; Biolek's drifts over symmetric cycles. Valid while v/D stays below 1e8 V/m.

    Attributes:
        window: "none", "joglekar", "biolek" or "prodromakis", with exponent `p` and scale `j`.
    """

    choices: ClassVar[dict[str, tuple[str, ...]]] = {"window": tuple(WINDOWS)}

    R_on: np.ndarray = param(100.0, "ohm", "resistance of the fully doped film", gt=0)
    R_off: np.ndarray = param(16e3, "ohm", "resistance of the undoped film", gt=0)
    D: np.ndarray = param(10e-9, "m", "film thickness", gt=0)
    mu_v: np.ndarray = param(1e-14, "m**2/(V*s)", "dopant mobility", gt=0)
    p: np.ndarray = param(1.0, "1", "window exponent", gt=0)
    j: np.ndarray = param(1.0, "1", "window scale", gt=0)
    x0: np.ndarray = param(5 / 15.9, "1", "state of a new device", ge=0, le=1)
    eta: np.ndarray = polarity("positive voltage turns it ON")
    window: str = eqx.field(default="joglekar", static=True)

    def __check_init__(self):
        check_window(self.window)

    def state(self):
        """One state `x`, 1 = ON."""
        return {"x": State(self.x0, 0.0, 1.0)}

    def current(self, v, x, env):
        """Voltage over both parts in series, A."""
        return v / (self.R_off - (self.R_off - self.R_on) * x["x"])

    def rates(self, v, x, env):
        """dx/dt in 1/s."""
        drift = self.eta * self.mu_v * self.R_on / self.D**2 * self.current(v, x, env)
        return {"x": self.j * drift * WINDOWS[self.window](x["x"], drift, self.p)}
