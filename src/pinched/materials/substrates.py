"""Flexible substrates as published, with what is doubtful in print."""

import functools
import tomllib
from importlib import resources

from pinched.core import PinchedError, Quantity, nearest

UNITS = {  # as printed -> (unit, SI factor, SI offset)
    "glass_transition": ("K", 1.0, 273.15),
    "max_service": ("K", 1.0, 273.15),
    "expansion": ("1/K", 1e-6, 0.0),
    "density": ("kg/m**3", 1e3, 0.0),
    "youngs_modulus": ("Pa", 1e9, 0.0),
}


def substrates() -> tuple[str, ...]:
    """Names of the substrates in the table."""
    return tuple(name for name in _table() if name != "source")


def substrate(name: str) -> dict[str, Quantity]:
    """Published properties of a substrate in SI units; a property that is not printed is absent.

    A printed range is given by its bounds, with their mean as value.

    Raises:
        PinchedError: for a name that is not in the table.
    """
    table = _table()
    if name not in substrates():
        raise PinchedError(
            f"No substrate {name!r} in the table ({', '.join(substrates())}){nearest(name, substrates())}."
        )
    row = table[name]
    found = {}
    for key, (unit, factor, offset) in UNITS.items():
        if key not in row:
            continue
        printed = row[key] if isinstance(row[key], list) else [row[key]] * 2
        low, high = (float(x) * factor + offset for x in printed)
        note = "; ".join(filter(None, [table["source"], row.get("doubts", {}).get(key)]))
        bounds = {"low": low, "high": high, "interval": "printed range"} if low < high else {}
        found[key] = Quantity((low + high) / 2, unit, "measured", label=key.replace("_", " "), note=note, **bounds)
    return found


@functools.cache
def _table() -> dict:
    return tomllib.loads(resources.files("pinched.materials").joinpath("substrates.toml").read_text("utf-8"))
