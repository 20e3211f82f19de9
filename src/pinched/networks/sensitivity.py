"""What to improve first: the accuracy gained when one property of the device is improved, the rest as it is."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from pinched.arrays.analog.mapping import Mapping
from pinched.core import PinchedError, nearest
from pinched.networks.improve import FIELDS, improvements, perfect, prepared

NOISE = 2.0  # standard errors below which a gain is within the noise


def sensitivity(evaluate: Callable, source: Any, properties: Iterable[str] | None = None, seeds=(0, 1, 2, 3, 4)):
    """Re-run a network with each property of its device improved in turn.

    Args:
        evaluate: `evaluate(device, seeds=...)` -> Accuracy, such as `applications.digits.ex_situ`.
        source: a Mapping or a PulseResponse.
        properties: names of those to improve; default all.
        seeds: the same for every run, so that differences are paired.

    Returns:
        pandas.DataFrame, largest gain first: `property`, `present`, `improved`, accuracy `before` and `after`, `gain`,
        its standard `error` over the seeds, and `verdict`: "gain", "loss", "within the noise" (below two standard
        errors), "one seed: no error", "already ideal", or "not measured" where a Mapping holds the default. The last
        row, "everything", has all of them improved at once.

    Raises:
        PinchedError: for an unknown property or a source that is neither.
    """
    import pandas as pd

    source = prepared(source)
    table = improvements(source)
    for name in properties or ():
        if name not in table:
            raise PinchedError(f"No property {name!r} to improve{nearest(name, table)}; there are {', '.join(table)}.")
    before = np.asarray(evaluate(source, seeds=seeds).values)
    known = {name for name, _, _ in source.known} if isinstance(source, Mapping) else None

    def row(name, present, improved, device, idle):
        after = before if device is None else np.asarray(evaluate(device, seeds=seeds).values)
        gain, paired = float(np.mean(after - before)), after - before
        error = float(np.std(paired, ddof=1) / np.sqrt(len(paired))) if len(paired) > 1 else np.nan
        verdict = idle or _verdict(gain, error)
        return name, present, improved, before.mean(), after.mean(), gain, error, verdict

    rows = []
    for name in properties or table:
        step = table[name]
        idle = "" if step.changes else "already ideal"
        if idle and known is not None and known.isdisjoint(FIELDS[name]):
            idle = "not measured"
        rows.append(
            row(name, step.present, step.improved, source.replace(**step.changes) if step.changes else None, idle)
        )
    rows.sort(key=lambda r: (bool(r[-1] in ("already ideal", "not measured")), -r[5]))
    rows.append(row("everything", "", "all of the above", perfect(source), ""))
    columns = ["property", "present", "improved", "before", "after", "gain", "error", "verdict"]
    return pd.DataFrame(rows, columns=columns)


def _verdict(gain: float, error: float) -> str:
    if np.isnan(error):
        return "one seed: no error"
    if abs(gain) <= NOISE * error:
        return "within the noise"
    return "gain" if gain > 0 else "loss"
