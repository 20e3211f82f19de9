"""Kirchhoff's laws of a crossbar of cells with any slope: block elimination in JAX, so that it can be differentiated.

Potentials are line-major: word lines (rows, nodes) and bit lines (columns, nodes), with one node per line where the
wires are ideal. A cell that carries g1 dw − g2 db more when its ends move by dw and db loads its word line with g1 and
its bit line with g2; they differ where the cell has a gate. Each word line is eliminated exactly, and what is left are
the bit lines, row after row.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.flatten_util import ravel_pytree

from pinched.arrays.lines import segments
from pinched.core import is_traced
from pinched.devices.base import Device, Environment

ENDS = np.array([0, -1])  # first and last node of a line

HELD = 1e9  # S, of a source without resistance on a line without resistance
DROP = 1e-7  # V that such a source loses at its compliance: enough to tell its current from rounding noise
SHORT = 1e5  # largest conductance of a wire segment, of the mean: what a short in a resistive line is taken as
MAX_STEPS = 100
CONVERGED = 1e-12  # of the span of the driven voltages: last Newton step of any cell's voltage
GMIN = 1e-18  # S to ground at every node: a line that nothing drives has a potential
STORED, STILL = 1.0, 1e-12  # V, least span of the drives: of cells that hold charge, which drives too, and of others


class Bundle(eqx.Module):
    """Parallel lines: conductance (S) of their segments and of their ends, 0 where floating or broken."""

    along: Any  # (lines, nodes - 1)
    ends: Any  # (lines, 2)
    i_max: Any  # A, compliance of their sources; None: they have none, and all is linear
    ideal: bool = eqx.field(static=True)
    held: bool = eqx.field(static=True, default=False)  # sources without resistance on lines without resistance
    limited: Any = None  # where given, +1 or -1 for ends held at their compliance, 0 for the others

    def collect(self, cell):
        """Current of the cells at each node (lines, nodes), gathered to the nodes that there are."""
        return cell.sum(axis=-1, keepdims=True) if self.ideal else cell

    def sources(self, v, drive):
        """Current (A) from the sources into both ends, (lines, 2)."""
        i = self.ends * (drive - v[:, ENDS])
        if self.i_max is None:
            return i
        if self.limited is None:
            return jnp.clip(i, -self.i_max, self.i_max)
        return jnp.where(self.limited == 0, i, self.limited * jnp.where(self.limited == 0, 0.0, self.i_max))

    def passive(self, free) -> "Bundle":
        """The lines where what happens changes little: `free` is 0 for ends (lines, 2) whose current stays."""
        return Bundle(self.along, self.ends * free, None, self.ideal)

    def free(self, v, drive):
        """1 for the ends (lines, 2) whose current follows the potential, 0 at compliance."""
        if self.limited is None:
            return jnp.where(jnp.abs(self.ends * (drive - v[:, ENDS])) < self.i_max, 1.0, 0.0)
        return jnp.where(self.limited == 0, 1.0, 0.0)

    def currents(self, v, drive):
        """Current (A) that wires and sources bring to each node."""
        ends = self.sources(v, drive)
        if self.ideal:
            return ends.sum(axis=1, keepdims=True) - GMIN * v
        along = self.along * jnp.diff(v, axis=1)
        return jnp.diff(jnp.concatenate([-ends[:, :1], along, ends[:, 1:]], axis=1), axis=1) - GMIN * v

    def at_ends(self):
        """What the sources load the nodes with, S (lines, nodes)."""
        first, last = np.eye(self.along.shape[1] + 1)[ENDS]
        return self.ends[:, :1] * first + self.ends[:, 1:] * last


def bundle(r, r_source, driven, nodes: int, i_max=np.inf) -> Bundle:
    """The wires as `lines` takes them, their ends `driven` (lines, 2) by sources of at most `i_max`, A."""
    count = len(driven)
    xp = jnp if is_traced((r, r_source, i_max)) else np
    limit = xp.asarray(i_max, float)
    if not is_traced(r) and not np.any(r):
        ends = driven / xp.maximum(r_source, xp.maximum(1 / HELD, DROP / limit))
        held = not is_traced(r_source) and not r_source
        return Bundle(np.zeros((count, 0)), ends, limit, ideal=True, held=held)
    if not is_traced(r):
        r = segments(r, count, nodes)
        r = np.maximum(r, r.mean(where=np.isfinite(r)) / SHORT if np.isfinite(r).any() else 0.0)
    r = xp.broadcast_to(r[:, None] if np.ndim(r) == 1 else r, (count, nodes + 1))
    return Bundle(1 / r[:, 1:-1], driven / (r[:, ENDS] + r_source), limit, ideal=False)


class Factor(NamedTuple):
    """A factorised network."""

    word: Bundle
    bit: Bundle
    g1: Any
    g2: Any
    lines: Any  # inverse of each word line, (rows, columns, columns), or (rows, 1, 1)
    blocks: Any  # inverse of what is left at each row of bit-line nodes, or at all of them where those are ideal


def factor(g1, g2, word: Bundle, bit: Bundle, c1=0.0, c2=0.0, free=(1.0, 1.0)) -> Callable:
    """(into_word, into_bit) -> change of the potentials, V, for currents (A) into the nodes.

    What it returns is differentiated through the equations it solves, and not through the elimination.

    Args:
        g1, g2: what the cells load their word and bit lines with, S (rows, columns).
        word, bit: the lines.
        c1, c2: further conductance to ground at each node of word and bit lines, S.
        free: 0 for ends, (lines, 2), at their largest current, which does not follow the potential.
    """
    word, bit = (b.passive(f) for b, f in zip((word, bit), free, strict=True))
    wide = g1.shape[1] > g1.shape[0]  # the dense blocks are as wide as there are columns
    across = (g2.T, g1.T, bit, word, c2, c1) if wide else (g1, g2, word, bit, c1, c2)
    eliminated = _eliminated(*lax.stop_gradient(across))

    def drawn(w, b):
        """What the network draws from its nodes."""
        i = g1 * w - g2 * b.T
        return c1 * w + word.collect(i) - word.currents(w, 0.0), c2 * b - bit.collect(i.T) - bit.currents(b, 0.0)

    def solve(*into):
        nodes, apart = ravel_pytree(into)  # as one vector: JAX does not solve for tangents of which only some are zero

        def solved(_, r):
            w, b = apart(r)
            return ravel_pytree(eliminated(b, w)[::-1] if wide else eliminated(w, b))[0]

        def transposed(_, r):
            return jax.linear_transpose(lambda r: solved(None, r), r)(r)[0]

        return apart(lax.custom_linear_solve(lambda v: ravel_pytree(drawn(*apart(v)))[0], nodes, solved, transposed))

    return solve


def _eliminated(g1, g2, word: Bundle, bit: Bundle, c1, c2) -> "_Solver":
    """The solver of `factor`, for no more columns than rows."""
    columns = g1.shape[1]
    c1, c2 = c1 + GMIN, c2 + GMIN
    if word.ideal:
        lines = 1 / (g1.sum(axis=1) + word.ends.sum(axis=1) + c1)[:, None, None]
    else:
        lines = _line_inverse(word.along, g1 + c1 + word.at_ends())
    nodal = -g1[:, :, None] * lines * g2[:, None, :]
    own = g2 + (0.0 if bit.ideal else c2)
    diagonal = np.eye(columns)
    if bit.ideal:
        blocks = jnp.linalg.inv(nodal.sum(axis=0) + diagonal * (own.sum(axis=0) + bit.ends.sum(axis=1) + c2))
    else:
        along = bit.along.T  # (rows - 1, columns)
        none = jnp.zeros((1, columns))
        above, below = jnp.concatenate([none, along]), jnp.concatenate([along, none])
        nodal = nodal + diagonal * (own + above + below + bit.at_ends().T)[:, None]

        def eliminate(upper, here):
            nodal, above = here
            inverse = jnp.linalg.inv(nodal - above[:, None] * upper * above)
            return inverse, inverse

        _, blocks = lax.scan(eliminate, jnp.zeros((columns, columns)), (nodal, above))
    return _Solver(Factor(word, bit, g1, g2, lines, blocks))


class _Solver(eqx.Module):
    """Potentials for the currents into the nodes of a factorised network."""

    factor: Factor

    def __call__(self, into_word, into_bit):
        word, bit, g1, g2, lines, blocks = self.factor
        along_word = (lambda i: lines[:, 0] * i) if word.ideal else (lambda i: jnp.einsum("ijk,ik->ij", lines, i))
        first = along_word(into_word)
        rest = into_bit + bit.collect((g1 * first).T)
        b = (blocks @ rest[:, 0])[:, None] if bit.ideal else _along_bits(bit.along.T, blocks, rest.T).T
        return first + along_word(word.collect(g2 * b.T)), b


def _along_bits(along, blocks, into):
    """Potentials (rows, columns) of the bit lines from the block factors, down and up again."""
    none = jnp.zeros_like(into[:1])

    def down(y, here):
        inverse, above, i = here
        y = i + above * y
        x = inverse @ y
        return x, x

    _, partial = lax.scan(down, none[0], (blocks, jnp.concatenate([none, along]), into))

    def up(x, here):
        inverse, below, part = here
        x = part + inverse @ (below * x)
        return x, x

    return lax.scan(up, none[0], (blocks, jnp.concatenate([along, none]), partial), reverse=True)[1]


def _line_inverse(along, leak):
    """Inverse of the nodal matrix of each line (lines, nodes, nodes), without a subtraction."""
    nodes = leak.shape[1]
    c = jnp.concatenate([along, jnp.zeros_like(leak[:, :1])], axis=1)

    def down(carry, here):
        excess, y = carry
        c, leak, i = here
        d = excess + c
        part = jnp.concatenate([y / d[:, None], (c / d)[:, None]], axis=1)
        return (leak + c / d * excess, i + (c / d)[:, None] * y), part

    one = jnp.broadcast_to(jnp.eye(nodes)[:, None, :], (nodes, len(leak), nodes))
    later = jnp.concatenate([leak[:, 1:], jnp.zeros_like(leak[:, :1])], axis=1).T
    after = jnp.concatenate([one[1:], jnp.zeros_like(one[:1])])
    _, parts = lax.scan(down, (leak[:, 0], one[0]), (c.T, later, after))

    def up(x, part):
        x = part[:, :-1] + part[:, -1:] * x
        return x, x

    _, x = lax.scan(up, jnp.zeros_like(one[0]), parts, reverse=True)
    return jnp.moveaxis(x, 0, 1)


class Network(eqx.Module):
    """A crossbar between its sources: cells with frozen or moving states, lines, and what drives them."""

    device: Device
    env: Environment
    word: Bundle
    bit: Bundle

    def across(self, w, b, gate):
        """Voltage of the cells, V (rows, columns), or that of each of their ports over the bit line."""
        w, b = jnp.broadcast_arrays(w, b.T)
        return (w - b, gate - b, -b) if gated(self.device) else w - b

    def current(self, w, b, gate, x):
        """Current of the cells, A (rows, columns)."""
        i = self.device.current(self.across(w, b, gate), x, self.env)
        shape = len(w), len(b)
        return jnp.broadcast_to(i[0] if gated(self.device) else i, shape)

    def rest(self, w, b, i, drive):
        """What Kirchhoff's law lacks at each node of word and bit lines when the cells carry `i`, A."""
        into_word = self.word.currents(w, drive.word) - self.word.collect(i)
        return into_word, self.bit.currents(b, drive.bit) + self.bit.collect(i.T)

    def free(self, w, b, drive):
        """`Bundle.free` of word and bit lines."""
        return self.word.free(w, drive.word), self.bit.free(b, drive.bit)


