"""Figures of the synaptic experiments."""

import numpy as np
import xarray as xr

from pinched.characterize.plasticity import BEYOND, facilitation, forgetting, paired, rates, timing, window
from pinched.characterize.records import Decay, stretched
from pinched.characterize.samples import long
from pinched.core import engineering
from pinched.reports.figures.probe_dc import shades
from pinched.reports.figures.style import BLUE, GREY, RED, Plot, canvas, log_axis, si_axis, style

WAYS = ((0, RED, "potentiation"), (1, BLUE, "depression"))


def weight_update(ds: xr.Dataset) -> Plot:
    """Conductance after every pulse, in order of time, and the amplitude and width of the pulses."""
    rows = long(ds, "pulse").reset_index(drop=True)
    with style():
        figure, (left, right) = canvas(2, height=2.9)
        for way, color, word in WAYS:
            part = rows[rows["step"] == way]
            left.plot(part.index, part["conductance"], ".", ms=3.5, color=color, label=word)
            first = part[(part["cycle"] == part["cycle"].min()) & part["pulse_voltage"].notna()]
            right.plot(first["pulse"], first["pulse_voltage"], ".", ms=3.5, color=color, label=f"{word}, voltage")
        right.axhline(0, color=GREY, lw=0.7)
        left.set_xlabel("Reading, in order of time")
        si_axis(left, "y", "S", "Conductance")
        right.set(xlabel="Pulse", ylabel="Pulse amplitude (V)")
        widths = rows["pulse_width"].dropna()
        span = f"{engineering(widths.min(), 's')} to {engineering(widths.max(), 's')}"
        right.set_title(f"Widths {span}" if widths.max() > 1.01 * widths.min() else engineering(widths.max(), "s"))
        left.legend(loc="best")
    return Plot(
        "pulses", "Potentiation and depression", "Left: conductance after each pulse. Right: the pulses.",
        "Conductance against reading number, and pulse amplitude against pulse number.", figure,
        rows[["cycle", "step", "pulse", "pulse_voltage", "pulse_width", "conductance"]],
    )  # fmt: skip


def _told(fit: Decay) -> str:
    return f"τ = {engineering(fit.tau, 's')}, β = {fit.beta:.2f}"


def epsc(ds: xr.Dataset) -> Plot:
    """Current before, during and after a pulse, and its decay with the stretched exponential."""
    rows = long(ds, "trace")
    end = float(rows[rows["step"] == 1]["time"].iloc[-1])
    after = rows[rows["step"] == 2].assign(t=lambda r: r["time"] - end)
    rest = float(rows[rows["step"] == 0]["current"].iloc[-1])
    fit = stretched(after["t"], after["current"])
    with style():
        figure, (left, right) = canvas(2, height=2.9)
        near = rows[rows["time"] <= 4 * end]
        left.plot(near["time"], near["current"].abs().where(near["current"] != 0), lw=1.2, color=BLUE)
        si_axis(left, "x", "s", "Time")
        log_axis(left, "y", "|Current| (A)")
        right.plot(after["t"], after["current"], ".", ms=4, color=BLUE, label="after the pulse")
        right.axhline(rest, color=GREY, lw=0.9, ls=":", label="before")
        if fit:
            right.plot(after["t"], fit(after["t"]), "--", color=RED, label=_told(fit))
        log_axis(right, "x", "Time after the pulse (s)")
        si_axis(right, "y", "A", "Current")
        right.legend(loc="best")
    return Plot(
        "epsc",
        "Postsynaptic current",
        "Left: the pulse. Right: the current after it, and before it (dotted).",
        "Current against time around one pulse, and its decay.",
        figure,
        rows[["time", "voltage", "current"]],
    )


def memory(ds: xr.Dataset) -> Plot:
    """Conductance during a train and while it is forgotten, for both directions."""
    rows = long(ds, "pulse", "retention")
    table, fits = forgetting(ds)
    with style():
        figure, (left, right) = canvas(2, height=2.9, sharey=True)
        for (record, step), part in rows.groupby(["record", "step"], sort=False):
            color, word = (RED, "potentiation") if step == 0 else (BLUE, "depression")
            train, rest = part[part["kind"] == "pulse"], part[part["kind"] == "retention"]
            left.plot(train["pulse"], train["conductance"], ".-", ms=4, lw=0.8, color=color, label=word)
            t = rest["time"] - float(train["time"].iloc[-1])
            right.plot(t, rest["conductance"], ".", ms=4, color=color)
            if fit := fits.get((record, int(step))):
                right.plot(t, fit(t), "--", lw=1, color=color, label=_told(fit))
        left.set_xlabel("Pulse")
        log_axis(right, "x", "Time at rest (s)")
        si_axis(left, "y", "S", "Conductance")
        left.legend(loc="best")
        if right.get_legend_handles_labels()[0]:
            right.legend(loc="best")
    return Plot(
        "memory",
        "Short and long memory",
        "Left: during the trains. Right: at rest after them, with stretched exponentials where something is forgotten.",
        "Conductance against pulse number, then against time at rest.",
        figure,
        table,
    )


