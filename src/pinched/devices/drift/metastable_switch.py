"""The mean metastable switch (Molter & Nugent, Knowm, 2014)."""

import jax
import numpy as np

from pinched.core.constants import K_B_EV
from pinched.core.params import param
from pinched.devices.base import Device, State, polarity


class MetastableSwitch(Device):
    """The mean of many switches that hop between two conductances over a thermal barrier.

    With X the part of them that is ON, V_T = kT/e and σ the logistic function:

        I = V [X/R_on + (1 − X)/R_off]
        dX/dt = {σ((V − V_on)/V_T) (1 − X) − [1 − σ((V + V_off)/V_T)] X}/tau

    At 0 V it relaxes to X = ½ where V_on = V_off. Defaults: Knowm's SPICE card. Valid to about 1.5 V_on.
    """

    R_on: np.ndarray = param(500.0, "ohm", "resistance with every switch ON", gt=0)
    R_off: np.ndarray = param(1500.0, "ohm", "resistance with every switch OFF", gt=0)
    V_on: np.ndarray = param(0.27, "V", "barrier of the ON transition", gt=0)
    V_off: np.ndarray = param(0.27, "V", "barrier of the OFF transition", gt=0)
    tau: np.ndarray = param(1e-4, "s", "time between attempts", gt=0)
    x0: np.ndarray = param(0.0, "1", "state of a new device", ge=0, le=1)
    eta: np.ndarray = polarity("positive voltage SETs")

    def state(self):
        """One state `x`, 1 = ON."""
        return {"x": State(self.x0, 0.0, 1.0)}

    def current(self, v, x, env):
        """Current of both kinds of switches, A."""
        return v * (x["x"] / self.R_on + (1 - x["x"]) / self.R_off)

    def rates(self, v, x, env):
        """dX/dt in 1/s."""
        v, v_t = self.eta * v, K_B_EV * env.temperature
        on, off = jax.nn.sigmoid((v - self.V_on) / v_t), jax.nn.sigmoid(-(v + self.V_off) / v_t)
        return {"x": (on * (1 - x["x"]) - off * x["x"]) / self.tau}
