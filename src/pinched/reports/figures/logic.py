"""What the cells of a line held while they computed."""

from typing import TYPE_CHECKING

import numpy as np

from pinched.reports.figures.style import BLUE, GREY, INK, RED, canvas, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pinched.arrays.logic import LogicRun

SHOWN = 4  # lines


def cell_map(run: "LogicRun") -> "Figure":
    """Level of every cell after every step, for a few combinations of the inputs, and all outputs beside them."""
    from matplotlib.colors import LinearSegmentedColormap

    combinations = np.arange(0, run.wrong.size, run.samples)
    chosen = combinations[np.unique(np.linspace(0, len(combinations) - 1, SHOWN).round().astype(int))]
    plan, steps = run.schedule, len(run.levels)
    colours = LinearSegmentedColormap.from_list("levels", ["#f4f6f9", "#9cc9e8", BLUE])
    with style():
        figure, axes = canvas(len(chosen) + 1, width=2.0 * len(chosen) + 2.6, height=1.3 + 0.16 * min(plan.row, 40))
        for number, (place, line) in enumerate(zip(axes, chosen, strict=False)):
            shown = place.imshow(run.levels[:, :, line].T, aspect="auto", cmap=colours, vmin=0, vmax=1,
                                 extent=(-0.5, steps - 0.5, plan.row - 0.5, -0.5), interpolation="nearest")  # fmt: skip
            place.grid(False)
            place.set_title(" ".join(f"{name}={int(v[line])}" for name, v in list(run.inputs.items())[:4]), fontsize=8)
            place.set_xlabel("Step")
            _name_cells(place, run, first=number == 0)
            for name, cell in plan.outputs.items():
                right = run.found[name][line] == run.expected[name][line]
                place.annotate("✓" if right else "✗", (steps - 0.5, cell), xytext=(3, 0), textcoords="offset points",
                               va="center", fontsize=7, color=INK if right else RED, annotation_clip=False)  # fmt: skip
        figure.colorbar(shown, ax=axes[len(chosen) - 1], ticks=[0, 0.5, 1], label="Level (0 false, 1 true)")
        _outputs(axes[-1], run)
    return figure


def _name_cells(place, run: "LogicRun", first: bool) -> None:
    """Names of the cells that hold inputs and outputs."""
    names = {cell: name for name, cell in run.schedule.inputs.items()}
    for name, cell in run.schedule.outputs.items():
        names[cell] = f"{names[cell]}, {name}" if cell in names else name
    names = names if run.schedule.row <= 40 and first else {}
    place.set_yticks(list(names), list(names.values()))


def _outputs(place, run: "LogicRun") -> None:
    """Levels of the outputs that should be true and of those that should be false."""
    last = run.levels[-1]
    bins = np.linspace(-0.25, 1.25, 46)
    for value, colour in ((True, BLUE), (False, GREY)):
        levels = [last[cell][run.expected[name] == value] for name, cell in run.schedule.outputs.items()]
        place.hist(np.clip(np.concatenate(levels), -0.25, 1.25), bins, color=colour, alpha=0.8,
                   label=f"should be {int(value)}")  # fmt: skip
    place.axvline(0.5, color=RED, lw=0.8, ls=":")
    place.set_title(f"Outputs of {run.wrong.size} lines", fontsize=8)
    place.set(xlabel="Level", ylabel="Cells")
    place.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, 0.9))
