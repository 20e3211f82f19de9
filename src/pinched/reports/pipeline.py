"""`report`: from sources to a folder with a page, its numbers, its data and its figures."""

import dataclasses
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import xarray as xr

from pinched.core import PinchedError, verb
from pinched.reports import page
from pinched.reports.examine import Choices, examine
from pinched.reports.folder import GENERATOR, REPORT, fresh, write_data
from pinched.reports.report import Report
from pinched.reports.sources import Subject, subjects
from pinched.reports.summary import summary
from pinched.reports.verdict import headline, notices, verdict

Progress = Callable[[str, float], None]


@verb
def report(
    *sources: str | os.PathLike | xr.Dataset,
    out: str | os.PathLike | None = None,
    quick: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
    columns: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    cycles: int | None = None,
    rate: str | float | None = None,
    meta: str | os.PathLike | None = None,
    models: list[str] | None = None,
) -> Report:
    """Judge a device, from its measurements to the network that could run on it.

    Args:
        sources: lab files of one device; one folder (one device) or a folder of folders (several); the name of a
            published device or a device.toml, which the virtual lab then measures; or a Dataset.
        out: output folder; default "<name of the source>-report". Replaced only where pinched made it.
        quick: two candidate models, one seed, no improvement table; the page says so.
        seed: of everything random. Same seed, machine and versions: same numbers, bit for bit.
        progress: called with the present stage and the fraction done.
        columns, units, cycles, rate, meta: how to read the files, as in `load`.
        models: compact models to fit instead of the usual candidates: names, or "my.py:Mine".

    Returns:
        The report, written: report.html, report.json, data.nc, device.toml where a model was fitted, figures/.

    Raises:
        PinchedError: for sources that cannot be read, or an output folder that cannot be written or is not a report.
    """
    if not sources:
        raise PinchedError("report() needs a source: a lab file, a folder, the name of a device or a Dataset.")
    tell = progress or (lambda stage, done: None)
    named = Path(out) if out is not None else Path(f"{_stem(sources[0])}-report")
    choices = Choices(quick=quick, seed=seed, models=models)
    with fresh(named) as work:
        tell("Reading", 0.01)
        options = {"columns": columns, "units": units, "cycles": cycles, "rate": rate, "meta": meta}
        found = subjects(sources, seed=seed, **options)
        if len(found) == 1:
            done = write(found[0], choices, work, named, tell)
        else:
            done = write_many(found, choices, work, named, tell)
    tell("Done", 1.0)
    return done


def write(subject: Subject, choices: Choices, work: Path, final: Path, tell: Progress) -> Report:
    """Examine one device and write its report into `work`, which will be `final`."""
    sections = examine(subject, choices, tell)
    by_key = {s.key: s for s in sections}
    told, first = verdict(by_key), headline(by_key)
    remarks = notices(subject.remark, choices.quick, sections)
    tell("Drawing", 0.95)
    figures = work / "figures"
    figures.mkdir()
    for section in sections:
        for plot in section.plots:
            plot.save(figures)
    html = page.render(subject.name, subject.subtitle, told, first, sections, remarks)
    (work / "report.html").write_text(html, encoding="utf-8")
    write_data(work / "data.nc", subject.data)
    if (fitted := by_key["model"].result) is not None:
        fitted.save(work / "device.toml")
    written = {
        "generator": GENERATOR, "format": 1, "name": subject.name, "subtitle": subject.subtitle, "verdict": list(told),
        "choices": dataclasses.asdict(choices), "notices": list(remarks),
        "sections": {s.key: s.as_dict() for s in sections},
    }  # fmt: skip
    _write_json(work / REPORT, written)
    return Report(final, summary(subject.name, told, first, sections, final, remarks), tuple(told), by_key)


def write_many(found: list[Subject], choices: Choices, work: Path, final: Path, tell: Progress) -> Report:
    """A report for each device in a folder of its own, and a page that compares them."""
    from pinched.reports.several import compared

    reports = {}
    for k, subject in enumerate(found):
        (work / subject.name).mkdir(parents=True)

        def part(stage: str, done: float, k: int = k, name: str = subject.name) -> None:
            tell(f"{name}: {stage}", (k + done) / len(found))

        reports[subject.name] = write(subject, choices, work / subject.name, final / subject.name, part)
    html, text, section = compared(final, reports, work)
    (work / "report.html").write_text(html, encoding="utf-8")
    _write_json(work / REPORT, {
        "generator": GENERATOR, "format": 1, "name": final.name, "devices": list(reports),
        "choices": dataclasses.asdict(choices), "sections": {section.key: section.as_dict()},
    })  # fmt: skip
    return Report(final, text, section.text, {section.key: section}, reports)


def _stem(source: str | os.PathLike | xr.Dataset) -> str:
    if isinstance(source, xr.Dataset):
        return "device"
    path = Path(source)
    return path.resolve().name if path.is_dir() else path.name.split(".")[0] or "device"


def _write_json(path: Path, content: dict) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
