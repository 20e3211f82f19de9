"""The whole report: what it writes, that it repeats, and how it refuses."""

import json
import math

import numpy as np
import pytest
import xarray as xr

from pinched.core import PinchedError, check_dataset, make_dataset
from pinched.reports import page, pipeline
from pinched.reports.example import REMARK, example_file
from pinched.reports.pipeline import report


@pytest.fixture(scope="module")
def drift():
    """Retention alone: the report with the fewest steps that can be done."""
    time = np.geomspace(1, 1e4, 40)
    traces = [1e-5 * time**-0.02, 4e-5 * time**-0.01]
    return make_dataset(
        {"conductance": np.concatenate(traces), "read_voltage": np.full(80, 0.1)}, origin="measured", kind="retention",
        time=np.tile(time, 2), step=np.repeat([0, 1], 40), attrs={"source_files": "drift.csv"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def written(drift, tmp_path_factory):
    return report(drift, out=tmp_path_factory.mktemp("reports") / "drift")


def test_everything_is_in_the_folder(written, drift):
    assert not written.failures
    names = {p.name for p in written.folder.iterdir()}
    assert names == {"report.html", "report.json", "data.nc", "figures"}  # no loops, so no device.toml
    xr.testing.assert_identical(check_dataset(xr.load_dataset(written.folder / "data.nc")), drift)
    plots = [plot for section in written.sections.values() for plot in section.plots]
    assert {p.name for p in (written.folder / "figures").iterdir()} == {
        f"{plot.name}.{suffix}" for plot in plots for suffix in ("svg", "png", "csv")
    }


def test_every_number_of_the_page_is_in_the_json(written):
    def refuse(constant):
        raise AssertionError(constant)

    content = json.loads((written.folder / "report.json").read_text(encoding="utf-8"), parse_constant=refuse)
    assert content["generator"] == "pinched"
    stored = {f"{key}.{name}": q for key, s in content["sections"].items() for name, q in s["quantities"].items()}
    assert set(stored) == set(written.quantities)
    for name, q in written.quantities.items():
        assert stored[name]["origin"] in ("measured", "fitted", "derived", "assumed")
        assert stored[name]["unit"] == q.unit
        assert stored[name]["value"] == (q.value if math.isfinite(q.value) else None)


def test_what_was_not_measured_is_listed_with_its_reason(written):
    html = (written.folder / "report.html").read_text(encoding="utf-8")
    assert written.sections["model"].unavailable
    assert written.sections["network"].unavailable
    assert "no current" in html or "there are none" in html
    for key in ("model", "synapse", "network", "improve"):
        assert not written.sections[key].quantities


def test_the_summary_names_the_page(written):
    assert written.summary.endswith(str(written.folder / "report.html"))
    assert len(written.verdict) == 3


def test_same_seed_same_bytes(written, drift, tmp_path):
    again = report(drift, out=tmp_path / "drift")
    for path in sorted(p for p in written.folder.rglob("*") if p.is_file()):
        twin = again.folder / path.relative_to(written.folder)
        assert twin.read_bytes() == path.read_bytes(), path.name


def test_an_output_folder_that_cannot_be_is_told_before_the_work(drift, tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "subjects", lambda *a, **k: pytest.fail("the work must not start"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(PinchedError, match="not made by pinched"):
        report(drift, out=tmp_path / "mine")
    with pytest.raises(PinchedError, match="cannot be written"):
        report(drift, out=tmp_path / "mine" / "notes.txt" / "out")


def test_an_interruption_leaves_nothing(drift, tmp_path, monkeypatch):
    def interrupt(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(page, "render", interrupt)
    with pytest.raises(KeyboardInterrupt):
        report(drift, out=tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("empty.csv", b"", "empty"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(64), "picture.png"),
        ("prose.csv", b"the quick brown fox\njumps over the lazy dog\n", "prose.csv"),
        ("nan.csv", b"V,I\n" + b"nan,nan\n" * 20, "nan.csv"),
        ("one.csv", b"\n".join(b"%d.5" % k for k in range(30)), "--columns"),
    ],
)
def test_a_bad_file_is_one_sentence_and_no_folder(tmp_path, name, content, told):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PinchedError, match=told):
        report(tmp_path / name, out=tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("source", "told"), [("hfox-stanfrd-pku", "hfox-stanford-pku"), ("nowhere/sweep.csv", "nowhere")]
)
def test_a_name_that_is_nothing(tmp_path, source, told):
    with pytest.raises(PinchedError, match=told):
        report(source, out=tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_mixtures_are_refused(drift, tmp_path):
    with pytest.raises(PinchedError, match="one Dataset"):
        report(drift, drift, out=tmp_path / "out")
    with pytest.raises(PinchedError, match="one device at a time"):
        report("hfox-stanford-pku", "sweep.csv", out=tmp_path / "out")
    with pytest.raises(PinchedError, match="needs a source"):
        report(out=tmp_path / "out")


def test_several_devices_get_a_report_each_and_an_index(tmp_path):
    for device, g in (("A1", 1e-5), ("B 2", 3e-5)):
        (tmp_path / "chip" / device).mkdir(parents=True)
        rows = "\n".join(f"{t:.4g},{1 / (g * t**-0.01):.6g}" for t in np.geomspace(1, 1e4, 30))
        (tmp_path / "chip" / device / "drift.csv").write_text("t (s),R (ohm)\n" + rows)
    done = report(tmp_path / "chip", out=tmp_path / "out")
    assert list(done.devices) == ["A1", "B 2"]
    assert not done.failures
    index = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert 'href="B%202/report.html"' in index
    assert (tmp_path / "out" / "B 2" / "report.html").is_file()
    assert len(done.summary.split("\n")) <= 24


@pytest.mark.slow
def test_the_example_goes_from_the_file_to_the_network(tmp_path):
    done = report(example_file(), out=tmp_path / "out", quick=True)
    assert not done.failures
    assert (done.folder / "device.toml").is_file()
    assert done.quantities["network.ex_situ"].value > 50
    assert REMARK in (done.folder / "report.html").read_text(encoding="utf-8").replace("&#39;", "'")
    assert "quick" in " ".join(done.sections["improve"].unavailable.values())
    from pinched.devices import device

    device(done.folder / "device.toml")
