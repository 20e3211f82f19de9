"""What the measurements say of the cell that an array would be made of."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from pinched.core import Quantity
from pinched.reports.sections.array import WIRES, segment

READ_VOLTAGE = 0.2  # V, where the data name none; the usual read of published arrays (0.1 to 0.3 V)


def cell(ds: xr.Dataset, merits: Mapping[str, Quantity] | None, synapse):
    """A `networks.Mapping` of everything measured, the rest ideal; None where the two states are not known.

    Args:
        ds: the Dataset.
        merits: its figures of merit.
        synapse: the Extraction of its pulse response, or None; one that a model predicts counts only without loops.
    """
    from pinched.arrays.analog.mapping import Mapping as Cells

    merits = merits or {}
    known = states(ds, merits) if synapse is None or synapse.predicted else trained(merits)
    source = synapse.response if synapse is not None and "g_max" not in (known or {}) else None
    if known is None and source is None:
        return None
    return Cells.of(source, **(common(merits) | (known or {})))


def states(ds: xr.Dataset, merits: Mapping[str, Quantity]) -> dict[str, Quantity] | None:
    """Range, levels and programming error from loops, or from programmed levels; None without either."""
    if "r_lrs" in merits and "r_hrs" in merits and merits["on_off"].value > 1:
        return _from_loops(merits)
    if "levels_programmed" in merits:
        return _from_levels(ds, merits)
    return None


def _from_loops(merits: Mapping[str, Quantity]) -> dict[str, Quantity]:
    on, off = (_inverse(merits[name]) for name in ("r_lrs", "r_hrs"))
    known = {"g_max": on, "g_min": off}
    if "cv_c2c_r_lrs" in merits:
        cv = merits["cv_c2c_r_lrs"]
        value = cv.value * on.value / (on.value - off.value)
        note = "cycle-to-cycle spread of the low resistance state: programming without verification"
        known["sigma_program"] = Quantity(value, "1", "derived", n=cv.n, note=note)
    if "abrupt" in merits and merits["abrupt"].value > 0.5:
        known["levels"] = Quantity(
            2, "1", "derived", n=merits["abrupt"].n, note="abrupt switching: only the two end states were seen"
        )
    return known


def _from_levels(ds: xr.Dataset, merits: Mapping[str, Quantity]) -> dict[str, Quantity]:
    from pinched.characterize.reliability import level_table

    table = level_table(ds)
    low, high = float(table["mean"].min()), float(table["mean"].max())
    n = int(table["n"].sum())
    error = float(np.sqrt(np.mean(table["std"] ** 2)) / (high - low))
    return {
        "g_min": Quantity(low, "S", "measured", n=n, note="mean of the lowest programmed level"),
        "g_max": Quantity(high, "S", "measured", n=n, note="mean of the highest programmed level"),
        "levels": Quantity(len(table), "1", "measured", n=n, note="levels programmed"),
        "sigma_program": Quantity(error, "1", "derived", n=n, note="RMS spread within the programmed levels"),
    }


def trained(merits: Mapping[str, Quantity]) -> dict[str, Quantity]:
    """What the pulse trains say beyond the response fitted to them."""
    known = {}
    if "pulses_to_saturation" in merits:
        n = merits["pulses_to_saturation"]
        known["levels"] = Quantity(
            max(np.floor(n.value) + 1, 2), "1", "derived", n=n.n, note="one level a pulse up to saturation"
        )
    if "sigma_d2d" in merits:
        known["sigma_device"] = merits["sigma_d2d"]
    return known


def common(merits: Mapping[str, Quantity]) -> dict[str, Quantity]:
    """Device spread, read noise, yield and read voltage, as far as measured."""
    known = {
        "read_voltage": Quantity(READ_VOLTAGE, "V", "assumed", note="usual read voltage"),
        "r_wire": Quantity(segment(WIRES[0]), "ohm", "assumed", note=f"{WIRES[0]} wires, cells two widths apart"),
        "adc_bits": Quantity(8, "1", "assumed", note="usual of published macros"),
        "dac_bits": Quantity(8, "1", "assumed", note="usual of published macros"),
    }
    if "read_voltage" in merits:
        q = merits["read_voltage"]
        known["read_voltage"] = Quantity(abs(q.value), "V", q.origin, note=q.note)
    if "cv_d2d_r_lrs" in merits:
        known["sigma_device"] = merits["cv_d2d_r_lrs"]
    if "read_noise" in merits:
        known["sigma_read"] = merits["read_noise"]
    if "device_yield" in merits:
        dead = 1 - merits["device_yield"].value
        known["stuck_off"] = Quantity(
            dead, "1", "measured", n=merits["device_yield"].n, note="devices that do not switch"
        )
    return known


def _inverse(q: Quantity) -> Quantity:
    return Quantity(1 / q.value, "S", "derived", n=q.n, note=f"inverse of the median resistance {q.note}".strip())
