"""The array macro: what the cost of an array depends on, and the geometry that follows from it.

NeuroSim's first-order layout: a row wire of columns x pitch carries the inputs and the word line's gates, a column wire
of rows x pitch carries the access transistors' drains.
"""

import math
from typing import Any

import equinox as eqx
import numpy as np

from pinched.core import Parametrised, PinchedError, nearest, param
from pinched.materials.process import Process, Wire, process, wire

# name -> (transistor, area in F²; a cell without transistor counts in wire widths)
CELLS = {
    "1T1R": (True, 16.0),  # NeuroSim MLP V3.0, 4F x 4F
    "1T1R-12F2": (True, 12.0),  # MNSIM, 3 (W/L + 1) F² at W/L = 3
    "1T1R-48F2": (True, 48.0),  # NeuroSim DNN V1, 4F x 12F
    "crosspoint": (False, 4.0),  # NeuroSim and MNSIM, 2 x 2 wire widths
}


class Macro(Parametrised):
    """An array with its converters, as the cost sees it."""

    rows: int = eqx.field(default=128, static=True)
    columns: int = eqx.field(default=128, static=True)
    cell: str = eqx.field(default="1T1R", static=True)
    node: str = eqx.field(default="32nm", static=True)
    wire_width: str | None = eqx.field(default=None, static=True)
    conductance: Any = param(10e-6, "S", "mean conductance of a cell at the read voltage", gt=0)
    read_voltage: Any = param(0.2, "V", "input voltage of a read", gt=0)
    read_time: Any = param(0.0, "s", "rows driven per input bit; 0: as long as settling and conversion take", ge=0)
    write_voltage: Any = param(1.0, "V", "amplitude of a write pulse", gt=0)
    write_width: Any = param(1e-6, "s", "width of a write pulse", gt=0)
    write_energy: Any = param(0.0, "J", "energy of one pulse in one device; 0: conductance x voltage² x width", ge=0)
    pulses: Any = param(1.0, "1", "write pulses per cell", ge=0)
    nonlinearity: Any = param(2.0, "1", "I(V)/I(V/2) at the write voltage; 2 is ohmic", ge=1)
    access_resistance: Any = param(15e3, "ohm", "access transistor in the on-state (NeuroSim's default)", gt=0)
    activity: Any = param(0.5, "1", "fraction of rows driven in an input bit (assumed)", ge=0, le=1)
    input_bits: int = eqx.field(default=8, static=True)
    dac_bits: int = eqx.field(default=1, static=True)  # of the input that are applied at once
    adc_bits: int = eqx.field(default=8, static=True)
    columns_per_adc: int = eqx.field(default=16, static=True)
    conversions: int | None = eqx.field(default=None, static=True)  # of a read step, where not one a column

    def __check_init__(self):
        for name in ("rows", "columns", "input_bits", "dac_bits", "adc_bits", "columns_per_adc"):
            value = getattr(self, name)
            if not isinstance(value, (int, np.integer)) or value < 1:
                raise PinchedError(f"Macro.{name} = {value!r}: give a whole number of at least 1.")
        if self.cell not in CELLS:
            raise PinchedError(f"No cell type {self.cell!r} ({', '.join(CELLS)}){nearest(self.cell, CELLS)}.")
        _ = self.process, self.wire  # a wrong node or width is told here

    @property
    def steps(self) -> int:
        """Read steps of a product: the input comes in digits of `dac_bits`."""
        return math.ceil(self.input_bits / self.dac_bits)

    @property
    def converted(self) -> int:
        """Conversions of a read step."""
        return self.columns if self.conversions is None else self.conversions

    @property
    def converters(self) -> int:
        """Analog-to-digital converters."""
        return math.ceil(self.converted / self.columns_per_adc)

    @property
    def process(self) -> Process:
        """The process card of `node`."""
        return process(self.node)

    @property
    def wire(self) -> Wire:
        """The wire of `wire_width`; by default 100 nm, NeuroSim's array wire."""
        return wire(self.wire_width or "100nm")

    @property
    def has_transistor(self) -> bool:
        """Whether each cell has an access transistor."""
        return CELLS[self.cell][0]

    @property
    def pitch(self) -> tuple[float, float]:
        """(along a row, along a column) of one cell, m: 4F wide where there is a transistor, else square."""
        transistor, area = CELLS[self.cell]
        unit = self.process.feature if transistor else self.wire.width
        across = 4.0 if transistor else area**0.5
        return across * unit, area / across * unit

    @property
    def length(self) -> tuple[float, float]:
        """(row wire, column wire), m."""
        return self.columns * self.pitch[0], self.rows * self.pitch[1]

    @property
    def wire_resistance(self) -> tuple[float, float]:
        """(row, column) from end to end, ohm."""
        return self.length[0] * self.wire.resistance, self.length[1] * self.wire.resistance

    @property
    def segment(self) -> tuple[float, float]:
        """(row, column) wire of one cell, ohm: the r_word and r_bit of a Crossbar."""
        return self.pitch[0] * self.wire.resistance, self.pitch[1] * self.wire.resistance

    @property
    def access_width(self) -> float:
        """Width of the access transistor, m."""
        return self.process.width_for(float(self.access_resistance))

    @property
    def c_input(self) -> float:
        """Capacitance of the row wire that carries an input, F."""
        return self.length[0] * self.wire.capacitance

    @property
    def c_word(self) -> float:
        """Capacitance of a word line, F: wire and gates; 0 without transistors."""
        return (self.c_input + self.columns * self.process.gate * self.access_width) * self.has_transistor

    @property
    def c_column(self) -> float:
        """Capacitance of a column, F: wire and drains."""
        drains = self.rows * self.process.drain * self.access_width * self.has_transistor
        return self.length[1] * self.wire.capacitance + drains

    @property
    def area(self) -> float:
        """Area of the cells, m²."""
        return self.length[0] * self.length[1]
