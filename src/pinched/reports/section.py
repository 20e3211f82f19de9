"""One part of a report: what a step found, ready to be shown and to be written as JSON."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from pinched.core import PinchedError, Quantity
from pinched.reports.figures.style import Plot


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows of text or Quantities under a heading; `folded` tables open on a click."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    folded: bool = False


@dataclasses.dataclass(frozen=True)
class Section:
    """A step's findings.

    Attributes:
        key, title: identifier in report.json, heading on the page.
        text: paragraphs before the numbers.
        quantities: every number of the section.
        tables, plots: what is shown beside them.
        folded: beginnings of the names of quantities that open on a click.
        missing: what the data do not allow -> why.
        assumptions: sentences on what was taken for granted, each with its source.
        predicted: whether the section says what a model predicts rather than what was measured.
        failure: the error of a step that broke where it should not have; such a section is shown as broken.
        result: what later steps build on; not written.
    """

    key: str
    title: str
    text: tuple[str, ...] = ()
    quantities: Mapping[str, Quantity] = dataclasses.field(default_factory=dict)
    tables: tuple[Table, ...] = ()
    plots: tuple[Plot, ...] = ()
    folded: tuple[str, ...] = ()
    missing: Mapping[str, str] = dataclasses.field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    predicted: bool = False
    failure: str = ""
    result: Any = None

    @property
    def shown(self) -> dict[str, Quantity]:
        """The quantities that have a number and are not folded."""
        return {
            key: q for key, q in self.quantities.items() if q.available and not key.startswith(self.folded or ("\0",))
        }

    @property
    def hidden(self) -> dict[str, Quantity]:
        """The quantities that have a number and open on a click."""
        return {key: q for key, q in self.quantities.items() if q.available and key not in self.shown}

    @property
    def unavailable(self) -> dict[str, str]:
        """Everything that was not measured, with the reason."""
        absent = {
            q.label or key: q.note or "the data do not allow it"
            for key, q in self.quantities.items()
            if not q.available
        }
        return {**absent, **self.missing}

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "title": self.title,
            "text": list(self.text),
            "quantities": {key: q.as_dict() for key, q in self.quantities.items()},
            "tables": [
                {"title": t.title, "columns": list(t.columns), "rows": [list(map(plain, row)) for row in t.rows]}
                for t in self.tables
            ],
            "figures": [plot.name for plot in self.plots],
            "not_measured": self.unavailable,
            "assumptions": list(self.assumptions),
            "predicted": self.predicted,
            "failure": self.failure,
        }


def plain(cell: Any) -> Any:
    """A table cell as JSON."""
    return cell.as_dict() if isinstance(cell, Quantity) else str(cell)


class NotPossible(Exception):
    """Raised by a step when the data do not allow it; the text says why."""


def attempt(step: Callable[..., Section], key: str, title: str, *args: Any, **kwargs: Any) -> Section:
    """Run one step; what the data do not allow becomes a "not measured", a bug becomes a visible failure.

    A report of ninety seconds is not thrown away because its cost table broke; but the break is on the page, in the
    summary, in `Report.failures` and in the exit code.
    """
    try:
        return step(key, title, *args, **kwargs)
    except (NotPossible, PinchedError) as reason:
        return Section(key, title, missing={title: str(reason)})
    except Exception as error:  # every other exception is a defect of pinched, shown as one
        return Section(key, title, failure=f"{type(error).__name__}: {error}")
