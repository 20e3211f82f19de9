"""Loops of the VTEAM and Yakopcic sets."""

import numpy as np
import pytest

from pinched import run
from pinched.core import double
from pinched.devices import Environment, device
from pinched.experiments.protocols import sine, sweep

ENV = Environment()


@pytest.mark.parametrize(("frequency", "v_set", "v_reset"), [(1e6, -0.274, 0.797), (1e5, -0.241, 0.292),
                                                              (1e3, -0.213, 0.048)])  # fmt: skip
def test_vteam(crossings, frequency, v_set, v_reset):
    ds = run(device("generic-vteam-2015"), sine(1.0, frequency, cycles=2, points=4000))
    assert crossings(ds, 0.5)[:2] == pytest.approx([v_set, v_reset], rel=0.02)
    x = ds.state_x.values
    assert (50 + 950 * x.max()) / (50 + 950 * x.min()) == pytest.approx(20, rel=0.02)


def moving(ds, sign):
    """Smallest voltage of a sign at which the state moves."""
    v, rate = ds.voltage.values[1:], np.diff(ds.state_x.values)
    return np.min(np.abs(v[(np.abs(rate) > 1e-5) & (np.sign(v) == sign)]))


def test_yakopcic_default():
    ds = run(device("generic-yakopcic-2011"), sine(0.45, 100.0, cycles=3, points=4000))
    assert moving(ds, 1) == pytest.approx(0.16, rel=0.02)
    assert moving(ds, -1) == pytest.approx(0.15, rel=0.02)
    x = ds.state_x.values[8000:]
    assert [x.min(), x.max()] == pytest.approx([0.093, 0.970], rel=0.02)
    assert x.max() / x.min() == pytest.approx(10.4, rel=0.02)
    assert ds.current.values.max() == pytest.approx(3.4e-3, rel=0.02)


def test_yakopcic_high_threshold():
    for amplitude, ratio in ((1.0, 23.5), (0.75, 4.8)):
        x = run(device("generic-yakopcic-high-threshold"), sine(amplitude, 100.0, cycles=8)).state_x.values[-1000:]
        assert x.max() / x.min() == pytest.approx(ratio, rel=0.02)


def test_yakopcic_niobium_titanate():
    model = device("nbsto-yakopcic-2021")
    x = run(model, sweep(1.0, -2.0, 0.06)).state_x.values
    assert x.max() == pytest.approx(0.54, rel=0.02)
    assert x[-1] == pytest.approx(0.008, abs=5e-4)
    with double():
        for v, ratio in ((-0.5, 57), (0.2, 2.4)):
            on, off = (float(model.current(v, {"x": level}, ENV)) for level in (x.max(), x[-1]))
            assert on / off == pytest.approx(ratio, rel=0.02)
