"""Delimited text of any dialect to tables: separator, decimal mark, header rows and blocks are found, not told."""

import collections
import csv
import io
import re
from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from pinched.core import PinchedError
from pinched.experiments.loaders.table import Table
from pinched.experiments.loaders.units import is_unit

SEPARATORS = ("\t", ";", ",", "|", None)  # None is white space
STATUS = {
    "ovld",
    "overflow",
    "ovf",
    "ovrflw",
    "over",
    "overload",
    "compl",
    "compliance",
    "9.9e37",
    "+inf",
    "-inf",
    "inf",
}
EMPTY = {
    "",
    "nan",
    "n/a",
    "na",
    "null",
    "none",
    "-",
    "--",
    "---",
    "#ref",
    "#ref!",
    "#div/0!",
    "#n/a",
    "#num!",
    "#value!",
}
_POINT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?(\d*,\d+|\d+)([eEdD][+-]?\d+)?")
_KEY = re.compile(r"^\s*([^:=]{1,60}?)\s*[:=]\s*(\S.*)$")


def read_text(text: str, name: str) -> list[Table]:
    """The tables of a delimited text; PinchedError where it holds no numbers."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x1a", "").replace("\xa0", " ")
    lines = text.split("\n")
    separator, decimal = dialect(_sample(lines))
    return list(_blocks(lines, separator, decimal, name))


def _sample(lines: list[str]) -> list[str]:
    filled = [line for line in lines[:600] if line.strip()]
    later = [line for line in lines[len(lines) // 2 : len(lines) // 2 + 60] + lines[-60:] if line.strip()]
    return filled[:200] + later if len(lines) > 600 else filled


def split(line: str, separator: str | None) -> list[str]:
    """Fields of a line, unquoted and stripped; empty trailing fields are dropped."""
    if separator is None:
        fields = line.split()
    elif '"' in line:
        fields = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    else:
        fields = line.split(separator)
    fields = [field.strip().strip("\"'") for field in fields]
    while fields and not fields[-1]:
        fields.pop()
    return fields


def is_number(field: str, decimal: str = ".") -> bool:
    """Whether `field` is a number with this decimal mark."""
    return bool((_POINT if decimal == "." else _COMMA).fullmatch(field))


def _words(fields: list[str], decimal: str) -> frozenset[int]:
    return frozenset(i for i, f in enumerate(fields) if not is_number(f, decimal) and f.lower() not in EMPTY | STATUS)


def _shape(fields: list[str], decimal: str) -> tuple[int, frozenset[int]] | None:
    """(numbers, where the words stand) of a line that may be data, else None."""
    words = _words(fields, decimal)
    numbers = sum(is_number(field, decimal) for field in fields)
    return (numbers, words) if numbers and numbers >= len(words) else None


def dialect(sample: list[str]) -> tuple[str | None, str]:
    """(separator, decimal mark) under which most lines become rows of numbers."""
    best, found = 0.0, (",", ".")
    for separator in SEPARATORS:
        for decimal in (".",) if separator == "," and not any('"' in line for line in sample) else (".", ","):
            score = 0.0
            for line in sample:
                fields = split(line, separator)
                shape = _shape(fields, decimal)
                score += shape[0] / len(fields) if shape else 0.0
            plain = score * (1.01 if decimal == "." and separator else 1.0)  # "0,1" is two columns before it is 0.1
            if plain > best * 1.001:
                best, found = plain, (separator, decimal)
    return found


def _blocks(lines: list[str], separator: str | None, decimal: str, name: str) -> Iterable[Table]:
    start = _first_row(lines, separator, decimal)
    if start is None:
        raise PinchedError(f"{name} holds no table of numbers: give a file with columns of voltage and current.")
    above, body = lines[:start], lines[start:]
    header: list[list[str]] | None = None
    settings: dict[str, str] = {}
    for rows in _chunks(body):
        data, words, overflow, breaks = _numbers(rows, separator, decimal)
        named = max((len(split(line.strip(" #%"), separator)) for line in above[-2:]), default=0) if separator else 0
        filled = max([*np.flatnonzero(~np.all(np.isnan(data), axis=0)), *words], default=-1) + 1
        data = data[:, : max(filled, min(named, data.shape[1]))]
        edges = [-1, *(b for b, _ in breaks), len(data)]
        for k, (low, high) in enumerate(pairwise(edges)):
            if k:
                above = [breaks[k - 1][1]]
            if above:
                named, said = _header(above, separator, data.shape[1])
                header, settings, above = named or header, settings | said, []
            if high - low <= 1:
                continue
            upper, middle, lower = header or ([], [], [])
            yield Table(
                middle,
                data[low + 1 : high],
                units=lower,
                labels=upper,
                words={i: cells[low + 1 : high] for i, cells in words.items()},
                overflow=overflow[low + 1 : high],
                settings=dict(settings),
            )


def _first_row(lines: list[str], separator: str | None, decimal: str) -> int | None:
    """The first line of data: numbers where the bulk of the file has numbers."""
    shapes = {}
    for i, line in enumerate(lines[:2000]):
        if line.strip() and (shape := _shape(split(line, separator), decimal)):
            shapes[i] = (shape[1], len(split(line, separator)))
    if not shapes:
        return None
    words = collections.Counter(where for where, _ in shapes.values()).most_common(1)[0][0]
    widths = [width for where, width in shapes.values() if where == words]
    usual = max(collections.Counter(widths).items(), key=lambda item: (item[1], item[0]))[0]
    for i, (where, width) in shapes.items():
        if where == words and (
            width == usual or (width > 1 and usual - width < 4 and shapes.get(i + 1, (0, 0))[0] == words)
        ):
            return i
    return None


def _chunks(body: list[str]) -> list[list[str]]:
    """Blocks between blank lines, where blank lines separate blocks rather than rows."""
    if not any(not line.strip() for line in body):
        return [body]
    chunks: list[list[str]] = [[]]
    for line in body:
        if line.strip():
            chunks[-1].append(line)
        elif chunks[-1]:
            chunks.append([])
    chunks = [chunk for chunk in chunks if chunk]
    return chunks if all(len(chunk) >= 4 for chunk in chunks) else [[line for chunk in chunks for line in chunk]]


def _numbers(rows: list[str], separator: str | None, decimal: str):
    """(data, words by column, overflow rows, [(row, line) that break the block]) of lines of one dialect."""
    import pandas as pd

    if any('"' in row for row in rows[:3]):  # a quoted cell may hold the separator
        cells = csv.reader(rows, delimiter=separator or " ", skipinitialspace=True)
        rows, separator = ["\t".join(row) for row in cells], "\t"
    count = (lambda row: len(row.split())) if separator is None else (lambda row: row.count(separator) + 1)
    width = max(map(count, rows))
    frame = pd.read_csv(
        io.StringIO("\n".join(rows)),
        sep=separator or r"\s+",
        header=None,
        names=range(width),
        decimal=decimal,
        na_values=sorted(EMPTY),
        keep_default_na=True,
        quoting=csv.QUOTE_NONE,
        skipinitialspace=True,
        skip_blank_lines=True,
        low_memory=False,
    )
    data = np.full(frame.shape, np.nan)
    words: dict[int, list[str]] = {}
    overflow, broken = np.zeros(len(frame), bool), np.zeros(len(frame), bool)
    for i in range(width):
        column = frame[i]
        if column.dtype.kind in "fiu":
            data[:, i] = column.to_numpy(float)
            continue
        cells = column.fillna("").astype(str).str.strip()
        plain = cells.str.replace(",", ".") if decimal == "," else cells
        numbers = pd.to_numeric(plain.str.replace(r"(?<=\d)[dD](?=[+-]?\d)", "e", regex=True), errors="coerce")
        data[:, i] = numbers.to_numpy(float)
        status = cells.str.lower().isin(STATUS).to_numpy()
        overflow |= status
        odd = numbers.isna().to_numpy() & (cells != "").to_numpy() & ~status
        if odd.sum() > len(frame) // 2:
            words[i] = cells.tolist()
        else:
            broken |= odd
    overflow |= np.isinf(data).any(1)
    data[np.isinf(data)] = np.nan
    breaks = [(int(i), rows[i]) for i in np.flatnonzero(broken)] if len(rows) == len(frame) else []
    data[broken] = np.nan
    return data, words, overflow, breaks


def _header(above: list[str], separator: str | None, width: int) -> tuple[list[list[str]] | None, dict[str, str]]:
    """([upper names, names, units] of the columns or None, settings) from the lines above the data."""
    above = [line for line in above if line.strip()]
    while width > 1 and len(above) > 1 and len(split(above[-1], separator)) < 2 <= len(split(above[-2], separator)):
        above = above[:-1]  # a row of comments under the names
    rows: list[list[str]] = []
    while above and len(rows) < 3:
        fields = names_of(above[-1], separator, width)
        if fields is None or (rows and len(fields) < 2):
            break
        rows.insert(0, fields)
        above = above[:-1]
    settings = read_settings(above, separator)
    if not rows:
        return None, settings
    units = rows.pop() if len(rows) > 1 and all(is_unit(f) or not f for f in rows[-1]) else []
    upper = rows[-2] if len(rows) > 1 else []
    return [upper, rows[-1], [unit.strip("()[] ") for unit in units]], settings


def names_of(line: str, separator: str | None, width: int) -> list[str] | None:
    """Column names in a header line that may be separated otherwise than the data, or None where it is no header."""
    line = line.strip(" \n").lstrip("#%!").strip(" ") if separator else line.strip().lstrip("#%!").strip()
    if not re.search(r"[A-Za-zΩµΑ-ω-]", line):
        return None
    tries = [
        split(line, separator),
        split(line, ","),
        split(line, "\t"),
        split(line, ";"),
        re.split(r"\s{2,}", line),
        _merge_units(re.split(r"[\t,;\s]+", line.strip())),
    ]
    for fields in tries:
        if len(fields) == width:
            return fields
    if _KEY.match(line) and len(tries[0]) <= 2:
        return None
    short = [fields for fields in tries if 1 < len(fields) < width]
    longer = [fields for fields in tries[:1] if len(fields) > width]
    if width == 1 and len(tries[0]) == 1:
        return tries[0]
    chosen = max(short, key=len) if short else (longer[0] if longer else None)
    return None if chosen is None or width - len(chosen) > max(2, width // 2) else chosen


def _merge_units(tokens: list[str]) -> list[str]:
    merged: list[str] = []
    for token in tokens:
        if merged and token[:1] in "([":
            merged[-1] += f" {token}"
        elif token:
            merged.append(token)
    return merged


def read_settings(lines: Iterable[str], separator: str | None) -> dict[str, str]:
    """What "key: value", "key = value" and "key,value" lines say."""
    settings = {}
    for line in lines:
        line = line.strip().lstrip("#%!").strip()
        fields = split(line, separator)
        if len(fields) >= 2 and separator is not None:
            settings[fields[0].rstrip(":= ")] = " ".join(fields[1:])
        elif match := _KEY.match(line):
            settings[match[1]] = match[2].strip()
    return settings
