"""Two devices in series: a memory and its selector, or two memories back to back."""

from contextvars import ContextVar
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from pinched.core.elementary import log
from pinched.core.errors import PinchedError
from pinched.core.solve import root
from pinched.devices.base import Device, traced
from pinched.devices.wrappers.wrapper import Wrapper, inner_states, prefixed

ACCESS = "access."
AS_CIRCUIT = ContextVar("AS_CIRCUIT", default=False)  # while a netlist is written: SPICE solves for the node itself
OHMIC = 1e-9  # V, far below kT/e
REACH = 60.0  # of t: ratios of both voltages between e^−60 and e^60


class Share(NamedTuple):
    """How two parts in series share a voltage: the common current in A, the voltage of each in V."""

    i: Any
    first: Any
    second: Any


def divide(first, second, v) -> Share:
    """The Share of two parts in series at the total voltage `v`, given their laws i(u).

    Each current rises with its own voltage, so the shared node is unique and lies between 0 and v. The unknown is t in
    u = v/(1 + e^−t), which resolves the smaller of both voltages however small; ln i_first = ln i_second is a straight
    line in it for ohmic parts, which all are below a nanovolt. The current is that of the part with more voltage.
    """
    v = v + jnp.zeros_like(first(v) + second(v))
    if AS_CIRCUIT.get():
        u = root(lambda u: first(u) - second(v - u), jnp.minimum(v, 0.0), jnp.maximum(v, 0.0))
        return Share(first(u), u, v - u)
    known = jnp.where(v == 0, OHMIC, v)

    def size(law, u):
        beyond = jnp.maximum(jnp.abs(u), OHMIC)
        i = law(jnp.where(u < 0, -beyond, beyond))
        return log(jnp.abs(i) + jnp.finfo(v.dtype).tiny) + log(jnp.abs(u) / beyond)

    def imbalance(t):
        return size(first, known * jax.nn.sigmoid(t)) - size(second, known * jax.nn.sigmoid(-t))

    end = jnp.full_like(v, REACH)
    t = root(imbalance, -end, end)
    u, w = v * jax.nn.sigmoid(t), v * jax.nn.sigmoid(-t)
    return Share(jnp.where(t < 0, second(w), first(u)), u, w)


class InSeries(Wrapper):
    """`inner`, the memory, in series with `access`, any other two-terminal device: 1S1R, 1D1R, a complementary pair.

    The shared node has no capacitance: u solves i_inner(u) = i_access(v − u) at every instant, for the states as they
    are. The current flows first through `inner`. States of the selector are shown as "access.…". Noise is that of
    `inner`, divided between both; that of `access` is not counted.

    Attributes:
        remembers: "inner", or "both", as in a complementary pair: what ages, is strained, is disturbed.
    """

    choices: ClassVar[dict[str, tuple[str, ...]]] = {"remembers": ("inner", "both")}

    access: Device
    remembers: str = eqx.field(default="inner", static=True)

    def __check_init__(self):
        if self.remembers not in self.choices["remembers"]:
            raise PinchedError(f"InSeries.remembers = {self.remembers!r}; choose inner or both.")

    @property
    def memories(self):
        """`inner`, and `access` where both remember."""
        return super().memories | ({ACCESS: self.access} if self.remembers == "both" else {})

    @property
    def ndr(self) -> bool:  # type: ignore[override]
        """Whether the current of either may fall with rising voltage; then the shared node need not be unique."""
        return self.inner.ndr or self.access.ndr

    def own(self):
        """The states of `access`."""
        return {ACCESS + name: state for name, state in self.access.state().items()}

    def share(self, v, x, env) -> Share:
        """Current and voltages of `inner` and `access` at terminal voltage `v`."""
        self = traced(self)
        inner, access = inner_states(x), _access_states(x)
        return divide(
            lambda u: self.inner.current(u, inner, env), lambda u: self.access.current(u, access, env), jnp.asarray(v)
        )

    def within(self, v, x, env):
        """`inner` at its part of the voltage."""
        return self.inner, self.share(v, x, env).first, inner_states(x), env

    def current(self, v, x, env):
        """The current that both share, A."""
        return self.share(v, x, env).i

    def rates(self, v, x, env):
        """Rates of the states of both, 1/s."""
        _, u, w = self.share(v, x, env)
        access = self.access.rates(w, _access_states(x), env)
        inner = self.inner.rates(u, inner_states(x), env)
        return {ACCESS + name: rate for name, rate in access.items()} | prefixed(inner)

    def inner_noise(self, v, i, x, env):
        """Noise of `inner`, divided between both."""
        _, u, w = self.share(v, x, env)
        x, access = inner_states(x), _access_states(x)
        return divided_noise(
            self.inner.noise(u, i, x, env),
            slope(lambda u: self.inner.current(u, x, env), u),
            slope(lambda w: self.access.current(w, access, env), w),
        )

    @property
    def diffusion(self):  # type: ignore[override]
        """That of the states of either, if they have any."""
        return (self.inner.diffusion or self.access.diffusion) and self._diffusion

    @property
    def jump(self):  # type: ignore[override]
        """That of the states of either, if they have any."""
        return (self.inner.jump or self.access.jump) and self._jump

    def _diffusion(self, v, x, env):
        _, u, w = self.share(v, x, env)
        inner = self.inner.diffusion(u, inner_states(x), env) if self.inner.diffusion else {}
        access = self.access.diffusion(w, _access_states(x), env) if self.access.diffusion else {}
        return prefixed(inner) | {ACCESS + name: sigma for name, sigma in access.items()}

    def _jump(self, x, key, event):
        ours, theirs = jax.random.split(key)
        changed = self.inner_jump(x, ours, event)
        if self.access.jump:
            changed |= {ACCESS + k: s for k, s in self.access.jump(_access_states(x), theirs, event).items()}
        return changed


class Reversed(Wrapper):
    """`inner` with its terminals exchanged."""

    def within(self, v, x, env):
        """`inner` at the opposite voltage."""
        return self.inner, -v, inner_states(x), env

    def current(self, v, x, env):
        """The current of `inner` at −v, turned round, A."""
        return -super().current(v, x, env)

    def inner_noise(self, v, i, x, env):
        """Noise of the current of `inner`, turned round."""
        noise = super().inner_noise(v, -i, x, env)
        return noise._replace(rtn=-noise.rtn)

    def inner_jump(self, x, key, event):
        """What an event changes: to `inner` an upward crossing is a downward one."""
        return super().inner_jump(x, key, -event)


def complementary(cell: Device, other: Device | None = None) -> InSeries:
    """A complementary pair: `cell` and, the other way round, `other` (by default another like it) in series.

    One of them is always OFF in use, so that the pair conducts little at low voltage whichever bit it stores; which one
    is told by a voltage between the two SETs. Linn, Rosezin, Kügeler and Waser, Nat. Mater. 9, 403 (2010).
    """
    return InSeries(inner=cell, access=Reversed(inner=cell if other is None else other), remembers="both")


def _access_states(x):
    return {name.removeprefix(ACCESS): value for name, value in x.items() if name.startswith(ACCESS)}


def slope(law, u):
    """di/du of an elementwise law i(u)."""
    return jax.jvp(law, (u,), (jnp.ones_like(u),))[1]


def divided_noise(noise, own, other):
    """`noise` of a part of slope `own` in series with one of slope `other`, both in S, at constant total voltage."""
    part = other / (own + other)
    return noise._replace(white=part**2 * noise.white, flicker=part**2 * noise.flicker, rtn=part * noise.rtn)
