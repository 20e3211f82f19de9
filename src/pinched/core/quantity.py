"""A number that knows its unit, its uncertainty and where it comes from."""

import dataclasses
import math
from typing import Any, Literal

Origin = Literal["measured", "fitted", "derived", "assumed"]


@dataclasses.dataclass(frozen=True)
class Quantity:
    """One reported number.

    Attributes:
        value: in `unit`; NaN means "not available", and `note` says why.
        unit: SI unit as text ("V", "ohm", "1").
        origin: measured (read from data), fitted (estimated through a model), derived (computed from others), assumed.
        low, high: bounds of the interval `interval`, or None where there is no uncertainty to state.
        interval: what low and high are ("95 % bootstrap", "5-95 % of cycles", "range of sources").
        n: number of observations behind the value, 0 where the notion does not apply.
        label: what it is, for a reader ("SET voltage").
        note: how it was obtained, or why it is not available.
    """

    value: float
    unit: str
    origin: Origin
    low: float | None = None
    high: float | None = None
    interval: str = ""
    n: int = 0
    label: str = ""
    note: str = ""

    @property
    def available(self) -> bool:
        """Whether there is a number at all."""
        return math.isfinite(self.value)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; NaN and infinities become None."""
        plain = dataclasses.asdict(self)
        return {k: (None if isinstance(v, float) and not math.isfinite(v) else v) for k, v in plain.items()}

    def __str__(self) -> str:
        if not self.available:
            return "not available" + (f" ({self.note})" if self.note else "")
        text = engineering(self.value, self.unit)
        if self.low is not None and self.high is not None:
            text += f" ({engineering(self.low, self.unit)} … {engineering(self.high, self.unit)})"
        return text

    __format__ = lambda self, spec: format(str(self), spec)  # noqa: E731


_PREFIX = {-18: "a", -15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
_PREFIXED = {"V", "A", "ohm", "S", "s", "J", "W", "Hz", "F", "m", "V/s"}
_SYMBOL = {"ohm": "Ω", "1": "", "m2": "m²", "m**2": "m²", "percent": "%"}


def engineering(value: float, unit: str = "1", digits: int = 3) -> str:
    """`value` with an SI prefix where the unit takes one: 1.2e-5 A is "12 µA", 0.05 with unit "1" is "0.05"."""
    symbol = _SYMBOL.get(unit, unit)
    if not math.isfinite(value):
        return "–" if math.isnan(value) else ("∞" if value > 0 else "-∞")
    if unit not in _PREFIXED or not 1e-21 <= abs(value) < 1e15:
        text = f"{value:.{digits}g}"
        if "e" in text:
            mantissa, exponent = text.split("e")
            text = f"{mantissa}×10{int(exponent)!s}".replace("×10", "e")
        return f"{text} {symbol}".rstrip()
    power = min(max(3 * math.floor(round(math.log10(abs(value)), 9) / 3), -18), 12)
    return f"{value / 10.0**power:.{digits}g} {_PREFIX[power]}{symbol}"
