"""Potentiation and depression: what was read after each pulse, and the response fitted to it."""

import numpy as np
import pandas as pd

from pinched.reports.figures.loops import rounded
from pinched.reports.figures.style import BLUE, RED, SKY, Plot, canvas, si_axis, style

COLORS = {"up": RED, "down": BLUE}
WORDS = {"up": "potentiation", "down": "depression"}


def synapse(measured: pd.DataFrame | None, response: pd.DataFrame | None, source: str) -> Plot | None:
    """Conductance against pulse number.

    Args:
        measured: columns direction ("up" or "down"), train, pulse, conductance_S; None where no pulses were measured.
        response: columns direction, pulse, conductance_S of the behavioural response without noise; None without one.
        source: "fitted to the pulses", or which model predicts it.
    """
    predicted = measured is None
    frames = [f.assign(source=name) for f, name in ((measured, "measured"), (response, "response")) if f is not None]
    if not frames:
        return None
    directions = [d for d in ("up", "down") if any((f["direction"] == d).any() for f in frames)]
    with style():
        figure, axes = canvas(len(directions), width=3.6 * len(directions), height=2.8, sharey=True)
        for panel, direction in zip(axes, directions, strict=True):
            _panel(panel, measured, response, direction, predicted)
        si_axis(axes[0], "y", "S", "Conductance")
    words = " and ".join(WORDS[d] for d in directions)
    what = (
        f"Predicted {words}: {source}."
        if predicted
        else f"Measured {words} (thin: each train; dots: mean of trains) and the response {source} (dashed)."
    )
    return Plot(
        "synapse",
        "Synaptic response" + (", predicted" if predicted else ""),
        what,
        f"Conductance against pulse number for {words}.",
        figure,
        pd.concat(frames),
        _interactive(measured, response, directions),
        predicted,
    )


def _panel(axes, measured, response, direction, predicted) -> None:
    color = COLORS[direction]
    if measured is not None:
        part = measured[measured["direction"] == direction]
        trains = list(part.groupby("train"))
        for _, train in trains:
            axes.plot(
                train["pulse"],
                train["conductance_S"],
                "-",
                lw=0.6,
                color=color,
                alpha=float(np.clip(3 / len(trains), 0.08, 0.6)),
                rasterized=len(part) > 6000,
            )
        mean = part.groupby("pulse")["conductance_S"].mean()
        axes.plot(mean.index, mean, ".", ms=2.6, color=color, label="measured")
    if response is not None:
        curve = response[response["direction"] == direction]
        axes.plot(
            curve["pulse"],
            curve["conductance_S"],
            "--",
            lw=1.6,
            color="#1f2733" if not predicted else color,
            label="predicted" if predicted else "fitted response",
        )
    axes.set(xlabel="Pulse", title=WORDS[direction].capitalize())
    axes.legend(loc="best")


def _interactive(measured, response, directions) -> dict:
    data = []
    for direction in directions:
        if measured is not None:
            mean = measured[measured["direction"] == direction].groupby("pulse")["conductance_S"].agg(["mean", "std"])
            data.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "name": f"{WORDS[direction]}, measured",
                    "x": rounded(mean.index),
                    "y": rounded(mean["mean"]),
                    "marker": {"color": COLORS[direction], "size": 5},
                    "error_y": {
                        "type": "data",
                        "array": rounded(mean["std"]),
                        "thickness": 0.7,
                        "width": 0,
                        "color": SKY,
                    },
                }
            )
        if response is not None:
            curve = response[response["direction"] == direction]
            name = "fitted" if measured is not None else "predicted"
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "name": f"{WORDS[direction]}, {name}",
                    "x": rounded(curve["pulse"]),
                    "y": rounded(curve["conductance_S"]),
                    "line": {"color": COLORS[direction], "width": 2, "dash": "dash"},
                }
            )
    return {
        "data": data,
        "layout": {
            "xaxis": {"title": {"text": "Pulse"}},
            "yaxis": {"title": {"text": "Conductance (S)"}, "exponentformat": "SI", "rangemode": "tozero"},
        },
    }
