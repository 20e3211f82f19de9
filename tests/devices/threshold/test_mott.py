"""The Mott threshold switch: closed-form extrema, switching times, and the published ramp."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

from pinched import run
from pinched.core import PinchedError, double
from pinched.devices import Environment, Mott, ParallelCapacitance, device
from pinched.experiments import protocols

ENV = Environment(temperature=300.0)
NBO2, VO2 = device("nbo2-pickett-2012").inner, device("vo2-pickett").inner


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def state(u):
    return {"x": 1 - np.log(u) / np.log(1e-6)}


def extrema(m):
    """(V_th, V_hold) and the cores there, from 2 b u² ln(1/u) = 1 + b u²."""
    b = m.rho_i / m.rho_m - 1
    slope = lambda u: 2 * b * u**2 * np.log(1 / u) - 1 - b * u**2  # noqa: E731
    top = np.exp(-0.5)  # where the slope's own maximum lies, between the roots
    cores = brentq(slope, 1e-4, np.sqrt(1 / b) * 2), brentq(slope, top * 0.8, top)
    scale = 2 * m.L**2 * m.rho_i * m.kappa * (m.T_mit - 300) / m.r_ch**2
    return [float(np.sqrt(scale / ((1 + b * u**2) * np.log(1 / u)))) for u in cores], cores


@pytest.mark.parametrize(
    ("mott", "thresholds", "resistances"),
    [(NBO2, (0.9368, 0.6420), (35368, 1061)), (VO2, (1.0069, 0.0973), (122800, 36.8))],
)
def test_static_extrema_and_resistances(mott, thresholds, resistances):
    v, cores = extrema(mott)
    assert v == pytest.approx(thresholds, abs=6e-5)
    for volts, u in zip(v, cores, strict=True):  # there the model stands still, and V(u) is level
        assert float(mott.rates(volts, state(u), ENV)["x"]) == pytest.approx(0, abs=1e-6 / 1e-12)
        ends = [float(mott.rates(volts, state(u * f), ENV)["x"]) for f in (0.99, 1.01)]
        assert ends[0] * ends[1] > 0
    ends = [float(1 / mott.current(1.0, state(u), ENV)) for u in (1e-6, 0.9999)]
    assert ends == pytest.approx(resistances, rel=2e-3)


def test_thresholds_double_with_the_length():
    v, _ = extrema(NBO2.replace(L=20e-9))
    assert v == pytest.approx((1.8736, 1.2840), abs=6e-5)


def test_switching_times():
    """By quadrature of the published equation, beside the 0.88 ns and 0.41 ns of the reference."""

    def time(v, start, end):
        m, b = NBO2, NBO2.rho_i / NBO2.rho_m - 1

        def per_log(ell):  # dH/du u / power, over ln u
            u, volume = np.exp(-ell), np.pi * m.L * m.r_ch**2
            sensible = m.c_p * 800 * (1 - u**2 - 2 * u**2 * ell) / (2 * ell**2)
            heating = v**2 * np.pi * m.r_ch**2 / (m.rho_i * m.L) * (1 + b * u**2)
            return volume * (sensible + 2 * m.dh * u**2) / (heating - 2 * np.pi * m.L * m.kappa * 800 / ell)

        return quad(per_log, np.log(1 / end), np.log(1 / start))[0]

    v = 1.2 * 0.9368
    on = run(NBO2, (protocols.Hold(v, 1.5e-9, points=1500),), env=ENV)
    t_on = on["time"].values[np.argmax(on["state_x"].values > state(0.3)["x"])]
    assert t_on == pytest.approx(time(v, 1e-6, 0.3), rel=0.005)
    assert t_on == pytest.approx(0.88e-9, rel=0.08)  # which begins at a larger core
    off = run(NBO2, (protocols.Rest(6e-10, points=1500),), env=ENV, x0=state(0.6))
    t_off = off["time"].values[np.argmax(off["state_x"].values < state(0.1)["x"])]
    assert t_off == pytest.approx(time(0.0, 0.6, 0.1), rel=0.005)
    assert t_off == pytest.approx(0.41e-9, rel=0.06)


def test_ramp_behind_a_load_and_beside_a_capacitance():
    circuit = ParallelCapacitance(inner=NBO2, c=1e-12, r_series=2e3, v_max=2.0)
    data = run(circuit, protocols.sweep(2.0, 0.0, 2e6, points=1000), env=ENV)
    u, i = 2 * data["state_u"].values, data["current"].values
    assert u[:1001].max() == pytest.approx(0.942, abs=1e-3)
    back = slice(1001, 1001 + np.argmax(i[1001:] < 1.5e-4))  # still on
    assert u[back].min() == pytest.approx(0.642, rel=0.02)
    ends = [float(NBO2.current(1.0, state(core), ENV)) for core in (1e-6, 0.9999)]
    assert ends[1] / ends[0] == pytest.approx(33, rel=0.02)


def test_vo2_ramp_is_not_shifted_by_a_state_that_runs_away_below_zero():
    data = run("vo2-pickett", protocols.sweep(2.0, 0.0, 2e6, points=1000), env=ENV)
    on_device = data["voltage"].values - 2e3 * data["current"].values
    assert on_device[:1001].max() == pytest.approx(1.01, abs=5e-3)


def test_it_is_symmetric_and_volatile():
    data = run("nbo2-pickett-2012", protocols.sweep(2.0, -2.0, 2e6, points=300), env=ENV)
    i, x = data["current"].values, data["state_inner.x"].values
    assert i[600:1200] == pytest.approx(-i[:600], rel=1e-3, abs=1e-8)
    assert x[-1] < state(0.1)["x"]


def test_the_core_must_be_the_conductor():
    with pytest.raises(PinchedError, match="rho_m"):
        Mott(rho_m=1.0)
