import json
import os
from pathlib import Path

import numpy as np
import pytest

from pinched.arrays.crossbar import Crossbar
from pinched.core import PinchedError
from pinched.devices import Environment, Gated, Ohmic, OneTransistor, SinhResistor, device

CASES = Path(os.environ.get("PINCHED_TEST_DATA", "../shared/data")) / ".." / "reference" / "crossbar"


@pytest.mark.parametrize("folder", ["sinh_32_b2_v1_r1", "sinh_64_b2_v1_r1", "sinh_16_halfselect"])
@pytest.mark.parametrize("i_max", [None, 1e3])  # with a compliance, though never reached, the solver is the other one
def test_agrees_with_the_reference_solutions(folder, i_max):
    if not (CASES / folder).is_dir():
        pytest.skip(f"reference case {folder} is not here: set PINCHED_TEST_DATA")
    told = json.loads((CASES / folder / "case.json").read_text())
    g, word, expected, w = (
        np.load(CASES / folder / f"{name}.npy")
        for name in ("g_S", "drive_wl_left_V", "I_out_newton_A", "V_wordline_newton")
    )
    ground = CASES / folder / "drive_bl_bot_V.npy"
    bit = np.load(ground).ravel() if ground.exists() else 0.0
    array = Crossbar(SinhResistor(g=g, b=told["sinh_b"]), told["r_wl"], told["r_bl"], i_max=i_max)
    s = array.solve(word_left=word.ravel(), bit_bottom=bit)
    assert np.abs(s.i_bit_bottom - expected.ravel()).max() < 1e-9 * np.abs(expected).max()
    assert np.abs(s.v_word - w).max() < 1e-11


@pytest.mark.parametrize(("r_word", "r_bit"), [(3.0, 5.0), (0.0, 5.0), (3.0, 0.0), (0.0, 0.0)])
@pytest.mark.parametrize("shape", [(4, 7), (7, 4)])
def test_both_solvers_agree_on_ohmic_cells_whatever_the_wires_and_ends(shape, r_word, r_bit):
    rng = np.random.default_rng(0)
    g = 10 ** rng.uniform(-6, -3, shape)
    ends = {"word_left": rng.uniform(0, 1, shape[0]), "bit_bottom": rng.uniform(-1, 0, shape[1]), "bit_top": np.nan}
    ends["word_left"][1] = np.nan
    ends["word_right"] = np.where(np.arange(shape[0]) % 2, np.nan, ends["word_left"])
    for source in (0.0, 40.0):
        one = Crossbar(g, r_word, r_bit, r_source=source).solve(**ends)
        other = Crossbar(Ohmic(g=g), r_word, r_bit, r_source=source, i_max=1e9).solve(**ends)
        largest = np.abs(one.i_bit_bottom).max()
        for name in ("i_word_left", "i_word_right", "i_bit_top", "i_bit_bottom", "i_device"):
            assert np.abs(getattr(one, name) - getattr(other, name)).max() < 1e-9 * largest, name


@pytest.mark.parametrize("r", [0.0, 1.0, 100.0])
def test_nothing_flows_where_all_ends_stand_at_one_voltage(r):
    array = Crossbar(SinhResistor(g=np.full((3, 4), 1e-5), b=2.0), r, r, r_source=5.0)
    s = array.solve(word_left=0.7, bit_bottom=0.7)
    assert not s.i_device.any()
    np.testing.assert_allclose([s.v_word, s.v_bit], 0.7, rtol=1e-12)


def test_a_compliance_limits_each_driver_and_kirchhoff_still_holds():
    array = Crossbar(np.full((3, 3), 1e-3), i_max=1e-4)
    s = array.solve(word_left=[1.0, 0.01, 0.0], bit_bottom=0.0)
    assert s.i_word_left[0] == pytest.approx(1e-4)
    assert 0 < s.i_word_left[1] < 1e-4
    assert s.i_word_left.sum() == pytest.approx(s.i_bit_bottom.sum())
    assert np.all(s.v_word[0] < 0.1)


def test_two_sources_of_one_ideal_line_share_within_their_compliance():
    array = Crossbar(np.array([[1e-3, 1e-4, 1e-5]]), 0.0, 0.0, i_max=7e-4)
    s = array.solve(word_left=1.0, word_right=1.0, bit_bottom=0.0)
    np.testing.assert_allclose((s.i_word_left, s.i_word_right), [[7e-4], [4.1e-4]], rtol=1e-6)


def test_chord_conductance_in_full_precision():
    g = np.array([[1e-5, 3e-5]])
    ohmic = Crossbar(SinhResistor(g=g, b=2.0)).ohmic(0.7)
    np.testing.assert_allclose(ohmic.cell, g * np.sinh(1.4) / 1.4, rtol=1e-14)


def test_a_cell_with_a_gate_is_its_fixed_gate_where_the_bit_line_is_at_ground():
    cell = device("hfo2-sky130-1t1r").inner
    assert isinstance(cell, OneTransistor)
    array = Crossbar(cell.sample(0, (2, 2), {}), 0.0, 0.0)
    s = array.solve(word_left=[0.4, 0.2], bit_bottom=0.0, gate=[1.8, 0.9])
    for row, (v, gate) in enumerate([(0.4, 1.8), (0.2, 0.9)]):
        alone = Gated(inner=cell, gate=gate)
        assert s.i_device[row, 1] == pytest.approx(float(alone.current(v, alone.rest(), Environment())), rel=1e-9)
    off = array.solve(word_left=[0.4, 0.2], bit_bottom=0.0, gate=0.0)
    assert np.abs(off.i_device).max() < 1e-3 * s.i_device.max()


@pytest.mark.parametrize(
    ("mistake", "says"),
    [
        (lambda: Crossbar(device("hfox-stanford-pku")), "rows, columns"),
        (lambda: Crossbar(SinhResistor(g=np.ones((2, 2)), b=1.0), x={"w": 0.5}), "no state"),
        (lambda: Crossbar(np.ones((2, 2))).solve(word_left=1.0, bit_bottom=0.0, gate=1.0), "no gate"),
        (lambda: Crossbar(np.ones((2, 2)), np.ones(3)), "r_word"),
        (lambda: Crossbar(np.ones((2, 2)), 0.0, i_max=1.0).solve(word_left=1, word_right=[1, 2]), "zero ohms"),
        (lambda: Crossbar(np.ones((2, 2)), i_max=0.0), "compliance"),
        (lambda: Crossbar(np.ones((2, 2)), i_max=(1e-3, 1e-3, 1e-3)), "compliance"),
        (lambda: Crossbar(np.ones((2, 2)), i_max="1 mA"), "numbers for i_max"),
        (lambda: Crossbar(device("hfo2-sky130-1t1r").inner.sample(0, (2, 2), {})).ohmic(0.1), "gate"),
        (lambda: Crossbar(SinhResistor(g=np.ones((2, 2)), b=1.0)).ohmic(0.0), "other than 0"),
        (lambda: Crossbar(SinhResistor(g=np.ones((2, 2)), b=1.0)).matrix(), "ohmic"),
        (lambda: Crossbar(device("hfo2-sky130-1t1r").inner.sample(0, (2, 2), {})).solve(word_left=1.0), "gate"),
    ],
)
def test_mistakes_are_told_in_one_sentence(mistake, says):
    with pytest.raises(PinchedError, match=says) as told:
        mistake()
    assert "\n" not in str(told.value)
