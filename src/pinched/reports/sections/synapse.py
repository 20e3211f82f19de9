"""Synaptic behaviour: measured on pulses, or predicted by running the pulses on the fitted model."""

import numpy as np
import xarray as xr

from pinched.core import PinchedError
from pinched.reports.figures import synapse as figures
from pinched.reports.section import NotPossible, Section, Table

FOLDED = ("amplitude_", "width_", "fit_error", "cycle_spread", "drift_per_train", "pulses_to")
TWO_LEVEL = (
    "One pulse covers at least half of the range: such a device stores two levels, and gradual training has no steps "
    "to take."
)


def synapse(key: str, title: str, ds: xr.Dataset, fitted, seed: int) -> Section:
    """Range, levels, nonlinearity and spread of the pulses; `result` is the Extraction of their response, or None."""
    from pinched.characterize.extract import extract
    from pinched.characterize.pulses import trains
    from pinched.characterize.synapse import pulse_metrics

    measured = trains(ds)
    if measured.empty:
        return _predicted(key, title, ds, fitted, seed)
    missing, tables, found, note = {}, (), None, ""
    try:
        found = extract(ds)
        tables, note = (ranking(found),), found.note
    except PinchedError as reason:
        missing["Pulse response"] = str(reason)
    plot = figures.synapse(measured, found.curves() if found else None, note)
    text = [f"{measured['train'].nunique()} trains, {len(measured)} reads."]
    text += [TWO_LEVEL] if found and found.two_level else []
    return Section(
        key, title, tuple(text), quantities=pulse_metrics(ds), folded=FOLDED, tables=tables,
        plots=(plot,) if plot else (), missing=missing, predicted=ds.attrs["origin"] == "simulated", result=found,
    )  # fmt: skip


def _predicted(key: str, title: str, ds: xr.Dataset, fitted, seed: int) -> Section:
    from pinched.characterize.extract import extract
    from pinched.characterize.predict import LARGEST

    if fitted is None:
        raise NotPossible("no pulses were measured, and there is no fitted model to predict them with")
    if not fitted.explains:
        raise NotPossible("no pulses were measured, and a model that does not explain the loops predicts none")
    swept = ds["voltage"].values[np.isfinite(ds["voltage"].values)]
    ends = (float(swept.min()), float(swept.max())) if swept.min() < 0 < swept.max() else LARGEST
    found = extract(fitted.device, seed=seed, width=time_scale(ds), largest=ends)
    plot = figures.synapse(None, found.curves(), found.note)
    text = [f"No pulses were measured. The fitted {fitted.model} model was pulsed instead: {found.note}."]
    text += [TWO_LEVEL] if found.two_level else []
    return Section(
        key, title, tuple(text), tables=(ranking(found),), plots=(plot,) if plot else (), predicted=True, result=found
    )


def time_scale(ds: xr.Dataset) -> float:
    """The time between samples of the sweeps, s: the scale on which the loops show the device to move.

    Raises:
        NotPossible: where the sweep rate was assumed: a prediction for pulses would rest on that guess.
    """
    from pinched.characterize.samples import assumed

    if assumed(ds, "assumed sweep rate"):
        raise NotPossible(
            "no pulses were measured, and without a time column or --rate the loops have no time scale for a prediction"
        )
    steps = np.diff(ds["time"].values)
    steps = steps[np.isfinite(steps) & (steps > 0)]
    if not steps.size:
        raise NotPossible("no pulses were measured, and the loops carry no time to predict them on")
    return float(np.median(steps))


def ranking(found) -> Table:
    """The candidate responses, best first."""
    rows = tuple((row.model, f"{100 * row.residual:.2g} %", f"{row.aic:.4g}") for row in found.ranking.itertuples())
    return Table(
        "Response through the trains", ("candidate", "RMS residual, part of the range", "AIC"), rows, folded=True
    )
