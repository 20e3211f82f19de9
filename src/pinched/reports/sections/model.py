"""The compact model, its fit, and an honest word on whether it explains anything."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from pinched.core import Quantity
from pinched.reports.figures import loops
from pinched.reports.numbers import number
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
    if not np.isin(ds["kind"].values.astype(str), ("sweep", "forming")).any():
        raise NotPossible("compact models are fitted to current–voltage loops, and there are none")
    from pinched.characterize.fit import fit

    found = fit(ds, models=models, quick=quick, seed=seed, progress=tell)
    error = dataclasses.replace(found.left_out_error, label="Error on left-out cycles, in cycle-to-cycle spreads")
    named = {name: _named(name, q) for name, q in found.parameters.items()}
    plots = [draw(ds, found.simulated, found.model) for draw in (loops.overlay, loops.residual)]
    tables = [ranking(found.ranking)] + ([thresholds(found.thresholds)] if found.thresholds else [])
    return Section(
        key, title, text=(found.verdict,), quantities={"left_out_error": error} | named, tables=tuple(tables),
        plots=tuple(p for p in plots if p), assumptions=tuple(found.notes), result=found,
    )  # fmt: skip


def _named(name: str, q: Quantity) -> Quantity:
    """The parameter with its symbol before what it means."""
    return dataclasses.replace(q, label=f"{name}: {q.label}" if q.label and q.label != name else name)


def ranking(rows: Sequence) -> Table:
    """Every candidate with what it reached, best first."""
    shown = tuple(
        (row.model, number(row.delta), number(row.rms), number(row.explained), number(row.left_out_error.value),
         str(row.n_parameters), row.status) for row in rows
    )  # fmt: skip
    columns = (
        "model",
        "ΔAIC",
        "RMS of asinh(I/I_floor)",
        "share of the opening explained",
        "left-out error",
        "parameters",
        "",
    )
    return Table("Ranking of the models, best first", columns, shown)


def thresholds(found: dict[str, dict[str, float]]) -> Table:
    """Switching voltages measured and simulated, as distributions."""
    words = {"v_set": "SET voltage", "v_reset": "RESET voltage"}
    names = list(dict.fromkeys(name for values in found.values() for name in values))
    rows = tuple(
        (words.get(k, k), *(number(values.get(name, np.nan)) for name in names)) for k, values in found.items()
    )
    return Table(
        "Switching voltages on the samples of the fit, measured and by the model (|V|)",
        ("", *(n.replace("_", " ") for n in names)),
        rows,
    )
