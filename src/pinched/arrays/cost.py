"""First-order energy, delay and area of a matrix-vector product and of writing an array, item by item.

Formulas of NeuroSim (MLP V3.0, DNN V1.4) with MNSIM and analogsim for the converters. Left out, and so named: leakage,
what decoders and column multiplexers draw, area of the latter, clock, communication between arrays.
"""

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from pinched.arrays.converters import adc, dac
from pinched.arrays.layout import ADDER, CELL_HEIGHT, PASS_GATES, REGISTER, decoder, packed
from pinched.arrays.macro import Macro
from pinched.core import Quantity

if TYPE_CHECKING:
    import pandas as pd

PARTS = ("array", "lines", "decoder", "ADC", "DAC", "digital")
BIT_TRANSISTORS = {"adder": (28, 0.15), "register": (24, 0.5)}  # static CMOS full adder, flip-flop; NeuroSim's activity


@dataclasses.dataclass(frozen=True)
class Cost(Mapping[str, Quantity]):
    """Itemised cost: "read_energy_ADC", "write_delay_array", "area_lines", …, and a "…_total" of each group.

    Attributes:
        quantities: name -> Quantity.
        assumptions: every one, a sentence each.
    """

    quantities: dict[str, Quantity]
    assumptions: tuple[str, ...]

    def __getitem__(self, name: str) -> Quantity:
        return self.quantities[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.quantities)

    def __len__(self) -> int:
        return len(self.quantities)

    def table(self) -> "pd.DataFrame":
        """One row per item: group (read_energy, …), part, value, low, high, unit, note."""
        import pandas as pd

        rows = [(*name.rsplit("_", 1), q.value, q.low, q.high, q.unit, q.origin, q.note) for name, q in self.items()]
        return pd.DataFrame(rows, columns=["group", "part", "value", "low", "high", "unit", "origin", "note"])


def cost(macro: Macro) -> Cost:
    """Energy, delay and area of one read (a matrix-vector product of `input_bits` serial bits) and of one full write.

    Args:
        macro: the array with its device and its converters.

    Returns:
        A Cost; what published models disagree about is a range.
    """
    conversion, latency, adc_area = adc(
        macro.process, macro.adc_bits, column_resistance(macro), float(macro.read_voltage)
    )
    groups = {
        "read_energy": _read_energy(macro, conversion, latency),
        "read_delay": _read_delay(macro, latency),
        "write_energy": _write_energy(macro),
        "write_delay": _write_delay(macro),
        "area": _area(macro, adc_area),
    }
    items = {}
    for group, parts in groups.items():
        items |= {f"{group}_{part}": parts[part] for part in PARTS if part in parts}
        items[f"{group}_total"] = summed(list(parts.values()), f"Total {group.replace('_', ' ')}")
    return Cost(items, _assumptions(macro))


def together(costs: Iterable[tuple[Cost, int]], writes: int = 1) -> Cost:
    """The cost of macros that work side by side: energies and areas add, delays are those of the slowest.

    Args:
        costs: of each kind of macro, and how many there are.
        writes: how many of them are written one after the other.
    """
    costs = list(costs)
    items = {}
    for name in costs[0][0]:
        parts = [(cost[name], 1 if "delay" in name else count) for cost, count in costs]
        if "delay" in name:
            slowest = max((q for q, _ in parts), key=lambda q: q.value)
            times = writes if name.startswith("write") else 1
            items[name] = dataclasses.replace(scaled(slowest, times, "s", slowest.note), label=slowest.label)
        else:
            q = summed([scaled(q, count, q.unit, q.note) for q, count in parts], parts[0][0].label)
            items[name] = dataclasses.replace(q, note=parts[0][0].note)
    return Cost(items, tuple(dict.fromkeys(note for cost, _ in costs for note in cost.assumptions)))


def scaled(q: Quantity, factor: float, unit: str, note: str, add: float = 0.0) -> Quantity:
    """`q` times a factor, and something added; with its range."""
    bounds = [None if x is None else factor * x + add for x in (q.low, q.high)]
    return dataclasses.replace(
        q, value=factor * q.value + add, low=bounds[0], high=bounds[1], unit=unit, origin="derived", note=note, label=""
    )


