"""Voltage and current that were recorded together: loops, forming sweeps, traces."""

import re

import numpy as np

from pinched.core import Flag, PinchedError
from pinched.experiments.loaders import cycles, flags
from pinched.experiments.loaders.columns import Columns
from pinched.experiments.loaders.record import Record, setting

_IMPLAUSIBLE = 3.0  # A or S: a two-terminal memristor under a probe carries less
_READ_NAME = re.compile(r"(?i)leak(age)?|low.?voltage.?read")


def sweep(
    c: Columns, v: np.ndarray, i: np.ndarray, t: np.ndarray | None, name: str, *, count: int | None, rate: float
) -> Record:
    """The record of a continuous sweep; `rate` (V/s) is NaN unless the user gave it."""
    notes: list[str] = []
    if not c.unit_known("current"):
        _check_scale(v, i, c.where)
    high = flags.overflow(i) | flags.overflow(v) | (c.table.overflow if c.table.overflow is not None else False)
    v = np.where(flags.overflow(v), np.nan, v)
    i = np.where(high, np.nan, i)
    keep = np.isfinite(v) & (np.isfinite(i) | high)
    if not (keep & np.isfinite(i)).any():
        raise PinchedError(f"{c.where} holds no finite currents: nothing was measured.")
    v, i, high = v[keep], i[keep], high[keep]
    i, said = _signs(v, i, c.where)
    notes += said
    time, rate, said = clock(v, None if t is None else t[keep], rate, c.where)
    notes += said
    turns = cycles.voltage_turns(v)
    cycle, branch = cycles.split_cycles(v, turns, count), cycles.branches(turns)
    numbered = c.get("cycle")
    if (
        numbered is not None
        and not count
        and np.isfinite(numbered[keep]).all()
        and np.all(np.diff(numbered[keep]) >= 0)
    ):
        cycle = np.unique(numbered[keep], return_inverse=True)[1]
    good = np.flatnonzero(~high)
    flag = np.full(len(v), int(Flag.OVERFLOW))
    limit = setting(c.table.settings, r"^(current )?compliance|^i ?comp|current limit|^i[ _]?max$", "current")
    flag[good], found, floor = flags.combine(v[good], i[good], branch[good], limit)
    if np.isfinite(found) and found != limit:
        notes.append(
            f"{c.where}: the current stands still at {found:.3g} A while the voltage goes on; taken as the compliance"
        )
    if (flag & Flag.RANGE).any():
        notes.append(f"{c.where}: samples in which the ammeter keeps changing its range are flagged")
    if np.isfinite(floor):
        notes.append(f"{c.where}: currents up to {floor:.1g} A have the wrong sign somewhere; taken as the noise floor")
    said_name = f"{name} {c.table.title} {c.table.settings.get('Test Name', '')}"
    kind = "forming" if re.search(r"(?i)form(?!at|ula)", said_name) else "sweep"
    values = {"voltage": v, "current": i, "flag": flag}
    record = Record(kind, values, cycle, branch, time=time, name=name, notes=notes, compliance=found, rate=rate)
    if kind == "sweep" and _READ_NAME.search(said_name):
        return _low_voltage_read(record)
    if kind == "sweep":
        record.half = _half(v, i, branch, f"{c.table.title} {c.table.settings.get('Test Name', '')} {name}", cycle)
    return record


def _check_scale(v: np.ndarray, i: np.ndarray, where: str) -> None:
    inside = np.isfinite(v) & np.isfinite(i) & ~flags.overflow(i)
    top = float(np.max(np.abs(i[inside]), initial=0.0))
    large = np.abs(v) > 0.2 * np.max(np.abs(v[inside]), initial=0.0)
    slope = float(np.median(np.abs(i[inside & large] / v[inside & large]))) if (inside & large).any() else 0.0
    if top > _IMPLAUSIBLE or slope > _IMPLAUSIBLE:
        raise PinchedError(
            f"{where} states no unit of current, and its {top:.3g} cannot be ampere: "
            "say which it is, for example --unit current=uA."
        )


def _signs(v: np.ndarray, i: np.ndarray, where: str) -> tuple[np.ndarray, list[str]]:
    """Currents with the sign of the voltage, where only magnitudes or the opposite sense were recorded."""
    large = np.isfinite(i) & (np.abs(v) > 0.3 * np.max(np.abs(v))) & (np.abs(i) > 0.01 * np.nanmax(np.abs(i)))
    below, above = large & (v < 0), large & (v > 0)
    if large.sum() > 5 and np.mean(v[large] * i[large] < 0) > 0.95:
        return -i, [f"{where}: current and voltage have opposite signs throughout; the current is turned round"]
    if min(below.sum(), above.sum()) > 5 and np.nanmin(i) >= 0:
        return np.copysign(i, v), [
            f"{where}: only the magnitude of the current is recorded; it is given the sign of the voltage"
        ]
    return i, []


