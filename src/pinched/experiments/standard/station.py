"""`probe`: one experiment by name on one device."""

import dataclasses
import json
import os
from typing import Any

import numpy as np
import xarray as xr

from pinched.core import PinchedError, nearest, params, verb
from pinched.devices import Device, Environment, describe, device as by_name
from pinched.experiments.drive import GIVEN, Drive, find_drive, sweep_drive, told
from pinched.experiments.standard import dc, memory, spikes, synapse
from pinched.experiments.standard.bench import Bench, Experiment

EXPERIMENTS = {
    one.name: one
    for one in (
        Experiment("sweep", "DC loops through both turning points, with compliance", dc.sweep),
        Experiment("unipolar", "sweeps of one sign, SET under compliance and RESET without", dc.unipolar),
        Experiment("stop-voltage", "loops whose RESET stops at a series of voltages", dc.stop_voltage),
        Experiment("forming", "the first sweep of a device as made, and its first loop", dc.forming),
        Experiment("temperature", "loops at a series of temperatures", dc.temperature),
        Experiment("frequency", "loops at a series of frequencies: the area falls as 1/f", dc.frequency),
        Experiment("switching-time", "time to SET and RESET against voltage, and its energy", memory.switching_time),
        Experiment("energy", "energy of a switching event against voltage, beside biology", memory.switching_time),
        Experiment("retention", "both states at several temperatures, extrapolated to ten years", memory.retention),
        Experiment("endurance", "both states over many cycles", memory.endurance),
        Experiment("read-disturb", "both states under a reading voltage that stays on", memory.read_disturb),
        Experiment("write-verify", "closed-loop programming of several levels", memory.write_verify),
        Experiment("rtn", "random telegraph and other noise of the current", memory.rtn),
        Experiment("pulses", "potentiation and depression by identical pulses", synapse.pulses),
        Experiment("pulses-amplitude", "potentiation and depression by growing amplitudes", synapse.pulses_amplitude),
        Experiment("pulses-width", "potentiation and depression by growing widths", synapse.pulses_width),
        Experiment("epsc", "postsynaptic current during and after one pulse", synapse.epsc),
        Experiment("stp", "short-term potentiation and depression: a few pulses, then rest", synapse.stp),
        Experiment("ltp", "long-term potentiation and depression: many pulses, then rest", synapse.ltp),
        Experiment("stp-to-ltp", "forgetting after 10 to 120 pulses", synapse.stp_to_ltp),
        Experiment("ppf", "paired-pulse facilitation and depression against interval", synapse.ppf),
        Experiment("ptp", "post-tetanic potentiation against interval", synapse.ptp),
        Experiment("stdp", "spike-timing-dependent plasticity by overlapping spikes", spikes.stdp),
        Experiment("stdp-second-order", "spike timing without overlap, by a second state", spikes.stdp_second_order),
        Experiment("srdp", "spike-rate-dependent plasticity", synapse.srdp),
    )
}

COUNTS = {"n", "cycles", "levels", "limit", "points", "pairs"}  # settings of experiments that count something
POSITIVE = ("rate", "width", "full", "fast", "i_set", "i_reset")
NONZERO = {"v_set": "not be 0", "read_voltage": "not be 0"}
STATELESS = ("sweep", "temperature", "rtn")  # what a device can be asked of which no reading tells two states


def experiment(name: str) -> Experiment:
    """The experiment of a name; raises PinchedError with the nearest one."""
    known = name.replace("_", "-").lower() if isinstance(name, str) else name
    if known not in EXPERIMENTS:
        hint = nearest(str(known), EXPERIMENTS) or f"; there are {', '.join(EXPERIMENTS)}"
        raise PinchedError(f"There is no experiment {name!r}{hint}.")
    return EXPERIMENTS[known]


