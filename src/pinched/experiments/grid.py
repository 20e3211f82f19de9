"""A fixed-grid march through a waveform, for whole populations of candidate devices at once.

The engine controls its error and serves one device well; a fit needs thousands of rough trajectories that never fail.
Between two samples the voltage is frozen at its mean and the state takes exponential steps, exact for a rate linear in
the state: Δx = f h φ1(f' h), each as long as keeps |Δx| below `STRIDE` of its box. Nothing has to be resolved in time,
so 15 decades of rates cost no more than one, and a state that limits itself (compliance, heating) settles.
"""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp

from pinched.devices.interface.schottky import Schottky
from pinched.devices.wrappers.series import SeriesResistance

STRIDE = 0.08  # of the box; a switch from bound to bound takes 13 strides, whatever its speed
NEWTON = 3  # ln i is convex in ln v, so from a near guess the load line is found at once
FIRST = 2  # passes more where there is no near guess


class March(NamedTuple):
    """States, terminal voltage (V) and current (A) at every sample; shape (..., sample)."""

    x: dict[str, jax.Array]
    v: jax.Array
    i: jax.Array


def march(device, t, v, i_max, env, x0, substeps: int = 64) -> March:
    """Drive a population through one waveform each, elementwise.

    Args:
        device: one Device whose leaves broadcast against `v[..., 0]`; a SeriesResistance is solved on its load line.
        t, v: time (s) and source voltage (V), shape (..., sample), taken as constant at each interval's mean.
        i_max: compliance of the source in A, broadcastable to `v`, inf where there is none; None for none anywhere.
        env: Environment.
        x0: name -> initial state, broadcastable to `v[..., 0]`.
        substeps: most strides in one interval; what is left of the interval then is skipped.

    Returns:
        March. The terminal voltage falls below the source voltage where the compliance binds.
    """
    core, r = _unwrapped(device)
    box = core.state()
    prefix = _prefix(device)
    shape = jnp.broadcast_shapes(v.shape[:-1], *(jnp.shape(leaf) for leaf in jax.tree.leaves(device)))
    x0 = {k: jnp.clip(jnp.broadcast_to(x0[prefix + k], shape), box[k].lo, box[k].hi) for k in box}
    t, v = (jnp.moveaxis(jnp.broadcast_to(a, v.shape), -1, 0) for a in (t, v))
    i_max = None if i_max is None else jnp.moveaxis(jnp.broadcast_to(i_max, jnp.moveaxis(v, 0, -1).shape), -1, 0)

    def interval(carry, sample):
        x, u, i, part = _advance(core, r, box, carry, env, sample, substeps)
        return (x, part), March(x, jnp.broadcast_to(u if r is None else u + r * i, shape), i)

    dt = jnp.diff(t, axis=0, prepend=t[:1])
    v_mean = (v + jnp.concatenate([v[:1], v[:-1]])) / 2
    least = jnp.where(jnp.arange(len(v)) == 0, 1 + FIRST, 1)
    _, path = jax.lax.scan(interval, (x0, jnp.ones(shape, v.dtype)), (dt, v_mean, v, i_max, least))
    path = jax.tree.map(lambda a: jnp.moveaxis(a, 0, -1), path)
    return path._replace(x={prefix + k: a for k, a in path.x.items()})


def response(device, v, i_max, env, x):
    """Current in A of a device behind a source of `v` volts limited to `i_max` (None: no limit), at frozen states."""
    core, r = _unwrapped(device)
    x = {k.removeprefix(_prefix(device)): a for k, a in x.items()}
    return core.current(load_line(core, r, v, i_max, x, env), x, env)


def _unwrapped(device):
    """The device inside a series resistance, and that resistance in ohm; None where there is none."""
    if isinstance(device, SeriesResistance):
        return device.inner, device.r
    if isinstance(device, Schottky):
        fields = {f.name: getattr(device, f.name) for f in dataclasses.fields(device)}
        return _Junction(**fields), device.rho_s / device.area
    return device, None


class _Junction(Schottky):
    """A Schottky device without its film, which the load line takes over."""

    def junction(self, v, x, env):
        """All of the voltage."""
        return self.eta * v


def _prefix(device):
    """What a series resistance puts before the names of the states inside it."""
    core, _ = _unwrapped(device)
    return next((a.removesuffix(b) for a, b in zip(device.state(), core.state(), strict=True)), "")