def summed(parts: list[Quantity], label: str) -> Quantity:
    """The sum of `parts`, in the unit of the first; what has no range adds to both ends of it."""
    low = sum(q.value if q.low is None else q.low for q in parts)
    high = sum(q.value if q.high is None else q.high for q in parts)
    value, unit = sum(q.value for q in parts), parts[0].unit
    if low == high:
        return Quantity(value, unit, "derived", label=label)
    return Quantity(value, unit, "derived", low, high, "range of sources", label=label)


def column_resistance(macro: Macro) -> float:
    """What a converter sees, ohm: the driven cells of a column in parallel, each behind its transistor."""
    return _path(macro) / max(float(macro.activity) * macro.rows, 1.0)


def settling(macro: Macro, resistance: float | None = None) -> float:
    """Settling of a column, s, per group of multiplexed columns: 0.2 C (R + R_access) / (rows / 2), NeuroSim's.

    Args:
        macro: the array.
        resistance: of a cell, ohm; by default that of the mean conductance (NeuroSim takes the mean of on and off
            *resistance*, which the off-state dominates).
    """
    cell = _path(macro) if resistance is None else resistance + float(macro.access_resistance) * macro.has_transistor
    return 0.2 * macro.c_column * cell / (macro.rows / 2)


def _path(macro: Macro) -> float:
    return 1 / float(macro.conductance) + float(macro.access_resistance) * macro.has_transistor


def _window(macro: Macro, latency: Quantity) -> Quantity:
    """How long the rows are driven for one input bit, s."""
    if macro.read_time > 0:
        return _quantity(float(macro.read_time), "s", "as given")
    shared = max(min(macro.columns_per_adc, macro.converted), 1)
    return scaled(latency, shared, "s", f"{shared} columns share a converter", add=shared * settling(macro))


def _read_energy(macro: Macro, conversion: Quantity, latency: Quantity) -> dict[str, Quantity]:
    window = _window(macro, latency)
    driven = float(macro.activity) * macro.rows
    volts, steps = float(macro.read_voltage), macro.steps
    power = driven * macro.columns * volts**2 / _path(macro)
    lines = macro.rows * macro.c_word * macro.process.vdd**2 + driven * macro.c_input * volts**2
    drive, _ = dac(window.value, macro.dac_bits)
    return {
        "array": scaled(window, steps * power, "J", "V²/(R + R_access) of every driven cell while the rows are driven"),
        "lines": _quantity(
            steps * lines, "J", "word lines once at V_dd, driven rows once at the read voltage, per read step"
        ),
        "ADC": scaled(conversion, steps * macro.converted, "J", conversion.note),
        "DAC": scaled(drive, steps * driven, "J", drive.note),
        "digital": _quantity(
            steps * macro.converted * _accumulate(macro), "J", "shift-and-add of every conversion, every read step"
        ),
    }


def _read_delay(macro: Macro, latency: Quantity) -> dict[str, Quantity]:
    shared, steps = min(macro.columns_per_adc, macro.converted), macro.steps
    given = float(macro.read_time)
    array = given if given else max(shared, 1) * settling(macro)
    return {
        "array": _quantity(
            steps * array, "s", "rows driven as given" if given else "settling of the shared columns in turn"
        ),
        "ADC": scaled(latency, steps * shared, "s", latency.note),
    }


def _write_energy(macro: Macro) -> dict[str, Quantity]:
    volts, pulses = float(macro.write_voltage), float(macro.pulses)
    cells = macro.rows * macro.columns
    given = float(macro.write_energy)
    pulse = given or volts**2 * float(macro.conductance) * float(macro.write_width)
    array, note = cells * pulses * pulse, "energy per pulse as given" if given else "V² G t of every pulse"
    if not macro.has_transistor:
        # While a row is written its columns hold the other rows' cells at V/2 once, and its own cells in every phase.
        times = macro.rows - 1 + 2 * _batches(macro) - 1
        chord = float(macro.conductance) * 2 / float(macro.nonlinearity)  # at V/2
        half = times * cells * pulses * (volts / 2) ** 2 * chord * float(macro.write_width)
        array += half
        note += f"; of it {half:.3g} J in half-selected cells (V/2)"
    per_row = 2 * macro.c_word * macro.process.vdd**2 + macro.c_input * volts**2
    lines = cells * pulses * volts**2 * macro.c_column + macro.rows * per_row * _batches(macro)
    return {
        "array": _quantity(array, "J", note),
        "lines": _quantity(
            lines, "J", "column charged at every pulse; word line twice and row once per batch of columns"
        ),
    }


