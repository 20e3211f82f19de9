"""Conductance under pulses: trains, interleaved logs of writing and reading, write-verify, programming ramps."""

import re

import numpy as np

from pinched.core import PinchedError
from pinched.experiments.loaders import cycles
from pinched.experiments.loaders.columns import Columns
from pinched.experiments.loaders.reads import addresses, conductance, finite, ordinal, reciprocal
from pinched.experiments.loaders.record import Record, setting
from pinched.experiments.loaders.table import Table

_VOLTS = r"([pm+-]?)(\d+(?:[.p]\d+)?)(m?)V"


def train_record(parts: list[tuple[Table, Columns]], name: str) -> Record:
    """Trains that were stored one by one, in their order; a cycle begins where the first direction comes again."""
    pieces: dict[str, list[np.ndarray]] = {}
    first = parts[0][0].train
    cycle = -1
    notes: list[str] = []
    for step, (table, c) in enumerate(parts):
        notes += [*table.notes, *c.notes]
        cycle += table.train == first
        g = conductance(c)
        volts = setting(table.settings, r"read[ _]?v", "read_voltage")
        if g is None:
            g = c.column(c.indices("current")[0], "current") / volts
        pulse = c.get("pulse")
        known = {
            "conductance": g,
            "read_voltage": volts,
            "pulse_voltage": setting(table.settings, r"^pulse_voltage$", "voltage"),
            "pulse_width": setting(table.settings, r"^pulse_width$", "time"),
            "cycle": cycle,
            "step": step,
            "pulse": np.arange(len(g)) if pulse is None else ordinal(pulse),
        }
        for key, value in known.items():
            pieces.setdefault(key, []).append(np.broadcast_to(value, len(g)))
    if all(c.get("pulse") is None for _, c in parts):
        notes.append(f"{name}: the first value of each train is taken as the read before its first pulse")
    whole = {key: np.concatenate(value) for key, value in pieces.items()}
    indices = {key: whole.pop(key).astype(int) for key in ("cycle", "step", "pulse")}
    whole = {key: value for key, value in whole.items() if np.isfinite(value).any()}
    return finite(Record("pulse", whole, **indices, name=name, device=parts[0][0].device, notes=notes))


