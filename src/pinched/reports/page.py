"""From sections to one HTML page that needs nothing but itself."""

import functools
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from pinched.core import Quantity
from pinched.reports.numbers import interval, number
from pinched.reports.section import Section

FULL_WIDTH = 540.0  # pt of a figure as wide as the page, so that all have letters of one size
TEMPLATES = "pinched.reports"
PLOTLY = "plotly-basic-4.1.1.min.js"  # MIT, npm plotly.js-basic-dist-min: a quarter of the whole library


def _asset(name: str) -> str:
    return files(TEMPLATES).joinpath("templates", name).read_text(encoding="utf-8")


@functools.cache
def _environment():
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_asset),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.globals["asset"] = lambda name: Markup(_asset(name))
    environment.filters |= {
        "value": _value, "interval": interval, "svg": _svg, "linked": _linked,
        "is_quantity": lambda cell: isinstance(cell, Quantity),
    }  # fmt: skip
    return environment


def _value(q: Quantity) -> str:
    return number(q.value, q.unit) if q.available else "not measured"


def _svg(plot) -> Any:
    from markupsafe import Markup, escape

    points = float(re.search(r'width="([\d.]+)pt"', plot.svg)[1])  # type: ignore[index]
    described = f'<svg role="img" aria-label="{escape(plot.alt)}" style="max-width:{points / FULL_WIDTH:.0%}" '
    text = re.sub(
        r'\s(width|height)="[\d.]+pt"', "", plot.svg, count=2
    )  # the page sizes it, the viewBox keeps its shape
    return Markup(text.replace("<svg ", described, 1))


def _linked(text: str) -> Any:
    """Text with its DOIs as links."""
    from markupsafe import Markup, escape

    return Markup(
        re.sub(r"\b(10\.\d{4,9}/[^\s;,]+[^\s;,.)])", r'<a href="https://doi.org/\1">\1</a>', str(escape(text)))
    )


def render(
    name: str,
    subtitle: str,
    verdict: Sequence[str],
    headline: Sequence[Quantity],
    sections: Sequence[Section],
    notices: Sequence[str] = (),
) -> str:
    """The page of one device.

    Args:
        name, subtitle: heading and the line under it.
        verdict: three sentences.
        headline: the few numbers a reader wants first.
        sections: in the order of the page.
        notices: what the reader must know before anything else (a quick report, a simulated device, a broken step).
    """
    page = _environment().get_template("report.html.j2")
    interactive = any(plot.interactive for section in sections for plot in section.plots)
    return page.render(
        name=name,
        subtitle=subtitle,
        verdict=verdict,
        headline=headline,
        sections=sections,
        notices=notices,
        plotly=PLOTLY if interactive else None,
    )


def render_index(name: str, links: Mapping[str, tuple[str, Sequence[str]]], comparison: Section) -> str:
    """The page that leads to the reports of several devices: name -> (address, verdict), and their comparison."""
    return _environment().get_template("index.html.j2").render(name=name, links=links, comparison=comparison)
