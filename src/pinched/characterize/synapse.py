"""Figures of merit of a synapse, from its pulse trains."""

import numpy as np
import xarray as xr

from pinched.characterize.pulses import Curve, curve, main_protocol, noise, trains
from pinched.characterize.statistics import distribution
from pinched.core import Quantity

SEPARATION = 4.0  # standard deviations between neighbouring levels that count as distinguishable (2.3 % overlap each)


def pulse_metrics(ds: xr.Dataset) -> dict[str, Quantity]:
    """Figures of merit of the pulse trains of `ds`; empty without trains.

    Of several protocols the one with the most reads counts, of several devices the median. Labels follow NeuroSim:
    potentiation positive and depression negative are both steep first. Quantities: g_min, g_max (S), dynamic_range,
    nl_potentiation, nl_depression, asymmetry (difference of the labels), symmetry_point (part of the range where an
    up and a down step cancel), sigma_c2c (walk per pulse, part of the range), sigma_read (part of the range),
    cycle_spread (std over trains at the same pulse, part of the range), sigma_d2d, levels, effective_bits,
    pulses_to_saturation, drift_per_train, and amplitude and width of the pulses.
    """
    table = trains(ds)
    if table.empty:
        return {}
    table, which = main_protocol(table)
    devices = [_device(part) for _, part in table.groupby("device", sort=False)]
    devices = [d for d in devices if d]
    if not devices:
        return {}
    found = {}
    for name, (unit, label, note) in _WHAT.items():
        note = f"{note}; {which}" if which else note
        values = [d[name] for d in devices if np.isfinite(d.get(name, np.nan))]
        if not values:
            continue
        q = distribution(values, unit).median(label, "fitted" if name in _FITTED else "derived", note)
        if len(devices) == 1 and f"{name}_low" in devices[0]:
            low, high = devices[0][f"{name}_low"], devices[0][f"{name}_high"]
            q = Quantity(
                q.value, unit, "fitted", low, high, "95 %, profile likelihood", int(devices[0]["reads"]), label, note
            )
        found[name] = q
    found["sigma_d2d"] = _between(devices)
    for direction, word in (("up", "potentiating"), ("down", "depressing")):
        part = table[table["direction"] == direction]
        for column, unit, what in (("pulse_voltage", "V", "amplitude"), ("pulse_width", "s", "width")):
            if part[column].notna().any():
                values = part.groupby(["device", "train"])[column].median().dropna()
                found[f"{what}_{direction}"] = distribution(values, unit).median(f"{word.capitalize()} pulse {what}")
    return found


_FITTED = ("nl_potentiation", "nl_depression", "asymmetry", "symmetry_point")
_WHAT = {
    "g_min": ("S", "Lowest conductance", "end of the mean trains"),
    "g_max": ("S", "Highest conductance", "end of the mean trains"),
    "dynamic_range": ("1", "Dynamic range", "highest over lowest conductance of the mean trains"),
    "nl_potentiation": (
        "1",
        "Nonlinearity of potentiation",
        "label of MLP+NeuroSim V3.0: 0 linear, positive steep first",
    ),
    "nl_depression": ("1", "Nonlinearity of depression", "label of MLP+NeuroSim V3.0: 0 linear, negative steep first"),
    "fit_error": ("1", "Error of the exponential response", "RMS over the mean trains, part of the range"),
    "asymmetry": ("1", "Asymmetry", "difference of the two labels"),
    "symmetry_point": ("1", "Symmetry point", "part of the range at which a fitted up and down step cancel"),
    "sigma_c2c": ("1", "Cycle-to-cycle noise per pulse", "random walk per pulse, part of the range"),
    "sigma_read": ("1", "Read noise", "part of the read that is new at every read, part of the range"),
    "cycle_spread": ("1", "Spread over cycles", "std over trains after the same pulse, part of the range"),
    "levels": ("1", "Distinguishable levels", f"{SEPARATION:g} standard deviations apart, open-loop programming"),
    "effective_bits": ("bit", "Effective bits", "log2 of the distinguishable levels"),
    "pulses_to_saturation": ("1", "Pulses to 90 % of the change", "the slower direction"),
    "drift_per_train": ("1", "Drift of the baseline", "change of the first read per train, part of the range"),
}


