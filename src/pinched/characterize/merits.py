"""The figures of merit of each standard experiment, by its name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import xarray as xr

from pinched.characterize.kinetics import (
    disturb_metrics,
    energy_metrics,
    frequency_metrics,
    stop_metrics,
    switching_metrics,
    temperature_metrics,
)
from pinched.characterize.loop_metrics import loop_metrics
from pinched.characterize.metrics import Metrics, metrics
from pinched.characterize.plasticity import (
    epsc_metrics,
    memory_metrics,
    paired_metrics,
    rate_metrics,
    timing_metrics,
    transition_metrics,
)
from pinched.characterize.reliability import endurance_metrics
from pinched.characterize.retention_fit import arrhenius_metrics
from pinched.characterize.samples import conductance, long
from pinched.characterize.telegraph import telegraph_metrics
from pinched.characterize.weight_update import update_metrics
from pinched.core import Quantity, check_dataset, verb


def _forming(ds: xr.Dataset) -> dict[str, Quantity]:
    found, _, missing = loop_metrics(ds)
    kept = {k: q for k, q in found.items() if k in ("v_forming", "i_forming", "v_set", "v_reset", "on_off")}
    label = "Forming over SET voltage"
    if "v_forming" not in kept or not kept["v_forming"].available or "v_set" not in kept:
        why = "the first sweep shows no step: this device is made in a state that conducts, or needs no forming"
        return kept | {"forming_ratio": Quantity(np.nan, "1", "derived", label=label, note=missing.get("v_set", why))}
    ratio = kept["v_forming"].value / kept["v_set"].value
    note = "forming-free" if abs(ratio - 1) < 0.1 else "the first sweep needs more"
    return kept | {"forming_ratio": Quantity(ratio, "1", "derived", n=1, label=label, note=note)}


def program_success(ds: xr.Dataset) -> dict[str, Quantity]:
    """Pulses to each programmed level, the share of levels reached, and their error over the window."""
    rows = conductance(long(ds, "program"))
    last = rows.groupby("record").last()
    target = last.index.astype(float).to_numpy()
    window = float(np.ptp(target)) or 1.0
    error = np.abs(last["conductance"].to_numpy() - target) / window
    tolerance = float(ds.attrs.get("tolerance", 0.02))
    count = last["pulse"].to_numpy()
    reached = error <= tolerance * (1 + 1e-9)
    return {
        "levels_reached": Quantity(float(reached.sum()), "1", "derived", n=len(last), label="Levels reached",
                                   note=f"of {len(last)}, within {tolerance:.1%} of the window"),
        "pulses_median": Quantity(float(np.median(count)), "1", "derived", float(count.min()), float(count.max()),
                                  "range over levels", len(last), "Pulses to a level"),
        "level_error": Quantity(float(np.sqrt(np.mean(error**2))), "1", "derived", n=len(last),
                                label="RMS error of the levels, part of the window"),
    }  # fmt: skip


Reader = Callable[[xr.Dataset], Mapping[str, Quantity]]

# name of the experiment -> its reader; None: loops, of which `loop_metrics` also says what they show
MERITS: dict[str, Reader | None] = {
    "sweep": None,
    "unipolar": None,
    "stop-voltage": stop_metrics,
    "forming": _forming,
    "temperature": temperature_metrics,
    "frequency": frequency_metrics,
    "switching-time": switching_metrics,
    "energy": energy_metrics,
    "retention": arrhenius_metrics,
    "endurance": endurance_metrics,
    "read-disturb": disturb_metrics,
    "write-verify": program_success,
    "rtn": telegraph_metrics,
    "pulses": update_metrics,
    "pulses-amplitude": update_metrics,
    "pulses-width": update_metrics,
    "epsc": epsc_metrics,
    "stp": memory_metrics,
    "ltp": memory_metrics,
    "stp-to-ltp": transition_metrics,
    "ppf": paired_metrics,
    "ptp": paired_metrics,
    "stdp": timing_metrics,
    "stdp-second-order": timing_metrics,
    "srdp": rate_metrics,
}


@verb
def figures_of_merit(ds: xr.Dataset) -> Metrics:
    """The figures of merit of the experiment that `ds` records.

    Args:
        ds: a Dataset of `probe`, or a measured one whose attrs["experiment"] names the experiment and which keeps its
            conventions; without that name, whatever `metrics` finds.

    Returns:
        Metrics: name -> Quantity; `.not_measured` says what could not be had and why.

    Raises:
        PinchedError: where `ds` breaks the schema.
    """
    check_dataset(ds)
    name = str(ds.attrs.get("experiment", ""))
    if name not in MERITS:
        return metrics(ds)
    if (reader := MERITS[name]) is None:
        found, verdict, missing = loop_metrics(ds)
        return Metrics({k: q for k, q in found.items() if q.available}, missing, tuple(verdict))
    failed = dict(line.split(": ", 1) for line in str(ds.attrs.get("failed", "")).splitlines())
    return Metrics(MappingProxyType(dict(reader(ds))), failed)
