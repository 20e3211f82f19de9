"""How large an array a device can live in: loss to the wires, and the read margin that sneak paths leave."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pinched.arrays.crossbar import Crossbar
from pinched.core import PinchedError, verb
from pinched.devices.resistor import SinhResistor

if TYPE_CHECKING:
    import pandas as pd

SIZES = (8, 16, 32, 64, 128, 256)
SCHEMES = ("floating", "half", "grounded")


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
    b = 0.0 if nonlinearity is None else 2 * math.acosh(nonlinearity / 2) / v_read
    rows = []
    for n in sizes:
        row = {"size": int(n), "loss": _loss(g_on, r_wire, v_read, int(n), b)}
        for scheme in SCHEMES:
            row[f"margin_{scheme}"] = _margin(g_on, g_off, r_wire, v_read, int(n), b, scheme)
        rows.append(row)
    return pd.DataFrame(rows)


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


def _loss(g, r, v, n, b):
    current = _columns(np.full((n, n), g), r, v, b, word=np.full(n, v), bit=np.zeros(n))
    return float(1 - current.min() / (n * g * v))


def _margin(g_on, g_off, r, v, n, b, scheme):
    rest = {"floating": np.nan, "half": v / 2, "grounded": 0.0}[scheme]
    word, bit = np.full(n, rest), np.full(n, rest)
    word[0], bit[-1] = v, 0.0
    read = []
    for state in (g_on, g_off):
        cells = np.full((n, n), g_on)
        cells[0, -1] = state
        read.append(_columns(cells, r, v, b, word, bit)[-1])
    return float(1 - read[1] / read[0])


def _columns(chord, r, v, b, word, bit):
    """Currents (A) at the bottom of the bit lines; cells of `chord` (S) at `v`, ohmic where b is 0."""
    cell = chord if b == 0 else SinhResistor(g=chord * b * v / np.sinh(b * v), b=b)
    return Crossbar(cell, r, r).solve(word_left=word, bit_bottom=bit).i_bit_bottom