class Drive(NamedTuple):
    """Voltages, V: of the ends of word and bit lines (lines, 2), and of the gates, broadcast to the cells."""

    word: Any
    bit: Any
    gate: Any


def least_span(device) -> float:
    """What the voltages over an array count as at the least, V, where errors are measured by them."""
    return STORED if device.stores else STILL


def gated(device) -> bool:
    """Whether a cell has a gate: ports ("channel", "gate", "bulk"), all over its second terminal."""
    return len(getattr(device, "ports", ())) > 1


@eqx.filter_jit
def operating_point(network: Network, x, drive: Drive, shape, *, differentiable: bool = False):
    """Potentials of the nodes with the states frozen, by Newton's method.

    Args:
        network, x, drive: the array, the states of its cells, and the voltages.
        shape: (rows, columns).
        differentiable: by the implicit function rule, for which it takes one more step.

    Returns:
        (w, b, last): word- and bit-line potentials, line-major, V, and the last Newton step of a cell's voltage over
        the span of the drives, which a solution has below CONVERGED.
    """
    frozen, still, held = jax.tree.map(lax.stop_gradient, (network, x, drive))
    start = (
        jnp.zeros((shape[0], 1 if network.word.ideal else shape[1])),
        jnp.zeros((shape[1], 1 if network.bit.ideal else shape[0])),
    )
    volts = [jnp.where(line.ends > 0, v, 0.0) for line, v in ((frozen.word, held.word), (frozen.bit, held.bit))]
    span = jnp.maximum(jnp.ptp(jnp.concatenate([v.ravel() for v in volts])), least_span(network.device))

    def current(w, b):
        return frozen.current(w, b, held.gate, still)

    def tangent(w, b):
        """(what Kirchhoff's law lacks, the solver of the network linearised here)."""
        i, push = jax.linearize(current, *_full(w, b, shape))
        one, none = jnp.ones(shape), jnp.zeros(shape)
        i1, i2 = push(one, none.T), push(none, one.T)
        solve = factor(i1, -i2, frozen.word, frozen.bit, free=frozen.free(w, b, held))
        return frozen.rest(w, b, i, held), solve

    def size(rest):
        return sum(jnp.abs(r).sum() for r in rest)

    def improve(carry):
        steps, (w, b), _ = carry
        rest, solve = tangent(w, b)
        dw, db = solve(*rest)
        before, far = size(rest), jnp.max(jnp.abs(dw - db.T))

        def grows(part):
            there = w + part * dw, b + part * db
            return (
                (part > 1e-4) & ~(size(frozen.rest(*there, current(*there), held)) <= before) & (far > CONVERGED * span)
            )

        part = lax.while_loop(grows, lambda part: part / 2, 1.0)
        return steps + 1, (w + part * dw, b + part * db), far / span

    def going(carry):
        return (carry[0] < MAX_STEPS) & ~(carry[2] <= CONVERGED)

    _, (w, b), last = lax.while_loop(going, improve, (0, start, jnp.inf))
    if not differentiable:
        return w, b, last
    _, solve = tangent(w, b)
    dw, db = solve(*network.rest(w, b, network.current(w, b, drive.gate, x), drive))
    return w + dw, b + db, last


def _full(w, b, shape):
    """Potentials at every node, (rows, columns) and (columns, rows), of lines that may have one node."""
    return jnp.broadcast_to(w, shape), jnp.broadcast_to(b, shape[::-1])
