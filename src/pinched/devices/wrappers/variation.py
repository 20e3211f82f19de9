"""Cycle-to-cycle variation."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pinched.core.errors import PinchedError, nearest
from pinched.core.params import param
from pinched.devices.base import State
from pinched.devices.parameter_file import flat
from pinched.devices.sampling import CUT, KEPT, cut_normal, lognormal
from pinched.devices.wrappers.wrapper import Wrapper, inner_states, names, with_parameter


class CycleVariation(Wrapper):
    """Parameters of `inner` that differ from cycle to cycle.

    Each of `parameters` is multiplied by its own lognormal factor of mean 1 and standard deviation `cv`, redrawn at
    every `when`; a factor is f = exp(s z − s²/2), s² = ln(1 + cv²), and its normal number z a state that nothing else
    moves. With memory ρ the walk z' = ρ z + √(1 − ρ²) ξ leads from cycle to cycle. Nest another one for another cv. A
    new device is the mean one until the first redraw. Draws belong to events of the drive, never to time steps.

    Published coefficients of variation, as reviews quote them: TiO2-CoO 3.6 %, bilayer or buffer layer about 3 %,
    Ag/h-BN/Ag 1.53 % (5.74 % between devices), graded film below 2 %. The default is generic, assumed.

    Attributes:
        parameters: their names ("E_a"; "inner.E_a" where `inner` is itself a wrapper).
        when: "cycle", v crosses zero upward; "reversal", it crosses zero; "step", a step of the protocol begins.
    """

    choices: ClassVar[dict[str, tuple[str, ...]]] = {"when": ("cycle", "reversal", "step")}

    cv: np.ndarray = param(0.05, "1", "standard deviation over mean of each parameter", ge=0, lt=2)
    rho: np.ndarray = param(0.0, "1", "correlation of z between one cycle and the next", ge=0, le=1)
    parameters: tuple[str, ...] = eqx.field(default=(), static=True, converter=names)
    when: str = eqx.field(default="reversal", static=True)

    def __check_init__(self):
        known = [name for name, *_ in flat(self.inner)]
        for name in self.parameters or ("",):
            if name not in known:
                raise PinchedError(
                    f"CycleVariation.parameters says {name!r}, which {type(self.inner).__name__} does not have"
                    f"{nearest(name, known)}."
                )
        if self.when not in self.choices["when"]:
            raise PinchedError(f"CycleVariation.when = {self.when!r}; choose cycle, reversal or step.")

    def own(self):
        """`z_<parameter>`, the normal number behind each factor."""
        return {f"z_{name}": State(0.0, -CUT / KEPT, CUT / KEPT) for name in self.parameters}

    def within(self, v, x, env):
        """`inner` with the parameters of this cycle."""
        inner, declared = self.inner, {name: bounds for name, bounds, _ in flat(self.inner)}
        for name in self.parameters:
            factor, bounds = lognormal(x[f"z_{name}"], self.cv), declared[name]
            inner = with_parameter(inner, name, lambda mean, f=factor, b=bounds: jnp.clip(mean * f, b.ge, b.le))
        return inner, v, inner_states(x), env

    def jump(self, x, key, event):
        """Fresh factors where `event` is one of those awaited."""
        changed = self.inner_jump(x, key, event)
        if event in {"cycle": (1,), "reversal": (1, -1), "step": (0,)}[self.when]:
            for k, name in enumerate(self.own()):
                fresh = cut_normal(jax.random.fold_in(key, 1 + k), (), jnp.result_type(x[name]))
                walk = self.rho * x[name] + jnp.sqrt(1 - self.rho**2) * fresh
                changed[name] = jnp.where(x[name] == 0, fresh, walk)  # the first draw is as wide as the later ones
        return changed
