"""A device with a temperature of its own."""

import dataclasses

import numpy as np

from pinched.core.params import param
from pinched.devices.base import State
from pinched.devices.wrappers.wrapper import Wrapper, inner_states

SCALE = 300.0  # K, makes the state of order one
HOTTEST = 10.0  # of SCALE: beyond 3000 K no oxide is solid


class ThermalShell(Wrapper):
    """A thermal resistance and a heat capacity around `inner`, which sees their temperature as that of its environment.

        tau dT/dt = T_ambient + r_th v i − T

    The state `rise` is (T − T_ambient)/300 K, so that a new device is as warm as its surroundings and follows them at
    once. Valid where one temperature describes the device (a lumped node, no radiation). `inner` must not heat itself
    as well (leave its own R_th at 0), and a series resistance whose heat is not the device's belongs outside the shell.
    """

    r_th: np.ndarray = param(unit="K/W", doc="thermal resistance to the surroundings", ge=0)
    tau: np.ndarray = param(unit="s", doc="thermal time constant, heat capacity times r_th", gt=0)

    def own(self):
        """`rise`, the temperature above the surroundings over 300 K."""
        return {"rise": State(0.0, 0.0, HOTTEST)}

    def temperature(self, x, env):
        """Temperature in K of `inner`."""
        return env.temperature + SCALE * x["rise"]

    def within(self, v, x, env):
        """`inner` at the temperature of the shell."""
        return self.inner, v, inner_states(x), dataclasses.replace(env, temperature=self.temperature(x, env))

    def rates(self, v, x, env):
        """Rates of the temperature rise and of the inner states, 1/s."""
        heating = self.r_th * v * self.current(v, x, env) / SCALE
        return super().rates(v, x, env) | {"rise": (heating - x["rise"]) / self.tau}
