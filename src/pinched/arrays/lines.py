"""A bundle of parallel wires, every node loaded by a cell: potentials from currents, and currents at the ends.

Arrays are line-major: (batch, lines, nodes) for nodes, (batch, lines, 2) for the two ends of each line.
"""

import copy
from typing import Any, Protocol

import numpy as np
from scipy import sparse
from scipy.linalg import get_lapack_funcs

from pinched.core import PinchedError

EPS = float(np.finfo(float).eps)

pttrf, pttrs = get_lapack_funcs(("pttrf", "pttrs"), dtype=np.float64)


class Lines(Protocol):
    """What the static solver asks of a bundle of lines whose cells lead to potential zero."""

    def solve(self, current: np.ndarray) -> np.ndarray:
        """Node potentials (V) for currents (A) into the nodes, driven ends at 0 V; may overwrite `current`."""
        ...

    def offset(self, drive: np.ndarray) -> np.ndarray:
        """Node potentials (V) for end voltages `drive` (V), no current into the nodes."""
        ...

    def imbalance(self, v, cell, drive) -> tuple[np.ndarray, np.ndarray]:
        """Kirchhoff's sum (A) at each node, the cells bringing `cell` (A), and the total that rounding explains."""
        ...

    def loaded(self, leak: np.ndarray) -> "Lines":
        """The same wires with other cells, whose conductance at each node is `leak`, S."""
        ...

    def nodal(self) -> tuple[Any, Any]:
        """Sparse nodal matrix (S) of wires and driven ends, and the node-by-unknown matrix of what is free to move."""
        ...


SHORT = 1e-9  # of the smallest resistance among the wires: what a segment of 0 ohm beside others is taken as
THIN = 1e-6  # ohm, the same where no other has a resistance, only breaks: no cell sees it, and double precision does


def segments(r, lines: int, nodes: int) -> np.ndarray:
    """Resistance of every wire segment, ohm (lines, nodes + 1), both ends' included.

    Args:
        r: a number for all, (lines,), or (lines, nodes + 1) itself; inf is an open.
    """
    r = np.asarray(r, float)
    r = np.broadcast_to(r[:, None] if r.ndim == 1 else r, (lines, nodes + 1))
    if not (np.any(r) and np.any(r == 0)):
        return r
    resistive = r[(r > 0) & np.isfinite(r)]
    return np.where(r > 0, r, SHORT * resistive.min() if resistive.size else THIN)


def lines(leak, r, r_source: float, driven: np.ndarray, ground=0.0) -> Lines:
    """The wires with resistance, or the one node per line of wires without.

    Args:
        leak: cell conductance at each node, S, (lines, nodes).
        r: resistance of the wire segments, ohm, as `segments` takes it.
        r_source: resistance in series with a driven end, ohm.
        driven: which ends are driven, bool (lines, 2).
        ground: conductance to 0 V at each node, S, (lines, nodes).
    """
    return unloaded(leak.shape, r, r_source, driven, ground).loaded(leak)


def unloaded(shape, r, r_source: float, driven: np.ndarray, ground=0.0) -> Lines:
    """The wires of `lines`, (lines, nodes), which `loaded` gives their cells."""
    return (_Wires if np.any(r) else _Equipotentials)(shape, r, r_source, driven, ground)


class _Wires:
    """Lines of resistive segments: one tridiagonal system, because the lines follow each other uncoupled."""

    _ldl: tuple[np.ndarray, np.ndarray]

    def __init__(self, shape, r, r_source, driven, ground):
        self.shape = shape
        r = segments(r, *self.shape)
        self._along = 1 / r[:, 1:-1]  # S
        self._ends = driven / (r[:, [0, -1]] + r_source)  # S
        self._ground = np.broadcast_to(ground, self.shape)
        self._factor = _factor if self._ends.any(axis=1).all() and self._along.all() else _factor_floating

    def loaded(self, leak):
        lines = copy.copy(self)
        at_nodes = leak + self._ground
        at_nodes[:, 0] += self._ends[:, 0]
        at_nodes[:, -1] += self._ends[:, 1]
        lines._ldl = self._factor(at_nodes, self._along)
        return lines

    def solve(self, current):
        x, _ = pttrs(*self._ldl, current.reshape(len(current), -1).T, overwrite_b=1)
        return x.T.reshape(current.shape)

    def offset(self, drive):
        if not drive.any():
            return np.zeros((len(drive), *self.shape))
        current = np.zeros((len(drive), *self.shape))
        current[:, :, 0] = self._ends[:, 0] * drive[:, :, 0]
        current[:, :, -1] += self._ends[:, 1] * drive[:, :, 1]
        return self.solve(current)

    def imbalance(self, v, cell, drive):
        rest = cell - self._ground * v
        along = np.diff(v, axis=2) * self._along
        rest[:, :, :-1] += along
        rest[:, :, 1:] -= along
        rest[:, :, 0] += self._ends[:, 0] * (drive[:, :, 0] - v[:, :, 0])
        rest[:, :, -1] += self._ends[:, 1] * (drive[:, :, 1] - v[:, :, -1])
        rounding = (np.abs(v[:, :, :-1]) * self._along).sum(axis=(1, 2))
        rounding += (np.abs(v[:, :, [0, -1]]) * self._ends).sum(axis=(1, 2))
        return rest, 4 * EPS * rounding

    def nodal(self):
        diagonal = self._ground.copy()
        diagonal[:, 0] += self._ends[:, 0]
        diagonal[:, -1] += self._ends[:, 1]
        diagonal[:, :-1] += self._along
        diagonal[:, 1:] += self._along
        along = np.zeros(self.shape)
        along[:, :-1] = -self._along
        upper = sparse.diags_array(along.ravel()[:-1], offsets=1, shape=(along.size, along.size))
        return sparse.diags_array(diagonal.ravel()) + upper + upper.T, sparse.eye_array(along.size)


