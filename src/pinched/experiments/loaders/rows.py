"""Text whose records lie along the lines: labelled trains of unequal length, and one trace a line."""

import re

import numpy as np

from pinched.experiments.loaders.table import Table, directed
from pinched.experiments.loaders.text import is_number

_ADDRESS = re.compile(r"^\(([^()]*)\)\s*,?\s*")
_PAIR = re.compile(r"([A-Za-z_]\w*)\s*[:=]\s*([^,;\s]+)")
_WIDE = 20  # a text this much wider than long holds one trace a line


def read_rows(text: str) -> list[Table] | None:
    """One table a line, or None where the text is an ordinary table."""
    lines = [line.strip() for line in text.replace("\r", "\n").split("\n") if line.strip()]
    return _trains(lines) or _traces(lines)


def _trains(lines: list[str]) -> list[Table] | None:
    """Lines such as "(U2,0,0),tprog=2e-4,Gprog, 1e-6, 8e-7, …"; a line of settings holds for the lines after it."""
    if not re.match(r"^\(|^[A-Za-z]\w*\s*[,;\t]", lines[0]):
        return None
    tables, said, device = [], {}, ""
    for line in lines:
        if address := _ADDRESS.match(line):
            device, line = re.sub(r"\s+", "", address[1]).replace(",", "-"), line[address.end() :]
        own = dict(_PAIR.findall(line))
        fields = [f.strip() for f in re.split(r"[,;\t]", _PAIR.sub("", line)) if f.strip()]
        label = next((f for f in fields if not is_number(f)), "")
        values = [float(f) for f in fields if is_number(f)]
        if own and not values:
            said = said | own
        elif label and len(values) >= 3 and len(values) >= len(fields) - 2:
            base, direction = directed(label)
            train = Table(
                [base or label], np.array(values)[:, None], title=label, train=direction or label, device=device
            )
            width = next((v for k, v in (said | own).items() if k.lower().endswith(train.train)), "")
            train.settings = (said | own) | ({"pulse_width": width} if width else {})
            tables.append(train)
        else:
            return None
    widths = {len(table.data) for table in tables}
    return tables if len(tables) > 1 and (len(widths) > 1 or max(widths) > len(tables)) else None


def _traces(lines: list[str]) -> list[Table] | None:
    if len(lines) > 200:
        return None
    rows = [re.split(r"[\t,; ]+", line) for line in lines]
    if min(map(len, rows)) < max(256, _WIDE * len(rows)):
        return None
    tables = []
    for row in rows:
        if not all(is_number(field) for field in row[:8]):
            return None
        ids = 0  # leading whole numbers before values that are not
        while ids < 4 and row[ids].isdigit() and not all(field.isdigit() for field in row[ids : ids + 6]):
            ids += 1
        values = np.array([float(field) for field in row[ids:] if field])
        tables.append(Table([""], values[:, None], title="-".join(row[:ids]), along_line=True))
    return tables
