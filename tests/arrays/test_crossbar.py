import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from pinched.arrays.crossbar import Crossbar
from pinched.core import PinchedError

CASES = Path(os.environ.get("PINCHED_TEST_DATA", "../shared/data")) / ".." / "reference" / "crossbar"
LINE = 1e-9  # agreement asked for, relative to the largest column current


def case(folder, *names):
    if not (CASES / folder).is_dir():
        pytest.skip(f"reference case {folder} is not here: set PINCHED_TEST_DATA")
    return [np.load(CASES / folder / f"{name}.npy") for name in names]


def dense(g, r_word, r_bit, r_source, ends):
    """Nodal analysis written out node by node, every r > 0: an independent answer for small arrays."""
    rows, columns = g.shape
    size = rows * columns
    matrix, source = np.zeros((2 * size, 2 * size)), np.zeros(2 * size)
    word = np.arange(size).reshape(g.shape)
    bit = word + size

    def join(a, b, conductance):
        matrix[[a, b], [a, b]] += conductance
        matrix[[a, b], [b, a]] -= conductance

    def drive(node, volt, r):
        if not np.isnan(volt):
            matrix[node, node] += 1 / r
            source[node] += volt / r

    for i in range(rows):
        for j in range(columns):
            join(word[i, j], bit[i, j], g[i, j])
            if j:
                join(word[i, j - 1], word[i, j], 1 / r_word)
            if i:
                join(bit[i - 1, j], bit[i, j], 1 / r_bit)
    for i in range(rows):
        drive(word[i, 0], ends["word_left"][i], r_word + r_source)
        drive(word[i, -1], ends["word_right"][i], r_word + r_source)
    for j in range(columns):
        drive(bit[0, j], ends["bit_top"][j], r_bit + r_source)
        drive(bit[-1, j], ends["bit_bottom"][j], r_bit + r_source)
    v = np.linalg.solve(matrix, source)
    w, b = v[:size].reshape(g.shape), v[size:].reshape(g.shape)

    def flow(a, b, r):
        return np.nan_to_num((a - b) / r)

    return {
        "v_word": w,
        "v_bit": b,
        "i_device": g * (w - b),
        "i_word_left": flow(ends["word_left"], w[:, 0], r_word + r_source),
        "i_word_right": flow(ends["word_right"], w[:, -1], r_word + r_source),
        "i_bit_top": flow(b[0], ends["bit_top"], r_bit + r_source),
        "i_bit_bottom": flow(b[-1], ends["bit_bottom"], r_bit + r_source),
    }


def ends_of(rng, rows, columns, floating):
    v = {"word_left": rows, "word_right": rows, "bit_top": columns, "bit_bottom": columns}
    v = {name: rng.uniform(-1, 1, n) for name, n in v.items()}
    for x in v.values():
        x[rng.random(len(x)) < floating] = np.nan
    v["word_left"][0] = 0.7
    return v


@pytest.mark.parametrize("folder", ["linear_32", "linear_64", "linear_128", "linear_256"])
def test_agrees_with_the_reference_solutions(folder):
    g, v, expected = case(folder, "g_S", "drive_wl_left_V", "I_out_badcrossbar_A")
    array, expected = Crossbar(g), expected.ravel()
    by_iteration = array.read(v.ravel())
    assert np.abs(by_iteration - expected).max() < LINE * expected.max()
    if len(g) < 256:
        assert np.abs(v.ravel() @ array.matrix() - expected).max() < LINE * expected.max()


@pytest.mark.parametrize("folder", ["linear_32", "linear_64"])
def test_agrees_with_the_reference_potentials(folder):
    g, v, w, b = case(folder, "g_S", "drive_wl_left_V", "V_wordline_ngspice", "V_bitline_ngspice")
    s = Crossbar(g).solve(word_left=v.ravel(), bit_bottom=0.0)
    assert np.abs(s.v_word - w).max() < 1e-11
    assert np.abs(s.v_bit - b).max() < 1e-11


def test_agrees_with_the_reference_batch():
    g, v, expected = case("linear_128_p100", "g_S", "drive_wl_left_V", "I_out_badcrossbar_A")
    array = Crossbar(g)
    assert np.abs(array.read(v.T) - expected).max() < LINE * expected.max()
    assert np.abs(Crossbar(g).read(v.T[:3]) - expected[:3]).max() < LINE * expected.max()


@pytest.mark.parametrize(("r_word", "r_bit"), [(0, 0), (0, 1), (1, 0)])
def test_agrees_with_the_reference_of_ideal_wires(r_word, r_bit):
    g, v, expected = case("linear_32_zero_wire", "g_S", "drive_wl_left_V", f"I_out_bad_rwl{r_word}_rbl{r_bit}")
    array, expected = Crossbar(g, r_word, r_bit), expected.ravel()
    assert np.abs(array.read(v.ravel()) - expected).max() < LINE * expected.max()
    assert np.abs(v.ravel() @ array.matrix() - expected).max() < LINE * expected.max()


