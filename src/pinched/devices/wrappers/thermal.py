"""A device with a temperature of its own."""

import dataclasses

import numpy as np

from pinched.core.params import param
from pinched.devices.base import Device, State

SCALE = 300.0  # K, makes the state of order one
HOTTEST = 10.0  # of SCALE: beyond 3000 K no oxide is solid


class ThermalShell(Device):
    """A thermal resistance and a heat capacity around `inner`, which sees their temperature as that of its environment.

        tau dT/dt = T_ambient + r_th v i − T

    The state `rise` is (T − T_ambient)/300 K, so that a new device is as warm as its surroundings and follows them at
    once. The states of `inner` have the prefix "inner.". Valid where one temperature describes the device (a lumped
    node, no radiation). `inner` must not heat itself as well (leave its own R_th at 0), and a series resistance whose
    heat is not the device's belongs outside the shell.
    """

    inner: Device
    r_th: np.ndarray = param(unit="K/W", doc="thermal resistance to the surroundings", ge=0)
    tau: np.ndarray = param(unit="s", doc="thermal time constant, heat capacity times r_th", gt=0)

    def state(self):
        """`rise` and the states of `inner`, prefixed."""
        return {"rise": State(0.0, 0.0, HOTTEST)} | {f"inner.{name}": s for name, s in self.inner.state().items()}

    def temperature(self, x, env):
        """Temperature in K of `inner`."""
        return env.temperature + SCALE * x["rise"]

    def _inside(self, x, env):
        states = {name: x[f"inner.{name}"] for name in self.inner.state()}
        return states, dataclasses.replace(env, temperature=self.temperature(x, env))

    def current(self, v, x, env):
        """Current of `inner` at its temperature, A."""
        return self.inner.current(v, *self._inside(x, env))

    def rates(self, v, x, env):
        """Rates of the temperature rise and of the inner states, 1/s."""
        states, inside = self._inside(x, env)
        heating = self.r_th * v * self.inner.current(v, states, inside) / SCALE
        rates = self.inner.rates(v, states, inside)
        return {"rise": (heating - x["rise"]) / self.tau} | {f"inner.{name}": rate for name, rate in rates.items()}
