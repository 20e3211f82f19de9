"""One transistor, one resistor: a cell with a gate, and the same behind a gate of fixed voltage."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from pinched.core.errors import PinchedError
from pinched.core.params import param
from pinched.devices.access.transistor import Transistor
from pinched.devices.base import traced
from pinched.devices.wrappers.in_series import Share, divide, divided_noise, slope
from pinched.devices.wrappers.wrapper import Wrapper, inner_states


class OneTransistor(Wrapper):
    """`inner` between the first terminal and the drain of a transistor, whose source is the second terminal.

    A cell with `ports`: its voltages are (channel, gate, bulk), each over the second terminal, and its currents those
    of the same ports; gate and bulk take none. A positive channel voltage has the transistor as a current source, a
    negative one as a source follower that passes no more than v_gate/n − v_t. `Gated` makes an ordinary device of it.
    """

    ports: ClassVar[tuple[str, ...]] = ("channel", "gate", "bulk")

    transistor: Transistor

    def share(self, v, x, env) -> Share:
        """Current and voltages of `inner` and the transistor for the voltages `v` of the ports."""
        self = traced(self)
        x = inner_states(x)
        return divide(lambda u: self.inner.current(u, x, env), self._access(v, env), jnp.asarray(v[0]))

    def _access(self, v, env):
        """The transistor as a law i(u) between its drain and the second terminal."""
        _, gate, bulk = v
        return lambda u: self.transistor.current(u, gate, bulk, env)

    def within(self, v, x, env):
        """`inner` at its part of the channel voltage."""
        return self.inner, self.share(v, x, env).first, inner_states(x), env

    def current(self, v, x, env):
        """(channel, gate, bulk) currents, A."""
        i = self.share(v, x, env).i
        return i, jnp.zeros_like(i), jnp.zeros_like(i)

    def inner_noise(self, v, i, x, env):
        """Noise of `inner`, divided between both; that of the transistor is not counted."""
        _, u, w = self.share(v, x, env)
        x = inner_states(x)
        own, other = slope(lambda u: self.inner.current(u, x, env), u), slope(self._access(v, env), w)
        return divided_noise(self.inner.noise(u, i, x, env), own, other)


class Gated(Wrapper):
    """A cell with a gate as a two-terminal device: the gate is held at `gate`, and at `gate_reset` where v < 0.

    Attributes:
        over: what gate and bulk are referred to. "lower": the terminal with the lower potential, as in a 1T1R cell,
            whose bit line is raised to SET and whose source line to RESET; "second": always the second terminal.
    """

    choices: ClassVar[dict[str, tuple[str, ...]]] = {"over": ("lower", "second")}

    gate: np.ndarray = param(unit="V", doc="gate voltage")
    gate_reset: np.ndarray | None = param(None, "V", "gate voltage where the channel is negative; default: the same")
    over: str = eqx.field(default="lower", static=True)

    def __check_init__(self):
        if self.over not in self.choices["over"]:
            raise PinchedError(f"Gated.over = {self.over!r}; choose lower or second.")
        if getattr(self.inner, "ports", None) != OneTransistor.ports:
            raise PinchedError(f"Gated takes a cell with a gate, as OneTransistor, not a {type(self.inner).__name__}.")

    def ports_at(self, v):
        """Voltages of the ports of `inner` at terminal voltage `v`."""
        ground = jnp.minimum(v, 0.0) if self.over == "lower" else jnp.zeros_like(v)
        gate = self.gate if self.gate_reset is None else jnp.where(v < 0, self.gate_reset, self.gate)
        return v, gate + ground, ground

    def within(self, v, x, env):
        """`inner` at the voltages of its ports."""
        return self.inner, self.ports_at(v), inner_states(x), env

    def current(self, v, x, env):
        """Current of the channel, A."""
        return super().current(v, x, env)[0]
