"""The matrix that an ohmic crossbar is: read currents per volt, wires included, by block elimination along the bit lines.

Word lines driven at their left end, bit lines grounded at the bottom. Row by row, the word line is eliminated exactly
(its nodal matrix is tridiagonal) and what is left of the rows above is one dense matrix of columns by columns.
"""

import numpy as np
from scipy.linalg.blas import dsymm
from scipy.linalg.lapack import dpotrf, dpotri

from pinched.arrays.lines import lines
from pinched.core import PinchedError


def effective_matrix(g, r_word: float, r_bit: float, r_source: float):
    """S (rows, columns) such that `v @ matrix` are the read currents.

    Args:
        g: cell conductance, S, (rows, columns).
        r_word, r_bit: wire segment, ohm.
        r_source: in series with every driven end, ohm.
    """
    rows, columns = g.shape
    if columns > rows:  # reciprocity: read it from the bit lines' side, where the dense matrix is the smaller one
        return effective_matrix(g[::-1, ::-1].T, r_bit, r_word, r_source).T[::-1, ::-1].copy()
    if r_bit == 0:
        return _on_ideal_bit_lines(g, r_word, r_source)
    below = np.asfortranarray(np.zeros((columns, columns)))  # of the rows above, seen from the row below them
    current = np.zeros((columns, rows), order="F")  # brought down the bit lines, A per volt on each word line
    for i in range(rows):
        nodal, current[:, i] = _row(g[i], r_word, r_source)
        nodal *= r_bit
        nodal[np.diag_indices(columns)] += (i > 0) + (1.0 if i < rows - 1 else r_bit / (r_bit + r_source))
        nodal -= below
        if i:
            current[:, :i] = dsymm(1.0, below, current[:, :i], lower=1)
        below = _inverse(nodal)
    return r_bit / (r_bit + r_source) * dsymm(1.0, below, current, lower=1).T


def _row(g, r_word, r_source):
    """Nodal matrix (S) that one word line of cells g puts between the bit lines, and what 1 V on it drives into them."""
    line = lines(g[None], r_word, r_source, np.array([[True, False]]))
    inverse = line.solve(np.eye(len(g))[:, None, :])[:, 0]
    matrix = np.diag(g) - g[:, None] * inverse * g
    return np.asfortranarray(matrix), g * line.offset(np.array([[[1.0, 0.0]]]))[0, 0]


def _inverse(matrix):
    """Lower triangle of the inverse of a positive definite matrix."""
    factor, failed = dpotrf(matrix, lower=1, overwrite_a=1)
    if failed:
        raise PinchedError("The crossbar's nodal matrix is not positive in double precision: check its conductances.")
    return dpotri(factor, lower=1, overwrite_c=1)[0]


def _on_ideal_bit_lines(g, r_word, r_source):
    rows, columns = g.shape
    drives = np.broadcast_to([1.0, 0.0], (1, rows, 2))
    current = g * lines(g, r_word, r_source, np.tile([True, False], (rows, 1))).offset(drives)[0]
    if r_source == 0:
        return current
    shunt = sum(_row(row, r_word, r_source)[0] for row in g)
    return np.linalg.solve(np.eye(columns) + r_source * shunt, current.T).T
