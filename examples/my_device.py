"""A device model of your own: `pinched fit sweep.csv --model my_device.py:Mine`, or `check_device(Mine())`.

A filament of volume fraction x conducts in parallel with the film; its growth is exponential in the voltage.
"""

import jax.numpy as jnp
import numpy as np

from pinched.core import param
from pinched.devices import Device, State


class Mine(Device):
    """i = [x g_on + (1 − x) g_off] v,  dx/dt = rate sinh(v/v0) × (what is left of the way)."""

    g_on: np.ndarray = param(1e-3, "S", "conductance with the filament grown", gt=0)
    g_off: np.ndarray = param(1e-5, "S", "conductance without it", gt=0)
    rate: np.ndarray = param(1e-3, "1/s", "growth rate scale", gt=0)
    v0: np.ndarray = param(0.1, "V", "voltage scale of the growth", gt=0)

    def state(self):
        return {"x": State(rest=0.0, lo=0.0, hi=1.0)}

    def current(self, v, x, env):
        return (x["x"] * self.g_on + (1 - x["x"]) * self.g_off) * v

    def rates(self, v, x, env):
        return {"x": self.rate * jnp.sinh(v / self.v0) * jnp.where(v > 0, 1 - x["x"], x["x"])}


if __name__ == "__main__":
    from pinched.devices import check_device

    print(check_device(Mine()))
