import numpy as np
import pytest

from pinched.arrays import Crossbar
from pinched.arrays.latency import elmore, sense_time, settled, settling
from pinched.arrays.schemes import bias
from pinched.core import PinchedError


def test_uniform_line_has_the_textbook_delay():
    """One small cell at the far end of a word line of n segments: n (n + 1)/2 r c."""
    n, r, c = 20, 3.0, 1e-15
    g = np.zeros((1, n))
    g[0, -1] = 1e-12
    ends = bias("grounded", g.shape, 0, n - 1, 1.0)
    assert elmore(Crossbar(g, r, 0.0), ends, n - 1, c, 0.0) == pytest.approx(n * (n + 1) / 2 * r * c, rel=1e-6)


def test_source_resistance_charges_the_whole_line():
    n, r, c, source = 5, 3.0, 1e-15, 1e3
    g = np.zeros((1, n))
    g[0, -1] = 1e-12
    x = Crossbar(g, r, 0.0, r_source=source)
    delay = elmore(x, bias("grounded", g.shape, 0, n - 1, 1.0), n - 1, c, 0.0)
    assert delay == pytest.approx(n * (n + 1) / 2 * r * c + n * source * c, rel=1e-6)


def test_first_moment_of_a_whole_array_by_nodal_analysis():
    """∫ (1 - I(t)/I(∞)) dt of the network as a set of differential equations."""
    rng = np.random.default_rng(4)
    g, r_w, r_b, c_w, c_b = rng.uniform(1e-4, 1e-3, (3, 4)), 20.0, 30.0, 2e-15, 1e-15
    size = g.size
    y, source = np.zeros((2 * size, 2 * size)), np.zeros(2 * size)
    word = np.arange(size).reshape(g.shape)

    def join(a, b, conductance):
        y[[a, b], [a, b]] += conductance
        y[[a, b], [b, a]] -= conductance

    for i in range(3):
        for j in range(4):
            join(word[i, j], size + word[i, j], g[i, j])
            if j:
                join(word[i, j - 1], word[i, j], 1 / r_w)
            if i:
                join(size + word[i - 1, j], size + word[i, j], 1 / r_b)
    held = bias("V/2", g.shape, 0, 2, 1.0)
    for i in range(3):
        y[word[i, 0], word[i, 0]] += 1 / r_w
        source[word[i, 0]] += held["word_left"][i] / r_w
    for j in range(4):
        k = size + word[-1, j]
        y[k, k] += 1 / r_b
        source[k] += held["bit_bottom"][j] / r_b
    c = np.repeat([c_w, c_b], size)
    out = np.zeros(2 * size)
    out[size + word[-1, 2]] = 1 / r_b
    final = np.linalg.solve(y, source)
    moment = out @ np.linalg.solve(y, c * final)
    assert elmore(Crossbar(g, r_w, r_b), held, 2, c_w, c_b) == pytest.approx(moment / (out @ final), rel=1e-9)


def test_transient_of_one_pole_is_the_elmore_delay():
    x = Crossbar([[1e-6]], 1e3, 0.0, c_word=1e-15)
    ends = {"word_left": [0.1], "bit_bottom": [0.0]}
    delay = elmore(x, ends, 0)
    assert delay == pytest.approx(1e3 * 1e-15 / (1 + 1e-3), rel=1e-6)
    assert settled(x, ends, 0, 0.01) == pytest.approx(settling(delay, 0.01), rel=0.02)


def test_transient_of_an_array_settles_a_few_delays_later():
    g = np.random.default_rng(5).uniform(1e-5, 1e-4, (4, 4))
    x = Crossbar(g, 100.0, 100.0, c_word=1e-15, c_bit=1e-15)
    ends = bias("grounded", g.shape, 0, 3, 0.2)
    delay = elmore(x, ends, 3)
    assert delay < settled(x, ends, 3, 0.01) < 2 * settling(delay, 0.01)


def test_settling_and_sensing():
    assert settling(1e-9, np.exp(-3)) == pytest.approx(3e-9)
    assert sense_time(1e-6, 1e-13, 0.1) == pytest.approx(1e-8)
    assert sense_time(0.0, 1e-13) == np.inf


def test_mistakes():
    x = Crossbar(np.full((2, 2), 1e-5))
    with pytest.raises(PinchedError, match="capacitance"):
        elmore(x, bias("V/2", (2, 2), 0, 0, 1.0), 0)
    with pytest.raises(PinchedError, match="no current"):
        elmore(x, {"word_left": 1.0, "bit_top": 0.0}, 0, 1e-15, 1e-15)
