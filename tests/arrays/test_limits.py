import math

import numpy as np
import pytest

from pinched.arrays.limits import largest, limits
from pinched.core import PinchedError


def test_ideal_wires_cost_nothing_and_grounding_stops_every_sneak_path():
    table = limits(1e-4, 1e-6, 0.0, 0.2, sizes=(2, 8))
    assert table["loss"].abs().max() < 1e-12
    np.testing.assert_allclose(table["margin_grounded"], 0.99)


def test_floating_margin_of_ideal_wires_is_the_textbook_one():
    """All other cells ON: the sneak path is 1/g (2/(n-1) + 1/(n-1)²)."""
    n, on, off = 8, 1e-4, 1e-6
    sneak = on / (2 / (n - 1) + 1 / (n - 1) ** 2)
    table = limits(on, off, 0.0, 0.2, sizes=(n,))
    assert table["margin_floating"][0] == pytest.approx((on - off) / (on + sneak))


def test_half_voltage_margin_of_ideal_wires():
    """The column carries n - 1 cells at V/2 beside the selected one."""
    n, on, off = 8, 1e-4, 1e-6
    table = limits(on, off, 0.0, 0.2, sizes=(n,))
    assert table["margin_half"][0] == pytest.approx((on - off) / (on + (n - 1) * on / 2))


def test_small_loss_is_first_order_in_the_wires():
    """Farthest column: each word segment carries the cells beyond it, each bit segment the cells above it."""
    n, g, r = 8, 1e-7, 1.0
    k = np.arange(1, n + 1)
    along_word = k.sum()
    along_bit = np.mean([sum(n + 1 - max(i, j) for j in k) for i in k])
    loss = limits(g, 0.0, r, 0.2, sizes=(n,))["loss"][0]
    assert loss == pytest.approx(r * g * (along_word + along_bit), rel=1e-3)


def test_nonlinear_cells_keep_more_margin():
    ohmic, steep = (limits(1e-5, 1e-7, 1.0, 1.0, sizes=(16, 32), nonlinearity=k) for k in (None, 100.0))
    assert (steep["margin_half"] > 5 * ohmic["margin_half"]).all()
    assert (steep["margin_floating"] > ohmic["margin_floating"]).all()
    nearly = limits(1e-5, 1e-7, 1.0, 1.0, sizes=(16,), nonlinearity=2.0001)
    np.testing.assert_allclose(nearly["margin_half"], ohmic["margin_half"][:1], rtol=1e-3)


def test_largest_array():
    table = limits(1e-4, 1e-6, 1.0, 0.2, sizes=(8, 16, 32, 64))
    side = largest(table, "loss", 0.05)
    assert 8 < side < 64
    below, above = limits(1e-4, 1e-6, 1.0, 0.2, sizes=(int(0.8 * side), int(1.25 * side)))["loss"]
    assert below < 0.05 < above
    assert largest(table, "loss", 1.0) == 64
    assert math.isnan(largest(table, "margin_floating", 0.99))


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ((1e-6, 1e-4, 1.0, 0.2), "g_off"),
        ((1e-4, 1e-6, -1.0, 0.2), "r_wire"),
        ((1e-4, 1e-6, 1.0, 0.2, (8,), 1.5), "nonlinearity"),
    ],
)
def test_mistakes(args, says):
    with pytest.raises(PinchedError, match=says):
        limits(*args)
