"""Where the cells of a matrix stand: tiles and reference columns, and what is seen of the cells through the wires."""

import dataclasses
import itertools
from typing import Any

import jax
import numpy as np

from pinched.arrays.analog.mapping import Mapping
from pinched.core import PinchedError


@dataclasses.dataclass(frozen=True)
class Layout:
    """Where the weights of a matrix stand: tiles of rows and of columns, and the reference columns among them.

    Args:
        rows, outputs: of the matrix.
        mapping: of its weights.
        through: the part of each cell that is seen through the wires, where it is known before.
    """

    rows: int
    outputs: int
    mapping: Mapping
    through: Any = None

    @property
    def width(self) -> int:
        """Weights that stand side by side in a tile, a reference among them."""
        return self.mapping.tile[1] // self.mapping.columns

    @property
    def referenced(self) -> int:
        """1 where a weight of every tile is its reference, else 0."""
        return int(self.mapping.scheme == "reference")

    @property
    def tile_of(self) -> np.ndarray:
        """The tile of each output."""
        return np.arange(self.outputs) // (self.width - self.referenced)

    @property
    def own(self) -> np.ndarray:
        """The place of each output among all weights of a row, references included."""
        return np.arange(self.outputs) + self.referenced * self.tile_of

    @property
    def references(self) -> np.ndarray:
        """The place of the reference of each tile, its last weight."""
        tiles = self.tile_of[-1] + 1
        return np.minimum(np.arange(1, tiles + 1) * self.width, self.outputs + tiles) - 1

    @property
    def output_at(self) -> np.ndarray:
        """The output of each place, and `outputs` where a reference stands."""
        index = np.full(self.places, self.outputs)
        index[self.own] = np.arange(self.outputs)
        return index

    @property
    def places(self) -> int:
        """Weights in a row, references included."""
        return self.outputs + self.referenced * (int(self.tile_of[-1]) + 1)

    def row_tiles(self) -> list[slice]:
        """Rows of each tile."""
        return _split(self.rows, self.mapping.tile[0])

    def column_tiles(self) -> list[slice]:
        """Places of each tile."""
        return _split(self.places, self.width)


def seen(g, layout: Layout):
    """What the columns see of cells `g` (slices, planes, devices, rows, places) through their wires, S.

    The cells of a weight lie side by side; every tile is driven at the left and read at the bottom, solved exactly.
    """
    if layout.through is not None:
        return g * layout.through
    r = layout.mapping.r_wire
    if not isinstance(r, jax.Array) and not r > 0:
        return g
    if isinstance(g, jax.Array) or isinstance(r, jax.Array):
        raise PinchedError(
            "Weights are written through wires as NumPy arrays; give `through` or `r_wire = 0` to follow gradients."
        )
    from pinched.arrays.crossbar import Crossbar

    found = np.empty_like(g)
    for rows, places in itertools.product(layout.row_tiles(), layout.column_tiles()):
        block = np.moveaxis(g[..., rows, places], (-2, -1), (0, 1))
        flat = block.reshape(len(block), -1).astype(np.float64)
        matrix = Crossbar(flat, r_word=r, r_bit=r).matrix()
        found[..., rows, places] = np.moveaxis(matrix.reshape(block.shape), (0, 1), (-2, -1))
    return found


def converted(g, layout: Layout):
    """What a volt on each row adds to the current that is converted, S (slices, rows, outputs), of cells as seen."""
    total = g.sum(2)
    if layout.mapping.scheme == "differential":
        return total[:, 0] - total[:, 1]
    own = total[:, 0][..., layout.own]
    return own - total[:, 0][..., layout.references[layout.tile_of]] if layout.referenced else own


def _split(count: int, size: int) -> list[slice]:
    return [slice(i, min(i + size, count)) for i in range(0, count, size)]
