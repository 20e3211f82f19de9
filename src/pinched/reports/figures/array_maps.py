"""Arrays to look at: the voltages and currents of a bias, what the wires take, what works, what was written."""

from typing import Any

import numpy as np
import pandas as pd

from pinched.reports.figures.style import BLUE, GREY, INK, ORANGE, RED, Plot, canvas, log_axis, prefixed, style

CELLS = ("good", "stuck ON", "stuck OFF", "open", "cut off")


def solution(crossbar, solved, ends: dict[str, Any], selected: tuple[int, int] | None = None) -> Plot:
    """Voltage across and current through every cell of one bias; squares at the lines' ends show what drives them.

    Args:
        crossbar: the array.
        solved: its Solution, one input.
        ends: what was driven, as for `Crossbar.solve`.
        selected: (row, column) to mark.
    """
    from matplotlib.colors import LogNorm

    volts, amps = solved.v_word - solved.v_bit, np.abs(solved.i_device)
    highest = max(np.nanmax(np.abs(volts)), 1e-12)
    floor = np.nanmax(amps) * 1e-6
    with style():
        figure, (left, right) = canvas(2, width=7.6, height=3.4)
        shown = left.imshow(volts, cmap=diverging(), vmin=-highest, vmax=highest)
        figure.colorbar(shown, ax=left, shrink=0.8, label="Voltage across the cell (V)")
        _drivers(left, crossbar.shape, ends, shown)
        floor = max(floor, np.nanmin(np.where(amps > 0, amps, np.nan)))
        shown = right.imshow(np.maximum(amps, floor), cmap=sequential(), norm=LogNorm(floor, np.nanmax(amps) * 1.0001))
        figure.colorbar(shown, ax=right, shrink=0.8, label="|Current| through the cell (A)")
        for axes, title in ((left, "Voltage"), (right, "Current")):
            _frame(axes, title, crossbar.shape, beside=1.7)
            if selected:
                _mark(axes, selected, crossbar.shape)
    return Plot(
        "array-solution",
        "A bias, cell by cell",
        "Left: voltage across every cell, with the voltages of the driven line ends as squares beside the array. "
        "Right: current through every cell, on a logarithmic scale. The ring marks the selected cell.",
        "Maps of the voltage across and the current through every cell of an array.",
        figure,
        _long(crossbar.shape, voltage_V=volts, current_A=solved.i_device),
        predicted=True,
    )


def drop_and_yield(drop, faults=None) -> Plot:
    """What never reaches a cell of the read voltage, and which cells work.

    Args:
        drop: part of the voltage, (rows, columns).
        faults: a FaultMap, or None.
    """
    with style():
        figure, axes = canvas(2 if faults is not None else 1, width=7.6 if faults is not None else 4.2, height=3.4)
        shown = axes[0].imshow(100 * drop, cmap=sequential(), vmin=0)
        figure.colorbar(shown, ax=axes[0], shrink=0.8, label="Read voltage lost (%)")
        _frame(axes[0], f"Loss, {100 * np.mean(drop):.3g} % on average", drop.shape)
        columns = {"loss": drop}
        if faults is not None:
            from matplotlib.colors import ListedColormap
            from matplotlib.patches import Patch

            kind = np.where((faults.cells == 0) & ~faults.reached, 4, faults.cells)
            colours = ("#eef1f5", RED, BLUE, INK, ORANGE)
            axes[1].imshow(kind, cmap=ListedColormap(colours), vmin=-0.5, vmax=4.5, interpolation="nearest")
            present = [k for k in range(len(CELLS)) if np.any(kind == k)]
            axes[1].legend(
                handles=[Patch(color=colours[k], label=f"{CELLS[k]}, {np.sum(kind == k)}") for k in present],
                loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=7, handlelength=1,
            )  # fmt: skip
            _frame(axes[1], f"Yield {100 * np.mean(faults.usable):.3g} %", drop.shape)
            columns["cell"] = np.array(CELLS)[kind]
    return Plot(
        "array-map",
        "What the wires take, and what works",
        "Left: part of the read voltage that never reaches the cell, past broken lines and stuck cells; "
        "beyond 100 %, what is left stands the other way round. "
        "Right: cells that cannot be used, and why.",
        "Maps of the voltage loss and of the faults of an array.",
        figure,
        _long(drop.shape, **columns),
        predicted=True,
    )


