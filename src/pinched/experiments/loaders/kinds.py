"""What was measured: from the columns that are there and how they move."""

import dataclasses
import itertools
import re
from collections.abc import Iterator

import numpy as np

from pinched.core import PinchedError
from pinched.experiments.loaders import cycles, headless, pulses, reads, sweeps
from pinched.experiments.loaders.columns import Columns, guess, split_unit
from pinched.experiments.loaders.merge import join
from pinched.experiments.loaders.record import Record, setting
from pinched.experiments.loaders.table import TRAIN_WORDS, Table, directed
from pinched.experiments.loaders.units import UNITS


@dataclasses.dataclass(frozen=True)
class Options:
    """What the user says of the files."""

    columns: dict[str, str]
    units: dict[str, str]
    cycles: int | None
    rate: float


def recognise(tables: list[Table], stem: str, where: str, options: Options) -> list[Record]:
    """The records of one file; PinchedError where no table of it holds a measurement."""
    records: list[Record] = []
    failures: list[PinchedError] = []
    tables = [part for table in tables for part in _as_trains(table)]
    for _, group in itertools.groupby(tables, key=lambda table: (bool(table.train), table.device)):
        members = list(group)
        if members[0].train:
            parts = [(table, _columns(table, where, options)) for table in members]
            records.append(pulses.train_record(parts, stem))
            continue
        for table in members:
            place = f"{where}, {table.title}" if table.title and len(tables) > 1 else where
            try:
                records += _of_table(table, stem, place, options)
            except PinchedError as error:
                failures.append(error)
    if not records:
        raise failures[0]
    if failures:
        records[0].notes += [f"left out: {error}" for error in failures[:5]]
    return _runs_as_cycles(records)


def _as_trains(table: Table) -> list[Table]:
    """Columns named LTP and LTD (potentiation, depression, …) are trains that follow each other."""
    found = {}
    for i, name in enumerate(table.names):
        base, direction = directed(split_unit(name)[0])
        unit = table.units[i] or split_unit(name)[1]
        if direction in TRAIN_WORDS and (guess(base or "G", unit) is not None):
            found[i] = (base or "G", direction, unit)
    if len({direction for _, direction, _ in found.values()}) < 2:
        return [table]
    others = [k for k in range(len(table.names)) if k not in found]
    trains = []
    for i, (base, direction, unit) in found.items():
        rows = np.isfinite(table.data[:, i])
        trains.append(
            Table(
                [base, *(table.names[k] for k in others)],
                table.data[rows][:, [i, *others]],
                units=[unit, *(table.units[k] for k in others)],
                settings=table.settings,
                title=direction,
                train=direction,
                device=table.device,
                notes=table.notes,
            )
        )
    return trains


def _columns(table: Table, where: str, options: Options) -> Columns:
    return Columns(table, options.columns, options.units, where)


def _of_table(table: Table, stem: str, where: str, options: Options) -> list[Record]:
    c = _columns(table, where, options)
    if not table.named and not options.columns:
        roles, note = headless.recognise(table, where)
        c.assign(roles)
        c.notes.append(note)
    if _is_summary(table):
        records = reads.summary(c, stem)
    else:
        records = [r for own in _per_device(c, options) for view in _views(own) for r in _one(view, stem, options)]
        _say_units(c)
    if not records:
        raise PinchedError(f"{where} holds nothing that was measured.")
    kelvin = setting(table.settings, r"^(stage |chuck |sample )?temp", "temperature")
    for k, record in enumerate(records):
        record.device = table.device if isinstance(record.device, str) and not record.device else record.device
        if np.isfinite(kelvin):
            record.values.setdefault("temperature", np.full(record.size, kelvin))
        if not record.size:
            raise PinchedError(f"{where} holds only empty values in its columns of measurement.")
        record.notes = [*(table.notes + c.notes if k == 0 else []), *record.notes]
    return records


def _say_units(c: Columns) -> None:
    """Say which units were taken for granted."""
    bare = [role for role in UNITS if role in c and role != "temperature" and not c.unit_known(role)]
    if bare:
        what = ", ".join(f"{role.replace('_', ' ')} in {UNITS[role]}" for role in bare)
        c.notes.append(f"{c.where}: the file states no units; {what} assumed")


def _is_summary(table: Table) -> bool:
    return {"ILRS", "IHRS"} <= {name.upper() for name in table.names} and not {"AI", "AV"} & set(table.names[:3])


def _per_device(c: Columns, options: Options) -> Iterator[Columns]:
    """One view per address, where a table holds sweeps or pulses of several devices one after the other."""
    device = reads.addresses(c)
    history = "pulse_voltage" in c or ("voltage" in c and "current" in c) or "pulse" in c
    if not history or not isinstance(device, np.ndarray) or len(set(device.tolist())) < 2:
        yield c
        return
    for address in dict.fromkeys(device.tolist()):
        rows = device == address
        words = {
            i: [cell for cell, kept in zip(cells, rows, strict=True) if kept] for i, cells in c.table.words.items()
        }
        overflow = None if c.table.overflow is None else c.table.overflow[rows]
        part = dataclasses.replace(c.table, data=c.table.data[rows], words=words, overflow=overflow, device=address)
        view = _columns(part, c.where, options)
        view.drop("device")
        view.notes = c.notes
        yield view


