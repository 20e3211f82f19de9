import numpy as np
import pytest

from pinched.arrays import Crossbar
from pinched.arrays.stacked import Stack, footprint, vertical, woven
from pinched.core import PinchedError


def test_one_layer_is_a_crossbar():
    g = np.random.default_rng(0).uniform(1e-6, 1e-4, (1, 4, 5))
    s = Stack(g, 2.0, 3.0).solve({0: np.arange(4.0), 1: 0.0})
    flat = Crossbar(g[0], 2.0, 3.0).solve(word_left=np.arange(4.0), bit_bottom=0.0)
    np.testing.assert_allclose(s.current[0], flat.i_word_left)
    np.testing.assert_allclose(-s.current[1], flat.i_bit_bottom)
    np.testing.assert_allclose(s.voltage[0], flat.v_word - flat.v_bit)


def test_ideal_layers_in_series():
    """One line a plane: the layers are resistors in series."""
    g = np.array([1e-4, 2e-4, 5e-5]).reshape(3, 1, 1)
    s = Stack(g, 0.0, 0.0)
    assert s.transmission()[0, 0] == pytest.approx(1 / np.sum(1 / g))
    volts = s.solve({0: 1.0, 3: 0.0}).voltage[:, 0, 0]
    np.testing.assert_allclose(np.abs(volts), (1 / g / np.sum(1 / g)).ravel())


def test_transmission_of_ideal_planes_by_nodal_analysis():
    rng = np.random.default_rng(1)
    layers, n = 3, 4
    g = rng.uniform(1e-5, 1e-4, (layers, n, n))
    y = np.zeros(((layers + 1) * n, (layers + 1) * n))
    for k in range(layers):
        for i in range(n):
            for j in range(n):
                a, b = (k * n + i, (k + 1) * n + j) if k % 2 == 0 else (k * n + j, (k + 1) * n + i)
                y[[a, b], [a, b]] += g[k, i, j]
                y[[a, b], [b, a]] -= g[k, i, j]
    ends = np.r_[0:n, layers * n : (layers + 1) * n]
    inner = np.r_[n : layers * n]
    reduced = y[np.ix_(ends, ends)] - y[np.ix_(ends, inner)] @ np.linalg.solve(
        y[np.ix_(inner, inner)], y[np.ix_(inner, ends)]
    )
    np.testing.assert_allclose(Stack(g, 0.0, 0.0).transmission(), -reduced[:n, n:], rtol=1e-9)


def test_diagonal_layers_carry_each_channel_on_its_own():
    g = np.stack([np.diag(np.full(6, 1e-4))] * 3)
    t = Stack(g, 0.0, 0.0).transmission()
    np.testing.assert_allclose(t, np.eye(6) * 1e-4 / 3, atol=1e-15)


def test_a_shared_plane_feeds_the_layers_on_both_sides():
    g = np.random.default_rng(2).uniform(1e-5, 1e-4, (2, 3, 3))
    s = Stack(g, 0.0, 0.0).solve({0: 0.0, 1: np.array([1.0, 0.5, 0.2]), 2: 0.0})
    np.testing.assert_allclose(s.current[1], [1.0, 0.5, 0.2] * g.sum(axis=(0, 1)))
    np.testing.assert_allclose(-s.current[0], g[0] @ [1.0, 0.5, 0.2])


def test_wires_of_a_stack_conserve_current():
    g = np.random.default_rng(3).uniform(1e-5, 1e-3, (3, 4, 4))
    s = Stack(g, 10.0, 20.0).solve({0: 1.0, 3: 0.0})
    assert s.current[0].sum() == pytest.approx(-s.current[3].sum(), rel=1e-9)
    ideal = Stack(g, 0.0, 0.0).solve({0: 1.0, 3: 0.0})
    assert s.current[0].sum() < ideal.current[0].sum()
    tiny = Stack(g, 1e-4, 1e-4).solve({0: 1.0, 3: 0.0})
    np.testing.assert_allclose(tiny.current[0], ideal.current[0], rtol=1e-5)


def test_pillars_of_a_vertical_array_are_bit_lines():
    g = np.random.default_rng(4).uniform(1e-6, 1e-4, (3, 2, 5))
    rows = vertical(g, 1.0, 2.0)
    assert [x.shape for x in rows] == [(3, 5)] * 2
    np.testing.assert_allclose(rows[1].cell, g[:, 1])


def test_fibres_have_the_resistance_of_their_length():
    g = np.full((1, 8), 1e-9)
    x = woven(g, pitch=1e-3, warp=0.0, weft=1e4)
    s = x.solve(word_left=1.0, word_right=0.0)
    assert s.i_word_left[0] == pytest.approx(1 / (9 * 10.0), rel=1e-6)
    rough = woven(g, 1e-3, 0.0, 1e4, spread=0.3, seed=1)
    assert np.std(rough.r_word) / np.mean(rough.r_word) == pytest.approx(0.3, rel=0.6)


def test_footprints():
    assert footprint((10, 10), "crosspoint", 10e-9) == pytest.approx(100 * 4e-16)
    assert footprint((10, 10), "1T1R-12F2", 10e-9) == pytest.approx(3 * footprint((10, 10), "crosspoint", 10e-9))
    assert footprint((10, 10), layers=4) == pytest.approx(footprint((10, 10)) / 4)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: Stack(np.ones((2, 2))), "layers, rows"),
        (lambda: Stack(np.ones((1, 2, 2))).solve({2: 1.0}), "planes 0 to 1"),
        (lambda: footprint((2, 2), "2T2R"), "2T2R"),
        (lambda: vertical(np.ones((2, 2))), "layers, rows"),
    ],
)
def test_mistakes(call, says):
    with pytest.raises(PinchedError, match=says):
        call()
