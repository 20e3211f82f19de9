"""Integrate the states of one device or a population along a drive, each device at its own pace.

The drive is a list of blocks within which it is smooth (a ramp plus a sine, one compliance, one environment). Inside a
block every device takes its own adaptive Rodas5P steps, so a population costs what its slowest device costs, block by
block, and no device waits for the switching of another one; recorded samples are interpolated from the steps.

Stochastic devices: `jump` acts at the start of a block, `diffusion` at the end of every step. The noise of a step is
that of the linearised rate over its length, so that relaxation to a normal law is exact at any step; steps are limited
so that it stays below KICK of a state's box and within half a relaxation time, and it is reflected at the bounds. An
Itô step must not be rejected for what it drew: the noise is drawn after the step is accepted.
"""

import dataclasses
import functools
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from pinched.core import PinchedError
from pinched.core.solve import root
from pinched.experiments import rodas

OVERSHOOT = 0.1  # of a state's box: how far a trial step may run past a bound before it is projected on it
GROWTH, SHRINK, SAFETY = 10.0, 0.1, 0.9  # limits of one change of step size, and the usual safety factor
KICK = 0.02  # of a state's box: largest standard deviation of the diffusion in one step
PATIENCE = 60  # fruitless trial steps in a row that no smooth problem needs
CROWD, FEW = 256, 16  # in populations from CROWD on, the last sixteenth under way in a block goes on alone


class Blocks(NamedTuple):
    """The drive, one entry a block."""

    duration: Any  # s
    voltage: Any  # V, (..., degree + 1): coefficients of v in powers of t/duration - 1/2, t from the block's start
    i_max: Any  # A, the compliance
    first: Any  # index of the block's first sample
    env: dict[str, Any]  # overridden fields of the environment; NaN keeps the base value
    crossing: Any = None  # +1 or -1 where v has just crossed zero upward or downward, else 0; None: nobody asks
    begins: Any = None  # whether a step of the protocol begins here

    def source(self, t):
        """Source voltage at `t` s after the start of this block."""
        z = t / jnp.where(self.duration > 0, self.duration, 1.0) - 0.5
        v = self.voltage[-1]
        for k in reversed(range(len(self.voltage) - 1)):
            v = v * z + self.voltage[k]
        return v


class Result(NamedTuple):
    """Samples (first axis) and the state of the integration at the end."""

    x: Any  # (samples, states, ...)
    v: Any  # (samples, ...) V, at the terminals
    i: Any  # (samples, ...) A
    error: Any  # (...) sum of the local error estimates of the state
    steps: Any  # trial steps of the slowest device, block by block
    stuck: Any  # (...) devices whose step size collapsed
    block: Any  # the block that was reached


def terminal(device, env, x, v, i_max):
    """Voltage at the terminals when a source of voltage `v` limits the current to `i_max`; x is a dict of states."""
    over = jnp.abs(device.current(v, x, env)) > i_max
    sign = jnp.where(v < 0, -1.0, 1.0)

    def excess(u):  # logarithm, in which a sinh or an exponential is nearly a straight line
        return jnp.log(jnp.abs(device.current(sign * u, x, env)) / i_max)

    magnitude = jnp.where(over, jnp.abs(v), jnp.ones_like(v))
    return jnp.where(over, sign * root(excess, jnp.zeros_like(magnitude), magnitude, where=over), v)


def _box(device, shape, dtype):
    """(lo, hi) of the states, (states, ...)."""
    ends = [[jnp.broadcast_to(jnp.asarray(e, dtype), shape) for e in (s.lo, s.hi)] for s in device.state().values()]
    return jnp.stack([lo for lo, _ in ends]), jnp.stack([hi for _, hi in ends])


def clip(x, lo, hi):
    """`x` within its box. Unlike jnp.clip, its slope at a bound is one: a state that starts there sees its rate's."""
    return jnp.where(x > hi, hi, jnp.where(x < lo, lo, x))


def each(function, shape, in_axes=0):
    """`function` of single devices, mapped over a population of `shape`."""
    for _ in shape:
        function = jax.vmap(function, in_axes)
    return function


def fold(keys, number):
    """New keys, one a device."""
    return each(jax.random.fold_in, keys.shape, (0, None))(keys, number)


