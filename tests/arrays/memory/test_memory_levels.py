import itertools

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.stats import norm

import pinched as pn
from pinched import devices
from pinched.arrays.memory import (
    Aged,
    Levels,
    Readings,
    bit_error_rate,
    confusion,
    level_error_rate,
    levels,
    lifetime,
    read_window,
    relative,
)
from pinched.arrays.memory.gray import bits, code
from pinched.devices import Programming

US = 1e-6


def flat(sigma: float) -> Aged:
    """Cells of 0 to 100 µS whose standard deviation (µS) is the same everywhere."""
    return Aged(Programming(g_max=100 * US, sigma=(sigma * US,)))


@given(st.floats(-30, 30), st.floats(0.1, 5), st.floats(1e-14, 0.4))
def test_one_normal_law_in_closed_form(centre, scale, tail):
    r = Readings(*np.array([[[1.0]], [[centre]], [[scale]]]))
    assert r.lower(tail)[0] == pytest.approx(norm.ppf(tail, centre, scale), rel=1e-9, abs=1e-9)
    assert r.upper(tail)[0] == pytest.approx(norm.isf(tail, centre, scale), rel=1e-9, abs=1e-9)
    assert r.above(r.upper(tail))[0] == pytest.approx(tail, rel=1e-6)


@given(st.floats(0.01, 0.5), st.floats(1, 8), st.floats(-4, 4), st.floats(1e-10, 0.3))
def test_quantiles_of_a_mixture_have_its_tails(weight, wide, off, tail):
    r = Readings(np.array([1 - weight, weight]), np.array([0.0, off]), np.array([1.0, wide]))
    assert r.below(r.lower(tail)) == pytest.approx(tail, rel=1e-6)
    assert r.above(r.upper(tail)) == pytest.approx(tail, rel=1e-6)


def test_a_fit_finds_the_core_and_the_tail():
    rng = np.random.default_rng(0)
    g = np.concatenate([rng.normal(50, 1, 9000), rng.normal(45, 6, 1000)])
    r = Readings.fit(g)
    assert r.weight[0] == pytest.approx(0.9, abs=0.03)
    assert r.centre == pytest.approx([50, 45], abs=0.6)
    assert r.scale == pytest.approx([1, 6], rel=0.1)
    assert r.mean == pytest.approx(g.mean(), rel=1e-3)
    assert r.std == pytest.approx(g.std(), rel=1e-2)


@given(st.integers(2, 32), st.floats(0.2, 3))
@settings(deadline=None, max_examples=15)
def test_equal_spread_gives_equal_steps_and_the_q_function(n, sigma):
    """Level errors 2 (n − 1)/n Q(step/2σ); each costs one of log2 n bits in Gray code."""
    placed = levels(flat(sigma), n)
    step = 100 * US / (n - 1)
    assert placed.targets == pytest.approx(np.linspace(0, 100 * US, n), abs=2e-3 * step)
    assert placed.thresholds == pytest.approx((np.arange(n - 1) + 0.5) * step, abs=2e-3 * step)
    exact = levels(flat(sigma), n, spacing="linear")
    q = norm.sf(step / (2 * sigma * US))
    assert level_error_rate(exact) == pytest.approx(2 * (n - 1) / n * q, rel=1e-6)
    if n in (2, 4, 8, 16, 32) and q < 1e-5:
        assert bit_error_rate(exact) == pytest.approx(level_error_rate(exact) / np.log2(n), rel=1e-6)


@given(st.floats(2, 1e6), st.floats(0.01, 0.1), st.floats(1e-6, 0.1))
@settings(deadline=None, max_examples=20)
def test_as_many_levels_as_relative_spread_allows(window, sigma, tail):
    """Neighbours are apart by (1 + uσ)/(1 − uσ) with Q(u) the tail."""
    u = norm.isf(tail) * sigma
    fits = np.log(window) / np.log((1 + u) / (1 - u))
    if fits < 1.01:
        with pytest.raises(pn.PinchedError, match="fewer than two levels"):
            levels(relative(sigma, US, window * US), error=tail)
        return
    found = len(levels(relative(sigma, US, window * US), error=tail))
    assert 1 + int(fits * 0.995) <= found <= 1 + int(fits * 1.005)


def test_placing_by_error_beats_equal_steps():
    law = relative(0.06, 1 * US, 100 * US)
    ours, linear, log = (level_error_rate(levels(law, 8, spacing=s)) for s in ("error", "linear", "log"))
    assert ours < 0.5 * linear
    assert ours < 1.01 * log  # equal ratios are the best for a relative spread
    middle = level_error_rate(levels(law, 8, thresholds="middle"))
    assert ours < 0.7 * middle


def test_choosing_among_conductances_is_the_best_choice():
    law, among = relative(0.15, 1 * US, 30 * US), np.geomspace(1, 30, 9) * US
    best = min(level_error_rate(levels(law, targets=c)) for c in itertools.combinations(among, 4))
    assert level_error_rate(levels(law, 4, among=among)) == pytest.approx(best, rel=0.02)


