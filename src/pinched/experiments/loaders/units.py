"""Units, as lab files spell them, to SI."""

import functools
import re

import numpy as np

from pinched.core import PinchedError, nearest

# role -> SI unit; the others are numbers or names
UNITS = {
    "voltage": "V",
    "current": "A",
    "time": "s",
    "resistance": "ohm",
    "conductance": "S",
    "read_voltage": "V",
    "pulse_voltage": "V",
    "pulse_width": "s",
    "temperature": "K",
}
ROLES = (*UNITS, "pulse", "cycle", "step", "device")
_SPELLING = (
    (r"[ΩΩ]", "ohm"),
    (r"[µμ]", "u"),
    (r"(?i)ohms?\b", "ohm"),
    (r"(?i)\bsec(onds?|s)?\b", "s"),
    (r"(?i)\bvolts?\b", "V"),
    (r"(?i)\bamp(ere)?s?\b", "A"),
    (r"(?i)\bsiemens\b", "S"),
    (r"(?i)°\s*C|\bdeg ?C\b", "degC"),
    (r"(?i)\bkelvin\b", "K"),
)
_BASE = {"V": "V", "v": "V", "A": "A", "a": "A", "s": "s", "S": "S", "ohm": "ohm", "K": "K"}
_PREFIX = {"": 1.0, "f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9}
_SIMPLE = re.compile(r"([fpnumkMG]?)(ohm|[VvAasSK])")


@functools.cache
def _registry():
    import pint

    return pint.UnitRegistry()


def _tidy(text: str) -> str:
    text = text.strip()
    for pattern, spelled in _SPELLING:
        text = re.sub(pattern, spelled, text)
    return text.strip()


@functools.lru_cache(512)
def scale(unit: str, role: str) -> tuple[float, float] | None:
    """(factor, offset) from `unit` to the SI unit of `role`, or None where `unit` does not measure that."""
    target = UNITS.get(role)
    tidy = _tidy(unit)
    if target is None or not tidy:
        return None
    if simple := _SIMPLE.fullmatch(tidy):  # nearly all of them, without waiting for pint
        return (_PREFIX[simple[1]], 0.0) if _BASE[simple[2]] == target else None
    tidy = "degC" if (tidy, role) == ("C", "temperature") else tidy
    if not re.fullmatch(r"[A-Za-z%/*^()\d. ]+", tidy) or not re.search("[A-Za-z]", tidy):
        return None
    registry = _registry()
    try:
        zero, one = (float(registry.Quantity(value, tidy).to(target).magnitude) for value in (0.0, 1.0))
    except Exception:  # pint's parser raises whatever Python's tokenizer does
        return None
    return one - zero, zero


def to_si(values: np.ndarray, unit: str, role: str) -> np.ndarray:
    """`values` in the SI unit of `role`; `unit` "" is taken as SI already."""
    if not unit:
        return values
    known = scale(unit, role)
    if known is None:
        raise PinchedError(f"{unit!r} is no unit of {role}; give one such as {UNITS.get(role, '1')!r}.")
    factor, offset = known
    return values if (factor, offset) == (1.0, 0.0) else values * factor + offset


def is_unit(text: str) -> bool:
    """Whether `text` is a unit of something that is measured here ("V", "(mA)", "second")."""
    return bool(_SIMPLE.fullmatch(_tidy(text.strip().strip("()[]"))))


def quantity(text: str | float, unit: str, what: str) -> float:
    """A number with or without a unit ("0.1V/s", 0.1) in `unit`; PinchedError names `what` it was given for."""
    try:
        return float(text)
    except ValueError:
        pass
    number, _, given = re.sub(r"^\s*([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*", r"\1 ", str(text)).partition(" ")
    try:
        return float(
            _registry().Quantity(float(number), _tidy(given)).to(unit).magnitude
        )  # also degC, which has an offset
    except Exception:  # pint's parser raises whatever Python's tokenizer does
        raise PinchedError(f"{text!r} is no {what}; write it like '0.1 {unit}'.") from None


def check_roles(given: dict[str, str] | None, option: str) -> dict[str, str]:
    """The user's overrides; PinchedError for a role that does not exist."""
    given = dict(given or {})
    for role in given:
        if role not in ROLES:
            raise PinchedError(f"--{option} {role}=…: there is no {role!r}{nearest(role, ROLES)} ({', '.join(ROLES)}).")
    return given
