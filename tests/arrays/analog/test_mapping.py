import numpy as np
import pytest

from pinched import devices
from pinched.arrays.analog.cells import cells, expected_error, program_sigma
from pinched.arrays.analog.converters import quantise
from pinched.arrays.analog.mapping import Mapping, bare
from pinched.arrays.analog.tiles import Layout, seen
from pinched.arrays.analog.weights import conductance, decode, encode, weight_range
from pinched.arrays.crossbar import Crossbar
from pinched.core import PinchedError, Quantity
from pinched.devices import SinhResistor, SoftBoundsResponse, StanfordGap, TableResponse

W = np.random.default_rng(0).normal(0, 0.3, (65, 32)).astype(np.float32)


def targets(w, w_max, m):
    return conductance(encode(w / w_max, m)[0], m)


def weights(g, w_max, m):
    return decode((g - m.g_min) / (m.g_max - m.g_min), m)[0] * w_max


def test_ideal_devices_hold_any_weight():
    m = bare(Mapping(g_min=1e-6, g_max=1e-4))
    w_max = weight_range(W, m)
    assert w_max == np.abs(W).max()
    np.testing.assert_allclose(
        weights(cells(targets(W, w_max, m), m, np.random.default_rng(0)), w_max, m), W, atol=2e-7
    )


def test_levels_err_by_at_most_half_a_step():
    m = bare(Mapping(g_min=1e-6, g_max=1e-4, levels=16))
    w_max = np.abs(W).max()
    g = targets(W, w_max, m)
    assert len(np.unique(g)) <= 16
    np.testing.assert_allclose(np.round((g - 1e-6) / 6.6e-6), (g - 1e-6) / 6.6e-6, atol=1e-4)
    error = np.abs(weights(g, w_max, m) - W)
    assert error.max() <= w_max / 15 / 2 * (1 + 1e-4)
    assert error.max() > w_max / 15 / 2 * 0.95


def test_quantise_rounds_to_even_steps_and_clips():
    x = np.array([-0.5, 0.1, 0.24, 0.26, 0.5, 0.74, 0.76, 1.5])
    np.testing.assert_allclose(quantise(x, 0.0, 1.0, 3.0), [0, 0, 0, 0.5, 0.5, 0.5, 1, 1])
    assert np.array_equal(quantise(x, 0.0, 1.0, np.inf), x)


def test_uniform_inputs_have_the_variance_of_quantisation():
    x = np.random.default_rng(0).uniform(0, 1, 200_000)
    error = quantise(x, 0.0, 1.0, 2.0**6) - x
    assert np.var(error) == pytest.approx((1 / 63) ** 2 / 12, rel=0.01)


def test_programming_error_and_stuck_cells_have_their_moments():
    n = 200_000
    m = bare(Mapping(g_min=1e-6, g_max=1e-4, sigma_program=0.05, stuck_on=0.03, stuck_off=0.1))
    g = cells(np.full(n, 5e-5, np.float32), m, np.random.default_rng(1))
    for value, fraction in ((m.g_max, 0.03), (m.g_min, 0.1)):
        assert np.mean(g == value) == pytest.approx(fraction, abs=3 * np.sqrt(fraction / n))
    free = g[(g != m.g_min) & (g != m.g_max)]
    assert np.std(free) == pytest.approx(0.05 * 9.9e-5, rel=0.01)
    assert np.mean((g - 5e-5) ** 2) == pytest.approx(
        0.87 * (0.05 * 9.9e-5) ** 2 + 0.03 * (5e-5) ** 2 + 0.1 * (4.9e-5) ** 2, rel=0.02
    )
    assert expected_error(np.float32(5e-5), m) == pytest.approx(np.mean((g - 5e-5) ** 2), rel=0.05)


def test_device_spread_is_that_of_the_logarithm():
    m = bare(Mapping(g_min=1e-6, g_max=1e-4, sigma_device=0.2))
    g = cells(np.full(100_000, 3e-5, np.float32), m, np.random.default_rng(1))
    assert np.std(np.log(g)) == pytest.approx(0.2, rel=0.01)
    assert np.median(g) == pytest.approx(3e-5, rel=0.005)


def test_all_cells_stuck_leave_no_free_cell():
    m = bare(Mapping(g_min=1e-6, g_max=1e-4, stuck_off=1.0))
    assert np.all(cells(np.full((2, 50, 50), 5e-5, np.float32), m, np.random.default_rng(0)) == m.g_min)


def test_a_table_of_programming_errors_is_interpolated():
    m = bare(Mapping(g_min=0.0, g_max=4e-5, sigma_program=[0.01, 0.05, 0.03]))
    np.testing.assert_allclose(
        program_sigma(np.float32([0, 1e-5, 2e-5, 4e-5]), m), np.array([0.4, 1.2, 2, 1.2]) * 1e-6, rtol=1e-5
    )


