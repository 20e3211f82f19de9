"""The one schema of every result, simulated or measured: an `xarray.Dataset` in long form."""

import enum
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from pinched.core.errors import PinchedError

KINDS = ("sweep", "forming", "pulse", "read", "retention", "endurance", "program", "trace")

# name -> (unit, dtype kind); time is NaN where it was not recorded, the indices are -1 where they do not apply.
COORDINATES = {
    "record": ("", "U"),
    "kind": ("", "U"),
    "device": ("", "U"),
    "cycle": ("1", "i"),
    "step": ("1", "i"),
    "pulse": ("1", "i"),
    "time": ("s", "f"),
}
VARIABLES = {
    "voltage": ("V", "f"),
    "current": ("A", "f"),
    "conductance": ("S", "f"),
    "read_voltage": ("V", "f"),
    "pulse_voltage": ("V", "f"),
    "pulse_width": ("s", "f"),
    "temperature": ("K", "f"),
    "light": ("W/m**2", "f"),
    "flag": ("1", "i"),
}
ORIGINS = ("measured", "simulated")


class Flag(enum.IntFlag):
    """Why a sample is not device physics."""

    OVERFLOW = 1  # the instrument's overflow value or an error status
    COMPLIANCE = 2  # the source limited the current
    RANGE = 4  # a plateau or jump of the ammeter's range
    NOISE_FLOOR = 8  # at or below the resolution of the ammeter


def make_dataset(
    variables: Mapping[str, Any],
    *,
    origin: str,
    record: Any = "0",
    kind: Any = "sweep",
    device: Any = "0",
    cycle: Any = -1,
    step: Any = -1,
    pulse: Any = -1,
    time: Any = np.nan,
    attrs: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """Build and check a Dataset.

    Args:
        variables: name -> values, shape (..., sample); `voltage`, `current`, `conductance`, … as in VARIABLES, or
            `state_<name>`. A leading axis is the population ("device_index"), two are ("row", "column").
        origin: "measured" or "simulated".
        record, kind, device, cycle, step, pulse, time: coordinates on `sample`, broadcast from a scalar.
        attrs: provenance (model, protocol, solver, seed, source_file, sha256, assumptions, ...), JSON-friendly values.

    Returns:
        The checked Dataset.

    Raises:
        PinchedError: where the result breaks the schema.
    """
    arrays = {k: np.asarray(v) for k, v in variables.items()}
    size = next(iter(arrays.values())).shape[-1] if arrays else 0
    lead = {1: (), 2: ("device_index",), 3: ("row", "column")}
    data = {}
    for name, array in arrays.items():
        if array.ndim not in lead:
            raise PinchedError(
                f"Dataset variable {name!r} has {array.ndim} axes; expected (…, sample) with at most two before."
            )
        array = array.astype(np.int32) if name == "flag" else array.astype(np.float64)
        data[name] = ((*lead[array.ndim], "sample"), array, {"units": _unit(name)})
    given = {
        "record": record,
        "kind": kind,
        "device": device,
        "cycle": cycle,
        "step": step,
        "pulse": pulse,
        "time": time,
    }
    coords = {}
    for name, value in given.items():
        dtype = {"U": None, "i": np.int64, "f": np.float64}[COORDINATES[name][1]]
        array = np.asarray(value) if dtype else np.asarray(value, dtype=str)
        array = array.astype(dtype) if dtype else array
        coords[name] = ("sample", np.broadcast_to(array, (size,)).copy(), {"units": COORDINATES[name][0]})
    return check_dataset(xr.Dataset(data, coords, {"origin": origin, **(attrs or {})}))


def _unit(name: str) -> str:
    return VARIABLES[name][0] if name in VARIABLES else "1"


def check_dataset(ds: xr.Dataset) -> xr.Dataset:
    """Return `ds` when it keeps the schema; raise PinchedError with the first rule it breaks."""

    def refuse(what: str) -> PinchedError:
        return PinchedError(f"Not a pinched Dataset: {what}.")

    if "sample" not in ds.sizes:
        raise refuse("it has no dimension `sample`")
    for name, (unit, kind) in COORDINATES.items():
        if name not in ds.coords:
            raise refuse(f"coordinate {name!r} is missing")
        coordinate = ds.coords[name]
        if coordinate.dims != ("sample",):
            raise refuse(f"coordinate {name!r} must lie along `sample` alone")
        if coordinate.dtype.kind not in {"U": "UOT", "i": "iu", "f": "f"}[kind]:
            raise refuse(f"coordinate {name!r} has dtype {coordinate.dtype}")
        if unit and coordinate.attrs.get("units", unit) != unit:
            raise refuse(f"coordinate {name!r} is in {coordinate.attrs['units']!r}, not {unit!r}")
    unknown = set(np.unique(ds["kind"].values.astype(str))) - set(KINDS)
    if unknown:
        raise refuse(f"unknown kind {str(min(unknown))!r}; known are {', '.join(KINDS)}")
    if not {"current", "conductance"} & set(ds.data_vars):
        raise refuse("it holds neither current nor conductance")
    for name, variable in ds.data_vars.items():
        if name not in VARIABLES and not str(name).startswith("state_"):
            raise refuse(f"unknown variable {name!r}")
        if variable.dims[-1] != "sample":
            raise refuse(f"variable {name!r} does not end in `sample`")
        if variable.attrs.get("units") != _unit(str(name)):
            raise refuse(f"variable {name!r} must carry units {_unit(str(name))!r}")
    if ds.attrs.get("origin") not in ORIGINS:
        raise refuse(f"attrs['origin'] must be one of {ORIGINS}")
    return ds


def concat(parts: list[xr.Dataset]) -> xr.Dataset:
    """Join single-device Datasets along `sample`; a variable that one part lacks is NaN (flag: 0) there."""
    if len(parts) == 1:
        return parts[0]
    names = list(dict.fromkeys(name for part in parts for name in part.data_vars))
    filled = []
    for part in parts:
        missing = {
            name: (
                "sample",
                np.zeros(part.sizes["sample"], np.int32) if name == "flag" else np.full(part.sizes["sample"], np.nan),
                {"units": _unit(str(name))},
            )
            for name in names
            if name not in part
        }
        filled.append(part.assign(missing))
    joined = xr.concat(filled, "sample", combine_attrs="drop_conflicts")
    joined.attrs.setdefault("origin", parts[0].attrs["origin"])
    return check_dataset(joined)


def clean(ds: xr.Dataset, but: int = 0) -> np.ndarray:
    """Boolean mask (…, sample) of samples whose flags are all in `but`; True everywhere without flags."""
    if "flag" not in ds:
        return np.ones(ds.sizes["sample"], bool)
    return (ds["flag"].values & ~but) == 0
