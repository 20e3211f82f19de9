"""Stateful gates: pulses that make one cell of a line a function of others."""

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from pinched.arrays.logic.line import Levels, Line
from pinched.arrays.logic.netlist import Kind
from pinched.arrays.logic.thresholds import Thresholds

Pulsed = tuple[Line, np.ndarray]  # the line after it, and the energy in each copy, J


@dataclasses.dataclass(frozen=True)
class Style:
    """How a line computes.

    Attributes:
        levels: what 1 and 0 are.
        thresholds: of the device, for pulses as long as those of the gates.
        window: name of a drive -> (lowest, highest) V or ohm with which the gate is right in all cases.
    """

    levels: Levels
    thresholds: Thresholds
    window: dict[str, tuple[float, float]]

    kind: ClassVar[Kind]

    @property
    def width(self) -> float:
        """Of every pulse, s."""
        return self.thresholds.width

    @property
    def drives(self) -> dict[str, float]:
        """The magnitudes that `window` bounds."""
        return {name: abs(getattr(self, name)) for name in self.window}

    @property
    def margin(self) -> float:
        """Distance of the nearest drive to an end of its window, over that drive."""
        pairs = [(self.drives[name], ends) for name, ends in self.window.items()]
        return min(min(v - low, high - v) / v for v, (low, high) in pairs)

    def write(self, line: Line, cells: Sequence[int], value: bool) -> Pulsed:
        """SET or RESET cells, as FALSE does."""
        return line.write(cells, self.thresholds.v_set if value else self.thresholds.v_reset, self.width)

    def fresh(self, line: Line, cells: Sequence[int]) -> Pulsed:
        """Write cells to the state from which gates start."""
        return self.write(line, cells, self.kind == "nor")

    def gate(self, line: Line, cell: int, sources: Sequence[int]) -> Pulsed:
        """Make a fresh `cell` the NOR (NAND) of its sources."""
        raise NotImplementedError


def trigger(line: Line, cell: int, sources: Sequence[int], volts: float, width: float) -> Pulsed:
    """Drive the sources with `volts`, the cell with 0 V, their line floating: they divide the voltage."""
    return line.pulse((*sources, cell), [volts] * len(sources) + [0.0], width)


@dataclasses.dataclass(frozen=True)
class Magic(Style):
    """MAGIC NOR (Kvatinsky et al., IEEE TCAS-II 61, 895, 2014, 10.1109/TCSII.2014.2357292).

    The output starts as 1, in series with the inputs in parallel: it is RESET where any input is 1. `v_0` is on the
    inputs' word lines, the output's is grounded; the inputs stay as they are.
    """

    v_0: float

    kind: ClassVar[Kind] = "nor"

    def gate(self, line: Line, cell: int, sources: Sequence[int]) -> Pulsed:
        """NOR in one pulse."""
        return trigger(line, cell, sources, self.v_0, self.width) if sources else (line, np.zeros(line.shape[1]))


@dataclasses.dataclass(frozen=True)
class Imply(Style):
    """Material implication (Borghetti et al., Nature 464, 873, 2010, 10.1038/nature08940).

    Cells p and q share a line that ends in `r_load`: `v_cond` on p and `v_set` on q make q <- (not p) or q, since a p
    that is 1 lifts the line and leaves q too little voltage to SET. NAND starts from FALSE, one pulse a source.
    """

    v_cond: float
    v_set: float
    r_load: float

    kind: ClassVar[Kind] = "nand"

    def imply(self, line: Line, p: int, q: int) -> Pulsed:
        """q <- p IMP q."""
        return line.pulse((p, q), (self.v_cond, self.v_set), self.width, load=self.r_load)

    def gate(self, line: Line, cell: int, sources: Sequence[int]) -> Pulsed:
        """NAND by implications onto the cell."""
        total = np.zeros(line.shape[1])
        for source in sources:
            line, energy = self.imply(line, source, cell)
            total += energy
        return line, total
