"""Spreadsheets: Keithley 4200 / Clarius workbooks (a sheet a run) and any other sheet of columns."""

import io
import re
import warnings
import zipfile

import numpy as np

from pinched.core import PinchedError
from pinched.experiments.loaders.files import LIMIT
from pinched.experiments.loaders.table import Table
from pinched.experiments.loaders.text import STATUS
from pinched.experiments.loaders.units import is_unit

Cells = list[tuple]


def read_workbook(raw: bytes, name: str) -> list[Table]:
    """One table per sheet that holds numbers, in order of the run number; PinchedError where none does."""
    sheets = _xls(raw, name) if raw.startswith(b"\xd0\xcf\x11\xe0") else _xlsx(raw, name)
    settings = {
        key: value for title, cells in sheets.items() if _is_settings(title) for key, value in _settings(cells).items()
    }
    tables = []
    for title, cells in sheets.items():
        if not _is_settings(title) and (table := _table(title, cells)):
            table.settings = dict(settings.get(title, settings.get("", {})))
            table.settings |= _compliance(table)
            tables.append(table)
    if not tables:
        raise PinchedError(
            f"{name} has no sheet with a table of numbers: give one with columns of voltage and current."
        )
    return sorted(tables, key=lambda table: _run_number(table.title))


def _is_settings(title: str) -> bool:
    return title.strip().lower() in ("settings", "setting")


def _run_number(title: str) -> int:
    return int(match[1]) if (match := re.fullmatch(r"[A-Za-z_ ]*?(\d+)", title)) else 0


def _xlsx(raw: bytes, name: str) -> dict[str, Cells]:
    import openpyxl

    damaged = f"{name} is a truncated or damaged workbook: save or copy it again."
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                raise PinchedError(f"{name} is a zip archive, not a workbook: unpack it first.")
            if sum(entry.file_size for entry in archive.infolist()) > 4 * LIMIT:  # XML is several times its numbers
                raise PinchedError(f"{name} unpacks to larger than {4 * LIMIT >> 20} MB: split it.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions of other programs
            book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
            return {sheet.title: [tuple(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}
    except PinchedError:
        raise
    except Exception:  # a damaged archive surfaces as any of a dozen types
        raise PinchedError(damaged) from None


def _xls(raw: bytes, name: str) -> dict[str, Cells]:
    import xlrd

    try:
        book = xlrd.open_workbook(file_contents=raw, logfile=io.StringIO())
    except Exception:  # likewise
        raise PinchedError(f"{name} is a truncated or damaged workbook: save or copy it again.") from None
    blank = (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK, xlrd.XL_CELL_ERROR)

    def row(sheet, i: int) -> tuple:
        return tuple(None if cell.ctype in blank or cell.value == "" else cell.value for cell in sheet.row(i))

    return {sheet.name: [row(sheet, i) for i in range(sheet.nrows)] for sheet in book.sheets()}


def _settings(cells: Cells) -> dict[str, dict[str, str]]:
    """Run title -> its key/value lines; a key with several values keeps them tab-separated, one per terminal."""
    found: dict[str, dict[str, str]] = {}
    run = ""
    for i, row in enumerate(cells):
        texts = ["" if cell is None else str(cell).strip() for cell in row]
        if not any(texts):
            continue
        if texts[0].startswith("===="):
            following = str(cells[i + 1][0] or "") if i + 1 < len(cells) and cells[i + 1] else ""
            run = following.strip() if following and not following.startswith("====") else run
        elif any(texts[1:]):
            found.setdefault(run, {})[texts[0].rstrip(":")] = "\t".join(texts[1:])
    if len(found) == 1:  # one run's settings hold for every sheet
        found[""] = next(iter(found.values()))
    return found


def _compliance(table: Table) -> dict[str, str]:
    """The compliance of the terminal that was swept, out of one value per terminal."""
    said = {key: value.split("\t") for key, value in table.settings.items()}
    limits, modes, names = said.get("Compliance", []), said.get("Operation Mode", []), said.get("Name", [])
    swept = [i for i, mode in enumerate(modes) if "sweep" in mode.lower()]
    own = [i for i, label in enumerate(names) if label in table.names]
    for i in (*swept, *own):
        if i < len(limits) and limits[i] not in ("", "N/A"):
            return {"Compliance": limits[i]}
    return {}


def _value(cell: object) -> float:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return float(cell)
    try:
        return float(str(cell).replace(",", ".")) if cell is not None else np.nan
    except ValueError:
        return np.nan


def _table(title: str, cells: Cells) -> Table | None:
    """The sheet's columns, under one or two header rows."""
    values = [[_value(cell) for cell in row] for row in cells]
    counts = [sum(value == value for value in row) for row in values]  # NaN differs from itself
    first = next(
        (
            i
            for i in range(len(cells))
            if counts[i] >= 1
            and all(counts[i : i + 2])
            and counts[i] >= sum(isinstance(c, str) and bool(c.strip()) for c in cells[i]) - counts[i] // 2
        ),
        None,
    )
    if first is None or sum(count > 0 for count in counts) < 2:
        return None
    # a row of numbers right above named columns is an upper header (a voltage over each pair of columns)
    later = next((i for i in range(first, min(first + 3, len(cells))) if counts[i] == 0 and any(cells[i])), None)
    first = first if later is None else later + 1
    width = max(len(row) for row in values[first:])
    data = np.array([row + [np.nan] * (width - len(row)) for row in values[first:]])
    status = np.array([any(isinstance(c, str) and c.strip().lower() in STATUS for c in row) for row in cells[first:]])
    filled = ~np.all(np.isnan(data), axis=1) | status
    header = [
        ["" if c is None else str(c).strip() for c in row]
        for row in cells[max(first - 3, 0) : first]
        if any(c is not None for c in row)
    ]
    units = header.pop() if len(header) > 1 and all(is_unit(c) or not c for c in header[-1]) else []
    names = header[-1] if header else []
    upper = _filled_forward(header[-2]) if len(header) > 1 and sum(map(bool, header[-2])) > 1 else []
    last = max(np.flatnonzero(~np.all(np.isnan(data), axis=0)), default=-1) + 1
    return Table(
        names,
        data[filled][:, :last],
        units=[unit.strip("()[] ") for unit in units],
        labels=upper,
        overflow=status[filled],
        title=title,
    )


def _filled_forward(labels: list[str]) -> list[str]:
    held, filled = "", []
    for label in labels:
        held = label or held
        filled.append(held)
    return filled
