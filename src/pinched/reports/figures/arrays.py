"""What a crossbar and its periphery make of the device."""

import pandas as pd

from pinched.reports.figures.style import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY, Plot, canvas, log_axis, style

CYCLE = (BLUE, RED, GREEN, ORANGE, PURPLE, SKY)


def array_limits(table: pd.DataFrame) -> Plot:
    """Loss of column current to the wires, and read margin against sneak paths, by array size.

    Args:
        table: columns size (cells along a side), wires (what to call them), loss, margin_floating (fractions).
    """
    sizes = sorted(table["size"].unique())
    with style():
        figure, panels = canvas(2, height=2.8)
        for color, (wires, part) in zip(CYCLE, table.groupby("wires", sort=False), strict=False):
            for panel, column in zip(panels, ("loss", "margin_floating"), strict=True):
                panel.plot(part["size"], 100 * part[column], "o--", ms=3.5, color=color, label=wires)
        for panel in panels:
            panel.set_xscale("log", base=2)
            panel.set_xticks(sizes, [str(n) for n in sizes])
            panel.minorticks_off()
            panel.set(xlabel="Array side (cells)", ylim=(0, 105))
        panels[0].axhline(5, color=GREY, lw=0.8, ls=":")
        panels[1].axhline(10, color=GREY, lw=0.8, ls=":")
        panels[0].set_ylabel("Current lost to the wires (%)")
        panels[1].set_ylabel("Read margin, lines floating (%)")
        panels[0].legend(loc="best")
    return Plot(
        "array",
        "Wires and sneak paths against array size",
        "Left: loss of the worst column current with every cell ON and all rows driven (dotted: 5 %). "
        "Right: read margin of one cell when every other line floats and every other cell is ON (dotted: 10 %).",
        "Loss to the wires rising, and read margin falling, with the side of the array.",
        figure,
        table,
        predicted=True,
    )


def cost(table: pd.DataFrame) -> Plot:
    """Energy of one read and one write by component.

    Args:
        table: columns operation, item, energy_J, low_J, high_J (bounds NaN where there is no range).
    """
    operations = list(dict.fromkeys(table["operation"]))
    most = int(table.groupby("operation")["item"].size().max())
    with style():
        figure, axes = canvas(len(operations), width=3.7 * len(operations), height=0.9 + 0.27 * most, sharex=True)
        for panel, operation in zip(axes, operations, strict=True):
            part = table[(table["operation"] == operation) & (table["energy_J"] > 0)].iloc[::-1]
            panel.hlines(part["item"], part["low_J"], part["high_J"], color=BLUE, lw=5, alpha=0.3)
            panel.plot(part["energy_J"], part["item"], "o", ms=5, color=BLUE)
            log_axis(panel, "x", "Energy (J)")
            panel.set_title(operation)
            panel.set_ylim(-0.6, len(part) - 0.4)
    return Plot(
        "cost",
        "Energy by component",
        "Derived, first order, on a logarithmic axis; bands are ranges of published values.",
        "Energy by component of one array read and one array write.",
        figure,
        table,
        predicted=True,
    )


def improvements(table: pd.DataFrame) -> Plot:
    """What each improved property is worth.

    Args:
        table: columns property, gain (accuracy, fraction), std (its error), verdict; best first.
    """
    rows = table.iloc[::-1]
    percent = 100 * rows["gain"]
    with style():
        figure, (axes,) = canvas(width=6.2, height=0.6 + 0.3 * len(rows))
        axes.barh(
            rows["property"],
            percent,
            xerr=100 * rows["std"],
            color=_sure(rows),
            height=0.6,
            error_kw={"ecolor": GREY, "elinewidth": 1, "capsize": 2},
        )
        axes.axvline(0, color=GREY, lw=0.8)
        axes.set_xlabel("Change of accuracy (percentage points)")
        axes.grid(axis="y", visible=False)
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "y": rows["property"].tolist(),
            "x": [round(float(v), 3) for v in percent],
            "error_x": {
                "type": "data",
                "array": [round(100 * float(s), 3) for s in rows["std"]],
                "thickness": 1,
                "color": GREY,
            },
            "marker": {"color": _sure(rows)},
            "hovertemplate": "%{y}: %{x:+.2f} points<extra></extra>",
        }
    ]
    layout = {
        "xaxis": {"title": {"text": "Change of accuracy (percentage points)"}},
        "yaxis": {"automargin": True},
        "showlegend": False,
    }
    return Plot(
        "improve",
        "What each improvement is worth",
        "Predicted change of accuracy when one property alone is improved; whiskers: standard error.",
        "Ranked bars of the change of accuracy by improved property.",
        figure,
        table,
        {"data": data, "layout": layout},
        True,
    )


def _sure(rows: pd.DataFrame) -> list[str]:
    return [{"gain": GREEN, "loss": RED}.get(verdict, GREY) for verdict in rows["verdict"]]


def accuracy(table: pd.DataFrame) -> Plot:
    """Accuracy bars beside their references.

    Args:
        table: columns label, role ("reference", "ex situ", "in situ"), mean, std (fractions).
    """
    rows = table.iloc[::-1]
    color = rows["role"].map({"reference": GREY, "ex situ": BLUE, "in situ": RED})
    with style():
        figure, (axes,) = canvas(width=6.2, height=0.7 + 0.32 * len(rows))
        axes.barh(
            rows["label"],
            100 * rows["mean"],
            xerr=100 * rows["std"],
            color=color,
            height=0.6,
            error_kw={"ecolor": "#1f2733", "elinewidth": 1, "capsize": 2},
        )
        for k, value in enumerate(100 * rows["mean"]):
            axes.text(1.5, k, f"{value:.1f} %", va="center", color="white", fontsize=8)
        axes.axvline(10, color=GREY, lw=0.8, ls=":")
        axes.set(xlim=(0, 100), xlabel="Accuracy on held-out digits (%)")
        axes.grid(axis="y", visible=False)
    return Plot(
        "accuracy",
        "Accuracy of the digit network",
        "Grey: references. Dotted: chance. Whiskers: standard deviation over seeds.",
        "Accuracy of the digit network on this device beside a floating-point and an ideal-device reference.",
        figure,
        table,
        predicted=True,
    )
