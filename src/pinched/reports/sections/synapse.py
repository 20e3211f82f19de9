"""Synaptic behaviour: measured on pulses, or predicted by running the pulses on the fitted model."""

import numpy as np
import pandas as pd
import xarray as xr

from pinched.reports.figures import synapse as figures
from pinched.reports.section import NotPossible, Section

PULSES = 64  # drawn for a predicted response that does not say how many it takes


def synapse(key: str, title: str, ds: xr.Dataset, fitted, quick: bool, seed: int) -> Section:
    """Levels, range, nonlinearity and spread of the pulses; `result` is the PulseResponse."""
    from pinched.characterize.extract import pulse_response
    from pinched.characterize.pulses import trains
    from pinched.characterize.synapse import pulse_metrics

    measured = trains(ds)
    if measured.empty:
        return _predicted(key, title, fitted, seed)
    response = pulse_response(ds)
    counts = {d: int(part.groupby("train")["pulse"].max().median()) for d, part in measured.groupby("direction")}
    plot = figures.synapse(measured, curve(response, counts, measured), "fitted to them")
    return Section(key, title, quantities=pulse_metrics(ds), plots=(plot,) if plot else (), result=response)


def _predicted(key: str, title: str, fitted, seed: int) -> Section:
    from pinched.characterize.extract import pulse_response

    if fitted is None:
        raise NotPossible("no pulses were measured, and there is no fitted model to predict them with")
    if not fitted.explains:
        raise NotPossible(
            "no pulses were measured, and the fitted model does not explain the loops well enough to predict them"
        )
    response = pulse_response(fitted.device, seed=seed)
    plot = figures.synapse(
        None, curve(response, {"up": PULSES, "down": PULSES}), f"pulses run on the fitted {fitted.model} model"
    )
    return Section(key, title, plots=(plot,) if plot else (), predicted=True, result=response)


def curve(response, counts: dict[str, int], measured: pd.DataFrame | None = None) -> pd.DataFrame:
    """The mean response: columns direction, pulse, conductance_S; from the first read of the measured trains if given."""
    frames = []
    for direction, n in counts.items():
        start = float(response.g_min if direction == "up" else response.g_max)
        if measured is not None:
            first = measured[(measured["direction"] == direction) & (measured["pulse"] == measured["pulse"].min())]
            start = (
                float(np.clip(first["conductance_S"].mean(), response.g_min, response.g_max)) if len(first) else start
            )
        pulse = np.arange(n + 1)
        signed = pulse if direction == "up" else -pulse
        g = np.asarray(response.step(np.full(n + 1, start), signed))
        frames.append(pd.DataFrame({"direction": direction, "pulse": pulse, "conductance_S": g}))
    return pd.concat(frames)