def programmed(ds, target, tolerance=None) -> Plot:
    """What was written, how far off it is, and how fast that came.

    Args:
        ds: Dataset of `programming.program`.
        target: S, (rows, columns).
        tolerance: S, or None.
    """
    g = ds["conductance"].values
    final, error = g[..., -1], g[..., -1] - target
    scale, prefix = prefixed(np.nanmax(np.abs(g)))
    off = np.abs(g - np.asarray(target)[..., None])
    with style():
        figure, axes = canvas(3, width=9.6, height=3.1)
        shown = axes[0].imshow(final / scale, cmap=sequential())
        figure.colorbar(shown, ax=axes[0], shrink=0.75, label=f"Conductance ({prefix}S)")
        _frame(axes[0], "Written", final.shape)
        most = max(np.abs(error).max() / scale, 1e-30)
        shown = axes[1].imshow(error / scale, cmap=diverging(), vmin=-most, vmax=most)
        figure.colorbar(shown, ax=axes[1], shrink=0.75, label=f"Error ({prefix}S)")
        _frame(axes[1], "Error", final.shape)
        rounds = np.arange(g.shape[-1])
        for values, label, color in (
            (off.mean(axis=(0, 1)), "mean", BLUE),
            (off.max(axis=(0, 1)), "worst cell", RED),
        ):
            axes[2].plot(rounds, values, color=color, label=label)
        if tolerance is not None:
            axes[2].axhline(np.mean(tolerance), color=GREY, ls=":", lw=0.9, label="tolerance")
        axes[2].set_xlabel("Round of pulses")
        log_axis(axes[2], "y", "|Error| (S)")
        axes[2].legend(loc="best")
        axes[2].set_title("Convergence")
    return Plot(
        "array-program",
        "A programmed array",
        "Left: the conductances as read. Middle: their error. Right: the error from round to round.",
        "Maps of the written conductances and their errors, and the error against the rounds of pulses.",
        figure,
        _long(final.shape, target_S=np.broadcast_to(target, final.shape), conductance_S=final),
        predicted=True,
    )


def margins(table: pd.DataFrame) -> Plot:
    """Read margin and currents against array side, by scheme.

    Args:
        table: of `margins.margin_table`.
    """
    with style():
        figure, (left, right) = canvas(2, height=2.9)
        for (name, part), color in zip(table.groupby("scheme", sort=False), _colours(), strict=False):
            left.plot(part["size"], 100 * part["margin"], "o-", ms=3.5, color=color, label=name)
            right.plot(part["size"], part["on"], "o-", ms=3.5, color=color, label=f"{name}, ON")
            right.plot(part["size"], part["off"], "o--", ms=3.5, mfc="white", color=color, label=f"{name}, OFF")
        sizes = sorted(table["size"].unique())
        for axes in (left, right):
            axes.set_xscale("log", base=2)
            axes.set_xticks(sizes, [str(n) for n in sizes])
            axes.minorticks_off()
            axes.set_xlabel("Array side (cells)")
        left.set(ylabel="Read margin (%)", ylim=(0, 102))
        log_axis(right, "y", "Current of the column (A)")
        left.legend(loc="best")
        right.legend(loc="best", fontsize=6)
    return Plot(
        "array-margin",
        "Read margin against array size",
        "Left: (I_on - I_off)/I_on of the cell farthest from its drivers, all others ON. Right: the two currents.",
        "Read margin and column currents against the side of the array, by bias scheme.",
        figure,
        table,
        predicted=True,
    )


def _drivers(axes, shape, ends, shown) -> None:
    """A square at each line end in the colour of its voltage; hollow where the line floats."""
    rows, columns = shape
    places = {
        "word_left": (np.full(rows, -1.4), np.arange(rows)),
        "word_right": (np.full(rows, columns + 0.4), np.arange(rows)),
        "bit_top": (np.arange(columns), np.full(columns, -1.4)),
        "bit_bottom": (np.arange(columns), np.full(columns, rows + 0.4)),
    }
    size = min(26.0, (130 / max(shape)) ** 2)
    for name, (x, y) in places.items():
        if ends.get(name) is None:
            continue
        volts = np.broadcast_to(np.asarray(ends[name], float), x.shape)
        axes.scatter(x, y, s=size, c="white", marker="s", edgecolors=GREY, linewidths=0.4, clip_on=False)
        held = ~np.isnan(volts)
        axes.scatter(x[held], y[held], s=size, c=volts[held], cmap=shown.cmap, norm=shown.norm, marker="s",
                     edgecolors=GREY, linewidths=0.4, clip_on=False)  # fmt: skip


def _frame(axes, title, shape, beside: float = 0.0) -> None:
    """The array with its lines numbered, and room `beside` it for what drives them, cells."""
    axes.set_title(title)
    axes.grid(False)
    axes.set(
        xlabel="Bit line",
        ylabel="Word line",
        xlim=(-0.5 - beside, shape[1] - 0.5 + beside),
        ylim=(shape[0] - 0.5 + beside, -0.5 - beside),
    )
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.set_xticks([0, shape[1] - 1])
    axes.set_yticks([0, shape[0] - 1])


def _mark(axes, selected, shape) -> None:
    row, column = (k % n for k, n in zip(selected, shape, strict=True))
    size = (150 / max(shape)) ** 2
    axes.scatter([column], [row], s=max(size, 30), facecolors="none", edgecolors=ORANGE, linewidths=1.6, zorder=4)


def diverging():
    """Colours of voltages: blue below zero, red above."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("volts", [BLUE, "#f4f5f7", RED])


def sequential():
    """Colours of what has one sign, light to dark."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("amps", ["#f4f5f7", "#9ecae1", BLUE, INK])


def _colours():
    from pinched.reports.figures.style import GREEN, PURPLE, SKY

    return BLUE, RED, GREEN, ORANGE, PURPLE, SKY


def _long(shape, **columns) -> pd.DataFrame:
    """One row a cell."""
    row, column = np.indices(shape)
    return pd.DataFrame({"row": row.ravel(), "column": column.ravel()} | {k: np.ravel(v) for k, v in columns.items()})
