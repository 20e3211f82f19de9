"""Selectors against their closed forms: threshold switch, tunnel barrier, diode."""

import numpy as np
import pytest

import pinched as pn
from pinched.core import PinchedError, double
from pinched.core.constants import E_CHARGE, ELECTRON_MASS, K_B_EV, PLANCK
from pinched.devices import OTS, Diode, Environment, SeriesResistance, TunnelBarrier, device
from pinched.devices.access.ots import SPAN, STEEP

ENV = Environment()
KT = K_B_EV * float(ENV.temperature)


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


# threshold switch -----------------------------------------------------------------------------------------------------


def test_the_static_curve_turns_at_threshold_and_hold():
    ots = OTS()
    x = np.linspace(1e-3, 1 - 1e-3, 20001)
    span = SPAN * float(ots.V_th - ots.V_hold)
    static = float(ots.V_th + ots.V_hold) / 2 - span * (x - 0.5) + span / STEEP * np.log(x / (1 - x))
    assert np.abs(ots.rates(static, {"x": x}, ENV)["x"]).max() < 1e-12 / float(ots.tau)
    half = x < 0.5
    assert static[half].max() == pytest.approx(1.26, abs=1e-6)
    assert static[~half].min() == pytest.approx(0.71, abs=1e-6)


def test_off_current_and_its_activation():
    ots = OTS()
    off = {"x": 0.0}
    assert float(ots.current(0.63, off, ENV)) == pytest.approx(2e-9, rel=0.1)
    warm = Environment(temperature=320.0)
    g = [np.log(float(ots.current(1e-6, off, env)) * float(env.temperature)) for env in (ENV, warm)]
    slope = (g[1] - g[0]) / (1 / warm.temperature - 1 / ENV.temperature)
    assert -slope * K_B_EV == pytest.approx(0.35, rel=1e-9)


def test_a_ramp_switches_it_on_and_off():
    top = pn.run("gete-ots", pn.protocols.sweep(1.6, -1.6, 1e4, i_max=1e-4, points=400))
    v, i = top["voltage"].values, top["current"].values
    assert v.max() == pytest.approx(1.26, rel=0.01)  # the terminal voltage falls when it switches
    on = np.flatnonzero(i > 0.99e-4)
    assert v[on].min() > 0.71
    assert i[np.argmin(np.abs(v - 0.63))] < 4e-9
    assert v[: on[0]].max() == pytest.approx(-v.min(), rel=0.02)


def test_a_load_holds_it_between_threshold_and_hold():
    across = []
    for r in (1e5, 1e3):
        ds = pn.run(SeriesResistance(inner=OTS(), r=r), (pn.protocols.Hold(1.6, 1e-6),), save="final")
        across.append(1.6 - r * ds["current"].item())
    assert 1.26 > across[0] > across[1] > 0.71  # the more current, the closer to the hold voltage
    assert across[1] < 0.85


def test_hold_is_below_threshold():
    with pytest.raises(PinchedError, match="V_hold must be below"):
        OTS(V_hold=1.3)


# tunnel barrier -------------------------------------------------------------------------------------------------------


def test_tunnel_barrier_is_ohmic_at_low_voltage():
    b = TunnelBarrier(phi=1.0, d=1e-9, mass=1.0, area=1.0)
    decay = 4 * np.pi * 1e-9 / PLANCK * np.sqrt(2 * ELECTRON_MASS * E_CHARGE)
    slope = E_CHARGE**2 * np.sqrt(2 * ELECTRON_MASS * E_CHARGE) / (PLANCK**2 * 1e-9) * (1 - 2 / decay) * np.exp(-decay)
    for v in (1e-12, 1e-3):
        assert float(b.current(v, {}, ENV)) / v == pytest.approx(slope, rel=1e-5)


def test_tunnel_barrier_is_fowler_nordheim_at_high_voltage():
    b = TunnelBarrier(phi=1.0, d=5e-9, mass=1.0, area=1.0)
    v = np.array([4.0, 4.1])
    field = v / 5e-9
    log = np.log(np.asarray(b.current(v, {}, ENV)) / field**2)
    # Simmons' mean of the triangle, phi/2 over its foot, in place of the exact 2/3 of the WKB integral
    exponent = 4 * np.pi / PLANCK * np.sqrt(2 * ELECTRON_MASS * E_CHARGE / 2)
    assert np.diff(log) / np.diff(1 / field) == pytest.approx(-exponent, rel=0.02)


def test_the_published_barrier_is_as_nonlinear_as_printed():
    b = device("hfo2-1s1r-tunnel").access
    i = np.asarray(b.current(np.array([0.75, 1.5]), {}, ENV))
    assert i[1] / i[0] > 1e4


# diode ----------------------------------------------------------------------------------------------------------------


def test_diode_slope_saturation_and_rectification():
    d = Diode(n=1.0)
    v = np.array([0.3, 0.4])
    i = np.asarray(d.current(v, {}, ENV))
    assert np.diff(np.log(i)) / np.diff(v) == pytest.approx(1 / KT, rel=1e-4)
    reverse = -float(d.current(-1.0, {}, ENV))
    assert reverse == pytest.approx(
        float(d.area * d.A_star) * float(ENV.temperature) ** 2 * np.exp(-0.6 / KT), rel=1e-9
    )
    leaky = Diode(n=1.25)
    i = np.asarray(leaky.current(np.array([0.4, 0.5, -0.4, -0.5]), {}, ENV))
    assert np.log(i[1] / i[0]) == pytest.approx(0.1 / (1.25 * KT), rel=1e-4)
    assert np.log(i[3] / i[2]) == pytest.approx(0.1 * (1 - 1 / 1.25) / KT, rel=1e-4)


def test_diode_does_not_overflow():
    i = np.asarray(Diode().current(np.array([-40.0, 40.0]), {}, ENV))
    assert np.all(np.isfinite(i))
