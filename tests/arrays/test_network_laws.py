"""What every resistive network obeys, whatever its wires, ends and breaks."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from pinched.arrays.crossbar import Crossbar
from pinched.devices import SinhResistor

ENDS = ("word_left", "word_right", "bit_top", "bit_bottom")


@st.composite
def arrays(draw, broken=0.1):
    """(Crossbar with its own resistance in every segment, some of them broken; a generator)."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    rows, columns = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    wires = [10 ** rng.uniform(-1, 3, shape) for shape in ((rows, columns + 1), (columns, rows + 1))]
    for wire in wires:
        wire[rng.random(wire.shape) < broken] = np.inf
    g = 10 ** rng.uniform(-6, -3, (rows, columns)) * (rng.random((rows, columns)) > 0.1)
    return Crossbar(g, *wires, r_source=draw(st.sampled_from([0.0, 30.0]))), rng


def driven(array, rng, floating=0.3):
    """Voltages of the ends by name, some floating."""
    rows, columns = array.shape
    v = {name: rng.uniform(-1, 1, columns if name in ENDS[2:] else rows) for name in ENDS}
    for x in v.values():
        x[rng.random(len(x)) < floating] = np.nan
    v["word_left"][0], v["bit_bottom"][-1] = 1.0, 0.0
    return v


def currents(s):
    """Into the array at every end: word left, right, bit top, bottom."""
    return [s.i_word_left, s.i_word_right, -s.i_bit_top, -s.i_bit_bottom]


@settings(max_examples=60, deadline=None)
@given(arrays())
def test_kirchhoff_and_passivity(drawn):
    array, rng = drawn
    v = driven(array, rng)
    s = array.solve(**v)
    largest = max(np.abs(i).max() for i in currents(s)) + 1e-18
    assert abs(sum(i.sum() for i in currents(s))) < 1e-9 * largest
    power = sum(np.nansum(i * v[name]) for i, name in zip(currents(s), ENDS, strict=True))
    lost = np.nansum(s.i_device * (s.v_word - s.v_bit))
    assert lost >= 0
    assert power >= lost * (1 - 1e-9) - 1e-12 * largest
    known = np.concatenate([s.v_word.ravel(), s.v_bit.ravel()])
    bounds = np.concatenate([x[~np.isnan(x)] for x in v.values()])
    assert np.nanmax(known, initial=-np.inf) <= bounds.max() + 1e-9
    assert np.nanmin(known, initial=np.inf) >= bounds.min() - 1e-9
    assert np.allclose(s.i_device, array.cell * np.nan_to_num(s.v_word - s.v_bit), atol=1e-9 * largest)


@settings(max_examples=40, deadline=None)
@given(arrays())
def test_superposition_of_drives(drawn):
    array, rng = drawn
    one = driven(array, rng)
    two = {name: np.where(np.isnan(x), np.nan, rng.uniform(-1, 1, x.shape)) for name, x in one.items()}
    a, b, both = (array.solve(**v) for v in (one, two, {name: 2 * one[name] - 3 * two[name] for name in one}))
    largest = max(np.abs(i).max() for s in (a, b) for i in currents(s)) + 1e-9
    for i, j, k in zip(currents(a), currents(b), currents(both), strict=True):
        assert np.abs(2 * i - 3 * j - k).max() < 1e-8 * largest


@settings(max_examples=40, deadline=None)
@given(arrays(broken=0.0))
def test_reciprocity_and_transposition(drawn):
    array, _ = drawn
    rows, columns = array.shape
    i, j = rows - 1, 0
    word, bit = np.zeros(rows), np.zeros(columns)
    word[i], bit[j] = 1.0, 1.0
    there = array.solve(word_left=word, bit_bottom=0.0).i_bit_bottom[j]
    back = array.solve(word_left=0.0, bit_bottom=bit).i_word_left[i]
    assert there == pytest.approx(-back, rel=1e-8, abs=1e-18)
    turned = dataclasses.replace(array, cell=array.cell.T, r_word=array.r_bit, r_bit=array.r_word)
    s, t = array.solve(word_left=word, bit_bottom=0.0), turned.solve(bit_top=word, word_right=0.0)
    assert np.abs(s.i_bit_bottom + t.i_word_right).max() < 1e-9 * np.abs(s.i_bit_bottom).max() + 1e-18