def _device(part) -> dict[str, float]:
    """The plain numbers of one device; empty where no direction has a curve."""
    curves = {d: c for d in ("up", "down") if not (rows := part[part["direction"] == d]).empty and (c := curve(rows))}
    if not curves:
        return {}
    g_min = min(min(c.start, c.end) for c in curves.values())
    g_max = max(max(c.start, c.end) for c in curves.values())
    span = g_max - g_min
    noises = np.array([noise(part[part["direction"] == d]) for d in curves])
    found = {
        "reads": float(len(part)),
        "g_min": g_min,
        "g_max": g_max,
        "dynamic_range": g_max / g_min,
        "fit_error": float(np.mean([c.residual * abs(c.end - c.start) for c in curves.values()])) / span,
        "sigma_c2c": _rms(noises[:, 0]) / span,
        "sigma_read": _rms(noises[:, 1]) / span,
        "pulses_to_saturation": float(max(c.to_saturation() for c in curves.values())),
    }
    for direction, name in (("up", "nl_potentiation"), ("down", "nl_depression")):
        if direction in curves:
            c = curves[direction]
            found |= dict(zip((name, f"{name}_low", f"{name}_high"), c.labels, strict=True))
    repeated = [c for c in curves.values() if c.trains >= 3]
    if repeated:
        found["cycle_spread"] = float(np.sqrt(np.mean(np.concatenate([c.std for c in repeated]) ** 2))) / span
    counts = [_levels(c, float(np.hypot(*sigmas))) for c, sigmas in zip(curves.values(), noises, strict=True)]
    found["levels"] = min(counts)
    found["effective_bits"] = np.log2(found["levels"])
    if len(curves) == 2:
        found["asymmetry"] = abs(found["nl_potentiation"] - found["nl_depression"])
        found["symmetry_point"] = _symmetry(curves["up"], curves["down"], g_min, span)
    first = part[part["direction"] == next(iter(curves))].groupby("train")["conductance_S"].first().to_numpy()
    if first.size >= 3:
        found["drift_per_train"] = float(np.polyfit(np.arange(first.size), first, 1)[0]) / span
    return found


def _rms(values: np.ndarray) -> float:
    """Root mean square of the finite ones; NaN without any."""
    known = values[np.isfinite(values)]
    return float(np.sqrt(np.mean(known**2))) if known.size else np.nan


def _levels(c: Curve, along: float) -> float:
    """1 + the change in units of the separation, at most one level per read.

    The spread of a level is that over repeated trains after the same pulse; with fewer than three trains only the noise
    `along` a train (S) is known.
    """
    sigma = c.std if c.trains >= 3 else np.full(c.g.size, along)
    smooth = np.maximum(np.convolve(np.pad(sigma, 2, mode="edge"), np.full(5, 0.2), "valid"), 1e-12 * c.g.max())
    steps = np.abs(np.diff(c.fitted())) / (SEPARATION * 0.5 * (smooth[1:] + smooth[:-1]))
    return float(min(1 + np.nansum(steps), c.pulses + 1))


def _symmetry(up: Curve, down: Curve, g_min: float, span: float) -> float:
    """Where the fitted steps cancel, as a part of the range; NaN outside it."""
    ends = np.array([g_min, g_min + span])
    net = up.step(ends) + down.step(ends)
    if net[0] == net[1]:
        return np.nan
    x = float(net[0] / (net[0] - net[1]))
    return x if 0 <= x <= 1 else np.nan


def _between(devices: list[dict[str, float]]) -> Quantity:
    """Device-to-device variation of the conductance range."""
    label = "Device-to-device variation of the range"
    spans = [d["g_max"] - d["g_min"] for d in devices]
    if len(spans) < 3:
        return Quantity(np.nan, "1", "derived", n=len(spans), label=label, note="needs at least three devices")
    return distribution(spans).cv(label)