def transition(ds: xr.Dataset) -> Plot:
    """Forgetting curves after more and more pulses, and the part that is kept."""
    rows = long(ds, "pulse", "retention")
    table, fits = forgetting(ds)
    table = table.sort_values("pulses")
    with style():
        figure, (left, right) = canvas(2, height=3.1)
        for row, color in zip(table.to_dict("records"), shades(len(table)), strict=True):
            part = rows[(rows["record"] == row["record"])]
            train, rest = part[part["kind"] == "pulse"], part[part["kind"] == "retention"]
            t = rest["time"] - float(train["time"].iloc[-1])
            change = row["after"] - row["before"] or np.nan
            left.plot(
                t,
                (rest["conductance"] - row["before"]) / change,
                ".",
                ms=3,
                color=color,
                label=f"{row['pulses']} pulses",
            )
            if fit := fits[row["record"], row["step"]]:
                left.plot(t, (fit(t) - row["before"]) / change, "-", lw=0.8, color=color)
        log_axis(left, "x", "Time at rest (s)")
        left.set_ylabel("Part of the change that is left")
        left.set_ylim(min(left.get_ylim()[0], 0), max(1.05, left.get_ylim()[1]))
        left.legend(loc="best")
        right.plot(table["pulses"], table["kept"], "o-", ms=4, color=BLUE, label="kept at the end")
        if table["remaining"].notna().any():
            right.plot(table["pulses"], table["remaining"], "s--", ms=4, color=RED, label="remaining by the fit")
        right.set(xlabel="Pulses", ylabel="Part of the change")
        right.set_ylim(min(right.get_ylim()[0], 0), max(1.05, right.get_ylim()[1]))
        right.legend(loc="best")
    return Plot(
        "stp-to-ltp",
        "From short to long memory",
        "Left: forgetting after trains of pulses, with stretched exponentials. Right: what is kept.",
        "Part of the change left against time, and part kept against number of pulses.",
        figure,
        table,
    )


def facilitated(ds: xr.Dataset) -> Plot:
    """Index of the last over the first response against interval, with its double exponential."""
    table = paired(ds)
    many = table["pulses"].max() > 2 if len(table) else False
    with style():
        figure, (axes,) = canvas(width=5.2, height=3.1)
        for step, color, word in WAYS:
            part = table[table["step"] == step].sort_values("interval")
            if part.empty:
                continue
            axes.plot(part["interval"], part["index"], "o", ms=4, color=color, label=word)
            if fit := facilitation(part):
                c1, t1, c2, t2, _ = fit
                t = np.geomspace(part["interval"].min(), part["interval"].max(), 100)
                shape = c1 * np.exp(-t / t1) + c2 * np.exp(-t / t2)
                floor = float(np.mean(part["index"] - np.interp(part["interval"], t, shape)))
                label = f"τ = {engineering(t1, 's')} and {engineering(t2, 's')}"
                axes.plot(t, floor + shape, "--", lw=1, color=color, label=label)
        axes.axhline(1, color=GREY, lw=0.9, ls=":")
        if len(table) and table["interval"].min() < BEYOND < table["interval"].max():
            axes.axvline(BEYOND, color=GREY, lw=0.9, ls="--", label="500 ms")
        log_axis(axes, "x", "Interval (s)")
        axes.set_ylabel("Last response over first")
        if axes.get_legend_handles_labels()[0]:
            axes.legend(loc="best")
    what = "train" if many else "pair"
    return Plot(
        "facilitation",
        "Facilitation and depression",
        f"Change by the whole {what} over that by its first pulse; dashed: two exponentials.",
        "Index against interval.",
        figure,
        table,
    )


def timed(ds: xr.Dataset) -> Plot:
    """Relative change of conductance against the delay between two spikes."""
    table = timing(ds).sort_values("delay")
    with style():
        figure, (axes,) = canvas(width=5.2, height=3.1)
        for sign, color in ((1, RED), (-1, BLUE)):
            part = table[table["delay"] * sign > 0]
            axes.plot(part["delay"], 100 * part["change"], "o", ms=4, color=color)
            if len(part) and (fit := window(table, sign)):
                t = np.linspace(part["delay"].abs().min(), part["delay"].abs().max(), 100)
                axes.plot(sign * t, 100 * (fit[2] + fit[0] * np.exp(-t / fit[1])), "--", lw=1, color=color,
                          label=f"τ = {engineering(fit[1], 's')}")  # fmt: skip
        axes.axhline(0, color=GREY, lw=0.7)
        axes.axvline(0, color=GREY, lw=0.7)
        si_axis(axes, "x", "s", "Delay, post − pre")
        axes.set_ylabel("Change of conductance (%)")
        if axes.get_legend_handles_labels()[0]:
            axes.legend(loc="best")
    return Plot(
        "stdp",
        "Spike-timing-dependent plasticity",
        "One point a pair of spikes; dashed: exponential windows.",
        "Change of conductance against the delay between two spikes.",
        figure,
        table,
    )


def rated(ds: xr.Dataset) -> Plot:
    """Change of conductance by the same number of pulses against their rate."""
    table = rates(ds).sort_values("rate")
    with style():
        figure, (axes,) = canvas(width=5.2, height=3.1)
        axes.plot(table["rate"], 100 * table["change"], "o-", ms=4, color=RED)
        log_axis(axes, "x", "Rate (Hz)")
        axes.set_ylabel("Change of conductance (%)")
        axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))
    return Plot(
        "srdp",
        "Spike-rate-dependent plasticity",
        f"Change by {table['pulses'].iloc[0]} pulses.",
        "Change of conductance against pulse rate.",
        figure,
        table,
    )
