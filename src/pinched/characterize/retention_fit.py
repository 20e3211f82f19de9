"""Retention at temperatures: when each state fails, its activation energy, and what is left after ten years."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pinched.characterize.records import Line, crossing, line, series
from pinched.core import Quantity
from pinched.core.constants import K_B_EV

if TYPE_CHECKING:
    import pandas as pd

TEN_YEARS = 10 * 365.25 * 86400.0  # s
USE = 273.15 + 85  # K, the temperature of use at which memories are specified
LOST = np.log(1.25)  # of ln G: a state has failed when a fifth of its conductance is lost, or a quarter gained
STATES = ((1, "on", "ON"), (0, "off", "OFF"))


def failure_times(ds: xr.Dataset) -> "pd.DataFrame":
    """When each state has failed at each temperature.

    A state fails when its conductance has fallen by a fifth or risen by a quarter, or has crossed half of the
    logarithmic window where that comes first.

    Returns:
        One row per record and state: temperature (K), step (1 ON, 0 OFF), time (s) or NaN, first and held (s,
        the first and the last reading after the start), left (last over first conductance).
    """
    import pandas as pd

    rows = series(ds, "retention")
    first = rows.groupby("step")["conductance"].first().abs()
    window = abs(np.log(first[1] / first[0])) if {0, 1} <= set(first.index) and (first > 0).all() else np.inf
    found = []
    for (kelvin, step), part in rows.groupby(["at", "step"]):
        g = np.maximum(np.abs(part["conductance"].to_numpy()), 1e-30)
        t = part["time"].to_numpy()
        time = crossing(t, np.abs(np.log(g / g[0])), min(LOST, window / 2))
        found.append({
            "temperature": kelvin, "step": step, "time": time, "first": t[t > 0].min(), "held": t.max(),
            "left": g[-1] / g[0],
        })  # fmt: skip
    return pd.DataFrame(found)


def arrhenius(part: "pd.DataFrame") -> Line | None:
    """ln t over 1/kT (1/eV) of the failures in `part`: the slope is E_a in eV; None with fewer than two."""
    failed = part[part["time"] >= part["first"]]  # an earlier failure is not resolved in time
    return line(1 / (K_B_EV * failed["temperature"]), np.log(failed["time"]))


def arrhenius_metrics(ds: xr.Dataset) -> dict[str, Quantity]:
    """What is left of each state, its E_a, its life at 85 °C and 25 °C, and where it lives for ten years."""
    table, found = failure_times(ds), {}
    for step, key, word in STATES:
        part = table[table["step"] == step].sort_values("temperature")
        if part.empty:
            continue
        hottest = part.iloc[-1]
        found[f"left_{key}"] = Quantity(
            float(hottest["left"]), "1", "measured", n=len(part), label=f"Conductance of {word} left, hottest",
            note=f"after {hottest['held']:.3g} s at {hottest['temperature']:.4g} K",
        )  # fmt: skip
        fit = arrhenius(part)
        if fit is None or fit.n < 2:
            held = f"{part['held'].max():.3g} s at up to {part['temperature'].max():.4g} K"
            note = (
                f"no failure in {held}"
                if part["time"].isna().all()
                else f"fewer than two failures were resolved, {held}"
            )
            found[f"e_a_{key}"] = Quantity(np.nan, "eV", "fitted", label=f"Activation energy, {word}", note=note)
            continue
        shown = f"Arrhenius line through {fit.n} temperatures"
        found[f"e_a_{key}"] = fit.quantity(1.0, "eV", f"Activation energy, {word}", shown)
        for celsius in (85, 25):
            beta = 1 / (K_B_EV * (273.15 + celsius))
            seconds = float(np.exp(min(fit(beta), 600)))
            failed = part[part["time"] >= part["first"]]["temperature"]
            beyond = not failed.min() <= 273.15 + celsius <= failed.max()
            found[f"t_{key}_{celsius}C"] = Quantity(
                seconds, "s", "fitted", n=fit.n, label=f"Retention of {word} at {celsius} °C",
                note=f"{'extrapolated, ' if beyond else ''}{seconds / TEN_YEARS * 10:.3g} years",
            )  # fmt: skip
        if fit.slope > 0:
            kelvin = fit.slope / (K_B_EV * (np.log(TEN_YEARS) - fit.intercept))
            ok = np.isfinite(kelvin) and kelvin > 0
            found[f"temperature_{key}_ten_years"] = Quantity(
                float(kelvin) if ok else np.nan, "K", "fitted", n=fit.n,
                label=f"Temperature at which {word} lasts ten years", note=shown,
            )  # fmt: skip
    return found
