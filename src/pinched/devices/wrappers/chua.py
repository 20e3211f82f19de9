"""Chua's circuit with a memristor in place of its diode: the circuit in which memristors are chaotic."""

from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np

from pinched.core.params import param
from pinched.devices.base import State
from pinched.devices.wrappers.wrapper import Wrapper, inner_states


class ChuaCircuit(Wrapper):
    """`inner`, an active conductance −g and c_1 in parallel; over r to c_2, and from there over l to the terminal.

        c_1 du/dt = (w − u)/r − i_inner(u) + g u
        c_2 dw/dt = i − (w − u)/r
        l di/dt = v − w,   terminal current i

    With its terminals joined, v = 0, it runs by itself, at rest only while u = w = i = 0, whatever the state of
    `inner`. The states are u/v_max, w/v_max and i/i_max, i_max = v_max √(c_2/l). Active: it may give out more than it
    takes. Itoh and Chua, Int. J. Bifurcation Chaos 18, 3183 (2008); the defaults are those of Muthuswamy,
    ibid. 20, 1335 (2010), as in AHaumer/ChaoticCircuits, ChuasMemristor. Keep all voltages below v_max.
    """

    stores: ClassVar[bool] = True
    noise: ClassVar[Any] = None  # that of `inner` charges c_1, which a recorded current cannot show

    r: np.ndarray = param(2e3, "ohm", "resistance between the capacitors", gt=0)
    g: np.ndarray = param(0.667e-3, "S", "active conductance", ge=0)
    c_1: np.ndarray = param(6.8e-9, "F", "capacitance at the memristor", gt=0)
    c_2: np.ndarray = param(68e-9, "F", "capacitance at the inductance", gt=0)
    l: np.ndarray = param(18e-3, "H", "inductance", gt=0)
    v_max: np.ndarray = param(20.0, "V", "largest voltage, the scale of the states", gt=0)
    w0: np.ndarray = param(0.0, "1", "charge of c_2 at the start, over c_2 v_max", ge=-1, le=1)

    def own(self):
        """`u`, `w` and `i`, voltages and current over their largest."""
        return {"u": State(0.0, -1.0, 1.0), "w": State(self.w0, -1.0, 1.0), "i": State(0.0, -1.0, 1.0)}

    @property
    def i_max(self):
        """Scale of the current, A."""
        return self.v_max * jnp.sqrt(self.c_2 / self.l)

    def within(self, v, x, env):
        """`inner` at the voltage of c_1."""
        return self.inner, self.v_max * x["u"], inner_states(x), env

    def current(self, v, x, env):
        """Current through the inductance, A."""
        return self.i_max * x["i"] + 0.0 * v

    def rates(self, v, x, env):
        """Rates of u, w, i and of the inner states, 1/s."""
        u, w = self.v_max * x["u"], self.v_max * x["w"]
        across = (w - u) / self.r
        own = {
            "u": (across - super().current(v, x, env) + self.g * u) / (self.c_1 * self.v_max),
            "w": (self.i_max * x["i"] - across) / (self.c_2 * self.v_max),
            "i": (v - w) / (self.l * self.i_max),
        }
        return super().rates(v, x, env) | own
