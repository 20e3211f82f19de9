"""Experiments on a memory: how fast it switches, how long it keeps, how often it can be written and read."""

import numpy as np
import xarray as xr

from pinched.core import PinchedError
from pinched.experiments import protocols
from pinched.experiments.controllers import WriteVerify
from pinched.experiments.drive import LONG, STRESS
from pinched.experiments.standard.bench import Bench, numbers, series

BAKES = (358.0, 373.0, 398.0, 423.0, 448.0, 473.0, 498.0, 523.0)  # K, 85 to 250 °C, as in bake tests
START, STEP = 0.8, 0.02  # of the pulse amplitude: the first voltage of write-verify, and its step


def _stressed(bench: Bench, volts: float, times: np.ndarray, up: bool) -> xr.Dataset:
    """Constant stress as kind "trace", interrupted by ideal readings of kind "read" with their conductance.

    `time` is that under stress: a pause before a reading does not count.
    """
    d = bench.drive
    limit = d.compliance(up)
    protocol = protocols.stress(volts, times, d.read_voltage, limit, points=1)
    ds = bench.run(protocol, volts, 0 if up else 1, bench.start(up), save="every")
    ds = ds.isel(sample=slice(-1 - 2 * times.size, None))  # a first pause records its start
    reading = np.arange(ds.sizes["sample"]) % 2 == 0
    under = np.append(0.0, np.repeat(times, 2))
    ds = ds.assign_coords(
        kind=("sample", np.where(reading, "read", "trace"), ds["kind"].attrs),
        time=("sample", under, ds["time"].attrs),
    )
    g = np.where(reading, ds["current"].values / d.read_voltage, np.nan)
    return ds.assign(
        conductance=("sample", g, {"units": "S"}),
        read_voltage=("sample", np.where(reading, d.read_voltage, np.nan), {"units": "V"}),
    )


def switching_time(bench: Bench, *, voltages=None, times=None) -> xr.Dataset:
    """Constant voltages from OFF (`step` 0) and from ON (1), read at log-spaced `times` (s); `record` is the voltage.

    `voltages` (V) of one sign stress in one direction, or in both where SET and RESET are of one sign. Default: twelve
    each from a third of the turning points to all.
    """
    d = bench.drive
    times = STRESS if times is None else numbers(times, "times")
    if voltages is None:
        ends = ((d.v_set, True), (d.v_reset, False))
        cases = [(float(v), up) for end, up in ends if end for v in np.linspace(1 / 3, 1, 12) * end]
    else:
        chosen = numbers(np.ravel(voltages), "voltages")
        ups = (True, False) if d.v_set * d.v_reset > 0 else (None,)
        cases = [(v, v * d.v_set > 0 if up is None else up) for v in chosen[chosen != 0].tolist() for up in ups]
    return series(lambda case: _stressed(bench, case[0], times, case[1]), cases, "voltage", "V")


def read_disturb(bench: Bench, *, voltages=None, times=None) -> xr.Dataset:
    """Reading voltages of both signs, held on both states (`step` 0 OFF, 1 ON); `record` is the voltage (V).

    A volatile device loses ON by itself: there only OFF is held.

    Default: one, two and four times the read voltage, at most half of a turning point, for 1 µs to 1e8 s.
    """
    d = bench.drive
    times = np.geomspace(1e-6, 1e8, 85) if times is None else numbers(times, "times")
    if voltages is None:
        most = 0.5 * min(abs(v) for v in (d.v_set, d.v_reset) if v)
        voltages = {s * min(k * abs(d.read_voltage), most) for k in (1, 2, 4) for s in (1, -1)}
    chosen = numbers(list(voltages) if isinstance(voltages, set) else voltages, "voltages")
    cases = [(v, up) for v in chosen.tolist() for up in ((True,) if d.volatile else (True, False))]
    return series(lambda case: _stressed(bench, case[0], times, case[1]), cases, "voltage", "V")


