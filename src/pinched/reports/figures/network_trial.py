"""A network on a device to look at: what time, errors and wires take, what cells hold, what it mistakes and costs."""

import numpy as np
import pandas as pd

from pinched.reports.figures.array_maps import sequential
from pinched.reports.figures.style import BLUE, GREY, INK, RED, Plot, canvas, log_axis, prefixed, style

LAYERS = 4  # drawn at most
WORDS = {
    "time": ("Time since programming (s)", "Time"),
    "noise": ("Programming error over the range", "Errors"),
    "wire": ("Wire between cells (ohm)", "Wires"),
}


def scans(found: dict[str, tuple[np.ndarray, np.ndarray]], references: dict[str, float]) -> Plot:
    """Accuracy against time, programming error and wire resistance.

    Args:
        found: of WORDS -> values (n,) and accuracies (n,) or (n, seeds).
        references: label -> accuracy of what is drawn beside it.
    """
    rows = []
    with style():
        figure, axes = canvas(len(found), width=1.2 + 2.6 * len(found), height=2.9, sharey=True)
        for place, (name, (x, y)) in zip(axes, found.items(), strict=True):
            y = 100 * np.reshape(y, (len(x), -1))
            for (label, value), dashes in zip(references.items(), ("--", ":"), strict=False):
                place.axhline(100 * value, color=GREY, ls=dashes, lw=0.9, label=label)
            place.plot(x, y.mean(1), "o-", ms=3.5, color=BLUE, label="on the device")
            if y.shape[1] > 1:
                place.fill_between(x, y.min(1), y.max(1), color=BLUE, alpha=0.15, lw=0, label="lowest to highest seed")
            if name == "time":
                log_axis(place, "x", WORDS[name][0])
            elif name == "wire":
                place.set_xscale("symlog", linthresh=min(v for v in x if v > 0))
                place.set_xticks(x, [f"{v:g}" for v in x])
                place.minorticks_off()
            place.set(xlabel=WORDS[name][0], title=WORDS[name][1])
            rows += [(name, *row) for row in zip(x, y.mean(1), y.min(1), y.max(1), strict=True)]
        axes[0].set_ylabel("Accuracy (%)")
        axes[-1].legend(loc="best", fontsize=7)
    return Plot(
        "network-accuracy",
        "What time, errors and wires take",
        "Accuracy on test images; the band goes from the lowest to the highest seed.",
        "Accuracy of the network against time, programming error and wire resistance.",
        figure,
        pd.DataFrame(rows, columns=["scan", "value", "accuracy_percent", "lowest", "highest"]),
        predicted=True,
    )


def cells(layers: dict[str, np.ndarray]) -> Plot:
    """Conductances of the first plane of the first layers.

    Args:
        layers: path -> (planes, rows, outputs), S.
    """
    from matplotlib.ticker import MaxNLocator

    shown = dict(list(layers.items())[:LAYERS])
    highest = max(float(g.max()) for g in shown.values())
    scale, prefix = prefixed(highest)
    with style():
        figure, axes = canvas(len(shown), width=1.0 + 2.1 * len(shown), height=3.0)
        for place, (path, g) in zip(axes, shown.items(), strict=True):
            image = place.imshow(g[0] / scale, cmap=sequential(), vmin=0, vmax=highest / scale, aspect="auto",
                                 interpolation="nearest")  # fmt: skip
            place.grid(False)
            place.set(title=f"{path}, {g.shape[1]} × {g.shape[2]}", xlabel="Output")
            place.title.set_fontsize(7.5)
            for axis in (place.xaxis, place.yaxis):
                axis.set_major_locator(MaxNLocator(5, integer=True))
        axes[0].set_ylabel("Input")
        figure.colorbar(image, ax=list(axes), shrink=0.85, label=f"Conductance ({prefix}S)")
    table = pd.concat([
        pd.DataFrame({"layer": path, "row": row.ravel(), "output": column.ravel(), "conductance_S": g[0].ravel()})
        for path, g in shown.items()
        for row, column in [np.indices(g.shape[1:])]
    ])  # fmt: skip
    return Plot(
        "network-cells",
        "What the cells hold",
        f"Conductances of the cells that add to an output, of {len(shown)} of {len(layers)} layers; of several planes "
        "the first.",
        "Maps of the conductances of the layers of the network.",
        figure,
        table,
        predicted=True,
    )


def confusion(counts: np.ndarray) -> Plot:
    """What was taken for what.

    Args:
        counts: (classes, classes), rows what images are.
    """
    part = 100 * counts / np.maximum(counts.sum(1, keepdims=True), 1)
    n = len(counts)
    with style():
        figure, (place,) = canvas(width=4.4, height=3.8)
        image = place.imshow(part, cmap=sequential(), vmin=0, vmax=100)
        place.grid(False)
        for i, j in np.argwhere(counts):
            place.text(j, i, f"{part[i, j]:.0f}" if part[i, j] >= 0.5 else "·", ha="center", va="center", fontsize=6.5,
                       color="white" if part[i, j] > 55 else INK)  # fmt: skip
        place.set(xlabel="Taken for", ylabel="Is", title=f"{100 * np.trace(counts) / counts.sum():.1f} % right")
        place.set_xticks(range(n))
        place.set_yticks(range(n))
        figure.colorbar(image, ax=place, shrink=0.85, label="Images of a class (%)")
    row, column = np.indices(counts.shape)
    return Plot(
        "network-confusion",
        "What it mistakes",
        "Test images of all seeds, by what they are and what they were taken for.",
        "Confusion matrix of the network on the device.",
        figure,
        pd.DataFrame({"is": row.ravel(), "taken_for": column.ravel(), "images": counts.ravel()}),
        predicted=True,
    )


def energies(table: pd.DataFrame) -> Plot:
    """Energy of a multiplication with its addition beside published ones.

    Args:
        table: of `networks.reference` with a cost.
    """
    rows = table.iloc[::-1].reset_index(drop=True)
    with style():
        figure, (place,) = canvas(width=7.2, height=0.8 + 0.26 * len(rows))
        for k, row in rows.iterrows():
            color = RED if row["what"].startswith("this network") else BLUE if "MAC" in row["what"] else GREY
            if row["high"] > row["low"]:
                place.plot([row["low"], row["high"]], [k, k], color=color, lw=6, alpha=0.55, solid_capstyle="butt")
            else:
                place.plot([row["low"]], [k], "D", ms=5, color=color)
        place.set_yticks(range(len(rows)), rows["what"])
        place.tick_params(axis="y", labelsize=7)
        log_axis(place, "x", "Energy of a MAC, or of an event (J)")
    return Plot(
        "network-energy",
        "Energy beside others",
        "Red: this network, its range that of published converters. Blue: digital MACs. Grey: synapses, and writing.",
        "Energy per multiplication of the network on arrays beside published digital ones and the brain.",
        figure,
        table,
        predicted=True,
    )
