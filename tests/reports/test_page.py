"""The page, opened in a real browser: it draws, complains of nothing, and asks nobody for anything."""

import os
import re
import shutil
import subprocess

import pytest

from pinched.core import Quantity
from pinched.reports import page
from pinched.reports.figures import loops
from pinched.reports.section import Section, Table

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)


def opened(file, tmp_path) -> tuple[str, list[str]]:
    """(the drawn page, console messages) of headless Chromium, cut off from any network."""
    if CHROMIUM is None:
        if os.environ.get("CI") or os.environ.get("PINCHED_CI"):
            pytest.fail("CI needs Chromium: apt-get install chromium")
        pytest.skip("no Chromium here: apt-get install chromium")
    done = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND",
         f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr", "--v=0", "--virtual-time-budget=8000",
         "--dump-dom", file.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return done.stdout, re.findall(r"CONSOLE[^]]*\] (.*)", done.stderr)


@pytest.fixture
def html(lab_loops):
    q = Quantity(
        0.91, "V", "measured", 0.82, 1.01, "5-95 % of cycles", 30, "SET <b>voltage</b>", "see 10.1109/TED.2016.2545412."
    )
    sections = [
        Section("measured", "What was measured", ("30 loops.",), plots=(loops.loops(lab_loops),)),
        Section("merits", "Figures of merit", quantities={"v_set": q}, missing={"Endurance": "no endurance test"}),
        Section("model", "Model and fit", plots=(loops.overlay(lab_loops, lab_loops, "VTEAM"),),
                tables=(Table("Ranking", ("model", "AIC"), (("VTEAM", "12.3"),)),), predicted=True),
        Section("cost", "Cost", failure="KeyError: 'adc'"),
    ]  # fmt: skip
    return page.render(
        "sweep <script>alert(1)</script>.csv", "30 cycles", ["One.", "Two.", "Three."], [q], sections, ["Quick."]
    )


def test_the_page_draws_without_a_complaint_or_a_request(html, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(html, encoding="utf-8")
    dom, console = opened(file, tmp_path)
    assert console == []
    assert 'class="main-svg"' in dom  # the interactive figure was drawn


def test_the_browser_would_have_told(html, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(html.replace("<main>", '<main><img src="https://example.org/a.png">'), encoding="utf-8")
    _, console = opened(file, tmp_path)
    assert any("Content Security Policy" in line for line in console)


def test_names_are_text_and_never_markup(html):
    assert "<script>alert" not in html
    assert "SET &lt;b&gt;voltage" in html


def test_plotly_is_there_once_and_only_for_a_figure_that_needs_it(html, lab_loops):
    assert html.count("plotly.js (basic - minified)") == 1
    still = page.render("a", "b", ["c"], [], [Section("m", "M", plots=(loops.loops(lab_loops),))])
    assert "plotly.js" not in still
    assert len(still) < 1_000_000


def test_what_a_reader_must_see_is_there(html):
    assert '<a href="https://doi.org/10.1109/TED.2016.2545412">' in html
    assert "<b>Endurance</b>: no endurance test" in html
    assert "KeyError: &#39;adc&#39;" in html
    assert "820 mV … 1.01 V" in html
    assert 'class="badge measured"' in html
    assert all(f'<svg role="img" aria-label="{start}' in html for start in ("Current against", "Measured current"))


def test_external_addresses_are_only_links(html):
    bare = re.sub(r"<script>.*?</script>", "", html, flags=re.S)
    loaded = re.findall(r'(?:src|href|url\()\s*=?\s*["\'(]?(https?://[^"\')\s>]+)', bare)
    assert all(address.startswith(("https://doi.org/", "http://www.w3.org/")) for address in loaded)
