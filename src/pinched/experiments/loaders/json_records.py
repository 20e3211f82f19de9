"""JSON records: named arrays beside the settings of the measurement, with a train of pulses per direction and cycle."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from pinched.core import PinchedError
from pinched.experiments.loaders.columns import guess
from pinched.experiments.loaders.table import Table, directed

_SHORT = 8  # a list shorter than this is a setting, not a record
_UP = ("set", "prog", "program", "pot", "potentiation", "ltp", "up")


def read_json(text: str, name: str) -> list[Table]:
    """Tables of the arrays whose names say what was measured; PinchedError where none does."""
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise PinchedError(f"{name} is not valid JSON: it may be truncated.") from None
    tables = list(_walk(content, name))
    if not tables:
        raise PinchedError(f"{name} holds no arrays named as current, conductance or resistance.")
    return tables


def _walk(node: Any, title: str) -> Iterator[Table]:
    if isinstance(node, list) and node and all(isinstance(item, dict) for item in node):
        if all(not isinstance(v, (dict, list)) for item in node for v in item.values()):
            keys = list(dict.fromkeys(key for item in node for key in item))
            node = {key: [item.get(key) for item in node] for key in keys}
        else:
            for i, item in enumerate(node):
                yield from _walk(item, f"{title}/{i}")
            return
    if not isinstance(node, dict):
        return
    arrays = {key: array for key, value in node.items() if (array := _array(value)) is not None}
    settings = {key: _text(value) for key, value in node.items() if key not in arrays and not isinstance(value, dict)}
    yield from _tables(arrays, settings, title)
    for key, value in node.items():
        if isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)):
            yield from _walk(value, f"{title}/{key}")


def _array(value: Any) -> np.ndarray | None:
    if not isinstance(value, list) or not value:
        return None
    try:
        array = np.asarray([np.nan if item is None else item for item in value], dtype=float)
    except (ValueError, TypeError):
        return None
    return array if array.size >= _SHORT and array.ndim <= 2 else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _tables(arrays: dict[str, np.ndarray], settings: dict[str, str], title: str) -> Iterator[Table]:
    trains: dict[str, dict[str, np.ndarray]] = {}
    plain: dict[str, np.ndarray] = {}
    for key, array in arrays.items():
        base, direction = directed(key)
        (trains.setdefault(direction, {}) if direction and base else plain)[base if direction and base else key] = array
    trains = {d: columns for d, columns in trains.items() if any(_measured(key) for key in columns)}
    yield from _trains(trains, settings, title)
    for length in sorted({len(a) for a in plain.values()}, reverse=True):
        group = {key: a for key, a in plain.items() if len(a) == length and a.ndim == 1}
        if any(_measured(key) for key in group):
            yield Table(list(group), np.column_stack(list(group.values())), settings=dict(settings), title=title)


def _measured(name: str) -> bool:
    found = guess(name)
    return found is not None and found.role in ("current", "conductance", "resistance")


def _trains(trains: dict[str, dict[str, np.ndarray]], settings: dict[str, str], title: str) -> Iterator[Table]:
    """Trains in the order in which they were applied: up then down, cycle by cycle."""
    order = sorted(trains, key=lambda direction: direction not in _UP)
    pieces: dict[str, list[Table]] = {}
    for position, direction in enumerate(order):
        columns = {key: array for key, array in trains[direction].items() if guess(key) is not None}
        own = _own_settings(settings, position, len(order))
        pieces[direction] = [
            Table([*columns], piece, settings=own, title=title, train=direction) for piece in _cycles(columns)
        ]
    if len(order) == 2:
        _unflip(pieces[order[0]], pieces[order[1]], title)
    for cycle in range(max(map(len, pieces.values()), default=0)):
        yield from (pieces[direction][cycle] for direction in order if cycle < len(pieces[direction]))


def _own_settings(settings: dict[str, str], position: int, count: int) -> dict[str, str]:
    """The settings of one direction: of a list with a value per direction, its own."""
    own = dict(settings)
    for key, text in settings.items():
        values = json.loads(text) if text.startswith("[") else None
        if isinstance(values, list) and len(values) == count and (found := guess(key)):
            own[{"voltage": "pulse_voltage"}.get(found.role, found.role)] = str(values[position])
    return own


def _cycles(columns: dict[str, np.ndarray]) -> list[np.ndarray]:
    """One (pulses, columns) array per cycle: rows of a matrix, or split where the pulse index starts again."""
    first = next(iter(columns.values()))
    if first.ndim == 2:
        return [np.column_stack([array[k] for array in columns.values()]) for k in range(len(first))]
    data = np.column_stack([array for array in columns.values() if len(array) == len(first)])
    index = next((array for key, array in columns.items() if (g := guess(key)) and g.role == "pulse"), None)
    return np.split(data, np.flatnonzero(np.diff(index) < 0) + 1) if index is not None else [data]


def _unflip(up: list[Table], down: list[Table], name: str) -> None:
    """A down train stored backwards continues the up train at its end, not at its start: turn it round."""
    column = next(i for i, key in enumerate(up[0].names) if _measured(key))
    pairs = [(u.data[-1, column], d.data[0, column], d.data[-1, column]) for u, d in zip(up, down, strict=False)]
    if np.mean([abs(last - end) < abs(first - end) for end, first, last in pairs]) <= 0.5:
        return
    for table in down:
        pulse = [i for i, key in enumerate(table.names) if (g := guess(key)) and g.role == "pulse"]
        kept = table.data[:, pulse].copy()
        table.data = table.data[::-1].copy()
        table.data[:, pulse] = kept
    down[0].notes.append(
        f"{name}: the {down[0].train} trains are stored backwards (they join the {up[0].train} trains at their end) "
        "and were turned round"
    )
