"""Weight update: the analog and the digital figures of merit of a device, and which of the two sets it deserves."""

import numpy as np
import xarray as xr

from pinched.characterize.pulses import main_protocol, trains
from pinched.characterize.samples import long
from pinched.characterize.synapse import pulse_metrics
from pinched.core import Quantity

HARD = 0.5  # share of a train's change in its largest step, from which on switching is hard: nothing to address between


def update_metrics(ds: xr.Dataset) -> dict[str, Quantity]:
    """Figures of merit of the trains (`synapse.pulse_metrics`), and soft against hard switching.

    soft: largest share of the change of a mean train that one pulse brings, at worst over both directions; below 0.5
    the device switches softly (analog: linearity, symmetry, range and levels count), else hard (digital: on/off ratio,
    step and two levels count). n_half: pulses to half of the change. levels_distinct: conductances that differ by more
    than 1 % of the range.
    """
    found = dict(pulse_metrics(ds))
    table = trains(ds)
    if table.empty:
        return {"largest_step": Quantity(np.nan, "1", "derived", label="Largest step of a train", note="no train")}
    table, _ = main_protocol(table)
    share, half = {}, {}
    for direction, part in table.groupby("direction"):
        g = part.groupby("pulse")["conductance_S"].mean().sort_index().to_numpy()
        change = g[-1] - g[0]
        if abs(change) <= 1e-3 * abs(g[0]):
            continue
        share[direction] = float(np.max(np.abs(np.diff(g))) / np.ptp(g))
        half[direction] = int(np.argmax((g - g[0]) / change >= 0.5))
    if not share:
        note = "no train changes the conductance"
        return found | {"largest_step": Quantity(np.nan, "1", "derived", label="Largest step of a train", note=note)}
    worst = max(share, key=lambda d: share[d])
    hard = share[worst] >= HARD
    word = (
        "hard (digital): on/off ratio, step and two levels count"
        if hard
        else "soft (analog): linearity, symmetry, range and levels count"
    )
    found["largest_step"] = Quantity(
        share[worst], "1", "derived", n=len(table), label="Largest step of a train, part of its range", note=word
    )
    found["soft"] = Quantity(
        float(not hard), "1", "derived", n=len(share), label="Soft (1) or hard (0) switching", note=word
    )
    for direction, n in half.items():
        found[f"n_half_{direction}"] = Quantity(
            float(n), "1", "derived", n=1, label=f"Pulses to half of the change, {direction}"
        )
    g = np.sort(table["conductance_S"].to_numpy())
    found["levels_distinct"] = Quantity(
        float(_distinct(g, 0.01 * np.ptp(g))), "1", "derived", n=len(table), label="Levels 1 % of the range apart",
        note="of the readings; a noise-free count",
    )  # fmt: skip
    return found | _energy(ds)


def _distinct(g: np.ndarray, apart: float) -> int:
    """How many of the sorted values are `apart` or more from the one kept before."""
    count, last = 1, g[0]
    for value in g:
        if value - last >= apart:
            count, last = count + 1, value
    return count


def _energy(ds: xr.Dataset) -> dict[str, Quantity]:
    """Energy of one write pulse from its voltage, width and the conductances before and after it."""
    rows = long(ds, "pulse").sort_values(["record", "cycle", "step", "pulse"])
    before = rows.groupby(["record", "cycle", "step"])["conductance"].shift()
    mean = np.sqrt(np.maximum(before * rows["conductance"], 0))
    energy = (rows["pulse_voltage"] ** 2 * rows["pulse_width"] * mean).replace(0, np.nan).dropna()
    if energy.empty:
        return {}
    return {
        "e_update": Quantity(
            float(energy.median()),
            "J",
            "derived",
            float(energy.min()),
            float(energy.max()),
            "range over pulses",
            len(energy),
            "Energy of a weight update",
            "V² G t with the read conductance; a biological event takes 10 fJ",
        )
    }