@pytest.mark.parametrize(("name", "within"), [
    ("hfox-wan-2022", 0.02), ("cmohfox-falcone-2024", 0.02), ("pcm-hermes-1dev-2023", 0.15),
    ("pcm-nandakumar-2019", 0.15),
])  # fmt: skip
def test_drawn_cells_agree(name, within):
    p, n, cells = devices.programming(name), 24 if "falcone" in name else 8, 100_000
    placed = levels(p, targets=np.linspace(float(p.g_min), float(p.g_max), n), time=1e5)
    with pn.double():
        g = np.asarray(p.program(np.broadcast_to(placed.targets[:, None], (n, cells)), 0).read(1e5, 1))
    seen = np.mean(placed.read(g) != np.arange(n)[:, None])
    assert seen > 1e-3
    assert level_error_rate(placed, 1e5) == pytest.approx(seen, rel=within + 4 / np.sqrt(seen * g.size))


def test_error_rates_grow_with_time_and_tracking_thresholds_helps():
    placed = levels("pcm-nandakumar-2019", 4, time=[0.0, 1e3])
    times = np.array([0.0, 1e3, 1e5, 1e7])
    rates = bit_error_rate(placed, times)
    assert rates[-1] > 10 * rates[1]
    tracked = np.array([float(bit_error_rate(placed.tracked(t), t)) for t in times])
    assert np.all(tracked <= rates * (1 + 1e-6))
    assert tracked[-1] < 0.5 * rates[-1]  # thresholds that age along
    assert np.all(np.diff(read_window(placed, times)[1:, -1]) < 0)


def test_lifetime_is_when_the_error_rate_is_reached():
    placed = levels("hfox-wan-2022", 4, time=0.0)
    t = lifetime(placed, 1e-3)
    assert bit_error_rate(placed, t) == pytest.approx(1e-3, rel=1e-3)
    assert lifetime(levels(flat(0.1), 2), 1e-3) == np.inf
    assert lifetime(levels(flat(50), 2), 1e-3) == 0


def test_heat_is_haste():
    law = Aged(devices.programming("hfox-wan-2022"), E_a=1.2)
    placed = levels(law, 4)
    haste = np.exp(1.2 / 8.617333262e-5 * (1 / 298.15 - 1 / 358.15))
    assert bit_error_rate(placed, 100.0, 358.15) == pytest.approx(bit_error_rate(placed, 100.0 * haste), rel=1e-9)
    with pytest.raises(pn.PinchedError, match="No activation energy"):
        bit_error_rate(levels("hfox-wan-2022", 4), 1.0, 358.15)


@given(st.integers(2, 64))
def test_gray_neighbours_differ_in_one_bit(n):
    words = code(np.arange(n))
    assert np.all(np.bitwise_count(words[1:] ^ words[:-1]) == 1)
    assert len(set(words.tolist())) == n
    assert np.all(np.sum(np.diff(bits(np.arange(n), n), axis=0) != 0, axis=1) == 1)


def test_confusion_is_a_probability_and_gray_spares_bits():
    placed = levels(flat(8.0), 8)
    chances = confusion(placed, np.array([0.0, 1.0]))
    assert chances.shape == (2, 8, 8)
    assert np.all(chances >= 0)
    assert chances.sum(axis=-1) == pytest.approx(1.0)
    assert bit_error_rate(placed) < bit_error_rate(placed, coding="binary")


@pytest.mark.parametrize(("options", "says"), [
    ({}, "one of n, error and targets"), ({"n": 4, "error": 0.1}, "one of n, error and targets"),
    ({"error": 0.7}, "between 0 and 0.5"), ({"n": 1}, "at least two levels"),
    ({"n": 4, "spacing": "log"}, "begin at 0 S"), ({"n": 4, "span": (2.0, 1.0)}, "rising"),
    ({"n": 9, "among": [1e-6, 2e-6]}, "choose n between 2 and the 2"),
])  # fmt: skip
def test_bad_input_gets_one_sentence(options, says):
    with pytest.raises(pn.PinchedError, match=says):
        levels(flat(1.0), **options)


def test_cells_without_spread_say_so():
    with pytest.raises(pn.PinchedError, match="do not spread"):
        levels(flat(0.0), error=1e-3)
    assert len(levels(flat(0.0), 4)) == 4


def test_drift_that_closes_the_gaps_says_so():
    with pytest.raises(pn.PinchedError, match="drift alone"):
        levels("pcm-nandakumar-2019", 32, time=[0.0, 1e9])


def test_levels_are_told_by_their_thresholds():
    placed = Levels(np.array([1.0, 2.0, 3.0]), np.array([1.5, 2.5]), flat(1.0))
    assert placed.read([0.2, 1.7, 9.0]).tolist() == [0, 1, 2]
    assert placed.bits == pytest.approx(np.log2(3))
