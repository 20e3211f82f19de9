"""Static two-terminal elements."""

import numpy as np

from pinched.core.params import param
from pinched.devices.base import Device
from pinched.devices.laws import exp_sinh


class Ohmic(Device):
    """i = g v."""

    g: np.ndarray = param(unit="S", doc="conductance", ge=0)

    def state(self):
        """None."""
        return {}

    def current(self, v, x, env):
        """g v, A."""
        return self.g * v

    def rates(self, v, x, env):
        """None."""
        return {}


class SinhResistor(Device):
    """i = g sinh(b v)/b: ohmic at small voltage, exponential beyond 1/b."""

    g: np.ndarray = param(unit="S", doc="conductance at zero voltage", ge=0)
    b: np.ndarray = param(unit="1/V", doc="nonlinearity", gt=0)

    def state(self):
        """None."""
        return {}

    def current(self, v, x, env):
        """g sinh(b v)/b, A."""
        return self.g / self.b * exp_sinh(0.0, self.b * v)

    def rates(self, v, x, env):
        """None."""
        return {}
