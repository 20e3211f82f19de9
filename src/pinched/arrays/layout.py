"""How much room standard cells take around an array: NeuroSim's layout rules, in units of the feature size F.

Widths of cells that are 28F high, of minimal transistors: counted in NeuroSim MLP V3.0, whose printed areas of its
default array they reproduce.
"""

import math

CELL_HEIGHT = 28.0
INVERTER = 7.6
NAND = 11.4  # as wide as a NOR
REGISTER = 12 * INVERTER  # a flip-flop
ADDER = 9 * NAND  # of one bit
SUBTRACTOR = 11 * NAND + INVERTER  # of one bit
PASS_GATES = 2 * INVERTER  # two, that join a line to one of two voltages
INPUT = 3.8  # what a further input of a gate adds to its width
WIRE = 2.8  # pitch of the predecoded address lines


def decoder(lines: int, f: float, side: float) -> float:
    """Area, m², of what opens one of `lines` word lines, or all, along a side of an array (m).

    Two bits of the address at a time are decoded first; a NOR of all pairs and two inverters follow a line, as many as
    there are addresses, and each line's driver: a NAND, an inverter and two pass gates. This composition was not read
    in NeuroSim; what speaks for it are the areas that it prints for both parts of its default array.
    """
    bits = max(math.ceil(math.log2(lines)), 1)
    pairs, odd = divmod(bits, 2)
    nor = INVERTER + INPUT * (pairs + odd - 1) if bits > 2 else 0.0
    gates = (bits, INVERTER), (4 * pairs, NAND), (2**bits, nor + 2 * INVERTER), (lines, NAND + INVERTER + PASS_GATES)
    area = sum(packed(count, CELL_HEIGHT * f, width * f, side) for count, width in gates)
    return area + (4 * pairs + 2 * odd) * WIRE * f * side * (bits > 2)


def packed(count: int, along: float, deep: float, side: float) -> float:
    """Area, m², of `count` cells of `along` by `deep` (m) in whole rows along a side of an array (m)."""
    per_row = max(math.floor(side / along * (1 + 1e-12)), 1)
    return math.ceil(count / per_row) * deep * max(side, along)
