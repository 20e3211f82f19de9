"""How large an array of this device may grow before wires and sneak paths eat the signal."""

import numpy as np
import pandas as pd

from pinched.core import Quantity
from pinched.reports.figures import arrays as figures
from pinched.reports.numbers import number
from pinched.reports.section import NotPossible, Section, Table

WIRES = ("100nm", "32nm")  # widths of the process cards: NeuroSim's array wire, and a dense one
LOSS = 0.05  # of the worst column current, that the text calls tolerable
MARGIN = 0.10  # of the read current, below which a sense amplifier is hard pressed


def array(key: str, title: str, cell, sizes: tuple[int, ...]) -> Section:
    """Loss to the wires and read margin of square passive arrays of `cell`, a `networks.Mapping`, or None."""
    from pinched.arrays.limits import largest, limits

    if cell is None:
        raise NotPossible("the conductance of the two states is not known")
    on, off, volts = (float(getattr(cell, name)) for name in ("g_max", "g_min", "read_voltage"))
    parts, quantities = [], {}
    for width in WIRES:
        r = segment(width)
        part = limits(on, off, r, volts, sizes=sizes).assign(wires=f"{width.replace('nm', ' nm')} wires", r_wire_ohm=r)
        parts.append(part)
        quantities |= sides(part, f"{width.replace('nm', ' nm')} wires", width, largest)
    table = pd.concat(parts, ignore_index=True)
    text = [
        f"Square passive crossbars of cells between {number(off, 'S')} and {number(on, 'S')}, read at "
        f"{number(volts, 'V')}, solved exactly with their wires."
    ]
    if (margin := table["margin_floating"].max()) < MARGIN:
        text.append(
            f"With floating lines even {sizes[0]} × {sizes[0]} cells leave a read margin of {100 * margin:.1f} % only."
        )
    assumptions = (
        "cells are ohmic at the read voltage; no selector, no transistor",
        "loss: worst column, every row driven, every cell ON",
        "read margin: (I_on − I_off)/I_on of the cell farthest from driver and ground, every other cell ON",
        *(
            f"{width} wires, cells two widths apart: {segment(width):.3g} Ω per cell (PTM and NeuroSim V3.0)"
            for width in WIRES
        ),
    )
    return Section(
        key, title, tuple(text), quantities=quantities, tables=(_sheet(table),), plots=(figures.array_limits(table),),
        assumptions=assumptions, predicted=True,
    )  # fmt: skip


def sides(table: pd.DataFrame, wires: str, key: str, largest) -> dict[str, Quantity]:
    """The largest array within LOSS and above MARGIN; without one that even the smallest array misses."""
    words = {
        "loss": f"wire loss within {LOSS:.0%}",
        "margin_floating": f"read margin above {MARGIN:.0%}, lines floating",
    }
    found = {}
    for column, bound in (("loss", LOSS), ("margin_floating", MARGIN)):
        side = largest(table, column, bound)
        most = side == table["size"].max()
        if np.isfinite(side):
            found[f"side_{column}_{key}"] = Quantity(
                side, "cells", "derived", label=f"Largest array, {words[column]}, {wires}",
                note="the largest size solved still keeps it" if most else "side, between the sizes solved",
            )  # fmt: skip
    return found


def segment(width: str) -> float:
    """Wire between neighbouring cells of a crosspoint array, ohm."""
    from pinched.arrays.macro import Macro

    return Macro(cell="crosspoint", wire_width=width).segment[0]


def _sheet(table: pd.DataFrame) -> Table:
    columns = ("loss", "margin_floating", "margin_half", "margin_grounded")
    rows = tuple(
        (str(int(row["size"])), row["wires"], *(f"{100 * row[c]:.3g} %" for c in columns))
        for _, row in table.iterrows()
    )
    names = ("side", "wires", "loss", "margin, lines floating", "margin, lines at V/2", "margin, lines grounded")
    return Table("Loss and margin by size", names, rows, folded=True)
