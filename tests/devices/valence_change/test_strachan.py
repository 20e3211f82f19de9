"""Strachan's TaOx device: published times and loops."""

import numpy as np
import pytest
from scipy.integrate import quad

from pinched import run
from pinched.core import double
from pinched.devices import Environment, SeriesResistance, Strachan, check_device, device
from pinched.experiments.protocols import sweep

ENV = Environment()


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def test_resistances():
    r = [0.1 / float(Strachan().current(0.1, {"x": x}, ENV)) for x in (1.0, 0.0)]
    assert r == pytest.approx([40.0, 31418.7], rel=1e-6)


def travel_time(v, start, end):
    return quad(lambda x: 1 / float(Strachan().rates(v, {"x": x}, ENV)["x"]), start, end, epsrel=1e-6)[0]


@pytest.mark.parametrize(("v", "start", "end", "time"), [
    (0.6, 0.02, 0.1, 0.02995), (0.7, 0.02, 0.1, 4.55e-4), (0.8, 0.02, 0.1, 1.79e-6),
    (-0.4, 0.5, 0.2, 1.08e-3), (-0.5, 0.5, 0.2, 5.48e-7), (-0.6, 0.5, 0.2, 2.74e-10),
])  # fmt: skip
def test_switching_times(v, start, end, time):
    assert travel_time(v, start, end) == pytest.approx(time, rel=5e-3)


def test_the_ceiling_is_not_felt_by_the_published_numbers():
    free = Strachan(nu_max=1e30)
    for v, x in ((0.8, 0.05), (-0.6, 0.3)):
        rates = [float(m.rates(v, {"x": x}, ENV)["x"]) for m in (Strachan(), free)]
        assert rates[0] == pytest.approx(rates[1], rel=1e-3)


@pytest.mark.parametrize(("rate", "v_set", "v_reset"), [(1.0, 0.599, -0.354), (1e3, 0.762, -0.445),
                                                         (1e6, 0.871, -0.536)])  # fmt: skip
def test_loop(crossings, rate, v_set, v_reset):
    ds = run(device("taox-strachan-2013"), sweep(1.0, -0.9, rate, points=400), x0={"x": 0.02})
    assert crossings(ds, 0.5) == pytest.approx([v_set, v_reset], rel=0.02)
    assert ds.current.values.max() == pytest.approx(25e-3, rel=0.02)
    on, off = (0.1 / float(Strachan().current(0.1, {"x": x}, ENV)) for x in (1.0, ds.state_x.values[-1]))
    assert on == pytest.approx(40.0)
    assert 586 * 0.98 < off < 692 * 1.02
    if rate == 1.0:
        assert off / on == pytest.approx(17, rel=0.02)


def test_loop_behind_a_series_resistance(crossings):
    ds = run(SeriesResistance(inner=device("taox-strachan-2013"), r=200.0), sweep(1.0, -1.0, 1.0, points=400),
             x0={"inner.x": 0.02})  # fmt: skip
    switched = crossings(ds, 0.1, "state_inner.x")
    assert switched[0] == pytest.approx(0.71, rel=0.02)
    assert switched[-1] == pytest.approx(-0.79, rel=0.02)


def test_far_beyond_its_range_it_stays_finite():
    v, x = np.linspace(-20, 20, 401), {"x": np.linspace(0, 1, 21)[:, None]}
    assert np.all(np.isfinite(Strachan().rates(v, x, ENV)["x"]))
    assert check_device(Strachan(), v_max=5.0).model == "Strachan"
