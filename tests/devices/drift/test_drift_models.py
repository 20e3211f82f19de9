"""Metastable switch, Laiho, Lehtonen: closed forms and loops."""

import numpy as np
import pytest

from pinched import run
from pinched.core import double
from pinched.core.constants import K_B_EV
from pinched.devices import Environment, Laiho, Lehtonen, MetastableSwitch, device
from pinched.experiments.protocols import Hold, sine

ENV = Environment(temperature=298.5)


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def rate(model, v, x, env=ENV):
    return float(model.rates(v, {"x": x}, env)["x"])


def test_metastable_switch_relaxes_to_the_middle():
    model = MetastableSwitch()
    assert rate(model, 0.0, 0.5) == pytest.approx(0, abs=1e-15)
    tau = 1 / (rate(model, 0.0, 0.0) - rate(model, 0.0, 1.0))
    assert tau == pytest.approx(1.8095697926175185, rel=1e-6)
    ds = run(model, (Hold(0.0, 5.0, 50),), ENV, rtol=1e-9)
    assert ds.state_x.values == pytest.approx(0.5 - 0.5 * np.exp(-ds.time.values / tau), abs=1e-7)


def test_metastable_switch_at_its_barrier():
    model = MetastableSwitch()
    assert 1 / (rate(model, 0.27, 0.0) - rate(model, 0.27, 1.0)) == pytest.approx(2e-4, rel=1e-6)


def test_metastable_switch_is_thermal():
    cold, hot = (rate(MetastableSwitch(), 0.0, 0.0, Environment(temperature=t)) for t in (300.0, 330.0))
    assert np.log(hot / cold) == pytest.approx(0.27 / K_B_EV * (1 / 300 - 1 / 330), rel=1e-3)


def test_metastable_switch_loop():
    for frequency in (1.0, 1e3):
        x = run(device("generic-knowm-mmss"), sine(0.5, frequency, cycles=3)).state_x.values[-1000:]
        assert x.max() > 0.95
        assert x.min() < 0.05


def test_laiho_loop():
    x = run(device("generic-laiho-biolek"), sine(1.0, 1.0)).state_x.values
    assert x.max() == pytest.approx(1.0, rel=1e-3)
    assert x[-1] == pytest.approx(0.459, rel=0.02)
    slow = run(device("generic-laiho-biolek"), sine(1.0, 0.1)).state_x.values
    assert slow[-1] < 1e-3


def test_laiho_of_power_one_in_closed_form():
    """At constant voltage atanh x grows at the window-free rate."""
    ds = run(Laiho(x0=0.1), (Hold(0.5, 1.0, 100),), rtol=1e-9)
    rate = 0.045 * np.sinh(9 * 0.5)
    assert np.arctanh(ds.state_x.values) == pytest.approx(np.arctanh(0.1) + rate * ds.time.values, abs=1e-6)


def test_laiho_has_a_law_for_each_sign():
    i = np.asarray(Laiho().current(np.array([-0.7, 0.7]), {"x": 0.4}, ENV))
    assert i == pytest.approx([-0.4 * 7e-5 * np.sinh(1.8 * 0.7), 0.4 * 9e-5 * np.sinh(1.5 * 0.7)])


def test_lehtonen_loop():
    model = device("tio2-lehtonen-2010")
    x = run(model, sine(1.5, 1.0, cycles=2)).state_x.values
    assert x.min() == pytest.approx(0.010, abs=5e-4)
    assert x.max() == pytest.approx(0.998, rel=0.001)
    on, off = (float(model.current(0.5, {"x": level}, ENV)) for level in (x.max(), x.min()))
    assert on / off == pytest.approx(3.5, rel=0.02)


def test_lehtonen_is_dead_at_one_volt():
    model = device("tio2-lehtonen-2010")
    x = run(model, sine(1.0, 1.0, cycles=2)).state_x.values
    on, off = (float(model.current(0.5, {"x": level}, ENV)) for level in (x.max(), x.min()))
    assert on / off == pytest.approx(1.06, rel=0.02)


def test_lehtonen_rate_is_an_odd_power():
    low, high = rate(Lehtonen(), 0.5, 0.0), rate(Lehtonen(), 1.0, 0.0)
    assert high / low == pytest.approx(2**5)
    assert rate(Lehtonen(), -1.0, 1.0) == pytest.approx(-high)
