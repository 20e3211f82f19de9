"""Stateful gates run on the crossbar solver: windows, truth, inputs preserved, energy, errors."""

import numpy as np
import pytest

import pinched as pn
from pinched.arrays.logic import adder, design, execute, least_row, mapped, multiplier, parse, schedule, usual_spread
from pinched.arrays.logic.line import EDGE, Levels, Line
from pinched.core import PinchedError

WIDTH = 1e-5


@pytest.fixture(scope="module")
def device():
    return pn.device("generic-vteam-2015")


@pytest.fixture(scope="module")
def magic(device):
    return design(device, "magic", WIDTH)


@pytest.fixture(scope="module")
def imply(device):
    return design(device, "imply", 1e-8)


def test_the_magic_window_lies_between_its_two_thresholds(device, magic):
    """VTEAM moves nothing below a threshold: RESET of the output from 0.02 V on, SET of an input from 0.2 V on."""
    low, high = magic.window["v_0"]
    on, off = 1 / device.R_on, 1 / device.R_off
    assert low > device.v_off * (2 * on + off) / (on + off)  # at the output, in series with one input that is 1
    assert high < 1.2 * abs(device.v_on) * (on + 2 * off) / on  # at the inputs, both 0
    assert low < abs(magic.v_0) < high
    assert 0 < magic.margin < 1


def test_the_imply_window(device, imply):
    assert abs(imply.v_cond) < abs(imply.v_set)
    assert imply.v_set < 0  # this device is SET by negative voltage
    for low, high in imply.window.values():
        assert low < high
    assert imply.window["v_set"][0] > abs(device.v_on)


def test_inputs_are_preserved_and_the_output_is_nor(device, magic):
    run = execute(schedule(mapped(parse("~(a | b)"))), device, magic)
    assert not run.wrong.any()
    np.testing.assert_allclose(run.levels[-1][:2], run.levels[0][:2], atol=0.01)


def test_energy_of_a_nor_in_which_nothing_moves(device, magic):
    """Inputs 0: two R_off in parallel, in series with R_on, take V²/R for the pulse with its two ramps."""
    run = execute(schedule(mapped(parse("~(a | b)"))), device, magic, values={"a": [False], "b": [False]})
    pulse = magic.width * (1 - EDGE + 2 * EDGE / 3)
    np.testing.assert_allclose(run.energy, magic.v_0**2 / (device.R_off / 2 + device.R_on) * pulse, rtol=2e-3)


@pytest.mark.parametrize("text", ["a & (b ^ c)", "s = a ^ b ^ c; co = a & b | c & (a ^ b)", "1", "y = a; z = ~a"])
def test_expressions_come_out_right(device, magic, imply, text):
    for style in (magic, imply):
        run = execute(schedule(mapped(parse(text), style.kind)), device, style)
        assert not run.wrong.any()
        if style is magic:  # implication drifts: a cell that is 0 is nearly SET by every p that is 1
            assert np.abs(run.levels[-1] - run.levels[-1].round()).max() < 0.25


@pytest.mark.parametrize("make", [adder, multiplier])
def test_four_bits_on_the_shortest_line_are_right_for_all_operands(device, magic, make):
    netlist = mapped(make(4))
    run = execute(schedule(netlist, least_row(netlist)), device, magic)
    assert run.wrong.size == 256
    assert not run.wrong.any()
    assert np.all(run.energy > 0)


def test_a_sixteen_bit_adder_is_right_for_random_operands(device, magic):
    run = execute(schedule(mapped(adder(16)), 64), device, magic)
    assert run.wrong.size == 64
    assert not run.wrong.any()


def test_errors_come_with_spread(device, magic):
    plan = schedule(mapped(parse("a & (b ^ c)")))
    narrow, wide = (
        execute(plan, device, magic, samples=12, spread=usual_spread(device, cv), seed=1) for cv in (0.02, 0.3)
    )
    assert not narrow.wrong.any()
    assert wide.wrong.any()
    rate = wide.error_rate
    assert rate.low < rate.value < rate.high
    again = execute(plan, device, magic, samples=12, spread=usual_spread(device, 0.3), seed=1)
    np.testing.assert_array_equal(again.levels, wide.levels)


def test_equal_copies_are_solved_once_and_as_if_alone(device, magic):
    states = {"x": np.array([[0.0, 1.0, 0.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 0.2], [0.0] * 5])}
    line = Line.fresh(device, 3, 5, states)
    together, energy = magic.gate(line, 2, (0, 1))
    for k in range(5):
        alone, its = magic.gate(Line.fresh(device, 3, 1, {"x": states["x"][:, k : k + 1]}), 2, (0, 1))
        np.testing.assert_allclose(alone.x["x"][:, 0], together.x["x"][:, k], atol=1e-3)
        np.testing.assert_allclose(its, energy[k], rtol=1e-3)


def test_mistakes_are_one_sentence(device, magic):
    with pytest.raises(PinchedError, match='kind="nor"'):
        execute(schedule(mapped(parse("a & b"), "nand")), device, magic)
    with pytest.raises(PinchedError, match="magic, imply or auto"):
        design(device, "nor")
    with pytest.raises(PinchedError, match="two levels"):
        Levels.of(pn.devices.Ohmic(g=1e-3))
    with pytest.raises(PinchedError, match="no value"):
        execute(schedule(mapped(parse("a & b"))), device, magic, values={"a": [True]})


@pytest.mark.slow
def test_a_threshold_switch_does_not_store_logic():
    with pytest.raises(PinchedError, match="OTS does not stay ON"):
        design(pn.device("gete-ots"))


@pytest.mark.slow
def test_a_device_that_sets_and_resets_alike_has_no_magic_but_imp():
    """RESET of MAGIC's output needs twice the voltage that its inputs stand: what the Stanford HfOx cell has not."""
    device = pn.device("hfox-stanford-pku")
    with pytest.raises(PinchedError, match="imply"):
        design(device, "magic", 1e-6)
    style = design(device, "imply", 1e-8)
    run = execute(schedule(mapped(parse("a & (b ^ c)"), "nand")), device, style)
    assert not run.wrong.any()
