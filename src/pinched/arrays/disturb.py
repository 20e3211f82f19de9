"""What writing one cell does to the others: half-selected cells under repeated pulses."""

from typing import TYPE_CHECKING

import numpy as np

from pinched.arrays.crossbar import Crossbar
from pinched.arrays.programming import readings
from pinched.arrays.schemes import bias
from pinched.core import PinchedError, verb
from pinched.devices import Device

if TYPE_CHECKING:
    import pandas as pd


@verb
def write_disturb(
    crossbar: Crossbar, v: float, width: float, writes=None, scheme: str = "V/2", row: int = 0, column: int = 0,
    v_read: float = 0.1,
) -> "pd.DataFrame":  # fmt: skip
    """Conductance of the cells beside one that is written again and again.

    `n` pulses count as one of n times the width: what relaxes between them is not seen. The largest change of each
    group is told: "row" and "column" are half-selected, "rest" shares no line with the written cell.

    Args:
        crossbar: cells that are a Device, in the states that are to survive.
        v, width: of a pulse, V and s.
        writes: numbers of pulses, increasing; default 1 to 1e6.
        scheme: a key of SCHEMES.
        row, column: the cell that is written.
        v_read: V.

    Returns:
        A DataFrame with a row for each number: writes, and selected, row, column, rest: largest relative change of the
        conductance, signed; NaN for a group without cells.

    Raises:
        PinchedError: for cells that have no states, or numbers that do not increase.
    """
    import dataclasses

    import pandas as pd

    if not isinstance(crossbar.cell, Device) or not crossbar.x:
        raise PinchedError("write_disturb() needs cells that can change: a Device with states.")
    writes = np.geomspace(1, 1e6, 13) if writes is None else np.atleast_1d(np.asarray(writes, float))
    if np.any(np.diff(writes, prepend=0.0) <= 0):
        raise PinchedError("write_disturb(): the numbers of writes must be positive and increase.")
    _, ds = crossbar.run([0.0, writes[-1] * width], save=writes * width,
                         **bias(scheme, crossbar.shape, row, column, v))  # fmt: skip
    groups = _groups(crossbar.shape, row, column)
    before, told = readings(crossbar, v_read), []
    for k, n in enumerate(writes):
        x = {name: ds[f"state_{name}"].values[..., k] for name in crossbar.x}
        change = readings(dataclasses.replace(crossbar, x=x), v_read) / before - 1
        told.append({"writes": n} | {name: _largest(change[group]) for name, group in groups.items()})
    return pd.DataFrame(told)


def writes_until(table: "pd.DataFrame", shift: float = 0.1, group: str | None = None) -> float:
    """Writes until a cell of a group (default: of any not written) has changed by `shift`; inf where none has.

    Interpolated on the logarithm of the number.
    """
    change = table[["row", "column", "rest"] if group is None else [group]].abs().max(axis=1).to_numpy()
    failed = np.flatnonzero(change >= shift)
    if not failed.size:
        return np.inf
    k, n = failed[0], table["writes"].to_numpy()
    if k == 0:
        return float(n[0])
    part = (shift - change[k - 1]) / (change[k] - change[k - 1])
    return float(n[k - 1] * (n[k] / n[k - 1]) ** part)


def _groups(shape, row, column):
    same_row, same_column = (np.arange(n) == k % n for n, k in zip(shape, (row, column), strict=True))
    r, c = same_row[:, None], same_column[None, :]
    return {"selected": r & c, "row": r & ~c, "column": ~r & c, "rest": ~r & ~c}


def _largest(change):
    return float(change[np.argmax(np.abs(change))]) if change.size else np.nan
