"""A capacitance in parallel, behind a series resistance: the circuit in which a threshold switch oscillates."""

from typing import Any, ClassVar

import numpy as np

from pinched.core.params import param
from pinched.devices.base import State
from pinched.devices.wrappers.wrapper import Wrapper, inner_states


class ParallelCapacitance(Wrapper):
    """`inner` in parallel with a capacitance, both behind a series resistance.

        c du/dt = (v − u)/r_series − i(u),   terminal current (v − u)/r_series

    The state is u/v_max. The capacitance gives back what it holds: a current flows at 0 V until it is empty, and
    compliance belongs outside, to r_series. A switch with V_th and V_hold oscillates where the source can charge it
    above V_th and not keep it above V_hold (Pearson and Anson, 1921). Keep |v| below v_max.
    """

    stores: ClassVar[bool] = True
    noise: ClassVar[Any] = None  # that of `inner` charges the capacitance, which a recorded current cannot show

    c: np.ndarray = param(unit="F", doc="capacitance", gt=0)
    r_series: np.ndarray = param(unit="ohm", doc="series resistance", gt=0)
    v_max: np.ndarray = param(20.0, "V", "largest voltage, the scale of the state", gt=0)

    def own(self):
        """`u`, the voltage of the capacitance over v_max."""
        return {"u": State(0.0, -1.0, 1.0)}

    def within(self, v, x, env):
        """`inner` at the voltage of the capacitance."""
        return self.inner, self.v_max * x["u"], inner_states(x), env

    def current(self, v, x, env):
        """Current through the series resistance, A."""
        return (v - self.v_max * x["u"]) / self.r_series

    def rates(self, v, x, env):
        """Rates of u and of the inner states, 1/s."""
        charging = self.current(v, x, env) - super().current(v, x, env)
        return super().rates(v, x, env) | {"u": charging / (self.c * self.v_max)}
