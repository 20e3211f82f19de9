"""The figure of most entries: curves beside what was printed."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pinched.reports.figures.style import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, RED, SKY, canvas, log_axis

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = (BLUE, RED, GREEN, ORANGE, PURPLE, SKY, INK)


def panels(*drawings: "Panel", width: float = 7.2, height: float = 3.0) -> "Figure":
    """A row of panels."""
    figure, axes = canvas(len(drawings), width=width, height=height)
    for drawing, place in zip(drawings, axes, strict=True):
        drawing.draw(place)
    return figure


class Panel:
    """Curves in one pair of axes.

    Args:
        title, x, y: texts, units included.
        curves: label -> (x, y); a curve of fewer than 15 points shows them.
        printed: label -> (x, y) of what the literature prints, drawn as open marks.
        log: the axes that are logarithmic, "", "x", "y" or "xy".
        ticks: what x = 0, 1, 2 … are, where they are not numbers.
    """

    def __init__(
        self,
        title: str,
        x: str,
        y: str,
        curves: Mapping[str, tuple[Any, Any]],
        printed: Mapping[str, tuple[Any, Any]] | None = None,
        log: str = "",
        ticks: Sequence[str] = (),
    ):
        self.title, self.x, self.y, self.log = title, x, y, log
        self.curves, self.printed, self.ticks = curves, printed or {}, ticks

    def draw(self, axes) -> None:
        """Draw into `axes`."""
        for (label, (x, y)), colour in zip(self.curves.items(), _colours(len(self.curves)), strict=True):
            points = np.size(x) < 15
            axes.plot(x, y, color=colour, label=label, marker="o" if points else None, ms=3.5)
        for label, (x, y) in self.printed.items():
            axes.plot(x, y, ls="", marker="D", ms=5, mfc="white", mec=GREY, mew=1.2, label=label, zorder=4)
        axes.set_title(self.title)
        axes.set_xlabel(self.x)
        axes.set_ylabel(self.y)
        for which, text in (("x", self.x), ("y", self.y)):
            if which in self.log:
                log_axis(axes, which, text)
        if self.ticks:
            axes.set_xticks(range(len(self.ticks)), self.ticks)
        if (many := len(self.curves) + len(self.printed)) > 1:
            axes.legend(fontsize=8 if many < 6 else 6, frameon=True, edgecolor="none", framealpha=0.5, borderpad=0.2)


def _colours(n: int) -> Sequence[Any]:
    """One for each curve: a row from light to dark where there are more than can be told apart by hue."""
    from pinched.reports.figures.array_maps import sequential

    return COLOURS[:n] if n <= len(COLOURS) else [sequential()(share) for share in np.linspace(0.25, 1, n)]
