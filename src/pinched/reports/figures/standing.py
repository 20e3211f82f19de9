"""The device among the published ones."""

import numpy as np
import pandas as pd

from pinched.reports.figures.style import GREY, RED, Plot, canvas, log_axis, style


def standing(published: pd.DataFrame, own: dict[str, float]) -> Plot:
    """On/off ratio against switching voltage and against endurance, this device in red.

    Args:
        published: rows of `characterize.catalogue`: on_off, v_positive, v_negative, endurance.
        own: on_off, v_switch (V), endurance of this device; a missing key is not drawn, a lone key is drawn as a line.
    """
    volts = published[["v_positive", "v_negative"]].abs().max(axis=1)
    with style():
        figure, (left, right) = canvas(2, height=3.0, sharey=True)
        left.plot(volts, published["on_off"], "o", ms=4, mfc="none", mec=GREY, label="published")
        right.plot(published["endurance"], published["on_off"], "o", ms=4, mfc="none", mec=GREY, label="published")
        _mark(left, own.get("v_switch"), own.get("on_off"))
        _mark(right, own.get("endurance"), own.get("on_off"))
        log_axis(left, "y", "On/off ratio")
        log_axis(right, "x", "Endurance (cycles)")
        left.set(xlabel="Largest switching voltage (V)", xlim=(0, None))
        left.legend(loc="best")
    drawn = published.assign(v_largest_V=volts)
    table = pd.concat(
        [
            drawn,
            pd.DataFrame(
                [
                    {
                        "device": "this device",
                        "on_off": own.get("on_off", np.nan),
                        "v_largest_V": own.get("v_switch", np.nan),
                        "endurance": own.get("endurance", np.nan),
                    }
                ]
            ),
        ]
    )
    return Plot(
        "standing",
        "Among the published devices",
        "Grey: devices of four review articles, values as printed there. Red: this device; "
        "a line where the other axis was not measured.",
        "On/off ratio against switching voltage and against endurance for published devices and this one.",
        figure,
        table,
    )


def _mark(axes, x: float | None, y: float | None) -> None:
    if x is not None and y is not None:
        axes.plot([x], [y], "D", ms=7, color=RED, label="this device", zorder=5)
    elif y is not None:
        axes.axhline(y, color=RED, lw=1.2, ls="-", label="this device")
    elif x is not None:
        axes.axvline(x, color=RED, lw=1.2, label="this device")