def _write_delay(macro: Macro) -> dict[str, Quantity]:
    seconds = 2 * macro.rows * _batches(macro) * float(macro.pulses) * float(macro.write_width)
    note = f"rows one after the other, {_batches(macro)} batches of columns each, SET and RESET as two phases"
    return {"array": _quantity(seconds, "s", note)}


def _area(macro: Macro, adc_area: Quantity) -> dict[str, Quantity]:
    converters, bits = macro.converters, macro.adc_bits + macro.input_bits
    f = macro.process.feature
    _, driver = dac(1.0, macro.dac_bits)
    digital = packed(converters, (ADDER + REGISTER) * f, bits * CELL_HEIGHT * f, macro.length[0])
    return {
        "array": _quantity(macro.area, "m**2", f"{macro.rows} x {macro.columns} cells {macro.cell}"),
        "lines": _quantity(
            _switches(macro), "m**2", "a register and two pass gates, of half the line's resistance, per row and column"
        ),
        "decoder": _quantity(
            decoder(macro.rows, f, macro.length[1]), "m**2", "address decoder and word-line drivers of all rows"
        ),
        "ADC": scaled(adc_area, converters, "m**2", f"{converters} converters; {adc_area.note}"),
        "DAC": scaled(driver, macro.rows, "m**2", driver.note),
        "digital": _quantity(digital, "m**2", f"adder and register of {bits} bits per converter"),
    }


def _switches(macro: Macro) -> float:
    """Area of what connects rows and columns, m²; pass gates higher than a cell as the array gets conductive."""
    p, f, area = macro.process, macro.process.feature, 0.0
    row, column = (macro.rows, macro.columns, macro.length[1]), (macro.columns, macro.rows, macro.length[0])
    for lines, cells, side in (row, column):
        w_n = max(p.width_for(2 * _path(macro) / cells / 2), 2 * f)  # two transistors in parallel make a gate
        high = max(w_n * (1 + p.on_n / p.on_p) + 7.1 * f, CELL_HEIGHT * f)
        area += packed(lines, CELL_HEIGHT * f, (REGISTER + PASS_GATES) * f, side)
        area += lines * PASS_GATES * f * (high - CELL_HEIGHT * f)
    return area


def _accumulate(macro: Macro) -> float:
    """Energy of adding one converted value into a register of input and converter bits, J."""
    p = macro.process
    gate = p.gate * 2 * p.feature  # of a minimal transistor, 2F wide
    switched = sum(count * activity for count, activity in BIT_TRANSISTORS.values())
    return (macro.adc_bits + macro.input_bits) * switched * gate * p.vdd**2


def _batches(macro: Macro) -> int:
    return math.ceil(macro.columns / math.ceil(macro.columns / 16))  # NeuroSim writes a sixteenth of a row at once


def _quantity(value: float, unit: str, note: str) -> Quantity:
    return Quantity(value, unit, "derived", note=note)


def _assumptions(macro: Macro) -> tuple[str, ...]:
    p = macro.process
    return (
        f"{macro.node} CMOS at {p.vdd:g} V and {macro.wire.width * 1e9:g} nm wires (PTM and NeuroSim V3.0)",
        f"cell {macro.cell}, {macro.pitch[0] * 1e9:.3g} x {macro.pitch[1] * 1e9:.3g} nm",
        f"{macro.input_bits}-bit inputs, {macro.dac_bits} at a time, {float(macro.activity):.0%} of the rows driven",
        f"{macro.columns_per_adc} columns share a {macro.adc_bits}-bit ADC; its cost is the range of published models, "
        "the single value their geometric mean",
        f"access transistor {float(macro.access_resistance):g} ohm"
        if macro.has_transistor
        else "no access transistor or selector",
        "columns are held at virtual ground while read: their charging is not counted",
        f"the whole array is written, {float(macro.pulses):g} pulses per cell at {float(macro.write_voltage):g} V"
        + ("" if macro.has_transistor else f", V/2 scheme, I(V)/I(V/2) = {float(macro.nonlinearity):g}"),
        "not counted: leakage, energy of decoders, column multiplexers, clock, write verification, communication "
        "between arrays",
    )
