"""Figures of the memory experiments: switching time, energy, retention, disturb, programming, noise."""

import numpy as np
import pandas as pd
import xarray as xr

from pinched.characterize.kinetics import SYNAPSE, TEN_YEARS, disturb_times, log_slope, switching_times
from pinched.characterize.records import series
from pinched.characterize.retention_fit import STATES, USE, arrhenius, failure_times
from pinched.characterize.samples import long
from pinched.characterize.telegraph import spectrum, telegraph
from pinched.core import engineering
from pinched.core.constants import K_B_EV
from pinched.reports.figures.probe_dc import shades, widen
from pinched.reports.figures.style import BLUE, GREY, ORANGE, RED, Plot, canvas, log_axis, si_axis, style

WAYS = ((0, RED, "SET"), (1, BLUE, "RESET"))


def switching_time(ds: xr.Dataset) -> Plot:
    """Conductance under constant voltages, and the time to switch over voltage."""
    table = switching_times(ds)
    rows = series(ds, "read")
    rows = rows[rows["time"] > 0]
    with style():
        figure, (left, right) = canvas(2, height=3.1)
        for step, color, label in WAYS:
            part = rows[rows["step"] == step]
            for k, (_, one) in enumerate(part.groupby("at")):
                left.plot(
                    one["time"], one["conductance"].abs(), lw=0.8, color=color, alpha=0.7, label=None if k else label
                )
            known = table[(table["step"] == step) & (table["time"] > 0)]
            right.plot(known["voltage"].abs(), known["time"], "o", ms=4, color=color, label=label)
            if (fit := log_slope(known)) and fit.slope < 0:
                span = np.array([known["time"].min(), known["time"].max()])
                right.plot(fit(np.log10(span)), span, "--", lw=0.9, color=color,
                           label=f"{engineering(-fit.slope, 'V')}/decade")  # fmt: skip
        log_axis(left, "x", "Time under voltage (s)")
        widen(left)
        log_axis(left, "y", "Conductance (S)")
        right.set_xlabel("|Voltage| (V)")
        log_axis(right, "y", "Time to switch (s)")
        _legends(left, right)
    return Plot(
        "switching-time",
        "Switching time",
        "Left: conductance under each constant voltage. Right: time to the "
        "geometric mean of both states; dashed: a line through |V| over log t.",
        "Conductance against time for constant voltages, and switching time against voltage.",
        figure,
        table,
    )


def _legends(*axes) -> None:
    for one in axes:
        if one.get_legend_handles_labels()[0]:
            one.legend(loc="best")


def energy(ds: xr.Dataset) -> Plot:
    """Energy of a switching event over its duration, beside a biological synaptic event."""
    table = switching_times(ds)
    with style():
        figure, (axes,) = canvas(width=5.2, height=3.1)
        for step, color, label in WAYS:
            part = table[(table["step"] == step) & (table["energy"] > 0) & (table["time"] > 0)].sort_values("time")
            axes.plot(part["time"], part["energy"], "o-", ms=4, color=color, label=label)
        axes.axhline(SYNAPSE, color=GREY, lw=1, ls="--", label="biological event, 10 fJ")
        log_axis(axes, "x", "Time to switch (s)")
        log_axis(axes, "y", "Energy of the event (J)")
        _legends(axes)
    return Plot(
        "energy",
        "Energy",
        "Energy in the device until it has switched, one point a voltage: faster is cheaper "
        "or dearer by the shape of its kinetics.",
        "Energy of SET and RESET against switching time.",
        figure,
        table,
    )


