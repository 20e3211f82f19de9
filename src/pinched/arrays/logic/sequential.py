"""All sixteen functions of two variables in one cell: four-variable sequential logic.

The variables are the initial state I, the levels T1 and T2 of its two terminals, and E, whether its line is driven or
floats: S' = majority(I, T1, not T2) where E is 1, else I. Each is 0, 1, p, q or a complement of these.
"""

import numpy as np

from pinched.arrays.logic.line import Levels, Line
from pinched.arrays.logic.thresholds import Thresholds
from pinched.core import PinchedError, nearest, verb
from pinched.devices.base import Device

P, Q = np.array([False, False, True, True]), np.array([False, True, False, True])
VARIABLES = {"0": P & ~P, "1": P | ~P, "p": P, "q": Q, "~p": ~P, "~q": ~Q}
# function -> (I, T1, T2, E)
PROGRAMS = {
    "FALSE": ("0", "0", "0", "0"), "TRUE": ("1", "0", "0", "0"),
    "p": ("p", "0", "0", "0"), "q": ("q", "0", "0", "0"),
    "NOT p": ("~p", "0", "0", "0"), "NOT q": ("~q", "0", "0", "0"),
    "AND": ("q", "p", "1", "1"), "OR": ("q", "p", "0", "1"), "NAND": ("~q", "~p", "0", "1"),
    "NOR": ("~q", "~p", "1", "1"), "IMP": ("q", "~p", "0", "1"), "NIMP": ("p", "~q", "1", "1"),
    "RIMP": ("p", "~q", "0", "1"), "RNIMP": ("q", "~p", "1", "1"),
    "XOR": ("p", "~p", "p", "q"), "XNOR": ("~p", "p", "~p", "q"),
}  # fmt: skip


def truth(function: str) -> np.ndarray:
    """What a function is at pq = 00, 01, 10, 11, by its four variables.

    Raises:
        PinchedError: for none of the sixteen.
    """
    if function not in PROGRAMS:
        raise PinchedError(f"There is no function {function!r}{nearest(function, PROGRAMS)}.")
    i, t1, t2, e = (VARIABLES[v] for v in PROGRAMS[function])
    return np.where(e, i.astype(int) + t1 + ~t2 >= 2, i)


@verb
def sequential(function: str, device: Device, levels: Levels, t: Thresholds) -> tuple[np.ndarray, np.ndarray]:
    """Run a function in four copies of one cell: write I, then drive both terminals where E is 1.

    Args:
        function: a key of PROGRAMS.
        device: a single device.
        levels: what 1 and 0 are.
        t: for the pulses; a terminal at 1 has the larger of the voltages that SET and RESET.

    Returns:
        (level of the cell at pq = 00, 01, 10, 11; energy of the pulse in each, J).
    """
    truth(function)
    i, t1, t2, e = (VARIABLES[v] for v in PROGRAMS[function])
    high = t.polarity * max(abs(t.v_set), abs(t.v_reset))
    line = Line.fresh(device, 2, 4, dict(levels.off))
    # The second row stands idle: pairs of cells share their compilation with everything else on a line.
    line, _ = line.pulse((0, 1), 0.0, t.width, load=0.0, end=-high * np.where(i, 1.0, -1.0))
    end = np.where(e, -high * (t1.astype(float) - t2), np.nan)
    line, energy = line.pulse((0, 1), 0.0, t.width, load=0.0, end=end, each=True)
    return levels(device, line.x)[0], energy[0]
