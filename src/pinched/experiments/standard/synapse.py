"""Synaptic experiments with pulses: weight update, currents, short and long memory, facilitation, rates."""

import math

import numpy as np
import xarray as xr

from pinched.core import PinchedError, concat
from pinched.experiments import protocols
from pinched.experiments.drive import PULSES
from pinched.experiments.standard.bench import Bench, numbers, series

SLOW = 0.1  # s, the time scale where a device has none: the 10 to 100 ms at which biological synapses facilitate


def pulses(bench: Bench, *, n: int = PULSES, cycles: int = 2) -> xr.Dataset:
    """`n` identical potentiating pulses (`step` 0), then `n` depressing ones (1), `cycles` times."""
    d = bench.drive
    trains = protocols.potentiation_depression(
        d.v_up, d.v_down, d.width, int(n), d.read_voltage, int(cycles), i_max=d.i_set, i_max_down=d.i_reset
    )
    return bench.run(trains, x0=d.off)


def pulses_amplitude(bench: Bench, *, n: int = PULSES, cycles: int = 2, ratio: float = 1.3) -> xr.Dataset:
    """As `pulses`, with amplitudes that grow evenly from the identical one over `ratio` to `ratio` times it."""
    d = bench.drive
    scale = np.linspace(1 / ratio, ratio, int(n))
    most = {True: abs(d.v_set), False: abs(d.v_reset)}
    up, down = (
        [(math.copysign(min(abs(v) * s, max(most[u], abs(v))), v), d.width) for s in scale]
        for u, v in ((True, d.v_up), (False, d.v_down))
    )
    return _incremental(bench, up, down, cycles)


def pulses_width(bench: Bench, *, n: int = PULSES, cycles: int = 2, ratio: float = 10.0) -> xr.Dataset:
    """As `pulses`, with widths that grow geometrically from the identical one over `ratio` to `ratio` times it."""
    d = bench.drive
    widths = d.width * np.geomspace(1 / ratio, ratio, int(n))
    return _incremental(bench, [(d.v_up, w) for w in widths], [(d.v_down, w) for w in widths], cycles)


def _incremental(bench: Bench, up, down, cycles: int) -> xr.Dataset:
    d = bench.drive
    trains = protocols.incremental(up, down, d.read_voltage, int(cycles), i_max=d.i_set, i_max_down=d.i_reset)
    return bench.run(trains, x0=d.off)


def epsc(bench: Bench, *, duration: float | None = None, baseline: float | None = None) -> xr.Dataset:
    """The current before, during and after one potentiating pulse from OFF, under a small steady `baseline` (V).

    A record of time, its pulse of `step` 1; `duration` (s) after the pulse, by default ten of the time that the device
    remembers.
    """
    d = bench.drive
    bias = d.read_voltage if baseline is None else float(baseline)
    after = np.geomspace(1e-3, 1, 60) * (duration or 10 * _memory(bench))
    steps: list[protocols.Step] = [protocols.Hold(bias, 5 * d.width, 10)]
    steps.append(protocols.Pulse(d.v_up, d.width, 40, i_max=d.i_set))
    steps += [protocols.Hold(bias, float(dt)) for dt in np.diff(after, prepend=0.0)]
    ds = bench.run(tuple(steps), x0=d.off, save="every")
    count = 11  # the start and the ten samples of the baseline
    step = np.repeat([0, 1, 2], [count, 40, ds.sizes["sample"] - count - 40])
    return ds.assign_coords(step=("sample", step, ds["step"].attrs))


def stp(bench: Bench, *, n: int = 10, times=None) -> xr.Dataset:
    """Short-term plasticity: `n` pulses up from OFF (`step` 0) and down from ON (1), then reads at rest."""
    return _both(bench, int(n), times)


def ltp(bench: Bench, *, n: int = 60, times=None) -> xr.Dataset:
    """Long-term plasticity: as `stp`, with more pulses and a longer wait."""
    return _both(bench, int(n), 1e3 * _waits(bench) if times is None else times)


def stp_to_ltp(bench: Bench, *, counts=(10, 30, 60, 90, 120), times=None) -> xr.Dataset:
    """Forgetting after trains of `counts` pulses from OFF, read at `times` (s) at rest; `record` is the count."""
    counts = numbers(counts, "counts").astype(int)
    return series(lambda n: _train(bench, int(n), times, True, n), map(float, counts), "pulses", "1")


