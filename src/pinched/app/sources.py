"""Look at the sources of a command before anything heavy is imported, so that a wrong path costs no wait."""

from collections.abc import Collection, Iterable
from importlib.resources import files
from pathlib import Path

from pinched.core.errors import PinchedError, nearest

DEVICES = ("",)  # folders of the parameters: of compact models
SYNAPSES = ("", "responses", "programming")  # and of what else can hold a weight
OTHERS = {
    "": "a published device, not a file of measured loops: `pinched report` measures it in the virtual lab",
    "responses": "a pulse response, without a current: `pinched devices show` prints it, `pinched network` takes it",
    "programming": "statistics of programmed cells, without a current: `pinched devices show` prints them, "
    "`pinched network` takes them",
    "transistors": "an access transistor: `pinched devices show` prints it, pinched.devices.transistor() makes it",
}


def device_names(folders: Iterable[str] = DEVICES) -> list[str]:
    """Names of the published devices, without importing them."""
    parameters = files("pinched").joinpath("devices/parameters")
    entries = (p.name for folder in folders for p in parameters.joinpath(folder).iterdir())
    return sorted(name[:-5] for name in entries if name.endswith(".toml"))


def check_sources(sources: Iterable[str], folders: Collection[str] = DEVICES) -> None:
    """Raise PinchedError for the first source that is neither a path nor published in one of `folders`."""
    names = device_names(folders)
    for source in sources:
        path = Path(source)
        if path.exists() or source in names:
            continue
        if path.suffix or len(path.parts) > 1:
            near = path.parent if path.parent.is_dir() else Path()
            raise PinchedError(
                f"There is no file or folder {source!r}{nearest(path.name, (p.name for p in near.iterdir()))}."
            )
        for folder, what in OTHERS.items():
            if folder not in folders and source in device_names([folder]):
                raise PinchedError(f"{source} is {what}.")
        hint = nearest(source, names) or "; `pinched devices` lists the published ones"
        raise PinchedError(f"{source!r} is neither a file, nor a folder, nor a published device{hint}.")
