"""Process cards: what a wire and a transistor of a technology node are, each value with its source."""

import dataclasses
import functools
import tomllib
from importlib import resources

from pinched.core import PinchedError


@dataclasses.dataclass(frozen=True)
class Wire:
    """A metal line of one width.

    Attributes:
        width: m.
        resistance: ohm per m.
        capacitance: F per m.
    """

    width: float
    resistance: float
    capacitance: float


@dataclasses.dataclass(frozen=True)
class Process:
    """A CMOS node.

    Attributes:
        feature: m.
        vdd: supply, V.
        on_n, on_p: on-current per width, A/m, at 300 K.
        gate: gate capacitance per width, F/m.
        drain: drain capacitance per width of an access transistor, F/m.
        kappa: effective over saturated on-resistance.
        sar: (a, c, k, m) of the SAR converter's power, W, or None where no fit is published.
    """

    feature: float
    vdd: float
    on_n: float
    on_p: float
    gate: float
    drain: float
    kappa: float
    sar: tuple[float, float, float, float] | None

    def width_for(self, resistance: float) -> float:
        """Width (m) of an n transistor whose on-resistance is `resistance` (ohm)."""
        return self.kappa * self.vdd / (self.on_n * resistance)


def process(node: str | float) -> Process:
    """The card of a node, "32nm", "32" or 32.

    Raises:
        PinchedError: for a node that has no card.
    """
    cards = _cards()
    card = cards["node"].get(_key(node))
    if card is None:
        raise PinchedError(f"No process card for {node!r}: there are {', '.join(f'{n} nm' for n in cards['node'])}.")
    given = {**card, "sar": tuple(card["sar"]) if "sar" in card else None}
    return Process(feature=float(_key(node)) * 1e-9, drain=cards["drain"]["ratio"] * card["gate"], **given)


def wire(width: str | float) -> Wire:
    """The wire of a tabulated width in nm, "100nm", "100" or 100.

    Raises:
        PinchedError: for a width that is not in the table.
    """
    cards = _cards()
    if _key(width) not in cards["wire"]:
        raise PinchedError(f"No wire of width {width!r}: there are {', '.join(f'{w} nm' for w in cards['wire'])}.")
    aspect, resistivity = cards["wire"][_key(width)]
    w = float(_key(width)) * 1e-9
    return Wire(w, resistivity / (aspect * w**2), cards["wire_capacitance"]["value"])


def sources() -> dict[str, str]:
    """Where each group of values comes from."""
    return dict(_cards()["source"])


def _key(nanometres: str | float) -> str:
    text = nanometres if isinstance(nanometres, str) else f"{nanometres:g}"
    return text.strip().removesuffix("nm").strip()


@functools.cache
def _cards() -> dict:
    return tomllib.loads(resources.files("pinched.materials").joinpath("processes.toml").read_text("utf-8"))
