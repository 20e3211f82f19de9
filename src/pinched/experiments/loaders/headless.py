"""Columns without names: told apart by what the numbers do, and said aloud; refused where that does not decide."""

import numpy as np

from pinched.core import PinchedError
from pinched.experiments.loaders.table import Table


def recognise(table: Table, where: str) -> tuple[dict[str, int], str]:
    """(role -> column, the sentence that says so); PinchedError with the option that settles it."""
    data = table.data
    width = data.shape[1]
    if width == 1:
        raise PinchedError(
            f"{where} has one nameless column: say what it is, for example "
            "--columns conductance=1 --unit conductance=uS."
        )
    roles = _write_verify(data) or _cells(data) or _curve(data, where)
    named = ", ".join(
        f"column {i + 1} is {role.replace('_', ' ')}" for role, i in sorted(roles.items(), key=lambda r: r[1])
    )
    return roles, f"{where} names no columns; from the numbers, {named} (--columns says otherwise)"


def _write_verify(data: np.ndarray) -> dict[str, int] | None:
    """RADAR logs: addr, reads, sets, resets, r, i, r_lo, r_hi, success, attempts, attempts (resistances in ohm)."""
    if data.shape[1] != 11 or not _whole(data[:, [0, 1, 2, 3, 8]]).all():
        return None
    r, low, high, success = data[:, 4], data[:, 6], data[:, 7], data[:, 8]
    inside = np.mean((r >= low) & (r <= high) | (success == 0))
    if set(np.unique(success)) <= {0.0, 1.0} and inside > 0.9:
        return {"device": 0, "pulses": 1, "resistance": 4, "r_low": 6, "r_high": 7}
    return None


def _cells(data: np.ndarray) -> dict[str, int] | None:
    """Reads of many cells: address, time, r, g = 1/r, temperature or (target g, level, time point)."""
    width = data.shape[1]
    if width not in (5, 7) or not _whole(data[:, 0]).all():
        return None
    with np.errstate(all="ignore"):
        if not np.nanmax(np.abs(data[:, 2] * data[:, 3] - 1)) < 1e-3:
            return None
    return {"device": 0, "time": 1, "resistance": 2} | ({"temperature": 4} if width == 5 else {"level": 5})


def _curve(data: np.ndarray, where: str) -> dict[str, int]:
    columns = [i for i in range(data.shape[1]) if np.isfinite(data[:, i]).sum() > len(data) // 2]
    x = {i: data[:, i] for i in columns}
    columns = [
        i
        for k, i in enumerate(columns)
        if not any(np.allclose(np.abs(x[i]), np.abs(x[j]), equal_nan=True) for j in columns[:k])
    ]
    clock = next((i for i in columns if _increasing(x[i])), None)
    rest = [i for i in columns if i != clock]
    counted = clock is not None and _whole(x[clock]).all() and set(np.unique(np.diff(x[clock]))) == {1.0}
    rest, derived = _without_ratios(rest, x)
    if len(columns) == 2 and len(data) > 8 and any(len(np.unique(x[i])) <= 3 for i in columns):
        raise PinchedError(f"{where} holds a voltage program but no measured current: give the file with the currents.")
    if len(columns) == 2 and clock is not None:
        if clock == 0 and not counted and np.ptp(x[0]) <= 20 and not is_program(x[rest[0]]):
            return {"voltage": 0, "current": rest[0]}  # one rising ramp
        raise PinchedError(
            f"{where} has a nameless column against {'an index' if counted else 'a rising one'}: say what they are, "
            "for example --columns time=1,current=2, or --columns pulse=1,conductance=2 --unit conductance=uS."
        )
    if len(rest) != 2:
        raise PinchedError(
            f"{where} has {data.shape[1]} nameless columns that the numbers do not tell apart: say what they are, "
            "for example --columns voltage=1,current=2."
        )
    voltage, current = derived or _volts_first(rest, x)
    if counted and np.ptp(x[voltage]) == 0:
        return {"pulse": clock, "read_voltage": voltage, "current": current}  # type: ignore[dict-item]
    return {"voltage": voltage, "current": current} | ({"time": clock} if clock is not None and not counted else {})


def _without_ratios(rest: list[int], x: dict[int, np.ndarray]) -> tuple[list[int], tuple[int, int] | None]:
    """Leave out R = V/I and G = I/V; where R is there, it tells V (first) from I."""
    triples = [
        (a, b, c) for a in rest for b in rest for c in rest if len({a, b, c}) == 3 and _is_ratio(x[a], x[b], x[c])
    ]
    if not triples:
        return rest, None
    v, i, r = max(triples, key=lambda t: np.nanmedian(np.abs(x[t[2]])))
    return [v, i, *(k for k in rest if k not in (v, i, r) and not _is_ratio(x[i], x[v], x[k]))], (v, i)


def _is_ratio(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> bool:
    with np.errstate(all="ignore"):
        error = np.abs(a / b / c - 1)
    return bool(np.isfinite(error).any() and np.nanmedian(error) < 1e-3)


def _volts_first(pair: list[int], x: dict[int, np.ndarray]) -> tuple[int, int]:
    first, second = pair
    programmed = [is_program(x[i]) for i in pair]
    if programmed[0] != programmed[1]:
        return (first, second) if programmed[0] else (second, first)
    larger = np.nanmax(np.abs(x[second])) > 30 * np.nanmax(np.abs(x[first])) and np.nanmax(np.abs(x[second])) < 40
    return (second, first) if larger and np.nanmax(np.abs(x[first])) < 0.05 else (first, second)


def is_program(v: np.ndarray) -> bool:
    """Whether `v` moves like a programmed voltage: equal steps up and down, or held."""
    step = np.abs(np.diff(v[np.isfinite(v)]))
    held = step <= 1e-3 * max(np.nanmax(np.abs(v)), 1e-300)
    moving = step[~held]
    if len(moving) < 2 or held.mean() > 0.9:
        return bool(held.mean() > 0.9)
    return bool(np.mean(np.abs(moving - np.median(moving)) < 0.2 * np.median(moving)) > 0.9)


def _whole(x: np.ndarray) -> np.ndarray:
    return np.isfinite(x) & (x == np.round(x)) & (x >= 0)


def _increasing(x: np.ndarray) -> bool:
    x = x[np.isfinite(x)]
    return len(x) > 2 and bool(np.all(np.diff(x) > 0))
