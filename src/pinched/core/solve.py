"""The one bracketed implicit scalar solver: Newton where it helps, bisection where it does not."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax

MAX_STEPS = 128  # bisection alone ends in 64 halvings; a step that fails to halve the interval is never taken twice


def _slope(f: Callable, x):
    """(f(x), f'(x)) of an elementwise function."""
    return jax.jvp(f, (x,), (jnp.ones_like(x),))


def _newton_in_bracket(f: Callable, low, high, where):
    """Root of elementwise `f` with f(low) <= 0 <= f(high); elements outside `where` are not waited for."""
    small = 2 * jnp.finfo(low.dtype).eps * jnp.maximum(jnp.abs(low), jnp.abs(high))

    def unfinished(carry):
        steps, _, _, _, _, done = carry
        return (steps < MAX_STEPS) & ~jnp.all(done)

    def improve(carry):
        steps, low, high, x, last, done = carry
        y, dy = _slope(f, x)
        low, high = jnp.where(y <= 0, x, low), jnp.where(y >= 0, x, high)
        newton = x - y / dy
        # A Newton step must stay inside the bracket and at least halve the step before it (so NaN bisects, too).
        helps = (newton >= low) & (newton <= high) & (jnp.abs(newton - x) <= 0.5 * last)
        target = jnp.where(helps, newton, 0.5 * (low + high))
        step = jnp.abs(target - x)
        return steps + 1, low, high, jnp.where(done, x, target), step, done | (step <= small) | (y == 0)

    start = 0.5 * (low + high)
    done = jnp.broadcast_to(~jnp.asarray(where), start.shape) | (high <= low)
    return lax.while_loop(unfinished, improve, (0, low, high, start, high - low, done))[3]


def root(f: Callable, low, high, where=True):
    """Solve f(x) = 0 for x in [low, high], elementwise.

    Differentiable in whatever `f` closes over (implicit function theorem), and works under jit and vmap, in float32 and
    float64. An element whose f has no change of sign ends at the end of its bracket where |f| would be least.

    Args:
        f: elementwise function of an array of the broadcast shape of `low` and `high`, with f(low) <= 0 <= f(high).
        low, high: the bracket, arrays.
        where: mask of the elements that matter; the solver does not wait for the others, whose result is meaningless.

    Returns:
        The roots, to two units in the last place of the larger bracket end.
    """
    low, high = jnp.broadcast_arrays(jnp.asarray(low), jnp.asarray(high))
    dtype = jnp.result_type(low, high, float)
    low, high = low.astype(dtype), high.astype(dtype)
    return lax.custom_root(
        f, low, lambda f, _: _newton_in_bracket(f, low, high, where), lambda g, y: y / g(jnp.ones_like(y))
    )
