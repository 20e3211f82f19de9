"""Figures of merit with their intervals, and their distributions."""

import dataclasses

import pandas as pd
import xarray as xr

from pinched.core import PinchedError, Quantity
from pinched.reports.figures import statistics
from pinched.reports.section import Section

FOLDED = ("cv_", "weibull_", "slope_", "polarity", "abrupt", "pinch", "area", "nonlinearity", "rectification")
NAMES = {  # what `metrics` calls what is not there -> what a reader calls it
    "forming": "Forming",
    "synapse": "Potentiation and depression",
    "levels": "Multilevel storage",
    "retention": "Retention",
    "endurance": "Endurance",
    "read noise": "Read noise",
    "loops": "Current–voltage loops",
}


def merits(key: str, title: str, ds: xr.Dataset) -> Section:
    """Everything `metrics` reads from the Dataset but the synapse's, which has a section; `result` is its Metrics."""
    from pinched.characterize.loop_metrics import FEATURES
    from pinched.characterize.metrics import metrics
    from pinched.characterize.synapse import pulse_metrics

    found = metrics(ds)
    synaptic = pulse_metrics(ds)
    features = loops_of(ds)
    plots = [statistics.retention(ds), statistics.endurance(ds), statistics.levels(ds)]
    if features is not None:
        plots.insert(0, statistics.switching(features[features["switches"]]))
    names = NAMES | {name: label for name, (_, label, _) in FEATURES.items()}
    missing = {_named(k, names): why for k, why in found.not_measured.items() if k not in synaptic}
    shown = {k: _honest(q, ds) for k, q in found.items() if k not in synaptic}
    return Section(
        key, title, text=tuple(found.verdict), quantities=shown,
        folded=FOLDED, plots=tuple(p for p in plots if p), missing=missing, result=found,
    )  # fmt: skip


def _honest(q: Quantity, ds: xr.Dataset) -> Quantity:
    """What was read off a simulation is derived, not measured."""
    simulated = ds.attrs["origin"] == "simulated" and q.origin == "measured"
    return dataclasses.replace(q, origin="derived") if simulated else q


def _named(key: str, names: dict[str, str]) -> str:
    families = {
        "cv_d2d_": "Device-to-device spread",
        "cv_c2c_": "Cycle-to-cycle spread",
        "weibull_": "Weibull distribution of the switching voltages",
    }
    return next(
        (word for start, word in families.items() if key.startswith(start)), names.get(key, key.replace("_", " "))
    )


def loops_of(ds: xr.Dataset) -> pd.DataFrame | None:
    """`loop_features`, or None where the Dataset holds no loops."""
    from pinched.characterize.loops import loop_features

    try:
        return loop_features(ds)
    except PinchedError:
        return None
