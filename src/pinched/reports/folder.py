"""The output folder: made beside its place, renamed into it when whole, and never over somebody's files."""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import xarray as xr

from pinched.core import PinchedError

REPORT = "report.json"
GENERATOR = "pinched"


def made_by_pinched(folder: Path) -> bool:
    """Whether a JSON file in `folder` says that pinched wrote it."""
    return any(map(_says_so, folder.glob("*.json")))


def _says_so(path: Path) -> bool:
    try:
        return json.loads(path.read_text(encoding="utf-8"))["generator"] == GENERATOR
    except (OSError, ValueError, KeyError, TypeError):
        return False


@contextlib.contextmanager
def fresh(out: Path) -> Iterator[Path]:
    """A new folder that becomes `out` when the block ends well, and vanishes when it does not.

    Raises:
        PinchedError: before any work, where `out` cannot be written or holds what pinched did not make.
    """
    out = Path(os.path.abspath(out))
    if out.exists() and not (out.is_dir() and (made_by_pinched(out) or not any(out.iterdir()))):
        raise PinchedError(f"{str(out)!r} was not made by pinched and is left alone: name another folder with --out.")
    made = [parent for parent in (out.parent, *out.parent.parents) if not parent.exists()]
    work = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        work.mkdir(parents=True)
    except OSError as error:
        raise PinchedError(
            f"The output folder {str(out)!r} cannot be written ({error.strerror}): name another with --out."
        ) from None
    try:
        yield work
        _replace(out, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        for parent in made:
            with contextlib.suppress(OSError):  # holds the report by now
                parent.rmdir()


def _replace(out: Path, work: Path) -> None:
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    if out.exists():
        out.rename(old)
    try:
        work.rename(out)
    except BaseException:
        if old.exists() and not out.exists():
            old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def write_data(path: Path, ds: xr.Dataset) -> None:
    """`ds` as a small netCDF file."""
    text = {"dtype": "S1"}  # as packed characters a tenth of the size of variable-length strings
    packed = {k: {"zlib": True, "complevel": 4} | (text if ds[k].dtype.kind in "UO" else {}) for k in ds.variables}
    ds.to_netcdf(path, engine="h5netcdf", encoding=packed)
