"""What every file format is read into: named columns of numbers, and what the file says around them."""

import dataclasses
import re

import numpy as np


@dataclasses.dataclass
class Table:
    """One block of columns.

    Attributes:
        names: one per column, "" where the file gives none.
        data: shape (rows, columns), NaN where a cell is empty or not a number.
        units: unit of each column from a row of its own, "" otherwise.
        labels: the upper row of a two-row header ("1 V", "SET_negative#1"), "" otherwise.
        words: column number -> text cells, for columns that hold words (a mode, a time stamp).
        overflow: rows in which a cell held a status word of the instrument.
        title: sheet, sub-test or line label.
        settings: what the file says of the protocol, as text.
        device: address of the device, where the file names several.
        train: direction ("set", "erase") where the table is one train of pulses, stored in a line or an array.
        along_line: whether it is one trace that lay along a line of the file.
        notes: what was assumed while reading.
    """

    names: list[str]
    data: np.ndarray
    units: list[str] = dataclasses.field(default_factory=list)
    labels: list[str] = dataclasses.field(default_factory=list)
    words: dict[int, list[str]] = dataclasses.field(default_factory=dict)
    overflow: np.ndarray | None = None
    title: str = ""
    settings: dict[str, str] = dataclasses.field(default_factory=dict)
    device: str = ""
    train: str = ""
    along_line: bool = False
    notes: list[str] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        width = self.data.shape[1]
        self.names = (list(self.names) + [""] * width)[:width]
        self.units = (list(self.units) + [""] * width)[:width]
        self.labels = (list(self.labels) + [""] * width)[:width]

    @property
    def named(self) -> bool:
        """Whether the file names any of its columns."""
        return any(self.names)


TRAIN_WORDS = ("potentiation", "pot", "depression", "dep", "ltp", "ltd")
_DIRECTION = re.compile(
    r"(?i)^(.*?)[_ ]?(reset|set|program|prog|erase|potentiation|pot|depression|dep|ltp|ltd|up|down)$"
)


def directed(name: str) -> tuple[str, str]:
    """("G", "reset") of "Greset": a name and the direction of switching it ends in, "" where it ends in none."""
    match = _DIRECTION.match(name)
    return (match[1], match[2].lower()) if match else (name, "")
