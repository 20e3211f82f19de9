"""Retention, read noise, endurance and programmed levels."""

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pinched.characterize.samples import conductance, long
from pinched.characterize.statistics import Z95, distribution
from pinched.core import Quantity, engineering

if TYPE_CHECKING:
    import pandas as pd

TEN_YEARS = 10 * 365.25 * 86400.0  # s
FAIL = 2.0  # on/off ratio below which a memory has failed
TRACE = ["device", "record", "cycle", "step"]


def retention_metrics(ds: xr.Dataset) -> dict[str, Quantity]:
    """Drift of every retention trace: R ~ t^nu, and log G against log t to ten years; empty without traces.

    Quantities: drift_exponent (nu), log_time_slope (part of the first conductance per decade of time), g_ten_years
    (part of the first conductance left after ten years, an extrapolation), relaxation (change over the record),
    retention_time (s, longest record).
    """
    found = _relaxation(ds)
    table = drift(ds)
    if table.empty:
        return found
    n, devices = len(table), table["device"].nunique()
    note = f"power law through each of {n} traces of {devices} device{'s' * (devices > 1)}"
    longest = float(table["t_end"].max())
    decades = np.log10(TEN_YEARS / longest)
    found |= {
        "drift_exponent": distribution(table["nu"]).median("Drift exponent of R ~ t^ν", "fitted", note),
        "log_time_slope": distribution(table["per_decade"]).median(
            "Change of conductance per decade of time", "fitted", note
        ),
        "retention_time": Quantity(longest, "s", "measured", n=n, label="Longest retention record"),
    }
    left = table["left"].to_numpy()
    if n == 1:
        row = table.iloc[0]
        q = Quantity(
            row["left"], "1", "fitted", row["left_low"], row["left_high"], "95 % of the regression", int(row["n"])
        )
        nu, half = row["nu"], Z95 * row["nu_error"]
        found["drift_exponent"] = dataclasses.replace(
            found["drift_exponent"], low=nu - half, high=nu + half, interval=q.interval, n=q.n
        )
    else:
        q = distribution(left).median("", "fitted")
    text = f"extrapolation over {decades:.1f} decades beyond the longest record: a trend, not a measurement"
    found["g_ten_years"] = Quantity(
        q.value, "1", "fitted", q.low, q.high, q.interval, q.n, "Conductance left after ten years (extrapolated)", text
    )
    return found


def _relaxation(ds: xr.Dataset) -> dict[str, Quantity]:
    """Change of conductance from the first to the last read of each trace, apart for each temperature."""
    rows = conductance(long(ds, "retention"))
    if "temperature" not in rows or rows["temperature"].isna().any():
        rows = rows.assign(temperature=np.nan)
    rows = rows[np.isfinite(rows["time"])].assign(log_g=np.log(rows["conductance"]))
    group = rows.groupby([*TRACE, "temperature"], sort=False, dropna=False)
    ends = group.agg(first=("log_g", "first"), last=("log_g", "last"), t0=("time", "min"), t1=("time", "max"))
    ends = ends.assign(t=ends["t1"] - ends["t0"]).query("t > 0").reset_index()
    found = {}
    several = ends["temperature"].nunique() > 1
    for kelvin, part in ends.groupby("temperature", dropna=False):
        label = f"Change of conductance over the record{f' at {kelvin:.0f} K' if several else ''}"
        key = f"relaxation_{kelvin:.0f}K" if several else "relaxation"
        note = f"first to last read, {engineering(part['t'].median(), 's')} apart"
        found[key] = distribution(np.expm1(part["last"] - part["first"])).median(label, "measured", note)
    return found


