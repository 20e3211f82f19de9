"""What all devices around devices share: whatever a wrapper does not change passes through to the inner device."""

from collections.abc import Iterator
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jax.core import Tracer

from pinched.core.errors import PinchedError, nearest
from pinched.devices.base import Device, Noise, State

PREFIX = "inner."
MEMORY = 1e-3  # s, what is kept for longer is a memory


class Wrapper(Device):
    """A device around `inner`, whose states it shows under the prefix "inner.".

    As it stands it changes nothing. A wrapper overrides `within` to change what `inner` is or sees, `own` to add
    states (static unless `rates` moves them), or any method of a Device; wrappers nest in any order.
    """

    inner: Device

    @property
    def ndr(self) -> bool:  # type: ignore[override]
        """Whether the current of `inner` may fall with rising voltage."""
        return self.inner.ndr

    @property
    def stores(self) -> bool:  # type: ignore[override]
        """Whether `inner` holds charge."""
        return self.inner.stores

    @property
    def memories(self) -> dict[str, Device]:
        """The devices within that remember, by the prefix of their states."""
        return {PREFIX: self.inner}

    def own(self) -> dict[str, State]:
        """The states of the wrapper itself."""
        return {}

    def within(self, v, x, env) -> tuple[Device, Any, dict[str, Any], Any]:
        """The inner device as it is now, and the voltage, states and surroundings that it sees."""
        return self.inner, v, inner_states(x), env

    def state(self):
        """The wrapper's own states and those of `inner`, prefixed."""
        return self.own() | prefixed(self.inner.state())

    def current(self, v, x, env):
        """Current of the inner device, A."""
        inner, *seen = self.within(v, x, env)
        return inner.current(*seen)

    def rates(self, v, x, env):
        """Rates of the inner states, 1/s; none of the wrapper's own."""
        inner, *seen = self.within(v, x, env)
        return {name: jnp.zeros_like(x[name]) for name in self.own()} | prefixed(inner.rates(*seen))

    # A device without noise has `noise = None`, and so has a wrapper around it; likewise the other optional methods.

    @property
    def noise(self):  # type: ignore[override]
        """That of the inner device, if it has any."""
        return self.inner.noise and self.inner_noise

    @property
    def diffusion(self):  # type: ignore[override]
        """That of the inner states, if they have any."""
        return self.inner.diffusion and self.inner_diffusion

    @property
    def jump(self):  # type: ignore[override]
        """That of the inner states, if they have any."""
        return self.inner.jump and self.inner_jump

    def inner_noise(self, v, i, x, env) -> Noise:
        """Noise of the current `i` of the inner device."""
        inner, v, x, env = self.within(v, x, env)
        return inner.noise(v, i, x, env) if inner.noise else Noise()

    def inner_diffusion(self, v, x, env) -> dict[str, Any]:
        """Diffusion of the inner states, 1/√s."""
        inner, *seen = self.within(v, x, env)
        return prefixed(inner.diffusion(*seen))

    def inner_jump(self, x, key, event) -> dict[str, Any]:
        """What an event changes of the inner states."""
        return prefixed(self.inner.jump(inner_states(x), key, event)) if self.inner.jump else {}


def prefixed(inner: dict[str, Any]) -> dict[str, Any]:
    """States of the inner device as the wrapper names them."""
    return {PREFIX + name: value for name, value in inner.items()}


def inner_states(x: dict[str, Any]) -> dict[str, Any]:
    """Of the states `x` of a wrapper, those of the inner device, as it names them itself."""
    return {name.removeprefix(PREFIX): value for name, value in x.items() if name.startswith(PREFIX)}


def names(given) -> tuple[str, ...]:
    """A choice of names as a tuple; a single name stands for itself."""
    return (given,) if isinstance(given, str) else tuple(given)


def memory(device: Device, only: tuple[str, ...] = ()) -> dict[str, State]:
    """The states of the innermost device, of both of a complementary pair, under their names in `device`.

    Those named in `only`, if any, by their names in the innermost device.
    """
    cores = {prefix: core.state() for prefix, core in _cores(device)}
    known = {name for states in cores.values() for name in states}
    for name in only:
        if name not in known:
            kinds = " and ".join(dict.fromkeys(type(core).__name__ for _, core in _cores(device)))
            raise PinchedError(f"{kinds} has no state {name!r}{nearest(name, known)}.")
    return {
        prefix + name: state
        for prefix, states in cores.items()
        for name, state in states.items()
        if not only or name in only
    }


def _cores(device: Device, prefix: str = "") -> Iterator[tuple[str, Device]]:
    """The innermost devices that remember, with the prefix of their states."""
    if not isinstance(device, Wrapper):
        yield prefix, device
        return
    for own, part in device.memories.items():
        yield from _cores(part, prefix + own)


def ends(device: Device, v, x, env, only: tuple[str, ...] = ()):
    """The states `x` with the memory of `device` fully ON and fully OFF: the most and the least current at `v` != 0.

    Each state is tried at both ends of its box, the others as they are: enough where the current is monotone in each.
    Unless `only` names them, states that forget at 0 V (a temperature, a volatile switch) stay as they are, if others
    do not.
    """
    on, off = dict(x), dict(x)
    states = memory(device, only)
    lasting = {} if only else {name: s for name, s in states.items() if _lasts(device, name, s, x, env)}
    for name, s in (lasting or states).items():
        tried = [x | {name: jnp.zeros_like(x[name]) + end} for end in (s.lo, s.hi)]
        low, high = (jnp.abs(compiled_current(device, v, state, env)) for state in tried)
        on[name], off[name] = jnp.where(high > low, s.hi, s.lo), jnp.where(high > low, s.lo, s.hi)
    return on, off


@eqx.filter_jit
def compiled_current(device: Device, v, x, env):
    """Current of `device`, compiled once for its kind; give arrays, since plain numbers are constants of a program."""
    return device.current(v, x, env)


@eqx.filter_jit
def _rates(device: Device, v, x, env):
    return device.rates(v, x, env)


def _lasts(device: Device, name: str, s: State, x, env) -> bool:
    """Whether the state stays for MEMORY seconds at 0 V, wherever in its box; True where that cannot be asked."""
    ends = [_rates(device, 0.0, x | {name: jnp.zeros_like(x[name]) + end}, env)[name] for end in (s.lo, s.hi)]
    if any(isinstance(rate, Tracer) for rate in ends):
        return True
    return all(bool(jnp.all(jnp.abs(rate) * MEMORY < s.hi - s.lo)) for rate in ends)


def with_parameter(device: Device, path: str, change) -> Any:
    """`device` with `change` applied to the parameter at `path` ("r", "inner.E_a"); for traced values, unchecked."""

    def at(module):
        for name in path.split("."):
            module = getattr(module, name)
        return module

    return eqx.tree_at(at, device, replace_fn=change)
