"""How the lines of a passive array are held so that one cell alone sees the whole voltage."""

from typing import Any, NamedTuple

import numpy as np

from pinched.core import PinchedError, nearest


class Scheme(NamedTuple):
    """Where the lines that are not selected are held, as parts of the voltage; NaN floats them."""

    word: float
    bit: float


SCHEMES = {
    "V/2": Scheme(1 / 2, 1 / 2),  # half-selected cells see V/2, the others none
    "V/3": Scheme(1 / 3, 2 / 3),  # every other cell sees V/3, the unselected ones reversed
    "grounded": Scheme(0.0, 0.0),  # cells of the selected word line see V, all others none
    "floating": Scheme(np.nan, np.nan),  # sneak paths of three cells divide V
}


def scheme(name: str) -> Scheme:
    """The scheme of a name.

    Raises:
        PinchedError: for an unknown name.
    """
    if name not in SCHEMES:
        raise PinchedError(f"There is no scheme {name!r} ({', '.join(SCHEMES)}){nearest(name, SCHEMES)}.")
    return SCHEMES[name]


def bias(name: str, shape, row, column, v, *, both: bool = False, gate: float | None = None) -> dict[str, Any]:
    """Line-end voltages that put `v` across one cell: `crossbar.solve(**bias("V/2", crossbar.shape, 3, 5, 1.2))`.

    The selected word line is held at `v`, the selected bit line at 0 V, the others as the scheme says.

    Args:
        name: a key of SCHEMES.
        shape: (rows, columns).
        row, column: the selected cell; arrays of them, and of `v`, give a batch of biases as leading axes.
        v: V.
        both: hold every line at both ends instead of word lines at the left and bit lines at the bottom.
        gate: V at the transistors of the selected word line, those of the others at 0 V; None without transistors.

    Raises:
        PinchedError: for an unknown scheme, a cell outside the array, or a voltage that is not finite.
    """
    chosen = scheme(name)
    row, column, v = np.broadcast_arrays(row, column, np.asarray(v, float))
    if not np.isfinite(v).all():
        raise PinchedError("bias() got a voltage that is not finite: give volts; the scheme says what floats.")
    for which, index, count in zip(("row", "column"), (row, column), shape, strict=True):
        if not np.issubdtype(index.dtype, np.integer) or np.any((index < -count) | (index >= count)):
            raise PinchedError(f"bias() got {which} {index}: an array of {shape[0]} x {shape[1]} has no such line.")
    word = _held(row, shape[0], chosen.word * v, v)
    bit = _held(column, shape[1], chosen.bit * v, np.zeros_like(v))
    ends = {"word_left": word, "bit_bottom": bit}
    if both:
        ends |= {"word_right": word, "bit_top": bit}
    if gate is not None:
        ends["gate"] = _held(row, shape[0], np.zeros_like(v), np.full_like(v, gate))
    return ends


def stress(name: str, v: float) -> dict[str, float]:
    """Voltage across the cells that are not selected, wires and devices ideal; NaN where their line floats.

    "row" shares the word line of the selected cell, "column" its bit line, "rest" neither.
    """
    word, bit = scheme(name)
    return {"row": (1 - bit) * v, "column": word * v, "rest": (word - bit) * v}


def _held(index, count, others, own):
    """Potentials (..., count): `own` at `index`, `others` elsewhere."""
    return np.where(np.arange(count) == index[..., None] % count, own[..., None], others[..., None])
