"""`Crossbar.run`: voltages at the line ends as functions of time, and what is recorded of the answer."""

import dataclasses
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pinched.arrays.inputs import ENDS, numbers, pairs, refuse_shorts
from pinched.arrays.nodal import Drive, gated, least_span
from pinched.arrays.operating import gates, network, observed, settled
from pinched.arrays.transient import BUDGET, Problem, Stretch, Y, march, retrace
from pinched.core import PinchedError, is_traced, make_dataset
from pinched.experiments.engine import SOLVER, parameter_hash

if TYPE_CHECKING:
    from pinched.arrays.crossbar import Crossbar

STRAIGHT = 1e-9  # of the largest slope: changes of slope below it are no kink
LOG = 1024  # steps that can be differentiated in reverse


def run(array: "Crossbar", time, given, gate, env, save, rtol) -> tuple["Crossbar", Any]:
    """As `Crossbar.run`; `given` are the voltages of the ends by name. Traced, a dict stands for the Dataset."""
    time = _times(time)
    volts, driven = _waveforms(array, time, given)
    refuse_shorts(array, driven, volts)
    vg = _gate_waveform(array, time, gate)
    at = _samples(time, save)
    if not 1e-13 <= rtol <= 1e-2:
        raise PinchedError(f"run: rtol = {rtol}; choose it between 1e-13 and 1e-2.")
    own = array.cell, array.x, array.r_word, array.r_bit, array.r_source, array.c_word, array.c_bit, array.i_max
    if traced := is_traced((own, volts, vg, env)):
        # Samples lie at ends of pieces, so that no interpolant needs to be differentiated.
        time, volts, vg = _refined(time, at, volts, vg)
    kinks = np.arange(len(time)) if traced else _kinks(time, volts, vg)
    return _run(array, time, volts, driven, vg, kinks, at, env, rtol, traced)


def _run(array, time, volts, driven, vg, kinks, at, env, rtol, traced):
    rows, columns = array.shape
    drives = Drive(*pairs(volts, rows, columns), vg)
    starts = time[kinks]
    duration = np.diff(starts)
    ends = jax.tree.map(lambda a: a[kinks], drives)
    pieces = Stretch(
        duration,
        jax.tree.map(lambda a: a[:-1], ends),
        jax.tree.map(lambda a: (a[1:] - a[:-1]) / duration.reshape(-1, *[1] * (a.ndim - 1)), ends),
    )
    net = network(array, driven, env)
    xp = jnp if traced else np
    first = jax.tree.map(lambda a: xp.asarray(a[0]), drives)
    w, b = settled(net, dict(array.x or {}), first, array.shape)
    names = tuple(array.device.state())
    x = xp.stack([array.x[n] for n in names]) if names else np.zeros((0, rows, columns))
    boxes = [(s.lo, s.hi) for s in array.device.state().values()]
    lo, hi = (xp.stack([xp.broadcast_to(xp.asarray(box[k], float), (rows, columns)) for box in boxes])
              if names else x for k in (0, 1))  # fmt: skip
    problem = Problem(net, array.c_word, array.c_bit, first, jax.tree.map(xp.zeros_like, first), lo, hi)
    piece_of = np.clip(np.searchsorted(starts, at, side="left") - 1, 0, len(duration) - 1)
    within = at - starts[piece_of]
    span = xp.maximum(xp.max(volts) - xp.min(volts), least_span(array.device))  # a floating end counts as 0 V
    count = np.asarray(len(duration))
    many = jax.tree.map(_padded, pieces)
    arguments = (problem, many, count, Y(x, w, b), _padded(piece_of, len(duration)), _padded(within, np.inf))
    arguments = (*arguments, np.asarray(rtol), span)
    done = march(*(jax.lax.stop_gradient(arguments) if traced else arguments), log=LOG if traced else 0)
    if traced:
        path = retrace(problem, many, Y(x, w, b), jax.lax.stop_gradient(span), done.log)
        whole = (done.piece == count) & (done.taken <= LOG)
        path = jax.tree.map(lambda leaf: jnp.where(whole, leaf, jnp.nan), path)
        last = jnp.searchsorted(done.log[:, 0], jnp.asarray(piece_of), side="right") - 1
        begun = jnp.asarray(at > time[0])

        def sampled(leaf, start):
            return jnp.where(begun.reshape(-1, *[1] * (leaf.ndim - 1)), leaf[last], start)

        samples = jax.tree.map(sampled, path, Y(x, w, b))
        end = jax.tree.map(lambda leaf: leaf[-1], path)
    else:
        _check(done, len(duration), starts, array, rtol)
        samples, end = jax.tree.map(lambda leaf: leaf[: len(at)], done.samples), done.y
    states = dict(zip(names, end.x if traced else np.asarray(end.x), strict=True))
    after = dataclasses.replace(array, x=states) if names else array
    return after, _dataset(array, net, drives, time, at, samples, names, done, rtol, traced)


def _dataset(array, net, drives, time, at, samples: Y, names, done, rtol, traced):
    """The recorded samples."""
    here = jax.tree.map(lambda a: _interpolated(at, time, a), drives)
    x = {name: samples.x[:, k] for k, name in enumerate(names)}
    xp = jnp if traced else np
    *ends, w, b, i = (xp.moveaxis(xp.asarray(f), 0, -1) for f in _observed(net, x, here, samples.w, samples.b))
    cells = {"voltage": w - b, "current": i} | {f"state_{n}": xp.moveaxis(xp.asarray(v), 0, -1) for n, v in x.items()}
    named = dict(zip((f"i_{end}" for end in ENDS), ends, strict=True))
    if traced:
        return {"time": at, **cells, **named}
    attrs = {
        "model": type(array.device).__name__, "parameter_hash": parameter_hash(array.device), "solver": SOLVER,
        "rtol": float(rtol), "steps": int(done.steps), "state_error": float(done.error),
        "r_word": str(array.r_word), "r_bit": str(array.r_bit),
    }  # fmt: skip
    ds = make_dataset(cells, origin="simulated", kind="trace", time=at, attrs=attrs)
    line = {name: "row" if "word" in name else "column" for name in named}
    return ds.assign({name: ((line[name], "sample"), value, {"units": "A"}) for name, value in named.items()})


