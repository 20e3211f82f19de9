"""Crossbars of cells whose current is not proportional to voltage: Newton's method on the ohmic solution."""

from collections.abc import Callable

import numpy as np

from pinched.arrays.lines import lines
from pinched.arrays.static import solve
from pinched.core import PinchedError

Law = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]  # V (rows, columns) -> current in A, slope in S

MAX_STEPS = 60
CONVERGED = 1e-11  # of the largest cell current, between the cells' law and its tangent at the solution


def sinh_law(g, b) -> Law:
    """Cells of i = g sinh(b v)/b; g in S (rows, columns), b in 1/V."""
    return lambda v: (g * np.sinh(b * v) / b, g * np.cosh(b * v))


def solve_law(law: Law, shape, r_word, r_bit, r_source, word_driven, bit_driven, word_drive, bit_drive):
    """Node potentials (V) and cell currents (A), each (rows, columns), of cells whose current rises with voltage.

    Args:
        law: current and slope of every cell.
        shape: (rows, columns).
        r_word, r_bit, r_source: ohm, as in Crossbar.
        word_driven, bit_driven: which ends are driven, bool (rows, 2) and (columns, 2).
        word_drive, bit_drive: their voltages, V; 0 where floating.

    Raises:
        PinchedError: where Newton's method does not converge.
    """
    driven = np.concatenate([word_drive[word_driven], bit_drive[bit_driven]])
    span = np.ptp(driven)  # no cell of a passive network sees more

    def tangent(v):
        current, slope = law(v)
        word = lines(slope, r_word, r_source, word_driven)
        bit = lines(np.ascontiguousarray(slope.T), r_bit, r_source, bit_driven)
        w, b = solve(slope, word, bit, word_drive[None], bit_drive[None], (current - slope * v)[None])
        return w[0], b[0], current + slope * (w[0] - b[0] - v)

    v, step, before = np.zeros(shape), 1.0, np.inf
    for _ in range(MAX_STEPS):
        w, b, on_tangent = tangent(v)
        aim = np.clip(w - b, -span, span)
        miss = np.abs(law(aim)[0] - on_tangent).max()
        if miss <= CONVERGED * np.abs(on_tangent).max():
            return w, b, law(aim)[0]
        step = min(1.0, 2 * step) if miss < before else step / 2
        before = miss
        v = v + step * (aim - v)
    raise PinchedError(
        f"The crossbar of nonlinear cells did not converge in {MAX_STEPS} Newton steps: "
        "lower the voltages, or give the lines some resistance."
    )
