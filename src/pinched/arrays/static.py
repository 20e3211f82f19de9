"""Kirchhoff's laws on a crossbar of ohmic cells: conjugate gradients between word and bit lines, checked, else direct.

With W and B the nodal matrices of the word and bit lines (tridiagonal, exactly solvable) and G the cells, the bit-line
potentials obey (B − G W⁻¹ G) b = G W⁻¹ s. Conjugate gradients preconditioned by B need 4–10 iterations while
cells are much more resistive than wires.
"""

import numpy as np

from pinched.arrays.lines import EPS, Lines
from pinched.core import PinchedError

MAX_ITERATIONS = 100  # about half the time of a direct solve, at any size
TOLERANCE = 1e-12  # energy norm of the current imbalance, relative to the start
ACCEPTED = 1e-10  # Kirchhoff's imbalance, summed over all nodes, relative to the largest end current


def solve(g, word: Lines, bit: Lines, word_drive, bit_drive, bias=None, tolerance=TOLERANCE):
    """Node potentials of a crossbar whose cell (i, j) carries g (w − b) + bias from its word to its bit line.

    Args:
        g: cell conductance, S, (rows, columns).
        word: the word lines, (rows, columns) nodes.
        bit: the bit lines, (columns, rows) nodes.
        word_drive: end voltages, V, (batch, rows, 2); a floating end is 0.
        bit_drive: end voltages, V, (batch, columns, 2).
        bias: extra current of each cell, A, (batch, rows, columns), or None.
        tolerance: of the iteration; at a looser one Kirchhoff's laws are not checked.

    Returns:
        (v_word, v_bit) in V, each (batch, rows, columns).

    Raises:
        PinchedError: where neither the iteration nor the direct solution balances the currents.
    """
    w = np.empty((len(word_drive), *g.shape))
    b = np.empty_like(w)
    step = max(1, 65536 // g.size)  # a chunk of inputs that stays in the cache
    chunks = [slice(k, k + step) for k in range(0, len(w), step)]
    slow = None
    for number, k in enumerate(chunks):
        part = None if bias is None else bias[k]
        w[k], b[k], found = _iterate(g, word, bit, word_drive[k], bit_drive[k], part, tolerance)
        if found and tolerance > TOLERANCE:
            continue
        if not _balanced(g, word, bit, word_drive[k], bit_drive[k], part, w[k], b[k]):
            slow = number
            break
    if slow is not None:
        from pinched.arrays.direct import Direct

        direct = Direct(g, word, bit)
        for k in chunks[slow:]:
            part = None if bias is None else bias[k]
            w[k], b[k] = direct.solve(word_drive[k], bit_drive[k], part)
            if not _balanced(g, word, bit, word_drive[k], bit_drive[k], part, w[k], b[k]):
                raise PinchedError(
                    "The crossbar's currents do not balance in double precision: bring conductances and wire "
                    "resistances closer together (a wire below a micro-ohm may be given as 0)."
                )
    return w, b


def _iterate(g, word, bit, word_drive, bit_drive, bias, tolerance):
    """Conjugate gradients on the bit lines; returns the potentials, and whether they converged."""
    gt = np.ascontiguousarray(g.T)
    across = np.empty((len(word_drive), *g.shape))
    w0 = word.offset(word_drive)
    b0 = bit.offset(bit_drive)
    if bias is not None:
        w0 = w0 - word.solve(bias.copy())
        b0 = b0 + bit.solve(np.array(_flip(bias), order="C"))

    def response(b):
        """W⁻¹ G b: potentials of the word lines for those of the bit lines, in a buffer of its own."""
        return word.solve(np.multiply(g, _flip(b), out=across))

    r = gt * _flip(w0 + response(b0) if b0.any() else w0)  # current into the bit lines that they do not carry off yet
    z = bit.solve(r.copy())
    x = np.zeros_like(r)
    p, bp = z.copy(), r.copy()  # B p follows p by the same recurrence
    energy = start = _dot(r, z)
    found = False
    for _ in range(MAX_ITERATIONS):
        q = np.multiply(gt, _flip(response(p)))
        np.subtract(bp, q, out=q)
        curvature = _dot(p, q)
        alpha = np.divide(energy, curvature, out=np.zeros_like(energy), where=curvature > 0)[:, None, None]
        x += alpha * p
        r -= alpha * q
        z = bit.solve(r.copy())
        before, energy = energy, _dot(r, z)
        if found := bool(np.all(energy <= tolerance**2 * start)):
            break
        beta = np.divide(energy, before, out=np.zeros_like(energy), where=before > 0)[:, None, None]
        p *= beta
        p += z
        bp *= beta
        bp += r
    b = b0 + x
    return w0 + response(b), _flip(b), found


def _balanced(g, word, bit, word_drive, bit_drive, bias, w, b) -> bool:
    """Whether Kirchhoff's current law holds at every node.

    In a network of positive conductances an imbalance changes no branch current by more than itself, so the sum of
    the imbalances bounds the error of every current.
    """
    cell = g * (w - b) if bias is None else g * (w - b) + bias
    rounding = 4 * EPS * (g * (np.abs(w) + np.abs(b))).sum(axis=(1, 2))
    at_word, in_word = word.imbalance(w, -cell, word_drive)
    at_bit, in_bit = bit.imbalance(_flip(b), _flip(cell), bit_drive)
    error = _l1(at_word) + _l1(at_bit)
    largest = np.maximum(np.abs(cell.sum(axis=1)).max(axis=1), np.abs(cell.sum(axis=2)).max(axis=1))
    largest = np.maximum(largest, np.abs(cell).max(axis=(1, 2)))
    return bool(np.all(error <= ACCEPTED * largest + rounding + in_word + in_bit))  # False for NaN too


def _flip(x):
    return x.swapaxes(1, 2)


def _dot(x, y):
    return np.einsum("kij,kij->k", x, y)


def _l1(x):
    return np.abs(x).reshape(len(x), -1).sum(axis=1)
