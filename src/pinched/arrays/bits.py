"""Crossbars that store bits: any cell, in its two states."""

from typing import Any

import jax
import numpy as np

from pinched.arrays.crossbar import Crossbar
from pinched.core import PinchedError, verb
from pinched.devices import Device, Environment, device as named
from pinched.devices.wrappers.one_transistor import Gated
from pinched.devices.wrappers.wrapper import compiled_current, ends, inner_states


@verb
def stored(cell, bits, v_read: float = 0.1, **lines: Any) -> Crossbar:
    """A Crossbar whose cells are ON where `bits` is 1 and OFF where it is 0.

    Args:
        cell: (g_on, g_off) in S, each a scalar or (rows, columns); two Devices of one kind without states, ON and OFF;
            a Device, its parameters scalars or (rows, columns); or the name of one. A `Gated` cell becomes a cell with
            a gate, which `gate_of` tells.
        bits: (rows, columns).
        v_read: voltage at which ON conducts most and OFF least; which end of a state's box is which depends on it.
        lines: r_word, r_bit, … of the Crossbar.

    Raises:
        PinchedError: where the cell has no two states, or for bits that are no matrix of 0 and 1.
    """
    bits = np.asarray(bits)
    if bits.ndim != 2 or not np.isin(bits, (0, 1)).all():
        raise PinchedError("stored() needs a matrix (rows, columns) of 0 and 1.")
    if isinstance(cell, str):
        cell = named(cell)
    if isinstance(cell, tuple) and len(cell) == 2 and isinstance(cell[0], Device) and type(cell[0]) is type(cell[1]):
        return Crossbar(jax.tree.map(lambda *ends: np.where(bits == 1, *ends), *cell), **lines)
    if not isinstance(cell, Device):
        on, off = pair(cell)
        return Crossbar(np.where(bits == 1, on, off), **lines)
    on, off = two_states(cell, v_read)
    if isinstance(cell, Gated):
        cell, on, off = cell.inner, inner_states(on), inner_states(off)
    x = {name: np.where(bits == 1, on[name], off[name]) for name in on}
    return Crossbar(cell if cell.population else cell.sample(0, bits.shape, {}), x=x, **lines)


def gate_of(cell) -> float | None:
    """Gate voltage in V at which a `Gated` cell is used; None for a cell without a gate."""
    cell = named(cell) if isinstance(cell, str) else cell
    return float(np.mean(cell.gate)) if isinstance(cell, Gated) else None


def pair(cell) -> tuple[Any, Any]:
    """(g_on, g_off) in S of two conductances.

    Raises:
        PinchedError: unless 0 <= g_off < g_on < infinity.
    """
    try:
        on, off = (np.asarray(g, float) for g in cell)
        possible = np.all((off >= 0) & (off < on) & np.isfinite(on))
    except (TypeError, ValueError):
        possible = False
    if not possible:
        raise PinchedError("A cell is a Device, or (g_on, g_off) in S with 0 <= g_off < g_on; this is neither.")
    return on, off


def two_states(device: Device, v_read: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """States of `device` fully ON and fully OFF, as a read at `v_read` (V) tells them apart.

    Raises:
        PinchedError: for a device whose current does not depend on a state.
    """
    if hasattr(device, "ports"):
        raise PinchedError(
            f"{type(device).__name__} has a gate: give it as Gated(inner=…, gate=…), which says how high."
        )
    x, env = device.rest(), Environment()
    if not x:
        raise PinchedError(f"{type(device).__name__} has no state to store a bit in: give (g_on, g_off), or wrap it.")
    v = np.asarray(v_read, float)  # a Python float would be a constant of the compiled current
    on, off = ({k: np.asarray(s, float) for k, s in state.items()} for state in ends(device, v, x, env))
    high, low = (np.asarray(compiled_current(device, v, state, env)) for state in (on, off))
    if not np.all(np.abs(high) > np.abs(low)):
        raise PinchedError(f"{type(device).__name__} conducts the same ON and OFF at {v_read:g} V: read it elsewhere.")
    return on, off
