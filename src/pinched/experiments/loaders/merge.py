"""Records of one device put together: runs as cycles, SET and RESET halves as loops, forming told from cycling."""

import re

import numpy as np

from pinched.experiments.loaders.record import Record


def join(records: list[Record]) -> Record:
    """One record whose cycles are the given ones in their order; time runs on from one to the next."""
    if len(records) == 1:
        return records[0]
    cycle = next_cycle = 0
    end = 0.0
    parts: dict[str, list[np.ndarray]] = {}
    for record in records:
        time = np.broadcast_to(record.time, record.size)
        own = np.maximum(np.broadcast_to(record.cycle, record.size), 0)
        gap = float(np.median(np.diff(time))) if record.size > 1 else 0.0
        shifted = time if not len(time) or time[0] > end else time - time[0] + end + gap
        end = float(shifted[-1]) if len(shifted) else end
        cycle = next_cycle
        next_cycle = cycle + int(own.max(initial=0)) + 1
        for key, value in {
            **record.values,
            "_cycle": cycle + own,
            "_step": np.broadcast_to(record.step, record.size),
            "_time": shifted,
            "_kind": np.broadcast_to(record.kind, record.size),
        }.items():
            parts.setdefault(key, []).append(value)
    whole = {key: np.concatenate(pieces) for key, pieces in parts.items() if len(pieces) == len(records)}
    kind, cycles, step, time = (whole.pop(f"_{key}") for key in ("kind", "cycle", "step", "time"))
    first = records[0]
    return Record(
        kind if len(set(kind.tolist())) > 1 else first.kind,
        whole,
        cycles,
        step,
        time=time,
        name=first.name,
        device=first.device,
        notes=[note for r in records for note in r.notes],
        compliance=usual(r.compliance for r in records),
        rate=usual(r.rate for r in records),
        half=first.half,
        summary=first.summary,
    )


def usual(values) -> float:
    """The commonest of some limits, the median of those within 5 % of it; NaN where there is none."""
    x = np.array([value for value in values if np.isfinite(value)])
    if not len(x):
        return np.nan
    near = [np.sum(np.abs(x - value) < 0.05 * abs(value)) for value in x]
    middle = x[int(np.argmax(near))]
    return float(np.median(x[np.abs(x - middle) <= 0.05 * abs(middle)]))


def pair_halves(records: list[Record]) -> list[Record]:
    """The i-th SET sweep and the i-th RESET sweep of the same name make cycle i; the others stay as they are."""
    halves: dict[str, dict[str, Record]] = {}
    for record in records:
        if record.half and isinstance(record.kind, str) and record.half not in halves.setdefault(_stem(record), {}):
            halves[_stem(record)][record.half] = record
    alone = [next(iter(pair.values())) for pair in halves.values() if len(pair) == 1]
    if len(halves) == 2 and {record.half for record in alone} == {"set", "reset"}:
        halves = {"": {record.half: record for record in alone}}
    for pair in halves.values():
        if len(pair) == 2 and _opposite(pair["set"], pair["reset"]):
            records = _paired(records, pair["set"], pair["reset"])
    return records


def _stem(record: Record) -> str:
    return " ".join(
        re.sub(r"(?i)(?<![a-z])(re)?set(?![a-z])", " ", re.sub(r"[_\-.]", " ", record.name)).split()
    ).lower()


def _opposite(a: Record, b: Record) -> bool:
    def peak(r: Record) -> float:
        v = r.values["voltage"]
        return float(v[np.argmax(np.abs(v))])

    return peak(a) * peak(b) < 0


def _paired(records: list[Record], on: Record, off: Record) -> list[Record]:
    place = {id(record): k for k, record in enumerate(records)}
    first, second = (off, on) if off.name == on.name and place[id(off)] < place[id(on)] else (on, off)
    both = min(int(r.cycle.max(initial=0)) + 1 for r in (on, off))  # type: ignore[union-attr]
    halves = []
    for k in range(both):
        for n, record in enumerate((first, second)):
            half = record.only(record.cycle == k)
            half.cycle, half.step = 0, np.asarray(half.step) - np.min(half.step) + 2 * n
            half.notes = []
            halves.append(half)
    loops = [join([a, b]) for a, b in zip(halves[::2], halves[1::2], strict=True)]
    for loop in loops:
        loop.cycle = np.zeros(loop.size, int)
    joined = join(loops) if len(loops) > 1 else loops[0]
    name = re.sub(r"(?i)[ _-]*(?<![a-z])(re)?set(?![a-z])", "", on.name).strip(" _-") or on.name
    joined.name, joined.half = name, ""
    joined.compliance = on.compliance if np.isfinite(on.compliance) else off.compliance
    joined.notes = [
        *on.notes,
        *off.notes,
        f"{name}: SET sweep i of {on.name!r} and RESET sweep i of {off.name!r} are taken as "
        f"cycle i ({both} cycles; {first.half.upper()} first; time of the second half runs on)",
    ]
    rest = []
    for record in (on, off):
        if (left := record.cycle >= both).any():  # type: ignore[operator]
            spare = record.only(left)
            spare.cycle = spare.cycle - both
            rest.append(spare)
    kept = [record for record in records if record is not on and record is not off]
    at = min(place[id(on)], place[id(off)])
    return [*kept[:at], joined, *kept[at:], *rest]


def find_forming(record: Record) -> None:
    """Mark a first cycle that starts ten times less conducting than all others do, and ends formed."""
    if record.kind != "sweep" or not isinstance(record.cycle, np.ndarray) or record.cycle.max(initial=0) < 2:
        return
    starts, ends = zip(*(_low_field(record, k) for k in range(int(record.cycle.max()) + 1)), strict=True)
    others = np.array(starts[1:])
    if not np.isfinite(starts[0]) or not np.isfinite(others).all() or starts[0] <= 0:
        return
    if starts[0] < 0.1 * others.min() and ends[0] > 10 * starts[0]:
        record.kind = np.where(record.cycle == 0, "forming", "sweep")
        record.notes.append(
            f"{record.name}: the first sweep starts {others.min() / starts[0]:.0f} times less conducting than every "
            "later one; taken as forming"
        )


def _low_field(record: Record, cycle: int) -> tuple[float, float]:
    """Median conductance at 5-25 % of the largest voltage at the start and at the end of a cycle."""
    at = record.cycle == cycle
    v, i = record.values["voltage"][at], record.values["current"][at]
    low = (
        (np.abs(v) > 0.05 * np.max(np.abs(v), initial=0))
        & (np.abs(v) < 0.25 * np.max(np.abs(v), initial=0))
        & np.isfinite(i)
    )
    g = np.abs(i[low] / v[low])
    some = max(len(g) // 8, 1)
    return (float(np.median(g[:some])), float(np.median(g[-some:]))) if len(g) > 3 else (np.nan, np.nan)


def gather_notes(notes: list[str]) -> list[str]:
    """Each note once; the same thing said of several files becomes one sentence."""
    said: dict[str, list[str]] = {}
    for note in dict.fromkeys(notes):
        where, colon, what = note.partition(": ")
        said.setdefault(what if colon else note, []).append(where if colon else "")
    lines = []
    for what, places in said.items():
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        lines.append(f"{places[0]}{more}: {what}" if places[0] else what)
    return lines