def drift(ds: xr.Dataset) -> "pd.DataFrame":
    """The power law of every retention trace, all at once by summed regressions.

    Returns:
        One row per trace with five or more reads over a factor of two in time: device, record, cycle, step, nu and its
        standard error nu_error (log R per log t), per_decade (part of the conductance), left (G after ten years over
        the first G) with left_low, left_high (95 %), t_end (s), n.
    """
    import pandas as pd

    rows = conductance(long(ds, "retention"))
    rows = rows[np.isfinite(rows["time"])]
    if rows.empty:
        return pd.DataFrame(columns=[*TRACE, "nu"])
    group = rows.groupby(TRACE, sort=False)
    t = rows["time"] - np.minimum(group["time"].transform("min"), 0.0)
    rows = rows.assign(x=np.log10(t.where(t > 0)), y=np.log10(rows["conductance"])).dropna(subset=["x"])
    group = rows.groupby(TRACE, sort=False)
    rows["dx"], rows["dy"] = rows["x"] - group["x"].transform("mean"), rows["y"] - group["y"].transform("mean")
    rows = rows.assign(xx=rows["dx"] ** 2, xy=rows["dx"] * rows["dy"], yy=rows["dy"] ** 2)
    group = rows.groupby(TRACE, sort=False)
    sums = group[["xx", "xy", "yy"]].sum()
    ends = group.agg(n=("x", "size"), x=("x", "mean"), y=("y", "mean"), x0=("x", "first"), x1=("x", "max"))

    s = sums.join(ends).reset_index()
    s = s[(s["n"] >= 5) & (s["x1"] - s["x0"] > np.log10(2))]
    slope = s["xy"] / s["xx"]
    variance = np.maximum(s["yy"] - slope * s["xy"], 0) / (s["n"] - 2)
    error = np.sqrt(variance / s["xx"])
    far = np.log10(TEN_YEARS)
    first = s["y"] + slope * (s["x0"] - s["x"])
    wide = Z95 * error * (far - s["x0"])
    return s[TRACE].assign(
        nu=-slope,
        nu_error=error,
        per_decade=10 ** (slope) - 1,
        left=10 ** (s["y"] + slope * (far - s["x"]) - first),
        left_low=10 ** (slope * (far - s["x0"]) - wide),
        left_high=10 ** (slope * (far - s["x0"]) + wide),
        t_end=10 ** s["x1"],
        n=s["n"],
    )


