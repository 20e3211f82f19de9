"""Electrochemical metallisation: closed forms of growth, compliance and widening, and the published loop."""

import numpy as np
import pytest
from scipy.integrate import quad

from pinched import run
from pinched.core import PinchedError, double
from pinched.devices import ECM, Environment, device
from pinched.experiments import protocols

ENV = Environment(temperature=300.0)
KT = 8.617333262e-5 * 300
GROWTH = 1.03e-5 / 96485.33212  # m³/C: molar volume over Faraday's constant


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def density(v):
    return 0.01 * (np.exp(0.5 * v / KT) - np.exp(-0.5 * v / KT))


def decade(device, name, v, x):
    """Voltage in mV that multiplies a rate by ten."""
    low, high = (np.log10(float(device.rates(u, x, ENV)[name])) for u in (v, v + 0.01))
    return 10.0 / (high - low)


def test_time_to_close_the_gap():
    for v, t in ((0.3, 56.594), (0.5, 1.1826), (0.8, 3.57232e-3), (1.0, 7.4649e-5)):
        assert 1 / float(ECM().rates(v, {"x": -0.5}, ENV)["x"]) == pytest.approx(t, rel=1e-4)


@pytest.mark.parametrize("rate", [0.01, 1.0, 100.0, 1e4])
def test_set_voltage_rises_with_the_ramp_as_in_closed_form(rate):
    v_set = KT / 0.5 * np.log1p(rate * 0.5 / KT * 20e-9 / (GROWTH * 0.01))
    data = run("ag-ecm", protocols.sweep(1.2, 0.0, rate, i_max=1e-6, points=400), env=ENV)
    assert data["voltage"].values.max() == pytest.approx(v_set, abs=5e-3)


@pytest.mark.parametrize("i_max", [1e-8, 1e-5])
def test_compliance_leaves_a_constant_voltage(i_max):
    data = run("ag-ecm", (protocols.Hold(1.0, 1.0, points=4, i_max=i_max),), env=ENV)
    v, i = (data[name].values[-1] for name in ("voltage", "current"))
    assert i == pytest.approx(i_max, rel=1e-9)
    assert v == pytest.approx(0.16334, abs=1e-5)  # R_on I_c
    closed = quad(lambda u: 1 / (1e10 * u * GROWTH * density(u)), v, 1.0)[0]
    assert closed == pytest.approx(1.0, rel=1e-3)


def test_the_filament_widens_with_compliance():
    """The printed 3 nm at 25 µA to 70 nm at 1.6 mA is a ratio of 23; charge balance gives at most 8, the root of 64."""
    ecm = device("ag-ecm")
    radius = []
    for i_max in (25e-6, 1.6e-3):
        data = run(ecm, (protocols.Hold(1.0, 1.0, points=4, i_max=i_max),), env=ENV)
        v, x = (data[name].values[-1] for name in ("voltage", "state_x"))
        r = float(ecm.radius({"x": x}))
        radius.append(r)
        assert i_max / v == pytest.approx(7.748e-5 * (r / float(ecm.r_c)) ** 2, rel=1e-6)
        start = min(1.0, i_max / 7.748e-5)  # of widening: the voltage left when the filament bridges
        slowing = quad(lambda u, r=r, v=v: r * np.sqrt(v / u) / (2 * u * GROWTH * density(u)), v, start)[0]
        bridging = quad(lambda u: 1 / (1e10 * u * GROWTH * density(u)), start, 1.0)[0]
        assert slowing + bridging + 7.5e-5 == pytest.approx(1.0, rel=2e-3)
    assert 6.0 < radius[1] / radius[0] < 8.0


def test_loop_under_compliance():
    for i_c in (1e-6, 1e-5):
        data = run("ag-ecm", protocols.sweep(1.2, -1.0, 1.0, i_max=i_c, i_max_second=np.inf, points=400), env=ENV)
        v, i, x = (data[name].values for name in ("voltage", "current", "state_x"))
        reset = np.argmin(i)
        assert v.max() == pytest.approx(0.661, rel=0.02)
        assert float(1 / device("ag-ecm").current(1.0, {"x": x[800]}, ENV)) == pytest.approx(0.143 / i_c, rel=0.005)
        assert i[reset] == pytest.approx(-1.75 * i_c, rel=0.02)
        assert v[reset] == pytest.approx(-0.297, rel=0.02)
        assert np.interp(0.5, -x[reset:1200], v[reset:1200]) == pytest.approx(-0.63, rel=0.02)
        assert float(device("ag-ecm").current(0.1, {"x": x[800]}, ENV)) > 1e6 * float(
            device("ag-ecm").current(0.1, {"x": -1.0}, ENV)
        )


def test_ions_carry_the_charge_of_the_metal():
    """Faraday: z e for each atomic volume deposited, on the tip and on the side."""
    ecm = ECM()
    for x, v in ((-0.4, 0.5), (0.4, 0.5), (0.4, -0.3)):
        r, grown = float(ecm.radius({"x": x})), float(ecm.rates(v, {"x": x}, ENV)["x"]) * 20e-9
        volume = np.pi * r**2 * grown if x < 0 else 2 * np.pi * r * 20e-9 * grown
        assert float(ecm.ionic_current(v, {"x": x}, ENV)) == pytest.approx(volume / GROWTH, rel=1e-6)


def test_slopes_of_the_three_steps():
    menzel = ECM(
        j0=3.2e5, dG_et=0.6, hopping="mott-gurney", nucleation="atomistic", j_hop=1.1e11, dG_hop=0.32, a_hop=2.5e-10
    )  # Menzel 2013 as recalled: its slopes only, its kinetics are implausible
    assert decade(ECM(), "x", 0.5, {"x": -0.5}) == pytest.approx(119.05, rel=1e-4)
    early = {"x": -1.0, "nucleus": 0.5}
    assert decade(menzel, "nucleus", 0.1, early) == pytest.approx(1e3 * np.log(10) * KT / (3 + 0.5), rel=1e-3)  # 17.0
    ready = {"x": -1.0, "nucleus": 1.0}
    assert decade(menzel, "x", 0.2, ready) == pytest.approx(119.05, rel=0.01)
    limited, near = menzel.replace(j0=1e30), {"x": -0.05, "nucleus": 1.0}  # an electrode that keeps up with the ions
    assert decade(limited, "x", 3.0, near) == pytest.approx(1e3 * np.log(10) * 2 * KT * 1e-9 / 2.5e-10, rel=1e-3)


def test_growth_waits_for_the_nucleus():
    ecm = ECM(nucleation="atomistic")
    t_nuc = 2e-8 * np.exp((0.8 - 3.5 * 0.15) / KT)
    waits = run(ecm, (protocols.Hold(0.15, 2 * t_nuc, points=400),), env=ENV)
    t, x, nucleus = (waits[name].values for name in ("time", "state_x", "state_nucleus"))
    assert t[np.argmax(nucleus >= 1)] == pytest.approx(t_nuc, rel=0.01)
    before, after = np.interp([0.9 * t_nuc, 2 * t_nuc], t, x) + 1
    assert before < 1e-6 * after
    assert after == pytest.approx(GROWTH * density(0.15) * t_nuc / 20e-9, rel=0.02)


def test_bad_options_are_refused():
    with pytest.raises(PinchedError, match="mott-gurney"):
        ECM(hopping="fast")
    with pytest.raises(PinchedError, match="r_max"):
        ECM(r_max=1e-10)
