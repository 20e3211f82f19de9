"""Interface-type devices: the published loops, and how current and energy scale with area."""

import numpy as np
import pytest

from pinched import run
from pinched.core import double
from pinched.devices import Environment, NaMLab, Schottky, device
from pinched.experiments import protocols

ENV = Environment(temperature=300.0)


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def crossings(data, state, level):
    """Voltages at which a state passes `level`, in order of time."""
    x, v = data[f"state_{state}"].values - level, data["voltage"].values
    k = np.flatnonzero(np.sign(x[1:]) != np.sign(x[:-1]))
    return v[k] - x[k] * (v[k + 1] - v[k]) / (x[k + 1] - x[k])


def test_generic_schottky_loop():
    schottky = device("generic-schottky")
    data = run(schottky, protocols.sweep(3.0, -3.0, 1.0, points=500), env=ENV)
    x = data["state_x"].values
    lrs = x.max()
    assert lrs == pytest.approx(0.998, abs=1e-3)
    assert crossings(data, "x", 0.5)[0] == pytest.approx(1.27, rel=0.02)
    assert crossings(data, "x", lrs / 2)[-1] == pytest.approx(-1.25, rel=0.02)
    assert data["current"].values.max() == pytest.approx(1.8e-4, rel=0.03)
    for v, on_off, digits in ((0.5, 1.0e3, 0.05), (1.0, 364, 0.02), (2.0, 2.2, 0.05)):
        ratio = schottky.current(v, {"x": lrs}, ENV) / schottky.current(v, {"x": 0.0}, ENV)
        assert float(ratio) == pytest.approx(on_off, rel=digits)


def test_schottky_rates_are_gradual():
    bare = Schottky(rho_s=0.0, tau_ret=1e30)
    rates = [float(bare.rates(v, {"x": 0.0}, ENV)["x"]) for v in (1.0, 2.0, 3.0)]
    assert rates == pytest.approx([1.01476, 10.4348, 106.287], rel=1e-4)
    slope = float(bare.rates(4.0, {"x": 0.0}, ENV)["x"]) / rates[-1]
    assert 1 / np.log10(slope) == pytest.approx(0.99211, rel=1e-3)


@pytest.mark.parametrize("ratio", [1056.49, 1e2, 1e6])  # the generic set; the Li-titanates of S16
def test_the_low_bias_ratio_is_that_of_the_barrier(ratio):
    kT = 8.617333262e-5 * 300
    schottky = Schottky(dphi=kT * np.log(ratio), phi_max=0.85, rho_s=0.0)
    on, off = (float(schottky.current(0.05, {"x": x}, ENV)) for x in (1.0, 0.0))
    assert on / off == pytest.approx(ratio, rel=1e-4)


def test_current_is_proportional_to_area_in_both_states():
    small, large = Schottky(area=1e-14), Schottky(area=1e-12)
    for x in (0.0, 1.0):
        ratio = float(large.current(1.0, {"x": x}, ENV) / small.current(1.0, {"x": x}, ENV))
        assert np.log10(ratio) / 2 == pytest.approx(1.0, abs=1e-9)


def energy(switch, protocol):
    """What a source gives in J."""
    data = run(switch, protocol, env=ENV)
    return np.trapezoid(data["voltage"].values * data["current"].values, data["time"].values)


def test_the_energy_of_an_interface_goes_with_its_area_and_that_of_a_filament_with_its_compliance():
    pulse = (protocols.Hold(2.0, 0.24, points=1000),)  # a SET to x = 0.5
    large, small = (energy(Schottky(area=area), pulse) for area in (1e-12, 1e-14))
    assert large / small == pytest.approx(100, rel=1e-6)

    held = [energy("ag-ecm", (protocols.Hold(1.0, 2e-4, points=2000, i_max=i_c),)) for i_c in (1e-6, 1e-5)]
    assert held[1] / held[0] == pytest.approx(10, rel=0.02)


def test_namlab_currents():
    i = [float(NaMLab().current(v, {"x": x}, ENV)) for v in (2.0, 1.0) for x in (0.1, 0.284)]
    assert i == pytest.approx([1.5432e-3, 3.333e-5, 2.2965e-5, 2.0706e-6], rel=1e-4)


def test_namlab_loop():
    bench = device("nb2o5-namlab-2022")
    data = run(bench, protocols.sine(3.0, 0.02), env=ENV)
    t, x, i = (data[name].values for name in ("time", "state_inner.x", "current"))
    assert np.interp(25.0, t, x) == pytest.approx(0.2836, abs=1e-4)
    assert x[-1] == pytest.approx(0.0997, abs=1e-4)
    assert crossings(data, "inner.x", 0.19) == pytest.approx([2.67, -2.64], rel=2e-3)
    assert (i.max(), i.min()) == pytest.approx((6.5e-4, -2.87e-3), rel=0.01)
    for v, on_off in ((2.0, 46.7), (1.0, 11.2)):
        on, off = (float(bench.inner.current(v, {"x": s}, ENV)) for s in (x[-1], np.interp(25.0, t, x)))
        assert on / off == pytest.approx(on_off, rel=0.02)
