"""The Simmons barrier: published currents and rates, and passivity where the formula ends."""

import equinox as eqx
import numpy as np
import pytest

from pinched import run
from pinched.core import PinchedError, double
from pinched.devices import Environment, PickettSimmons, device
from pinched.experiments.protocols import sweep

ENV = Environment()
MODEL = PickettSimmons()
current, rates, tunnel = (eqx.filter_jit(f) for f in (MODEL.current, MODEL.rates, MODEL.tunnel))


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def at(nm):
    return {"x": (nm - 1.1) / 0.85}


def test_resistance_of_the_gap():
    ohm = 0.01 / np.asarray(tunnel(0.01, np.array([1.2e-9, 1.5e-9, 1.8e-9])))
    assert ohm == pytest.approx([3234.2, 51936.0, 915873.0], rel=1e-4)
    assert float(tunnel(0.5, 1.8e-9)) == pytest.approx(2.4077e-6, rel=1e-4)


@pytest.mark.parametrize(("nm", "i", "rate"), [(1.2, 300e-6, 1.8394e-10), (1.8, -100e-6, -3.3059e-8)])
def test_published_velocities(nm, i, rate):
    v = np.sign(i) * np.linspace(0.01, 1.2, 4001)
    velocity = 0.85e-9 * np.asarray(rates(v, at(nm), ENV)["x"])
    at_i = np.interp(abs(i), np.abs(current(v, at(nm), ENV)), np.log(np.abs(velocity)))
    assert np.exp(at_i) == pytest.approx(abs(rate), rel=1e-3)
    assert np.all(np.sign(velocity) == np.sign(rate))


def test_the_channel_takes_its_share():
    i = float(current(0.8, at(1.3), ENV))
    assert float(tunnel(0.8 - 215 * i, 1.3e-9)) == pytest.approx(i, rel=1e-12)


def test_it_is_odd_monotone_and_passive_far_beyond_the_barrier():
    v = np.linspace(-3, 3, 601)
    i = np.asarray(current(v, {"x": np.linspace(0, 1, 11)[:, None]}, ENV))
    assert i == pytest.approx(-i[:, ::-1])
    assert np.all(np.diff(i, axis=1) > 0)
    bare = np.asarray(tunnel(np.linspace(0, 3, 601), np.linspace(1.1e-9, 1.95e-9, 18)[:, None]))
    assert np.all(np.diff(bare, axis=1) > 0)


def test_value_and_slope_are_continuous_at_the_end_of_the_formula():
    edge = 0.98 * 0.95
    u = edge + np.array([-2e-6, -1e-6, 0.0, 1e-6, 2e-6])
    i = np.asarray(tunnel(u, 1.5e-9))
    assert np.diff(i) == pytest.approx(np.diff(i)[0], rel=1e-3)


def test_loop(crossings):
    ds = run(device("tio2-pickett-2009"), sweep(-1.2, 1.2, 1.0, points=400), x0=at(1.8))
    x = ds.state_x.values
    assert crossings(ds, at(1.5)["x"])[0] == pytest.approx(-0.96, rel=0.02)
    assert crossings(ds, x[-1] / 2)[-1] == pytest.approx(0.84, rel=0.02)
    on, off = 0.01 / np.asarray(current(0.01, {"x": np.array([x.min(), x[-1]])}, ENV))
    assert on == pytest.approx(1546, rel=0.02)
    assert off / on == pytest.approx(35, rel=0.02)


def test_gaps_below_the_valid_ones_are_refused():
    with pytest.raises(PinchedError, match="w_min"):
        PickettSimmons(w_min=1e-9)
    with pytest.raises(PinchedError, match="w_max"):
        PickettSimmons(w_max=1.15e-9, w_min=1.2e-9)