@verb
def probe(
    device: Device | str | os.PathLike,
    protocol: str,
    env: Environment | None = None,
    seed: int = 0,
    *,
    drive: Drive | None = None,
    **settings: Any,
) -> xr.Dataset:
    """Run one standard experiment on a device.

    Voltages, widths, polarity and compliance come from the device: from the sweep that its parameter file names, or
    from one that opens its loop, and from how fast it then switches (`experiments.drive`).

    Args:
        device: a Device, or the name or file of one.
        protocol: name of the experiment; `EXPERIMENTS` lists them.
        env: surroundings, default 25 °C, dark; the drive is found at 25 °C.
        seed: of everything random.
        drive: how to drive the device, where it is known from before (`find_drive`).
        settings: of the experiment (`EXPERIMENTS[name].settings`), of the drive (`v_set`, `v_reset`, `rate`, `i_set`,
            `i_reset`, `read_voltage`, `width`, `v_up`, `v_down`, …), or of the surroundings (`temperature=350.0`).

    Returns:
        A Dataset of one device; records are told apart by `record`, whose meaning attrs["series"] says, and by `step`.

    Raises:
        PinchedError: for an unknown experiment or setting, and where the experiment makes no sense on the device.
    """
    chosen = experiment(protocol)
    own, of_drive, around = _sorted(chosen, settings)
    made = device if isinstance(device, Device) else by_name(device)
    env = (env or Environment()).replace(**around)
    if drive is None:
        published = None if isinstance(device, Device) else describe(device)
        drive = _found(chosen, made, published, of_drive)
    elif of_drive:
        drive = dataclasses.replace(drive, **of_drive)
    ds = chosen.conduct(Bench(made, drive, env, seed), **own)
    ds.attrs |= {
        "experiment": chosen.name,
        "drive": json.dumps(drive.numbers()),
        "settings": json.dumps({k: np.asarray(v).tolist() for k, v in settings.items()}),
        "assumptions": f"Simulated, not measured. Drive: {told(drive)}.",
    }
    if not isinstance(device, Device):
        ds.attrs["device"] = os.fspath(device)
    return ds


def _found(chosen: Experiment, device: Device, published: dict[str, Any] | None, given: dict[str, Any]) -> Drive:
    """How to drive `device`: where no reading tells two states of it, as in a complementary switch, by sweeps alone."""
    if chosen.name not in STATELESS or device.population:
        return find_drive(device, published, **given)
    if not device.state():
        return sweep_drive(published, **given)
    try:
        return find_drive(device, published, **given)
    except PinchedError:
        if "v_set" in given or (published or {}).get("drive"):
            return sweep_drive(published, **given)
        raise


def _sorted(chosen: Experiment, settings: dict[str, Any]):
    """(settings of the experiment, of the drive, of the environment)."""
    surroundings = params(Environment)
    parts: tuple[dict, dict, dict] = ({}, {}, {})
    for name, value in settings.items():
        known = (chosen.settings, GIVEN, surroundings)
        place = next((k for k, names in enumerate(known) if name in names), None)
        if place is None:
            every = [*chosen.settings, *GIVEN, *surroundings]
            hint = nearest(name, every) or f"; it has {', '.join(every)}"
            raise PinchedError(f"{chosen.name} has no setting {name!r}{hint}.")
        parts[place][name] = value
    for name, value in {**parts[1], **parts[2]}.items():
        if not isinstance(value, (int, float)):
            raise PinchedError(f"{chosen.name}: {name} = {value!r}; give a number.")
        if (name in POSITIVE and not value > 0) or (name in NONZERO and value == 0):
            raise PinchedError(f"{chosen.name}: {name} = {value!r}; it must {NONZERO.get(name, 'be above 0')}.")
    for name in COUNTS & set(parts[0]):
        if not isinstance(value := parts[0][name], (int, float)) or value < 1 or value != round(value):
            raise PinchedError(f"{chosen.name}: {name} = {value!r}; give a whole number, 1 or more.")
    return parts
