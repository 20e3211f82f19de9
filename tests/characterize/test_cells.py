"""What cells are worth in an array, against closed forms and by their own selectors."""

import numpy as np
import pytest

from pinched.characterize import cell_merits
from pinched.characterize.fit_models import _set
from pinched.core import PinchedError
from pinched.devices import VTEAM, InSeries, Ohmic, SinhResistor, device

# Moves beyond 5 V alone, so that readings leave it alone.
MEMORY = VTEAM(v_on=-5.0, v_off=5.0)


def test_a_varistor_brings_its_own_nonlinearity():
    cell = InSeries(inner=MEMORY, access=SinhResistor(g=1e-16, b=20.0))  # the memory is a short beside it
    m = cell_merits(cell, 1.0)
    assert m.nonlinearity == pytest.approx(2 * np.cosh(10.0), rel=1e-3)
    assert m.window == pytest.approx(1.0, rel=0.01)
    assert m.rectification == pytest.approx(1.0, rel=1e-9)
    assert m.resistance_selectivity == pytest.approx(np.cosh(10.0), rel=1e-3)


def test_a_memory_alone_has_its_window_and_no_selectivity():
    m = cell_merits(MEMORY, 0.2)
    assert m.window == pytest.approx(float(MEMORY.R_off / MEMORY.R_on), rel=1e-9)
    assert (m.nonlinearity, m.selectivity) == (pytest.approx(2.0), pytest.approx(2.0))


def test_a_threshold_switch_turns_on_for_the_selected_cell_alone():
    m = cell_merits("hfo2-1s1r-ots", 1.35, 1e-7)
    assert m.nonlinearity > 1e4
    assert m.window > 10
    assert m.half_on < 5e-9


def test_states_may_be_given_and_mistakes_are_told():
    m = cell_merits(MEMORY, 0.1, on={"x": 0.0}, off={"x": 0.5})
    half = 0.5 * float(MEMORY.R_on + MEMORY.R_off)
    assert m.off == pytest.approx(0.1 / half, rel=1e-9)
    with pytest.raises(PinchedError, match="no states"):
        cell_merits(Ohmic(g=1e-3), 0.1)
    with pytest.raises(PinchedError, match="other than 0"):
        cell_merits(device("hfo2-sky130"), 0.0)


def test_a_fit_reaches_the_parameters_of_every_part():
    cell = device("hfo2-sky130-1t1r")
    changed = _set(cell, {"gate": 1.5, "inner.transistor.W": 1e-6, "inner.inner.E_gen": 1.4})
    assert (changed.gate, changed.inner.transistor.W, changed.inner.inner.E_gen) == (1.5, 1e-6, 1.4)
    assert changed.inner.transistor.L == cell.inner.transistor.L
