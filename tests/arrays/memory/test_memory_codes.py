import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import pinched as pn
from pinched.arrays.memory import (
    bch,
    bit_error_rate,
    capacity,
    densest,
    hamming,
    level_error_rate,
    levels,
    mutual_information,
    reed_solomon,
    relative,
    weakest,
)


@pytest.mark.parametrize(("n", "t", "k"), [
    (15, 1, 11), (15, 2, 7), (15, 3, 5), (31, 3, 16), (63, 3, 45), (127, 10, 64), (255, 18, 131), (511, 4, 475),
    (1023, 10, 923), (8191, 20, 7931),
])  # fmt: skip
def test_bch_codes_of_the_tables(n, t, k):
    """Lin & Costello, Error Control Coding, Table 6.1; the last two by t r parity bits."""
    assert bch(n, t).k == k


@pytest.mark.parametrize("r", [3, 4, 7])
def test_hamming_codes_are_perfect(r):
    code = hamming(r)
    assert (code.n, code.k, code.t) == (2**r - 1, 2**r - 1 - r, 1)
    assert 2**code.k * (1 + code.n) == 2**code.n


def test_shortened_codes_keep_their_parity():
    assert (bch(71, 1).n, bch(71, 1).k) == (71, 64)  # a 64-bit word and 7 bits
    assert reed_solomon(255, 16).k == 223  # of compact discs and space probes
    assert reed_solomon(204, 8, 8).k == 188  # of digital video


@given(st.integers(2, 60), st.integers(1, 5), st.floats(1e-5, 0.3))
def test_what_a_code_leaves_is_the_binomial_sum(n, t, p):
    t = min(t, n - 1)
    code = pn.arrays.memory.Code("bch", n, 1, t)
    chance = [math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(n + 1)]
    assert code.word_error_rate(p) == pytest.approx(sum(chance[t + 1 :]), rel=1e-6)
    assert code.bit_error_rate(p) == pytest.approx(sum(i * c for i, c in enumerate(chance) if i > t) / n, rel=1e-6)


def test_the_weakest_code_is_enough_and_the_next_weaker_is_not():
    code = weakest(1e-3, 1e-15, 1023)
    assert code.bit_error_rate(1e-3) <= 1e-15 < bch(1023, code.t - 1).bit_error_rate(1e-3)
    assert weakest(1e-3, 1e-15, 255, "reed-solomon").bit_error_rate(1e-3) <= 1e-15
    with pytest.raises(pn.PinchedError, match="take fewer levels"):
        weakest(0.2, 1e-15, 63)


@pytest.mark.parametrize("bad", [lambda: bch(7, 4), lambda: reed_solomon(300, 2, 8), lambda: bch(15, 0)])
def test_codes_that_do_not_exist(bad):
    with pytest.raises(pn.PinchedError, match="corrects"):
        bad()


@pytest.mark.slow
@pytest.mark.parametrize("code", [bch(15, 2), bch(12, 2), reed_solomon(15, 3), reed_solomon(12, 2)])
def test_words_survive_t_errors(code):
    galois = pytest.importorskip("galois")
    for field in (galois.GF2, galois.GF(2**4)):
        field.compile("python-calculate")  # a few words are sooner done than compiled
    rng = np.random.default_rng(0)
    data = rng.integers(0, 2**code.m, (5, code.k))
    words = code.encode(data)
    assert words.shape == (5, code.n)
    for word in words:
        word[rng.choice(code.n, code.t, replace=False)] ^= 1
    back, errors = code.decode(words)
    assert np.array_equal(back, data)
    assert np.all(errors == code.t)


@given(st.floats(1e-6, 0.499))
def test_information_of_a_binary_symmetric_channel(p):
    entropy = -p * np.log2(p) - (1 - p) * np.log2(1 - p)
    assert mutual_information(np.array([[1 - p, p], [p, 1 - p]])) == pytest.approx(1 - entropy, abs=1e-12)


@given(st.integers(1, 4), st.floats(0.01, 0.2))
@settings(deadline=None, max_examples=15)
def test_no_code_holds_more_than_information_theory_allows(bits, sigma):
    placed = levels(relative(sigma, 1e-6, 1e-4), 2**bits)
    try:
        held = capacity(placed, 1e-12)
    except pn.PinchedError:
        assert bit_error_rate(placed) > 1e-3
        return
    assert 0 < held.bits <= held.information + 1e-9 <= placed.bits + 2e-9
    assert held.code is None or held.code.bit_error_rate(held.error) <= 1e-12


def test_the_densest_cell_is_denser_the_less_it_spreads():
    held = [densest(relative(s, 1e-6, 1e-4), 1e-15).bits for s in (0.2, 0.1, 0.05, 0.02)]
    assert np.all(np.diff(held) > 0)
    aged = [densest("hfox-wan-2022", 1e-15, time=t).bits for t in (0.0, 1e5)]
    assert aged[1] < aged[0]
    with pytest.raises(pn.PinchedError, match="Not even two levels"):
        densest(relative(0.3, 1e-6, 1.1e-6))


def test_errors_of_drawn_bits_are_those_computed():
    """Cells drawn, Gray coded, read, and counted word by word."""
    from pinched.arrays.memory.gray import bits as gray_bits

    placed = levels(relative(0.2, 1e-6, 1e-5), 4)
    rng = np.random.default_rng(1)
    written = rng.integers(0, 4, 300_000)
    read = placed.read(rng.normal(placed.targets[written], 0.2 * placed.targets[written]))
    wrong = gray_bits(read, 4) != gray_bits(written, 4)
    p = float(bit_error_rate(placed))
    assert wrong.mean() == pytest.approx(p, rel=4 / np.sqrt(wrong.sum()))
    assert np.mean(read != written) == pytest.approx(float(level_error_rate(placed)), rel=4 / np.sqrt(wrong.sum()))
    code = bch(31, 1)
    words = rng.permutation(wrong.ravel())[: wrong.size // 31 * 31].reshape(-1, 31)
    failed = np.mean(words.sum(axis=1) > code.t)
    assert failed == pytest.approx(code.word_error_rate(p), rel=4 / np.sqrt(failed * len(words)) + 0.02)