class _Equipotentials:
    """Lines of no resistance: one potential each, which an ideal source holds."""

    _resistance: np.ndarray  # ohm, of each line to all it leads to

    def __init__(self, shape, r, r_source, driven, ground):
        self.shape = shape
        self._ground = np.broadcast_to(ground, self.shape).sum(axis=1)
        self._driven = driven
        self._source = 1 / r_source if r_source else 0.0  # S; an ideal source holds its line instead
        self._held = driven.any(axis=1) & (r_source == 0)

    def loaded(self, leak):
        lines = copy.copy(self)
        total = leak.sum(axis=1) + self._ground + self._source * self._driven.sum(axis=1)
        lines._resistance = np.where(self._held, 0.0, 1 / np.where(self._held, 1.0, total))
        return lines

    def solve(self, current):
        potential = self._resistance * current.sum(axis=2)
        return np.broadcast_to(potential[:, :, None], current.shape)

    def offset(self, drive):
        held = np.where(self._driven[:, 0], drive[:, :, 0], drive[:, :, 1])
        fed = self._resistance * self._source * (drive * self._driven).sum(axis=2)
        return np.broadcast_to(np.where(self._held, held, fed)[:, :, None], (len(drive), *self.shape))

    def imbalance(self, v, cell, drive):
        rest = np.zeros_like(cell)
        rest[:, :, 0] = cell.sum(axis=2) + self._source * (self._driven * (drive - v[:, :, :1])).sum(axis=2)
        rest[:, :, 0] -= self._ground * v[:, :, 0]
        rest[:, self._held] = 0.0
        return rest, 4 * EPS * self._source * np.abs(v[:, :, 0]).sum(axis=1)

    def nodal(self):
        count, nodes = self.shape
        diagonal = np.zeros(self.shape)
        diagonal[:, 0] = self._source * self._driven.sum(axis=1) + self._ground
        of_line = sparse.kron(sparse.eye_array(count), np.ones((nodes, 1)), format="csc")
        return sparse.diags_array(diagonal.ravel()), of_line[:, np.flatnonzero(~self._held)]


def end_currents(cell, r, r_source: float, driven, drive):
    """Current (A) into each end of the lines, (batch, lines, 2), from the current `cell` (A) that leaves at each node.

    A line is a current divider between its two sources; a floating end carries nothing. Summing what the cells draw
    keeps full precision where the drop along a wire segment would be rounding noise. Two ideal sources on a line
    of no resistance share the current as they would on a wire of vanishing resistance.
    """
    lines, nodes = cell.shape[1:]
    if np.ndim(r) < 2 and not driven.all(axis=1).any():
        return cell.sum(axis=2)[:, :, None] * driven
    r = segments(r, lines, nodes) if np.any(r) or r_source else np.ones((lines, nodes + 1))
    to_left = np.where(driven[:, :1], np.cumsum(r[:, :-1], axis=1) + r_source, np.inf)  # ohm, from each node
    to_right = np.where(driven[:, 1:], np.cumsum(r[:, :0:-1], axis=1)[:, ::-1] + r_source, np.inf)
    left, right = (np.isfinite(x) for x in (to_left, to_right))
    both = left & right
    total = np.where(both, to_left + to_right, 1.0)
    left_share = np.divide(to_right, total, out=left.astype(float), where=both)
    right_share = np.divide(to_left, total, out=right.astype(float), where=both)
    ideal = not (np.any(r) or r_source)
    through = np.where(both[:, 0] & (not ideal), (drive[:, :, 0] - drive[:, :, 1]) / total[:, 0], 0.0)
    return np.stack([(cell * left_share).sum(axis=2) + through, (cell * right_share).sum(axis=2) - through], axis=2)


def _factor(at_nodes, c):
    """LDLᵀ of the wires' nodal matrices, one below the other: LAPACK pttrf; c is the conductance of the wires, S."""
    diagonal = at_nodes.copy()
    diagonal[:, :-1] += c
    diagonal[:, 1:] += c
    off = np.zeros(at_nodes.shape)
    off[:, :-1] = -c
    d, e, info = pttrf(diagonal.ravel(), off.ravel()[: max(off.size - 1, 1)])
    if info:
        raise PinchedError("A line of the crossbar has no path to any potential: drive it, or close one of its cells.")
    return d, e


def _factor_floating(at_nodes, c):
    """The same without a subtraction: a floating line keeps its small leak beside its large wire conductance."""
    excess = at_nodes.T.copy()  # what each node leaks once the nodes before it are eliminated
    d, e = np.empty_like(excess), np.zeros_like(excess)
    for j in range(len(excess) - 1):
        d[j] = excess[j] + c[:, j]
        e[j] = -c[:, j] / d[j]
        excess[j + 1] -= e[j] * excess[j]
    d[-1] = excess[-1]
    return d.T.ravel(), e.T.ravel()[: max(e.size - 1, 1)]
