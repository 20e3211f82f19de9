"""Arithmetic by counting pulses."""

import numpy as np
import pytest

import pinched as pn
from pinched.arrays.logic.counting import Counter, counter
from pinched.core import PinchedError


def test_sums_products_and_carries():
    cell = Counter(np.linspace(1e-6, 5e-6, 82))
    a, b = np.meshgrid(np.arange(10), np.arange(10))
    np.testing.assert_array_equal(cell.add(a, b), a + b)
    np.testing.assert_array_equal(cell.multiply(a, b), a * b)
    np.testing.assert_array_equal(Counter(cell.levels[:19]).multiply(a, b, base=10), a * b)
    digit, carry = cell.add([0, 1, 2], [2, 2, 2], [0, 1, 1], base=3)
    np.testing.assert_array_equal(digit, [2, 1, 2])
    np.testing.assert_array_equal(carry, [0, 1, 1])


def test_noise_larger_than_a_step_miscounts():
    levels = 1e-6 * 1.01 ** np.arange(30)
    n = np.tile(np.arange(30), 200)
    assert np.all(Counter(levels, 1e-3).count(n) == n)
    wrong = np.mean(Counter(levels, 0.02).count(n) != n)
    assert 0.5 < wrong < 0.95


def test_levels_of_a_device():
    cell = counter("nbsto-yakopcic-2021", pn.protocols.Pulse(2.0, 1e-2), 10)
    assert len(cell.levels) == 11
    assert cell.step > 0.01
    with pytest.raises(PinchedError, match="from 0 to 10"):
        cell.add(6, 5)


def test_levels_that_come_back_are_no_counter():
    with pytest.raises(PinchedError, match="rise or all fall"):
        Counter(np.array([1.0, 2.0, 1.5]))
