import numpy as np
import pytest

from pinched.arrays import Crossbar
from pinched.arrays.schemes import SCHEMES, bias, stress
from pinched.core import PinchedError


@pytest.mark.parametrize("name", ["V/2", "V/3", "grounded"])
def test_ideal_wires_put_the_voltages_of_the_scheme_across_the_cells(name):
    g = np.random.default_rng(1).uniform(1e-6, 1e-4, (4, 5))
    s = Crossbar(g, 0.0, 0.0).solve(**bias(name, g.shape, 1, 3, 1.2))
    across, told = s.v_word - s.v_bit, stress(name, 1.2)
    assert across[1, 3] == pytest.approx(1.2)
    np.testing.assert_allclose(np.delete(across[1], 3), told["row"], atol=1e-12)
    np.testing.assert_allclose(np.delete(across[:, 3], 1), told["column"], atol=1e-12)
    np.testing.assert_allclose(np.delete(np.delete(across, 1, 0), 3, 1), told["rest"], atol=1e-12)


def test_column_current_of_half_select_is_the_sum_of_its_cells():
    g = np.random.default_rng(2).uniform(1e-6, 1e-4, (6, 4))
    s = Crossbar(g, 0.0, 0.0).solve(**bias("V/2", g.shape, 2, 1, 1.0))
    assert s.i_bit_bottom[1] == pytest.approx(g[2, 1] + (g[:, 1].sum() - g[2, 1]) / 2)


def test_sneak_path_of_two_by_two():
    """Lines floating: the three other cells in series stand beside the selected one."""
    g = np.array([[1e-6, 2e-5], [3e-5, 5e-5]])
    s = Crossbar(g, 0.0, 0.0).solve(**bias("floating", (2, 2), 0, 0, 0.3))
    sneak = 1 / (1 / g[0, 1] + 1 / g[1, 1] + 1 / g[1, 0])
    assert s.i_bit_bottom[0] == pytest.approx(0.3 * (g[0, 0] + sneak))


def test_no_scheme_hides_current_from_the_sources():
    g = np.random.default_rng(3).uniform(1e-6, 1e-4, (5, 7))
    for name in SCHEMES:
        s = Crossbar(g, 2.0, 3.0).solve(**bias(name, g.shape, 0, 6, 0.5, both=True))
        into = s.i_word_left.sum() + s.i_word_right.sum()
        assert into == pytest.approx(s.i_bit_top.sum() + s.i_bit_bottom.sum(), rel=1e-9)


def test_selections_make_a_batch():
    held = bias("V/3", (3, 4), np.arange(3)[:, None], np.arange(4), 0.9)
    assert held["word_left"].shape == (3, 4, 3)
    assert held["bit_bottom"].shape == (3, 4, 4)
    np.testing.assert_allclose(held["word_left"][1, 2], [0.3, 0.9, 0.3])
    np.testing.assert_allclose(held["bit_bottom"][1, 2], [0.6, 0.6, 0.0, 0.6])


def test_last_line_counts_from_the_end_and_gates_follow_the_row():
    held = bias("grounded", (3, 4), -1, -4, 0.9, gate=2.0)
    np.testing.assert_allclose(held["word_left"], [0, 0, 0.9])
    np.testing.assert_allclose(held["gate"], [0, 0, 2.0])


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("V/4", (3, 3), 0, 0, 1.0), "V/4"),
        (("V/2", (3, 3), 3, 0, 1.0), "row 3"),
        (("V/2", (3, 3), 0, 0.5, 1.0), "column"),
        (("V/2", (3, 3), 0, 0, np.nan), "finite"),
    ],
)
def test_mistakes(args, says):
    with pytest.raises(PinchedError, match=says):
        bias(*args)
