"""The mushroom cell against the closed forms of its parts, and against the same cell without heat capacity."""

import numpy as np
import pytest

from pinched import run
from pinched.core import double
from pinched.devices import Environment, device
from pinched.experiments import protocols

ENV = Environment(temperature=300.0)
CELL = device("gst-mushroom").inner
YEAR = 3.156e7  # s


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def state(u=0.0, T=300.0, on=0.0, relaxed=0.0):
    """The states at a thickness in nm and a temperature in K."""
    return {"u": u * 1e-9 / CELL.u_max, "heat": np.log(T / 300), "on": on, "relaxed": relaxed}


def resistance(**x):
    return float(0.05 / CELL.current(0.05, state(**x), ENV))


def steady(i):
    """Temperature that a current in A holds in the on state, K."""
    return 300 + CELL.R_th * CELL.R_heater * i**2


def after(i, u, wait=1e-6, temperature=300.0):
    """(u at the end of a pulse of 100 ns and `i` A, u after it, R after `wait` s at `temperature`), nm and ohm."""
    steps = (
        protocols.Pulse(2.0, 100e-9, i_max=i),
        protocols.Rest(1e-6),
        protocols.Rest(wait, temperature=temperature),
        protocols.Read(0.05),
    )
    data = run(CELL, steps, env=ENV, x0=state(u), save="every")
    thickness = data["state_u"].values * float(CELL.u_max) * 1e9
    return thickness[4], thickness[5], 0.05 / data["current"].values[-1]


def test_resistances_slope_and_threshold():
    amorphous = [(resistance(u=u) - 3e3) / 1e6 for u in (10, 20, 30, 40)]
    assert amorphous == pytest.approx([3.47, 7.14, 10.76, 14.37], abs=0.006)
    assert resistance(u=0) == pytest.approx(3e3)
    i = np.asarray(CELL.current(np.array([0.9, 1.0]), state(20), ENV))
    assert np.log10(i[1] / i[0]) / 0.1 == pytest.approx(2.10, abs=0.01)


@pytest.mark.parametrize(("u", "v_th"), [(10, 0.56), (20, 1.12), (30, 1.68)])
def test_threshold_is_proportional_to_the_thickness(u, v_th):
    v = v_th * np.linspace(0.97, 1.03, 601)
    on = np.asarray(CELL.rates(v, state(u), ENV)["on"]) * CELL.tau_on
    assert v[np.argmax(on > 0.5)] == pytest.approx(v_th, rel=0.01)  # the current helps a little


def test_melting():
    p_melt = (CELL.T_m - 300) / CELL.R_th
    assert p_melt == pytest.approx(272.9e-6, abs=5e-8)
    assert np.sqrt(p_melt / CELL.R_heater) == pytest.approx(301.6e-6, abs=5e-8)
    melt = lambda i: float(CELL.melt(steady(i), ENV)) * 1e9  # noqa: E731
    assert melt(4e-4) == pytest.approx(15.2, abs=0.05)
    still = CELL.rates(4e-4 * 3e3, state(melt(4e-4), steady(4e-4), on=1.0), ENV)
    assert float(still["u"]) == pytest.approx(0, abs=1.0)
    assert float(still["heat"]) == pytest.approx(0, abs=1.0)  # of 1e8/s


def test_crystallisation_times_and_ten_year_temperature():
    rate = lambda T: 20e-9 / float(CELL.growth(T))  # noqa: E731
    assert rate(450.0) == pytest.approx(31.7, abs=0.05)
    assert rate(700.0) == pytest.approx(20e-9, rel=1e-9)
    assert rate(353.85) > 10 * YEAR > rate(353.95)
    assert float(CELL.growth(CELL.T_m)) == 0


@pytest.mark.parametrize(
    # u_a in nm: without heat capacity, at the end of the pulse, and after the quench
    ("i", "instant", "end", "quenched"),
    [
        (0.20e-3, 30.0, 30.0, 30.0),
        (0.24e-3, 18.2, 20.3, 20.3),  # it has 2 ns less at temperature: the heater warms in 5 ns
        (0.28e-3, 0.0, 0.0, 0.0),
        (0.30e-3, 26.5, 21.4, 20.3),  # the heater passes the growth window on its way to the melting point, and back
        (0.35e-3, 6.9, 7.6, 6.3),  # the melt front still approaches; the fall of the temperature grows 1 to 4 nm back
        (0.40e-3, 15.2, 15.3, 13.5),
        (0.50e-3, 35.0, 35.0, 31.2),
    ],
)
def test_resistance_current_curve(i, instant, end, quenched):
    at_end, left, r = after(i, 30.0)
    assert (at_end, left) == pytest.approx((end, quenched), abs=0.15)
    assert r == pytest.approx(resistance(u=left), rel=0.1)  # a little more: relaxation has begun during the quench
    growth = float(CELL.growth(steady(i)))  # the same law without heat capacity gives the printed curve
    melt = float(CELL.melt(steady(i), ENV)) * 1e9
    assert (max(30 - growth * 100, 0) if melt < 0 else melt) == pytest.approx(instant, abs=0.1)


def test_drift_at_room_temperature_and_frozen_in_the_cold():
    _, _, fresh = after(4e-4, 0.0, wait=10.0)
    _, _, day = after(4e-4, 0.0, wait=1e5)
    assert day / fresh == pytest.approx(10**0.4, rel=0.02)  # four decades at nu 0.1
    _, _, at_start = after(4e-4, 0.0, wait=1e-6)
    _, _, cold = after(4e-4, 0.0, wait=2 * YEAR, temperature=12.0)
    assert cold == pytest.approx(at_start, rel=1e-4)  # two years at 12 K, read at 300 K
    _, _, warm = after(4e-4, 0.0, wait=2 * YEAR)
    assert warm / at_start == pytest.approx((2 * YEAR) ** 0.1, rel=0.03)


def test_drift_exponent_is_an_energy_a_decade():
    decade = (CELL.nu * 8.617333e-5 * 300) * np.log(10)
    assert decade == pytest.approx(5.95e-3, abs=1e-5)
    relaxed = resistance(u=20, relaxed=np.log(10)) - 3e3
    assert relaxed / (resistance(u=20) - 3e3) == pytest.approx(10**0.1, rel=1e-9)
    # the rate at T_r is that of ln(1 + t/t0)
    assert float(CELL.rates(0.0, state(20, relaxed=2.0), ENV)["relaxed"]) == pytest.approx(np.exp(-2), rel=1e-9)


def test_loop_of_a_reset_cell_behind_its_access_resistance():
    data = run("gst-mushroom", protocols.sweep(1.8, -1.8, 1e5), env=ENV)
    v, i, on, u = (data[k].values for k in ("voltage", "current", "state_inner.on", "state_inner.u"))
    switched = np.argmax(on > 0.5)
    assert v[switched] == pytest.approx(1.68, abs=0.036)  # 0.56 V per 10 nm, on a grid of 18 mV
    assert i[switched] / i[switched - 1] > 30
    assert u[200] == 0  # SET before it is back at 0 V
    assert v[300] / i[300] == pytest.approx(6e3, rel=1e-3)


@pytest.mark.parametrize("points", [20, 60])
def test_a_slow_trailing_edge_crystallises_in_however_long_steps(points):
    x0 = {f"inner.{name}": value for name, value in state(15, 900, 1.0).items()}
    data = run("gst-mushroom", (protocols.Ramp(3.0, 0.0, 3.0, points),), env=ENV, x0=x0, save="every")
    u = data["state_inner.u"].values * 50
    assert u[2] > 20  # the melt
    assert u[-1] == 0
