"""Several devices side by side."""

from collections.abc import Mapping

import pandas as pd

from pinched.core import PinchedError, Quantity


def side_by_side(devices: Mapping[str, Mapping[str, Quantity]]) -> pd.DataFrame:
    """One row per figure of merit that at least one device has, one column of text per device.

    Args:
        devices: name of the device -> its figures of merit.

    Raises:
        PinchedError: with fewer than two devices.
    """
    if len(devices) < 2:
        raise PinchedError("A comparison needs at least two devices or reports: name a second one.")
    keys = dict.fromkeys(key for merits in devices.values() for key, q in merits.items() if q.available)
    rows = {}
    for key in keys:
        label = next(q.label for merits in devices.values() if (q := merits.get(key)) is not None) or key
        rows[label] = {name: str(merits[key]) if key in merits else "not measured" for name, merits in devices.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(devices))
