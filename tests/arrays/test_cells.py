"""Cells with their selectors inside a crossbar: what single cells do, an array of them does."""

import numpy as np
import pytest

import pinched as pn
from pinched.arrays.schemes import bias
from pinched.core import double
from pinched.devices import Environment, InSeries, Ohmic, OneTransistor, SinhResistor, Transistor, device

ENV = Environment()


def test_word_lines_open_the_transistors_of_their_row():
    g = np.array([[1e-5, 2e-5, 4e-5], [3e-5, 5e-5, 1e-4]])
    cell = OneTransistor(inner=Ohmic(g=g), transistor=Transistor())
    array = pn.Crossbar(cell, 0.0, 0.0)
    s = array.solve(word_left=0.3, bit_bottom=0.0, gate=np.array([1.0, -0.6]))
    with double():
        alone = np.asarray(cell.current((0.3, np.array([[1.0], [-0.6]]), 0.0), {}, ENV)[0])
    assert s.i_device == pytest.approx(alone, rel=1e-9, abs=1e-18)
    assert s.i_bit_bottom == pytest.approx(alone.sum(axis=0), rel=1e-9)
    assert s.i_device[1].max() < 1e-9 * s.i_device[0].min()


def test_a_tunnelling_selector_stops_sneak_currents():
    shape = (6, 6)
    memory = Ohmic(g=np.where(np.eye(6) > 0, 1e-6, 1e-4))
    plain = pn.Crossbar(memory, 1.0, 1.0)
    with_selector = pn.Crossbar(InSeries(inner=memory, access=SinhResistor(g=1e-8, b=15.0)), 1.0, 1.0)
    share = []
    for array in (plain, with_selector):
        s = array.solve(**bias("floating", shape, 0, 0, 1.0))
        share.append(s.i_device[0, 0] / s.i_bit_bottom[0])
    assert share[1] > 10 * share[0]


@pytest.mark.parametrize("name", ["hfo2-1s1r-ots", "hfo2-sky130-1t1r"])
def test_published_cells_make_a_crossbar(name):
    cell = device(name)
    array = pn.Crossbar(cell.sample(0, (2, 3), {}), 0.0, 0.0)
    s = array.solve(word_left=np.array([0.8, 0.4]), bit_bottom=0.0)
    with double():
        alone = [float(cell.current(v, cell.rest(), ENV)) for v in (0.8, 0.4)]
    assert s.i_device == pytest.approx(np.repeat(np.array(alone)[:, None], 3, axis=1), rel=1e-7)