def test_agrees_with_the_reference_of_floating_lines():
    names = ("g_S", "drive_wl_left_V", "drive_bl_bot_V", "I_device_newton_A", "V_wordline_newton", "V_bitline_newton")
    g, v, ground, device, w, b = case("linear_16_floating", *names)
    s = Crossbar(g, 2.0, 2.0).solve(word_left=v.ravel(), bit_bottom=ground.ravel())
    assert np.abs(s.i_device - device).max() < LINE * np.abs(s.i_bit_bottom).max()
    assert np.abs(s.v_word - w).max() < 1e-11
    assert np.abs(s.v_bit - b).max() < 1e-11


@settings(max_examples=40, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    decades=st.floats(0, 6),
    r_word=st.floats(1e-2, 1e4),
    r_bit=st.floats(1e-2, 1e4),
    r_source=st.sampled_from([0.0, 50.0]),
    floating=st.floats(0, 1),
    seed=st.integers(0, 1000),
)
def test_any_array_with_any_line_ends_agrees_with_nodal_analysis(
    shape, decades, r_word, r_bit, r_source, floating, seed
):
    rng = np.random.default_rng(seed)
    g = 10 ** rng.uniform(-3 - decades, -3, shape)
    ends = ends_of(rng, *shape, floating)
    s = Crossbar(g, r_word, r_bit, r_source=r_source).solve(**ends)
    expected = dense(g, r_word, r_bit, r_source, ends)
    largest = max(np.abs(expected[name]).max() for name in expected if name.startswith("i_"))
    rounding = 1e-14 / min(r_word, r_bit)  # of the reference, which reads currents from the drop along a segment
    for name, value in expected.items():
        allowed = 1e-8 * largest + rounding if name.startswith("i_") else 1e-8
        assert np.abs(getattr(s, name) - value).max() <= allowed, name


@pytest.mark.parametrize("shape", [(5, 9), (9, 5)])
@pytest.mark.parametrize(
    "wires", [(1, 2, 0), (1, 2, 30), (0, 2, 0), (0, 2, 30), (1, 0, 0), (1, 0, 30), (0, 0, 0), (0, 0, 30)]
)
def test_matrix_is_the_linear_map_of_read(shape, wires):
    rng = np.random.default_rng(3)
    array = Crossbar(10 ** rng.uniform(-5, -2, shape), *wires[:2], r_source=wires[2])
    columns = [array.solve(word_left=e, bit_bottom=0.0).i_bit_bottom for e in np.eye(shape[0])]
    np.testing.assert_allclose(array.matrix(), columns, rtol=1e-10)
    v = rng.uniform(-1, 1, shape[0])
    np.testing.assert_allclose(array.read(v), v @ array.matrix(), rtol=1e-10)


@pytest.mark.parametrize("wires", [(0, 2, 0), (2, 0, 0), (0, 0, 0), (0, 0, 20), (0, 2, 20)])
def test_zero_ohm_is_the_limit_of_a_vanishing_wire(wires):
    rng = np.random.default_rng(4)
    g = 10 ** rng.uniform(-5, -3, (4, 7))
    ends = {"word_left": [0.3, 0.1, np.nan, 0.2], "word_right": [0.3, np.nan, np.nan, np.nan], "bit_bottom": 0.0}
    ideal = Crossbar(g, *wires[:2], r_source=wires[2]).solve(**ends)
    thin = Crossbar(g, *(r or 1e-6 for r in wires[:2]), r_source=wires[2]).solve(**ends)
    for name in ("v_word", "v_bit", "i_device", "i_word_left", "i_word_right", "i_bit_bottom"):
        atol = 1e-8 if name.startswith("v_") else 1e-12  # V, A
        np.testing.assert_allclose(getattr(ideal, name), getattr(thin, name), rtol=1e-6, atol=atol)


@pytest.mark.parametrize("floating", [False, True])
def test_slow_corners_switch_to_a_solution_that_still_balances(floating, monkeypatch):
    """Wires as resistive as devices; and a floating array with few closed cells."""
    rng = np.random.default_rng(5)
    n = 60
    g = np.where(rng.random((n, n)) < 0.03, 1e-3, 1e-9) if floating else np.full((n, n), 1e-2)
    array = Crossbar(g, *((2.5, 2.5) if floating else (100.0, 100.0)))
    ends = {"word_left": np.full(n, np.nan), "bit_bottom": np.full(n, np.nan)} if floating else {"bit_bottom": 0.0}
    if floating:
        ends["word_left"][7], ends["bit_bottom"][11] = 0.2, 0.0
    else:
        ends["word_left"] = rng.uniform(0, 0.2, n)
    s = array.solve(**ends)
    from pinched.arrays import static

    monkeypatch.setattr(static, "MAX_ITERATIONS", 0)  # nothing but the direct solution
    direct = array.solve(**ends)
    for name in ("i_bit_bottom", "i_word_left", "i_device"):
        exact = getattr(direct, name)
        assert np.abs(getattr(s, name) - exact).max() < LINE * np.abs(direct.i_bit_bottom).max()
    assert abs(s.i_word_left.sum() - s.i_bit_bottom.sum()) < LINE * s.i_bit_bottom.max()


