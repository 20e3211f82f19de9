"""Figures say what the data say, and the same data give the same bytes."""

import re

import numpy as np
import pandas as pd
import pytest

from pinched.core import make_dataset
from pinched.reports.figures import loops, style, synapse


def test_every_loop_is_in_the_figure_and_its_table(lab_loops):
    plot = loops.loops(lab_loops)
    assert len(plot.table) == lab_loops.sizes["sample"]
    assert "30 cycles" in plot.caption
    np.testing.assert_array_equal(plot.table["current_A"], lab_loops["current"])
    (cycles,) = plot.figure.axes[0].collections
    assert len(cycles.get_paths()) == 30


def test_no_loops_no_figure():
    reads = make_dataset({"conductance": [1e-6, 2e-6]}, origin="measured", kind="pulse")
    assert loops.loops(reads) is None
    assert loops.overlay(reads, reads, "VTEAM") is None


def test_residual_is_zero_for_a_perfect_model_and_counts_no_flagged_sample(lab_loops):
    table = loops.residual(lab_loops, lab_loops, "VTEAM").table
    assert (table["log10_model_over_measured"] == 0).all()
    assert 4000 > len(table) > 0.9 * int(((lab_loops["flag"] == 0) & (lab_loops["current"] != 0)).sum())
    twice = lab_loops.assign(current=2 * lab_loops["current"])
    np.testing.assert_allclose(
        loops.residual(lab_loops, twice, "VTEAM").table["log10_model_over_measured"], np.log10(2)
    )


def test_the_interactive_figure_holds_the_same_numbers(lab_loops):
    data = loops.overlay(lab_loops, lab_loops, "VTEAM").interactive["data"]
    assert data[-1]["name"] == "VTEAM (fitted)"
    np.testing.assert_allclose(data[0]["x"], lab_loops["voltage"].values[:160], rtol=1e-4)
    size = np.abs(lab_loops["current"].values[:160])
    np.testing.assert_allclose(np.array(data[0]["y"], float), np.where(size > 0, size, np.nan), rtol=1e-4)


@pytest.mark.parametrize("suffix", ["svg", "png", "csv"])
def test_same_data_same_bytes(lab_loops, tmp_path, suffix):
    written = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        loops.loops(lab_loops).save(tmp_path / name)
        written.append((tmp_path / name / f"loops.{suffix}").read_bytes())
    assert written[0] == written[1]


def test_ids_of_a_figure_are_its_own(lab_loops):
    plot = loops.loops(lab_loops)
    ids = re.findall(r'\bid="([^"]+)"', plot.svg)
    assert ids
    assert all(name.startswith("loops-") for name in ids)
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', plot.svg)) <= set(ids)


def test_drawing_leaves_no_trace_in_matplotlib(lab_loops):
    import matplotlib

    before = dict(matplotlib.rcParams)
    loops.loops(lab_loops).svg  # noqa: B018
    assert dict(matplotlib.rcParams) == before


def test_a_predicted_synapse_says_so():
    curve = pd.DataFrame({"direction": "up", "pulse": [0, 1, 2], "conductance_S": [1e-6, 2e-6, 3e-6]})
    plot = synapse.synapse(None, curve, "pulses run on the model")
    assert plot.predicted
    assert "predicted" in plot.title
    assert all("predicted" in trace["name"] for trace in plot.interactive["data"])
    measured = synapse.synapse(curve.assign(train=0), curve, "fitted to them")
    assert not measured.predicted


@pytest.mark.parametrize(
    ("value", "text"), [(1e-3, "10⁻³"), (5e-7, "5×10⁻⁷"), (1.0, "10⁰"), (2000.0, "2×10³"), (0.0, "")]
)
def test_powers_of_ten_are_plain_text(value, text):
    assert style.power_of_ten(value) == text


@pytest.mark.parametrize(("value", "prefix"), [(2e-5, "µ"), (1e-3, "m"), (999.0, ""), (1.5e4, "k"), (0.0, "")])
def test_prefixes(value, prefix):
    assert style.prefixed(value)[1] == prefix