@settings(max_examples=10, deadline=None)
@given(arrays(broken=0.0))
def test_nonlinear_cells_obey_kirchhoff_too(drawn):
    array, rng = drawn
    cell = SinhResistor(g=array.cell, b=4.0)
    v = driven(array, rng, floating=0.2)
    s = dataclasses.replace(array, cell=cell).solve(**v)
    largest = max(np.abs(i).max() for i in currents(s)) + 1e-18
    assert abs(sum(i.sum() for i in currents(s))) < 1e-9 * largest
    assert np.nansum(s.i_device * (s.v_word - s.v_bit)) >= 0


def test_a_broken_segment_leaves_what_lies_behind_it_to_the_sneak_paths():
    r = np.ones((2, 4))
    r[0, 2] = np.inf  # between columns 1 and 2 of word line 0
    g = np.full((2, 3), 1e-4)
    s = Crossbar(g, r, 1.0).solve(word_left=[1.0, np.nan], bit_bottom=0.0)
    assert s.v_word[0, 1] > 0.99
    assert s.v_word[0, 2] < 0.01
    alone = Crossbar(g[:1], r[:1], 1.0).solve(word_left=1.0, bit_bottom=[0.0, 0.0, np.nan])
    assert np.isnan(alone.v_word[0, 2])
    assert alone.i_device[0, 2] == 0


def test_a_short_among_resistive_segments_is_the_limit_of_a_small_resistance():
    g = 10 ** np.random.default_rng(0).uniform(-5, -3, (4, 4))
    r = np.full((4, 5), 10.0)
    r[1, 2] = 0.0
    small = r.copy()
    small[1, 2] = 1e-7
    v = np.array([0.1, 0.2, 0.3, 0.4])
    assert np.allclose(Crossbar(g, r, 1.0).read(v), Crossbar(g, small, 1.0).read(v), rtol=1e-8)


@pytest.mark.parametrize("i_max", [None, 1e9])  # of either solver
def test_ideal_lines_that_are_broken_are_the_limit_of_thin_ones(i_max):
    g = 10 ** np.random.default_rng(0).uniform(-5, -3, (3, 4))
    r = np.zeros((3, 5))
    r[0, 2] = r[2, 0] = np.inf
    v = np.array([0.1, 0.2, 0.3])
    ideal = Crossbar(g, r, 0.0, i_max=i_max).read(v)
    assert np.allclose(ideal, Crossbar(g, np.where(r > 0, r, 1e-3), 0.0).read(v), rtol=1e-5)
    assert np.allclose(ideal, v @ np.where(np.cumsum(r[:, :-1], axis=1) > 0, 0.0, g), rtol=1e-6)
    nothing = Crossbar(g, np.full((3, 5), np.inf), 0.0, i_max=i_max)
    assert not nothing.read(v).any()


def test_a_batch_of_arrays_is_each_array():
    rng = np.random.default_rng(0)
    g, v = 10 ** rng.uniform(-6, -4, (3, 4, 5)), rng.uniform(0, 1, 4)
    batch = Crossbar(g).solve(word_left=v, bit_bottom=0.0)
    assert batch.i_bit_bottom.shape == (3, 5)
    for k in range(3):
        assert np.allclose(batch.i_bit_bottom[k], Crossbar(g[k]).read(v))
    own = rng.uniform(0, 1, (3, 2, 4))  # two inputs for each array
    many = Crossbar(g).solve(word_left=own, bit_bottom=0.0)
    assert many.i_bit_bottom.shape == (3, 2, 5)
    assert np.allclose(many.i_bit_bottom[2, 1], Crossbar(g[2]).read(own[2, 1]))
