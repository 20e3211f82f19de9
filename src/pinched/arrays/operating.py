"""Static solutions in JAX: of cells with gates, of drivers with a compliance, and wherever something is traced."""

from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from pinched.arrays.inputs import numbers, pairs
from pinched.arrays.nodal import CONVERGED, Drive, Network, bundle, gated, operating_point
from pinched.core import PinchedError, is_traced

if TYPE_CHECKING:
    from pinched.arrays.crossbar import Crossbar


def network(array: "Crossbar", driven, env) -> Network:
    """The array between its sources; driven (all ends)."""
    rows, columns = array.shape
    word, bit = pairs(driven, rows, columns)
    i_max = array.compliance
    return Network(
        array.device,
        env,
        bundle(array.r_word, array.r_source, word, columns, i_max[0]),
        bundle(array.r_bit, array.r_source, bit, rows, i_max[1]),
    )


def gates(array: "Crossbar", gate) -> Any:
    """Gate voltages that broadcast to the cells, V."""
    if not gated(array.device):
        if gate is not None:
            raise PinchedError(f"The cells, {type(array.device).__name__}, have no gate: leave out `gate`.")
        return np.zeros(())
    if gate is None:
        raise PinchedError(f"The cells, {type(array.device).__name__}, have a gate: give its voltage, `gate`, V.")
    gate = numbers("gate", gate)
    if gate.shape not in ((), array.shape[:1], array.shape):
        raise PinchedError(f"gate has shape {gate.shape}: give one number, one a row, or one a cell {array.shape}, V.")
    return gate[:, None] if gate.ndim == 1 else gate


def settled(net: Network, x, drive: Drive, shape):
    """Potentials (w, b) at rest; raises where Newton's method finds none, NaN where that cannot be asked."""
    if not (is_traced((net, x, drive)) or net.device.stores or np.any(drive.word) or np.any(drive.bit)):
        # Nothing is driven: no need to compile a solver to find that out.
        return tuple(
            np.zeros((n, 1 if line.ideal else m)) for n, m, line in ((*shape, net.word), (*shape[::-1], net.bit))
        )
    w, b, last = operating_point(net, x, drive, shape, differentiable=is_traced((net, x, drive)))
    if is_traced(last):
        bad = ~(last <= CONVERGED)
        return jnp.where(bad, jnp.nan, w), jnp.where(bad, jnp.nan, b)
    if not last <= CONVERGED:
        raise PinchedError(
            f"The crossbar did not converge (last Newton step {float(last):.0e} of the drive): lower the voltages, "
            "give the lines some resistance, or raise the compliance."
        )
    return w, b


def end_currents(line, v, cell, drive):
    """Current (A) into both ends of lines, whose cells draw `cell` (lines, nodes)."""
    flow = line.sources(v, drive)
    if not line.ideal:
        return flow
    # The drop across a source without resistance is rounding noise; its line's current is what the cells draw.
    total = cell.sum(axis=1, keepdims=True)
    shared = _shared(cell, total, drive, line.i_max) if line.held else flow
    both = line.ends.all(axis=1, keepdims=True)
    return jnp.where(line.ends > 0, jnp.where(both, shared, jnp.clip(total, -line.i_max, line.i_max)), 0.0)


def _shared(cell, total, drive, i_max):
    """What two ideal sources of one voltage bring to an ideal line: as on a wire of vanishing resistance."""
    nodes = cell.shape[1]
    left = (cell * (jnp.arange(nodes, 0, -1) / (nodes + 1))).sum(axis=1, keepdims=True)
    left = jnp.clip(left, jnp.maximum(-i_max, total - i_max), jnp.minimum(i_max, total + i_max))
    alike = drive[:, :1] == drive[:, 1:]
    return jnp.where(alike, jnp.concatenate([left, total - left], axis=1), jnp.nan)


@eqx.filter_jit
def observed(net: Network, x, drive: Drive, w, b):
    """The fields of a Solution."""
    i = net.current(w, b, drive.gate, x)
    into = end_currents(net.word, w, i, drive.word)
    out = -end_currents(net.bit, b, -i.T, drive.bit)
    full = jnp.broadcast_to(w, i.shape), jnp.broadcast_to(b, i.T.shape).T
    return into[:, 0], into[:, 1], out[:, 0], out[:, 1], *full, i


def solve_driven(array: "Crossbar", drive, driven, gate, env):
    """The fields of a Solution for inputs (batch, ends) that drive the same ends."""
    net, vg = network(array, driven, env), gates(array, gate)
    x = dict(array.x or {})
    each = []
    for volts in drive:
        here = Drive(*pairs(volts, *array.shape), vg)
        each.append(observed(net, x, here, *settled(net, x, here, array.shape)))
    return [(jnp if is_traced(field) else np).stack(field) for field in zip(*each, strict=True)]
