"""Spike-timing-dependent plasticity: two spikes of any shape, one on each electrode."""

import numpy as np
import xarray as xr

from pinched.core import PinchedError, nearest
from pinched.experiments import protocols
from pinched.experiments.drive import PULSES, at_rest, states
from pinched.experiments.standard.bench import Bench, numbers, series
from pinched.experiments.standard.synapse import _memory

TAIL = 0.5  # of the head's amplitude: where the tail starts
LENGTH = 10.0  # widths of the head that the tail lasts

# Corner points (time in widths of the head, part of its amplitude) of a spike that starts at 0; straight lines between.
SHAPES = {
    "rectangular": ((0, 0, 1, 1, 1 + LENGTH, 1 + LENGTH), (0, 1, 1, -TAIL, -TAIL, 0)),
    "triangular": ((0, 0, 1, 1, 1 + LENGTH), (0, 1, 1, -TAIL, 0)),
    "exponential": (
        (0, 0, 1, *(1 + LENGTH * np.linspace(0, 1, 16)), 1 + LENGTH),
        (0, 1, 1, *(-TAIL * np.exp(-4 * np.linspace(0, 1, 16))), 0),
    ),
    "pulse": ((0, 0, 1, 1), (0, 1, 1, 0)),
}


def stdp(bench: Bench, *, shape="triangular", delays=None, pairs: int = 1, pause: float | None = None) -> xr.Dataset:
    """Pairs of spikes that overlap on the device; `record` is the delay t_post − t_pre in s.

    Each spike is a head of one pulse width and a tail of opposite sign; the device sees post − pre in the direction
    that potentiates, so that the head of the later spike meets the tail of the earlier one and both together reach
    the amplitude of a potentiating (delay > 0) or depressing pulse. `pulse` 0 and 1 are the readings before and after.

    Args:
        bench: where.
        shape: "rectangular", "triangular", "exponential", "pulse" (no tail), or (times in pulse widths, parts of the
            amplitude) of corner points.
        delays: s, not 0; default evenly to 1.2 lengths of a spike both ways.
        pairs: number of pairs between the two readings.
        pause: rest after each pair, s; default one spike.
    """
    corner_t, corner_v = _shape(shape)
    length = float(corner_t[-1] - corner_t[0])
    d = bench.drive
    if delays is None:
        delays = d.width * length * 1.2 * np.linspace(-1, 1, 24)
    tail = max(-float(corner_v.min()), 0.0)
    high, low = abs(d.v_up), abs(d.v_down) or abs(d.v_up)
    tail = min(tail, 0.9 * min(high / low, low / high))  # so that each direction reaches its own amplitude
    post, pre = (high - tail * low) / (1 - tail**2), (low - tail * high) / (1 - tail**2)
    if tail:
        corner_v = np.where(corner_v < 0, corner_v * tail / -corner_v.min(), corner_v)
    sign = np.sign(d.v_up)
    x0 = halfway(bench)
    read = protocols.Read(d.read_voltage, kind="pulse", level=0)
    wait = protocols.Rest(d.width * length if pause is None else float(pause), 0)

    def pair(delay: float) -> xr.Dataset:
        t_post, t_pre = max(delay, 0.0) + corner_t * d.width, max(-delay, 0.0) + corner_t * d.width
        t, v = _difference(t_post, sign * post * corner_v, t_pre, sign * pre * corner_v)
        spikes = protocols.Samples(tuple(t.tolist()), tuple(v.tolist()), i_max=d.i_set)
        ds = bench.run((read, *(spikes, wait) * int(pairs), read), delay, 0, x0, save="reads")
        return ds.assign_coords(pulse=("sample", np.array([0, 1]), ds["pulse"].attrs))

    return series(pair, map(float, numbers(delays, "delays")), "delay", "s")


def stdp_second_order(bench: Bench, *, delays=None, pairs: int = 1) -> xr.Dataset:
    """STDP without overlap: simple pulses, the later of which meets what the earlier one left behind.

    As `stdp` with shape "pulse" and delays beyond one pulse width, up to five times what the device remembers. A device
    without such a second state changes by the same for every delay.
    """
    if delays is None:
        gap = bench.drive.width * 1.05 + _memory(bench) * np.geomspace(0.02, 5, 10)
        delays = np.concatenate([-gap, gap])
    if np.any(np.abs(numbers(delays, "delays")) < bench.drive.width):
        raise PinchedError(f"stdp-second-order: delays below the pulse width of {bench.drive.width:g} s overlap.")
    return stdp(bench, shape="pulse", delays=delays, pairs=pairs, pause=0.0)


def halfway(bench: Bench) -> dict[str, float]:
    """States between OFF and ON, from which a change both ways is seen; what is fast has come to rest."""
    d = bench.drive
    train = protocols.pulse_train(d.v_up, d.width, PULSES, d.read_voltage, i_max=d.i_set)
    ds = bench.run(train, "halfway", x0=d.off)
    g = ds["conductance"].values
    middle = states(ds, int(np.argmin(np.abs(g - (g[0] + g[-1]) / 2))))
    return at_rest(bench.device, middle, min(30 * _memory(bench), d.relax / 100))


def _shape(shape) -> tuple[np.ndarray, np.ndarray]:
    """(times in widths, parts of the amplitude) of a spike, by name or as given."""
    if isinstance(shape, str):
        if shape not in SHAPES:
            raise PinchedError(
                f"stdp has no spike {shape!r}{nearest(shape, SHAPES) or ': choose ' + ', '.join(SHAPES)}."
            )
        shape = SHAPES[shape]
    try:
        t, v = (np.asarray(part, float) for part in shape)
        sound = t.ndim == 1 and t.shape == v.shape and t.size >= 2 and np.all(np.diff(t) >= 0) and v.max() > 0
    except (TypeError, ValueError):
        sound = False
    if not sound:
        raise PinchedError(
            "stdp: a spike is (times, parts of the amplitude), equally many, in order, its head positive."
        )
    return t, v / v.max()


def _difference(t1, v1, t2, v2) -> tuple[np.ndarray, np.ndarray]:
    """Corner points of v1(t) − v2(t); both are 0 outside, and a repeated time is a jump."""
    t = np.unique(np.concatenate([[0.0], t1, t2]))

    def sides(own, v):  # the values just before and just after each time
        before, after = np.interp(t, own, v, left=0.0, right=0.0), np.interp(t, own, v, left=0.0, right=0.0)
        for k, at in enumerate(t):
            here = np.flatnonzero(own == at)
            if here.size:
                before[k] = v[here[0]] if at > own[0] else 0.0
                after[k] = v[here[-1]] if at < own[-1] else 0.0
        return np.stack([before, after], axis=1)

    return np.repeat(t, 2), (sides(t1, v1) - sides(t2, v2)).ravel()
