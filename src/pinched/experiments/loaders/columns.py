"""What a column holds, from its name and unit."""

import dataclasses
import re

import numpy as np

from pinched.core import PinchedError, nearest
from pinched.experiments.loaders.table import Table
from pinched.experiments.loaders.units import UNITS, is_unit, scale, to_si


@dataclasses.dataclass(frozen=True)
class Guess:
    """What a column name means: a role, its unit ("" not given), and how far from the plainest name it is."""

    role: str
    unit: str
    rank: int


# Derived columns of instruments and scripts: they repeat what voltage and current say.
_DERIVED = re.compile(
    r"\b(min|max|target|prev|previous|err|error|rel|ratio|norm|ilrs|ihrs|vset|vreset|ireset|iset|imax|imin|ipos|ileak\w*|"
    r"cycletime|delta|diff|log\w*|ln|power|energy|density|alpha|beta|gamma|zeta|std|sigma|noise|limit|compliance|item|status|"
    r"range|vform|freq\w*|phase|cap\w*|ber|bpc|attempt\w*)\b"
)
# The first rule that matches names the role. English, and the commonest German names of columns.
_RULES = (
    ("pulse_width", r"\b(pw|width|duration|t on|tpulse|pulse time)\b|^w$"),
    ("read_voltage", r"\b(read|meas|sense|probe)\b.*\b(v|voltage|bias)\b"),
    (
        "pulse_voltage",
        r"\b(pulse|write|program|prog|programming|wr)\b.*\b(v|volt\w*|amplitude|bias|height)\b|^amplitude\b",
    ),
    ("count", r"^(np|num applied|number applied|pulses applied)$"),
    (
        "pulse",
        r"^(pulse|pulses|p|n)$|^(n|no|num|number|index)( of)? pulses?$|"
        r"^pulses? (number|no|num|index|idx|nr|count|id|n|#)$",
    ),
    ("time", r"\b(time\w*|timestamp|zeit|t|elapsed|seconds)\b|^x value$"),
    ("temperature", r"\b(temp|temperature|temperatur)\b"),
    ("cycle", r"^(cycles?|repeat|repetition|loop|iteration|sweep|zyklus|rep)( (number|no|num|nr|index|id|n|#|\d+))?$"),
    ("device", r"\b(device|dut|cell|addr|address|word ?line|bit ?line)\b"),
    ("hrs", r"\b(hrs|hcs off|r off|roff)\b"),
    ("lrs", r"\b(lrs|r on|ron)\b"),
    ("conductance", r"\b(g|conductance|cond|leitwert)\b"),
    ("resistance", r"\b(r|res|resistance|memristance|widerstand)\b"),
    ("current", r"\b(i|id|ids|current|strom|amps?|ampere)\b"),
    ("voltage", r"\b(v|u|vd|vds|voltage|volt|volts|bias|potential|spannung|source)\b"),
)
_BY_UNIT = {"V": "voltage", "A": "current", "s": "time", "ohm": "resistance", "S": "conductance", "K": "temperature"}


def guess(name: str, unit: str = "") -> Guess | None:
    """The meaning of a column called `name`, or None where it is derived or unknown."""
    base, unit = (name, unit) if unit else split_unit(name)
    text = _tokens(base)
    if _DERIVED.search(text):
        return None
    si = next((u for u, role in _BY_UNIT.items() if unit and scale(unit, role)), "")
    role = _rule(f"{text} v") if si == "V" else _rule(text)
    if role == "time" and si == "K":
        role = "temperature"
    if role and si and role not in ("hrs", "lrs") and UNITS.get(role, si) != si:
        role, unit, si = _rule(_tokens(name)), "", ""  # "V_S" is the source's voltage, not siemens
    role = role or _BY_UNIT.get(si)
    if role is None:
        return None
    rank = 1 + 4 * bool(re.search(r"\b(abs\w*|gate|vg|bulk|base|wl|substrate)\b", text))
    rank += bool(re.search(r"\b(applied|source|forced?|programmed|set|nominal|target)\b", text)) - bool(
        re.search("meas", text)
    )
    return Guess(role, unit if si else "", rank)


def _tokens(name: str) -> str:
    name = re.sub(r"(\[\d+\])+$", "", name.strip())
    name = name.rsplit(".", 1)[-1] or name
    tokens = re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|#", name)
    if len(tokens) in (1, 2) and re.fullmatch(
        r"[A-Z][IV]", tokens[0]
    ):  # terminal and quantity of a Keithley 4200: AV, AI
        tokens[0] = tokens[0][1]
    return " ".join(tokens).lower()