@eqx.filter_jit
def _observed(net, *samples):
    """The fields of a Solution, of every sample."""
    return jax.vmap(lambda *sample: observed(net, *sample))(*samples)


def _check(done, count, starts, array, rtol):
    if int(done.piece) == count:
        return
    at = f"t = {starts[int(done.piece)] + float(done.t):.6g} s"
    if int(done.steps) >= BUDGET:
        raise PinchedError(f"Crossbar.run: {BUDGET} steps came only to {at} at rtol = {rtol:g}: loosen rtol.")
    raise PinchedError(
        f"Crossbar.run: the step size collapsed at {at}; the rates of {type(array.device).__name__} are not finite "
        "there, or a line jumps: give the drivers a resistance, the lines a capacitance, or a compliance."
    )


def _times(time) -> np.ndarray:
    time = numbers("time", time)
    steps = np.diff(time) if not is_traced(time) and time.ndim == 1 else np.zeros(1)
    if not (steps.size and np.all((steps > 0) & (steps < np.inf))):
        raise PinchedError("Crossbar.run: give at least two times, s, that increase.")
    return time


def _samples(time, save) -> np.ndarray:
    if isinstance(save, str):
        if save not in ("final", "every"):
            raise PinchedError(f'Crossbar.run: save = {save!r}; choose "final", "every", or times in s.')
        return time[-1:] if save == "final" else time
    at = np.atleast_1d(numbers("save", save))
    if np.any(np.diff(at) <= 0) or at[0] < time[0] or at[-1] > time[-1] * (1 + 1e-12):
        raise PinchedError(f"Crossbar.run: save times must increase within {time[0]:g} … {time[-1]:g} s.")
    return np.minimum(at, time[-1])


def _waveforms(array, time, given):
    """(voltages (n, all ends), 0 where floating; which ends are driven)."""
    rows, columns = array.shape
    parts, driven = [], []
    for name, value in given.items():
        lines = columns if name in ENDS[2:] else rows
        v = numbers(name, np.nan if value is None else value)
        if v.shape not in ((), (lines,), (len(time), lines)):
            raise PinchedError(
                f"Crossbar.run: {name} has shape {v.shape}: give one number, one a line ({lines},), or one a time and "
                f"line {(len(time), lines)}, V."
            )
        xp = jnp if is_traced(v) else np
        v = xp.broadcast_to(v, (len(time), lines))
        floating = np.zeros(lines, bool) if xp is jnp else np.isnan(v).any(axis=0)
        if xp is np and np.any(np.isnan(v[:, floating]) != np.isnan(v[:1, floating])):
            raise PinchedError(f"Crossbar.run: a line of {name} floats only some of the time: run the parts in turn.")
        if xp is np and np.isinf(v).any():
            raise PinchedError(f"Crossbar.run: {name} holds an infinite voltage.")
        parts.append(xp.where(floating, 0.0, v))
        driven.append(~floating)
    driven = np.concatenate(driven)
    if not driven.any():
        raise PinchedError("Crossbar.run drives no line end: give at least one of " + ", ".join(ENDS) + ".")
    traced = is_traced(parts)
    return (jnp if traced else np).concatenate(parts, axis=1), driven


def _gate_waveform(array, time, gate):
    """Gate voltages (n, …) that broadcast to the cells."""
    if gated(array.device) and gate is not None:
        gate = numbers("gate", gate)
        if gate.shape == (len(time), array.shape[0]) != array.shape:
            gate = gate[:, :, None]
        if gate.ndim == 3 and gate.shape in ((len(time), array.shape[0], columns) for columns in (1, array.shape[1])):
            return gate
    constant = gates(array, gate)
    xp = jnp if is_traced(constant) else np
    return xp.broadcast_to(constant, (len(time), *constant.shape))


def _kinks(time, volts, vg) -> np.ndarray:
    """Indices between which everything is a straight line."""
    flat = np.concatenate([volts.reshape(len(time), -1), np.asarray(vg).reshape(len(time), -1)], axis=1)
    slope = np.diff(flat, axis=0) / np.diff(time)[:, None]
    bends = np.any(np.abs(np.diff(slope, axis=0)) > STRAIGHT * np.abs(slope).max(initial=0.0), axis=1)
    return np.concatenate([[0], 1 + np.flatnonzero(bends), [len(time) - 1]])


def _refined(time, at, volts, vg):
    """The drive with the times `at` in it."""
    more = np.union1d(time, at)
    return more, _interpolated(more, time, volts), _interpolated(more, time, vg)


def _interpolated(at, time, values):
    """Values (n, …) at the times `at`."""
    k = np.clip(np.searchsorted(time, at, side="right") - 1, 0, len(time) - 2)
    part = ((at - time[k]) / (time[k + 1] - time[k])).reshape(-1, *[1] * (values.ndim - 1))
    return values[k] + part * (values[k + 1] - values[k])


def _padded(array: Any, fill: Any = None):
    """`array` with its first axis at a power of two, so that drives of like length share one compilation."""
    xp = jnp if is_traced(array) else np
    missing = (1 << max(len(array) - 1, 7).bit_length()) - len(array)
    tail = xp.broadcast_to(array[-1:] if fill is None else xp.asarray(fill, array.dtype), (missing, *array.shape[1:]))
    return xp.concatenate([array, tail])
