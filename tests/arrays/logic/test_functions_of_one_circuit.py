"""Trigger voltages, four-variable logic, content-addressable memory."""

import numpy as np
import pytest

import pinched as pn
from pinched.arrays.logic.cam import ANY, CAM, longest_word
from pinched.arrays.logic.design import CASES
from pinched.arrays.logic.line import Levels, Line
from pinched.arrays.logic.sequential import PROGRAMS, sequential, truth
from pinched.arrays.logic.thresholds import thresholds
from pinched.arrays.logic.triggers import triggers
from pinched.core import PinchedError


@pytest.fixture(scope="module")
def device():
    return pn.device("generic-vteam-2015")


@pytest.fixture(scope="module")
def pulses(device):
    with pn.double():
        levels = Levels.of(device)
        return levels, thresholds(device, levels, 1e-5)


def test_thresholds_are_those_of_the_model(device, pulses):
    """VTEAM moves from its thresholds on; RESET is complete where k_off (v/v_off − 1) t is one travel."""
    _, t = pulses
    assert t.polarity == -1
    assert t.set_below < 1.02 * abs(device.v_on) < t.set_at
    enough = float(device.v_off * (1 + 1 / (device.k_off * t.width)))
    assert t.reset_below < enough
    assert 0.6 * enough < t.reset_at < 1.1 * enough


@pytest.mark.parametrize("function", ["XOR", "IMP", "NAND", "NOR"])
def test_a_function_in_one_cell(device, pulses, function):
    level, energy = sequential(function, device, *pulses)
    np.testing.assert_array_equal(level > 0.5, truth(function))
    assert np.all(energy >= 0)


def test_the_sixteen_programs_are_the_sixteen_functions():
    assert len({tuple(truth(name)) for name in PROGRAMS}) == 16
    np.testing.assert_array_equal(truth("XOR"), [0, 1, 1, 0])
    np.testing.assert_array_equal(truth("IMP"), [1, 1, 0, 1])
    np.testing.assert_array_equal(truth("NOR"), [1, 0, 0, 0])
    with pytest.raises(PinchedError, match="did you mean 'NAND'"):
        truth("NANDD")


@pytest.mark.slow
def test_one_circuit_makes_what_its_trigger_says(device):
    circuit = triggers(device, 1e-5, 2e-8)
    assert {"NOR", "NAND", "OR", "NOT", "COPY", "XOR"} <= set(circuit.functions)
    levels = circuit.levels
    for name, wanted in {"XOR": CASES[0] ^ CASES[1], "NAND": 1 - CASES.min(axis=0), "COPY": CASES[0]}.items():
        start = np.vstack([CASES, np.zeros(4)]) == 1
        line = Line.fresh(device, 3, 4, {k: np.where(start, levels.on[k], levels.off[k]) for k in levels.on})
        line, energy = circuit.apply(name, line, 2, (0,) if name == "COPY" else (0, 1))
        np.testing.assert_array_equal(levels(device, line.x)[2] > 0.5, wanted == 1)
        assert np.all(energy > 0)
    with pytest.raises(PinchedError, match="NOR"):
        circuit.apply("XAND", line, 2, (0, 1))


def test_a_match_line_counts_the_bits_that_differ():
    rng = np.random.default_rng(0)
    words = rng.integers(0, 2, (20, 16))
    memory = CAM(words, 1e-4, 1e-7)
    query = rng.integers(0, 2, (30, 16))
    counted = memory.search(query) / memory.bit_current
    distance = (query[:, None] != words).sum(axis=2)
    np.testing.assert_allclose(counted, distance + (16 - distance) * 1e-3, rtol=1e-9)
    np.testing.assert_array_equal(distance[np.arange(30), memory.nearest(query)], distance.min(axis=1))
    np.testing.assert_array_equal(memory.match(words), (words[:, None] == words).all(axis=2))


def test_bits_that_are_any_match_both():
    memory = CAM([[1, ANY, 0], [0, ANY, ANY]], 1e-4, 1e-7)
    np.testing.assert_array_equal(memory.match([[1, 0, 0], [1, 1, 0], [0, 1, 1], [ANY, 0, 0]]),
                                  [[1, 0], [1, 0], [0, 1], [1, 1]])  # fmt: skip


def test_the_longest_word_is_where_a_match_is_no_longer_told():
    g_on, g_off = 1e-4, 4e-6
    bits = longest_word(g_on, g_off)
    for n, found in ((bits, True), (bits + 1, False)):
        assert CAM(np.ones((1, n)), g_on, g_off).match(np.ones(n))[0] == found


def test_mistakes_are_one_sentence():
    with pytest.raises(PinchedError, match="0, 1 and -1"):
        CAM([[0, 2]], 1e-4, 1e-7)
    with pytest.raises(PinchedError, match="2 bits"):
        CAM([[0, 1]], 1e-4, 1e-7).search([0, 1, 1])
