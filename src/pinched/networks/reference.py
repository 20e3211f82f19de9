"""What a multiplication with its addition costs elsewhere: digital circuits, and the brain."""

from typing import TYPE_CHECKING

from pinched.arrays.converters import between
from pinched.core import Quantity

if TYPE_CHECKING:
    import pandas as pd

HOROWITZ = "Horowitz, ISSCC 2014, 10.1109/ISSCC.2014.6757323, 45 nm at 0.9 V"
JOUPPI = "Jouppi et al., ISCA 2017, 10.1145/3079856.3080246: 92 TOPS at 40 W"
CAO = "Cao et al., Nanoscale Horiz. 8, 716 (2023), 10.1039/d2nh00536k"
XIA = "Xia et al., Nano-Micro Lett. 17:217 (2025)"

# Energies in J: arithmetic by kind, and a fetch of 64 bits by where from.
ADD = {"8-bit integer": 0.03e-12, "32-bit integer": 0.1e-12, "16-bit float": 0.4e-12, "32-bit float": 0.9e-12}
MULTIPLY = {"8-bit integer": 0.2e-12, "32-bit integer": 3.1e-12, "16-bit float": 1.1e-12, "32-bit float": 3.7e-12}
FETCH = {"8 KB of SRAM": (10e-12,) * 2, "1 MB of SRAM": (100e-12,) * 2, "DRAM": (1.3e-9, 2.6e-9)}


def per_mac() -> Quantity:
    """Energy of a digital MAC without its memory, from 8-bit whole numbers to 32-bit floating point, J."""
    return between({f"{kind}, {HOROWITZ}": ADD[kind] + MULTIPLY[kind] for kind in ADD}, "J", "digital MAC")


def reference(cost=None) -> "pd.DataFrame":
    """Published energies of a multiplication with its addition.

    A weight that is fetched for one use only costs its fetch; what is used many times costs less, so that the truth of
    a processor lies between the row without memory and that of its memory.

    Args:
        cost: a NetworkCost to put beside them, or None.

    Returns:
        pandas.DataFrame: `what`, `low` and `high` (J a MAC, or an event of a synapse), `source`; with `cost` the
        network first, and `times_low`, `times_high`: the energy over that of the network.
    """
    import pandas as pd

    rows = [(f"{kind} MAC, without memory", *(ADD[kind] + MULTIPLY[kind],) * 2, HOROWITZ) for kind in ADD]
    mac = rows[0][1]
    rows += [
        (f"8-bit integer MAC, its weight from {place}", *(mac + 8 / 64 * e for e in ends), HOROWITZ)
        for place, ends in FETCH.items()
    ]
    rows += [
        ("8-bit integer MAC of a TPU at its peak, without DRAM", *(2 * 40 / 92e12,) * 2, JOUPPI),
        ("event of a synapse, 20 W for 1e15 of them", 1e-15, 100e-15, CAO),
        ("event of a synapse, biological", 10e-15, 10e-15, XIA),
        ("writing an RRAM device", 100e-15, 10e-12, CAO),
        ("writing a phase-change device", 10e-12, 100e-12, CAO),
    ]
    table = pd.DataFrame(rows, columns=["what", "low", "high", "source"])
    if cost is None:
        return table
    energy, macs = cost.total["energy"], cost.total["MAC"].value
    ends = [(energy.value if x is None else x) / macs for x in (energy.low, energy.high)]
    own = pd.DataFrame([("this network on arrays", *ends, "the range is that of published converters")],
                       columns=table.columns)  # fmt: skip
    table = pd.concat([own, table], ignore_index=True)
    mean = energy.value / macs
    return table.assign(times_low=table["low"] / mean, times_high=table["high"] / mean)