def retention(ds: xr.Dataset) -> Plot:
    """Conductance at rest by temperature, and failure times on Arrhenius axes, extrapolated to ten years."""
    rows = series(ds, "retention")
    rows = rows[rows["time"] > 0]
    table = failure_times(ds)
    kelvins = sorted(table["temperature"].unique())
    with style():
        figure, (left, right) = canvas(2, height=3.1)
        for kelvin, color in zip(kelvins, shades(len(kelvins)), strict=True):
            for step, _, word in STATES:
                part = rows[(rows["at"] == kelvin) & (rows["step"] == step)]
                shown = word == "ON" and kelvin in (kelvins[0], kelvins[-1])
                left.plot(part["time"], part["conductance"].abs(), lw=1, color=color,
                          label=f"{kelvin - 273.15:.0f} °C" if shown else None)  # fmt: skip
        log_axis(left, "x", "Time (s)")
        widen(left)
        log_axis(left, "y", "Conductance (S)")
        hottest = 1 / (K_B_EV * max(kelvins))
        for (step, _, word), color, mark in zip(STATES, (RED, BLUE), ("o", "s"), strict=True):
            part = table[table["step"] == step]
            known = part[part["time"] >= part["first"]]
            right.plot(1 / (K_B_EV * known["temperature"]), known["time"], mark, ms=4, color=color)
            if (fit := arrhenius(part)) and fit.n >= 2:
                beta = np.array([hottest, 1 / (K_B_EV * min(USE, min(kelvins)))])
                right.plot(beta, np.exp(np.minimum(fit(beta), 200)), "--", lw=0.9, color=color,
                           label=f"{word}: {fit.slope:.3g} eV")  # fmt: skip
        if not (table["time"] > 0).any():
            right.set(xlim=(hottest, 1 / (K_B_EV * min(kelvins))), ylim=(1, 1e10))
            right.text(0.5, 0.5, f"no failure in {table['held'].max():.2g} s", transform=right.transAxes, ha="center")
        right.axhline(TEN_YEARS, color=GREY, lw=1, ls=":", label="ten years")
        right.set_xlabel("1/kT (1/eV)")
        log_axis(right, "y", "Time to failure (s)")
        _legends(left, right)
    return Plot(
        "retention",
        "Retention",
        "Left: both states at rest, blue cool to red hot. Right: time until the "
        "conductance has changed by a fifth, with its Arrhenius line.",
        "Conductance against time at several temperatures, and failure time against 1/kT.",
        figure,
        table,
    )


def read_disturb(ds: xr.Dataset) -> Plot:
    """Change of both states under reading voltages that stay on."""
    rows = series(ds, "read")
    table = disturb_times(ds)
    values = sorted(rows["at"].unique())
    with style():
        figure, axes = canvas(2, height=3.1, sharey=True)
        for panel, (step, word) in zip(axes, ((0, "OFF"), (1, "ON")), strict=True):
            for value, color in zip(values, shades(len(values)), strict=True):
                part = rows[(rows["at"] == value) & (rows["step"] == step)]
                first = part["conductance"].iloc[0]
                part = part[part["time"] > 0]
                panel.plot(part["time"], part["conductance"] / first, lw=1.2, color=color, label=f"{value:+.3g} V")
            log_axis(panel, "x", "Time under voltage (s)")
            panel.set_title(word)
        axes[0].set_ylabel("Conductance over the first")
        _legends(axes[0])
    return Plot(
        "read-disturb",
        "Read disturb",
        "Both states while the reading voltage stays on.",
        "Relative conductance against time for several reading voltages.",
        figure,
        table,
    )


def programming(ds: xr.Dataset) -> Plot:
    """Conductance against pulse number of every level, with its target."""
    rows = long(ds, "program").assign(target=lambda r: r["record"].astype(float))
    targets = sorted(rows["target"].unique())
    with style():
        figure, (axes,) = canvas(width=5.2, height=3.1)
        for target, color in zip(targets, shades(len(targets)), strict=True):
            part = rows[rows["target"] == target]
            axes.axhline(target, color=color, lw=0.6, ls=":")
            axes.plot(part["pulse"], part["conductance"], ".-", ms=3, lw=0.9, color=color)
            axes.plot(part["pulse"].iloc[-1], part["conductance"].iloc[-1], "o", ms=5, color=color)
        axes.set_xlabel("Pulse")
        si_axis(axes, "y", "S", "Conductance")
    return Plot(
        "write-verify",
        "Write-verify",
        "One line a level; dotted: its target; circle: where it ended.",
        "Conductance against pulse number in closed-loop programming.",
        figure,
        rows[["target", "pulse", "pulse_voltage", "conductance"]],
    )


def noise(ds: xr.Dataset) -> Plot:
    """The current at rest with the two levels of its telegraph, and its spectrum."""
    rows = long(ds, "trace")
    two = telegraph(ds)
    f, power = spectrum(ds)
    few = rows.iloc[: min(len(rows), 2000)]
    with style():
        figure, (left, right) = canvas(2, height=2.9)
        left.plot(few["time"], few["current"], lw=0.5, color=BLUE)
        if two:
            left.step(
                two.t[: len(few)], np.where(two.up, two.high, two.low)[: len(few)], where="post", lw=1.1, color=ORANGE
            )
        si_axis(left, "x", "s", "Time")
        si_axis(left, "y", "A", "Current")
        right.plot(f, power, lw=0.9, color=BLUE)
        log_axis(right, "x", "Frequency (Hz)")
        log_axis(right, "y", "Density (A²/Hz)")
    return Plot(
        "rtn",
        "Noise",
        "Left: the current, with its two levels where it has two. Right: its spectrum (Welch).",
        "Current against time, and its power spectral density.",
        figure,
        pd.DataFrame({"time_s": rows["time"], "current_A": rows["current"]}),
    )