def _both(bench: Bench, n: int, times) -> xr.Dataset:
    return concat([_train(bench, n, times, up, "up" if up else "down") for up in _directions(bench)])


def _train(bench: Bench, n: int, times, up: bool, record: float | str) -> xr.Dataset:
    """A train with a short rest after each pulse, then reads (kind "retention") at rest."""
    d = bench.drive
    waits = _waits(bench) if times is None else numbers(times, "times")
    train = protocols.pulse_train(
        bench.amplitude(up), d.width, n, d.read_voltage, rest=_pause(bench), i_max=d.compliance(up)
    )
    return bench.run((*train, *protocols.retention(waits, d.read_voltage)), record, 0 if up else 1, bench.start(up))


def ppf(bench: Bench, *, intervals=None, n: int = 2) -> xr.Dataset:
    """Pairs of pulses, `intervals` (s) from the end of one to the start of the next; `record` is the interval.

    Facilitation from OFF (`step` 0), depression from ON (1). Readings right before and right after each pulse; `pulse`
    counts those so far.
    """
    if int(n) < 2:
        raise PinchedError(f"ppf: n = {n}; it takes two pulses or more.")
    d = bench.drive
    least = 2 * d.pause  # a reading after one pulse and one before the next
    chosen = (
        least + _memory(bench) * np.geomspace(0.03, 10, 16) if intervals is None else numbers(intervals, "intervals")
    )
    if np.any(chosen < least):
        raise PinchedError(f"intervals: a reading waits {d.pause:g} s after a pulse; give {least:g} s or more.")

    def pair(case: tuple[float, bool]) -> xr.Dataset:
        gap, up = case
        read = protocols.Read(d.read_voltage, kind="pulse")
        pulse = protocols.Pulse(bench.amplitude(up), d.width, 0, i_max=d.compliance(up))
        one = (read, pulse, read)
        ds = bench.run(
            (*one, *(protocols.Rest(gap - least, 0), *one) * (int(n) - 1)), gap, 0 if up else 1, bench.start(up)
        )
        return ds.assign_coords(pulse=("sample", (np.arange(2 * int(n)) + 1) // 2, ds["pulse"].attrs))

    return series(pair, [(gap, up) for gap in chosen.tolist() for up in _directions(bench)], "interval", "s")


def ptp(bench: Bench, *, intervals=None, n: int = 10) -> xr.Dataset:
    """Post-tetanic potentiation: as `ppf` with trains of `n` pulses; the last response is compared with the first."""
    return ppf(bench, intervals=intervals, n=n)


def srdp(bench: Bench, *, rates=None, n: int = 20) -> xr.Dataset:
    """`n` potentiating pulses at `rates` (Hz) from OFF; `record` is the rate. Default: around one over its memory."""
    d = bench.drive
    busy = d.width + d.pause
    memory = max(_memory(bench), busy)  # what is forgotten within a pulse, no rate shows
    chosen = np.geomspace(0.03, 30, 13) / memory if rates is None else numbers(rates, "rates")
    if np.any(chosen <= 0):
        raise PinchedError("rates: they are in Hz, above 0.")
    chosen = chosen[chosen * busy < 1]
    if not chosen.size:
        raise PinchedError(f"rates: a pulse and its reading take {busy:g} s, so they overlap; give lower ones.")

    def train(f: float) -> xr.Dataset:
        pulses = protocols.pulse_train(d.v_up, d.width, int(n), d.read_voltage, rest=1 / f - busy, i_max=d.i_set)
        return bench.run(pulses, f, 0, d.off)

    return series(train, map(float, chosen), "rate", "Hz")


def _memory(bench: Bench) -> float:
    """The time scale on which the device forgets something, s."""
    return bench.drive.memory if math.isfinite(bench.drive.memory) else max(SLOW, bench.drive.width)


def _pause(bench: Bench) -> float:
    """Rest between the pulses of a train, s: a tenth of its memory, which a few dozen pulses then outlast."""
    return 0.1 * bench.drive.memory if math.isfinite(bench.drive.memory) else bench.drive.width


def _waits(bench: Bench) -> np.ndarray:
    """Times of reading after a train, s."""
    return _memory(bench) * np.geomspace(1e-2, 1e2, 41)


def _directions(bench: Bench) -> tuple[bool, ...]:
    """Up, and down where a voltage does that."""
    return (True,) if bench.drive.volatile else (True, False)
