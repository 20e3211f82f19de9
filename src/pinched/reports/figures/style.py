"""How every figure looks, and how it is written so that the same numbers give the same bytes."""

import contextlib
import dataclasses
import functools
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pinched.reports.numbers import SUPERSCRIPT

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito, "Color Universal Design" (2008): told apart with any colour vision.
BLUE, RED, GREEN, SKY, ORANGE, PURPLE = "#0072B2", "#D55E00", "#009E73", "#56B4E9", "#E69F00", "#CC79A7"
INK, GREY, FAINT = "#1f2733", "#7b8494", "#d8dde5"

RC: Any = {
    "font.family": "DejaVu Sans",  # ships with matplotlib, so every machine draws the same glyphs
    "font.size": 8.5,
    "text.color": INK,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.titlepad": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#eceff3",
    "grid.linewidth": 0.7,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.4,
    "lines.solid_capstyle": "round",
    "svg.hashsalt": "pinched",
    "svg.fonttype": "none",  # text stays text: searchable in the page, editable for the paper
    "savefig.facecolor": "white",
    "path.simplify": True,
    "path.simplify_threshold": 0.3,
}


@dataclasses.dataclass(frozen=True)
class Plot:
    """A figure of the report and the numbers behind it.

    Attributes:
        name: file stem under figures/.
        title, caption, alt: heading, what to see in it, and the same for a reader who cannot see it.
        figure: the matplotlib figure.
        table: the plotted numbers, units in the column names.
        interactive: the same figure for plotly.js ({"data": …, "layout": …}), or None.
        predicted: whether it shows what a model says rather than what was measured.
    """

    name: str
    title: str
    caption: str
    alt: str
    figure: "Figure"
    table: "pd.DataFrame"
    interactive: dict[str, Any] | None = None
    predicted: bool = False

    @functools.cached_property
    def svg(self) -> str:
        """The figure as an SVG element whose ids are its own, so that many share one page."""
        buffer = io.StringIO()
        with style():
            self.figure.draw_without_rendering()
            self.figure.set_layout_engine("none")  # laid out once; every file then shows the same places
            self.figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        text = buffer.getvalue()
        text = re.sub(r'\bid="', f'id="{self.name}-', text[text.index("<svg") :])
        return re.sub(r'(href="#|url\(#)', rf"\g<1>{self.name}-", text)

    def save(self, folder: Path) -> None:
        """Write NAME.svg, NAME.png and NAME.csv into `folder`."""
        (folder / f"{self.name}.svg").write_text(self.svg, encoding="utf-8")
        with style():
            self.figure.savefig(folder / f"{self.name}.png", dpi=160, metadata={"Software": None})
        self.table.to_csv(folder / f"{self.name}.csv", index=False, float_format="%.9g")


@contextlib.contextmanager
def style() -> Iterator[None]:
    """The house style, for the duration of the block only."""
    import matplotlib

    with matplotlib.rc_context(RC):
        yield


def canvas(
    columns: int = 1, *, width: float = 7.2, height: float = 2.9, **options: Any
) -> tuple["Figure", "np.ndarray"]:
    """A figure without pyplot (no global state), and its row of axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(1, columns, squeeze=False, **options)[0]
    return figure, axes


def power_of_ten(value: float, _position: int | None = None) -> str:
    """10⁻³ or 5×10⁻³ as plain text, which survives any font."""
    if value <= 0:
        return ""
    exponent = int(np.floor(np.log10(value) + 1e-9))
    mantissa = round(value / 10.0**exponent)
    return ("" if mantissa == 1 else f"{mantissa}×") + "10" + str(exponent).translate(SUPERSCRIPT)


def log_axis(axes: "Axes", which: str, label: str) -> None:
    """Make one axis logarithmic with labels in plain text, 1-2-5 where it spans less than two decades."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    getattr(axes, f"set_{which}scale")("log")
    low, high = getattr(axes, f"get_{which}lim")()
    axis = getattr(axes, f"{which}axis")
    axis.set_major_locator(LogLocator(10, subs=(1.0, 2.0, 5.0) if high / low < 100 else (1.0,), numticks=8))
    axis.set_major_formatter(FuncFormatter(power_of_ten))
    axis.set_minor_locator(NullLocator())
    axis.set_label_text(label)


def si_axis(axes: "Axes", which: str, unit: str, label: str) -> None:
    """Label one linear axis in a single SI prefix that suits its range: "Current (µA)"."""
    from matplotlib.ticker import FuncFormatter

    low, high = getattr(axes, f"get_{which}lim")()
    scale, prefix = prefixed(max(abs(low), abs(high)))
    axis = getattr(axes, f"{which}axis")
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / scale:.4g}".replace("-", "−")))
    axis.set_label_text(f"{label} ({prefix}{unit})")


def prefixed(value: float) -> tuple[float, str]:
    """The power of 1000 at or below |value| and its SI prefix."""
    if not np.isfinite(value) or value == 0:
        return 1.0, ""
    power = int(np.clip(3 * np.floor(np.log10(abs(value)) / 3 + 1e-9), -15, 12))
    return 10.0**power, {-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}[power]
