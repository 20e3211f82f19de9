"""A step that cannot be done says why; a step that breaks is seen to be broken."""

from pathlib import Path

import pytest

from pinched.core import PinchedError, Quantity
from pinched.reports.section import NotPossible, Section, attempt
from pinched.reports.summary import HEIGHT, WIDTH, summary


def test_reasons_and_failures_are_told_apart():
    def step(key, title, error):
        raise error

    for reason in (NotPossible("no pulses"), PinchedError("no pulses")):
        section = attempt(step, "synapse", "Synapse", reason)
        assert section.unavailable == {"Synapse": "no pulses"}
        assert not section.failure
    broken = attempt(step, "synapse", "Synapse", ZeroDivisionError("by zero"))
    assert broken.failure == "ZeroDivisionError: by zero"
    with pytest.raises(KeyboardInterrupt):
        attempt(step, "synapse", "Synapse", KeyboardInterrupt())


def test_a_quantity_without_a_number_is_listed_as_not_measured():
    section = Section("s", "S", quantities={
        "a": Quantity(1.0, "V", "measured"), "b_x": Quantity(2.0, "V", "derived"),
        "c": Quantity(float("nan"), "V", "measured", label="Forming", note="no forming sweep"),
    }, folded=("b_",))  # fmt: skip
    assert list(section.shown) == ["a"]
    assert list(section.hidden) == ["b_x"]
    assert section.unavailable == {"Forming": "no forming sweep"}
    assert section.as_dict()["quantities"]["c"]["value"] is None


@pytest.mark.parametrize("many", [1, 60])
def test_the_summary_fits_one_screen(many):
    long = "a sentence that goes on about this device for quite a while, " * 4
    merits = {
        f"q{k}": Quantity(float("nan"), "V", "measured", label=f"Quantity number {k}", note="not there")
        for k in range(many)
    }
    sections = [Section("m", "Merits", quantities=merits), Section("b", "Broken", failure="KeyError: " + "x" * 200)]
    headline = [Quantity(0.9, "V", "measured", 0.8, 1.0, label="SET voltage " * many)] * 6
    text = summary("name " * many, [long] * 3, headline, sections, Path("/tmp/out"))
    lines = text.split("\n")
    assert len(lines) <= HEIGHT
    assert max(map(len, lines[:-1])) <= WIDTH
    assert "BROKEN: Broken" in text
    assert "Not measured: Quantity number 0" in text
    assert lines[-1].endswith("/tmp/out/report.html")