def noise_metrics(ds: xr.Dataset, most: int = 200) -> dict[str, Quantity]:
    """Read noise of repeated reads at constant bias (kinds retention, read and trace); empty without.

    Quantities: read_noise (std of G around its local trend over mean G), noise_exponent (alpha of a spectrum 1/f^alpha,
    from traces of 128 or more evenly timed reads; at most `most` traces are used).
    """
    rows = conductance(long(ds, "retention", "read", "trace"))
    if "voltage" in rows and rows["voltage"].notna().any():
        rows = rows[np.isclose(rows["voltage"], rows.groupby(TRACE)["voltage"].transform("median"), rtol=0.05)]
    trace = [*TRACE, "temperature"] if "temperature" in rows else TRACE
    number = rows.groupby(trace, sort=False, dropna=False).ngroup().to_numpy()
    enough = np.flatnonzero(np.bincount(number, minlength=1) >= 8)
    if not enough.size:
        return {}
    chosen = enough[:: max(1, enough.size // most)]
    groups = [part for _, part in rows[np.isin(number, chosen)].groupby(trace, sort=False, dropna=False)]
    sigma = [_local(part["conductance"].to_numpy()) for part in groups]
    note = "from read to read (second differences), mean removed by trend"
    found = {"read_noise": distribution(sigma).median("Read noise, part of the conductance", "derived", note)}
    slopes = [
        a for part in groups if np.isfinite(a := _colour(part["time"].to_numpy(), part["conductance"].to_numpy()))
    ]
    if slopes:
        found["noise_exponent"] = distribution(slopes).median("Exponent α of a 1/f^α spectrum", "fitted", "periodogram")
    return found


def _local(g: np.ndarray) -> float:
    """Standard deviation between neighbouring reads over the mean, without the trend."""
    return float(np.std(np.diff(g, 2)) / np.sqrt(6) / np.mean(g))


def _colour(t: np.ndarray, g: np.ndarray) -> float:
    from scipy.signal import periodogram

    dt = np.diff(t)
    if g.size < 128 or not np.isfinite(dt).all() or np.median(dt) <= 0 or np.std(dt) > 0.2 * np.median(dt):
        return np.nan
    f, power = periodogram(g / g.mean(), 1 / np.median(dt), window="hann", detrend="linear")
    use = (f > 2 * f[1]) & (f < 0.4 * f[-1]) & (power > 0)
    return -float(np.polyfit(np.log10(f[use]), np.log10(power[use]), 1)[0]) if use.sum() > 8 else np.nan


def endurance_metrics(ds: xr.Dataset) -> dict[str, Quantity]:
    """Window against cycle from reads after SET (step 1) and RESET (step 0); empty without.

    Quantities: endurance_cycles (measured), endurance_window (median G_LRS/G_HRS), window_change (factor per decade of
    cycles), first_failure (first cycle with a ratio below 2, NaN with a note where none failed).
    """
    rows = conductance(long(ds, "endurance"))
    if rows.empty:
        return {}
    table = rows.pivot_table(index=["device", "record", "cycle"], columns="step", values="conductance")
    if not {0, 1} <= set(table.columns):
        return {}
    table = table.dropna(subset=[0, 1])
    ratio = (table[1] / table[0]).to_numpy()
    cycle = table.index.get_level_values("cycle").to_numpy() + 1
    failed = cycle[ratio < FAIL]
    label = f"First cycle with a ratio below {FAIL:g}"
    found = {
        "endurance_cycles": Quantity(float(cycle.max()), "1", "measured", n=ratio.size, label="Cycles measured"),
        "endurance_window": distribution(ratio).median("Window over the cycling", "measured"),
        "first_failure": Quantity(float(failed.min()), "1", "measured", n=int(failed.size), label=label,
                                  note=f"{failed.size} of {ratio.size} cycles below") if failed.size
        else Quantity(np.nan, "1", "measured", n=ratio.size, label=label, note=f"none of {ratio.size} cycles failed"),
    }  # fmt: skip
    if cycle.max() >= 10 * cycle.min() and ratio.size >= 10:
        slope = np.polyfit(np.log10(cycle), np.log10(ratio), 1)[0]
        found["window_change"] = Quantity(
            float(10**slope), "1", "fitted", n=ratio.size, label="Factor of the window per decade of cycles"
        )
    return found


def level_table(ds: xr.Dataset) -> "pd.DataFrame":
    """Programmed levels (kinds read and program, by `step`), lowest first.

    Returns:
        One row per level with three or more reads: level, mean (S), std (S), n, and towards the next level margin
        (distance over the sum of both stds) and error (share on the wrong side of the best threshold between two
        normal levels).
    """
    import pandas as pd
    from scipy.stats import norm

    rows = conductance(long(ds, "read", "program"))
    rows = rows[rows["step"] >= 0]
    if rows.empty:
        return pd.DataFrame(columns=["level", "mean", "std", "n", "margin", "error"])
    table = (
        rows.groupby("step")["conductance"].agg(mean="mean", std="std", n="size").query("n >= 3").sort_values("mean")
    )
    margin = table["mean"].diff().shift(-1) / (table["std"] + table["std"].shift(-1))
    return table.reset_index(names="level").assign(margin=margin.to_numpy(), error=norm.sf(margin.to_numpy()))


def program_metrics(ds: xr.Dataset) -> dict[str, Quantity]:
    """Reads after write pulses of known voltage (kind program); empty without.

    Quantities: program_window (ratio of the median conductances after the best and the worst voltage), program_spread
    (standard deviation of log10 G after the same voltage, decades), program_voltages.
    """
    rows = conductance(long(ds, "program"))
    if rows.empty or "pulse_voltage" not in rows or rows["pulse_voltage"].notna().sum() < 5:
        return {}
    rows = rows.assign(log_g=np.log10(rows["conductance"]))
    group = rows.groupby(["device", "pulse_voltage"])["log_g"]
    table = group.agg(median="median", std="std", n="size").query("n >= 3")
    if table.empty:
        return {}
    window = table.groupby("device")["median"].agg(np.ptp)
    return {
        "program_window": distribution(10**window).median(
            "Window of programming", "derived", "over the write voltages"
        ),
        "program_spread": distribution(table["std"], "decade").median(
            "Write noise", "derived", "log10 G at one voltage"
        ),
        "program_voltages": Quantity(float(rows["pulse_voltage"].nunique()), "1", "measured", label="Write voltages"),
    }


def level_metrics(ds: xr.Dataset) -> dict[str, Quantity]:
    """Figures of merit of programmed levels; empty with fewer than two.

    Quantities: levels_programmed, read_margin (smallest distance of neighbours over the sum of their stds), level_bits
    (log2 of the levels that keep a margin of 2), level_error (mean share of reads on the wrong side), level_spread.
    """
    table = level_table(ds)
    if len(table) < 2:
        return {}
    n = int(table["n"].sum())
    margin = table["margin"].dropna()
    apart, last = 1, 0
    for k in range(1, len(table)):
        if table["mean"][k] - table["mean"][last] >= 2 * (table["std"][k] + table["std"][last]):
            apart, last = apart + 1, k
    cv = table["std"] / table["mean"]
    return {
        "levels_programmed": Quantity(float(len(table)), "1", "measured", n=n, label="Levels programmed"),
        "read_margin": Quantity(
            float(margin.min()),
            "1",
            "derived",
            n=n,
            label="Smallest read margin",
            note="distance over the sum of both stds",
        ),
        "levels_apart": Quantity(
            float(apart), "1", "derived", n=n, label="Levels two standard deviations clear of each other"
        ),
        "level_bits": Quantity(float(np.log2(apart)), "bit", "derived", n=n, label="Bits in the levels kept apart"),
        "level_error": Quantity(
            float(table["error"].mean()),
            "1",
            "derived",
            n=n,
            label="Read error between neighbours",
            note="normal levels",
        ),
        "level_spread": distribution(cv).median("Spread of a level, part of its mean", "derived"),
    }
