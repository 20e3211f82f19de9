"""Strachan's TaOx device (Strachan et al., IEEE TED 60, 2194, 2013)."""

import jax.numpy as jnp
import numpy as np

from pinched.core.params import param
from pinched.devices.base import Device, State, polarity
from pinched.devices.laws import exp_sinh_below


class Strachan(Device):
    """A metallic fraction x in parallel with a Poole–Frenkel-like rest, switched by voltage and power P = VI.

        I = V [x G_M + (1 − x) a e^(b √|V|)]
        dx/dt = B sinh(V/sigma_on) exp(−x²/x_on²) exp(P/sigma_p)               for V > 0
        dx/dt = A sinh(V/sigma_off) exp(−x_off²/x²) exp(1/(1 + beta P))        for V < 0

    exp(P/sigma_p) runs away during SET: give it compliance or a series resistance. The exponents reach 1000 well inside
    the valid range, so rates are formed as logarithms and saturate at the attempt frequency `nu_max`, an addition that
    the published numbers do not feel. A RESET stops near x = 0.06. Valid from −0.8 to +1 V and below 1 mW.
    """

    G_M: np.ndarray = param(0.025, "S", "conductance of the metallic state", gt=0)
    a: np.ndarray = param(7.2e-6, "S", "conductance of the insulating state at 0 V", gt=0)
    b: np.ndarray = param(4.7, "1/V**0.5", "its growth with the root of the voltage", ge=0)
    A: np.ndarray = param(1e-10, "1/s", "RESET rate", gt=0)
    B: np.ndarray = param(1e-4, "1/s", "SET rate", gt=0)
    sigma_off: np.ndarray = param(0.013, "V", "voltage scale of RESET", gt=0)
    sigma_on: np.ndarray = param(0.45, "V", "voltage scale of SET", gt=0)
    sigma_p: np.ndarray = param(4e-5, "W", "power scale of SET", gt=0)
    beta: np.ndarray = param(500.0, "1/W", "power dependence of RESET", ge=0)
    x_off: np.ndarray = param(0.4, "1", "state below which RESET slows down", gt=0)
    x_on: np.ndarray = param(0.06, "1", "state above which SET slows down", gt=0)
    nu_max: np.ndarray = param(1e13, "1/s", "largest rate, an attempt frequency", gt=0)
    x0: np.ndarray = param(0.1, "1", "state of a new device", ge=0, le=1)
    eta: np.ndarray = polarity("positive voltage SETs")

    def state(self):
        """One state `x`, the metallic fraction."""
        return {"x": State(self.x0, 0.0, 1.0)}

    def current(self, v, x, env):
        """Current of both parts, A."""
        size = jnp.where(v == 0, 0.0, jnp.sqrt(jnp.where(v == 0, 1.0, jnp.abs(v))))  # no infinite slope at 0 V
        return v * (x["x"] * self.G_M + (1 - x["x"]) * self.a * jnp.exp(self.b * size))

    def rates(self, v, x, env):
        """dx/dt in 1/s."""
        power = v * self.current(v, x, env)
        v, x = self.eta * v, x["x"]
        up = jnp.log(self.B) - (x / self.x_on) ** 2 + power / self.sigma_p
        stop = self.x_off / jnp.maximum(x, 1e-2 * self.x_off)  # e^(−1e4) is zero already
        down = jnp.log(self.A) - stop**2 + 1 / (1 + self.beta * power)
        exponent, u = jnp.where(v > 0, up, down), v / jnp.where(v > 0, self.sigma_on, self.sigma_off)
        return {"x": exp_sinh_below(exponent, u, self.nu_max)}