def _views(c: Columns) -> Iterator[Columns]:
    """One view per measurement of a table that holds several side by side."""
    v, i = c.indices("voltage"), c.indices("current")
    if "pulse_voltage" in c or not i:
        yield from _labelled(c)
        return
    data = c.table.data
    both = [
        (a, b) for a, b in zip(sorted(v), sorted(i), strict=False) if _moves(data[:, a]) and _from_the_top(data[:, b])
    ]
    if len(v) == len(i) == len(both) > 1 and not _same_device(c, both):
        clocks = sorted(c.indices("time"))
        for k, (a, b) in enumerate(both):
            view = _copy(c)
            view.keep("voltage", a)
            view.keep("current", b)
            if len(clocks) == len(both):
                view.keep("time", clocks[k])
            yield view
    elif len(v) == 1 and len(i) > 1 and _moves(data[:, v[0]]) and (several := _repeats(c, i)):
        for b in several:
            view = _copy(c)
            view.keep("current", b)
            yield view
    else:
        _match(c)
        yield c


def _copy(c: Columns) -> Columns:
    view = Columns(c.table, {}, {}, c.where)
    view.__dict__ |= c.__dict__ | {"_index": dict(c._index)}
    return view


def _moves(x: np.ndarray) -> bool:
    x = x[np.isfinite(x)]
    return len(x) > 2 and np.ptp(x) > 1e-3 * np.max(np.abs(x))


def _from_the_top(x: np.ndarray) -> bool:
    """Whether the column is filled from its first row on, as a record of its own is."""
    filled = np.flatnonzero(np.isfinite(x))
    return len(filled) > 2 and filled[0] < 3 and len(filled) > 0.9 * (filled[-1] - filled[0] + 1)


def _same_device(c: Columns, both: list[tuple[int, int]]) -> bool:
    """Whether two pairs are the two terminals of one device: equal and opposite currents."""
    (_, first), (_, second) = both[0], both[1]
    x, y = c.table.data[:, first], c.table.data[:, second]
    return len(both) == 2 and bool(np.nanmax(np.abs(np.abs(x) - np.abs(y)), initial=0) < 0.05 * np.nanmax(np.abs(x)))


def _repeats(c: Columns, currents: list[int]) -> list[int]:
    """Currents of the same rank that are no copies (|I|, −I) of the first."""
    x = c.table.data
    first = currents[0]
    stem = re.sub(r"\d+", "#", c.table.names[first])
    alike = [k for k in currents if re.sub(r"\d+", "#", c.table.names[k]) == stem and np.isfinite(x[:, k]).any()]
    kept = [
        k
        for k in alike
        if k == first
        or np.nanmax(np.abs(np.abs(x[:, k]) - np.abs(x[:, first]))) > 0.05 * np.nanmax(np.abs(x[:, first]))
    ]
    return kept if len(kept) > 1 else []


def _match(c: Columns) -> None:
    """Of several voltages or currents take the pair of the same name (V2 with I2, DrainV with DrainI), and say so."""
    v, i = c.pick("voltage"), c.pick("current")
    if v is None or i is None:
        return
    names = c.table.names
    plain = [k for k in c.indices("voltage") if _moves(c.table.data[:, k])]
    if len(plain) > 1:
        stem = re.sub(r"(?i)(current|i)(?=\W|\d|$)", "", names[i])
        same = [k for k in plain if re.sub(r"(?i)(voltage|v)(?=\W|\d|$)", "", names[k]) == stem]
        v = (same or plain)[0]
        c.notes.append(f"{c.where}: of several voltages {names[v]!r} is taken (--columns voltage=… says otherwise)")
    c.keep("voltage", v)


def _labelled(c: Columns) -> Iterator[Columns]:
    """One view per column of conductance or resistance, where several stand side by side under labels or numbers."""
    for role in ("conductance", "resistance"):
        several = [k for k in c.indices(role) if np.isfinite(c.table.data[:, k]).any()]
        if len(several) > 1 and "time" not in c and "voltage" not in c:
            for k in several:
                view = _copy(c)
                view.keep(role, k)
                yield view
            return
    yield c


