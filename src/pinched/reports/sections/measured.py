"""What was measured: files, devices, cycles, flags, and what the loader had to assume."""

import numpy as np
import pandas as pd
import xarray as xr

from pinched.core import Flag
from pinched.reports.figures import loops
from pinched.reports.section import Section, Table

WORDS = {
    "sweep": "current–voltage loops",
    "forming": "forming sweeps",
    "pulse": "reads after write pulses",
    "read": "reads of levels",
    "retention": "retention",
    "endurance": "endurance",
    "program": "programming records",
    "trace": "time traces",
}
FLAGS = {
    Flag.OVERFLOW: "overflow value or error status of the instrument",
    Flag.COMPLIANCE: "the source limited the current",
    Flag.RANGE: "plateau or jump of the ammeter's range",
    Flag.NOISE_FLOOR: "at or below the resolution of the ammeter",
}


def measured(key: str, title: str, ds: xr.Dataset) -> Section:
    """Count what the Dataset holds."""
    frame = pd.DataFrame({name: ds[name].values for name in ("kind", "record", "device", "cycle")})
    kinds = frame["kind"].astype(str)
    rows = []
    for kind, part in frame.groupby(kinds, sort=False):
        cycles = len(part[["device", "record", "cycle"]].drop_duplicates())
        counts = (len(part), part["record"].nunique(), part["device"].nunique(), cycles)
        rows.append((WORDS[kind], *(f"{n:,}".replace(",", " ") for n in counts)))
    tables = [Table("", ("What", "samples", "records", "devices", "cycles or trains"), tuple(rows))]
    if flagged := flag_rows(ds):
        tables.append(Table("Samples that are not device physics", ("Flag", "samples", "share"), flagged))
    files = lines(ds, "source_files")
    hashes = lines(ds, "sha256")
    if files:
        pairs = tuple(zip(files, hashes if len(hashes) == len(files) else [""] * len(files), strict=True))
        tables.append(Table(f"Files ({len(files)})", ("File", "SHA-256"), pairs, folded=len(files) > 3))
    plot = loops.loops(ds)
    return Section(
        key, title, text=(describe(ds, rows),), tables=tuple(tables), plots=(plot,) if plot else (),
        assumptions=tuple(lines(ds, "assumptions")),
    )  # fmt: skip


def describe(ds: xr.Dataset, rows: list[tuple]) -> str:
    """One sentence on what the Dataset holds."""
    parts = [f"{what} ({samples} samples, {cycles} cycles)" for what, samples, _, _, cycles in rows]
    joined = parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
    if ds.attrs["origin"] == "simulated":
        return f"Nothing here was measured on a real device: the virtual lab ran a model: {joined}."
    return f"The files hold {joined}."


def flag_rows(ds: xr.Dataset) -> tuple[tuple[str, str, str], ...]:
    """(meaning, samples, share) of every flag that occurs."""
    if "flag" not in ds:
        return ()
    flag = ds["flag"].values
    counts = {bit: int(np.count_nonzero(flag & int(bit))) for bit in FLAGS}
    return tuple((FLAGS[bit], str(n), f"{100 * n / flag.size:.1f} %") for bit, n in counts.items() if n)


def lines(ds: xr.Dataset, name: str) -> list[str]:
    """The newline-joined list in an attribute; [] where there is none."""
    return [line for line in str(ds.attrs.get(name, "")).split("\n") if line]
