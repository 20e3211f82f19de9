"""What reading and writing an array of the device costs, first order."""

import dataclasses
from typing import Any

from pinched.core import Quantity
from pinched.reports.figures import arrays as figures
from pinched.reports.section import NotPossible, Section, Table

GROUPS = {
    "read_energy": "Energy of one read",
    "read_delay": "Time of one read",
    "write_energy": "Energy of writing the array",
    "write_delay": "Time of writing the array",
    "area": "Area",
}


def cost(key: str, title: str, cell, merits, synapse) -> Section:
    """Energy, delay and area of a 128 x 128 array, itemised.

    Args:
        key, title: of the section.
        cell: `networks.Mapping`, or None.
        merits: figures of merit, for the write voltage; or None.
        synapse: Extraction of the response to pulses, for amplitude and width; or None.
    """
    from pinched.arrays.cost import cost as itemised
    from pinched.arrays.macro import Macro

    if cell is None:
        raise NotPossible("the conductance of the cells is not known")
    volts, width, how = writing(merits or {}, synapse)
    given: dict[str, Any] = {name: v for name, v in (("write_voltage", volts), ("write_width", width)) if v is not None}
    mean = (float(cell.g_min) + float(cell.g_max)) / 2
    macro = Macro(conductance=mean, read_voltage=float(cell.read_voltage), **given)
    found = itemised(macro)
    table = found.table()
    quantities = {f"{group}_total": _scaled(found[f"{group}_total"], f"{label}, {macro.rows} × {macro.columns} cells")
                  for group, label in GROUPS.items()}  # fmt: skip
    parts = [(name, *name.rsplit("_", 1)) for name in found if not name.endswith("_total")]
    rows = tuple((GROUPS[group], part, _scaled(found[name], part), found[name].note) for name, group, part in parts)
    energies = table[table["group"].str.endswith("_energy") & (table["part"] != "total")]
    drawn = energies.assign(operation=energies["group"].map(GROUPS), item=energies["part"], energy_J=energies["value"],
                            low_J=energies["low"].astype(float), high_J=energies["high"].astype(float))  # fmt: skip
    text = (
        f"First order, for a product of 8-bit inputs with a {macro.rows} × {macro.columns} array in {macro.node} CMOS.",
    )
    sheet = Table("Item by item", ("what", "part", "cost", "how"), rows, folded=True)
    return Section(
        key, title, text, quantities=quantities, tables=(sheet,),
        plots=(figures.cost(drawn[["operation", "item", "energy_J", "low_J", "high_J"]]),),
        assumptions=(*how, "cells at the mean of their ON and OFF conductance", *found.assumptions), predicted=True,
    )  # fmt: skip


def _scaled(q: Quantity, label: str) -> Quantity:
    """With a label; areas in µm², which a reader can picture."""
    if q.unit != "m**2":
        return dataclasses.replace(q, label=label)
    low, high = (None if x is None else 1e12 * x for x in (q.low, q.high))
    return dataclasses.replace(q, value=1e12 * q.value, low=low, high=high, unit="µm²", label=label)


def writing(merits, synapse) -> tuple[float | None, float | None, list[str]]:
    """(write voltage, pulse width, how each is known); None where the default of the cost model stands."""
    response = synapse.response if synapse is not None else None
    volts = width = None
    how = []
    for name in ("v_up", "v_down"):
        if response is not None and getattr(response, name) is not None:
            volts = max(volts or 0.0, abs(float(getattr(response, name))))
    for name in ("width_up", "width_down"):
        if response is not None and getattr(response, name) is not None:
            width = max(width or 0.0, float(getattr(response, name)))
    kind = "predicted" if synapse is not None and synapse.predicted else "measured"
    if volts is None:
        switching = [abs(merits[k].value) for k in ("v_set", "v_reset") if k in merits]
        volts = max(switching) if switching else None
        how.append(
            "write voltage: the larger switching voltage of the loops" if switching else "write voltage 1 V, assumed"
        )
    else:
        how.append(f"write voltage: the larger amplitude of the {kind} pulses")
    how.append(
        f"write pulses as wide as the {kind} ones"
        if width is not None
        else "write pulses of 1 µs, assumed: none were measured"
    )
    return volts, width, how