def _rule(text: str) -> str | None:
    return next((role for role, rule in _RULES if re.search(rule, text)), None)


def split_unit(name: str) -> tuple[str, str]:
    """("G", "uS") of "G (uS)", "G [uS]", "G/uS", "G, uS", "G uS" or "G_uS"."""
    name = name.strip()
    if (match := re.fullmatch(r"(.*?)\s*[(\[]([^()\[\]]*[A-Za-zΩ°][^()\[\]]*)[)\]]\s*", name)) and match[1]:
        return (match[1], match[2].strip()) if any(scale(match[2], role) for role in UNITS) else (name, "")
    if (
        (match := re.fullmatch(r"(.+?)(?:\s*[/,_]\s*|\s+)([^\s/,_]+)", name))
        and is_unit(match[2])
        and match[2][-1] not in "va"
    ):
        return match[1], match[2]
    return name, ""


class Columns:
    """The columns of a table by role, in SI."""

    def __init__(self, table: Table, columns: dict[str, str], units: dict[str, str], where: str):
        self.table, self.where = table, where
        self.notes: list[str] = []
        self._index: dict[str, list[int]] = {}
        self._unit: dict[int, str] = {}
        for i, name in enumerate(table.names):
            if name and (found := guess(name, table.units[i])):
                self._index.setdefault(found.role, []).append(i)
                self._unit[i] = found.unit
        for indices in self._index.values():
            indices.sort(key=lambda i: guess(table.names[i], table.units[i]).rank)  # type: ignore[union-attr]
        for role, choice in columns.items():
            i = self._chosen(role, choice)
            self._index = {r: [k for k in found if k != i] for r, found in self._index.items()}
            self._index[role] = [i]
            self._unit[i] = table.units[i] or split_unit(table.names[i])[1]
        self._given = {role: unit for role, unit in units.items() if role in UNITS}

    def _chosen(self, role: str, choice: str | int) -> int:
        names, width = self.table.names, self.table.data.shape[1]
        if choice in names:
            return names.index(choice)
        lowered = [name.lower() for name in names]
        if str(choice).lower() in lowered:
            return lowered.index(str(choice).lower())
        if str(choice).isdigit() and 1 <= int(choice) <= width:
            return int(choice) - 1
        known = [name for name in names if name]
        listed = f"; it has {', '.join(known[:8])}" if known else f"; it has {width} columns, numbered from 1"
        raise PinchedError(f"{self.where} has no column {choice!r} for {role}{nearest(str(choice), known) or listed}.")

    def assign(self, roles: dict[str, int]) -> None:
        """Name columns by what they hold, where the file does not name them."""
        for role, i in roles.items():
            self._index.setdefault(role, []).append(i)

    def __contains__(self, role: str) -> bool:
        return bool(self._index.get(role))

    def indices(self, role: str) -> list[int]:
        """Columns of that role, the plainest name first."""
        return self._index.get(role, [])

    def column(self, i: int, role: str) -> np.ndarray:
        """Column `i` in the SI unit of `role`."""
        unit = self._given.get(role) or self._unit.get(i, "")
        if unit and scale(unit, role) is None and role not in self._given:
            unit = ""
        return to_si(self.table.data[:, i], unit, role)

    def unit(self, i: int) -> str:
        """Unit that the file gives column `i`, "" where it gives none."""
        return self._unit.get(i, "")

    def unit_known(self, role: str) -> bool:
        """Whether the file or the user states the unit of that role."""
        return role in self._given or any(self._unit.get(i) for i in self.indices(role)[:1])

    def get(self, role: str) -> np.ndarray | None:
        """The plainest column of that role that varies, or the plainest; None where there is none."""
        chosen = self.pick(role)
        return None if chosen is None else self.column(chosen, role)

    def pick(self, role: str) -> int | None:
        """Which column `get` takes."""
        indices = self.indices(role)
        if not indices:
            return None
        moving = [
            i for i in indices if np.nanmax(x := self.table.data[:, i], initial=-np.inf) > np.nanmin(x, initial=np.inf)
        ]
        return (moving or indices)[0]

    def keep(self, role: str, i: int) -> None:
        """Let column `i` alone have that role."""
        self._index[role] = [i]

    def drop(self, role: str) -> None:
        """Forget that role."""
        self._index.pop(role, None)
