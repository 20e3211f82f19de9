"""Yakopcic's generalised memristor, in the two-branch form that contains the original one.

Yakopcic et al., IEEE EDL 32, 1436 (2011) and TCAD 32, 1201 (2013); two branches as fitted to Nb:SrTiO3 by Tiotto et al.
(Front. Neurosci. 14, 627276, 2021).
"""

import jax.numpy as jnp
import numpy as np

from pinched.core.params import param
from pinched.devices.base import Device, State, polarity
from pinched.devices.laws import exp_sinh


class Yakopcic(Device):
    """Exponential drift beyond two thresholds, and a sinh current through a conducting fraction x.

        i = gmax sinh(bmax V) x + gmin sinh(bmin V) (1 − x),   with a set of four for each sign of V
        dx/dt = A_p (e^(V/V1) − e^(V_p/V1)) f   for V > V_p,   −A_n (e^(−V/V1) − e^(V_n/V1)) f   for V < −V_n
        f = 1 until the knee (x_p going up, x_n going down), then e^(−α |x − knee|) times what is left of the way to the
            bound, relative to the knee.

    The original model is gmin = 0, gmax_p = a1, gmax_n = a2, bmax = b, and its x_n counts from 1: see `original`.
    Defaults: the set of the 2011 letter as in Xyce's card mrm3. Valid to about 1.5 times the fitted sweep amplitude.
    """

    gmax_p: np.ndarray = param(0.17, "A", "current amplitude of the on branch, V > 0", ge=0)
    bmax_p: np.ndarray = param(0.05, "1/V", "its nonlinearity", gt=0)
    gmax_n: np.ndarray = param(0.17, "A", "current amplitude of the on branch, V < 0", ge=0)
    bmax_n: np.ndarray = param(0.05, "1/V", "its nonlinearity", gt=0)
    gmin_p: np.ndarray = param(0.0, "A", "current amplitude of the off branch, V > 0", ge=0)
    bmin_p: np.ndarray = param(1.0, "1/V", "its nonlinearity", gt=0)
    gmin_n: np.ndarray = param(0.0, "A", "current amplitude of the off branch, V < 0", ge=0)
    bmin_n: np.ndarray = param(1.0, "1/V", "its nonlinearity", gt=0)
    A_p: np.ndarray = param(4000.0, "1/s", "SET rate", gt=0)
    A_n: np.ndarray = param(4000.0, "1/s", "RESET rate", gt=0)
    V_p: np.ndarray = param(0.16, "V", "SET threshold", ge=0)
    V_n: np.ndarray = param(0.15, "V", "RESET threshold, a magnitude", ge=0)
    x_p: np.ndarray = param(0.3, "1", "knee of the window going up", ge=0, lt=1)
    x_n: np.ndarray = param(0.5, "1", "knee of the window going down", gt=0, le=1)
    alpha_p: np.ndarray = param(1.0, "1", "decay of the window going up", ge=0)
    alpha_n: np.ndarray = param(5.0, "1", "decay of the window going down", ge=0)
    V1: np.ndarray = param(1.0, "V", "voltage scale of the rates, 1 V in the paper", gt=0)
    x0: np.ndarray = param(0.11, "1", "state of a new device", ge=0, le=1)
    eta: np.ndarray = polarity("positive voltage SETs")

    @classmethod
    def original(cls, a1, a2, b, x_n, **others):
        """The one-branch model of 2011: i = a x sinh(bV), its x_n counted down from 1."""
        branches = {"gmax_p": a1, "gmax_n": a2, "bmax_p": b, "bmax_n": b, "gmin_p": 0.0, "gmin_n": 0.0}
        return cls(**branches, x_n=1 - x_n, **others)

    def state(self):
        """One state `x`, 1 = ON."""
        return {"x": State(self.x0, 0.0, 1.0)}

    def current(self, v, x, env):
        """Current of both branches, A."""
        v, x = self.eta * v, x["x"]
        forward = v >= 0
        on = jnp.where(forward, self.gmax_p, self.gmax_n) * exp_sinh(
            0.0, jnp.where(forward, self.bmax_p, self.bmax_n) * v
        )
        off = jnp.where(forward, self.gmin_p, self.gmin_n) * exp_sinh(
            0.0, jnp.where(forward, self.bmin_p, self.bmin_n) * v
        )
        return self.eta * (on * x + off * (1 - x))

    def rates(self, v, x, env):
        """dx/dt in 1/s."""
        v, x = self.eta * v / self.V1, x["x"]
        up, down = (jnp.maximum(over, 0.0) for over in (v - self.V_p / self.V1, -v - self.V_n / self.V1))
        grow = self.A_p * jnp.exp(self.V_p / self.V1) * jnp.expm1(up) * _window(1 - x, 1 - self.x_p, self.alpha_p)
        shrink = self.A_n * jnp.exp(self.V_n / self.V1) * jnp.expm1(down) * _window(x, self.x_n, self.alpha_n)
        return {"x": grow - shrink}


def _window(left, knee, alpha):
    """1 while the way `left` to the bound is longer than `knee`, then decaying to 0 at the bound."""
    return jnp.where(left > knee, 1.0, jnp.exp(-alpha * jnp.maximum(knee - left, 0.0)) * left / knee)
