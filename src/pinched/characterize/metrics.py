"""`metrics`: every figure of merit that a Dataset allows, and why the others are not there."""

import html
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import xarray as xr

from pinched.characterize.loop_metrics import loop_metrics
from pinched.characterize.reliability import (
    endurance_metrics,
    level_metrics,
    noise_metrics,
    program_metrics,
    retention_metrics,
)
from pinched.characterize.synapse import pulse_metrics
from pinched.core import Quantity, check_dataset, verb

if TYPE_CHECKING:
    import pandas as pd


class Metrics(Mapping[str, Quantity]):
    """Figures of merit: an ordered, immutable mapping name -> Quantity.

    Attributes:
        not_measured: name or section -> the sentence that says why it is not there.
        verdict: sentences on what the data show.
    """

    def __init__(
        self, quantities: Mapping[str, Quantity], not_measured: Mapping[str, str], verdict: tuple[str, ...] = ()
    ):
        self._quantities = MappingProxyType({k: q for k, q in quantities.items() if q.available})
        absent = {k: q.note or "not available" for k, q in quantities.items() if not q.available}
        self.not_measured = MappingProxyType(dict(not_measured) | absent)
        self.verdict = verdict

    def __getitem__(self, name: str) -> Quantity:
        if name in self.not_measured and name not in self._quantities:
            raise KeyError(f"{name} was not measured: {self.not_measured[name]}")
        return self._quantities[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._quantities)

    def __len__(self) -> int:
        return len(self._quantities)

    def table(self) -> "pd.DataFrame":
        """One row per figure of merit: label, value, unit, low, high, interval, n, origin, note."""
        import pandas as pd

        columns = ["label", "value", "unit", "low", "high", "interval", "n", "origin", "note"]
        return pd.DataFrame.from_dict({k: vars(q) for k, q in self.items()}, orient="index", columns=columns)

    def __repr__(self) -> str:
        lines = [f"{q.label or k}: {q}" for k, q in self.items()]
        return "\n".join(
            [*self.verdict, *lines, *(f"{k}: not measured ({why})" for k, why in self.not_measured.items())]
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr title='{html.escape(q.note, quote=True)}'><td>{html.escape(q.label or k)}</td>"
            f"<td>{html.escape(str(q))}</td><td>{q.n or ''}</td><td>{q.origin}</td></tr>"
            for k, q in self.items()
        )
        absent = "".join(f"<li>{html.escape(k)}: {html.escape(why)}</li>" for k, why in self.not_measured.items())
        head = f"<p>{html.escape(' '.join(self.verdict))}</p>" if self.verdict else ""
        tail = f"<details><summary>not measured</summary><ul>{absent}</ul></details>" if absent else ""
        return f"{head}<table><tr><th></th><th>value</th><th>n</th><th>origin</th></tr>{rows}</table>{tail}"


# section of a report -> (kinds that carry it, what to measure for it)
SECTIONS = {
    "loops": (("sweep", "forming"), "current-voltage loops"),
    "forming": (("forming",), "a forming sweep"),
    "synapse": (("pulse",), "trains of write pulses with a read after each"),
    "levels": (("read", "program"), "repeated reads of programmed levels"),
    "retention": (("retention",), "conductance against time"),
    "endurance": (("endurance",), "reads after each SET and RESET over many cycles"),
    "read noise": (("retention", "read", "trace"), "repeated reads of one state"),
}


READERS = {
    "synapse": pulse_metrics,
    "levels": lambda ds: level_metrics(ds) | program_metrics(ds),
    "retention": retention_metrics,
    "endurance": endurance_metrics,
    "read noise": noise_metrics,
}


def recognised(ds: xr.Dataset) -> tuple[dict[str, str], dict[str, str]]:
    """What was measured, by section of a report.

    Returns:
        (measured, not measured): section -> how much there is of it, and section -> what would have to be measured.

    Raises:
        PinchedError: where `ds` breaks the schema.
    """
    import pandas as pd

    check_dataset(ds)
    frame = pd.DataFrame({k: ds[k].values for k in ("kind", "device", "record", "cycle", "step")})
    have, lack = {}, {}
    for section, (kinds, need) in SECTIONS.items():
        part = frame[frame["kind"].isin(kinds)]
        if part.empty:
            lack[section] = f"needs {need}"
            continue
        groups = {"synapse": ["device", "record", "cycle", "step"], "levels": ["step"]}.get(
            section, ["device", "record", "cycle"]
        )
        word = {"loops": "loops", "forming": "sweeps", "synapse": "trains", "levels": "levels"}.get(section, "records")
        have[section] = (
            f"{part.groupby(groups).ngroups} {word} of {part['device'].nunique()} device(s), {len(part)} samples"
        )
    return have, lack


@verb
def metrics(ds: xr.Dataset) -> Metrics:
    """Every figure of merit that `ds` allows, wherever its data came from.

    Args:
        ds: a Dataset of the schema, measured or simulated, of any kinds.

    Returns:
        Metrics: name -> Quantity with unit, interval, number of observations and origin; `.not_measured` says what
        the data do not allow and why, `.verdict` what they show.

    Raises:
        PinchedError: where `ds` breaks the schema.
    """
    have, lack = recognised(ds)
    found: dict[str, Quantity] = {}
    verdict: list[str] = []
    absent: dict[str, str] = {}
    if "loops" in have and {"voltage", "current"} <= set(ds.data_vars):
        found, verdict, absent = loop_metrics(ds)
    for section, reader in READERS.items():
        if section not in have:
            continue
        more = reader(ds)
        if not more:
            lack[section] = f"{have[section]}, too few to say anything"
        found |= more
    return Metrics(found, absent | lack, tuple(verdict))
