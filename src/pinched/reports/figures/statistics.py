"""Distributions over cycles and devices, retention and endurance."""

import numpy as np
import pandas as pd
import xarray as xr

from pinched.core import clean
from pinched.reports.figures.style import BLUE, GREY, ORANGE, RED, Plot, canvas, log_axis, style


def switching(features: pd.DataFrame) -> Plot | None:
    """Cumulative distributions of SET and RESET voltage on Weibull axes, and LRS/HRS from cycle to cycle.

    Args:
        features: one row per (device, record, cycle) with v_set, v_reset (V) and r_lrs, r_hrs (ohm).
    """
    volts = {k: np.sort(np.abs(features[k].dropna().to_numpy(float))) for k in ("v_set", "v_reset") if k in features}
    volts = {k: v[v > 0] for k, v in volts.items()}
    volts = {k: v for k, v in volts.items() if v.size >= 3}
    states = [k for k in ("r_lrs", "r_hrs") if k in features and np.count_nonzero(features[k].to_numpy(float) > 0) >= 3]
    if not volts and not states:
        return None
    with style():
        panels = bool(volts) + bool(states)
        figure, axes = canvas(panels, width=7.2 if panels == 2 else 4.2)
        if volts:
            _weibull(axes[0], volts)
        if states:
            _states(axes[-1], features, states)
    n = max([v.size for v in volts.values()] + [len(features)])
    return Plot(
        "switching",
        "Switching from cycle to cycle",
        "Left: SET and RESET voltages, probability on a Weibull scale; lines: Weibull distributions of maximum "
        "likelihood. "
        "Right: low and high resistance state in the order of measurement."
        if panels == 2
        else (
            "SET and RESET voltages on Weibull axes."
            if volts
            else "Low and high resistance state in the order of measurement."
        ),
        f"Distributions of switching voltages and of the two resistance states over {n} cycles.",
        figure,
        features,
    )


def _weibull(axes, volts) -> None:
    from pinched.characterize.statistics import distribution

    for (name, v), color in zip(volts.items(), (RED, BLUE), strict=False):
        sample = distribution(v, "V")
        label = {"v_set": "SET", "v_reset": "RESET"}[name]
        axes.plot(sample.values, np.log(-np.log1p(-sample.cdf)), ".", ms=3.5, color=color, label=label)
        shape, scale = (q.value for q in sample.weibull())
        if np.isfinite(shape):
            ends = np.linspace(sample.values[0], sample.values[-1], 60)
            axes.plot(ends, shape * np.log(ends / scale), "-", lw=1, color=color, alpha=0.7)
    percent = np.array([1, 5, 20, 50, 80, 95, 99])
    axes.set_yticks(np.log(-np.log1p(-percent / 100)), [f"{p} %" for p in percent])
    axes.set(xlabel="|Switching voltage| (V)", ylabel="Cumulative share of cycles")
    axes.legend(loc="best")


def _states(axes, features, states) -> None:
    for name in states:
        r = features[name].to_numpy(float)
        label, color = {"r_lrs": ("LRS", RED), "r_hrs": ("HRS", BLUE)}[name]
        axes.plot(np.arange(1, r.size + 1), np.where(r > 0, r, np.nan), ".", ms=3, color=color, label=label)
    log_axis(axes, "y", "Resistance (Ω)")
    axes.set_xlabel("Cycle, in order of measurement")
    axes.legend(loc="best")


def retention(ds: xr.Dataset) -> Plot | None:
    """Conductance against time, one line per record."""
    chosen = _chosen(ds, "retention")
    if chosen is None or not np.isfinite(ds["time"].values[chosen]).any():
        return None
    frame = pd.DataFrame(
        {
            "record": ds["record"].values[chosen],
            "step": ds["step"].values[chosen],
            "time_s": ds["time"].values[chosen],
            "conductance_S": ds["conductance"].values[chosen],
        }
    )
    frame = frame[(frame["time_s"] > 0) & (frame["conductance_S"] > 0)]
    if frame.empty:
        return None
    groups = list(frame.groupby(["record", "step"], sort=False))
    with style():
        figure, (axes,) = canvas(width=5.2)
        for _, part in groups:
            axes.plot(
                part["time_s"],
                part["conductance_S"],
                "-",
                lw=0.9,
                color=BLUE,
                alpha=float(np.clip(3 / len(groups), 0.1, 0.9)),
                rasterized=len(frame) > 8000,
            )
        log_axis(axes, "x", "Time (s)")
        log_axis(axes, "y", "Conductance (S)")
    return Plot(
        "retention",
        "Retention",
        f"Conductance of {len(groups)} retention records against time.",
        f"Conductance against time on logarithmic axes, {len(groups)} records.",
        figure,
        frame,
    )


def endurance(ds: xr.Dataset) -> Plot | None:
    """LRS and HRS conductance against cycle number."""
    chosen = _chosen(ds, "endurance")
    if chosen is None:
        return None
    frame = pd.DataFrame(
        {
            "cycle": ds["cycle"].values[chosen],
            "state": np.where(ds["step"].values[chosen] == 1, "LRS", "HRS"),
            "conductance_S": ds["conductance"].values[chosen],
        }
    )
    with style():
        figure, (axes,) = canvas(width=5.2)
        for state, color in (("LRS", RED), ("HRS", BLUE)):
            part = frame[frame["state"] == state]
            axes.plot(
                part["cycle"] + 1,
                part["conductance_S"].where(part["conductance_S"] > 0),
                ".",
                ms=2.5,
                color=color,
                label=state,
                alpha=0.6,
                rasterized=len(part) > 2000,
            )
        log_axis(axes, "x", "Cycle")
        log_axis(axes, "y", "Conductance (S)")
        axes.legend(loc="best")
    return Plot(
        "endurance",
        "Endurance",
        "Conductance read after each SET (LRS) and RESET (HRS).",
        "Conductance of the low and high resistance state against cycle number.",
        figure,
        frame,
    )


def levels(ds: xr.Dataset) -> Plot | None:
    """Cumulative distribution of the conductance of every programmed level."""
    kind = ds["kind"].values.astype(str)
    chosen = (
        np.flatnonzero(np.isin(kind, ("read", "program")) & clean(ds)) if "conductance" in ds else np.array([], int)
    )
    g = ds["conductance"].values[chosen] if chosen.size else np.array([])
    frame = pd.DataFrame({"level": ds["step"].values[chosen], "conductance_S": g})
    frame = frame[np.isfinite(frame["conductance_S"]) & (frame["conductance_S"] > 0)]
    if len(frame) < 5:
        return None
    with style():
        figure, (axes,) = canvas(width=5.2)
        groups = list(frame.groupby("level"))
        for k, (_, part) in enumerate(groups):
            v = np.sort(part["conductance_S"])
            share = (np.arange(v.size) + 0.5) / v.size * 100
            axes.plot(v, share, "-", lw=1, color=(BLUE, RED, ORANGE, GREY)[k % 4], rasterized=v.size > 4000)
        log_axis(axes, "x", "Conductance (S)")
        axes.set_ylabel("Cumulative share (%)")
    return Plot(
        "levels",
        "Conductance levels",
        f"Cumulative distribution of the reads of {len(groups)} level(s).",
        f"Cumulative distributions of conductance, one line for each of {len(groups)} levels.",
        figure,
        frame,
    )


def _chosen(ds: xr.Dataset, kind: str) -> np.ndarray | None:
    if "conductance" not in ds:
        return None
    rows = np.flatnonzero((ds["kind"].values.astype(str) == kind) & clean(ds))
    return rows if rows.size else None
