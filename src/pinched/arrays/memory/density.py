"""Bits that a cell really holds: by information theory, and after an error-correcting code."""

import dataclasses
from typing import Any

import numpy as np
from scipy.special import xlogy

from pinched.arrays.memory.allocation import Levels, levels
from pinched.arrays.memory.codes import Code, Family, weakest
from pinched.arrays.memory.errors import bit_error_rate, confusion
from pinched.arrays.memory.law import ROOM, Law, as_law
from pinched.core import PinchedError, verb
from pinched.devices.synapse.programming import Programming


@dataclasses.dataclass(frozen=True)
class Capacity:
    """What a cell holds.

    Attributes:
        levels: its levels.
        error: bit error rate as read, at the worst age.
        information: mutual information of written and read level there, bits per cell: what no code exceeds that is
            told levels and not readings.
        code: the code that reaches what was wanted; None where none is needed.
        bits: per cell after correction.
    """

    levels: Levels
    error: float
    information: float
    code: Code | None
    bits: float


def mutual_information(chances: np.ndarray) -> np.ndarray:
    """Bits per cell that P(read j | written i) (..., i, j) lets through, all levels equally often written."""
    n = chances.shape[-1]
    read = chances.mean(axis=-2)
    return (np.sum(xlogy(chances, chances), axis=(-1, -2)) / n - np.sum(xlogy(read, read), axis=-1)) / np.log(2)


@verb
def capacity(
    levels: Levels,
    wanted: float = 1e-15,
    *,
    time: Any = 0.0,
    temperature: Any = ROOM,
    n: int = 1023,
    family: Family = "bch",
) -> Capacity:
    """Bits per cell at the bit error rate `wanted` after the weakest code that reaches it at the worst age.

    Cells are Gray coded and their bits interleaved, so that the errors of a word are independent.

    Args:
        levels: of the cell.
        wanted: bit error rate after correction.
        time, temperature: ages to serve, s and K.
        n, family: length in symbols and family of the code.

    Raises:
        PinchedError: where no code of that length reaches it.
    """  # fmt: skip
    rates = bit_error_rate(levels, time, temperature)
    worst, information = float(np.max(rates)), mutual_information(confusion(levels, time, temperature))
    code = None if worst <= wanted else weakest(worst, wanted, n, family)
    net = levels.bits * (code.rate if code else 1.0)
    return Capacity(levels, worst, float(np.min(information)), code, net)


@verb
def densest(
    law: Law | Programming | str,
    wanted: float = 1e-15,
    *,
    time: Any = 0.0,
    temperature: Any = ROOM,
    n: int = 1023,
    family: Family = "bch",
    span: tuple[float, float] | None = None,
    most: int = 6,
) -> Capacity:
    """The Capacity of the cell of 2, 4, … 2^`most` levels that holds most; arguments as of `levels` and `capacity`.

    Raises:
        PinchedError: where not even two levels reach what is wanted.
    """  # fmt: skip
    best, law = None, as_law(law)
    for bits in range(1, most + 1):
        try:
            placed = levels(law, 2**bits, span=span, time=time, temperature=temperature)
            found = capacity(placed, wanted, time=time, temperature=temperature, n=n, family=family)
        except PinchedError:
            break  # more levels are closer together
        if best is None or found.bits > best.bits:
            best = found
    if best is None:
        raise PinchedError(
            f"Not even two levels reach a bit error rate of {wanted:.2g}: allow more, or a shorter time."
        )
    return best
