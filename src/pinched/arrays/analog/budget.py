"""What an engine costs: energy, delay and area of its tiles, item by item."""

import collections
import itertools

import numpy as np

from pinched.arrays.analog.tiles import Layout
from pinched.arrays.cost import Cost, cost, together
from pinched.arrays.macro import Macro
from pinched.core import PinchedError


def budget(engine, **macro) -> Cost:
    """Energy, delay and area of one product and of writing the weights.

    Tiles work side by side. Sub-arrays that compensate each other are written one after the other and converted once;
    the amplifiers that weigh their currents are not counted.

    Args:
        engine: an Engine.
        **macro: other fields of a Macro, such as `node`, `cell`, `write_voltage`; `adc_bits`, `dac_bits` and
            `input_bits` where the engine's converters are ideal.

    Raises:
        PinchedError: where the bits of a converter are not known.
    """
    m = engine.mapping
    layout = Layout(engine.signal.shape[0], engine.signal.shape[-1], m)
    bits = {}
    for name, converter in (("dac_bits", engine.dac), ("adc_bits", engine.adc)):
        found = macro.pop(name, float(np.max(converter.bits)))
        if not np.isfinite(found):
            raise PinchedError(f"The cost needs the bits of the converters: give `{name}`.")
        bits[name] = int(found)
    bits["input_bits"] = macro.pop("input_bits", bits["dac_bits"] * m.cycles)
    known = {"conductance": float(np.mean(engine.cells)), "read_voltage": float(m.read_voltage)} | bits | macro

    def one(rows: int, places: int, converted: bool) -> Cost:
        conversions = (places - layout.referenced) * m.digits * converted
        return cost(Macro(rows=rows, columns=places * m.columns, conversions=conversions, **known))

    stages = m.slices // m.digits
    sizes = collections.Counter(
        (r.stop - r.start, c.stop - c.start) for r, c in itertools.product(layout.row_tiles(), layout.column_tiles())
    )
    tiles = [(one(*size, True), count) for size, count in sizes.items()]
    if stages > 1:
        tiles += [(one(*size, False), count * (stages - 1)) for size, count in sizes.items()]
    return together(tiles, writes=stages)