def indexed(c: Columns, g: np.ndarray, name: str, count: int | None) -> Record:
    """Reads against a pulse number; a new train begins where the number starts again or the conductance turns."""
    number = np.broadcast_to(ordinal(c.get("pulse")), g.shape)
    step = np.cumsum(np.diff(number, prepend=number[:1]) < 0)
    if step.max(initial=0) == 0 and np.isfinite(g).all():
        step = cycles.split_trains(g)
    offset = np.array([number[step == k][0] - (k > 0 or number[0] > 0) for k in range(step.max(initial=0) + 1)])
    values = {"conductance": g} | _written(c, g, step, name)
    cycle = ordinal(c.get("cycle")) if "cycle" in c else (np.arange(len(g)) * count // len(g) if count else step // 2)
    record = finite(
        Record("pulse", values, cycle=cycle, step=step, pulse=number - offset[step], name=name, device=addresses(c))
    )
    record.notes.append(
        f"{c.where}: {step.max(initial=0) + 1} trains of pulses, told apart by the pulse number and the conductance"
    )
    return record


def _written(c: Columns, g: np.ndarray, step: np.ndarray, name: str) -> dict[str, np.ndarray]:
    """Read and write voltages that columns, settings or the file name state."""
    known: dict[str, np.ndarray] = {}
    for role, pattern in (("read_voltage", r"read.*v"), ("pulse_width", r"width|^t ?on\b")):
        column = c.get(role)
        value = np.nan if column is not None else setting(c.table.settings, pattern, role)
        if column is not None or np.isfinite(value):
            known[role] = np.broadcast_to(column if column is not None else value, len(g)).astype(float)
    if "read_voltage" not in known and (v := c.get("voltage")) is not None and np.ptp(v) == 0:
        known["read_voltage"] = v
    up, down = (_named_volts(name, rf"(?:^|_){which}{_VOLTS}") for which in ("S", "RS"))
    if np.isfinite(up) and np.isfinite(down):
        known["pulse_voltage"] = np.full(len(g), np.nan)
        for k in np.unique(step):
            own = g[step == k]
            known["pulse_voltage"][step == k] = up if own[-1] > own[0] else down
        c.notes.append(
            f"{c.where}: pulse voltages of {up:g} V (SET) and {down:g} V (RESET) are read from the file name"
        )
    return known


def _named_volts(name: str, pattern: str) -> float:
    if not (match := re.search(pattern, name)):
        return np.nan
    sign, digits, milli = match.groups()
    return float(digits.replace("p", ".")) * (1e-3 if milli else 1.0) * (-1 if sign in ("m", "-") else 1)


def is_log(v: np.ndarray) -> bool:
    """Whether `v` jumps between a few levels (writing and reading in turn) rather than sweeps."""
    v = v[np.isfinite(v)]
    reach = np.ptp(v) if len(v) else 0.0
    if len(v) < 8 or reach == 0 or len(np.unique(np.round(v / reach, 3))) > min(60, len(v) // 2):
        return False
    jump = np.abs(np.diff(v))
    moving = jump[jump > 1e-3 * reach]
    return bool(len(moving) > 0.3 * len(jump) and np.median(moving) > 0.15 * reach)


def log(c: Columns, v: np.ndarray, i: np.ndarray, t: np.ndarray | None, name: str) -> Record:
    """Reads out of a log in which writing, resting at 0 V and reading follow each other."""
    levels = np.round(v, 6)
    read = setting(c.table.settings, r"read.*volt", "voltage")
    if not np.isfinite(read):
        read = _named_volts(name, rf"(?:^|_)R{_VOLTS}")
    if not np.isfinite(read):
        choices, often = np.unique(levels[levels != 0], return_counts=True)
        read = min(choices[often >= 0.9 * often.max()], key=abs)
        c.notes.append(
            f"{c.where}: voltage jumps between levels; {read:g} V, the commonest, is taken as the read voltage"
        )
    at_read = np.isclose(levels, read, rtol=1e-3)
    at_write = ~at_read & (levels != 0) & np.isfinite(levels)
    rows = np.flatnonzero(at_read)
    if len(rows) < 3 or not at_write.any():
        raise PinchedError(
            f"{c.where} jumps between voltages without reads at {read:g} V: say what it is with --columns."
        )
    last = np.maximum.accumulate(np.where(at_write, np.arange(len(v)), -1))[rows]
    written = np.where(last >= 0, levels[last], np.nan)
    count = np.cumsum(at_write & (np.diff(levels, prepend=np.nan) != 0))[rows]  # a hold of several rows is one pulse
    new = np.diff(written, prepend=written[:1]) != 0
    step = np.cumsum(new & ~np.isnan(written))
    before = {k: count[rows_of[0]] - 1 for k in np.unique(step) if len(rows_of := np.flatnonzero(step == k))}
    pulse = np.where(last >= 0, count - np.array([before[k] for k in step]), 0)
    r = c.get("resistance")
    g = i[rows] / v[rows] if r is None or not np.all(r[rows] > 0) else reciprocal(r[rows])
    values = {"conductance": g, "current": i[rows], "read_voltage": v[rows], "pulse_voltage": written}
    width = setting(c.table.settings, r"^t ?on\b|pulse.*(width|duration)", "time")
    if np.isfinite(width):
        on = setting(c.table.settings, r"^on volt", "voltage")
        values["pulse_width"] = np.where(np.isnan(on) | np.isclose(written, on), width, np.nan)
    cycle = ordinal(c.get("cycle"))
    cycle = cycle[rows] if isinstance(cycle, np.ndarray) else cycle
    time = np.nan if t is None else t[rows]
    return finite(
        Record("pulse", values, cycle=cycle, step=step, pulse=pulse, time=time, name=name, device=addresses(c))
    )


def programming(c: Columns, name: str) -> Record:
    """A log with the pulse voltage in a column of its own: trains where the amplitude holds, else write-verify."""
    volts = c.get("pulse_voltage")
    width, count = c.get("pulse_width"), c.get("count")
    g, extra = _read_out(c)
    assert volts is not None
    writes = np.isnan(g) & (np.nan_to_num(volts) != 0)
    separate = bool(writes.any())
    applied = np.where(
        writes if separate else np.nan_to_num(volts) != 0, np.nan_to_num(count) if count is not None else 1, 0
    )
    held = np.maximum.accumulate(np.where(applied > 0, np.arange(len(g)), -1))
    volts, width = (None if x is None else np.where(held >= 0, x[held], np.nan) for x in (volts, width))
    total = np.cumsum(applied).astype(int)
    run = np.cumsum(
        np.abs(np.diff(np.nan_to_num(volts), prepend=np.nan_to_num(volts[:1]))) > 1e-6 * np.nanmax(np.abs(volts))
    )
    trains = np.median(np.bincount(run)) >= 5 and np.nanmax(applied) <= 1 + 1e-9
    values = {"conductance": g, "pulse_voltage": volts} | ({} if width is None else {"pulse_width": width}) | extra
    record = Record(
        "pulse" if trains else "program",
        values,
        cycle=ordinal(c.get("cycle")),
        step=run if trains else -1,
        pulse=total,
        name=name,
        device=addresses(c),
    )
    if trains:
        begin = np.array([total[run == k][0] for k in range(run.max() + 1)])
        record.pulse = np.where(run > 0, total - begin[run] + 1, total)
    return finite(record)


def _read_out(c: Columns) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """(conductance, further variables) of each row; repeated current columns are averaged."""
    g = conductance(c)
    read = c.get("read_voltage")
    extra = {} if read is None else {"read_voltage": read}
    if g is not None:
        return g, extra
    columns = c.indices("current")
    if read is None or not columns:
        raise PinchedError(f"{c.where} has pulses and currents but no read voltage: give --columns read_voltage=….")
    current = np.nanmean([c.column(k, "current") for k in columns], axis=0)
    if len(columns) > 1:
        c.notes.append(f"{c.where}: {len(columns)} repeated reads a row are averaged")
    return current / read, extra | {"current": current}


def write_verify(c: Columns, name: str) -> Record:
    """A RADAR log: the resistance that programming reached for each cell, and the range it aimed at."""
    g = conductance(c)
    assert g is not None
    low, high = c.get("r_low"), c.get("r_high")
    ranges = np.unique(np.column_stack([low, high]), axis=0)  # type: ignore[arg-type]
    level = np.searchsorted(ranges[:, 0] + 1e-9 * ranges[:, 1], low + 1e-9 * high)  # type: ignore[operator]
    return finite(
        Record(
            "program", {"conductance": g}, step=level, pulse=ordinal(c.get("pulses")), name=name, device=addresses(c)
        )
    )


def ramp(c: Columns, v: np.ndarray, g: np.ndarray, name: str) -> Record:
    """Conductance read after each of a ramp of write voltages; a cycle is one ramp."""
    falls = np.diff(v, prepend=v[:1]) < -0.5 * np.ptp(v)
    device = addresses(c)
    if isinstance(device, np.ndarray):
        falls |= np.concatenate([[False], device[1:] != device[:-1]])
    c.notes.append(
        f"{c.where}: voltage and resistance without a current are taken as write voltages and the reads after them"
    )
    return finite(
        Record("program", {"conductance": g, "pulse_voltage": v}, cycle=np.cumsum(falls), name=name, device=device)
    )
