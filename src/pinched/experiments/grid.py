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
NEWTON = 2  # and one more: ln i is convex in ln v, so from a near guess the load line is found at once


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
        x, part = carry
        dt, v_mean, v_end, limit = sample
        x, part = _advance(core, r, box, x, part, v_mean, limit, env, dt, substeps) if box else (x, part)
        u = load_line(core, r, v_end, limit, x, env, part)
        i = core.current(u, x, env)
        return (x, _part(u, v_end, shape)), March(x, jnp.broadcast_to(u if r is None else u + r * i, shape), i)

    dt = jnp.diff(t, axis=0, prepend=t[:1])
    v_mean = (v + jnp.concatenate([v[:1], v[:-1]])) / 2
    part = _part(load_line(core, r, v[0], None if i_max is None else i_max[0], x0, env), v[0], shape)
    _, path = jax.lax.scan(interval, (x0, part), (dt, v_mean, v, i_max))
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

    `part` is a guess of its ratio to `v`; from the source voltage itself it takes four steps more. The derivative in x
    is exact: the last Newton step is taken from a point that does not move with x.
    """
    if r is None and i_max is None:
        return v
    r, i_max = 0.0 if r is None else r, jnp.inf if i_max is None else i_max
    sign = jnp.where(v < 0, -1.0, 1.0)
    tiny = jnp.finfo(jnp.result_type(v)).tiny ** 0.25
    source = jnp.abs(v) + tiny

    def step(u, x):
        i, slope = jax.jvp(lambda u: jnp.abs(device.current(sign * u, x, env)) + tiny, (u,), (jnp.ones_like(u),))
        over_v, over_i = _ln((u + r * i) / source), _ln(i / i_max)
        steep = jnp.where(over_v > over_i, (1 + r * slope) / (u + r * i), slope / i) * u
        return jnp.minimum(
            u * jnp.exp(-jnp.clip(jnp.maximum(over_v, over_i) / jnp.maximum(steep, 1e-3), -1.0, 5.0)), source
        )

    shape = jnp.broadcast_shapes(*(jnp.shape(a) for a in (source, r, i_max, *jax.tree.leaves((device, x)))))
    u = jnp.broadcast_to(source if part is None else source * part, shape)
    frozen = jax.lax.stop_gradient(x)
    u = jax.lax.fori_loop(0, NEWTON + (4 if part is None else 0), lambda _, u: step(u, frozen), u)
    return sign * step(jax.lax.stop_gradient(u), x)


def _part(u, v, shape):
    """The part of the source voltage that stands across the device: the guess for the next load line."""
    return jnp.broadcast_to(jnp.where(v == 0, 1.0, jnp.clip(u / jnp.where(v == 0, 1.0, v), 1e-6, 1.0)), shape)


def _advance(device, r, box, x, part, v, i_max, env, dt, substeps):
    """The states after `dt` seconds at constant source voltage, and the part of it across the device."""
    shape = jnp.shape(part)

    def rates(x, part):
        u = load_line(device, r, v, i_max, x, env, part)
        f = device.rates(u, x, env)
        stuck = {k: ((x[k] >= box[k].hi) & (f[k] > 0)) | ((x[k] <= box[k].lo) & (f[k] < 0)) for k in box}
        return {k: jnp.where(stuck[k], 0.0, f[k]) for k in box}, _part(u, v, shape)

    def stride(carry):
        x, part, left, n = carry
        zero, own = {k: jnp.zeros_like(a) for k, a in x.items()}, {}
        for k in box:  # the derivative of each rate in its own state
            (f, new_part), (along, _) = jax.jvp(lambda x: rates(x, part), (x,), ({**zero, k: jnp.ones_like(x[k])},))
            own[k] = along[k]
        h = left
        for k in box:
            h = jnp.minimum(h, _time_for(STRIDE * (box[k].hi - box[k].lo), f[k], own[k]))
        moved = {k: jnp.clip(x[k] + f[k] * h * _phi1(own[k] * h), box[k].lo, box[k].hi) for k in box}
        return moved, new_part, left - h, n + 1

    def unfinished(carry):
        *_, left, n = carry
        return jnp.any(left > 0) & (n < substeps)

    x, part, *_ = jax.lax.while_loop(unfinished, stride, (x, part, jnp.broadcast_to(dt, shape), 0))
    return x, part


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
