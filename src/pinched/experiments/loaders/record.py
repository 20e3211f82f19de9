"""One recognised measurement, on its way into the Dataset."""

import dataclasses
import re

import numpy as np

from pinched.experiments.loaders.columns import split_unit
from pinched.experiments.loaders.units import UNITS, scale

Ints = np.ndarray | int


@dataclasses.dataclass
class Record:
    """Samples of one kind from one table.

    Attributes:
        kind: of the Dataset schema, or one per sample.
        values: variables of the Dataset schema, each of shape (samples,).
        cycle, step, pulse, time: coordinates of the schema.
        name: file, sheet or line; device: address, or one per sample, "" where the file names none.
        notes: what was assumed.
        compliance: A, NaN where there is none; rate: V/s of a sweep.
        half: "set" or "reset" for a sweep of one polarity, which another file may complete.
        summary: figures that an instrument derived from sweeps of its own.
    """

    kind: str | np.ndarray
    values: dict[str, np.ndarray]
    cycle: Ints = -1
    step: Ints = -1
    pulse: Ints = -1
    time: np.ndarray | float = np.nan
    name: str = ""
    device: str | np.ndarray = ""
    notes: list[str] = dataclasses.field(default_factory=list)
    compliance: float = np.nan
    rate: float = np.nan
    half: str = ""
    summary: bool = False

    @property
    def size(self) -> int:
        """Number of samples."""
        return len(next(iter(self.values.values())))

    def only(self, keep: np.ndarray) -> "Record":
        """The samples where `keep` is True."""

        def cut(x):
            return x[keep] if isinstance(x, np.ndarray) else x

        return dataclasses.replace(
            self,
            kind=cut(self.kind),
            values={k: v[keep] for k, v in self.values.items()},
            cycle=cut(self.cycle),
            step=cut(self.step),
            pulse=cut(self.pulse),
            time=cut(self.time),
            device=cut(self.device),
        )


def setting(settings: dict[str, str], pattern: str, role: str) -> float:
    """The value in SI of the first setting whose name matches, NaN where there is none."""
    for key, text in settings.items():
        name, unit = split_unit(key)
        match = re.match(r"\s*([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*([A-Za-zµΩ]*)", text)
        if match and (re.search(pattern, name, re.IGNORECASE) or re.search(pattern, key, re.IGNORECASE)):
            factor = scale(match[2] or unit or UNITS[role], role)
            if factor:
                return float(match[1]) * factor[0] + factor[1]
    return np.nan
