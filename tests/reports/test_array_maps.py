"""Maps of arrays hold what they show."""

import numpy as np

from pinched.arrays import Crossbar
from pinched.arrays.faults import fault_map
from pinched.arrays.margins import ir_drop, margin_table
from pinched.arrays.schemes import bias
from pinched.reports.figures import array_maps


def test_a_bias_is_drawn_with_its_drivers():
    x = Crossbar(np.random.default_rng(0).uniform(1e-6, 1e-4, (3, 5)), 5.0, 5.0)
    held = bias("floating", x.shape, 0, 4, 1.0)
    s = x.solve(**held)
    plot = array_maps.solution(x, s, held, (0, -1))
    np.testing.assert_allclose(plot.table["voltage_V"], (s.v_word - s.v_bit).ravel())
    np.testing.assert_allclose(plot.figure.axes[0].images[0].get_array(), s.v_word - s.v_bit)
    hollow, held_left = plot.figure.axes[0].collections[:2]
    assert len(hollow.get_offsets()) == 3
    assert len(held_left.get_offsets()) == 1  # the others float


def test_loss_and_faults_side_by_side():
    x = Crossbar(np.full((6, 6), 1e-4), 10.0, 10.0)
    found = fault_map((6, 6), "generic", broken=1.0, seed=1)
    plot = array_maps.drop_and_yield(ir_drop(x), found)
    assert plot.table["cell"].isin(array_maps.CELLS).all()
    assert (plot.table["cell"] == "good").mean() == found.usable.mean()
    assert len(array_maps.drop_and_yield(ir_drop(x)).figure.axes) == 2


def test_margins_by_scheme():
    table = margin_table((1e-4, 1e-6), 0.2, ("V/2", "grounded"), (2, 4))
    plot = array_maps.margins(table)
    assert [line.get_label() for line in plot.figure.axes[0].lines] == ["V/2", "grounded"]
