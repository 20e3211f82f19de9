"""The published devices of four review articles, to stand a measured device among."""

import functools
from importlib.resources import files

import numpy as np
import pandas as pd

# column -> (unit, what it is, whether more is better); a value is as printed, its qualifiers in column `qualifiers`
MERITS = {
    "on_off": ("1", "On/off ratio", True),
    "endurance": ("1", "Endurance (cycles)", True),
    "retention_s": ("s", "Retention", True),
    "states": ("1", "Multilevel states", True),
    "switching_time_s": ("s", "Switching time", False),
    "energy_J": ("J", "Switching energy", False),
}


@functools.cache
def _read() -> pd.DataFrame:
    with files("pinched.characterize").joinpath("data/catalogue.csv").open(encoding="utf-8") as handle:
        return pd.read_csv(handle, keep_default_na=True).fillna({"qualifiers": ""})


def catalogue() -> pd.DataFrame:
    """Published devices, one row each.

    Columns: device, group; on_off (lower end of a printed range) and on_off_high; v_positive and v_negative (V; the
    tables do not say which one SETs); endurance (cycles); retention_s; switching_time_s; energy_J; states; qualifiers
    (">", "~", "extrapolated" as printed); source (review, table, reference there). NaN: not printed.
    """
    return _read().copy()


def standing(merit: str, value: float) -> tuple[int, int]:
    """How many published devices `value` beats in `merit` (a key of MERITS), and how many state it at all."""
    published = _read()[merit].dropna().to_numpy()
    better = published < value if MERITS[merit][2] else published > value
    return int(np.count_nonzero(better)), published.size
