"""Parameter files: a device as TOML, each value with its unit and origin.

name = "hfox-stanford-pku"
model = "StanfordGap"          # class name
description = "…"
status = "verified"            # verified, partly_verified, from_memory, phenomenological, fitted
source = "…"
drive = {protocol = "sweep", v_first = 1.0, v_second = -1.0, rate = 1.0}  # the experiment that shows its loop
probe = {pause = 1e-7}         # numbers of its Drive (experiments.drive), where they do not follow from that loop

[parameters]
gap_min = {value = 0.2, unit = "nm", origin = "fitted", source = "…", sigma = 0.01}
# sigma: standard deviation between devices; law = "normal" or "lognormal" and range = […] where its unit does not say

[options]                      # a choice of form, where the model has one
iv = "linear"

[correlation]                  # of parameters that differ together from device to device
gap_min = {gap_max = 0.8}

[inner]                        # only in a wrapper: the wrapped device, with the same tables inside
"""

import dataclasses
import json
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pinched.core.errors import PinchedError, nearest
from pinched.core.params import Parametrised, params, values

ORIGINS = ("measured", "fitted", "derived", "assumed")
STATUS = ("verified", "partly_verified", "from_memory", "phenomenological", "fitted")
ABOUT = ("name", "model", "description", "status", "source", "notes", "data_hash", "drive", "probe")
ENTRY = ("value", "unit", "origin", "source", "sigma", "law", "range", "low", "high")


def build(table: Mapping[str, Any], models: Mapping[str, type], where: str):
    """The module that `table` describes; `where` names the table in errors."""
    if (name := str(table.get("model", ""))) not in models:
        hint = nearest(name, models) or "; a model of your own is loaded first with load_model('my.py:Mine')"
        raise PinchedError(f"{where} asks for the model {name!r}, which is not known{hint}.")
    cls = models[name]
    declared = params(cls)
    options = {f.name for f in dataclasses.fields(cls) if f.metadata.get("static")}
    parts = {f.name for f in dataclasses.fields(cls)} - set(declared) - options
    _refuse_unknown(table, {*ABOUT, "parameters", "options", "correlation", *parts}, where)
    _refuse_unknown(table.get("parameters", {}), declared, f"{where} [parameters]")
    _refuse_unknown(table.get("options", {}), options, f"{where} [options]")
    arguments = {key: _value(key, entry, declared[key], where) for key, entry in table.get("parameters", {}).items()}
    arguments |= table.get("options", {})
    arguments |= {part: build(table[part], models, f"{where} [{part}]") for part in parts if part in table}
    missing = [
        f.name
        for f in dataclasses.fields(cls)
        if f.init and f.default is f.default_factory is dataclasses.MISSING and f.name not in arguments
    ]
    if missing:
        raise PinchedError(f"{where} lacks {', '.join(missing)}, without which there is no {cls.__name__}.")
    try:
        return cls(**arguments)
    except PinchedError as error:
        raise PinchedError(f"{where}: {error}") from None


def _refuse_unknown(table: Mapping[str, Any], known: Collection[str], where: str) -> None:
    if not isinstance(table, Mapping):
        raise PinchedError(f"{where} must be a table; it is {table!r}.")
    for key in table:
        if key not in known:
            raise PinchedError(f"{where} says {key!r}, which is not known there{nearest(key, known)}.")


def _value(key: str, entry: Any, declared, where: str):
    """The value of one parameter entry in its declared unit."""
    place = f"{where}: parameter {key}"
    if not isinstance(entry, dict) or "value" not in entry:
        raise PinchedError(f'{place} must be written {{value = …, unit = "{declared.unit}", origin = "…"}}.')
    _refuse_unknown(entry, ENTRY, place)
    if entry.get("origin") not in ORIGINS:
        raise PinchedError(f"{place} must state its origin: {', '.join(ORIGINS)}.")
    return _convert(entry["value"], entry.get("unit", ""), declared.unit, place)


def _convert(value: Any, unit: str, wanted: str, place: str):
    try:
        array = np.asarray(value)
    except ValueError:  # a ragged list
        array = np.asarray("")
    if array.dtype.kind not in "fi":
        raise PinchedError(f"{place} must be a number, or a list of numbers; it is {value!r}.")
    if not isinstance(unit, str) or not unit:
        raise PinchedError(f"{place} must state its unit, such as {wanted!r}.")
    if unit == wanted:  # the common case, exact and without pint
        return value
    import pint

    try:
        converted = pint.get_application_registry().Quantity(array.astype(np.float64), unit).to(wanted).magnitude
    except Exception as error:  # pint raises many kinds, down to AttributeError and tokenizer errors
        raise PinchedError(f"{place} is in {unit!r}, which does not convert to {wanted!r}.") from error
    return np.asarray(converted)


