"""Synaptic plasticity: currents and forgetting after pulses, facilitation, spike timing and spike rate."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pinched.characterize.records import Decay, series, stretched
from pinched.characterize.samples import long
from pinched.core import Quantity

if TYPE_CHECKING:
    import pandas as pd

SAME = 1e-3  # of the conductance: a smaller change is none
BEYOND = 0.5  # s, the interval beyond which biological synapses show no facilitation


def epsc_metrics(ds: xr.Dataset) -> dict[str, Quantity]:
    """Amplitude, charge, energy and decay of the current after one pulse (a record of `step` 0 before, 1, 2 after)."""
    rows = long(ds, "trace")
    before, pulse, after = (rows[rows["step"] == k] for k in (0, 1, 2))
    rest = float(before["current"].iloc[-1])
    t = after["time"].to_numpy() - float(pulse["time"].iloc[-1])
    i = after["current"].to_numpy()
    amplitude = float(i[0] - rest)
    start = float(before["time"].iloc[-1])
    clock = np.append(start, pulse["time"])
    power = np.append(0.0, pulse["voltage"] * pulse["current"])
    power[0] = power[1]
    volts = float(pulse["voltage"].iloc[0])
    peak = float(np.max(np.abs(pulse["current"])))
    found = {
        "i_peak": Quantity(peak, "A", "measured", n=1, label="Largest current in the pulse", note=f"at {volts:.3g} V"),
        "epsc": Quantity(amplitude, "A", "derived", n=1, label="EPSC amplitude", note="first current after the pulse"),
        "epsc_relative": Quantity(amplitude / rest if rest else np.nan, "1", "derived", n=1,
                                  label="EPSC amplitude over the current before", note="" if rest else "no baseline"),
        "e_pulse": Quantity(float(np.trapezoid(power, clock)), "J", "derived", n=1, label="Energy of the pulse"),
    }  # fmt: skip
    return found | _decay(stretched(t, i), rest, "of the current")


def _decay(fit: Decay | None, base: float, what: str) -> dict[str, Quantity]:
    """tau, beta and what remains of a forgetting curve, above `base`."""
    labels = {"tau": f"Relaxation time {what}", "beta": "Stretching exponent", "remaining": f"Part {what} that remains"}
    if fit is None:
        nothing = Quantity(np.nan, "s", "fitted", label=labels["tau"], note="nothing is forgotten in the time recorded")
        return {"tau": nothing}
    note = f"stretched exponential, RMS {fit.residual:.1e} of the change"
    left = (fit.end - base) / (fit.start - base) if fit.start != base else np.nan
    return {
        "tau": Quantity(fit.tau, "s", "fitted", label=labels["tau"], note=note),
        "beta": Quantity(fit.beta, "1", "fitted", label=labels["beta"], note="1 is a plain exponential"),
        "remaining": Quantity(float(left), "1", "fitted", label=labels["remaining"], note=note),
    }


def forgetting(ds: xr.Dataset) -> tuple["pd.DataFrame", dict[tuple[str, int], Decay | None]]:
    """What each train of pulses gives and what is kept of it.

    Returns:
        One row per record and step: record, step, pulses, before, after (S, around the train), last (S), gain (the
        change by the train over the conductance before), kept (change left at the last reading over that by the
        train), held (s), tau (s), beta and remaining (change that the stretched exponential leaves in the end over that
        by the train; NaN where nothing is forgotten); and the fits by (record, step).
    """
    import pandas as pd

    rows = long(ds, "pulse", "retention")
    found, fits = [], {}
    for (record, step), part in _trains(rows):
        train = part[part["kind"] == "pulse"]
        rest = part[part["kind"] == "retention"]
        if train.empty or rest.empty:
            continue
        before, after = (float(train["conductance"].iloc[k]) for k in (0, -1))
        change = after - before
        t = rest["time"].to_numpy() - float(train["time"].iloc[-1])
        g = rest["conductance"].to_numpy()
        fit = stretched(t, g) if abs(change) > SAME * abs(before) and np.ptp(g) > SAME * abs(change) else None
        fits[record, step] = fit
        found.append({
            "record": record, "step": step, "pulses": int(train["pulse"].max()), "before": before, "after": after,
            "last": g[-1], "gain": change / before if before else np.nan,
            "kept": (g[-1] - before) / change if change else np.nan, "held": float(t[-1]),
            "tau": fit.tau if fit else np.nan, "beta": fit.beta if fit else np.nan,
            "remaining": (fit.end - before) / change if fit else np.nan,
        })  # fmt: skip
    return pd.DataFrame(found), fits


def _trains(rows: "pd.DataFrame"):
    """Each record as ((its name, 0 for a potentiating or 1 for a depressing train), rows)."""
    for (record, step), part in rows.groupby(["record", "step"], sort=False):
        yield (record, int(step)), part


def _unfitted(kept: float) -> str:
    """Why no stretched exponential describes what was kept to the end."""
    if kept > 0.5:
        return "nothing is forgotten in the time recorded"
    return "most is forgotten before the first reading, or along no stretched exponential"


def memory_metrics(ds: xr.Dataset) -> dict[str, Quantity]:
    """Gain of each train, the part that is kept to the end of the record, and the stretched exponential in between."""
    table, _ = forgetting(ds)
    found = {}
    for row in table.to_dict("records"):
        key, word = ("up", "potentiation") if row["step"] == 0 else ("down", "depression")
        n, note = row["pulses"], f"{row['pulses']} pulses"
        found[f"gain_{key}"] = Quantity(row["gain"], "1", "derived", n=n, label=f"Change by {word}", note=note)
        found[f"kept_{key}"] = Quantity(row["kept"], "1", "derived", n=n, label=f"Part of the {word} kept",
                                        note=f"after {row['held']:.3g} s at rest")  # fmt: skip
        for name, unit, label in (("tau", "s", "Forgetting time"), ("beta", "1", "Stretching exponent")):
            why = "stretched exponential" if np.isfinite(row[name]) else _unfitted(row["kept"])
            found[f"{name}_{key}"] = Quantity(row[name], unit, "fitted", label=f"{label} after {word}", note=why)
    return found


def transition_metrics(ds: xr.Dataset) -> dict[str, Quantity]:
    """STP to LTP: forgetting time, exponent and kept part after the fewest and the most pulses."""
    table, _ = forgetting(ds)
    table = table.sort_values("pulses")
    found = {}
    for row in table.to_dict("records"):
        n = row["pulses"]
        note = f"after {row['held']:.3g} s at rest"
        found[f"kept_{n}"] = Quantity(row["kept"], "1", "derived", n=n, label=f"Part kept after {n} pulses", note=note)
        why = f"β = {row['beta']:.3g}" if np.isfinite(row["tau"]) else _unfitted(row["kept"])
        found[f"tau_{n}"] = Quantity(row["tau"], "s", "fitted", label=f"Forgetting time after {n} pulses", note=why)
    kept = table["kept"].to_numpy()
    found["kept_growth"] = Quantity(
        float(kept[-1] - kept[0]), "1", "derived", n=len(kept), label="Growth of the part kept with pulses",
        note=f"{table['pulses'].iloc[0]} to {table['pulses'].iloc[-1]} pulses; above 0, STP becomes LTP",
    )  # fmt: skip
    return found


def paired(ds: xr.Dataset) -> "pd.DataFrame":
    """Response to the last pulse of each train over that to the first.

    Returns:
        One row per record and step: interval (s), step (0 up, 1 down), pulses, index (change of conductance from before
        the train to right after its last pulse over that to right after its first) and increment (change by the last
        pulse alone over that by the first).
    """
    import pandas as pd

    found = []
    for (gap, step), part in series(ds, "pulse").groupby(["at", "step"]):
        part = part.sort_values("time", kind="stable")
        g, pulse = part["conductance"].to_numpy(), part["pulse"].to_numpy()
        last = pulse.max()
        first = g[pulse == 1][0] - g[0]
        if last < 2 or abs(first) <= 1e-12 * abs(g[0]):
            continue
        found.append({
            "interval": gap, "step": int(step), "pulses": int(last), "index": (g[-1] - g[0]) / first,
            "increment": (g[-1] - g[pulse == last - 1][-1]) / first,
        })  # fmt: skip
    return pd.DataFrame(found, columns=["interval", "step", "pulses", "index", "increment"])


def facilitation(part: "pd.DataFrame") -> tuple[float, float, float, float, float] | None:
    """(C1, tau1, C2, tau2, RMS) of index − 1 = floor + C1 e^(−Δt/τ1) + C2 e^(−Δt/τ2), τ1 <= τ2; None without a trend.

    The floor is what every later pulse adds to a device that keeps its state.
    """
    from scipy.optimize import least_squares

    t, y = part["interval"].to_numpy(), part["index"].to_numpy() - 1
    if t.size < 6 or np.ptp(y) <= SAME:
        return None

    def ends(p):
        columns = np.stack([np.exp(-t / np.exp(p[0])), np.exp(-t / np.exp(p[1])), np.ones_like(t)], axis=1)
        return columns, np.linalg.lstsq(columns, y, rcond=1e-9)[0]

    def misfit(p):
        columns, c = ends(p)
        return columns @ c - y

    low, high = np.log(t.min()), np.log(t.max()) + 1
    start = np.log(t[np.argmin(np.abs(y - (y.max() + y.min()) / 2))])
    tried = [
        least_squares(misfit, np.clip((start - d, start + d), low, high), bounds=(low - 1, high + 1))
        for d in (0.5, 1.5)
    ]
    best = min(tried, key=lambda r: r.cost)
    order = np.argsort(best.x)
    tau, c = np.exp(best.x[order]), ends(best.x)[1][:2][order]
    return float(c[0]), float(tau[0]), float(c[1]), float(tau[1]), float(np.sqrt(np.mean(best.fun**2)))


def paired_metrics(ds: xr.Dataset) -> dict[str, Quantity]:
    """Index at the shortest interval, its double-exponential decay, and the interval at which half of it is left."""
    table, found = paired(ds), {}
    for step, key, word in ((0, "up", "potentiation"), (1, "down", "depression")):
        part = table[table["step"] == step].sort_values("interval")
        if part.empty:
            continue
        first, last = part.iloc[0], part.iloc[-1]
        what = "Paired-pulse index" if first["pulses"] == 2 else f"Post-tetanic index of {first['pulses']:.0f} pulses"
        found[f"index_{key}"] = Quantity(
            float(first["index"]), "1", "derived", n=len(part), label=f"{what}, {word}",
            note=f"at {first['interval']:.3g} s; {last['index']:.4g} at {last['interval']:.3g} s",
        )  # fmt: skip
        found[f"increment_{key}"] = Quantity(
            float(first["increment"]), "1", "derived", n=len(part), label=f"Last increment over first, {word}",
            note=f"at {first['interval']:.3g} s; above 1 is facilitation, below depression",
        )  # fmt: skip
        fit = facilitation(part)
        for k, name in enumerate(("tau_fast", "tau_slow")):
            why = f"C = {fit[2 * k]:.3g}, RMS {fit[4]:.1e}" if fit else "the index does not depend on the interval"
            found[f"{name}_{key}"] = Quantity(
                fit[2 * k + 1] if fit else np.nan, "s", "fitted", n=len(part),
                label=f"{'Fast' if not k else 'Slow'} time constant of the index, {word}", note=why,
            )  # fmt: skip
        found[f"index_{key}_500ms"] = Quantity(
            float(np.interp(BEYOND, part["interval"], part["index"])) if last["interval"] >= BEYOND else np.nan,
            "1", "derived", n=len(part), label=f"{what} at 500 ms, {word}",
            note="" if last["interval"] >= BEYOND else "no interval as long",
        )  # fmt: skip
    return found


def timing(ds: xr.Dataset) -> "pd.DataFrame":
    """Relative change of conductance by a pair of spikes: delay (s, t_post − t_pre), change, before, after (S)."""
    import pandas as pd

    found = []
    for delay, part in series(ds, "pulse").groupby("at"):
        before, after = (float(part["conductance"].iloc[k]) for k in (0, -1))
        found.append({"delay": delay, "change": (after - before) / before, "before": before, "after": after})
    return pd.DataFrame(found)


def window(table: "pd.DataFrame", sign: int) -> tuple[float, float, float, float] | None:
    """(A, tau, floor, RMS) of change = floor + A e^(−|Δt|/τ) for delays of one sign; None where nothing changes."""
    from scipy.optimize import least_squares

    part = table[table["delay"] * sign > 0]
    t, y = part["delay"].abs().to_numpy(), part["change"].to_numpy()
    if t.size < 4 or np.ptp(y) <= 1e-6:
        return None

    def ends(log_tau):
        columns = np.stack([np.exp(-t / np.exp(log_tau[0])), np.ones_like(t)], axis=1)
        return columns, np.linalg.lstsq(columns, y, rcond=1e-9)[0]

    def misfit(log_tau):
        columns, c = ends(log_tau)
        return (columns @ c - y) / np.ptp(y)

    bounds = (np.log(t.min()) - 2, np.log(t.max()) + 2)
    best = min(
        (least_squares(misfit, (np.log(s),), bounds=bounds) for s in (t.min(), np.median(t), t.max())),
        key=lambda r: r.cost,
    )
    a, floor = ends(best.x)[1]
    return float(a), float(np.exp(best.x[0])), float(floor), float(np.sqrt(np.mean(best.fun**2)))


def timing_metrics(ds: xr.Dataset) -> dict[str, Quantity]:
    """Largest change for either order of the spikes, exponential windows, and their asymmetry."""
    table, found = timing(ds), {}
    for sign, key, word in ((1, "plus", "post after pre"), (-1, "minus", "pre after post")):
        part = table[table["delay"] * sign > 0]
        if part.empty:
            continue
        best = part.loc[part["change"].abs().idxmax()]
        found[f"dg_{key}"] = Quantity(
            float(best["change"]), "1", "derived", n=len(part), label=f"Largest change, {word}",
            note=f"at a delay of {best['delay']:.3g} s",
        )  # fmt: skip
        fit = window(table, sign)
        why = (
            f"A = {fit[0]:.3g}, floor {fit[2]:.2g}, RMS {fit[3]:.1e} of the range" if fit else "no dependence on delay"
        )
        found[f"tau_{key}"] = Quantity(
            fit[1] if fit else np.nan, "s", "fitted", n=len(part), label=f"STDP time constant, {word}", note=why
        )
    if {"dg_plus", "dg_minus"} <= set(found):
        plus, minus = found["dg_plus"].value, found["dg_minus"].value
        hebb = plus > 0 > minus
        found["hebbian"] = Quantity(
            float(hebb), "1", "derived", n=len(table), label="Hebbian order",
            note="up when post follows pre, down otherwise" if hebb else "not both signs as Hebb has them",
        )  # fmt: skip
    return found


def rates(ds: xr.Dataset) -> "pd.DataFrame":
    """Change of conductance by a train at each rate: rate (Hz), pulses, change (relative)."""
    import pandas as pd

    found = []
    for rate, part in series(ds, "pulse").groupby("at"):
        g = part.sort_values("pulse")["conductance"].to_numpy()
        found.append({"rate": rate, "pulses": int(part["pulse"].max()), "change": (g[-1] - g[0]) / g[0]})
    return pd.DataFrame(found)


def rate_metrics(ds: xr.Dataset) -> dict[str, Quantity]:
    """Change at the lowest and highest rate, their ratio, and the rate at which half of the difference is reached."""
    table = rates(ds).sort_values("rate")
    low, high = table.iloc[0], table.iloc[-1]
    n = int(high["pulses"])
    ratio = high["change"] / low["change"] if low["change"] else np.nan
    middle = (low["change"] + high["change"]) / 2
    found = {
        "change_low": Quantity(float(low["change"]), "1", "derived", n=n, label=f"Change at {low['rate']:.3g} Hz"),
        "change_high": Quantity(float(high["change"]), "1", "derived", n=n, label=f"Change at {high['rate']:.3g} Hz"),
        "rate_ratio": Quantity(float(ratio), "1", "derived", n=len(table), label="Change at high over low rate",
                               note="1 without rate dependence"),
    }  # fmt: skip
    if abs(high["change"] - low["change"]) > SAME:
        k = int(np.argmin(np.abs(table["change"] - middle)))
        f = float(table["rate"].iloc[k])
        found["rate_half"] = Quantity(f, "Hz", "derived", n=len(table), label="Rate of half of the difference")
    return found
