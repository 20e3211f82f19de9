"""The pulse experiment in the virtual lab: a Device, pulsed where its own switching lets itself be divided."""

from typing import TYPE_CHECKING

import numpy as np

from pinched.characterize.pulses import trains
from pinched.core import PinchedError, engineering
from pinched.devices import Device
from pinched.experiments import protocols
from pinched.experiments.engine import run

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 1e-6  # s, where the caller knows no time scale of the device; typical of the published pulse trains
LARGEST = (-5.0, 5.0)  # V, beyond what laboratories apply to such devices
SMALLEST = 0.02  # V
PART = 0.9  # of the logarithmic range of the largest amplitude that the train shall cover
USEFUL = 3.0  # on/off ratio of a train worth having
HALVINGS = 9  # of the bracket of amplitudes: to 0.2 % of a decade and a half


def predicted_trains(
    device: Device,
    *,
    pulses: int = 64,
    width: float | None = None,
    largest: tuple[float, float] = LARGEST,
    read_voltage: float = 0.1,
    seed: int = 0,
) -> tuple["pd.DataFrame", str]:
    """One potentiation and one depression train of `device`, at amplitudes found for it.

    The width is the caller's, best the time scale on which the device was measured (1 µs otherwise). For each sign the
    smallest amplitude within `largest` is sought, by halving, at which `pulses` pulses cover 90 % of the range that the
    largest amplitude covers. Where that is less than threefold the width is raised tenfold: twice, so that a given time
    scale is left by no more than two decades, or four times where none was given.

    Args:
        device: a scalar Device.
        pulses: per train.
        width: of a pulse, s.
        largest: most negative and most positive amplitude, V; best those at which the device was measured.
        read_voltage: V.
        seed: of the run.

    Returns:
        The trains as `pulses.trains` gives them, and a note on how they came about.

    Raises:
        PinchedError: for a population, or where no amplitude moves the device.
    """
    if device.population:
        raise PinchedError("A pulse response is predicted for one device at a time: this one is a population.")
    if not device.state():
        raise PinchedError(f"{type(device).__name__} has no state: it does not switch, so it has no pulse response.")
    found, wide = None, width or WIDTH
    for wide in (width or WIDTH) * 10.0 ** np.arange(3 if width else 5):
        found = _amplitudes(device, pulses, float(wide), largest, read_voltage)
        if found and found[2] >= USEFUL:
            break
    if found is None:
        raise PinchedError(
            f"{type(device).__name__} does not switch within {largest[0]:g} … {largest[1]:g} V "
            f"in {pulses} x {engineering(wide, 's')}: give a longer width."
        )
    up, down, _ = found
    experiment = protocols.potentiation_depression(up, down, float(wide), pulses, read_voltage, cycles=2)
    table = trains(run(device, experiment, seed=seed))
    table = table[table["cycle"] == 1].reset_index(drop=True)  # the first cycle starts from the state at rest
    volts = f"{engineering(up, 'V')} and {engineering(down, 'V')}"
    note = f"predicted by the model at {volts}, {engineering(float(wide), 's')}"
    return table, note if width else f"{note} (a width chosen without a measured time scale)"


def _amplitudes(
    device: Device, pulses: int, width: float, largest: tuple[float, float], read: float
) -> tuple[float, float, float] | None:
    """(potentiating amplitude, depressing one in V, on/off ratio) that spread the switching over the train, or None."""
    most = {1.0: largest[1], -1.0: -largest[0]}
    ends = {sign: _pulsed(device, sign * volts, pulses * width, read) for sign, volts in most.items()}
    up = max(ends, key=lambda s: ends[s][0])
    (high, set_), (low, reset) = ends[up], ends[-up]
    if not high > 1.05 * low > 0:
        return None
    rest = {up: reset, -up: set_}
    found = []
    for sign, goal in ((up, low * (high / low) ** PART), (-up, high * (low / high) ** PART)):
        small, large = SMALLEST, most[sign]
        for _ in range(HALVINGS):
            middle = float(np.sqrt(small * large))
            g, _state = _pulsed(device, sign * middle, pulses * width, read, rest[sign])
            reached = g >= goal if sign == up else g <= goal
            small, large = (small, middle) if reached else (middle, large)
        found.append(sign * large)
    return found[0], found[1], high / low


def _pulsed(device: Device, volts: float, duration: float, read: float, x0: dict | None = None) -> tuple[float, dict]:
    """(conductance in S, states) after one long pulse of `volts` V."""
    steps = (protocols.Pulse(volts, duration, points=1), protocols.Read(read))
    ds = run(device, steps, save="reads", x0=x0)
    states = {
        name[len("state_") :]: float(ds[name][-1]) for name in map(str, ds.data_vars) if name.startswith("state_")
    }
    return float(ds["conductance"][-1]), states