def _jumped(device, keys, k, x, crossing, begins):
    """The states `x` (name -> population) after the events at the start of block `k`."""
    events = (1, crossing > 0), (-1, crossing < 0), (0, jnp.broadcast_to(begins, jnp.shape(crossing)))

    def after(x):
        many = jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, keys.shape), device)
        own = each(lambda key: jax.random.split(key, len(events)), keys.shape)(fold(keys, 2 * k))
        for n, (event, happens) in enumerate(events):
            new = each(lambda d, x, key, event=event: {**x, **d.jump(x, key, event)}, keys.shape)(many, x, own[..., n])
            x = {name: jnp.where(happens, new[name], old) for name, old in x.items()}
        return x

    return lax.cond(jnp.any(jnp.stack([happens for _, happens in events])), after, lambda x: x, x)


def _kick(key_of_step, sigma, h, slope, x, lo, hi):
    """`x` after the diffusion of a step of length `h` along which a deviation grows as e^(slope t), in its box."""
    z = 2 * slope * h
    variance = sigma**2 * h * jnp.where(jnp.abs(z) > 1e-6, jnp.expm1(z) / jnp.where(z == 0, 1.0, z), 1 + z / 2)
    normal = each(lambda key: jax.random.normal(key, x.shape[:1], x.dtype), key_of_step.shape)(key_of_step)
    y = x + jnp.sqrt(variance) * jnp.moveaxis(normal, -1, 0)
    y = hi - jnp.abs(hi - y)
    return clip(lo + jnp.abs(y - lo), lo, hi)


class Parked(NamedTuple):
    """States that stand at a bound with their rate outward, until it turns."""

    high: Any
    low: Any

    @classmethod
    def at(cls, x, rate, lo, hi):
        """Those of the states `x` with their rates."""
        return cls((x >= hi) & (rate > 0), (x <= lo) & (rate < 0))

    @property
    def free(self):
        """1 for the states that move, 0 for those that are parked."""
        return jnp.where(self.high | self.low, 0.0, 1.0)

    def held(self, rate):
        """`rate`, which takes no parked state outward."""
        return jnp.where(self.high, jnp.minimum(rate, 0.0), jnp.where(self.low, jnp.maximum(rate, 0.0), rate))


def overshot(x, lo, hi):
    """How far a trial state lies beyond its box, in what is allowed."""
    return jnp.maximum(x - hi, lo - x) / (OVERSHOOT * jnp.minimum(hi - lo, 1e30))


def resized(error, overshoot):
    """Change of step size after a step with relative `error`, in tolerances, and `overshoot`, in allowances."""
    keep = SAFETY * jnp.maximum(error, 1e-12) ** (-1 / rodas.ORDER)
    keep = jnp.clip(jnp.where(jnp.isfinite(keep), keep, SHRINK), SHRINK, GROWTH)
    return jnp.where(overshoot > 1, jnp.minimum(keep, jnp.maximum(0.5 / overshoot, 1e-6)), keep)


class _Inside(NamedTuple):
    """Where each device stands inside a block."""

    t: jax.Array
    x: jax.Array
    h: jax.Array
    fruitless: jax.Array
    error: jax.Array
    samples: jax.Array
    steps: jax.Array
    taken: Any  # steps of each device in this block, from which a diffusing one draws


