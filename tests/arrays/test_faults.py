import numpy as np
import pytest

from pinched.arrays import Crossbar
from pinched.arrays.faults import GOOD, ON, OPEN, FaultMap, fault_map
from pinched.core import PinchedError
from pinched.devices import Faults


def test_shares_of_faults_are_those_asked_for():
    found = fault_map((200, 300), Faults(0.02, 0.05, 0.1), seed=1)
    shares = np.bincount(found.cells.ravel(), minlength=4) / found.cells.size
    np.testing.assert_allclose(shares, [0.83, 0.02, 0.05, 0.1], atol=0.005)
    assert found.usable.mean() == pytest.approx(0.83, abs=0.005)
    np.testing.assert_array_equal(found.cells, fault_map((200, 300), Faults(0.02, 0.05, 0.1), seed=1).cells)


def test_faulty_cells_conduct_what_they_are_stuck_at():
    cells = np.array([[GOOD, ON], [2, OPEN]])
    found = FaultMap(cells, np.zeros((2, 3), bool), np.zeros((2, 3), bool))
    x = found.apply(Crossbar(np.full((2, 2), 5e-5)), 1e-4, 1e-6)
    np.testing.assert_allclose(x.cell, [[5e-5, 1e-4], [1e-6, 0.0]])


def test_a_broken_line_cuts_off_what_lies_beyond():
    word, bit = np.zeros((2, 4), bool), np.zeros((3, 3), bool)
    word[0, 2] = True  # between the second and the third cell of the first word line
    bit[1, 1] = True  # between the first and the second cell of the second bit line
    found = FaultMap(np.zeros((2, 3), int), word, bit)
    np.testing.assert_array_equal(found.reached, [[True, False, False], [True, True, True]])
    lines = found.lines(2.0, np.array([1.0, 3.0, 5.0]))
    assert np.isinf(lines["r_word"]).sum() == 1
    np.testing.assert_allclose(lines["r_bit"], [[1, 1, 1], [3, np.inf, 3], [5, 5, 5]])


def test_lines_break_as_often_as_asked():
    found = fault_map((1000, 20), Faults(), broken=0.1, seed=2)
    assert found.word.sum() == pytest.approx(100, abs=30)
    assert found.word.sum(axis=1).max() == 1


@pytest.mark.parametrize(
    ("args", "says"), [(("nonesuch",), "nonesuch"), ((Faults(0.7, 0.7),), "probabilities"), ((Faults(-0.1),), "prob")]
)
def test_mistakes(args, says):
    with pytest.raises(PinchedError, match=says):
        fault_map((3, 3), *args)


def test_a_broken_line_carries_nothing_to_its_far_side():
    cells = np.zeros((2, 3), int)
    word = np.zeros((2, 4), bool)
    word[0, 1] = True
    found = FaultMap(cells, word, np.zeros((3, 3), bool))
    i = (
        found.apply(Crossbar(np.full((2, 3), 1e-5)), 1e-4, 1e-6)
        .solve(word_left=[0.2, 0.0], bit_bottom=0.0)
        .i_bit_bottom
    )
    assert i[0] == pytest.approx(2e-6, rel=1e-3)
    assert np.abs(i[1:]).max() < 1e-9