def load_line(device, r, v, i_max, x, env, part=None):
    """The voltage across `device` where the source gives `v` volts through `r` ohm and at most `i_max` amperes, V.

    `part` is a guess of its ratio to `v`; from the source voltage itself it takes more steps.
    """
    if r is None and i_max is None:
        return v
    r, i_max = 0.0 if r is None else r, jnp.inf if i_max is None else i_max
    sign = jnp.where(v < 0, -1.0, 1.0)
    tiny = jnp.finfo(jnp.result_type(v)).tiny ** 0.25
    source = jnp.abs(v) + tiny

    def step(_, u):
        i, slope = jax.jvp(lambda u: jnp.abs(device.current(sign * u, x, env)) + tiny, (u,), (jnp.ones_like(u),))
        over_v, over_i = _ln((u + r * i) / source), _ln(i / i_max)
        steep = jnp.where(over_v > over_i, (1 + r * slope) / (u + r * i), slope / i) * u
        return jnp.minimum(
            u * jnp.exp(-jnp.clip(jnp.maximum(over_v, over_i) / jnp.maximum(steep, 1e-3), -1.0, 5.0)), source
        )

    shape = jnp.broadcast_shapes(*(jnp.shape(a) for a in (source, r, i_max, *jax.tree.leaves((device, x)))))
    u = jnp.broadcast_to(source if part is None else source * part, shape)
    return sign * jax.lax.fori_loop(0, NEWTON + (FIRST * NEWTON if part is None else 0), step, u)


def _advance(device, r, box, carry, env, sample, substeps):
    """States after a sample's `dt` at `v_mean`, then voltage, current and part of the source voltage at `v_end`.

    Strides and the reading at the end are passes of one loop, so that the model is compiled once; a reading is taken
    in `least` passes or more.
    """
    (x, part), (dt, v_mean, v_end, i_max, least) = carry, sample
    shape = jnp.shape(part)
    # The derivative of each rate in its own state, by a difference into the box: rows 1, 2, … are moved in one state.
    nudge = {k: 1e-3 * (s.hi - s.lo) * jnp.where(x[k] < (s.lo + s.hi) / 2, 1.0, -1.0) for k, s in box.items()}
    row = jnp.arange(1 + len(box)).reshape(-1, *[1] * len(shape))

    def one(carry):
        x, _, _, part, left, _, n = carry
        reading = (left <= 0) | (n >= substeps)
        v = jnp.where(reading, v_end, v_mean)
        rows = {k: x[k] + jnp.where(row == 1 + j, nudge[k], 0.0) for j, k in enumerate(box)}
        u = jnp.broadcast_to(load_line(device, r, v, i_max, rows, env, part), (*row.shape[:1], *shape))
        i = device.current(u[0], x, env)
        f, own, h = {}, {}, jnp.where(reading, 0.0, left)
        rates = device.rates(u, rows, env) if box else {}
        for j, k in enumerate(box):
            rate = jnp.broadcast_to(rates[k], u.shape)
            stuck = ((x[k] >= box[k].hi) & (rate[0] > 0)) | ((x[k] <= box[k].lo) & (rate[0] < 0))
            f[k] = jnp.where(stuck, 0.0, rate[0])
            own[k] = jnp.where(stuck, 0.0, (rate[1 + j] - rate[0]) / nudge[k])
            h = jnp.minimum(h, _time_for(STRIDE * (box[k].hi - box[k].lo), f[k], own[k]))
        x = {k: jnp.clip(x[k] + f[k] * h * _phi1(own[k] * h), box[k].lo, box[k].hi) for k in box}
        part = jnp.where(v == 0, 1.0, jnp.clip(u[0] / jnp.where(v == 0, 1.0, v), 1e-6, 1.0))
        return x, u[0], jnp.broadcast_to(i, shape), jnp.broadcast_to(part, shape), left - h, reading, n + 1

    def unread(carry):
        *_, read, n = carry
        return (n < least) | ~jnp.all(read)

    zero = jnp.zeros_like(part)
    start = (x, zero, zero, part, jnp.broadcast_to(dt, shape), jnp.zeros(shape, bool), 0)
    x, u, i, part, *_ = jax.lax.while_loop(unread, one, start)
    return x, u, i, part


def _ln(x):
    """ln x to seven digits: in double precision XLA on a CPU calls a scalar routine, twenty times slower."""
    return jnp.log(jnp.clip(x, 1e-30, 1e30).astype(jnp.float32)).astype(jnp.result_type(x))


def _phi1(z):
    """(e^z − 1)/z."""
    near = jnp.abs(z) < 1e-6
    return jnp.where(near, 1 + z / 2, jnp.expm1(jnp.clip(z, -700, 700)) / jnp.where(near, 1.0, z))


def _time_for(distance, f, own):
    """Seconds until a state with rate f + own·Δx has moved by `distance`; inf where it never does."""
    f = jnp.abs(f)
    ratio = own * distance / jnp.where(f > 0, f, 1.0)
    time = (
        distance
        / jnp.where(f > 0, f, 1.0)
        * jnp.where(
            jnp.abs(ratio) < 1e-4,
            1 - ratio / 2,
            _ln(jnp.maximum(1 + ratio, 0.0)) / jnp.where(ratio == 0, 1.0, ratio),
        )
    )
    return jnp.where((f > 0) & (ratio > -1), time, jnp.inf)
