"""Figures of the sweep experiments: stop voltage, temperature, frequency."""

import numpy as np
import pandas as pd
import xarray as xr

from pinched.characterize.kinetics import frequency_metrics, loop_areas
from pinched.characterize.loops import loop_features
from pinched.characterize.records import series
from pinched.reports.figures.style import BLUE, GREY, RED, Plot, canvas, log_axis, style


def shades(n: int) -> list:
    """`n` colours from blue to red through grey, in order."""
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    ramp = LinearSegmentedColormap.from_list("cold-hot", [BLUE, GREY, RED])
    return [to_hex(ramp(k)) for k in np.linspace(0, 1, max(n, 2))][:n]


def family(axes, ds: xr.Dataset, unit: str) -> pd.DataFrame:
    """|I| over V of every record of a series, coloured by its number; returns what was drawn."""
    rows = series(ds, "sweep")
    rows = rows[rows["cycle"] == rows.groupby("at")["cycle"].transform("max")]
    values = sorted(rows["at"].unique(), key=abs)
    for k, (value, color) in enumerate(zip(values, shades(len(values)), strict=True)):
        part = rows[rows["at"] == value]
        shown = k in (0, len(values) // 2, len(values) - 1)
        size = part["current"].abs()
        axes.plot(
            part["voltage"], size.where(size > 0), lw=1, color=color, label=f"{value:.3g} {unit}" if shown else None
        )
    size = rows["current"].abs()
    axes.set_ylim(bottom=float(np.quantile(size[size > 0], 0.01)) / 3)
    log_axis(axes, "y", "|Current| (A)")
    axes.set_xlabel("Voltage (V)")
    axes.legend(loc="best")
    return rows[["at", "voltage", "current"]].set_axis([f"record_{unit}", "voltage_V", "current_A"], axis=1)


def widen(axes) -> None:
    """A logarithmic y axis of at least a decade, on which its ticks tell each other apart."""
    low, high = axes.dataLim.intervaly
    if 0 < low <= high < 10 * low:
        axes.set_ylim(np.sqrt(low * high / 10), np.sqrt(10 * low * high))


def stop_voltage(ds: xr.Dataset) -> Plot:
    """Loops with their RESET stopped at a series of voltages, and the HRS that each leaves."""
    table = loop_features(ds)
    with style():
        figure, (left, right) = canvas(2, height=3.1)
        drawn = family(left, ds, "V")
        right.plot(table["record"].astype(float), table["r_hrs"], "o-", ms=4, color=BLUE, label="HRS")
        right.plot(table["record"].astype(float), table["r_lrs"], "s-", ms=4, color=RED, label="LRS")
        right.set_xlabel("Stop voltage (V)")
        widen(right)
        log_axis(right, "y", "Resistance (Ω)")
        right.legend(loc="best")
    return Plot(
        "stop-voltage",
        "Stop voltage",
        "Left: loops by stop voltage. Right: the states that they leave.",
        "Loops for a series of stop voltages, and resistance against stop voltage.",
        figure,
        drawn,
    )


def temperature(ds: xr.Dataset) -> Plot:
    """Loops at a series of temperatures, and the switching voltages over temperature."""
    table = loop_features(ds)
    with style():
        figure, (left, right) = canvas(2, height=3.1)
        drawn = family(left, ds, "K")
        for name, color, label in (("v_set", RED, "SET"), ("v_reset", BLUE, "RESET")):
            right.plot(table["record"].astype(float), table[name], "o-", ms=4, color=color, label=label)
        right.set(xlabel="Temperature (K)", ylabel="Switching voltage (V)")
        right.legend(loc="best")
    return Plot(
        "temperature",
        "Temperature",
        "Left: loops by temperature. Right: their switching voltages.",
        "Loops at several temperatures, and switching voltages against temperature.",
        figure,
        drawn,
    )


def frequency(ds: xr.Dataset) -> Plot:
    """Loops at a series of frequencies, and their area, which falls as 1/f."""
    table = loop_areas(ds)
    exponent = frequency_metrics(ds)["area_exponent"]
    with style():
        figure, (left, right) = canvas(2, height=3.1)
        family(left, ds, "Hz")
        area = table["area"].where(table["area"] > 0)
        right.plot(table["frequency"], area, "o", ms=4, color=BLUE, label="loop area")
        last = table.iloc[-1]
        guide = table["frequency"] >= last["frequency"] / 100
        right.plot(table["frequency"][guide], last["area"] * last["frequency"] / table["frequency"][guide], "--",
                   color=GREY, label="1/f")  # fmt: skip
        log_axis(right, "x", "Frequency (Hz)")
        log_axis(right, "y", "Loop area (W)")
        right.legend(loc="best")
    told = f"exponent {exponent.value:.3f}" if exponent.available else "no fall in this range"
    return Plot(
        "frequency",
        "Frequency",
        f"Left: loops by frequency. Right: their area; at high frequency {told}.",
        "Loops at several frequencies, and loop area against frequency on logarithmic axes.",
        figure,
        table,
    )
