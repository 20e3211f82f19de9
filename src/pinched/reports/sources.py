"""Whatever a user names, as Datasets: lab files, folders, a device for the virtual lab, or a Dataset."""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from pinched.core import PinchedError, check_dataset
from pinched.reports.example import REMARK, example_file


@dataclasses.dataclass(frozen=True)
class Subject:
    """One device to judge.

    Attributes:
        name, subtitle: heading of the page and the line under it.
        data: its measurements.
        remark: what the reader must know first (that the data are simulated), or "".
    """

    name: str
    subtitle: str
    data: xr.Dataset
    remark: str = ""


def subjects(sources: Sequence[str | os.PathLike | xr.Dataset], *, seed: int = 0, **options) -> list[Subject]:
    """The devices that `sources` name, several only for a folder of folders.

    Raises:
        PinchedError: for a mixture of kinds, a name that is nothing, or files that cannot be read.
    """
    from pinched.devices import names

    one = sources[0]
    if isinstance(one, xr.Dataset):
        if len(sources) > 1:
            raise PinchedError("report() takes one Dataset; join several with pinched.core.concat().")
        return [
            Subject(str(one.attrs.get("model", "device")), f"a {one.attrs.get('origin')} Dataset", check_dataset(one))
        ]
    if is_device(one, names()):
        if len(sources) > 1:
            raise PinchedError(
                f"{one} is a device, not a lab file: report one device at a time, or use `pinched compare`."
            )
        return [_in_the_lab(one, seed)]
    return _measured([s for s in sources if not isinstance(s, xr.Dataset)], options)


def is_device(source: str | os.PathLike, known: Sequence[str]) -> bool:
    """Whether `source` names a device rather than measurements; a path that exists wins over a name."""
    path = Path(source)
    return (
        path.suffix == ".toml" if path.exists() else os.fspath(source) in known or not (path.suffix or path.parent.name)
    )


def _in_the_lab(source: str | os.PathLike, seed: int) -> Subject:
    from pinched.reports.lab import measure

    data, remark = measure(source, seed)
    name = Path(source).stem if Path(source).suffix == ".toml" else os.fspath(source)
    return Subject(name, "a compact model, measured in the virtual lab", data, remark)


def _measured(sources: Sequence[str | os.PathLike], options: dict) -> list[Subject]:
    from pinched.experiments.load import device_folders, load, load_devices

    paths = [Path(s) for s in sources]
    if len(paths) == 1 and paths[0].is_dir() and len(device_folders(paths[0])) > 1:
        found = load_devices(paths[0], **options)
        where = f"of {len(found)} in {paths[0].resolve().name}"
        return [Subject(name, f"device {k} {where}", ds) for k, (name, ds) in enumerate(found.items(), 1)]
    data = load(*paths, **options)
    names = [p.resolve().name for p in paths]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    made_here = [p.resolve() for p in paths] == [example_file().resolve()]
    return [Subject(", ".join(names[:3]) + more, "one device", data, REMARK if made_here else "")]
