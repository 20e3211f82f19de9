"""Gray coding: neighbouring levels differ in one bit, so that the commonest mistake costs one bit."""

import numpy as np

from pinched.core import PinchedError


def code(levels, coding: str = "gray") -> np.ndarray:
    """The codeword of each level, as integers: i XOR i/2 for "gray", i for "binary"."""
    levels = np.asarray(levels)
    if coding not in ("gray", "binary"):
        raise PinchedError(f"There is no coding {coding!r}: choose gray or binary.")
    return levels ^ (levels >> 1) if coding == "gray" else levels


def distances(n: int, coding: str = "gray") -> tuple[np.ndarray, int]:
    """Bits by which the codewords of `n` levels differ, (n, n), and how many bits a codeword has."""
    words = code(np.arange(n), coding)
    return np.bitwise_count(words[:, None] ^ words), max(1, int(n - 1).bit_length())


def bits(levels, n: int, coding: str = "gray") -> np.ndarray:
    """The bits of each level (..., bits), the highest first, of a cell of `n` levels."""
    shifts = np.arange(distances(n, coding)[1])[::-1]
    return (code(levels, coding)[..., None] >> shifts) & 1
