"""The hall, the claims and the entries; `pinched gallery` runs every entry beside these tests."""

import dataclasses
import json

import jax.numpy as jnp
import numpy as np
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

from pinched.app.cli import app
from pinched.core import PinchedError
from pinched.gallery import Claim, Panel, Result, entries, entry, find, hall, near, panels, run
from pinched.gallery.entry import LAYERS


def toy(value, why="", more=(), name="toy"):
    @entry(
        system="S00", name=name, layer="Device", title="A toy", headline="some V", sources=("nobody",), taken=("air",),
    )  # fmt: skip
    def made(seed):
        claims = (Claim("threshold", "about 2 V", value, "V", **near(2, 1.5), why=why), *more)
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
    assert toy(3.1).run(seed=1).verdict == "not reproduced: threshold: by what seed 1 draws: seed 0 reproduces it"


def test_a_value_without_a_range_is_told_and_not_judged():
    told = Claim("charge", "not printed", 5.0, "1", note="by hand")
    assert told.reproduced is None
    assert toy(2.0, more=(told,)).run().verdict == "reproduced"
    assert toy(3.1, "too tall", (told,)).run().verdict == "not reproduced: threshold: too tall"


def test_a_reason_is_told_only_where_it_is_needed():
    remarks = [Claim("threshold", "2 V", v, "V", 1.0, 3.0, "too tall", "of a toy").remark for v in (2.0, 4.0)]
    assert remarks == ["of a toy", "of a toy; too tall"]


def test_the_list_shows_headline_number_and_source(tmp_path, monkeypatch):
    monkeypatch.setattr(hall, "_memory", lambda: tmp_path)
    monkeypatch.setattr(hall, "entries", lambda: (toy(2.0, more=(Claim("charge", "not printed", 5.0, "1"),)),))
    shown = CliRunner().invoke(app, ["gallery"]).stdout
    for text in (
        "printed: some V",
        "taken: air",
        "source: nobody",
        "✓ threshold: 2 V",
        "· charge: 5; not printed",
        "1 of 1 claims",
    ):
        assert text in shown


def test_entries_of_one_number_leave_a_folder_each(tmp_path, monkeypatch):
    monkeypatch.setattr(hall, "find", lambda name: (toy(2.0), toy(2.0, name="twin")))
    CliRunner().invoke(app, ["gallery", "run", "S00", "--out", str(tmp_path / "out")])
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"toy", "twin"}


def test_many_curves_keep_colours_of_their_own():
    figure = panels(Panel("Many", "x", "y", {str(k): ([0, 1], [0, k]) for k in range(9)}))
    assert len({line.get_color() for line in figure.axes[0].lines}) == 9


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


def test_an_entry_runs_and_draws_in_double_precision():
    seen = []

    def look(seed=0):
        seen.append(jnp.asarray(0.5).dtype)
        return Result((Claim("none", "none", 0.0, "1"),), look)

    dataclasses.replace(toy(2.0), reproduce=look).run().draw()
    assert seen == [np.float64, np.float64]


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
