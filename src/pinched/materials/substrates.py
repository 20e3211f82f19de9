"""Flexible substrates as published, with what is doubtful in print."""

import functools
import tomllib
from importlib import resources

import numpy as np

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


def bending_strain(radius, thickness, film_thickness=0.0, stiffness_ratio=1.0):
    """Strain of a film on a bent substrate, tension positive.

        ε = (t_f + t_s)/2R · (1 + 2η + χη²)/[(1 + η)(1 + χη)],   η = t_f/t_s, χ = Y_f/Y_s

    which is t_s/2R for a thin film (Suo et al., Appl. Phys. Lett. 74, 1177, 1999, recalled). Valid for elastic layers.

    Args:
        radius: of the bend, m; negative with the film on the inner, compressed side.
        thickness, film_thickness: t_s and t_f, m.
        stiffness_ratio: Young's modulus of the film over that of the substrate.
    """
    if np.any(np.asarray(radius) == 0):
        raise PinchedError("bending_strain: a radius of 0 m is no bend; a flat film has an infinite one.")
    eta, chi = np.asarray(film_thickness) / thickness, np.asarray(stiffness_ratio)
    composite = (1 + 2 * eta + chi * eta**2) / ((1 + eta) * (1 + chi * eta))
    return (film_thickness + np.asarray(thickness)) / (2 * np.asarray(radius)) * composite


@functools.cache
def _table() -> dict:
    return tomllib.loads(resources.files("pinched.materials").joinpath("substrates.toml").read_text("utf-8"))
