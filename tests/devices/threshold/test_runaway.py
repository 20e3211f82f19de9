"""Poole–Frenkel conduction in a thermal shell: the identity at the threshold, and the loop."""

import numpy as np
import pytest
from scipy.optimize import brentq

from pinched import run
from pinched.core import double
from pinched.devices import Environment, device
from pinched.experiments import protocols

ENV = Environment(temperature=300.0)
K = 8.617333262e-5


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


@pytest.fixture(scope="module")
def shell():
    return device("nbo2-runaway").inner


def static(shell, temperature):
    """Voltage at which the film keeps itself at `temperature`: its rate there is zero."""
    x = {"rise": (temperature - 300) / 300}
    return brentq(lambda v: float(shell.rates(v, x, ENV)["rise"]), 0.01, 1.5, xtol=1e-14)


def test_at_the_threshold_the_rise_is_kt_squared_over_the_barrier(shell):
    temperature = np.linspace(449, 453, 81)
    v = np.array([static(shell, t) for t in temperature])
    a, b, _ = np.polyfit(temperature - 451, v, 2)
    t_th = 451 - b / (2 * a)
    v_th = static(shell, t_th)
    assert (v_th, t_th) == (pytest.approx(1.19541, abs=1e-5), pytest.approx(451.2, abs=0.1))
    assert t_th - 300 == pytest.approx(K * t_th**2 / float(shell.inner.barrier(v_th)), rel=1e-3)
    assert float(shell.current(v_th, {"rise": (t_th - 300) / 300}, ENV)) == pytest.approx(8.4322e-5, rel=2e-3)


def test_beyond_it_the_voltage_falls(shell):
    assert [static(shell, t) for t in (600.0, 900.0)] == pytest.approx([1.17336, 1.1465], rel=1e-5)


def test_low_bias_resistance(shell):
    assert 1e-6 / float(shell.current(1e-6, {"rise": 0.0}, ENV)) == pytest.approx(2932700.0, rel=0.01)


def test_a_sweep_runs_away_at_the_threshold():
    data = run("nbo2-runaway", protocols.sweep(1.3, -1.3, 1e3, points=800), env=ENV)
    i = data["current"].values
    on_device = data["voltage"].values - 500 * i
    assert on_device.max() == pytest.approx(1.1954, rel=1e-3)
    assert on_device.min() == pytest.approx(-1.1954, rel=1e-3)
    assert 300 * data["state_inner.rise"].values.max() > 3 * 151  # far beyond the rise at which it began
