"""The matrix that an ohmic crossbar is, volts to read currents, wires included: block elimination along the bit lines.

Word lines driven at their left end, bit lines grounded at the bottom. Row by row, the word line is eliminated exactly
(its nodal matrix is tridiagonal) and what is left of the rows above is one dense matrix of columns by columns.
"""

import functools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.linalg import get_blas_funcs, get_lapack_funcs
from threadpoolctl import ThreadpoolController

from pinched.arrays.lines import lines
from pinched.core import PinchedError

(symm,) = get_blas_funcs(("symm",), dtype=np.float64)
lauum, potrf, trtri = get_lapack_funcs(("lauum", "potrf", "trtri"), dtype=np.float64)

CHUNK = 2**18  # numbers held at a time while word lines are eliminated (2 MB)


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
    # Small products wait longer for a second core than they take.
    with _threads().limit(limits=1 if columns <= 256 else None, user_api="blas"):
        return _eliminate(g, r_word, r_bit, r_source)


@functools.cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()  # it searches the loaded libraries, which takes as long as a small array


def _eliminate(g, r_word, r_bit, r_source):
    rows, columns = g.shape
    if r_bit == 0:
        return _on_ideal_bit_lines(g, r_word, r_source)
    to_ground = r_bit / (r_bit + r_source)
    below = np.zeros((columns, columns), order="F")  # the rows above, seen from the row below them, x r_bit
    current = np.zeros((columns, rows), order="F")  # brought down the bit lines, A per volt on each word line
    for i, (nodal, driven) in enumerate(_ahead(_word_lines(g, r_word, r_source, r_bit))):
        np.einsum("ii->i", nodal)[:] += (i > 0) + (1.0 if i < rows - 1 else to_ground)
        nodal -= below
        current[:, i] = driven
        current[:, :i] = symm(1.0, below, current[:, :i], lower=1)
        below = _inverse(nodal)
    return to_ground * symm(1.0, below, current, lower=1).T


def _word_lines(g, r_word, r_source, scale):
    """For each word line, in chunks: `scale` (ohm) times the nodal matrix between the bit lines, and what 1 V drives.

    With A the nodal matrix of the line and its cells g, these are diag(g) - g A⁻¹ g and g times the line's potentials.
    """
    columns = g.shape[1]
    step = max(1, CHUNK // columns**2)
    for k in range(0, len(g), step):
        cells = g[k : k + step]
        bundle = lines(cells, r_word, r_source, np.tile([True, False], (len(cells), 1)))
        each = np.zeros((columns, *cells.shape))
        each[np.arange(columns), :, np.arange(columns)] = 1.0
        nodal = np.multiply(bundle.solve(each).swapaxes(0, 1), cells[:, None, :], order="C")
        nodal *= -scale * cells[:, :, None]
        np.einsum("kii->ki", nodal)[:] += scale * cells
        driven = cells * bundle.offset(np.tile([1.0, 0.0], (1, len(cells), 1)))[0]
        yield list(zip(nodal.swapaxes(1, 2), driven, strict=True))  # symmetric, and in Fortran's order


def _ahead(chunks: Iterator[list]) -> Iterator:
    """What is in the chunks, each made on a second core while the one before is used."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = pool.submit(next, chunks, None)
            yield from chunk


def _inverse(matrix: np.ndarray) -> np.ndarray:
    """Lower triangle of the inverse of a positive definite matrix."""
    factor, failed = potrf(matrix, lower=1, overwrite_a=1)
    if failed:
        raise PinchedError("The crossbar's nodal matrix is not positive in double precision: check its conductances.")
    return lauum(_inverse_of_triangle(factor), lower=1, overwrite_c=1)[0]


def _inverse_of_triangle(factor):
    """Inverse of a lower triangle with zeros above, by halves down to the size where LAPACK's own is fast."""
    n = len(factor)
    if n <= 64:
        return trtri(factor, lower=1)[0]
    h = n // 2
    inverse = np.zeros((n, n), order="F")
    first = inverse[:h, :h] = _inverse_of_triangle(factor[:h, :h])
    last = inverse[h:, h:] = _inverse_of_triangle(factor[h:, h:])
    inverse[h:, :h] = -last @ (factor[h:, :h] @ first)
    return inverse


def _on_ideal_bit_lines(g, r_word, r_source):
    if r_source == 0:
        bundle = lines(g, r_word, 0.0, np.tile([True, False], (len(g), 1)))
        return g * bundle.offset(np.tile([1.0, 0.0], (1, len(g), 1)))[0]
    nodal, driven = zip(*_ahead(_word_lines(g, r_word, r_source, r_source)), strict=True)
    return np.linalg.solve(np.eye(g.shape[1]) + sum(nodal), np.stack(driven).T).T
