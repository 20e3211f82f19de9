"""Numbers as a page prints them."""

import re

from pinched.core import Quantity, engineering

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, unit: str = "1") -> str:
    """`value` in engineering notation, with a true minus and no "e": −1.08 V, 8960, 1.2×10⁷."""
    return re.sub(r"(-?[\d.]+)e\+?(-?\d+)", _plain, engineering(value, unit)).replace("-", "−")


def _plain(found: re.Match) -> str:
    mantissa, exponent = found[1], int(found[2])
    if 0 <= exponent < 5:
        return f"{float(mantissa) * 10**exponent:.0f}"
    power = "10" + str(exponent).translate(SUPERSCRIPT)
    return power if mantissa == "1" else f"{mantissa}×{power}"


def interval(q: Quantity) -> str:
    """The bounds of a Quantity, or "" where it has none."""
    if q.low is None or q.high is None:
        return ""
    return f"{number(q.low, q.unit)} … {number(q.high, q.unit)}"
