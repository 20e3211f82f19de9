"""Stuck cells."""

import numpy as np
import pytest

import pinched as pn
from pinched.core import PinchedError
from pinched.devices import FAULTS, Environment, Faults, StanfordGap, Stuck, with_faults
from pinched.experiments.protocols import Pulse, Read


def test_a_map_has_the_shares_asked_for():
    cells = with_faults(StanfordGap(), Faults(on=0.1, off=0.2, open=0.05), (200, 200), seed=1)
    assert cells.population == (200, 200)
    stuck, g = cells.stuck > 0, np.where(cells.stuck > 0, cells.g, np.nan)
    error = 4 * np.sqrt(0.2 / 40_000)
    assert np.mean(stuck) == pytest.approx(0.35, abs=error)
    assert np.mean(g > 1e-3) == pytest.approx(0.1, abs=error)
    assert np.mean(g < 1e-5) == pytest.approx(0.25, abs=error)
    assert np.mean(g == 0) == pytest.approx(0.05, abs=error)
    assert 1 / np.nanmax(g) == pytest.approx(541.82, rel=1e-4)  # the ends of the device itself
    assert np.array_equal(with_faults(StanfordGap(), Faults(0.1, 0.2, 0.05), (200, 200), seed=1).g, cells.g)


def test_faults_of_published_silicon():
    sky130 = FAULTS["sky130"]
    assert 1 - sum(sky130) == pytest.approx(0.9273 * 0.9083 * 0.9745)
    assert sky130.open == pytest.approx(0.0727)
    assert sky130.on == pytest.approx(0.9273 * 0.0917)


def test_a_stuck_cell_neither_conducts_nor_moves_as_it_should():
    cells = Stuck(inner=StanfordGap(x0=1.0), stuck=np.array([0.0, 1.0, 1.0]), g=np.array([0.0, 1e-4, 0.0]))
    ds = pn.run(cells, (Pulse(2.0, 1e-6, i_max=1e-3), Read(0.1)))
    assert ds["conductance"].values[1:, -1] == pytest.approx([1e-4, 0.0])
    assert ds["state_inner.x"].values[0, -1] < 0.9
    assert np.all(ds["state_inner.x"].values[1:] == 1.0)


def test_faults_join_a_population_that_differs():
    cells = with_faults(
        StanfordGap().sample(0, 100, {"I0": 0.1}), "generic", seed=0, env=Environment(temperature=350.0)
    )
    assert cells.population == (100,)
    assert len(np.unique(cells.inner.I0)) == 100


def test_mistakes_are_told():
    with pytest.raises(PinchedError, match="did you mean 'sky130'"):
        with_faults(StanfordGap(), "sky13", 10)
    with pytest.raises(PinchedError, match="shape"):
        with_faults(StanfordGap())
    with pytest.raises(PinchedError, match="exclusive"):
        with_faults(StanfordGap(), Faults(0.6, 0.6), 10)
