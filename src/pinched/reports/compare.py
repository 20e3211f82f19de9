"""`pinched compare`: devices or reports side by side."""

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from pinched.core import PinchedError, Quantity, verb
from pinched.reports.folder import REPORT, made_by_pinched
from pinched.reports.report import is_comparable


@verb
def compare(
    *sources: str | os.PathLike, seed: int = 0, progress: Callable[[str, float], None] | None = None
) -> pd.DataFrame:
    """Figures of merit of several devices, one column each.

    Args:
        sources: report folders, published devices, device files, lab files or folders, in any mixture.
        seed: of what the virtual lab draws.
        progress: called with the present source and the fraction done.

    Returns:
        One row per figure of merit, texts with intervals.

    Raises:
        PinchedError: with fewer than two sources, or one that cannot be read.
    """
    from pinched.characterize.compare import side_by_side

    found: dict[str, dict[str, Quantity]] = {}
    for k, source in enumerate(sources):
        if progress:
            progress(f"Reading {source}", k / len(sources))
        for name, merits in _merits(source, seed).items():
            found[name if name not in found else f"{name} ({k + 1})"] = merits
    return side_by_side(found)


def _merits(source: str | os.PathLike, seed: int) -> dict[str, dict[str, Quantity]]:
    path = Path(source)
    if (path / REPORT).is_file() and made_by_pinched(path):
        return _written(path)
    from pinched.characterize.metrics import metrics
    from pinched.reports.sources import subjects

    found = subjects([source], seed=seed)
    return {subject.name: {f"merits.{k}": q for k, q in metrics(subject.data).items()} for subject in found}


def _written(folder: Path) -> dict[str, dict[str, Quantity]]:
    """The figures of merit, the model error and the accuracies in a report."""
    content = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    if "devices" in content:
        return {name: merits for device in content["devices"] for name, merits in _written(folder / device).items()}
    try:
        stored = {f"{key}.{name}": q for key, s in content["sections"].items() for name, q in s["quantities"].items()}
        return {content["name"]: {key: _quantity(plain) for key, plain in stored.items() if is_comparable(key)}}
    except (KeyError, TypeError) as error:
        raise PinchedError(
            f"{folder / REPORT} is not a whole report ({error}): make it again with `pinched report`."
        ) from None


def _quantity(plain: dict) -> Quantity:
    read = Quantity(**plain)
    return read if read.value is not None else dataclasses.replace(read, value=float("nan"))
