"""Experiments with sweeps: loops, stop voltages, forming, temperature and frequency."""

import math

import numpy as np
import xarray as xr

from pinched.core import PinchedError, concat
from pinched.experiments import protocols
from pinched.experiments.drive import states
from pinched.experiments.standard.bench import Bench, numbers, series

POINTS = 100  # of each ramp
SURE = (1.0, 1.25, 1.5, 2.0, 3.0)  # times v_set, tried in turn until the device is formed


def _loop(bench: Bench, cycles: int = 1, rate: float | None = None) -> protocols.Protocol:
    """The device's own sweep, SET first; a volatile device is swept to both signs."""
    d = bench.drive
    second = (-d.v_set, d.i_set) if d.volatile else (d.v_reset, d.i_reset)
    return protocols.sweep(d.v_set, second[0], rate or d.rate, cycles, d.i_set, second[1], POINTS)


def sweep(bench: Bench, *, cycles: int = 2) -> xr.Dataset:
    """`cycles` DC loops through both turning points, each branch under its compliance; the first starts as made."""
    return bench.run(_loop(bench, int(cycles)))


def unipolar(bench: Bench, *, cycles: int = 2, v_stop: float | None = None) -> xr.Dataset:
    """Two sweeps of the SET sign a cycle, from 0 V and back: the first under the SET compliance, the second without.

    `v_stop` (V) is the turning point of the second, default that of the first. A device that RESETs on the second is
    unipolar; a bipolar one stays ON.
    """
    d = bench.drive
    stop = math.copysign(d.v_set if v_stop is None else v_stop, d.v_set)
    ramps = [
        protocols.Ramp(start, end, abs(v) / d.rate, POINTS, i_max=limit)
        for v, limit in ((d.v_set, d.i_set), (stop, d.i_reset))
        for start, end in ((0.0, v), (v, 0.0))
    ]
    return bench.run((protocols.Loop(tuple(ramps), int(cycles)),), x0=d.off)


def stop_voltage(bench: Bench, *, stops=None) -> xr.Dataset:
    """Loops from ON whose RESET, which comes first, ends at one of `stops` (V); `record` is the stop voltage.

    Default: eight from 0.4 of v_reset to all of it.
    """
    d = bench.drive
    if d.volatile:
        raise PinchedError(f"stop-voltage: {type(bench.device).__name__} RESETs at rest, so no voltage stops it.")
    stops = np.linspace(0.4, 1.0, 8) * d.v_reset if stops is None else numbers(stops, "stops")

    def loop(stop: float) -> xr.Dataset:
        return bench.run(protocols.sweep(stop, d.v_set, d.rate, 1, d.i_reset, d.i_set, POINTS), stop, x0=d.on)

    return series(loop, map(float, stops), "stop voltage", "V")


def forming(bench: Bench, *, v_form: float | None = None) -> xr.Dataset:
    """The first sweep of a device as made (kind "forming"), to `v_form` V, and its first ordinary loop after that.

    Default: the lowest of 1 … 3 times v_set that closes half of the way from its first conductance to the ON state.
    """
    d = bench.drive
    for volts in (d.v_set * s for s in SURE) if v_form is None else (v_form,):
        first = bench.run(protocols.sweep(volts, 0.0, d.rate, 1, d.i_set, None, POINTS), "forming")
        if bench.conducts(states(first)) ** 2 >= bench.conducts(bench.device.rest()) * bench.conducts(d.on):
            break
    first = first.assign_coords(kind=("sample", np.full(first.sizes["sample"], "forming"), first["kind"].attrs))
    loop = protocols.sweep(d.v_reset, d.v_set, d.rate, 1, d.i_reset, d.i_set, POINTS)
    return concat([first, bench.run(loop, "loop", x0=states(first))])


def temperature(bench: Bench, *, temperatures=(263.0, 300.0, 330.0, 363.0)) -> xr.Dataset:
    """One loop at each of `temperatures` (K), from OFF; `record` is the temperature."""
    kelvins = numbers(temperatures, "temperatures")
    if np.any(kelvins <= 0):
        raise PinchedError(f"temperatures = {kelvins.tolist()}: they are in kelvin, above 0.")

    def loop(kelvin: float) -> xr.Dataset:
        return bench.run(_loop(bench), kelvin, x0=bench.drive.off, env=bench.env.replace(temperature=kelvin))

    return series(loop, map(float, kelvins), "temperature", "K")


def frequency(bench: Bench, *, frequencies=None, amplitude: float | None = None, cycles: int = 2) -> xr.Dataset:
    """Loops at `frequencies` (Hz), from OFF; `record` is the frequency.

    Triangles through both turning points, or sines of `amplitude` V where it is given. Default: two a decade, from the
    device's own sweep to far above what its faster switching follows.
    """
    d = bench.drive
    span = 2 * (abs(d.v_set) + abs(d.v_reset or d.v_set))
    if frequencies is None:
        slow, fast = d.rate / span, 300 / d.fast
        frequencies = np.geomspace(slow, max(fast, 1e3 * slow), 2 * math.ceil(math.log10(max(fast / slow, 1e3))) + 1)
    chosen = numbers(frequencies, "frequencies")
    if np.any(chosen <= 0):
        raise PinchedError("frequencies: they are in Hz, above 0.")

    def loop(f: float) -> xr.Dataset:
        triangle = _loop(bench, int(cycles), rate=f * span)
        sine = protocols.sine(amplitude or 0.0, f, int(cycles), 4 * POINTS, d.i_set)
        return bench.run(sine if amplitude else triangle, f, x0=d.off)

    return series(loop, map(float, chosen), "frequency", "Hz")
