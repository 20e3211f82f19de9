"""Keysight EasyEXPERT CSV: concatenated sub-tests of `DataName` / `DataValue` lines."""

import re

import numpy as np

from pinched.core import PinchedError
from pinched.experiments.loaders.table import Table

_COMPLIANCE = re.compile(r"Unit=(\w+)[^\[\]]*?Name=V(\w*)[^\[\]]*?Compliance=([^,\[\]\t]+)")


def read_easyexpert(text: str, name: str) -> list[Table]:
    """One table per sub-test; a `Dimension1` that disagrees with the number of rows is noted."""
    tables: list[Table] = []
    settings: dict[str, str] = {}
    rows: list[list[str]] = []
    names: list[str] = []

    def close() -> None:
        nonlocal rows, names, settings
        if names and rows:
            table = _table(names, rows, settings, f"{name} sub-test {len(tables) + 1}")
            tables.append(table)
        rows, names = [], []

    for line in text.replace("\r", "\n").split("\n"):
        fields = [field.strip() for field in line.split(",")]
        if fields[0] == "SetupTitle":
            close()
            settings = {"SetupTitle": ",".join(fields[1:])}
        elif fields[0] == "DataName":
            close()
            names = fields[1:]
        elif fields[0] == "DataValue":
            rows.append(fields[1:])
        elif fields[0].startswith("Dimension"):
            close()
            settings[fields[0]] = fields[1]
        elif len(fields) > 2:
            settings[fields[1]] = ",".join(line.split(",")[2:]).strip()
    close()
    if not tables:
        raise PinchedError(f"{name} is an EasyEXPERT file without DataValue lines: export the data with the setup.")
    return tables


def _table(names: list[str], rows: list[list[str]], settings: dict[str, str], where: str) -> Table:
    data = np.array([[_number(field) for field in (row + [""] * len(names))[: len(names)]] for row in rows])
    table = Table(
        names, data, title=settings.get("Analysis.Setup.Title", settings.get("SetupTitle", "")), settings=dict(settings)
    )
    declared = settings.get("Dimension1", "")
    if declared.isdigit() and int(declared) != len(rows):
        table.notes.append(
            f"{where}: Dimension1 says {declared} rows but there are {len(rows)}; the file was cut short."
        )
    for unit, label, value in _COMPLIANCE.findall(settings.get("Analysis.Setup.Vector.Graph.Notes", "")):
        if f"V{label}" in names or unit in names:
            table.settings["Compliance"] = value.strip()
    return table


def _number(field: str) -> float:
    try:
        return float(field)
    except ValueError:
        return np.nan
