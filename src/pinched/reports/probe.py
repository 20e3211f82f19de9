"""The virtual probe station whole: experiment, figures of merit and figure of each name, bound in one table."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import xarray as xr

from pinched.characterize.merits import figures_of_merit
from pinched.characterize.metrics import Metrics
from pinched.core import PinchedError, verb
from pinched.devices import Device, Environment
from pinched.experiments.standard import EXPERIMENTS, experiment, probe
from pinched.reports.figures import loops, probe_dc, probe_memory, probe_synapse, statistics
from pinched.reports.figures.style import Plot
from pinched.reports.folder import GENERATOR, fresh, write_data

Draw = Callable[[xr.Dataset], Plot | None]

# name of the experiment -> its figure; the figures of merit of the same names are in characterize.merits
FIGURES: dict[str, Draw] = {
    "sweep": loops.loops,
    "unipolar": loops.loops,
    "forming": loops.loops,
    "stop-voltage": probe_dc.stop_voltage,
    "temperature": probe_dc.temperature,
    "frequency": probe_dc.frequency,
    "switching-time": probe_memory.switching_time,
    "energy": probe_memory.energy,
    "retention": probe_memory.retention,
    "endurance": statistics.endurance,
    "read-disturb": probe_memory.read_disturb,
    "write-verify": probe_memory.programming,
    "rtn": probe_memory.noise,
    "pulses": probe_synapse.weight_update,
    "pulses-amplitude": probe_synapse.weight_update,
    "pulses-width": probe_synapse.weight_update,
    "epsc": probe_synapse.epsc,
    "stp": probe_synapse.memory,
    "ltp": probe_synapse.memory,
    "stp-to-ltp": probe_synapse.transition,
    "ppf": probe_synapse.facilitated,
    "ptp": probe_synapse.facilitated,
    "stdp": probe_synapse.timed,
    "stdp-second-order": probe_synapse.timed,
    "srdp": probe_synapse.rated,
}


class Probed(NamedTuple):
    """An experiment done: what was recorded, what it says, how it looks."""

    data: xr.Dataset
    metrics: Metrics
    plot: Plot


def figure(ds: xr.Dataset) -> Plot:
    """The figure of the experiment that `ds` records; its `.figure` is matplotlib's.

    Raises:
        PinchedError: where `ds` names no experiment, or holds nothing to draw.
    """
    name = experiment(str(ds.attrs.get("experiment", ""))).name
    plot = FIGURES[name](ds)
    if plot is None:
        raise PinchedError(f"{name}: this Dataset holds nothing to draw.")
    return plot


@verb
def conduct(
    device: Device | str | os.PathLike, protocol: str, env: Environment | None = None, seed: int = 0, **settings: Any
) -> Probed:
    """One standard experiment with its figures of merit and its figure; arguments and errors as `probe`."""
    ds = probe(device, protocol, env, seed, **settings)
    return Probed(ds, figures_of_merit(ds), figure(ds))


def experiments() -> dict[str, str]:
    """Name -> description of every experiment."""
    return {name: one.description for name, one in EXPERIMENTS.items()}


def write(done: Probed, out: Path) -> Path:
    """data.nc, probe.json (the figures of merit) and the figure as PNG, SVG and CSV in the folder `out`; returns it.

    Raises:
        PinchedError: where `out` cannot be written, or holds what pinched did not make.
    """
    with fresh(out) as folder:
        done.plot.save(folder)
        write_data(folder / "data.nc", done.data)
        about = {key: done.data.attrs[key] for key in ("experiment", "model", "drive", "settings", "seed")}
        merits = {name: quantity.as_dict() for name, quantity in done.metrics.items()}
        text = json.dumps({"generator": GENERATOR, **about, "metrics": merits}, ensure_ascii=False, indent=1)
        (folder / "probe.json").write_text(text + "\n", encoding="utf-8")
    return out