def _advance(rate, block: Blocks, at, lo, hi, rtol, atol, diffuse, now: _Inside) -> _Inside:
    """One trial step of every device that has not reached the end of the block."""
    left = block.duration - now.t
    active = left > 0
    f0, push = jax.linearize(rate, now.t, now.x)
    ones, zeros = jnp.ones_like(now.t), jnp.zeros_like(now.x)
    slope = push(ones, zeros)
    columns = [push(0 * ones, zeros.at[j].set(1.0)) for j in range(len(now.x))]
    h = jnp.minimum(now.h, left)
    if diffuse:
        sigma, keys = diffuse(now.t, now.x, now.taken)
        own = jnp.stack([column[j] for j, column in enumerate(columns)])
        small = jnp.minimum((KICK * (hi - lo) / sigma) ** 2, jnp.where(sigma > 0, 0.5 / jnp.abs(own), jnp.inf))
        h = jnp.minimum(h, jnp.min(small, axis=0))
    h = jnp.where(active, left / jnp.ceil(left / h), 1.0)  # equal shares: no sliver is left at the end

    # At a bound with the rate outward a state is parked until its rate turns; elsewhere rates extend smoothly beyond
    # the box, so that a step across the bound keeps its order and projection makes it exact.
    parked = Parked.at(now.x, f0, lo, hi)
    free = parked.free

    def projected(t, x):
        return parked.held(rate(t, x))

    jacobian = [[free[i] * column[i] for column in columns] for i in range(len(columns))]
    trial = rodas.step(projected, now.t, now.x, h, free * f0, free * slope, rodas.cell_solver(jacobian, h))

    scale = atol + rtol * jnp.maximum(jnp.abs(now.x), jnp.abs(clip(trial.x, lo, hi)))
    error = jnp.max(jnp.abs(trial.error) / scale, axis=0)
    overshoot = jnp.max(overshot(trial.x, lo, hi), axis=0)
    good = active & (error <= 1) & (overshoot <= 1)
    t = jnp.where(h >= left, block.duration, now.t + h)
    proposed = h * resized(error, overshoot)
    moves = (t > now.t) | jnp.any(trial.x != now.x, axis=0)
    if diffuse:
        trial = trial._replace(x=_kick(keys, sigma, h, free * own, clip(trial.x, lo, hi), lo, hi))

    def record(samples, t0, t1, h, x, trial):
        inside = good & (at > t0) & (at <= t1)
        between = rodas.between(((at - t0) / h)[:, None], x, trial.x, trial.dense)
        return jnp.where(inside[:, None], clip(between, lo, hi), samples)

    at = at.reshape(-1, *[1] * h.ndim)
    # A branch keeps XLA from fusing the step into the interpolation, where it would be computed once a sample.
    samples = lax.cond(jnp.any(good), record, lambda samples, *_: samples, now.samples, now.t, t, h, now.x, trial)
    return _Inside(
        t=jnp.where(good, t, now.t),
        x=jnp.where(good, clip(trial.x, lo, hi), now.x),
        # A step cut short by the end of the block says nothing against the size proposed before.
        h=jnp.where(active, jnp.where(good & (h < now.h), jnp.maximum(proposed, now.h), proposed), now.h),
        fruitless=jnp.where((good & moves) | ~active, 0, now.fruitless + 1),
        error=now.error + jnp.where(good, jnp.max(jnp.abs(trial.error), axis=0), 0.0),
        samples=samples,
        steps=now.steps + 1,
        taken=now.taken + 1 if diffuse else None,
    )  # fmt: skip


class _Lot(NamedTuple):
    """Devices that march through a block together, and what they meet there; the population is the last axis."""

    device: Any
    env: Any
    block: Blocks
    lo: jax.Array
    hi: jax.Array
    kicks: Any  # keys of the diffusion; None: there is none


def _point(lot: _Lot, limited: bool, t, x):
    """(v at the terminals, dict of states, environment) at time `t` and states `x`."""
    v, x = jnp.broadcast_to(lot.block.source(t), x.shape[1:]), dict(zip(lot.device.state(), x, strict=True))
    return terminal(lot.device, lot.env, x, v, lot.block.i_max) if limited else v, x, lot.env


def stacked(values, like):
    """The list `values` as an array of the shape of `like`, (states, ...)."""
    return jnp.stack([jnp.broadcast_to(jnp.asarray(value, like.dtype), like.shape[1:]) for value in values])


def _march(lot: _Lot, limited: bool, at, rtol, atol, budget, few: int, now: _Inside) -> _Inside:
    """Trial steps until no more than `few` devices are still on their way through the block."""
    names = tuple(lot.device.state())

    def rate(t, x):
        rates = lot.device.rates(*_point(lot, limited, t, clip(x, lot.lo, lot.hi)))
        return stacked([rates[name] for name in names], x)

    def diffuse(t, x, step):
        sigma = lot.device.diffusion(*_point(lot, limited, t, x))
        keys = each(jax.random.fold_in, lot.kicks.shape)(lot.kicks, step)
        return jnp.abs(stacked([sigma.get(name, 0.0) for name in names], x)), keys

    def going(now):
        late = now.t < lot.block.duration
        on = jnp.sum(late) > few if few else jnp.any(late)
        return (now.steps < budget) & on & jnp.all(now.fruitless < PATIENCE)

    some = diffuse if lot.kicks is not None else None
    return lax.while_loop(going, lambda now: _advance(rate, lot.block, at, lot.lo, lot.hi, rtol, atol, some, now), now)


