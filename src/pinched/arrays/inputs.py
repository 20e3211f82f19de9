"""What a crossbar accepts: numbers, conductances, states and voltages, or one sentence that says what is wrong."""

from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from pinched.core import PinchedError, is_traced
from pinched.devices.base import Device

if TYPE_CHECKING:
    from pinched.arrays.crossbar import Crossbar

ENDS = ("word_left", "word_right", "bit_top", "bit_bottom")


def pairs(ends, rows, columns):
    """(..., all ends as in ENDS) -> those of each word line (..., rows, 2) and of each bit line (..., columns, 2)."""

    def of(x, n):
        return x.reshape(*x.shape[:-1], 2, n).swapaxes(-1, -2)

    return of(ends[..., : 2 * rows], rows), of(ends[..., 2 * rows :], columns)


def numbers(name: str, value) -> Any:
    """`value` as float64, or as it is while JAX traces it."""
    if is_traced(value):
        return jax.numpy.asarray(value)
    try:
        return np.asarray(value, dtype=np.float64)
    except Exception:  # ragged lists, text, units: each library raises its own
        raise PinchedError(f"Crossbar needs plain numbers for {name}, not {type(value).__name__}.") from None


def conductances(cell):
    """Ohmic cells, S (..., rows, columns), read-only."""
    g = numbers("cell", cell)
    if g.ndim < 2 or g.size == 0:
        raise PinchedError(
            f"Crossbar.cell has shape {g.shape}: give conductances (rows, columns) in S, or a device of that shape."
        )
    if is_traced(g):
        return g
    if not np.all(np.isfinite(g) & (g >= 0)):
        where = np.argwhere(~(np.isfinite(g) & (g >= 0)))[0].tolist()
        raise PinchedError(f"Crossbar.cell{where} = {g[tuple(where)]:g} S: it must be finite and at least 0.")
    g = g.copy()
    g.flags.writeable = False
    return g


def states(device: Device, given) -> dict[str, Any]:
    """All states of the cells, each of the array's shape."""
    name = type(device).__name__
    states = device.state()
    if unknown := set(given or {}) - set(states):
        raise PinchedError(f"Crossbar.x: {name} has no state {min(unknown)!r}; it has {', '.join(states) or 'none'}.")
    x = {**device.rest(), **{state: numbers(f"x[{state!r}]", value) for state, value in (given or {}).items()}}
    try:
        shape = np.broadcast_shapes(device.population, *(np.shape(v) for v in x.values()))
    except ValueError:
        shapes = ", ".join(f"{state} {np.shape(v)}" for state, v in x.items())
        raise PinchedError(f"Crossbar cannot broadcast {name} {device.population} with its states {shapes}.") from None
    if len(shape) != 2:
        raise PinchedError(
            f"Crossbar.cell is {name} of shape {shape}, not (rows, columns): "
            "`device.sample(0, (rows, columns), {})` gives an array of equal ones."
        )
    for state, value in x.items():
        _, lo, hi = states[state]
        if not is_traced((value, lo, hi)) and not np.all((value >= np.asarray(lo)) & (value <= np.asarray(hi))):
            raise PinchedError(f"Crossbar.x: state {state} of {name} is outside {lo} … {hi}.")
    return {state: v if is_traced(v) else np.broadcast_to(v, shape) for state, v in x.items()}


def end(name: str, value, count: int):
    """Voltages of the `count` lines at one end, V (..., count); NaN where they float."""
    v = np.full(count, np.nan) if value is None else numbers(name, value)
    if v.ndim == 0:
        v = v + np.zeros(count)
    if v.shape[-1] != count:
        raise PinchedError(f"solve() got {name} of shape {v.shape}: the last axis must be its {count} lines.")
    if not is_traced(v) and np.isinf(v).any():
        raise PinchedError(f"solve() got an infinite voltage at {name}: give volts, or NaN to float a line.")
    return v


def refuse_shorts(array: "Crossbar", driven, drive) -> None:
    """Raises where zero ohms join sources of different voltage; `drive` (..., all ends), V, of those `driven`."""
    lines = (array.r_word, array.r_bit), pairs(driven, *array.shape), pairs(drive, *array.shape)
    for r, on, volts in zip(*lines, strict=True):
        if is_traced((r, array.r_source, volts)) or array.r_source or np.all(r):
            continue
        joined = on.all(axis=1) & ((r if r.ndim < 2 else r.sum(axis=1)) == 0)
        unequal = np.argwhere(joined & (volts[..., 0] != volts[..., 1]))
        if unequal.size:
            raise PinchedError(
                f"Line {unequal[0, -1]} joins two sources of different voltage by zero ohms: give its wire a "
                "resistance, set r_source, or float one of its ends."
            )
