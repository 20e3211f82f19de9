"""Several devices in one report: their numbers side by side and their distributions over each other."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import pandas as pd

from pinched.reports import page
from pinched.reports.figures.several import spread
from pinched.reports.report import Report
from pinched.reports.section import Section, Table
from pinched.reports.summary import WIDTH


def compared(final: Path, reports: Mapping[str, Report], work: Path) -> tuple[str, str, Section]:
    """(index page, terminal text, section) of several reports that will lie in `final`; draws into work/figures."""
    from pinched.characterize.compare import side_by_side

    numbers = {device: report.comparable for device, report in reports.items()}
    table = side_by_side(numbers)
    frame = pd.DataFrame([
        {"device": device, "merit": key} | {k: getattr(q, k) for k in ("label", "unit", "value", "low", "high")}
        for device, merits in numbers.items() for key, q in merits.items() if q.available
    ])  # fmt: skip
    plot = spread(frame)
    if plot is not None:
        (work / "figures").mkdir()
        plot.save(work / "figures")
    rows = tuple((str(label), *map(str, row)) for label, row in table.iterrows())
    broken = {f"{device}: {key}": text for device, report in reports.items() for key, text in report.failures.items()}
    section = Section(
        "devices", "Devices side by side", text=(f"{len(reports)} devices, each with a report of its own.",),
        tables=(Table("", ("", *table.columns), rows),), plots=(plot,) if plot is not None else (),
        failure="; ".join(f"{where}: {text}" for where, text in broken.items()),
    )  # fmt: skip
    links = {device: (f"{quote(device)}/report.html", report.verdict) for device, report in reports.items()}
    lines = [f"{final.name}: {len(reports)} devices", ""]
    lines += [f"{device[:18]:<20}{report.verdict[0]}"[:WIDTH] for device, report in list(reports.items())[:17]]
    lines += [f"and {len(reports) - 17} more"] if len(reports) > 17 else []
    lines += ["", f"Page: {final / 'report.html'}"]
    return page.render_index(final.name, links, section), "\n".join(lines), section
