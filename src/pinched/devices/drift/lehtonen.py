"""Lehtonen and Laiho's TiO2 device (CNNA 2010): a tunnelling ON branch on a rectifying background."""

import jax.numpy as jnp
import numpy as np

from pinched.core.elementary import power
from pinched.core.params import param
from pinched.devices.base import Device, State, polarity
from pinched.devices.drift.windows import biolek
from pinched.devices.laws import exp_sinh


class Lehtonen(Device):
    """A current of power n in the state, and a drift of odd power m in the voltage.

        i = x^n beta sinh(alpha V) + chi (e^(gamma V) − 1),   dx/dt = a (V/V1)^m f(x)

    f is Biolek's window with exponent p; |V|^m with the sign of V stands for the odd power. The diode in parallel hides
    the state: it caps the on/off ratio. Defaults: Mladenov's LTspice library. It needs about ±1.5 V at 1 Hz.
    """

    beta: np.ndarray = param(6e-5, "A", "amplitude of the ON current", gt=0)
    alpha: np.ndarray = param(1.4, "1/V", "its nonlinearity", gt=0)
    n: np.ndarray = param(5.0, "1", "power of the state in it", ge=1)
    chi: np.ndarray = param(2e-5, "A", "saturation current of the diode", ge=0)
    gamma: np.ndarray = param(1.3, "1/V", "its steepness", gt=0)
    a: np.ndarray = param(1.1, "1/s", "rate at V1", gt=0)
    m: np.ndarray = param(5.0, "1", "power of the voltage in the rate", ge=1)
    V1: np.ndarray = param(1.0, "V", "voltage scale of the rate, 1 V in the paper", gt=0)
    p: np.ndarray = param(3.0, "1", "window exponent", gt=0)
    x0: np.ndarray = param(0.3, "1", "state of a new device", ge=0, le=1)
    eta: np.ndarray = polarity("positive voltage SETs")

    def state(self):
        """One state `x`, 1 = ON."""
        return {"x": State(self.x0, 0.0, 1.0)}

    def current(self, v, x, env):
        """ON current and diode, A."""
        v = self.eta * v
        on = self.beta * power(x["x"], self.n) * exp_sinh(0.0, self.alpha * v)
        return self.eta * (on + self.chi * jnp.expm1(self.gamma * v))

    def rates(self, v, x, env):
        """dx/dt in 1/s."""
        v = self.eta * v / self.V1
        drift = self.a * jnp.sign(v) * power(jnp.abs(v), self.m)
        return {"x": drift * biolek(x["x"], drift, self.p)}
