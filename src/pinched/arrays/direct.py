"""The sparse direct solution of the same network, for where the iteration is slow."""

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from pinched.arrays.lines import Lines
from pinched.core import PinchedError


class Direct:
    """One sparse factorisation of all nodes, each solution refined once on its own current imbalance."""

    def __init__(self, g, word: Lines, bit: Lines):
        rows, columns = g.shape
        self._g, self._word, self._bit = g, word, bit
        wires_word, free_word = word.nodal()
        wires_bit, free_bit = bit.nodal()
        i, j = np.nonzero(g)
        nodes = (i * columns + j, j * rows + i)
        cells = sparse.csc_array((g[i, j], nodes), shape=(g.size, g.size))
        loaded_word = wires_word + sparse.diags_array(g.ravel())
        loaded_bit = wires_bit + sparse.diags_array(g.T.ravel())
        network = sparse.block_array([[loaded_word, -cells], [-cells.T, loaded_bit]])
        self._free = sparse.block_diag([free_word, free_bit], format="csc")
        try:
            self._lu = splu(
                (self._free.T @ network @ self._free).tocsc(),
                permc_spec="MMD_AT_PLUS_A",
                diag_pivot_thresh=0.0,
                options={"SymmetricMode": True},
            )
        except (RuntimeError, MemoryError) as error:
            raise PinchedError(
                f"The crossbar of {rows} x {columns} could not be solved directly ({error}): "
                "bring conductances and wire resistances closer together, or take a smaller array."
            ) from None

    def solve(self, word_drive, bit_drive, bias=None):
        """Node potentials as `static.solve` returns them."""
        g = self._g
        w = self._word.offset(word_drive).copy()
        b = self._bit.offset(bit_drive).swapaxes(1, 2).copy()
        for _ in range(2):
            cell = g * (w - b) if bias is None else g * (w - b) + bias
            at_word, _ = self._word.imbalance(w, -cell, word_drive)
            at_bit, _ = self._bit.imbalance(b.swapaxes(1, 2), cell.swapaxes(1, 2), bit_drive)
            rest = np.concatenate([at_word.reshape(len(w), -1), at_bit.reshape(len(b), -1)], axis=1)
            change = (self._free @ self._lu.solve(self._free.T @ rest.T)).T
            w += change[:, : g.size].reshape(w.shape)
            b += change[:, g.size :].reshape(len(b), *g.T.shape).swapaxes(1, 2)
        return w, b
