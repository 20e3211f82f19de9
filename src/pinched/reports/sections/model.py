"""The compact model, its fit, and an honest word on whether it explains anything."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from pinched.core import Quantity
from pinched.reports.figures import loops
from pinched.reports.section import NotPossible, Section, Table


def model(
    key: str,
    title: str,
    ds: xr.Dataset,
    models: Sequence[str] | None,
    quick: bool,
    seed: int,
    tell: Callable[[str, float], None],
) -> Section:
    """Fit the candidate models to the loops; `result` is the Fit."""
    from pinched.characterize.fit import fit

    if not np.isin(ds["kind"].values.astype(str), ("sweep", "forming")).any():
        raise NotPossible("compact models are fitted to current–voltage loops, and there are none")
    found = fit(ds, models=models, quick=quick, seed=seed, progress=tell)
    quantities = {
        "left_out_error": dataclasses.replace(
            found.left_out_error, label=found.left_out_error.label or "Error on left-out cycles"
        )
    }
    quantities |= dict(found.parameters)
    plot = loops.overlay(ds, found.simulated, found.model)
    text = [found.verdict]
    if not found.explains:
        text.append(
            "What follows from the model below this section is therefore of little worth, and marked as predicted."
        )
    return Section(
        key, title, text=tuple(text), quantities=quantities, tables=(ranking(found.ranking),),
        plots=(plot,) if plot else (), result=found,
    )  # fmt: skip


def ranking(rows: Sequence) -> Table:
    """Every candidate with what it reached, best first."""
    shown = [
        {k: v for k, v in _fields(row).items() if isinstance(v, (str, int, float, Quantity)) and k != "device"}
        for row in rows
    ]
    columns = tuple(dict.fromkeys(name for row in shown for name in row))
    table = tuple(tuple(_cell(row.get(c, "")) for c in columns) for row in shown)
    return Table("Ranking of the models", tuple(c.replace("_", " ") for c in columns), table)


def _fields(row) -> dict:
    return (
        {f.name: getattr(row, f.name) for f in dataclasses.fields(row)} if dataclasses.is_dataclass(row) else dict(row)
    )


def _cell(value):
    return f"{value:.4g}" if isinstance(value, float) else value
