"""Arrays beyond one plane: stacks with shared lines, vertical arrays, woven fibres. Each is a Crossbar again."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from pinched.arrays.crossbar import Crossbar
from pinched.arrays.macro import CELLS
from pinched.core import PinchedError, nearest, verb


@dataclasses.dataclass(frozen=True, eq=False)
class StackSolution:
    """The static state of a stack; leading axes are those of the inputs.

    Attributes:
        current: plane -> current into the stack at each of its lines, A; 0 where floating.
        voltage, i: of every cell, V and A (..., layers, rows, columns), from its word to its bit line.
    """

    current: dict[int, np.ndarray]
    voltage: np.ndarray
    i: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class Stack:
    """Layers of cells between planes of lines that cross at right angles; neighbouring layers share a plane.

    Plane 0 holds word lines, plane 1 bit lines, plane 2 word lines, and so on; layer k lies between planes k and k + 1.
    The lines of all word planes and those of all bit planes are the lines of one crossbar, whose cells exist only
    between neighbouring planes: so one solver serves it. Word lines are driven at their left, bit lines at the bottom.

    Args:
        conductance: S (layers, rows, columns).
        r_word, r_bit: wire between neighbouring cells, ohm.
        r_source: in series with every driven end, ohm.
    """

    conductance: np.ndarray
    r_word: float = 1.0
    r_bit: float = 1.0
    r_source: float = 0.0

    def __post_init__(self):
        g = np.array(self.conductance, float)
        if g.ndim != 3 or not g.size:
            raise PinchedError(f"Stack.conductance has shape {g.shape}: give (layers, rows, columns) in S.")
        g.flags.writeable = False
        object.__setattr__(self, "conductance", g)

    @property
    def planes(self) -> int:
        """Number of planes of lines, one more than layers."""
        return len(self.conductance) + 1

    @property
    def crossbar(self) -> Crossbar:
        """The stack as one crossbar; its lines are ordered by place, and by plane at the same place."""
        layers, rows, columns = self.conductance.shape
        words, bits = _counts(layers)
        g = np.zeros((rows, words, columns, bits))
        for k in range(layers):
            g[:, _word(k), :, _bit(k)] = self.conductance[k]
        return Crossbar(
            g.reshape(rows * words, columns * bits),
            r_word=_spaced(self.r_word, columns, bits, rows * words),
            r_bit=_spaced(self.r_bit, rows, words, columns * bits),
            r_source=self.r_source,
        )

    @verb
    def solve(self, drive: Mapping[int, Any]) -> StackSolution:
        """Currents and voltages for the voltages (V) of some planes; planes and lines without one (NaN) float.

        Args:
            drive: plane -> V (..., lines) or a scalar for all.

        Raises:
            PinchedError: for a plane that the stack does not have, or none driven.
        """
        layers, rows, columns = self.conductance.shape
        words, bits = _counts(layers)
        if unknown := sorted(set(drive) - set(range(self.planes))):
            raise PinchedError(f"A stack of {layers} layers has the planes 0 to {layers}, not {unknown[0]}.")
        volts = {p: np.atleast_1d(np.asarray(v, float)) for p, v in drive.items()}
        batch = np.broadcast_shapes(*(v.shape[:-1] for v in volts.values())) if volts else ()
        word = np.full((*batch, rows, words), np.nan)
        bit = np.full((*batch, columns, bits), np.nan)
        for p, v in volts.items():
            (word if p % 2 == 0 else bit)[..., p // 2] = v
        s = self.crossbar.solve(word_left=_flat(word), bit_bottom=_flat(bit))
        into = s.i_word_left.reshape(word.shape), -s.i_bit_bottom.reshape(bit.shape)
        across = (s.v_word - s.v_bit).reshape(*batch, rows, words, columns, bits)
        through = s.i_device.reshape(across.shape)
        pick = [(..., slice(None), _word(k), slice(None), _bit(k)) for k in range(layers)]
        return StackSolution(
            {p: into[p % 2][..., p // 2] for p in range(self.planes)},
            np.stack([across[at] for at in pick], axis=-3),
            np.stack([through[at] for at in pick], axis=-3),
        )

    @verb
    def transmission(self) -> np.ndarray:
        """Conductance from each line of the first plane to each of the last, S, the planes between them floating.

        One input line is driven at a time, the others and all outputs are grounded: element (i, j) is what output j
        receives of channel i, and what lies off the wanted pairs is crosstalk.
        """
        layers, rows, _ = self.conductance.shape
        s = self.solve({0: np.eye(rows), layers: 0.0})
        return -s.current[layers]


def vertical(conductance, r_finger: float = 1.0, r_pillar: float = 1.0) -> tuple[Crossbar, ...]:
    """A vertical array: pillars through a stack of electrodes, each cut into fingers along the rows.

    Every row of pillars is a crossbar of its own: word lines are its fingers, one a layer, bit lines its pillars.

    Args:
        conductance: S (layers, rows, columns).
        r_finger: of a finger between neighbouring pillars, ohm.
        r_pillar: of a pillar between neighbouring layers, ohm.
    """
    g = np.asarray(conductance, float)
    if g.ndim != 3 or not g.size:
        raise PinchedError(f"vertical() got conductances of shape {g.shape}: give (layers, rows, columns) in S.")
    return tuple(Crossbar(g[:, i], r_finger, r_pillar) for i in range(g.shape[1]))


def woven(
    conductance, pitch: float, warp: float, weft: float, spread: float = 0.0, seed: int = 0, **options: Any
) -> Crossbar:
    """A crossbar of fibres: word lines along the weft, bit lines along the warp, a cell where they touch.

    Args:
        conductance: S (rows, columns).
        pitch: distance of neighbouring fibres, m.
        warp, weft: resistance of the fibres per length, ohm/m.
        spread: σ/μ of the resistance from segment to segment, lognormal.
        seed: of the segments.
        options: r_source, … of the Crossbar.
    """
    rows, columns = np.shape(conductance)
    rng = np.random.default_rng(seed)
    s = np.sqrt(np.log1p(spread**2))

    def fibres(lines, nodes, per_metre):
        return per_metre * pitch * np.exp(s * rng.standard_normal((lines, nodes + 1)) - s**2 / 2)

    return Crossbar(conductance, r_word=fibres(rows, columns, weft), r_bit=fibres(columns, rows, warp), **options)


def footprint(shape, cell: str = "crosspoint", feature: float = 32e-9, layers: int = 1) -> float:
    """Area on the wafer of an array of `shape` bits in m²: F² by the cell, stacked cells sharing it.

    Args:
        shape: (rows, columns), or (layers, rows, columns).
        cell: a key of `macro.CELLS`, which gives each area with its source.
        feature: F, m.
        layers: over which the cells are stacked.

    Raises:
        PinchedError: for an unknown cell.
    """
    if cell not in CELLS:
        raise PinchedError(f"No cell type {cell!r} ({', '.join(CELLS)}){nearest(cell, CELLS)}.")
    return float(np.prod(shape)) * CELLS[cell][1] * feature**2 / layers


def _counts(layers: int) -> tuple[int, int]:
    """How many planes are word planes, and how many bit planes."""
    return layers // 2 + 1, (layers + 1) // 2


def _word(layer: int) -> int:
    """Which word plane a layer touches."""
    return (layer + 1) // 2


def _bit(layer: int) -> int:
    """Which bit plane a layer touches."""
    return layer // 2


def _spaced(r, places, planes, lines):
    """Segments (lines, nodes + 1) of lines that pass `places`, at each of which `planes` nodes are one."""
    if planes == 1 or not np.any(r):
        return r
    segments = np.where(np.arange(places * planes + 1) % planes == 0, float(r), 0.0)
    return np.broadcast_to(segments, (lines, segments.size)).copy()


def _flat(x):
    return x.reshape(*x.shape[:-2], -1)
