"""What a report is once it is written."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from pinched.core import Quantity
from pinched.reports.section import Section


@dataclasses.dataclass(frozen=True)
class Report:
    """A finished report.

    Attributes:
        folder: where it lies.
        summary: one screen of text.
        verdict: three sentences.
        sections: by key, in the order of the page.
        devices: the reports of the single devices, by name, where there are several.
    """

    folder: Path
    summary: str
    verdict: tuple[str, ...]
    sections: Mapping[str, Section]
    devices: Mapping[str, "Report"] = dataclasses.field(default_factory=dict)

    @property
    def quantities(self) -> dict[str, Quantity]:
        """Every number of the page, by "section.name"."""
        return {f"{s.key}.{name}": q for s in self.sections.values() for name, q in s.quantities.items()}

    @property
    def failures(self) -> dict[str, str]:
        """Steps that broke although the data allowed them; empty in a sound report."""
        own = {key: s.failure for key, s in self.sections.items() if s.failure}
        return own | {f"{name}/{key}": text for name, r in self.devices.items() for key, text in r.failures.items()}

    def __str__(self) -> str:
        return self.summary
