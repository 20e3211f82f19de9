import numpy as np
import pytest

from pinched.arrays import Crossbar
from pinched.arrays.repair import compensate, complement, gathered, recalibrate, redundant, remap, spare_columns
from pinched.core import PinchedError


def test_the_worst_columns_get_the_best_spares():
    bad = np.zeros((4, 6), bool)
    bad[:2, 0] = bad[:3, 2] = bad[0, 4] = True  # columns 4 and 5 are spares, one of them not perfect
    np.testing.assert_array_equal(spare_columns(bad, 4), [4, 1, 5, 3])
    np.testing.assert_array_equal(spare_columns(bad, 4, tolerated=2), [0, 1, 5, 3])
    bad[:, 4:] = True
    np.testing.assert_array_equal(spare_columns(bad, 4), np.arange(4))


def test_remap_puts_a_wanted_on_cell_where_one_is_stuck_on():
    target = np.diag([1.0, 2.0, 3.0])
    stuck = np.zeros((3, 3), bool)
    stuck[0, 2] = stuck[1, 0] = True
    g = np.zeros((3, 3))
    g[0, 2], g[1, 0] = 3.0, 1.0
    found = remap(target, stuck, g)
    assert found.error == pytest.approx(0, abs=1e-12)
    placed = np.zeros((3, 3))
    placed[np.ix_(found.rows, found.columns)] = target
    assert np.abs(placed - g)[stuck].max() == 0


def test_remap_never_does_worse_than_nothing():
    rng = np.random.default_rng(0)
    target, stuck = rng.random((20, 12)), rng.random((20, 12)) < 0.1
    found = remap(target, stuck, 0.0)
    assert found.error < 0.5 * (target[stuck] ** 2).sum()
    assert sorted(found.rows) == list(range(20))
    assert sorted(found.columns) == list(range(12))


def test_the_good_half_of_a_pair_makes_up_for_the_stuck_one():
    nan = np.nan
    up, down = complement([0.5, 0.5, 0.2], [0.1, 0.1, 0.1], [1.0, nan, nan], [nan, 0.3, nan], 0.0, 1.0)
    np.testing.assert_allclose(up - down, [0.4, 0.4, 0.1])
    np.testing.assert_allclose((up[0], down[1]), (1.0, 0.3))


def test_recalibration_undoes_gain_and_offset():
    wanted = np.random.default_rng(1).random((50, 3))
    gain, offset = recalibrate(wanted, wanted * [0.5, 2.0, 1.0] + [0.1, 0.0, -0.2])
    np.testing.assert_allclose(gain, [2.0, 0.5, 1.0])
    np.testing.assert_allclose(offset, [-0.2, 0.0, 0.2], atol=1e-12)
    gain, offset = recalibrate(wanted, np.zeros_like(wanted))  # a dead column reads its mean
    np.testing.assert_allclose(offset, wanted.mean(axis=0))


def test_copies_average_the_errors_of_cells():
    rng = np.random.default_rng(2)
    target, v = np.full((30, 40), 1e-4), np.ones(30)
    exact = v @ target

    def error(copies):
        g = redundant(target, copies)
        return np.std(gathered(v @ (g * (1 + 0.1 * rng.standard_normal(g.shape))), copies) - exact)

    assert error(16) == pytest.approx(error(1) / 4, rel=0.5)
    np.testing.assert_allclose(gathered(v @ redundant(target, 3), 3), exact)


def test_compensated_wires_read_as_wanted():
    target = np.random.default_rng(3).uniform(1e-6, 2e-5, (24, 24))
    before = np.abs(Crossbar(target, 5.0, 5.0).matrix() - target).max() / target.max()
    g, left = compensate(target, 5.0, 5.0, tolerance=1e-6)
    assert left < 1e-6 < before
    np.testing.assert_allclose(Crossbar(g, 5.0, 5.0).matrix(), target, rtol=1e-4)


def test_mistakes():
    with pytest.raises(PinchedError, match="physical columns"):
        spare_columns(np.zeros((2, 3), bool), 4)
    with pytest.raises(PinchedError, match="one for each"):
        remap(np.zeros((2, 3)), np.zeros((3, 3), bool), 0.0)
