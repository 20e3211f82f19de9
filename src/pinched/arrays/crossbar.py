"""The crossbar: ohmic cells between resistive word and bit lines, read and solved exactly."""

import dataclasses
import functools
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from pinched.arrays.effective import effective_matrix
from pinched.arrays.lines import end_currents, lines
from pinched.arrays.static import solve
from pinched.core import PinchedError, verb

ENDS = ("word_left", "word_right", "bit_top", "bit_bottom")


@dataclasses.dataclass(frozen=True)
class Solution:
    """The static state of a crossbar; leading axes are those of the inputs.

    Attributes:
        i_word_left, i_word_right: current into the array at the word lines' ends, A (..., rows); 0 where floating.
        i_bit_top, i_bit_bottom: current out of the array at the bit lines' ends, A (..., columns); 0 where floating.
        v_word, v_bit: potential of the word- and bit-line node of each cell, V (..., rows, columns); NaN on lines that
            no closed cell connects to a driven end, where it is not defined.
        i_device: current through each cell from word to bit line, A (..., rows, columns).
    """

    i_word_left: np.ndarray
    i_word_right: np.ndarray
    i_bit_top: np.ndarray
    i_bit_bottom: np.ndarray
    v_word: np.ndarray
    v_bit: np.ndarray
    i_device: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class Crossbar:
    """An array of ohmic cells with resistive lines; row i is a word line, column j a bit line.

    Neighbouring nodes of a line are one wire segment apart, and so is a driven end from its first node, there with
    `r_source` in series. Wires of exactly 0 ohm are ideal.

    Args:
        conductance: S (rows, columns), at least 0; 0 is an open cell.
        r_word: wire segment of a word line, ohm.
        r_bit: wire segment of a bit line, ohm.
        r_source: resistance in series with every driven end, ohm.

    Raises:
        PinchedError: for a conductance that is no such matrix, or a negative or infinite resistance.
    """

    conductance: Any
    r_word: float = 1.0
    r_bit: float = 1.0
    r_source: float = 0.0

    def __post_init__(self):
        g = _numbers("conductance", self.conductance).copy()
        if g.ndim != 2 or g.size == 0:
            raise PinchedError(f"Crossbar.conductance has shape {g.shape}: give a matrix (rows, columns) in S.")
        if not np.all(np.isfinite(g) & (g >= 0)):
            i, j = np.argwhere(~(np.isfinite(g) & (g >= 0)))[0]
            raise PinchedError(f"Crossbar.conductance[{i}, {j}] = {g[i, j]:g} S: it must be finite and at least 0.")
        g.flags.writeable = False
        object.__setattr__(self, "conductance", g)
        for name in ("r_word", "r_bit", "r_source"):
            r = _numbers(name, getattr(self, name))
            if r.ndim or not np.isfinite(r) or r < 0:
                raise PinchedError(f"Crossbar.{name} = {r} ohm: give one finite number of at least 0.")
            object.__setattr__(self, name, float(r))

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.conductance.shape

    @verb
    def matrix(self) -> np.ndarray:
        """The read as a matrix, S (rows, columns), wires included: `v @ matrix()` are the column currents.

        Built once by block elimination, kept, and read-only; every later `read` is a product with it.
        """
        return self._matrix

    @verb
    def read(self, voltage) -> np.ndarray:
        """Column currents with word lines driven at their left end and bit lines grounded at the bottom.

        Many inputs at once (half as many as columns) are read through `matrix()`.

        Args:
            voltage: V (..., rows).

        Returns:
            A (..., columns), positive out of the array.

        Raises:
            PinchedError: for a wrong length, or a voltage that is not finite.
        """
        v = _numbers("voltage", voltage)
        rows, columns = self.shape
        if v.ndim == 0 or v.shape[-1] != rows:
            raise PinchedError(f"read() got voltages of shape {v.shape}: the last axis must be the {rows} word lines.")
        if not np.isfinite(v).all():
            raise PinchedError("read() got a voltage that is not finite: to float a line use solve().")
        if "_matrix" in self.__dict__ or 2 * (v.size // rows) >= columns:
            return v @ self._matrix
        return self.solve(word_left=v, bit_bottom=0.0).i_bit_bottom

    @verb
    def solve(self, *, word_left=None, word_right=None, bit_top=None, bit_bottom=None) -> Solution:
        """Potentials and currents for any voltages at any line ends.

        Args:
            word_left, word_right: V (..., rows) or a scalar for all; NaN, or nothing given, floats an end.
            bit_top, bit_bottom: V (..., columns) or a scalar for all.

        Returns:
            A Solution with the broadcast leading axes of the inputs.

        Raises:
            PinchedError: for shapes that do not fit, when no end is driven, when zero ohms join two different
                sources, or when the currents cannot be balanced in double precision.
        """
        rows, columns = self.shape
        given = dict(zip(ENDS, (word_left, word_right, bit_top, bit_bottom), strict=True))
        ends = {name: _end(name, value, columns if name in ENDS[2:] else rows) for name, value in given.items()}
        try:
            batch = np.broadcast_shapes(*(v.shape[:-1] for v in ends.values()))
        except ValueError:
            shapes = ", ".join(f"{name} {v.shape}" for name, v in ends.items())
            raise PinchedError(f"solve() cannot broadcast the leading axes of {shapes}.") from None
        drive = np.concatenate(
            [np.broadcast_to(v, (*batch, v.shape[-1])).reshape(-1, v.shape[-1]) for v in ends.values()], axis=1
        )
        driven = ~np.isnan(drive)
        alike: dict[bytes, list[int]] = {}
        for k, row in enumerate(driven):
            alike.setdefault(row.tobytes(), []).append(k)
        parts = [self._solve_driven(np.where(driven[k], drive[k], 0.0), driven[k[0]]) for k in alike.values()]
        back = np.argsort(np.concatenate(list(alike.values())))
        joined = (np.concatenate(pieces)[back] for pieces in zip(*parts, strict=True))
        return Solution(*(x.reshape(*batch, *x.shape[1:]) for x in joined))

    @functools.cached_property
    def _matrix(self) -> np.ndarray:
        matrix = effective_matrix(self.conductance, self.r_word, self.r_bit, self.r_source)
        matrix.flags.writeable = False
        return matrix

    def _solve_driven(self, drive, driven):
        """The fields of a Solution for inputs (batch, ends) that drive the same ends."""
        g, (rows, columns) = self.conductance, self.shape
        if not driven.any():
            raise PinchedError("solve() drives no line end: give at least one of " + ", ".join(ENDS) + ".")
        word_driven, bit_driven = _pairs(driven, rows, columns)
        word_drive, bit_drive = _pairs(drive, rows, columns)
        word_island, bit_island = _islands(g, word_driven.any(axis=1), bit_driven.any(axis=1))
        # A ground on an island carries no current and makes its potential (0 V until it is reported as NaN) unique.
        word = lines(g, self.r_word, self.r_source, word_driven | word_island[:, None])
        bit = lines(np.ascontiguousarray(g.T), self.r_bit, self.r_source, bit_driven | bit_island[:, None])
        w, b = solve(g, word, bit, word_drive, bit_drive)
        cell = g * (w - b)
        into = end_currents(cell, self.r_word, self.r_source, word_driven, word_drive)
        out = 0.0 - end_currents(-cell.swapaxes(1, 2), self.r_bit, self.r_source, bit_driven, bit_drive)
        w[:, word_island] = np.nan
        b[:, :, bit_island] = np.nan
        return into[..., 0], into[..., 1], out[..., 0], out[..., 1], w, b, cell


def _numbers(name: str, value) -> np.ndarray:
    try:
        return np.asarray(value, dtype=np.float64)
    except Exception:  # ragged lists, text, units, tracers: each library raises its own
        raise PinchedError(f"Crossbar needs plain numbers for {name}, not {type(value).__name__}.") from None


def _end(name: str, value, count: int) -> np.ndarray:
    v = np.full(count, np.nan) if value is None else _numbers(name, value)
    v = np.broadcast_to(v, (count,)) if v.ndim == 0 else v
    if v.shape[-1] != count:
        raise PinchedError(f"solve() got {name} of shape {v.shape}: the last axis must be its {count} lines.")
    if np.isinf(v).any():
        raise PinchedError(f"solve() got an infinite voltage at {name}: give volts, or NaN to float a line.")
    return v


def _pairs(ends, rows, columns) -> tuple[np.ndarray, np.ndarray]:
    """(..., all ends as in ENDS) -> those of each word line (..., rows, 2) and of each bit line (..., columns, 2)."""
    left, right, top, bottom = np.split(ends, [rows, 2 * rows, 2 * rows + columns], axis=-1)
    return np.stack([left, right], axis=-1), np.stack([top, bottom], axis=-1)


def _islands(g, word_driven, bit_driven) -> tuple[np.ndarray, np.ndarray]:
    """Which word and bit lines no chain of closed cells joins to a driven line."""
    driven = np.concatenate([word_driven, bit_driven])
    if driven.all():
        return ~word_driven, ~bit_driven
    i, j = np.nonzero(g)
    links = sparse.coo_array((np.ones(i.size), (i, len(g) + j)), shape=(driven.size, driven.size))
    _, component = connected_components(links, directed=False)
    island = ~np.isin(component, component[driven])
    return island[: len(g)], island[len(g) :]
