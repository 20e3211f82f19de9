"""What a report is once it is written."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from pinched.core import Quantity
from pinched.reports.section import Section

# sections whose numbers can stand beside those of another device; of a model only its error can
COMPARED = ("merits", "synapse", "network")


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
    def comparable(self) -> dict[str, Quantity]:
        """The numbers that mean the same for every device."""
        return {k: q for k, q in self.quantities.items() if is_comparable(k)}

    @property
    def failures(self) -> dict[str, str]:
        """Steps that broke although the data allowed them; empty in a sound report."""
        own = {key: s.failure for key, s in self.sections.items() if s.failure}
        return own | {f"{name}/{key}": text for name, r in self.devices.items() for key, text in r.failures.items()}

    def __str__(self) -> str:
        return self.summary


def is_comparable(key: str) -> bool:
    """Whether "section.name" means the same for every device."""
    return key.split(".")[0] in COMPARED or key == "model.left_out_error"
