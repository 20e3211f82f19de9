"""The SKY130 ReRAM cell: silicon resistances, switching times with the heat of the cell, loops."""

import numpy as np
import pytest

from pinched import run
from pinched.core import PinchedError, double
from pinched.devices import Environment, SkyWater, device
from pinched.experiments.protocols import Hold, sweep

ENV = Environment(temperature=300.0)
CELL = device("hfo2-sky130")


def x(length):
    return min((length - 3.3) / 1.6, 1.0)


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def test_resistances_and_thermal_resistance():
    r = [0.1 / float(CELL.current(0.1, {"x": end}, ENV)) for end in (1.0, 0.0)]
    assert r == pytest.approx([9982.982235642361, 3350781.065960586], rel=1e-9)
    assert CELL.tau_th / CELL.C_th == pytest.approx(722702.2780832679)
    assert 30e-6 <= 1 / r[0] <= 120e-6  # S, silicon after forming


@pytest.mark.parametrize(("v", "start", "end", "time"), [
    (2.0, 3.3, 4.5, 6.004e-6), (2.2, 3.3, 4.5, 8.393e-8), (-1.2, 4.9, 4.5, 5.562e-6), (-1.4, 4.9, 4.5, 6.923e-9),
])  # fmt: skip
def test_switching_times(v, start, end, time):
    ds = run(CELL, (Hold(v, 1.2 * time, 3000),), ENV, x0={"x": x(start)}, rtol=1e-9)
    state = ds.state_x.values
    k = np.flatnonzero((state[:-1] - x(end)) * (state[1:] - x(end)) < 0)[0]
    share = (x(end) - state[k]) / (state[k + 1] - state[k])
    t = ds.time.values
    assert t[k] + share * (t[k + 1] - t[k]) == pytest.approx(time, rel=1e-3)


@pytest.mark.parametrize(("rate", "v_set", "v_reset"), [
    (1.0, 1.580, -0.972), (1e4, 2.013, -1.219), (1e6, 2.228, -1.353),
])  # fmt: skip
def test_loops(crossings, rate, v_set, v_reset):
    ds = run(CELL, sweep(2.5, -2.0, rate, points=500), ENV)
    up, down = crossings(ds, x(4.1))[0], next(v for v in crossings(ds, x(4.5)) if v < 0)
    assert up == pytest.approx(v_set, rel=0.02)
    assert down == pytest.approx(v_reset, rel=0.02)
    ends = [float(CELL.current(0.1, {"x": end}, ENV)) for end in ds.state_x.values[[1000, -1]]]
    if rate == 1.0:
        assert ends[0] / ends[1] == pytest.approx(336, rel=0.02)


def test_the_drift_at_rest_is_negligible():
    rate = float(CELL.rates(0.0, {"x": 0.5, "rise": 0.0}, ENV)["x"])
    assert abs(rate) * 10 * 365.25 * 86400 < 1e-6  # in ten years


def test_lengths_are_checked():
    with pytest.raises(PinchedError, match="T_fil_ref"):
        SkyWater(T_fil_ref=6e-9)
