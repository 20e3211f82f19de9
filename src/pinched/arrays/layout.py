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


def packed(count: int, along: float, deep: float, side: float) -> float:
    """Area, m², of `count` cells of `along` by `deep` (m) in whole rows along a side of an array (m)."""
    per_row = max(math.floor(side / along * (1 + 1e-12)), 1)
    return math.ceil(count / per_row) * deep * max(side, along)