def test_batches_may_float_different_lines():
    g = np.array([[1e-4, 2e-5, 1e-6], [3e-5, 1e-5, 4e-5]])
    array = Crossbar(g, 3.0, 5.0)
    inputs = np.array([[[0.2, np.nan], [0.1, 0.3]], [[np.nan, 0.2], [0.2, np.nan]]])
    together = array.solve(word_left=inputs, bit_bottom=[0.0, np.nan, 0.0])
    assert together.v_word.shape == (2, 2, 2, 3)
    assert together.i_bit_bottom.shape == (2, 2, 3)
    for k in np.ndindex(2, 2):
        alone = array.solve(word_left=inputs[k], bit_bottom=[0.0, np.nan, 0.0])
        np.testing.assert_allclose(together.v_word[k], alone.v_word, rtol=1e-12)
        np.testing.assert_allclose(together.i_bit_bottom[k], alone.i_bit_bottom, rtol=1e-12)


def test_a_line_without_a_path_carries_no_current_and_has_no_potential():
    g = np.array([[1e-4, 0.0, 0.0], [0.0, 0.0, 1e-4], [1e-4, 0.0, 1e-6]])
    s = Crossbar(g).solve(word_left=[0.2, np.nan, np.nan], bit_bottom=[0.0, np.nan, np.nan])
    assert np.isnan(s.v_bit[:, 1]).all()
    assert np.isfinite(s.v_word).all()  # each reaches the source through closed cells
    assert np.isfinite(s.i_device).all()
    assert s.i_bit_bottom[1] == 0.0
    lone = Crossbar(np.diag([1e-4, 1e-4])).solve(word_left=[0.2, np.nan], bit_bottom=[0.0, np.nan])
    assert np.isnan(lone.v_word[1]).all()
    assert np.isnan(lone.v_bit[:, 1]).all()
    np.testing.assert_allclose(
        lone.i_bit_bottom, [0.2 / (1e4 + 1.0 + 2.0), 0.0]
    )  # one segment to the cell, two down the bit line


def test_open_array_carries_nothing():
    assert not Crossbar(np.zeros((3, 4))).read([0.1, 0.2, 0.3]).any()
    assert not Crossbar(np.zeros((3, 4))).matrix().any()


def test_float64_out_of_any_input_and_nothing_global():
    array = Crossbar(np.ones((2, 3), np.float32) * 1e-5)
    assert array.read(np.ones(2, np.float32)).dtype == np.float64
    assert array.matrix() is array.matrix()
    with pytest.raises(ValueError, match="read-only"):
        array.matrix()[0, 0] = 1.0


g23 = np.full((2, 3), 1e-5)


@pytest.mark.parametrize(
    ("mistake", "says"),
    [
        (lambda: Crossbar(np.ones(3)), r"conductances \(rows, columns\)"),
        (lambda: Crossbar([[1.0, 2.0], [3.0]]), "plain numbers"),
        (lambda: Crossbar([[1e-5, -1e-5]]), r"\[0, 1\]"),
        (lambda: Crossbar([[1e-5, np.nan]]), "finite"),
        (lambda: Crossbar(g23, r_word=-1), "r_word"),
        (lambda: Crossbar(g23, r_bit=np.inf), "r_bit"),
        (lambda: Crossbar(g23).read(np.ones(3)), "2 word lines"),
        (lambda: Crossbar(g23).read([0.1, np.nan]), "solve()"),
        (lambda: Crossbar(g23).read("high"), "plain numbers"),
        (lambda: Crossbar(g23).solve(), "no line end"),
        (lambda: Crossbar(g23).solve(word_left=np.ones(3)), "2 lines"),
        (lambda: Crossbar(g23).solve(word_left=np.ones((4, 2)), bit_top=np.ones((5, 3))), "broadcast"),
        (lambda: Crossbar(g23).solve(word_left=np.inf), "infinite"),
        (lambda: Crossbar(g23, 0, 1).solve(word_left=[1.0, 1.0], word_right=[1.0, 0.5]), "Line 1"),
    ],
)
def test_mistakes_are_told_in_one_sentence(mistake, says):
    with pytest.raises(PinchedError, match=says) as told:
        mistake()
    assert "\n" not in str(told.value)
