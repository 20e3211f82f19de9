"""A shell with a temperature of its own."""

import numpy as np
import pytest

import pinched
from pinched.core import double
from pinched.devices import Environment, Ohmic, SeriesResistance, StanfordGap, ThermalShell
from pinched.experiments.protocols import Hold, Rest

R_TH, TAU, G = 1e5, 2e-7, 1e-3


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def shell(inner=None):
    return ThermalShell(inner=inner or Ohmic(g=G), r_th=R_TH, tau=TAU)


def test_it_warms_and_cools_exponentially():
    data = pinched.run(shell(), (Hold(0.5, 3 * TAU, 60), Rest(3 * TAU, 60)), rtol=1e-8)
    t = data.time.values
    warm = R_TH * G * 0.25 * -np.expm1(-np.minimum(t, 3 * TAU) / TAU)
    expected = warm * np.exp(-np.maximum(t - 3 * TAU, 0) / TAU)
    assert 300 * data.state_rise.values == pytest.approx(expected, abs=1e-4)


def test_the_inner_device_feels_it_and_the_surroundings():
    inner = StanfordGap(R_th=0.0)
    x, env = {"rise": 0.2, "inner.x": 0.4}, Environment(temperature=350.0)
    assert shell(inner).temperature(x, env) == 410
    rates = shell(inner).rates(1.2, x, env)
    at_410 = inner.rates(1.2, {"x": 0.4}, Environment(temperature=410.0))
    assert float(rates["inner.x"]) == pytest.approx(float(at_410["x"]), rel=1e-12)
    power = 1.2 * float(inner.current(1.2, {"x": 0.4}, env))
    assert float(rates["rise"]) == pytest.approx((R_TH * power / 300 - 0.2) / TAU)


def test_after_long_it_is_the_quasi_static_model():
    slow, fast = StanfordGap(R_th=R_TH), shell(StanfordGap(R_th=0.0))
    v, x = 1.1, 0.7
    rise = R_TH * v * float(slow.current(v, {"x": x}, Environment())) / 300
    rates = fast.rates(v, {"rise": rise, "inner.x": x}, Environment())
    assert float(rates["rise"]) * TAU == pytest.approx(0, abs=1e-12)
    assert float(rates["inner.x"]) == pytest.approx(float(slow.rates(v, {"x": x}, Environment())["x"]), rel=1e-9)


def test_shells_nest_with_other_wrappers():
    nested = SeriesResistance(inner=shell(StanfordGap(R_th=0.0, F_min=0.0)), r=500.0)
    assert set(nested.state()) == {"inner.rise", "inner.inner.x"}
    hot, cold = (nested.rates(1.2, {"inner.rise": T, "inner.inner.x": 0.4}, Environment()) for T in (0.3, 0.0))
    assert float(hot["inner.inner.x"]) < 2 * float(cold["inner.inner.x"]) < 0  # both SET
