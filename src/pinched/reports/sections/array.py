"""How large an array of this device may grow before wires and sneak paths eat the signal."""

import numpy as np
import pandas as pd

from pinched.core import Quantity
from pinched.reports.figures import arrays as figures
from pinched.reports.numbers import number
from pinched.reports.section import NotPossible, Section, Table

SIZES = (8, 16, 32, 64, 128, 256)
TOLERABLE = 0.05  # loss of the worst column current that the text calls tolerable


def array(key: str, title: str, mapping, wires: dict[str, float]) -> Section:
    """Loss to the wires and read margin of square arrays of this device.

    Args:
        key, title: of the section.
        mapping: `networks.Mapping` of the device, or None where its two states are not known.
        wires: what the wires are -> ohm per segment.
    """
    if mapping is None:
        raise NotPossible("the conductance of the two states is not known")
    on, off, volts = (float(getattr(mapping, name)) for name in ("g_max", "g_min", "read_voltage"))
    rows = [
        {"size": n, "r_wire_ohm": r, "loss": loss(on, r, n), "margin": margin(on, off, r, n, volts)}
        for r in wires.values() for n in SIZES
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    names = {r: name for name, r in wires.items()}
    quantities = {}
    for r, part in table.groupby("r_wire_ohm", sort=False):
        side = largest(part["size"].to_numpy(), part["loss"].to_numpy())
        label = f"Largest array within {100 * TOLERABLE:.0f} % wire loss, {names[r]}"
        note = "worst column of a square array, every cell ON, every row driven; interpolated between the sizes solved"
        if side is None:
            note += f"; none of {SIZES[0]} to {SIZES[-1]} crosses the limit"
        quantities[f"side_{r:g}_ohm"] = Quantity(side if side else np.nan, "cells", "derived", label=label, note=note)
    sentences = (
        f"Square crossbars of cells between {number(off, 'S')} and {number(on, 'S')}, without selectors, "
        f"solved exactly with their wires.",
    )
    shown = tuple(
        (str(int(row["size"])), names[row["r_wire_ohm"]], f"{100 * row['loss']:.3g} %", f"{100 * row['margin']:.3g} %")
        for row in rows
    )
    sheet = Table(
        "Loss and margin by size",
        ("side", "wires", "worst loss to the wires", "read margin, lines floating"),
        shown,
        folded=True,
    )
    assumptions = (
        "cells are ohmic at the read voltage; the array is square and passive (no selector, no transistor)",
        "read margin: one cell read through one row and one column, every other line floating and every other cell ON; "
        "(I_on - I_off)/I_on of the selected cell",
        *(f"{name}: {r:.3g} Ω per segment" for name, r in wires.items()),
    )
    return Section(
        key, title, text=sentences, quantities=quantities, tables=(sheet,), plots=(figures.array_limits(table, names),),
        assumptions=assumptions, predicted=True,
    )  # fmt: skip


def loss(on: float, r_wire: float, n: int) -> float:
    """Part of the worst column current that the wires of an n x n array of ON cells cost; all rows driven."""
    from pinched.arrays.crossbar import Crossbar

    current = Crossbar(np.full((n, n), on), r_word=r_wire, r_bit=r_wire).read(np.ones(n))
    return float(1 - current.min() / (n * on))


def margin(on: float, off: float, r_wire: float, n: int, volts: float) -> float:
    """(I_on - I_off)/I_on of the far corner cell in an n x n array of ON cells, unselected lines floating."""
    from pinched.arrays.crossbar import Crossbar

    word, bit = np.full(n, np.nan), np.full(n, np.nan)
    word[0], bit[-1] = volts, 0.0
    read = []
    for state in (on, off):
        cells = np.full((n, n), on)
        cells[0, -1] = state
        read.append(Crossbar(cells, r_word=r_wire, r_bit=r_wire).solve(word_left=word, bit_bottom=bit).i_bit_bottom[-1])
    return float(1 - read[1] / read[0])


def largest(size: np.ndarray, lost: np.ndarray) -> float | None:
    """The array side at which the loss crosses TOLERABLE, log-log between the sizes; None where it does not."""
    if not lost[0] < TOLERABLE < lost[-1]:
        return None
    return float(np.floor(np.exp(np.interp(np.log(TOLERABLE), np.log(lost), np.log(size)))))