def provenance(module: Parametrised, table: Mapping[str, Any], where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, value with unit, origin, source and spread) of every parameter of the `module` built from `table`."""
    for key, declared, value in flat(module):
        *path, name = key.split(".")
        inner = table
        for part in path:
            inner = inner[part]
        entry = inner.get("parameters", {}).get(name) or {"origin": "assumed", "source": "default of the model class"}
        spread = {
            k: _convert(entry[k], entry["unit"], declared.unit, f"{where}: {k} of {key}")
            for k in ("sigma", "range", "low", "high")
            if k in entry
        }
        spread |= {"law": entry["law"]} if "law" in entry else {}
        about = {"origin": entry["origin"], "source": entry.get("source", table.get("source", ""))}
        yield key, {"value": value.tolist(), "unit": declared.unit, **about, **spread}


def save_device(
    device,
    path: str | os.PathLike,
    *,
    name: str | None = None,
    description: str = "",
    status: str = "fitted",
    source: str = "",
    notes: str = "",
    data_hash: str = "",
    origins: str | Mapping[str, str] = "fitted",
    sigmas: Mapping[str, float] | None = None,
    intervals: Mapping[str, tuple[float, float]] | None = None,
    sources: Mapping[str, str] | None = None,
) -> Path:
    """Write a Device or PulseResponse to a parameter file, beside it first and then renamed; reading it back is exact.

    Args:
        device: what to write; its parameters are written in their declared units.
        path: the file.
        name, description, status, source, notes: what the file says of itself; `name` defaults to the file's stem.
        data_hash: hash of the data behind a fit.
        origins: of every parameter, or of each by name ("inner.E_a" inside a wrapper); unnamed ones are "assumed".
        sigmas: standard deviations by name, in the declared units.
        intervals: (low, high) by name.
        sources: sources by name, where they differ from `source`.

    Returns:
        The path.

    Raises:
        PinchedError: for an origin, status or parameter name that does not exist, or a folder that cannot be written.
    """
    path = Path(path)
    if status not in STATUS:
        raise PinchedError(f"There is no status {status!r}{nearest(status, STATUS)}; choose {', '.join(STATUS)}.")
    about = {
        "name": name or path.stem,
        "model": type(device).__name__,
        "description": description,
        "status": status,
        "source": source,
        "notes": notes,
        "data_hash": data_hash,
    }
    known = {key for key, *_ in flat(device)}
    given = {} if isinstance(origins, str) else origins
    for key in [*given, *(sigmas or {}), *(intervals or {}), *(sources or {})]:
        if key not in known:
            raise PinchedError(f"{type(device).__name__} has no parameter {key!r}{nearest(key, known)}.")

    def extras(key: str) -> dict[str, Any]:
        origin = origins if isinstance(origins, str) else origins.get(key, "assumed")
        if origin not in ORIGINS:
            raise PinchedError(f"There is no origin {origin!r}{nearest(origin, ORIGINS)}; choose {', '.join(ORIGINS)}.")
        low, high = (intervals or {}).get(key, (None, None))
        entry = {"origin": origin, "source": (sources or {}).get(key), "sigma": (sigmas or {}).get(key)}
        return {k: v for k, v in (entry | {"low": low, "high": high}).items() if v is not None}

    lines = [f"{key} = {_toml(value)}" for key, value in about.items() if value]
    write(path, "\n".join([*lines, *_tables(device, "", extras)]) + "\n")
    return path


def flat(module: Parametrised, prefix: str = "") -> Iterator[tuple[str, Any, Any]]:
    """(name, declaration, value) of every parameter of `module` and of the devices inside it."""
    for key, declared, value in values(module):
        if value is not None:
            yield prefix + key, declared, value
    for part, inner in parts(module):
        yield from flat(inner, f"{prefix}{part}.")


def parts(module: Parametrised) -> Iterator[tuple[str, Parametrised]]:
    """(field, device) of what a wrapper wraps."""
    for field in dataclasses.fields(module):
        if isinstance(part := getattr(module, field.name), Parametrised):
            yield field.name, part


def _tables(module: Parametrised, prefix: str, extras) -> Iterator[str]:
    yield f"\n[{prefix}parameters]"
    for key, declared, value in values(module):
        if value is None:
            continue
        entry = {"value": value.tolist(), "unit": declared.unit} | extras(prefix + key)
        yield f"{key} = {{{', '.join(f'{k} = {_toml(v)}' for k, v in entry.items())}}}"
    options = {f.name: getattr(module, f.name) for f in dataclasses.fields(module) if f.metadata.get("static")}
    if options:
        yield f"\n[{prefix}options]"
        yield from (f"{key} = {_toml(value)}" for key, value in options.items())
    for part, inner in parts(module):
        yield f"\n[{prefix}{part}]\nmodel = {_toml(type(inner).__name__)}"
        yield from _tables(inner, f"{prefix}{part}.", extras)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)  # a JSON string is a TOML basic string
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    return repr(value if isinstance(value, int) else float(value))  # the shortest text that reads back exactly


def write(path: Path, text: str) -> None:
    """Write `text` beside `path`, then rename; PinchedError where the folder cannot be written."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise PinchedError(f"{path} cannot be written: {error.strerror or error}.") from error