def clock(v: np.ndarray, t: np.ndarray | None, rate: float, where: str) -> tuple[np.ndarray, float, list[str]]:
    """(time in s, rate in V/s, notes): as recorded, or from the rate where it was not recorded or says nothing."""
    recorded = None if t is None else usable_time(t)
    if recorded is not None and not np.isfinite(rate):
        with np.errstate(all="ignore"):
            speeds = np.abs(np.diff(v)) / np.diff(recorded)
        moving = speeds[np.isfinite(speeds) & (speeds > 0)]
        return recorded, float(np.median(moving)) if len(moving) else np.nan, []
    given = np.isfinite(rate)
    rate = rate if given else 1.0
    why = "no time was recorded" if t is None else "the recorded time is no usable axis"
    why = (
        f"{where}: {'the sweep rate was given' if given and recorded is not None else why}; time is reconstructed from "
    )
    step = np.abs(np.diff(v, prepend=v[:1]))
    moving = step[step > 0]
    dwell = np.median(moving) if len(moving) else 1.0
    time = np.cumsum(np.where(step > 0, step, dwell)) / rate
    return time - time[0], rate, [why + (f"{rate:g} V/s as given" if given else "an assumed sweep rate of 1 V/s")]


def usable_time(t: np.ndarray) -> np.ndarray | None:
    """`t` as an increasing axis from its first value, or None where it is constant, coarse or runs backwards."""
    if not np.isfinite(t).all() or len(t) < 2:
        return None
    step = np.diff(t)
    if len(np.unique(t)) < 0.5 * len(t) or np.mean(step > 0) < 0.5:
        return None
    restarts = step < 0
    if restarts.mean() > 0.02:
        return None
    if restarts.any():  # the clock starts again with every run
        usual = np.median(step[step > 0])
        t = t + np.concatenate([[0.0], np.cumsum(np.where(restarts, usual - step, 0.0))])
    return t - t[0] if t[0] > 1e8 else t


def _low_voltage_read(record: Record) -> Record:
    v, i = record.values["voltage"], record.values["current"]
    large = np.abs(v) > 0.5 * np.max(np.abs(v))
    record = record.only(large)
    record.values |= {"read_voltage": v[large], "conductance": i[large] / v[large]}
    record.kind, record.cycle, record.step = "read", -1, -1
    record.notes.append(
        f"{record.name}: a leakage read at low voltage, kept as reads above half of its largest voltage"
    )
    return record


def _half(v: np.ndarray, i: np.ndarray, branch: np.ndarray, name: str, cycle: np.ndarray) -> str:
    """Whether a single sweep of one polarity switches on or off: by its name, else by what the current does."""
    reach = np.max(np.abs(v))
    if cycle.max(initial=0) > 0 or (v.min() < -0.1 * reach and v.max() > 0.1 * reach) or branch.max(initial=0) < 1:
        return ""
    said = re.search(r"(?i)(?<![a-z])(reset|set)(?![a-z])", name)
    if said:
        return said[1].lower()
    middle = (np.abs(v) > 0.1 * reach) & (np.abs(v) < 0.5 * reach) & np.isfinite(i)
    there, back = (
        np.median(np.abs(i[middle & (branch == b)])) if (middle & (branch == b)).any() else 0 for b in (0, 1)
    )
    return "" if not there or not back or 0.8 < back / there < 1.25 else ("set" if back > there else "reset")


def trace(c: Columns, v: np.ndarray | None, i: np.ndarray, t: np.ndarray | None, name: str) -> Record:
    """A record against time that is neither a loop nor a train of pulses."""
    columns = [i] + [x for x in (v, t) if x is not None]
    high = flags.overflow(i)
    keep = np.all([np.isfinite(x) for x in columns], axis=0)
    values = {"current": np.where(high, np.nan, i)[keep]} | ({} if v is None else {"voltage": v[keep]})
    values["flag"] = np.where(high[keep], int(Flag.OVERFLOW), 0)
    time = np.nan if t is None else t[keep] - (t[keep][0] if len(t[keep]) and t[keep][0] > 1e8 else 0)
    notes = [f"{c.where}: no time was recorded"] if t is None else []
    return Record("trace", values, time=time, name=name, notes=notes)
