"""Sections tell a simulation from a measurement, and a guess from a time scale."""

import numpy as np
import pytest

from pinched.reports.examine import Choices
from pinched.reports.section import NotPossible
from pinched.reports.sections import cell, measured, merits, method
from pinched.reports.sections.synapse import time_scale


def test_nothing_read_off_a_simulation_is_called_measured(lab_loops):
    taken = merits("merits", "Figures of merit", lab_loops)
    made = merits("merits", "Figures of merit", lab_loops.assign_attrs(origin="simulated"))
    assert taken.quantities["v_set"].origin == "measured"
    assert taken.quantities["v_set"].value == made.quantities["v_set"].value
    assert "measured" not in {q.origin for q in made.quantities.values()}


def test_flags_files_and_assumptions_are_counted(lab_loops):
    section = measured("measured", "What was measured", lab_loops)
    flagged = next(t for t in section.tables if "not device physics" in t.title)
    assert flagged.rows[0][1] == str(int((lab_loops["flag"] != 0).sum()))
    assert section.assumptions == ("sweep rate 1 V/s assumed",)
    assert "30 cycles" in section.text[0]


def test_a_cell_knows_what_the_loops_say_and_no_more(lab_loops):
    found = merits("merits", "Figures of merit", lab_loops).result
    array_cell = cell(lab_loops, found, None)
    assert float(array_cell.g_max) == pytest.approx(1 / found["r_lrs"].value)
    assert float(array_cell.g_min) == pytest.approx(1 / found["r_hrs"].value)
    assert array_cell.levels == 2  # abrupt: nothing between the two states was seen
    assert array_cell.sigma_device == 0  # one device: unknown, so ideal
    assert cell(lab_loops, {}, None) is None


def test_pulses_are_predicted_only_on_a_time_scale_that_was_measured(lab_loops):
    assert time_scale(lab_loops) == pytest.approx(0.02)
    with pytest.raises(NotPossible, match="--rate"):
        time_scale(lab_loops.assign_attrs(assumptions="no time: an assumed sweep rate of 1 V/s"))
    with pytest.raises(NotPossible, match="no time"):
        time_scale(lab_loops.assign_coords(time=("sample", np.full(lab_loops.sizes["sample"], np.nan))))


def test_the_method_names_seed_and_versions(lab_loops):
    tables = {
        t.title: dict(row[:2] for row in t.rows) for t in method("method", "Method", lab_loops, Choices(seed=7)).tables
    }
    assert tables["Choices"]["seed"] == "7"
    assert {"pinched", "jax", "numpy"} <= set(tables["Versions"])
