"""Figures of merit of current–voltage loops: the features of every loop as distributions over cycles and devices."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pinched.characterize.conduction import ILL_POSED, conduction
from pinched.characterize.loops import loop_features
from pinched.characterize.samples import assumed
from pinched.characterize.statistics import distribution, spread
from pinched.core import Quantity

if TYPE_CHECKING:
    import pandas as pd

# column of loop_features -> (unit, label, how it was obtained)
FEATURES = {
    "v_set": ("V", "SET voltage", ""),
    "v_reset": ("V", "RESET voltage", ""),
    "i_set": ("A", "Current at SET", "just before the SET"),
    "i_reset": ("A", "Current at RESET", "at the RESET voltage"),
    "r_lrs": ("ohm", "Low resistance state", ""),
    "r_hrs": ("ohm", "High resistance state", ""),
    "on_off": ("1", "On/off ratio", ""),
    "area": ("W", "Hysteresis area", "between the ways out and back, clean samples"),
    "pinch": ("1", "Current at 0 V over the largest", "of the loop"),
    "nonlinearity": ("1", "Nonlinearity I(2V)/I(V) of the LRS", ""),
    "rectification": ("1", "Rectification ratio", "|I(+V)|/|I(-V)| at 0.95 of the largest voltage swept both ways"),
    "e_set": (
        "J",
        "Energy of a SET sweep",
        "integral of v i over the way out up to compliance; grows with the sweep time",
    ),
    "e_reset": ("J", "Energy of a RESET sweep", "integral of v i over the way out; grows with the sweep time"),
    "i_compliance": ("A", "Compliance current", ""),
}
SPREAD = ("v_set", "v_reset", "r_lrs", "r_hrs")


def loop_metrics(ds: xr.Dataset) -> tuple[dict[str, Quantity], list[str], dict[str, str]]:
    """(figures of merit, verdict sentences, what is missing and why) of the loops of `ds`.

    Medians carry the 5 to 95 % range over loops; `cv_c2c_*` and `cv_d2d_*` the variation over cycles and over devices;
    `weibull_shape_*` and `weibull_scale_*` the switching voltages; `cycle_yield` and `device_yield` the share that
    switches.
    """
    table = loop_features(ds)
    sweeps = table[table["kind"] == "sweep"]
    verdict = _verdict(table)
    found: dict[str, Quantity] = {}
    if (table["kind"] == "forming").any():
        found |= _forming(table)
    if sweeps.empty:
        return found, verdict, dict.fromkeys(FEATURES, "only forming sweeps were recorded")
    active = sweeps[sweeps["switches"]]
    why = "no switching: " + _reasons(sweeps)
    if active.empty:
        found["cycle_yield"] = _share(sweeps["switches"], "Share of cycles that switch")
        for name in ("pinch", "rectification", "i_compliance"):
            if sweeps[name].notna().any():
                unit, label, note = FEATURES[name]
                found[name] = distribution(sweeps[name], unit).median(label, "measured", note)
        return found, verdict, {k: why for k in FEATURES if k not in found}
    missing = {}
    for name, (unit, label, note) in FEATURES.items():
        if not active[name].notna().any():
            missing[name] = _absent(name, active)
            continue
        origin = "measured" if name in ("v_set", "v_reset", "i_set", "i_reset", "pinch", "i_compliance") else "derived"
        if name.startswith("e_") and assumed(ds, "rate", "time"):
            origin, note = "assumed", f"{note}; {assumed(ds, 'rate', 'time')}"
        found[name] = distribution(active[name], unit).median(label, origin, note or _how(name, active))
    if active["v_hold"].notna().any():
        found["v_hold"] = distribution(active["v_hold"], "V").median(
            "Hold voltage", "measured", "largest fall on the way back; the device is volatile"
        )
    volts = active["v_read"].dropna()
    how = "round, below switching, above the noise; the other sign where only that was swept"
    found["read_voltage"] = Quantity(
        float(volts.mode()[0]), "V", "derived", n=len(volts), label="Read voltage of the states", note=how
    )
    signs = active["polarity"].value_counts()
    sign = {"+": 1.0, "-": -1.0}.get(signs.index[0], 0.0)
    words = {1.0: "SET at positive voltage", -1.0: "SET at negative voltage"}.get(
        sign, str(signs.index[0]) or "undecided"
    )
    found["polarity"] = Quantity(sign, "1", "measured", n=int(signs.iloc[0]), label="Polarity", note=words)
    for name in SPREAD:
        if name not in found:
            continue
        label = FEATURES[name][1]
        found[f"cv_c2c_{name}"], found[f"cv_d2d_{name}"] = spread(
            active[name], active["device"], label, lognormal=name.startswith("r_")
        )
        if name.startswith("v_"):
            shape, scale = distribution(active[name], "V").weibull()
            for q, word in ((shape, "shape"), (scale, "scale")):
                found[f"weibull_{word}_{name}"] = Quantity(**(vars(q) | {"label": f"{label}, {q.label}"}))
    found["abrupt"] = _share(active["style"] == "abrupt", "Share of abrupt events")
    found["cycle_yield"] = _share(sweeps["switches"], "Share of cycles that switch")
    if sweeps["device"].nunique() > 1:
        found["device_yield"] = _share(sweeps.groupby("device")["switches"].any(), "Share of devices that switch")
    return found | _laws(ds), verdict, missing


def _how(name: str, active: "pd.DataFrame") -> str:
    if f"{name}_method" in active:
        counts = active[f"{name}_method"][active[f"{name}_method"] != ""].value_counts()
        return "; ".join(f"{k} in {n}" for k, n in counts.items())
    volts = " and ".join(f"{v:g} V" for v in active["v_read"].value_counts().index[:2])
    return f"at {volts}" if name in ("r_lrs", "r_hrs", "on_off") else f"V = {volts}"


def _absent(name: str, active: "pd.DataFrame") -> str:
    sets, resets = active["v_set"].notna().any(), active["v_reset"].notna().any()
    if name in ("v_set", "i_set") and not sets:
        return "no SET in these sweeps"
    if name in ("v_reset", "i_reset") and not resets:
        return "no RESET on the way out of these sweeps"
    return {
        "e_set": "no time recorded with a SET sweep",
        "e_reset": "no time recorded with a RESET sweep",
        "rectification": "only one sign of voltage was swept",
        "i_compliance": "no sample in compliance and none stated",
        "pinch": "the sweeps do not pass 0 V",
    }.get(name, "the states are not measured on two ways at a common voltage")


def _share(flags: "pd.Series", label: str) -> Quantity:
    """A share with its 95 % Wilson interval."""
    n, p, z2 = len(flags), float(np.mean(flags)), 1.959963985**2
    centre, half = (p + z2 / (2 * n)) / (1 + z2 / n), np.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    low, high = (float(centre - half) if p > 0 else 0.0), (float(centre + half) if p < 1 else 1.0)  # exact at the ends
    return Quantity(p, "1", "measured", low, high, "95 %, Wilson", n, label)


def _reasons(table: "pd.DataFrame") -> str:
    counts = table[~table["switches"]].groupby("behaviour", sort=False)["reason"].agg(["size", "first"])
    return "; ".join(f"{row['size']} of {len(table)} loops {k} ({row['first']})" for k, row in counts.iterrows())


def _verdict(table: "pd.DataFrame") -> list[str]:
    """What the loops are, in sentences for a reader."""
    n, switches = len(table), table["switches"]
    if not switches.any():
        return [f"Not a memristor on this evidence: {_reasons(table)}."]
    style = table["style"][switches].value_counts().index[0]
    pinched = table["pinched"][switches]
    many = f"{switches.sum()} of {n} loops show resistive switching"
    said = [f"{many}, mostly {style}; {pinched.sum()} of these are pinched at 0 V."]
    if not switches.all():
        said.append(f"Not so: {_reasons(table)}.")
    if switches.sum() == 1 and n > 1 and switches.iloc[0] and np.isnan(table["v_reset"].iloc[0]):
        said.append("A single SET that never RESETs: forming or breakdown rather than memory.")
    if (table["polarity"] == "volatile").sum() > 0.5 * switches.sum():
        said.append("The device SETs in both signs: a volatile (threshold) switch.")
    return said


def _forming(table: "pd.DataFrame") -> dict[str, Quantity]:
    """Forming voltage and current, and the first RESET after it."""
    formed = table[(table["kind"] == "forming") & table["v_set"].notna()]
    label = "Forming voltage"
    if formed.empty:
        return {
            "v_forming": Quantity(np.nan, "V", "measured", label=label, note="no step of current in the forming sweeps")
        }
    found = {
        "v_forming": distribution(formed["v_set"], "V").median(label),
        "i_forming": distribution(formed["i_set"], "A").median("Current before forming"),
    }
    after = table.loc[formed.index[0] + 1 :]
    resets = after[(after["device"] == formed["device"].iloc[0]) & after["v_reset"].notna()]
    if not resets.empty:
        first = resets.iloc[0]
        found["v_first_reset"] = Quantity(float(first["v_reset"]), "V", "measured", n=1, label="First RESET voltage")
        found["i_first_reset"] = Quantity(float(first["i_reset"]), "A", "measured", n=1, label="First RESET current")
    return found


def _laws(ds: xr.Dataset) -> dict[str, Quantity]:
    """Log-log slope and most frequent best law of each state."""
    table = conduction(ds)
    found = {}
    for state in ("LRS", "HRS"):
        part = table[table["state"] == state] if len(table) else table
        if not len(part):
            continue
        counts = part["law"].value_counts()
        law = str(counts.index[0])
        q = distribution(part["slope"]).median(f"Log-log slope of the {state}", "fitted")
        best = part[part["law"] == law]
        text = (
            f"best law {law} in {counts.iloc[0]} of {len(part)} branches (RMS of ln I {best['residual'].median():.2g}"
        )
        text += f", next {best['runner_up'].mode()[0]} {best['runner_up_residual'].median():.2g})"
        if best["epsilon_r"].notna().any():
            epsilon = f"{best['epsilon_r'].median():.3g}"
            text += f"; it implies a relative permittivity of {epsilon}, to lie between n² and the static one"
        found[f"slope_{state.lower()}"] = Quantity(**(vars(q) | {"note": f"{text}; {ILL_POSED}"}))
    return found
