"""What a device or a pulse response tells of the array that would be made of it."""

import itertools
from typing import Any

import numpy as np

from pinched.arrays.analog.mapping import bare
from pinched.core import PinchedError, Quantity, double

STATES = 400  # at which the mean response is looked at
SIGMAS = 33  # conductances at which the error of programming is looked at


def properties(source, read_voltage: float) -> dict[str, Quantity]:
    """Properties of a Mapping that `source` tells, by name.

    Raises:
        PinchedError: where `source` is neither None, a Device, a PulseResponse nor a Programming.
    """
    if source is None:
        return {}
    from pinched.arrays.memory.law import Aged
    from pinched.devices import Device, PulseResponse
    from pinched.devices.synapse.programming import Programming

    if isinstance(source, Device):
        return _of_device(source, read_voltage)
    if isinstance(source, PulseResponse):
        return _of_response(source)
    source = source.programming if isinstance(source, Aged) else source
    if isinstance(source, Programming):
        return _of_programming(source)
    raise PinchedError(
        f"A {type(source).__name__} is no device: give a Mapping, a Device, a PulseResponse or a Programming."
    )


def _of_device(device, read_voltage: float) -> dict[str, Quantity]:
    """ON and OFF conductance over the corners of the state box; a population also gives its spread."""
    from pinched.devices import Environment

    box = device.state()
    if not box:
        raise PinchedError(f"{type(device).__name__} has no state and so only one conductance: it holds no weight.")
    corners = []
    for corner in itertools.product(*[(s.lo, s.hi) for s in box.values()]):
        x = {k: np.asarray(value, np.float64) for k, value in zip(box, corner, strict=True)}
        g = np.asarray(device.conductance(read_voltage, x, Environment()), np.float64)
        corners.append(np.broadcast_to(g, device.population))
    corners = np.stack(corners)
    on, off = corners.max(0), corners.min(0)
    note = f"at {read_voltage:g} V, from the bounds of the states of {type(device).__name__}"
    found = {
        "g_min": Quantity(float(np.median(off)), "S", "derived", label="OFF state", note=note),
        "g_max": Quantity(float(np.median(on)), "S", "derived", label="ON state", note=note),
        "read_voltage": Quantity(read_voltage, "V", "assumed", label="read voltage"),
    }
    if on.size > 1:
        spread = float(np.std(np.log(on), ddof=1))
        found["sigma_device"] = Quantity(spread, "1", "derived", n=on.size, note=f"spread of the ON state {note}")
    return found


def _of_response(response) -> dict[str, Quantity]:
    """The range, and what a write-verify loop reaches: a level a pulse, and the noise of the last as error."""
    pulses, reached = curve(response)
    levels = 1 + np.ceil(np.interp(reached[0] + 0.99 * (reached[-1] - reached[0]), reached, pulses))
    g_min, g_max = float(np.mean(response.g_min)), float(np.mean(response.g_max))
    origin = getattr(response, "origin", "derived")
    origin = origin if origin in ("measured", "fitted", "derived", "assumed") else "derived"
    note = getattr(response, "note", "") or "range of the pulse response"
    error = float(np.mean(response.sigma_c2c))
    return {
        "g_min": Quantity(g_min, "S", origin, label="OFF state", note=note),
        "g_max": Quantity(g_max, "S", origin, label="ON state", note=note),
        "levels": Quantity(
            float(levels), "1", "derived", label="levels", note="pulses from g_min to 99 % of the range, and one"
        ),
        "sigma_program": Quantity(
            error, "1", "derived", label="programming error", note="write-verify stops within the noise of one pulse"
        ),
    }


def _of_programming(law) -> dict[str, Quantity]:
    """The range that was measured, the error of programming over it, and the noise of a reading right afterwards."""
    with double():
        g = np.linspace(law.g_min, law.g_max, SIGMAS)
        sigma: Any = np.asarray(law.program_sigma(g)) / (law.g_max - law.g_min)
        noise = np.asarray(law.read_sigma(law.program(g), 0.0))
    note = f"published statistics, {type(law).__name__}"
    found = {
        "g_min": Quantity(float(law.g_min), "S", "derived", label="lowest conductance", note=note),
        "g_max": Quantity(float(law.g_max), "S", "derived", label="highest conductance", note=note),
        "sigma_program": Quantity(sigma, "1", "derived", label="programming error", note=note),
    }
    if noise.any():
        level = float(np.sqrt(np.mean(noise**2) / np.mean(g**2)))
        found["sigma_read"] = Quantity(
            level, "1", "derived", label="read noise", note=f"{note}; of evenly spread cells"
        )
    return found


def curve(response) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of pulses from g_min, and the strictly rising conductances in S that the mean device reaches by them."""
    low, high = float(np.mean(response.g_min)), float(np.mean(response.g_max))
    pulses = np.append(0, np.geomspace(1, 2**16, STATES - 1).round()).astype(np.float32)
    reached = low + (high - low) * bare(response).travel(np.zeros_like(pulses), pulses, True)
    rising = np.concatenate([[True], np.diff(np.maximum.accumulate(reached)) > 0])
    return pulses[rising], reached[rising]
