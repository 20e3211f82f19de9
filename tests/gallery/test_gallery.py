"""The hall, the claims and the entries; `pinched gallery` runs every entry beside these tests."""

import json

import pytest
from matplotlib.figure import Figure

from pinched.core import PinchedError
from pinched.gallery import Claim, Panel, Result, entries, entry, find, hall, near, panels, run
from pinched.gallery.entry import LAYERS


def toy(value, why=""):
    @entry(
        system="S00", name="toy", layer="Device", title="A toy", headline="about 2 V", sources=("none",), taken=(),
    )  # fmt: skip
    def made(seed):
        claims = (Claim("threshold", "about 2 V", value, "V", **near(2, 1.5), why=why),)
        return Result(claims, lambda: panels(Panel("Toy", "x", "y", {"line": ([1, 2], [1, 2])}, log="xy")))

    return made


def test_a_claim_holds_within_what_was_printed():
    assert toy(2.9).run().reproduced
    assert not toy(3.1, "too tall").run().reproduced
    assert toy(3.1, "too tall").run().verdict == "not reproduced: threshold: too tall"
    assert not toy(float("nan"), "unknown").run().reproduced


def test_a_missed_claim_says_why():
    with pytest.raises(PinchedError, match="does not say why"):
        toy(3.1).run()


def test_rows_are_remembered_until_asked_again(tmp_path, monkeypatch):
    monkeypatch.setattr(hall, "_memory", lambda: tmp_path)
    (first,) = hall.results([toy(2.0)])
    assert hall.results([toy(2.9)]) == [first]
    assert hall.results([toy(2.9)], again=True)[0]["value"] == 2.9
    assert json.loads(json.dumps(first))["unit"] == "V"


def test_an_entry_leaves_its_figure_and_numbers(tmp_path):
    found, folder = hall.reproduce(toy(2.0), tmp_path / "out")
    assert {p.name for p in folder.iterdir()} == {"toy.png", "toy.svg", "result.json"}
    assert json.loads((folder / "result.json").read_text())["verdict"] == found["verdict"] == "reproduced"


def test_the_hall_is_in_order():
    found = entries()
    assert len({e.name for e in found}) == len(found)
    assert all(e.layer in LAYERS and e.headline and e.sources for e in found)


def test_an_unknown_entry_names_the_nearest():
    with pytest.raises(PinchedError, match="gallery"):
        find("S999")
    if len(found := [e for e in entries() if e.system == "S10"]) == 1:
        result = run("S10")
        assert all(isinstance(c.value, float) for c in result.claims)
        assert isinstance(result.draw(), Figure)
        assert find("S10") == tuple(found)
