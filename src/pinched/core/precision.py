"""float64 without a global switch: public verbs compute in double precision, whatever the user's JAX setting."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import jax
from jax.core import Tracer

from pinched.core.errors import PinchedError

P = ParamSpec("P")
R = TypeVar("R")


def double():
    """Context in which JAX computes in float64; thread-local, and harmless when entered twice."""
    return jax.enable_x64(True)


def is_traced(tree) -> bool:
    """Whether a leaf of `tree` is being traced by JAX, and has no value to look at."""
    return any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(tree))


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """Make `function` a public verb: it runs in float64 from compilation to result.

    Raises PinchedError when called under a user's jit, grad or vmap with x64 off, where float64 cannot be entered.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if jax.config.read("jax_enable_x64"):
            return function(*args, **kwargs)
        if is_traced((args, kwargs)):
            raise PinchedError(
                f"{function.__name__}() was called inside jit, grad or vmap with 64-bit floats off: "
                "set jax_enable_x64, or trace inside `with pinched.double():`."
            )
        with double():
            return function(*args, **kwargs)

    return run
