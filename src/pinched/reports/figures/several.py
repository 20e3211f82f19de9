"""One number of several devices, with its interval in each."""

import numpy as np
import pandas as pd

from pinched.reports.figures.style import BLUE, Plot, canvas, style

SHOWN = ("merits.v_set", "merits.v_reset", "merits.on_off", "merits.r_lrs", "merits.r_hrs")


def spread(frame: pd.DataFrame) -> Plot | None:
    """Points with intervals, a panel a merit, a row a device.

    Args:
        frame: columns device, merit, label, unit, value, low, high (NaN or None where there is no interval).
    """
    if frame.empty:
        return None
    shown = [m for m in SHOWN if frame.loc[frame["merit"] == m, "device"].nunique() > 1][:4]
    if not shown:
        return None
    devices = list(dict.fromkeys(frame["device"]))
    place = {device: len(devices) - k for k, device in enumerate(devices)}
    with style():
        figure, axes = canvas(len(shown), width=2.2 + 1.6 * len(shown), height=0.9 + 0.24 * len(devices), sharey=True)
        for panel, merit in zip(axes, shown, strict=True):
            part = frame[frame["merit"] == merit]
            y = part["device"].map(place)
            low, high = (part[k].astype(float).fillna(part["value"]) for k in ("low", "high"))
            panel.hlines(y, low, high, color=BLUE, lw=1.2, alpha=0.6)
            panel.plot(part["value"], y, "o", ms=4, color=BLUE)
            unit = {"ohm": "Ω", "1": ""}.get(part["unit"].iloc[0], part["unit"].iloc[0])
            panel.set_xlabel(part["label"].iloc[0] + (f" ({unit})" if unit else ""))
            values = part["value"].to_numpy()
            if (values > 0).all() and values.max() / values.min() > 30:
                panel.set_xscale("log")
        axes[0].set_yticks(list(place.values()), list(place))
        axes[0].set_ylim(0.4, len(devices) + 0.6)
    return Plot(
        "devices", "From device to device", "Median and interval of each device.",
        "Median and interval of each figure of merit for every device.", figure, frame.replace({None: np.nan}),
    )  # fmt: skip
