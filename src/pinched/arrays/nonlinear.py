"""Crossbars of cells whose current is not proportional to voltage: Newton's method on the ohmic solution."""

from collections.abc import Callable

import numpy as np

from pinched.arrays.lines import EPS, unloaded
from pinched.arrays.static import TOLERANCE, solve
from pinched.core import PinchedError

Law = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]  # V (rows, columns) -> current in A, slope in S

MAX_STEPS = 100
LEAP, HALVINGS = 10.0, 8  # growth of a cell's current in one step, beyond what its tangent says
STALLED = 1e-10  # the same where large currents along the lines leave the cells fewer digits
ROUGH = 1e-3, 1e-2  # tolerance of the first linear solutions, and of later ones over the square of the last miss
CONVERGED = 1e-11  # of the largest cell current, between the cells' law and its tangent at the solution


def solve_law(law: Law, shape, wires, driven, drive, ground):
    """Node potentials (V) and cell currents (A), each (rows, columns), of cells whose current rises with voltage.

    Where Newton's method fails at once, it follows the solution from lower voltages.

    Args:
        law: current and slope of every cell.
        shape: (rows, columns).
        wires: (r_word, r_bit, r_source), ohm, as `lines` takes them.
        driven: which ends of (word, bit) lines are driven, bool (lines, 2) each.
        drive: their voltages, V; 0 where floating.
        ground: conductance to 0 V at the nodes of (word, bit) lines, S, line-major.

    Raises:
        PinchedError: where Newton's method does not converge.
    """
    r_word, r_bit, r_source = wires
    span = np.ptp(np.concatenate([volts[on] for volts, on in zip(drive, driven, strict=True)]))
    word = unloaded(shape, r_word, r_source, driven[0], ground[0])
    bit = unloaded(shape[::-1], r_bit, r_source, driven[1], ground[1])
    start = _ideal(law, shape, wires, driven, drive, span)
    for parts in ((1.0,), (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)):
        v, tangent = start or (np.zeros(shape), None)
        for part in parts:
            found = _newton(law, v, tangent or law(v), word, bit, [part * volts for volts in drive], part * span)
            if found is None:
                break
            v, tangent = found[0] - found[1], None
        else:
            return found
        start = None
    raise PinchedError(
        f"The crossbar of nonlinear cells did not converge in {MAX_STEPS} Newton steps: "
        "lower the voltages, or give the lines some resistance."
    )


def _ideal(law: Law, shape, wires, driven, drive, span):
    """Cell voltages without the wires' drop, and the law there; None where lines float or would lose too much."""
    if not all(on.any(axis=1).all() for on in driven):
        return None
    word, bit = (volts.sum(axis=1) / on.sum(axis=1) for volts, on in zip(drive, driven, strict=True))
    v = word[:, None] - bit
    current, slope = law(v)
    lost = 0.0
    for r, nodes, axis in zip(wires[:2], shape[::-1], (1, 0), strict=True):
        length = np.sum(r, axis=1, where=np.isfinite(r)) if np.ndim(r) == 2 else r * (nodes + 1)
        lost += np.max(np.abs(current).sum(axis=axis) * (length + wires[2]))
    return (v, (current, slope)) if lost <= span else None


def _newton(law, v, tangent, word, bit, drive, span):
    """(v_word, v_bit, current) from the cells' `tangent` at `v` on, or None.

    No cell of a passive array sees over `span`.
    """
    before = np.inf
    rounding = 4 * EPS * max(np.abs(volts).max() for volts in drive)  # V
    current, slope = tangent
    tolerance = ROUGH[0]
    for _ in range(MAX_STEPS):
        word, bit = word.loaded(slope), bit.loaded(slope.T)
        bias = (current - slope * v)[None]
        w, b = (p[0] for p in solve(slope, word, bit, drive[0][None], drive[1][None], bias, tolerance))
        on_tangent = current + slope * (w - b - v)
        aim = np.clip(w - b, -span, span)
        here, slope_here = law(aim)
        miss = np.abs(here - on_tangent).max()
        scale = max(np.abs(on_tangent).max(), rounding * slope.max())
        near = not span or miss <= CONVERGED * scale or (miss <= STALLED * scale and miss > before / 4)
        if near and tolerance == TOLERANCE:
            return w, b, here
        tolerance = TOLERANCE if near else max(TOLERANCE, min(tolerance, ROUGH[1] * (miss / scale) ** 2))
        before = miss
        largest = LEAP * np.maximum(np.abs(on_tangent), np.abs(current)) + CONVERGED * scale
        for _ in range(HALVINGS):  # each cell linearises where it likes: short of where its current would explode
            bold = np.abs(here) > largest
            if not bold.any():
                break
            aim = np.where(bold, (aim + v) / 2, aim)
            here, slope_here = law(aim)
        v, current, slope = aim, here, slope_here
    return None
