"""Published devices by name, parameter files by path, and models of one's own."""

import os
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from pinched.core.errors import PinchedError, nearest
from pinched.devices import parameter_file

FOLDERS = {  # of each kind, under parameters/
    "device": "",
    "response": "responses",
    "programming": "programming",
    "transistor": "transistors",
}

_own_models: dict[str, type] = {}


def device(name: str | os.PathLike):
    """The Device of a published name or of a parameter file.

    Raises:
        PinchedError: for an unknown name, an unreadable file, an unknown parameter or model (naming the nearest), a
            unit of the wrong dimension, a value out of bounds, or a set of another kind, such as a pulse response.
    """
    from pinched.devices.base import Device

    return _of_kind(name, Device)


def response(name: str | os.PathLike):
    """The PulseResponse of a published name or of a parameter file; raises like `device`."""
    from pinched.devices.synapse.pulse_response import PulseResponse

    return _of_kind(name, PulseResponse)


def programming(name: str | os.PathLike):
    """The Programming (statistics of programmed cells) of a published name or parameter file; raises like `device`."""
    from pinched.devices.synapse.programming import Programming

    return _of_kind(name, Programming)


def transistor(name: str | os.PathLike):
    """The access Transistor of a published name or parameter file; raises like `device`."""
    from pinched.devices.access.transistor import Transistor

    return _of_kind(name, Transistor)


def load(name: str | os.PathLike):
    """The Device, PulseResponse, Programming or Transistor of a published name or of a parameter file."""
    return parameter_file.build(_read(name), models(), os.fspath(name))


def _of_kind(name: str | os.PathLike, wanted: type) -> Any:
    from pinched.devices.access.transistor import Transistor
    from pinched.devices.base import Device
    from pinched.devices.synapse.pulse_response import PulseResponse

    found = load(name)
    if not isinstance(found, wanted):
        kinds = {"device": Device, "response": PulseResponse, "transistor": Transistor}
        kind = next((kind for kind, cls in kinds.items() if isinstance(found, cls)), "programming")
        raise PinchedError(f"{name} is a {type(found).__name__}, not a {wanted.__name__}: use {kind}().")
    return found


def names() -> list[str]:
    """Names of the published devices."""
    return sorted(_published("device"))


def response_names() -> list[str]:
    """Names of the published pulse responses."""
    return sorted(_published("response"))


def programming_names() -> list[str]:
    """Names of the published statistics of programmed cells."""
    return sorted(_published("programming"))


def transistor_names() -> list[str]:
    """Names of the published access transistors."""
    return sorted(_published("transistor"))


def describe(name: str | os.PathLike) -> dict[str, Any]:
    """Name, model, description, status, source, notes, number of parameters and how many of them are assumed."""
    table = _read(name)
    origins = [entry["origin"] for entry in provenance(name).values()]
    about = {key: table.get(key, "") for key in parameter_file.ABOUT}
    return about | {"parameters": len(origins), "assumed": origins.count("assumed")}


def provenance(name: str | os.PathLike) -> dict[str, dict[str, Any]]:
    """Parameter ("inner.E_a" inside a wrapper) -> value, unit, origin, source, and sigma, low, high where stated.

    A parameter that the file leaves to the model class is listed as assumed.
    """
    return dict(parameter_file.provenance(load(name), _read(name), os.fspath(name)))


def correlation(name: str | os.PathLike) -> dict[tuple[str, str], float]:
    """Correlation between pairs of parameters over devices, as published; {} where none is."""
    table = _read(name).get("correlation", {})
    return {(one, other): float(rho) for one, row in table.items() for other, rho in row.items()}


def load_model(spec: str) -> type:
    """The model class of "my.py:Mine" (":Mine" may be left out where the file defines one), known by name from then on.

    Raises:
        PinchedError: where the file is absent or does not run, or the class is absent or no model.
    """
    import importlib.util

    from pinched.devices.base import Device

    path, _, wanted = spec.partition(":")
    if spec in models():
        return models()[spec]
    if not Path(path).is_file():
        hint = nearest(spec, models()) or ": name a published model, or a file as in my.py:Mine"
        raise PinchedError(f"There is no model {spec!r}{hint}.")
    found = importlib.util.spec_from_file_location(f"pinched_user_{Path(path).stem}", path)
    if found is None or found.loader is None:
        raise PinchedError(f"{path} is no Python file: name it as in my.py:Mine.")
    module = importlib.util.module_from_spec(found)
    try:
        found.loader.exec_module(module)
    except Exception as error:
        raise PinchedError(f"{path} does not run: {type(error).__name__}: {error}.") from error
    classes = {
        k: v
        for k, v in vars(module).items()
        if isinstance(v, type) and issubclass(v, Device) and v.__module__ == module.__name__
    }
    if not wanted and len(classes) == 1:
        (wanted,) = classes
    if wanted not in classes:
        raise PinchedError(
            f"{path} defines {', '.join(classes) or 'no Device'}: name one of its models, as in my.py:Mine."
        )
    _own_models[wanted] = classes[wanted]
    return classes[wanted]


def models() -> dict[str, type]:
    """Every known model class by name, those of `load_model` included."""
    from pinched import devices

    return {name: getattr(devices, name) for name in devices.MODELS} | _own_models


def _published(kind: str) -> dict[str, Any]:
    folder = files("pinched").joinpath("devices/parameters", FOLDERS[kind])
    return {entry.name[:-5]: entry for entry in folder.iterdir() if entry.name.endswith(".toml")}


def _read(name: str | os.PathLike) -> dict[str, Any]:
    """The TOML table behind a name or path."""
    published = {key: entry for kind in FOLDERS for key, entry in _published(kind).items()}
    entry, path = published.get(os.fspath(name)), Path(name)
    if entry is None and not path.is_file():
        if path.suffix == ".toml" or len(path.parts) > 1:
            raise PinchedError(f"There is no device file {os.fspath(name)!r}.")
        hint = nearest(os.fspath(name), published) or "; names() lists the published ones"
        raise PinchedError(f"There is no published device {os.fspath(name)!r}{hint}.")
    try:
        return tomllib.loads((entry or path).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise PinchedError(f"{name} is not a readable device file: {error}.") from error