def test_a_smaller_weight_range_is_chosen_where_levels_are_few():
    assert weight_range(W, bare(Mapping(levels=2))) < weight_range(W, bare(Mapping()))


@pytest.mark.parametrize("shape", [(1, 2, 1, 20, 5), (1, 2, 1, 150, 70), (2, 1, 3, 30, 9)])
def test_wires_are_solved_exactly_tile_by_tile(shape):
    m = bare(Mapping(r_wire=2.0, scheme="differential" if shape[1] == 2 else "offset", levels=4, slices=shape[0],
                     devices=shape[2]), np.float64)  # fmt: skip
    g = np.random.default_rng(0).uniform(1e-6, 1e-4, shape)
    v = np.random.default_rng(1).uniform(0, 0.2, shape[3])
    found = seen(g, Layout(*shape[3:], m))
    rows, places = slice(0, min(128, shape[3])), slice(0, min(128 // m.columns, shape[4]))
    block = np.moveaxis(g[..., rows, places], (-2, -1), (0, 1)).reshape(rows.stop, -1)
    i = Crossbar(block, r_word=2.0, r_bit=2.0).solve(word_left=v[rows], bit_bottom=0.0).i_bit_bottom
    expected = np.moveaxis(i.reshape(-1, *shape[:3]), 0, -1)
    np.testing.assert_allclose(v[rows] @ found[..., rows, places], expected, rtol=1e-8)
    assert np.all(found.sum(-2) < g.sum(-2))


def test_what_was_not_measured_is_ideal_and_says_so():
    m = Mapping.of(
        g_max=Quantity(2e-4, "S", "measured", note="LRS at 0.1 V"),
        levels=8,
        sigma_read=Quantity(np.nan, "1", "measured", note="no reads"),
    )
    assert m.sigma_read == 0
    assert m.levels == 8
    rows = {q.label: q for q in m.table()}
    assert rows["conductance of the ON state"].origin == "measured"
    assert rows["conductance of the ON state"].note == "LRS at 0.1 V"
    noise = rows["read noise of a cell over its current"]
    assert not noise.available
    assert "not measured" in noise.note


def test_a_device_tells_its_range_and_a_population_its_spread():
    device = StanfordGap()
    m = Mapping.of(device, read_voltage=0.1)
    assert m.g_max > 10 * m.g_min > 0
    assert m.sigma_device == 0
    many = device.sample(0, 400, {"I0": 0.1})
    assert Mapping.of(many).sigma_device == pytest.approx(0.1, rel=0.15)


def test_a_pulse_response_tells_its_range_and_noise():
    m = Mapping.of(SoftBoundsResponse(g_min=1e-6, g_max=2e-5, sigma_c2c=0.01, step_up=0.02, step_down=0.02))
    assert m.levels == pytest.approx(1 + np.log(0.01) / np.log(0.98), abs=2)
    assert (m.g_min, m.g_max, m.sigma_program) == (1e-6, 2e-5, 0.01)


def test_published_statistics_tell_their_range_error_and_noise():
    m = Mapping.of(devices.programming("hfox-wan-2022"))
    g = np.linspace(0, 40e-6, 6)
    printed = np.array([0.348, 2.136, 2.218, 1.805, 1.46, 1.103]) * 1e-6  # 1 s after programming
    np.testing.assert_allclose(program_sigma(g, m), printed, rtol=0.01)
    assert m.sigma_read == 0
    cmo = Mapping.of(devices.programming("cmohfox-falcone-2024"))
    assert (cmo.g_min, cmo.g_max) == pytest.approx((9e-6, 88.19e-6))
    noise = 0.0277316483e-6 * np.log10(88.19) * np.sqrt(np.log(1 / 2e-6)) / 88.19e-6
    assert noise < cmo.sigma_read < 2 * noise


def test_an_abrupt_response_has_two_levels():
    table = {"up": [1.0, 1.0], "down": [1.0, 1.0], "up_std": [0.0, 0.0], "down_std": [0.0, 0.0]}
    assert Mapping.of(TableResponse(g_min=1e-6, g_max=2e-5, **table)).levels == 2


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Mapping(levels=1), "at least 2"),
        (lambda: Mapping(g_min=2e-4), "must be above"),
        (lambda: Mapping(stuck_on=0.6, stuck_off=0.6), "more than all cells"),
        (lambda: Mapping(sigma_read=-0.1), "at least 0"),
        (lambda: Mapping.of(sigma_raed=0.1), "did you mean 'sigma_read'"),
        (lambda: Mapping.of("hfox"), "is no device"),
        (lambda: Mapping.of(SinhResistor(g=1e-5, b=2.0)), "no state"),
    ],
)
def test_mistakes_are_told(make, words):
    with pytest.raises(PinchedError, match=words):
        make()
