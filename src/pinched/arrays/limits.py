"""How large an array a device can live in: loss to the wires, and the read margin that sneak paths leave."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pinched.arrays.bits import stored
from pinched.arrays.margins import margin_table
from pinched.core import PinchedError, verb
from pinched.devices.resistor import SinhResistor

if TYPE_CHECKING:
    import pandas as pd

SIZES = (8, 16, 32, 64, 128, 256)
SCHEMES = {"floating": "floating", "half": "V/2", "grounded": "grounded"}  # column -> how idle lines are held


@verb
def limits(
    g_on: float,
    g_off: float,
    r_wire: float,
    v_read: float,
    sizes: Sequence[int] = SIZES,
    nonlinearity: float | None = None,
) -> "pd.DataFrame":
    """Worst-case loss and read margins of square passive arrays against their size.

    Loss: part of the worst column current that the wires cost when every row is driven and every cell is ON.
    Margin: (I_on - I_off)/I_on at the column of the cell farthest from driver and ground, every other cell ON, with
    the other lines floating, at half the read voltage, or grounded.

    Args:
        g_on, g_off: conductance of the two states at the read voltage, S.
        r_wire: of one wire segment, word and bit lines alike, ohm.
        v_read: V.
        sizes: rows, and as many columns.
        nonlinearity: I(V)/I(V/2) of the cell at the read voltage, from 2 (ohmic) up; such cells follow a sinh law.

    Returns:
        A DataFrame: size, loss, margin_floating, margin_half, margin_grounded.

    Raises:
        PinchedError: where the states, the wires or the nonlinearity are not possible.
    """
    import pandas as pd

    if not 0 <= g_off < g_on < math.inf:
        raise PinchedError(f"limits() needs 0 <= g_off < g_on in S, not g_off = {g_off:g} and g_on = {g_on:g}.")
    if not (0 <= r_wire < math.inf and 0 < v_read < math.inf):
        raise PinchedError(f"limits() needs r_wire >= 0 and v_read > 0, not {r_wire:g} ohm and {v_read:g} V.")
    if nonlinearity is not None and not 2 <= nonlinearity < math.inf:
        raise PinchedError(
            f"limits() got nonlinearity {nonlinearity:g}: I(V)/I(V/2) is 2 for an ohmic cell, and more above."
        )
    cell: Any = (g_on, g_off)
    if nonlinearity is not None and nonlinearity > 2:
        b = 2 * math.acosh(nonlinearity / 2) / v_read
        cell = tuple(SinhResistor(g=g * b * v_read / math.sinh(b * v_read), b=b) for g in cell)
    wires = {"r_word": r_wire, "r_bit": r_wire}
    margins = {f"margin_{key}": margin_table(cell, v_read, (name,), sizes, **wires) for key, name in SCHEMES.items()}
    return pd.DataFrame({
        "size": [int(n) for n in sizes],
        "loss": [_loss(stored(cell, np.ones((int(n), int(n))), **wires), g_on, v_read) for n in sizes],
        **{column: table["margin"] for column, table in margins.items()},
    })  # fmt: skip


def largest(table: "pd.DataFrame", column: str, wanted: float) -> float:
    """The side of the largest array that still keeps a loss of at most, or a margin of at least, `wanted`.

    Interpolated between the sizes solved, on log size; NaN where even the smallest array fails, and the largest size
    solved where none does.
    """
    size = table["size"].to_numpy(float)
    spare = table[column].to_numpy() - wanted
    spare = -spare if column == "loss" else spare
    failing = np.flatnonzero(spare < 0)
    if not failing.size:
        return float(size[-1])
    k = failing[0]
    if k == 0:
        return math.nan
    part = spare[k - 1] / (spare[k - 1] - spare[k])
    return float(np.floor(np.exp(np.log(size[k - 1]) + part * np.log(size[k] / size[k - 1]) + 1e-9)))


def _loss(crossbar, g, v):
    """Part that the wires take of the current of the worst column, all cells `g` (S) and all rows at `v` (V)."""
    rows, _ = crossbar.shape
    return float(1 - crossbar.read(np.full(rows, v)).min() / (rows * g * v))
