"""Configurational entropy of a composition, the number behind "high-entropy"."""

import math
import re
from collections.abc import Mapping

from pinched.core import PinchedError, Quantity

GAS_CONSTANT = 8.314462618  # J/(mol K), exact by the 2019 SI
ANIONS = frozenset({"O", "F", "Cl", "Br", "I", "S", "Se", "Te", "N"})  # their sublattice is taken as unmixed
MEDIUM, HIGH = 1.0, 1.5  # in R per mole of cations: low below the first, high from the second on


def composition(formula: str) -> dict[str, float]:
    """Atoms per formula unit: "(Zr,Hf,Nb,Ta,Mo,W)2O5" shares 2 equally among six, "(Mg0.2Zn0.8)O" as written.

    Args:
        formula: elements with amounts; a comma-separated bracket is equimolar. An amount such as "5-x" counts as 5.

    Raises:
        PinchedError: where the text is no formula.
    """
    text = re.sub(r"[\s_{}$]|(?<=\d)[-−–][xyδd]", "", formula)
    atoms: dict[str, float] = {}
    position = 0
    for group in re.finditer(r"(?:\(([^()]+)\)|([A-Z][a-z]?))(\d+\.?\d*|\.\d+)?", text):
        if group.start() != position:
            break
        position = group.end()
        for element, share in _shares(group[1] or group[2]).items():
            atoms[element] = atoms.get(element, 0.0) + share * float(group[3] or 1)
    if not atoms or position != len(text):
        raise PinchedError(
            f"{formula!r} is not a formula that can be read from position {position}: "
            "write elements and amounts, such as (Cr,Mn,Fe,Co,Ni)3O4."
        )
    return atoms


def configurational_entropy(formula: str | Mapping[str, float]) -> Quantity:
    """Ideal entropy of mixing of the cations, -R Σ x ln x, in J/(mol K) per mole of cations.

    All cations share one sublattice and the anions are unmixed, so that vacancies and site preference do not count;
    this is the normalisation of the classes low < 1 R <= medium < 1.5 R <= high.

    Args:
        formula: as `composition` reads it, or atoms per formula unit.

    Returns:
        A derived Quantity, its class in the note.

    Raises:
        PinchedError: for a formula without cations.
    """
    atoms = composition(formula) if isinstance(formula, str) else dict(formula)
    cations = {element: n for element, n in atoms.items() if element not in ANIONS and n > 0}
    total = sum(cations.values())
    if not total:
        raise PinchedError(f"{formula!r} holds no cations: give an oxide or an alloy, such as (Cr,Mn,Fe,Co,Ni)3O4.")
    in_r = -sum(n / total * math.log(n / total) for n in cations.values()) + 0.0
    name = "high" if in_r >= HIGH else "medium" if in_r >= MEDIUM else "low"
    note = f"{in_r:.3f} R per mole of {len(cations)} cations on one sublattice, anions unmixed: {name} entropy"
    return Quantity(GAS_CONSTANT * in_r, "J/(mol K)", "derived", label="Configurational entropy", note=note)


def _shares(inside: str) -> dict[str, float]:
    """Atoms of one bracket: equimolar with commas and no amounts, else as written."""
    tokens = re.findall(r"([A-Z][a-z]?)(\d+\.?\d*|\.\d+)?", inside)
    if "" in inside.split(",") or "".join(a + b for a, b in tokens) != inside.replace(",", ""):
        raise PinchedError(f"The bracket ({inside}) is not a list of elements: write (Cr,Mn,Fe,Co,Ni) or (Mg0.2Zn0.8).")
    equimolar = "," in inside and not any(amount for _, amount in tokens)
    return {element: 1 / len(tokens) if equimolar else float(amount or 1) for element, amount in tokens}
