"""The dynamic memdiode: closed forms and loops."""

import numpy as np
import pytest

from pinched import run
from pinched.core import double
from pinched.devices import Environment, Memdiode, device
from pinched.experiments.protocols import Hold, Ramp, sweep

ENV = Environment()
BARE = Memdiode(R_s=0.0)


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


@pytest.mark.parametrize(("v", "tau"), [(0.0, 23085000.0), (1.0, 0.144418)])
def test_time_constants(v, tau):
    assert 1 / float(BARE.rates(v, {"x": 0.0}, ENV)["x"]) == pytest.approx(tau, rel=1e-5)


def test_constant_voltage_in_closed_form():
    up = run(BARE, (Hold(1.0, 1.0, 50),), rtol=1e-9)
    assert np.log(1 - up.state_x.values) == pytest.approx(-up.time.values / 0.144418, abs=1e-4)
    down = run(BARE, (Hold(-1.8, 1.0, 50),), x0={"x": 1.0}, rtol=1e-9)
    rate = np.exp(2.1276343830415505 * (1.8 - 1.57))
    assert np.log(down.state_x.values) == pytest.approx(-rate * down.time.values, abs=1e-6)


@pytest.mark.parametrize(("rate", "printed"), [(0.1, 0.91183), (1.0, 1.03373), (10.0, 1.15562)])
def test_ramps_in_closed_form(crossings, rate, printed):
    ds = run(BARE, (Ramp(0.0, 1.3, 1.3 / rate, 2000),), rtol=1e-9)
    closed = BARE.V_set + np.log(BARE.eta_set * rate * np.log(2)) / BARE.eta_set
    assert closed == pytest.approx(printed, abs=1e-5)
    assert crossings(ds, 0.5)[0] == pytest.approx(closed, rel=1e-6)


def test_series_resistance_is_inside():
    model = Memdiode(R_s=100.0)
    i = float(model.current(1.2, {"x": 0.5}, ENV))
    assert float(BARE.current(1.2 - 100 * i, {"x": 0.5}, ENV)) == pytest.approx(i, rel=1e-12)
    assert float(model.rates(1.2, {"x": 0.5}, ENV)["x"]) == pytest.approx(
        float(BARE.rates(1.2 - 100 * i, {"x": 0.5}, ENV)["x"]), rel=1e-10
    )


def test_loop(crossings):
    model = device("hfo2-memdiode")
    ds = run(model, sweep(1.3, -1.8, 0.1, points=400))
    assert crossings(ds, 0.5) == pytest.approx([0.918, -0.777], rel=0.02)
    x = ds.state_x.values
    assert x[-1] < 1e-6
    on, off = (float(model.current(0.1, {"x": level}, ENV)) for level in (x.max(), x[-1]))
    assert on / off == pytest.approx(1e2, rel=0.1)  # the table's order of magnitude


@pytest.mark.parametrize(("rate", "v_set", "left"), [(1.0, 1.039, 0.24), (10.0, 1.163, 0.87)])
def test_reset_is_slow(crossings, rate, v_set, left):
    ds = run(device("hfo2-memdiode"), sweep(1.3, -1.8, rate, points=400))
    assert crossings(ds, 0.5)[0] == pytest.approx(v_set, rel=0.02)
    assert ds.state_x.values[-1] == pytest.approx(left, abs=0.005)
