"""`load`: lab files of any format to the one Dataset."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pinched.core import PinchedError, check_dataset, make_dataset
from pinched.experiments.loaders import files
from pinched.experiments.loaders.kinds import Options, recognise
from pinched.experiments.loaders.merge import find_forming, gather_notes, pair_halves, usual
from pinched.experiments.loaders.record import Record
from pinched.experiments.loaders.table import Table
from pinched.experiments.loaders.units import check_roles, quantity

_DOCUMENTS = {".md", ".rst", ".py", ".m", ".ipynb", ".toml", ".yaml", ".yml", ".html", ".pptx", ".docx", ".svg"}
Meta = Mapping[str, Any] | str | Path


def load(
    *paths: str | Path,
    columns: Mapping[str, str | int] | None = None,
    units: Mapping[str, str] | None = None,
    cycles: int | None = None,
    rate: str | float | None = None,
    meta: Meta | None = None,
) -> xr.Dataset:
    """Read measurements of memristors from the files that instruments write.

    Columns and units are recognised from their names, the kind of measurement from the columns and how they move,
    cycles from returns to the start. Whatever had to be assumed is a line of `attrs["assumptions"]`.

    Args:
        paths: files of one device, or one folder of them; a folder of folders holds several devices.
        columns: role -> column name or number from 1, where the recognition is wrong or the columns are nameless.
            Roles: voltage, current, time, resistance, conductance, read_voltage, pulse, pulse_voltage, pulse_width,
            temperature, cycle, step, device.
        units: role -> unit of that column as text ("uA", "kohm"), overriding the file.
        cycles: number of equal cycles to cut each sweep into, instead of splitting it at returns to its start.
        rate: sweep rate (V/s, or text such as "0.1 V/s"), overriding recorded time. Without time or rate: 1 V/s,
            assumed.
        meta: what is known of the sample (area, thickness, stack, temperature in K or as text "85 degC"): a mapping or
            the path of a TOML file.

    Returns:
        A Dataset of the schema of `pinched.core.check_dataset`, origin "measured", shape (sample,). attrs:
        source_files, sha256, assumptions (a line each), compliance (A), sweep_rate (V/s), meta (JSON).

    Raises:
        PinchedError: for a file that is no measurement, in one sentence.
    """
    options = _options(columns, units, cycles, rate)
    about = read_meta(meta)
    if not paths:
        raise PinchedError("load() needs at least one path: a file, several files of one device, or a folder.")
    chosen = [Path(path) for path in paths]
    for path in chosen:
        files.check_path(path)
    if len(chosen) == 1 and chosen[0].suffix == ".nc":
        return _saved(chosen[0])
    folders = [folder for path in chosen if path.is_dir() for folder in device_folders(path)]
    loose = [path for path in chosen if not path.is_dir()]
    devices: list[tuple[str, list[Path], bool]] = []
    if loose:
        devices.append((_device_name(loose), loose, len(loose) == 1 or not folders))
    for root, folder in folders:
        devices.append(
            (folder.name if folder == root else str(folder.relative_to(root)), measurement_files(folder), False)
        )
    if len(devices) > 1 and loose:  # files and folders given together are one device
        devices = [(_device_name(chosen), [path for _, group, _ in devices for path in group], False)]
    loaded, failures = [], []
    for name, group, strict in devices:
        try:
            loaded.append((name, *_records(group, options, strict)))
        except PinchedError as error:
            if len(devices) == 1:
                raise
            failures.append(f"{name} is left out: {error}")
    if not loaded:
        raise PinchedError(f"Nothing in {str(chosen[0])!r} is a measurement that can be read: {failures[0]}")
    return _dataset(loaded, failures, about)


def load_devices(folder: str | Path, **options: Any) -> dict[str, xr.Dataset]:
    """Load every device of `folder`: one per sub-folder, or one per file where it holds files alone.

    Args:
        folder: path of the folder.
        options: as of `load`.

    Returns:
        Device name -> Dataset; devices without a readable file are left out, and the assumptions of the others say so.

    Raises:
        PinchedError: where no device can be read.
    """
    root = Path(folder)
    files.check_path(root)
    if not root.is_dir():
        raise PinchedError(f"{root.name} is a file: give the folder that holds the devices.")
    inside = device_folders(root)
    parts = [path for _, path in inside] if [path for _, path in inside] != [root] else measurement_files(root)
    found: dict[str, xr.Dataset] = {}
    failed: list[PinchedError] = []
    for path in parts:
        try:
            found[str(path.relative_to(root)) if path.is_dir() else path.stem] = load(path, **options)
        except PinchedError as error:
            failed.append(error)
    if not found:
        raise failed[0] if failed else PinchedError(f"The folder {root.name!r} holds no files of measurements.")
    for ds in found.values():
        told = [f"Left out of the comparison: {error}" for error in failed]
        ds.attrs["assumptions"] = "\n".join(filter(None, [ds.attrs.get("assumptions", ""), *told]))
    return found


def device_folders(root: Path) -> list[tuple[Path, Path]]:
    """(root, folder of one device) pairs: `root` itself where it holds files, else the folders below that do."""
    if measurement_files(root):
        return [(root, root)]
    found = [
        folder
        for folder in sorted(root.rglob("*"))
        if folder.is_dir() and not _hidden(folder) and measurement_files(folder)
    ]
    if not found:
        raise PinchedError(f"The folder {root.name!r} holds no files of measurements.")
    return [(root, folder) for folder in found]


def measurement_files(folder: Path) -> list[Path]:
    """Files of `folder` that may be measurements, in natural order."""

    def natural(path: Path) -> list:
        return [int(part) if part.isdigit() else part.lower() for part in re.split(r"(\d+)", path.name)]

    return sorted((path for path in folder.iterdir() if path.is_file() and not _hidden(path)), key=natural)


def _hidden(path: Path) -> bool:
    name = path.name
    return name[0] in ".~#" or path.suffix.lower() in _DOCUMENTS or bool(re.match(r"(?i)readme|licen[cs]e", name))


def _options(columns, units, cycles, rate) -> Options:
    if cycles is not None and (int(cycles) != cycles or cycles < 1):
        raise PinchedError(f"cycles={cycles} is no number of cycles: give a whole number of at least 1.")
    speed = np.nan if rate is None else quantity(rate, "V/s", "sweep rate")
    if speed <= 0:
        raise PinchedError(f"rate={rate!r} is no sweep rate: give a positive one such as '0.1 V/s'.")
    given = check_roles(units, "unit")
    for role, unit in given.items():
        from pinched.experiments.loaders.units import to_si

        to_si(np.zeros(0), unit, role)
    return Options(check_roles(columns, "columns"), given, cycles, speed)


def read_meta(meta: Meta | None) -> dict[str, Any]:
    """What the user says of the sample, from a mapping or a TOML file."""
    if meta is None or isinstance(meta, Mapping):
        return dict(meta or {})
    import tomllib

    path = Path(meta)
    files.check_path(path)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise PinchedError(f"{path.name} is no TOML file of sample properties: {error}.") from None


def read_tables(path: Path) -> list[Table]:
    """The tables of one file, whatever its format; PinchedError for anything else."""
    raw = files.read_bytes(path)
    try:
        return _tables(raw, path)
    except PinchedError:
        raise
    except Exception as error:  # a parser met something nobody foresaw; the user sees a sentence, not its traceback
        raise PinchedError(
            f"{path.name} cannot be read as a measurement ({type(error).__name__}): is it damaged?"
        ) from None


def _tables(raw: bytes, path: Path) -> list[Table]:
    from pinched.experiments.loaders import easyexpert, json_records, rows, text, workbook

    if raw.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        return workbook.read_workbook(raw, path.name)
    content = files.decode(raw, path.name)
    if not content.strip():
        raise PinchedError(f"{path.name} is empty.")
    if path.suffix.lower() in (".xlsx", ".xls"):
        raise PinchedError(f"{path.name} is a truncated or damaged workbook: save or copy it again.")
    if content.lstrip()[0] in "{[" and path.suffix.lower() in (".json", ".gz", ".txt"):
        return json_records.read_json(content, path.name)
    if re.search(r"^DataName\s*,", content[:200_000], re.MULTILINE):
        return easyexpert.read_easyexpert(content, path.name)
    return rows.read_rows(content) or text.read_text(content, path.name)


def _records(
    paths: list[Path], options: Options, strict: bool
) -> tuple[list[Record], list[Path], list[str], list[str]]:
    """(records, files read, their hashes, notes) of one device; `strict` lets no file fail."""
    records: list[Record] = []
    read: list[Path] = []
    hashes: list[str] = []
    notes: list[str] = []
    failures: list[PinchedError] = []
    for path in paths:
        try:
            tables = read_tables(path)
            digest = files.sha256(path)
            if digest in hashes:
                notes.append(
                    f"{path.name} is a copy of {read[hashes.index(digest)].name}, byte for byte, and is left out"
                )
                continue
            records += _recognised(tables, path, options)
        except PinchedError as error:
            if strict:
                raise
            failures.append(error)
            continue
        read.append(path)
        hashes.append(digest)
    if not records:
        if len(paths) > 1 and failures:
            raise PinchedError(
                f"None of the {len(paths)} files is a measurement that can be read; the first: {failures[0]}"
            )
        raise failures[0] if failures else PinchedError("There is no file of measurements.")
    if any(record.summary for record in records) and not all(record.summary for record in records):
        dropped = {record.name for record in records if record.summary}
        notes.append(f"{', '.join(sorted(dropped))}: figures that the instrument derived from the sweeps are left out")
        records = [record for record in records if not record.summary]
    records = pair_halves(records)
    for record in records:
        find_forming(record)
    return records, read, hashes, [*notes, *(f"left out: {error}" for error in failures)]


def _recognised(tables: list[Table], path: Path, options: Options) -> list[Record]:
    stem = re.sub(r"\.gz$", "", path.name)
    try:
        return recognise(tables, Path(stem).stem, path.name, options)
    except PinchedError:
        raise
    except Exception as error:  # as in read_tables
        raise PinchedError(
            f"{path.name} cannot be understood as a measurement ({type(error).__name__}): "
            "name its columns with --columns."
        ) from None


def _device_name(paths: list[Path]) -> str:
    parents = {path.resolve().parent for path in paths}
    if len(paths) == 1:
        return re.sub(r"\.gz$", "", paths[0].name).rsplit(".", 1)[0]
    return parents.pop().name if len(parents) == 1 else paths[0].stem


def _dataset(
    loaded: list[tuple[str, list[Record], list[Path], list[str], list[str]]], failures: list[str], about: dict[str, Any]
) -> xr.Dataset:
    records = [(name, record) for name, group, *_ in loaded for record in group]
    sizes = [record.size for _, record in records]
    variables = {}
    for key in dict.fromkeys(key for _, record in records for key in record.values):
        fill = 0 if key == "flag" else np.nan
        variables[key] = np.concatenate([r.values.get(key, np.full(r.size, fill)) for _, r in records])
    notes = [note for *_, said in loaded for note in said] + [note for _, r in records for note in r.notes] + failures
    kelvin = about.get("temperature")
    if kelvin is not None:
        variables["temperature"] = np.full(sum(sizes), quantity(kelvin, "K", "temperature"))

    def along(values: list[Any]) -> np.ndarray:
        return np.concatenate([np.broadcast_to(np.asarray(v), n) for v, n in zip(values, sizes, strict=True)])

    attrs = {
        "source_files": "\n".join(str(path) for _, _, paths, *_ in loaded for path in paths),
        "sha256": "\n".join(digest for _, _, _, digests, _ in loaded for digest in digests),
        "assumptions": "\n".join(gather_notes(notes)),
        "meta": json.dumps(about, default=str),
    }
    for key, value in (
        ("compliance", usual(r.compliance for _, r in records)),
        ("sweep_rate", usual(r.rate for _, r in records)),
    ):
        if np.isfinite(value):
            attrs[key] = value
    several = len(loaded) > 1
    names = _unique([(name, record.name) for name, record in records])
    return make_dataset(
        variables,
        origin="measured",
        record=along(names),
        kind=along([r.kind for _, r in records]),
        device=along([_address(name, record.device, several) for name, record in records]),
        cycle=along([r.cycle for _, r in records]),
        step=along([r.step for _, r in records]),
        pulse=along([r.pulse for _, r in records]),
        time=along([r.time for _, r in records]),
        attrs=attrs,
    )


def _address(name: str, device: str | np.ndarray, several: bool) -> str | np.ndarray:
    if isinstance(device, np.ndarray):
        return np.char.add(f"{name}/", device) if several else device
    return (f"{name}/{device}" if several else device) if device else name


def _unique(names: list[tuple[str, str]]) -> list[str]:
    """Record names, numbered where one device has the same name twice."""
    seen: dict[tuple[str, str], int] = {}
    unique = []
    for pair in names:
        seen[pair] = seen.get(pair, 0) + 1
        unique.append(pair[1] if seen[pair] == 1 else f"{pair[1]} #{seen[pair]}")
    return unique


def _saved(path: Path) -> xr.Dataset:
    """A Dataset that pinched wrote."""
    try:
        with xr.open_dataset(path, engine="h5netcdf") as stored:
            return check_dataset(stored.load())
    except PinchedError:
        raise
    except Exception:  # h5netcdf raises whatever HDF5 does
        raise PinchedError(f"{path.name} is no Dataset that pinched wrote: give the raw measurement.") from None
