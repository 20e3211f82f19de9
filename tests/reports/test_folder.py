"""The output folder: whole or not at all, and never over somebody's files."""

import json

import pytest

from pinched.core import PinchedError
from pinched.reports.folder import GENERATOR, REPORT, fresh, made_by_pinched


def write(folder, text="one"):
    (folder / REPORT).write_text(json.dumps({"generator": GENERATOR, "text": text}))
    (folder / "report.html").write_text(text)


def test_appears_whole_and_leaves_nothing_beside(tmp_path):
    with fresh(tmp_path / "deep" / "out") as work:
        write(work)
        assert not (tmp_path / "deep" / "out").exists()
    assert made_by_pinched(tmp_path / "deep" / "out")
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["out"]


def test_replaces_a_report(tmp_path):
    for text in ("one", "two"):
        with fresh(tmp_path / "out") as work:
            write(work, text)
    assert (tmp_path / "out" / "report.html").read_text() == "two"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("marker", [None, "not json", '{"generator": "other"}', "[]"])
def test_refuses_what_pinched_did_not_make(tmp_path, marker):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.tex").write_text("years of work")
    if marker:
        (out / REPORT).write_text(marker)
    with pytest.raises(PinchedError, match="not made by pinched"), fresh(out):
        pytest.fail("the work must not start")
    assert (out / "thesis.tex").read_text() == "years of work"


def test_refuses_a_file_and_a_place_below_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PinchedError, match="not made by pinched"), fresh(tmp_path / "file"):
        pytest.fail("the work must not start")
    with pytest.raises(PinchedError, match="cannot be written"), fresh(tmp_path / "file" / "out"):
        pytest.fail("the work must not start")


@pytest.mark.parametrize("blow", [KeyboardInterrupt, RuntimeError])
def test_an_interruption_leaves_the_old_report_and_nothing_else(tmp_path, blow):
    with fresh(tmp_path / "out") as work:
        write(work, "old")

    def interrupted(out):
        with fresh(out) as work:
            write(work, "half")
            raise blow

    for out in (tmp_path / "out", tmp_path / "new" / "out"):
        with pytest.raises(blow):
            interrupted(out)
    assert (tmp_path / "out" / "report.html").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