def retention(bench: Bench, *, temperatures=None, times=None) -> xr.Dataset:
    """Both states (`step` 1 ON, 0 OFF) at rest, read at `times` (s), at each of `temperatures` (K), told by `record`.

    Default: bakes of 85 to 250 °C for 1e7 s, or 0 to 75 °C on the own time scale of a device that forgets sooner.
    """
    d = bench.drive
    forgets = d.relax < LONG
    if temperatures is None:
        temperatures = (273.15, 298.15, 323.15, 348.15) if forgets else BAKES
    kelvins = numbers(temperatures, "temperatures")
    if np.any(kelvins <= 0):
        raise PinchedError(f"temperatures = {kelvins.tolist()}: they are in kelvin, above 0.")
    if times is None:
        times = d.relax * np.geomspace(1e-3, 1e3, 49) if forgets else np.geomspace(1, 1e7, 50)
    watch = protocols.retention(np.append(0.0, numbers(times, "times")), d.read_voltage)

    def bake(case: tuple[float, int]) -> xr.Dataset:
        kelvin, step = case
        ds = bench.run(watch, kelvin, step, d.on if step else d.off, bench.env.replace(temperature=kelvin))
        return ds.assign(temperature=("sample", np.full(ds.sizes["sample"], kelvin), {"units": "K"}))

    return series(bake, [(k, step) for k in kelvins.tolist() for step in (1, 0)], "temperature", "K")


def endurance(bench: Bench, *, cycles: int = 100) -> xr.Dataset:
    """`cycles` times a SET pulse, a reading (`step` 1), a RESET pulse, a reading (0): turning points, `full` width."""
    d = bench.drive
    steps = protocols.endurance(
        d.v_set, d.v_reset, d.full, int(cycles), d.read_voltage, i_max=d.i_set, i_max_reset=d.i_reset
    )
    return bench.run(steps, x0=d.off)


def write_verify(bench: Bench, *, levels: int = 8, tolerance: float = 0.02, limit: int = 100) -> xr.Dataset:
    """Closed-loop programming of `levels` conductances, evenly spaced over the window, each from OFF.

    Each reading decides the next pulse (`controllers.WriteVerify`), at most `limit` of them; a level counts as reached
    within `tolerance` of the window. `step` is the level, `pulse` the number of pulses so far, `record` the target (S).
    """
    d = bench.drive
    if d.volatile:
        raise PinchedError(
            f"write-verify: {type(bench.device).__name__} forgets at rest, so no level can be programmed."
        )
    if int(levels) < 2 or not 0 < tolerance < 0.5:
        raise PinchedError("write-verify: give two levels or more, and a tolerance between 0 and 0.5 of the window.")
    low, high = (bench.conducts(x) for x in (d.off, d.on))
    targets = low + (high - low) * np.linspace(0, 1, int(levels))

    def level(target: float) -> xr.Dataset:
        controller = WriteVerify(
            target=target, tolerance=tolerance * (high - low), v_set=START * d.v_up, v_reset=START * d.v_down,
            step=STEP * abs(d.v_up), width=d.width, v_max=max(abs(d.v_set), abs(d.v_reset)),
            read=protocols.Read(d.read_voltage, delay=d.pause), limit=int(limit), i_max=d.i_set, i_max_reset=d.i_reset,
        )  # fmt: skip
        return bench.run(controller, target, int(np.argmin(np.abs(targets - target))), d.off)

    ds = series(level, targets.tolist(), "target", "S")
    ds.attrs["tolerance"] = float(tolerance)
    return ds


def rtn(bench: Bench, *, interval: float | None = None, points: int = 8192, state: str = "on") -> xr.Dataset:
    """The current under the read voltage, `points` samples `interval` s apart, of the "on" or "off" state.

    Default: a fifth of the time constant of the device's telegraph noise, 1 ms where it has only other noise.

    Raises:
        PinchedError: for a device without a noise model.
    """
    d, device = bench.drive, bench.device
    if device.noise is None:
        raise PinchedError(
            f"rtn: {type(device).__name__} has no noise model, so its current at rest is constant; "
            "choose a device with noise, or give its class a method noise(v, i, x, env)."
        )
    if state not in ("on", "off"):
        raise PinchedError(f'rtn: state = {state!r}; choose "on" or "off".')
    x0 = dict(d.on if state == "on" else d.off)
    if interval is None:
        told = device.noise(d.read_voltage, device.current(d.read_voltage, x0, bench.env), x0, bench.env)
        capture, emission = float(np.asarray(told.tau_capture)), float(np.asarray(told.tau_emission))
        interval = 0.2 / (1 / capture + 1 / emission) if np.any(np.asarray(told.rtn)) else 1e-3
    hold = protocols.Hold(d.read_voltage, float(interval) * int(points), int(points))
    return bench.run((hold,), x0=x0, save="every")
