"""The report on one screen of a terminal: at most 24 lines of 80 columns, as plain text."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

from pinched.core import Quantity
from pinched.reports.numbers import interval, number
from pinched.reports.section import Section

WIDTH, HEIGHT = 80, 24


def summary(
    name: str,
    verdict: Sequence[str],
    headline: Sequence[Quantity],
    sections: Sequence[Section],
    folder: Path,
    notices: Sequence[str] = (),
) -> str:
    """Name, notices, verdict, headline numbers with origins, what is missing or broken, and where the page lies."""
    top = [name[:WIDTH], "─" * min(len(name), WIDTH)]
    said = [line for sentence in notices for line in textwrap.wrap(sentence, WIDTH)]
    told = [line for sentence in verdict for line in textwrap.wrap(sentence, WIDTH)]
    numbers = [_row(q) for q in headline]
    broken = [f"BROKEN: {s.title}: {s.failure}"[:WIDTH] for s in sections if s.failure]
    absent = list(dict.fromkeys(what for s in sections for what in s.unavailable))
    missing = textwrap.wrap("Not measured: " + ", ".join(absent), WIDTH) if absent else []
    room = HEIGHT - len(top) - len(numbers) - len(broken) - 3  # two empty lines and the path
    told = _cut(told, room - 1)
    said = _cut(said, min(3, room - 1 - len(told)))
    missing = _cut(missing, room - len(told) - len(said))
    return "\n".join([*top, *said, *told, "", *numbers, *missing, *broken, "", f"Page: {folder / 'report.html'}"])


def _row(q: Quantity) -> str:
    label = textwrap.shorten(q.label, 35, placeholder=" …")
    return f"{label:<36}{number(q.value, q.unit):>10}  {interval(q):<22} {q.origin}"[:WIDTH].rstrip()


def _cut(rows: list[str], room: int) -> list[str]:
    if len(rows) <= room:
        return rows
    kept = rows[: max(room, 0)]
    return [*kept[:-1], kept[-1][: WIDTH - 2].rstrip(", ") + " …"] if kept else []
