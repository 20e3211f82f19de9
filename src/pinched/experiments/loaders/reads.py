"""Conductance that was only read: retention, levels, endurance, and many cells at once."""

import numpy as np

from pinched.core import Flag
from pinched.experiments.loaders import flags
from pinched.experiments.loaders.columns import Columns
from pinched.experiments.loaders.record import Record
from pinched.experiments.loaders.units import scale

_TRACE_STEP = 0.05  # s: sampled faster, a read is a noise trace rather than a test of retention


def conductance(c: Columns) -> np.ndarray | None:
    """Conductance in S as recorded, or as 1/resistance."""
    if (g := c.get("conductance")) is not None:
        return g
    r = c.get("resistance")
    return None if r is None else reciprocal(r)


def reciprocal(r: np.ndarray) -> np.ndarray:
    """1/r, NaN where r is 0; an overflow value stays one."""
    with np.errstate(all="ignore"):
        return np.where(flags.overflow(r), r, np.where(r == 0, np.nan, 1.0 / r))


def addresses(c: Columns) -> np.ndarray | str:
    """The device of each row, as text."""
    numbers = c.get("device")
    if numbers is None:
        return c.table.device
    parts = []
    for i in sorted(c.indices("device")):
        different, place = np.unique(np.nan_to_num(c.table.data[:, i], nan=-1), return_inverse=True)
        written = np.array([f"{x:.0f}" if x == round(x) else f"{x:g}" for x in different])[place]
        parts.append(np.array(c.table.words[i]) if i in c.table.words else written)
    return parts[0] if len(parts) == 1 else np.array(["-".join(row) for row in zip(*parts, strict=True)])


def ordinal(x: np.ndarray | None) -> np.ndarray | int:
    """A column of whole numbers as an index, -1 where it is empty."""
    return -1 if x is None else np.nan_to_num(x, nan=-1).astype(int)


def retention(
    c: Columns, g: np.ndarray, t: np.ndarray, name: str, extra: dict[str, np.ndarray] | None = None
) -> Record:
    """Conductance against time."""
    step = np.diff(np.unique(t[np.isfinite(t)]))
    fast = len(step) > 10 and np.median(step) < _TRACE_STEP and not isinstance(addresses(c), np.ndarray)
    record = Record(
        "trace" if fast else "retention",
        {"conductance": g} | (extra or {}),
        time=t,
        name=name,
        device=addresses(c),
        cycle=ordinal(c.get("cycle")),
        step=_level(c),
    )
    if (kelvin := c.get("temperature")) is not None:
        if not c.unit_known("temperature") and np.nanmedian(kelvin) < 273.15:
            kelvin = kelvin + 273.15
            record.notes.append(f"{c.where}: temperatures have no unit and lie below 273; taken as degrees Celsius")
        record.values["temperature"] = kelvin
    return finite(record)


def reads(c: Columns, g: np.ndarray, name: str) -> Record:
    """Isolated reads of levels."""
    extra = {} if (v := c.get("read_voltage")) is None else {"read_voltage": v}
    return finite(
        Record(
            "read",
            {"conductance": g} | extra,
            cycle=ordinal(c.get("cycle")),
            step=_level(c),
            name=name,
            device=addresses(c),
        )
    )


def _level(c: Columns) -> np.ndarray | int:
    return ordinal(c.get("level") if "level" in c else c.get("step"))


def endurance(c: Columns, name: str) -> list[Record]:
    """Pairs of HRS and LRS columns: against time two retained levels, else one row a cycle.

    A voltage written above a pair is the programming voltage.
    """
    records = []
    pairs = list(zip(c.indices("hrs"), c.indices("lrs"), strict=False))
    time = c.get("time")
    read = c.get("read_voltage")
    for high, low in pairs:
        key, off, on = _levels(c, high, low)
        rows = np.flatnonzero(np.isfinite(off) | np.isfinite(on))
        x = np.column_stack([on, off])[rows].ravel()
        values = {key: x}
        if read is not None:
            values["read_voltage"] = np.repeat(read[rows], 2)
        if key == "current" and read is not None:
            values["conductance"] = x / values["read_voltage"]
        if np.isfinite(volts := label_voltage(c.table.labels[high])):
            values["pulse_voltage"] = np.full(len(x), volts)
        record = Record(
            "endurance",
            values,
            cycle=np.repeat(np.arange(len(rows)), 2),
            step=np.tile([1, 0], len(rows)),
            name=f"{name} {c.table.labels[high]}".strip() if len(pairs) > 1 else name,
            device=c.table.device,
        )
        if time is not None and "cycle" not in c:
            record.kind, record.cycle, record.time = "retention", -1, np.repeat(time[rows], 2)
        records.append(finite(record))
    return records


def _levels(c: Columns, high: int, low: int) -> tuple[str, np.ndarray, np.ndarray]:
    """(variable, HRS, LRS) of a pair of columns in ohm, siemens or ampere; without a unit they are resistances."""
    unit = c.unit(high)
    for role in ("conductance", "current"):
        if unit and scale(unit, role):
            return role, c.column(high, role), c.column(low, role)
    hrs, lrs = (reciprocal(c.column(i, "resistance")) for i in (high, low))
    return "conductance", hrs, lrs


def label_voltage(label: str) -> float:
    """The voltage that a column label states ("0.5 V", "3.5"), NaN where it states none."""
    number, _, unit = label.strip().partition(" ")
    try:
        value = float(number.rstrip("Vv").replace(",", "."))
    except ValueError:
        return np.nan
    factor = scale(unit, "voltage") if unit else (1.0, 0.0)
    return value * factor[0] if factor else np.nan


def summary(c: Columns, name: str) -> list[Record]:
    """The ILRS / IHRS columns that a Keithley 4200 derives from its sweeps, under "SET_negative#1" and the like."""
    records = []
    names, labels = c.table.names, c.table.labels
    for label in dict.fromkeys(labels):
        found = {n: i for i, n in enumerate(names) if labels[i] == label and n.upper() in ("ILRS", "IHRS")}
        if len(found) != 2:
            continue
        low, high = (c.table.data[:, i] for i in (found["ILRS"], found["IHRS"]))
        if not np.isfinite(low).any():
            continue
        current = np.column_stack([low, high]).ravel()
        record = Record(
            "endurance",
            {"current": current},
            cycle=np.repeat(np.arange(len(low)), 2),
            step=np.tile([1, 0], len(low)),
            name=f"{name} {label}".strip(),
            summary=True,
        )
        record.notes.append(
            f"{name}: currents of LRS and HRS as the instrument derived them; the read voltage is not in the file"
        )
        records.append(finite(record))
    return records


def finite(record: Record) -> Record:
    """Without the rows in which nothing was measured; overflow values become flagged NaN."""
    key = "conductance" if "conductance" in record.values else "current"
    high = flags.overflow(record.values[key])
    if high.any():
        record.values[key] = np.where(high, np.nan, record.values[key])
        record.values["flag"] = np.where(high, int(Flag.OVERFLOW), 0)
    return record.only(np.isfinite(record.values[key]) | high)
