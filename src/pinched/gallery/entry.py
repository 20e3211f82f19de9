"""What an entry of the gallery is: a headline of the literature, the claims in it, and how they are run."""

import dataclasses
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, get_args

from pinched.core import PinchedError, engineering, verb

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Layer = Literal[
    "Material", "Mechanism", "Device", "Synapse", "Neuron", "Storage", "Array", "Logic", "Network", "Training",
    "Application", "Metric",
]  # fmt: skip
LAYERS = get_args(Layer)


@dataclasses.dataclass(frozen=True)
class Claim:
    """One statement of a headline beside what the library computes.

    Attributes:
        what: the quantity, in words.
        printed: what the literature prints, as text with unit.
        value: what the library computes, in `unit` (NaN where it cannot).
        low, high: the range within which the statement counts as reproduced; it follows from `printed` alone. Without
            either the value is told beside the others, and judged neither way.
        why: the reason, where it is not reproduced.
        note: what the reader should know either way, if anything.
    """

    what: str
    printed: str
    value: float
    unit: str
    low: float = -math.inf
    high: float = math.inf
    why: str = ""
    note: str = ""

    @property
    def reproduced(self) -> bool | None:
        """Whether `value` lies in the range; None without a range."""
        if math.isinf(self.low) and math.isinf(self.high):
            return None
        return bool(self.low <= self.value <= self.high)

    @property
    def remark(self) -> str:
        """What is said of it: the note, and the reason where there is something to explain."""
        return "; ".join(text for text in (self.note, "" if self.reproduced else self.why) if text)

    def __str__(self) -> str:
        return f"{self.what}: {engineering(self.value, self.unit)}, printed {self.printed}"


def near(value: float, factor: float) -> dict[str, float]:
    """`low` and `high` of a claim that holds within a `factor` of the printed `value` ("about", "~")."""
    ends = sorted((value / factor, value * factor))
    return {"low": ends[0], "high": ends[1]}


@dataclasses.dataclass(frozen=True)
class Result:
    """What a run of an entry gives: its claims, the one that stands for it first, and how to draw it."""

    claims: tuple[Claim, ...]
    draw: Callable[[], "Figure"]

    @property
    def reproduced(self) -> bool:
        """Whether every claim that is judged is."""
        return not self.missed

    @property
    def missed(self) -> list[Claim]:
        """The claims that are not reproduced."""
        return [claim for claim in self.claims if claim.reproduced is False]

    @property
    def verdict(self) -> str:
        """ "reproduced", or "partly" or "not reproduced" and why."""
        missed = self.missed
        if not missed:
            return "reproduced"
        part = "partly reproduced" if any(claim.reproduced for claim in self.claims) else "not reproduced"
        reasons: dict[str, list[str]] = {}
        for claim in missed:
            reasons.setdefault(claim.remark, []).append(claim.what)
        return f"{part}: " + "; ".join(f"{', '.join(what)}: {why}" for why, what in reasons.items())


@dataclasses.dataclass(frozen=True)
class Entry:
    """A system of the reviews.

    Attributes:
        system: its number, "S12".
        name: a short name for the command line, "filament-widening".
        layer, title, headline: where it stands, what it is, what the literature prints of it.
        sources: article, and DOI or place, of every printed number.
        taken: the inputs that were taken from the literature rather than computed.
        reproduce: seed -> Result.
    """

    system: str
    name: str
    layer: Layer
    title: str
    headline: str
    sources: tuple[str, ...]
    taken: tuple[str, ...]
    reproduce: Callable[[int], Result]

    def run(self, seed: int = 0) -> Result:
        """Reproduce it, in double precision, in which the result is drawn as well.

        Raises:
            PinchedError: where a claim missed at seed 0 does not say why; an entry must never leave that open.
        """
        result = verb(self.reproduce)(seed)
        silent = [claim.what for claim in result.missed if not claim.remark]
        if silent and seed == 0:
            raise PinchedError(f"{self.system}: {silent[0]} is not reproduced, and the entry does not say why.")
        drawn = f"by what seed {seed} draws: seed 0 reproduces it"
        claims = tuple(dataclasses.replace(c, why=drawn) if c.what in silent else c for c in result.claims)
        return dataclasses.replace(result, claims=claims, draw=verb(result.draw))


def entry(**about) -> Callable[[Callable[[int], Result]], Entry]:
    """Make an Entry of the function that reproduces it; `about` are the fields of Entry but `reproduce`."""
    return lambda reproduce: Entry(reproduce=reproduce, **about)
