"""How fast a device switches at which voltage, at which energy, how fast reading disturbs it, and what loops follow."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pinched.characterize.loops import loop_features
from pinched.characterize.records import Line, crossing, line, series
from pinched.core import Quantity, engineering

if TYPE_CHECKING:
    import pandas as pd

SYNAPSE = 10e-15  # J, energy of a synaptic event in the brain, about 10 fJ in the reviews of the field
DISTURBED = 0.1  # part of the conductance whose change counts as disturbed
READING = 1e-6  # s, one reading
TEN_YEARS = 10 * 365.25 * 86400.0  # s
DIRECTIONS = ((0, "set", "SET"), (1, "reset", "RESET"))


def switching_times(ds: xr.Dataset) -> "pd.DataFrame":
    """How long each constant voltage takes.

    Returns:
        One row per record: voltage (V), step (0 from OFF, 1 from ON), time (s) at which the conductance crosses the
        geometric mean of the first readings of both directions (of the first and the furthest reading where only one
        was measured), NaN where it does not, and energy (J), the integral of v i until then by the trapezoidal rule.
    """
    import pandas as pd

    rows = series(ds, "read", "trace")
    reads = rows[rows["kind"] == "read"]
    start = reads[reads["time"] == 0]
    first = {step: float(start[start["step"] == step]["conductance"].median()) for step in start["step"].unique()}
    found = []
    for (volts, step), part in _runs(reads):
        g = np.log(np.maximum(np.abs(part["conductance"].to_numpy()), 1e-30))
        other = np.log(abs(first[1 - step])) if 1 - step in first else _furthest(reads[reads["step"] == step])
        time = crossing(part["time"].to_numpy(), g, (g[0] + max(other, -69)) / 2)
        stress = rows[(rows["kind"] == "trace") & (rows["at"] == volts) & (rows["step"] == step)]
        found.append({"voltage": volts, "step": step, "time": time, "energy": _energy(stress, time)})
    return pd.DataFrame(found)


def _runs(rows: "pd.DataFrame"):
    """((number of the record, step), rows) of each run of a series."""
    for (at, step), part in rows.groupby(["at", "step"]):
        yield (float(at), int(step)), part  # type: ignore[arg-type]


def _furthest(part: "pd.DataFrame") -> float:
    """ln G of the reading furthest from the first."""
    g = np.log(np.maximum(np.abs(part["conductance"].to_numpy()), 1e-30))
    return float(g[np.argmax(np.abs(g - g[0]))])


def _energy(stress: "pd.DataFrame", time: float) -> float:
    t, power = stress["time"].to_numpy(), (stress["voltage"] * stress["current"]).to_numpy()
    if not np.isfinite(time) or not t.size:
        return np.nan
    t, power = np.append(0.0, t), np.append(power[0], power)
    spent = np.append(0.0, np.cumsum(np.diff(t) * (power[1:] + power[:-1]) / 2))
    return float(np.interp(time, t, spent))


def log_slope(part: "pd.DataFrame") -> Line | None:
    """|V| over log10 t of the rows of `switching_times` of one direction; None where fewer than three follow V.

    Where a series resistance, a compliance or the heating of a melt takes over, more voltage no longer helps: times
    within a factor of two of the fastest say nothing on it, and are left out.
    """
    slow = part[part["time"] > 2 * part["time"].min()]
    fit = line(np.log10(slow["time"]), slow["voltage"].abs())
    return fit if fit and fit.n >= 3 else None


def switching_metrics(ds: xr.Dataset) -> dict[str, Quantity]:
    """Speed: the fastest SET and RESET, the voltage of a 1 µs pulse, and the slope of |V| over log t."""
    table, found = switching_times(ds), {}
    for step, key, word in DIRECTIONS:
        part = table[(table["step"] == step) & (table["time"] > 0)]
        if part.empty:
            found[f"t_{key}"] = Quantity(np.nan, "s", "derived", label=f"Fastest {word}", note="no voltage switched")
            continue
        best = part.sort_values("time").iloc[0]
        found[f"t_{key}"] = Quantity(
            float(best["time"]), "s", "derived", n=len(part), label=f"Fastest {word}",
            note=f"at {best['voltage']:.3g} V, to the geometric mean of both states",
        )  # fmt: skip
        label = f"{word} voltage for a tenth of the time"
        if (fit := log_slope(part)) is None:
            note = f"fewer than three of {len(part)} voltages take over twice the fastest time"
            found[f"slope_{key}"] = Quantity(np.nan, "mV/decade", "fitted", n=len(part), label=label, note=note)
        else:
            found[f"slope_{key}"] = fit.quantity(
                -1e3, "mV/decade", label, "line through |V| over log t, without the saturated end"
            )
            order = np.argsort(np.log10(part["time"].to_numpy()))
            log_t, volts = np.log10(part["time"].to_numpy())[order], part["voltage"].to_numpy()[order]
            inside = log_t[0] <= -6 <= log_t[-1]
            found[f"v_{key}_1us"] = Quantity(
                float(np.interp(-6, log_t, volts)) if inside else np.nan, "V", "derived", n=len(part),
                label=f"{word} voltage of a 1 µs pulse", note="" if inside else "1 µs is outside the times measured",
            )  # fmt: skip
    return found


def energy_metrics(ds: xr.Dataset) -> dict[str, Quantity]:
    """Energy: the cheapest SET and RESET event, and their number of biological synaptic events (10 fJ)."""
    table, found = switching_times(ds), {}
    for step, key, word in DIRECTIONS:
        part = table[(table["step"] == step) & (table["energy"] > 0)]
        if part.empty:
            continue
        best = part.sort_values("energy").iloc[0]
        note = f"at {best['voltage']:.3g} V in {engineering(float(best['time']), 's')}; no wiring, no driver"
        found[f"e_{key}"] = Quantity(
            float(best["energy"]), "J", "derived", n=len(part), label=f"Least energy of a {word}", note=note
        )
        found[f"e_{key}_synapse"] = Quantity(
            float(best["energy"]) / SYNAPSE, "1", "derived", n=len(part),
            label=f"Least energy of a {word} over that of a biological event", note="10 fJ an event",
        )  # fmt: skip
    return found


def disturb_times(ds: xr.Dataset) -> "pd.DataFrame":
    """When each reading voltage has changed each state by a tenth: voltage (V), step (0 OFF, 1 ON), time (s) or NaN."""
    import pandas as pd

    rows = series(ds, "read")
    found = []
    for (volts, step), part in _runs(rows):
        g = np.abs(part["conductance"].to_numpy())
        change = np.abs(np.log(np.maximum(g, 1e-30) / max(g[0], 1e-30)))
        time = crossing(part["time"].to_numpy(), change, np.log1p(DISTURBED))
        found.append({"voltage": volts, "step": step, "time": time, "held": float(part["time"].max())})
    return pd.DataFrame(found)


def disturb_metrics(ds: xr.Dataset) -> dict[str, Quantity]:
    """The time for which each reading voltage may stay on before a state has changed by 10 %, and the worst of them."""
    table, found = disturb_times(ds), {}
    for volts, part in table.groupby("voltage"):
        worst = part["time"].min()
        if np.isfinite(worst):
            state = "OFF" if part.sort_values("time")["step"].iloc[0] == 0 else "ON"
            note = f"the {state} state; {worst / READING:.3g} readings of 1 µs"
        else:
            note = f"no change of 10 % within {part['held'].max():.3g} s"
        found[f"disturb_{volts:+g}V"] = Quantity(
            float(worst), "s", "derived", n=len(part), label=f"Time to disturb at {volts:+.3g} V", note=note
        )
    lost = table[table["time"] < TEN_YEARS]["voltage"].abs().tolist()
    safe = table["voltage"].abs().tolist()
    safe = [v for v in safe if v < min(lost, default=np.inf)]
    found["v_safe"] = Quantity(
        max(safe, default=np.nan), "V", "derived", n=len(table), label="Highest voltage that reads undisturbed",
        note=f"held for {table['held'].max():.3g} s" if safe else "every voltage disturbs",
    )  # fmt: skip
    return found


def loop_areas(ds: xr.Dataset) -> "pd.DataFrame":
    """Area of the last loop at each frequency: frequency (Hz), area (W), the sum of |∮ i dv| over both signs of v."""
    import pandas as pd

    rows = series(ds, "sweep")
    rows = rows[rows["cycle"] == rows.groupby("at")["cycle"].transform("max")]
    found = []
    for f in sorted(rows["at"].unique().tolist()):
        part = rows[rows["at"] == f]
        t, v, i = (part[k].to_numpy() for k in ("time", "voltage", "current"))
        if part["cycle"].iloc[0] == 0:  # a sine: its periods are told by time
            late = t > t[-1] - 1 / f * (1 + 1e-9)
            v, i = v[late], i[late]
        v, i = np.append(v, v[0]), np.append(i, i[0])
        strips = np.diff(v) * (i[1:] + i[:-1]) / 2
        side = (v[1:] + v[:-1]) > 0
        found.append({"frequency": f, "area": abs(strips[side].sum()) + abs(strips[~side].sum())})
    return pd.DataFrame(found)


RESOLVED = 1e-6  # of the largest area: what lies below is the tolerance of the integration


def frequency_metrics(ds: xr.Dataset) -> dict[str, Quantity]:
    """The largest loop area, its frequency, and the exponent with which the area falls at high frequency (−1)."""
    table = loop_areas(ds)
    best = table.sort_values("area").iloc[-1]
    found = {
        "area_max": Quantity(float(best["area"]), "W", "derived", n=len(table), label="Largest loop area"),
        "f_area_max": Quantity(float(best["frequency"]), "Hz", "derived", n=len(table), label="Its frequency"),
    }
    tail = table[(table["frequency"] >= best["frequency"]) & (table["area"] > RESOLVED * best["area"])]
    tail = tail[tail["frequency"] >= tail["frequency"].max() / 30]
    fit = line(np.log10(tail["frequency"]), np.log10(tail["area"]))
    label = "Exponent of the area at high frequency"
    if fit and fit.n >= 3:
        note = f"{engineering(tail['frequency'].min(), 'Hz')} to {engineering(tail['frequency'].max(), 'Hz')}"
        found["area_exponent"] = fit.quantity(1.0, "1", label, f"-1 for a memristor; {note}")
    else:
        found["area_exponent"] = Quantity(np.nan, "1", "fitted", label=label, note="the area does not fall yet")
    return found


def temperature_metrics(ds: xr.Dataset) -> dict[str, Quantity]:
    """Slopes of the switching voltages with temperature, and the range of on/off ratios."""
    table = loop_features(ds)
    kelvins = table["record"].astype(float)
    found = {}
    for name, word in (("v_set", "SET"), ("v_reset", "RESET")):
        fit = line(kelvins, table[name])
        label = f"{word} voltage against temperature"
        found[f"{name}_slope"] = (
            fit.quantity(1e3, "mV/K", label)
            if fit
            else Quantity(np.nan, "mV/K", "fitted", label=label, note="no event")
        )
    for name, label, unit in (("on_off", "On/off ratio", "1"), ("r_lrs", "Low resistance state", "ohm")):
        values = table[name].dropna()
        if len(values):
            found[name] = Quantity(
                float(values.median()), unit, "derived", float(values.min()), float(values.max()),
                f"range over {kelvins.min():g} to {kelvins.max():g} K", len(values), label,
            )  # fmt: skip
    return found


def stop_metrics(ds: xr.Dataset) -> dict[str, Quantity]:
    """The window of HRS that the stop voltage selects: highest over lowest r_hrs, and decades per volt."""
    table = loop_features(ds)
    stop, r = table["record"].astype(float).abs(), table["r_hrs"]
    ok = r.notna() & (r > 0)
    label = "Highest over lowest HRS by stop voltage"
    if ok.sum() < 2:
        return {"hrs_window": Quantity(np.nan, "1", "derived", label=label, note="fewer than two loops RESET")}
    found = {"hrs_window": Quantity(float(r[ok].max() / r[ok].min()), "1", "derived", n=int(ok.sum()), label=label)}
    fit = line(stop[ok], np.log10(r[ok]))
    if fit:
        found["hrs_per_volt"] = fit.quantity(1.0, "decade/V", "HRS per volt of stop voltage")
    return found
