"""Forming: Weibull breakdown in time, voltage and area, then the device inside."""

import numpy as np
import pytest

from pinched import run
from pinched.core import double
from pinched.devices import Environment, Forming, Ohmic, device
from pinched.experiments.protocols import Hold, Pulse, Ramp, Rest, sweep

ENV = Environment(temperature=300.0)
FILM = Forming(inner=Ohmic(g=1e-4))
UNIFORM = (np.arange(200) + 0.5) / 200


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def breaks_at(film, rate, v_max=4.0):
    """Voltages at which the devices of `film` break on a ramp."""
    ds = run(film, (Ramp(0.0, v_max, v_max / rate, 400),), ENV)
    damage, v = np.atleast_2d(ds.state_damage.values), ds.voltage.values
    v = v if v.ndim == 1 else v[0]
    k = np.argmax(damage >= 1, axis=1)
    before, after = (np.take_along_axis(damage, np.c_[j], 1)[:, 0] for j in (k - 1, np.minimum(k, damage.shape[1] - 1)))
    return v[k - 1] + (v[k] - v[k - 1]) * (1 - before) / np.maximum(after - before, 1e-12)


def closed_form(film, rate):
    quantile = (-np.log1p(-film.u) / film.area) ** (1 / film.beta_w)
    return film.V63 + np.log(film.gamma_v * rate * film.t0 * quantile) / film.gamma_v


@pytest.mark.parametrize("rate", [1.0, 1e3, 1e6])
def test_median_forming_voltage_on_a_ramp(rate):
    assert breaks_at(FILM, rate) == pytest.approx(closed_form(FILM, rate), abs=0.01)  # the spacing of the samples
    per_decade = closed_form(FILM, 10 * rate) - closed_form(FILM, rate)
    assert per_decade == pytest.approx(0.128, abs=5e-4)


def test_a_population_is_weibull_in_time():
    """At constant voltage ln(−ln(1 − F)) against ln t is a line of slope beta_w through t63."""
    ds = run(FILM.replace(u=UNIFORM), (Hold(2.4, 3e-5, 3000),), ENV)
    t = ds.time.values[np.argmax(ds.state_damage.values >= 1, axis=1)]
    slope, offset = np.polyfit(np.log(t[10:]), np.log(-np.log1p(-UNIFORM[10:])), 1)
    assert slope == pytest.approx(1.6, rel=0.02)
    assert np.exp(-offset / slope) == pytest.approx(1e-6 * np.exp(1.8), rel=0.02)


def test_a_larger_area_breaks_earlier():
    ten = FILM.replace(area=10.0)
    assert closed_form(ten, 1.0) - closed_form(FILM, 1.0) == pytest.approx(-np.log(10) / (1.6 * 18))
    assert breaks_at(ten, 1.0) == pytest.approx(closed_form(ten, 1.0), abs=0.01)


def test_breakdown_is_for_good_and_completes_without_voltage():
    ds = run(FILM, (Pulse(2.6, 1e-6), Rest(1.0), Pulse(-2.0, 1e-6)), ENV)
    assert ds.state_damage.values[-1] == 2
    assert float(FILM.conductance(0.1, {"damage": 2.0}, ENV)) == pytest.approx(1e-4)
    assert float(FILM.conductance(0.1, {"damage": 0.9}, ENV)) == pytest.approx(1e-7)


def test_sky130_forms_as_silicon_does():
    cell = device("hfo2-sky130-forming")
    fresh = {"damage": 0.0, "inner.x": 0.0, "inner.rise": 0.0}
    assert float(cell.conductance(0.1, fresh, ENV)) <= 1e-7 < float(cell.inner.conductance(0.1, {"x": 0.0}, ENV))
    quantile = (-np.log1p(-UNIFORM)) ** (1 / 1.6)
    v_form = cell.V63 + np.log(quantile) / cell.gamma_v  # with 1 µs pulses
    assert np.min(v_form) >= 2.2
    assert np.max(v_form) <= 3.1
    assert np.mean(v_form) == pytest.approx(2.5, abs=0.05)
    ds = run(cell, (Pulse(2.6, 1e-6), Rest(1e-6)), ENV, save="final")
    end = {name: float(ds[f"state_{name}"].values[-1]) for name in fresh}
    assert 30e-6 <= float(cell.conductance(0.1, end, ENV)) <= 120e-6


def test_a_formed_device_never_falls_below_its_own_window():
    cell = device("hfo2-sky130-forming")
    ds = run(cell, sweep(3.0, -2.0, 1.0, cycles=2, i_max=1e-3), ENV)
    states = {name.removeprefix("state_"): ds[name].values for name in ds if str(name).startswith("state_")}
    g, formed = np.asarray(cell.conductance(0.1, states, ENV)), states["damage"] >= 2
    assert np.argmax(formed) > 0
    assert np.all(formed[np.argmax(formed) :])
    least = float(cell.inner.conductance(0.1, {"x": 0.0}, ENV))
    assert np.min(g[formed]) == pytest.approx(least, rel=1e-6)
    assert np.max(g[states["damage"] < 1]) < least
