"""The samples of a Dataset as one long table, whatever its shape."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pinched.core import check_dataset, clean
from pinched.core.constants import ROOM_TEMPERATURE

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("record", "kind", "device", "cycle", "step", "pulse", "time")
LOOP = ["device", "record", "cycle"]


def long(ds: xr.Dataset, *kinds: str) -> "pd.DataFrame":
    """The samples of the given kinds, one row each, in time order.

    A simulated population is unrolled: its members become devices named "0[3]" or "0[3,1]".

    Returns:
        Columns record, kind, device, cycle, step, pulse, time (s), every variable of `ds` in its SI unit, `flag` (int)
        and `clean` (no flag at all).

    Raises:
        PinchedError: where `ds` breaks the schema.
    """
    import pandas as pd

    check_dataset(ds)
    chosen = np.flatnonzero(np.isin(ds["kind"].values.astype(str), kinds))
    part = ds.isel(sample=chosen)
    lead = np.broadcast_shapes(*(v.shape[:-1] for v in part.data_vars.values()))
    n, copies = chosen.size, int(np.prod(lead))
    columns = {name: np.tile(part[name].values, copies) for name in COLUMNS}
    for name, variable in part.data_vars.items():
        columns[str(name)] = np.broadcast_to(variable.values, (*lead, n)).ravel()
    columns["clean"] = np.broadcast_to(clean(part), (*lead, n)).ravel()
    if lead:
        members = [f"[{','.join(map(str, index))}]" for index in np.ndindex(*lead)]
        columns["device"] = np.char.add(columns["device"].astype(str), np.repeat(members, n))
    columns.setdefault("flag", np.zeros(n * copies, np.int32))
    return pd.DataFrame(columns)


def conductance(rows: "pd.DataFrame") -> "pd.DataFrame":
    """The clean rows that give a positive conductance in S, recorded as such or as current at a read voltage."""
    g = rows["conductance"] if "conductance" in rows else rows["time"] * np.nan
    if "current" in rows:
        for name in ("read_voltage", "voltage"):
            if name in rows:
                g = g.fillna(rows["current"] / rows[name].where(rows[name] != 0))
    rows = rows.assign(conductance=g)
    return rows[rows["clean"] & np.isfinite(g) & (g > 0)]


def kelvins(recorded) -> tuple[float, float, float]:
    """(lowest, median, highest) of recorded temperatures, K; room temperature where none is known."""
    known = np.asarray(recorded, float)
    known = known[np.isfinite(known)]
    if not known.size:
        return ROOM_TEMPERATURE, ROOM_TEMPERATURE, ROOM_TEMPERATURE
    return float(known.min()), float(np.median(known)), float(known.max())


def assumed(ds: xr.Dataset, *words: str) -> str:
    """The first recorded assumption that mentions one of `words`, or an empty text."""
    lines = str(ds.attrs.get("assumptions", "")).splitlines()
    return next((line for line in lines if any(word in line.lower() for word in words)), "")
