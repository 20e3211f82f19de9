"""Two devices in parallel, as two memristors back to back whose characteristic is then symmetric."""

from typing import Any, ClassVar

import jax

from pinched.devices.base import Device
from pinched.devices.wrappers.wrapper import PREFIX, Wrapper, inner_states, prefixed

BESIDE = "beside."


class InParallel(Wrapper):
    """`inner` and `beside` at the same voltage; their currents add. Noise is not counted.

    States of the second are shown as "beside.…"; both are memories.
    """

    noise: ClassVar[Any] = None

    beside: Device

    @property
    def ndr(self) -> bool:  # type: ignore[override]
        """Whether the current of either may fall with rising voltage."""
        return self.inner.ndr or self.beside.ndr

    @property
    def memories(self):
        """Both."""
        return {PREFIX: self.inner, BESIDE: self.beside}

    def own(self):
        """The states of `beside`."""
        return _named(self.beside.state())

    def current(self, v, x, env):
        """The sum of both currents, A."""
        return self.inner.current(v, inner_states(x), env) + self.beside.current(v, _second(x), env)

    def rates(self, v, x, env):
        """Rates of the states of both, 1/s."""
        beside = self.beside.rates(v, _second(x), env)
        return _named(beside) | prefixed(self.inner.rates(v, inner_states(x), env))

    @property
    def diffusion(self):  # type: ignore[override]
        """That of the states of either, if they have any."""
        return (self.inner.diffusion or self.beside.diffusion) and self._diffusion

    @property
    def jump(self):  # type: ignore[override]
        """That of the states of either, if they have any."""
        return (self.inner.jump or self.beside.jump) and self._jump

    def _diffusion(self, v, x, env):
        first = self.inner.diffusion(v, inner_states(x), env) if self.inner.diffusion else {}
        return prefixed(first) | _named(self.beside.diffusion(v, _second(x), env) if self.beside.diffusion else {})

    def _jump(self, x, key, event):
        one, other = jax.random.split(key)
        return self.inner_jump(x, one, event) | _named(
            self.beside.jump(_second(x), other, event) if self.beside.jump else {}
        )


def _named(states):
    return {BESIDE + name: value for name, value in states.items()}


def _second(x):
    return {name.removeprefix(BESIDE): value for name, value in x.items() if name.startswith(BESIDE)}