def _one(c: Columns, stem: str, options: Options) -> list[Record]:
    """The decision: each line is one kind of measurement and what tells it."""
    name = stem + _label(c)
    v, i, t, g = c.get("voltage"), c.get("current"), _time(c), reads.conductance(c)
    if (
        v is None
        and i is not None
        and "pulse_voltage" not in c
        and (x := c.get("read_voltage")) is not None
        and _moves(x)
    ):
        v = x
    if "hrs" in c and "lrs" in c:
        return reads.endurance(c, name)
    if "r_low" in c:
        return [pulses.write_verify(c, name)]
    if "pulse_voltage" in c and (i is not None or g is not None):
        return [pulses.programming(c, name)]
    if "pulse" in c and (v is None or not _moves(v)) and (i is not None or g is not None):
        return [pulses.indexed(c, _read_conductance(c, v, i, g), name, options.cycles)]
    if v is not None and i is not None and _moves(v):
        _refuse_program(c, i)
        if pulses.is_log(v):
            return [pulses.log(c, v, i, t, name)]
        if t is not None and sweeps.usable_time(t) is not None and _held(v):
            return [sweeps.trace(c, v, i, t, name)]
        return [sweeps.sweep(c, v, i, t, name, count=options.cycles, rate=options.rate)]
    if v is not None and i is not None and t is not None:
        return [reads.retention(c, _read_conductance(c, v, i, g), t, name, {"read_voltage": v, "current": i})]
    if v is not None and g is not None and i is None:
        if headless.is_program(v) and _returns(v):
            return [sweeps.sweep(c, v, g * v, t, name, count=options.cycles, rate=options.rate)]
        return [pulses.ramp(c, v, g, name)] if _moves(v) else [reads.reads(c, g, name)]
    if g is not None and t is not None:
        return [reads.retention(c, g, t, name)]
    if g is not None and c.table.along_line:
        return [dataclasses.replace(reads.reads(c, g, f"{name} {c.table.title}".strip()), kind="trace")]
    if g is not None:
        return [reads.reads(c, g, name)]
    if i is not None and t is not None:
        return [sweeps.trace(c, v, i, t, name)]
    raise PinchedError(_missing(c, v, i))


def _label(c: Columns) -> str:
    for role in ("conductance", "resistance"):
        if len(c.indices(role)) == 1 and c.table.labels[c.indices(role)[0]]:
            return f" {c.table.labels[c.indices(role)[0]]}"
    return ""


def _time(c: Columns) -> np.ndarray | None:
    i = c.pick("time")
    if i is None:
        return None
    if i in c.table.words:  # a date and time in words
        import pandas as pd

        stamps = pd.to_datetime(pd.Series(c.table.words[i]), errors="coerce")
        return (stamps - stamps.min()).dt.total_seconds().to_numpy(float) if stamps.notna().all() else None
    t = c.column(i, "time")
    return t if np.isfinite(t).any() else None


def _read_conductance(c: Columns, v: np.ndarray | None, i: np.ndarray | None, g: np.ndarray | None) -> np.ndarray:
    if g is not None and (i is None or v is None):
        return g
    volts = v if v is not None else c.get("read_voltage")
    if volts is None:
        raise PinchedError(f"{c.where} has a current but no read voltage: give --columns voltage=… or a conductance.")
    with np.errstate(all="ignore"):
        return np.where(volts == 0, np.nan, i / volts)  # type: ignore[operator]


def _held(v: np.ndarray) -> bool:
    """Whether the voltage stands still nearly all the time."""
    share = np.bincount(np.digitize(v, np.linspace(v.min(), v.max(), 200)))
    return bool(np.sort(share)[-3:].sum() > 0.85 * len(v))


def _returns(v: np.ndarray) -> bool:
    return len(cycles.voltage_turns(v)) > 2 and bool(np.max(np.abs(np.diff(v))) < 0.2 * np.ptp(v))


def _refuse_program(c: Columns, i: np.ndarray) -> None:
    if len(np.unique(i[np.isfinite(i)])) <= 2 and len(i) > 8:
        raise PinchedError(
            f"{c.where} holds a voltage program but no measured current: give the file with the currents."
        )


def _missing(c: Columns, v: np.ndarray | None, i: np.ndarray | None) -> str:
    known = ", ".join(repr(name) for name in c.table.names if name)[:120] or "nameless"
    if v is not None:
        what, option = "a voltage but neither current nor resistance", "current=…"
    elif i is not None:
        what, option = "a current but no voltage", "voltage=…"
    else:
        what, option = "no column that is a voltage, current, resistance or conductance", "voltage=…,current=…"
    return f"{c.where} has {what} (columns {known}): give --columns {option}."


def _runs_as_cycles(records: list[Record]) -> list[Record]:
    """Runs of one workbook or blocks of one file that repeat one sweep are the cycles of one record."""
    joined: dict[int, Record] = {}
    for half in ("", "set", "reset"):
        places = [k for k, r in enumerate(records) if r.kind == "sweep" and r.half == half]
        loops = [records[k] for k in places]
        if len(loops) < 2:
            continue
        spans = np.array([[r.values["voltage"].min(), r.values["voltage"].max()] for r in loops])
        if np.any(np.ptp(spans, axis=0) > 0.2 * np.ptp(spans)):
            for n, record in enumerate(loops, 1):
                record.name = f"{record.name} {n}"
        else:
            joined |= {places[0]: join(loops)} | dict.fromkeys(places[1:])  # type: ignore[dict-item]
    return [record for k, r in enumerate(records) if (record := joined.get(k, r)) is not None]
