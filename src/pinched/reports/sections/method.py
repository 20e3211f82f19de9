"""Method and provenance: with what, from what, and what had to be taken for granted."""

import dataclasses
import json
import platform
from importlib.metadata import version

import xarray as xr

from pinched.reports.section import Section, Table

VERSIONS = ("jax", "equinox", "numpy", "scipy", "xarray")


def method(key: str, title: str, ds: xr.Dataset, choices) -> Section:
    """Versions, choices and the attributes of the Dataset, so that the report can be made again."""
    from pinched import __version__

    made = [("pinched", __version__), ("Python", platform.python_version())] + [
        (name, version(name)) for name in VERSIONS
    ]
    chosen = [(name, json.dumps(value)) for name, value in dataclasses.asdict(choices).items()]
    carried = [
        (name, str(value))
        for name, value in sorted(ds.attrs.items())
        if name not in ("assumptions", "source_files", "sha256")
    ]
    text = (
        "Figures of merit are read from unflagged samples. Models are fitted to asinh(I/I_floor) from many starts "
        "and ranked by AIC; their error is taken on cycles left out of the fit, in units of the cycle-to-cycle spread. "
        "Arrays are solved exactly with their wires. Networks are trained and read on the bundled 8 × 8 digits "
        "with the device as it is above; whatever was not measured is taken as ideal and listed as such. "
        "Costs are first order.",
        "Same seed, machine and versions give the same numbers, bit for bit.",
    )
    return Section(key, title, text, tables=(
        Table("Choices", ("option", "value"), tuple(chosen)),
        Table("Versions", ("package", "version"), tuple(made)),
        Table("What the Dataset carries", ("attribute", "value"), tuple(carried), folded=True),
    ))  # fmt: skip