def _cross(lot: _Lot, limited: bool, at, rtol, atol, budget, start: _Inside) -> _Inside:
    """Every device to the end of the block; the last few of a large population without dragging the others along."""
    march = functools.partial(_march, limited=limited, at=at, rtol=rtol, atol=atol, budget=budget)
    n = start.t.size
    if start.t.ndim != 1 or n < CROWD:
        return march(lot, few=0, now=start)
    now = march(lot, few=n // FEW, now=start)
    late = jnp.nonzero(now.t < lot.block.duration, size=n // FEW, fill_value=n - 1)[0]

    def own(leaf):
        return leaf[..., late] if jnp.ndim(leaf) and leaf.shape[-1] == n else leaf

    def back(old, new):
        return old.at[..., late].set(new) if jnp.ndim(old) and old.shape[-1] == n else new

    alone = march(jax.tree.map(own, lot), few=0, now=jax.tree.map(own, now))
    return jax.tree.map(back, now, alone)


@eqx.filter_jit
def integrate(
    device, env, blocks: Blocks, at, count, x0, rtol, atol, budget, keys=None, *, width: int, limited: bool
) -> Result:
    """March through `count` blocks (the arrays may be longer) and record `width` samples from each block's `first` on.

    Args:
        device, env: leaves broadcast to the population.
        at: (samples,) time of each sample after the start of its block, s.
        x0: (states, ...) start.
        rtol, atol, budget: error per step of a state and number of trial steps, as arrays.
        keys: a JAX key for every device, (...), or None for the deterministic model without `jump` and `diffusion`.
        width: most samples of a block, which lie at its ends where a state diffuses.
        limited: whether any block has a compliance.
    """
    names = tuple(device.state())
    shape, dtype = x0.shape[1:], x0.dtype
    lo, hi = _box(device, shape, dtype) if names else (None, None)
    across = [1] * len(shape)
    at = jnp.concatenate([at, jnp.zeros(width, dtype)])
    empty = jnp.zeros((at.size, *shape), dtype)
    random = keys is not None and bool(names)
    jumps, diffuses = bool(random and device.jump), bool(random and device.diffusion)

    def one_block(carry):
        k, x, h, error, out, steps, _ = carry
        block = jax.tree.map(lambda column: column[k], blocks)
        times = lax.dynamic_slice(at, (block.first,), (width,))
        changed = {name: jnp.where(jnp.isnan(value), getattr(env, name), value) for name, value in block.env.items()}
        kicks = fold(keys, 2 * k + 1) if diffuses else None
        lot = _Lot(device, dataclasses.replace(env, **changed), block, lo, hi, kicks)
        if jumps:
            states = _jumped(device, keys, k, dict(zip(names, x, strict=True)), block.crossing, block.begins)
            x = clip(stacked([states[name] for name in names], x), lo, hi)

        start = _Inside(jnp.zeros(shape, dtype), x, h, jnp.zeros(shape, int), error,
                        jnp.broadcast_to(x, (width, *x.shape)), steps,
                        jnp.zeros(shape, jnp.uint32) if diffuses else None)  # fmt: skip
        end = _cross(lot, limited, times, rtol, atol, budget, start) if names else start
        v, states, here = _point(lot, limited, times.reshape(-1, *across), jnp.moveaxis(end.samples, 1, 0))
        i = jnp.broadcast_to(device.current(v, states, here), v.shape)
        out = tuple(
            lax.dynamic_update_slice_in_dim(old, new, block.first, 0)
            for old, new in zip(out, (end.samples, v, i), strict=True)
        )
        reached = jnp.all(end.t >= block.duration) if names else True
        return k + jnp.where(reached, 1, 0), end.x, end.h, end.error, out, end.steps, end.fruitless >= PATIENCE

    def going(carry):
        k, *_, steps, stuck = carry
        return (k < count) & (steps < budget) & ~jnp.any(stuck)

    out = (jnp.zeros((at.size, *x0.shape), dtype), empty, empty)
    start = (0, x0, jnp.full(shape, jnp.inf, dtype), jnp.zeros(shape, dtype), out, 0, jnp.zeros(shape, bool))
    k, _, _, error, (x, v, i), steps, stuck = lax.while_loop(going, one_block, start)
    return Result(x, v, i, error, steps, stuck, k)


def check_completed(result: Result, device, duration, rtol: float, budget: int) -> None:
    """Raise PinchedError, which says what to try, where `result` did not reach the end of its blocks."""
    block, stuck = int(result.block), np.asarray(result.stuck)
    if block == len(duration) and not stuck.any():
        return
    reached = f"t = {duration[:block].sum():.6g} s"
    if stuck.any():
        which = f" device {np.argwhere(stuck)[0].tolist()} of the population" if stuck.ndim else ""
        raise PinchedError(
            f"run: the step size of {type(device).__name__}{which} collapsed after {reached}: its rates there "
            "are not finite or jump; set a compliance (i_max), add a series resistance, or loosen rtol."
        )
    raise PinchedError(
        f"run: {budget} steps brought {type(device).__name__} only to {reached} at rtol = {rtol:g}; "
        "loosen rtol, or shorten the protocol."
    )
