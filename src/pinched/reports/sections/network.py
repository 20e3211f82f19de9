"""What a network of such devices recognises: programmed onto them, and trained on them."""

import dataclasses
from collections.abc import Sequence

import pandas as pd

from pinched.core import Quantity
from pinched.reports.figures import arrays as figures
from pinched.reports.numbers import number
from pinched.reports.section import NotPossible, Section, Table


def network(key: str, title: str, cell, synapse: Section, seeds: Sequence[int]) -> Section:
    """Accuracy on the bundled digits, ex situ and in situ, beside floating point and ideal devices.

    Args:
        key, title: of the section.
        cell: `networks.Mapping`, or None where the two states are not known.
        synapse: the section on pulses, whose result is the Extraction of their response, or None.
        seeds: one run each.
    """
    from pinched.applications import digits

    response = synapse.result.response if synapse.result is not None else None
    if cell is None and response is None:
        raise NotPossible("neither the two states nor the response to pulses are known")
    found, missing = {}, {}
    if cell is not None:
        found["ex_situ"] = digits.ex_situ(cell, seeds=seeds)
    if response is not None:
        note = (
            "prediction: no pulses were measured"
            if synapse.predicted
            else "through the response to the measured pulses"
        )
        found["in_situ"] = digits.in_situ(response, seeds=seeds, origin="derived", note=note)
    else:
        missing["Trained on devices"] = next(iter(synapse.unavailable.values()), "the response to pulses is not known")
    one = next(iter(found.values()))
    labels = {"ex_situ": "Programmed onto devices", "in_situ": "Trained on devices"}
    shown = {"floating_point": ("Floating point", "reference", one.floating)}
    for name, run in found.items():
        shown[f"ideal_{name}"] = (f"{labels[name]}, ideal ones", "reference", run.ideal)
        shown[name] = (labels[name], name.replace("_", " "), run)
    quantities = {
        name: _quantity(run, f"Accuracy, {label[0].lower()}{label[1:]}") for name, (label, _, run) in shown.items()
    }
    bars = pd.DataFrame([
        {"label": label, "role": role, "mean": run.mean, "std": run.std} for label, role, run in shown.values()
    ])  # fmt: skip
    return Section(
        key, title, text=(_text(found, seeds),), quantities=quantities, plots=(figures.accuracy(bars),),
        missing=missing, tables=(properties(cell),) if cell is not None else (), predicted=True, result=found,
    )  # fmt: skip


def _quantity(run, label: str) -> Quantity:
    q = run.quantity()
    low, high = (None if x is None else 100 * x for x in (q.low, q.high))
    return dataclasses.replace(
        q, value=100 * q.value, unit="percent", low=low, high=high, origin="derived", label=label
    )


def _text(found: dict, seeds: Sequence[int]) -> str:
    chance = f"{len(seeds)} seeds" if len(seeds) > 1 else "one seed, so without a spread"
    return (
        f"A 64-32-10 network on the bundled 8 × 8 digits (359 held-out images, chance 10 %), each weight the "
        f"difference of two devices; {chance}."
    )


def properties(cell) -> Table:
    """What the array was given: value and origin of each property, and what was taken as ideal."""
    ideal = ("ideal", "not measured")
    rows = tuple(
        (q.label, *((number(q.value, q.unit), q.origin) if q.available else ideal), q.note) for q in cell.table()
    )  # fmt: skip
    return Table("The device as the network sees it", ("property", "value", "origin", "how"), rows, folded=True)
