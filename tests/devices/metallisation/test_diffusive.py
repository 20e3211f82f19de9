"""The diffusive threshold switch: closed-form thresholds, delays, and the published loop."""

import jax
import numpy as np
import pytest

from pinched import run
from pinched.core import double
from pinched.devices import Environment, check_device, device
from pinched.devices.metallisation.diffusive import retraction_time
from pinched.experiments import protocols

ENV = Environment(temperature=300.0)
KT = 8.617333262e-5 * 300


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


@pytest.fixture
def switch():
    return device("ag-hfo2-diffusive").replace(sigma_g=0.0)


def static(gap):
    return 2 * KT * (gap + 5e-10) / 3e-10 * np.arcsinh((1.12e-9 - gap) / (2e-3 * 1e-7))


def test_static_curve(switch):
    gap = np.linspace(0, 1.12e-9, 4001)
    assert static(gap).max() == pytest.approx(0.3203, abs=5e-5)
    assert static(0.0) == pytest.approx(0.2089, abs=5e-5)
    for g in (1e-12, 4e-10, 9e-10):
        x = {"x": 1 - g / 1.12e-9, "zeta": 0.0}
        assert float(switch.rates(static(g), x, ENV)["x"]) * 1e-7 == pytest.approx(0.0, abs=1e-9)


def test_selectivity(switch):
    on, off = (float(switch.current(0.2, {"x": x, "zeta": 0.0}, ENV)) for x in (1.0, 0.0))
    assert on / off == pytest.approx(9.36e9, rel=0.01)
    assert off == pytest.approx(1.7e-15, rel=0.03)


@pytest.mark.parametrize(("v", "delay"), [(0.5, 111e-9), (0.7, 35.4e-9), (1.0, 8.76e-9)])
def test_delay(switch, v, delay):
    data = run(switch, (protocols.Hold(v, 1.5 * delay, points=1500),), env=ENV)
    assert data["time"].values[np.argmax(data["state_x"].values > 0.9999)] == pytest.approx(delay, rel=0.01)


def test_relaxation(switch):
    data = run(switch, (protocols.Rest(250e-9, points=4),), env=ENV, x0={"x": 1.0})
    fallen = np.exp(-2.05e10 * 1.12e-9 * (1 - data["state_x"].values[-1]))
    assert fallen == pytest.approx(7e-10, rel=0.05)


@pytest.mark.parametrize(("rate", "v_th", "v_off"), [(1.0, 0.320, 0.217), (1e3, 0.323, 0.217), (1e5, 0.363, 0.209)])
def test_loop(switch, rate, v_th, v_off):
    data = run(switch, protocols.sweep(0.6, -0.6, rate, i_max=1e-5, points=600), env=ENV)
    source = np.interp(np.arange(2401), [0, 600, 1200, 1800, 2400], [0, 0.6, 0, -0.6, 0])
    on = np.abs(data["current"].values) > 1e-6
    assert data["flag"].values[on].any()
    for sign, branch in ((1, slice(0, 1200)), (-1, slice(1200, 2400))):  # bidirectional
        switched = source[branch][on[branch]]
        assert sign * switched[0] == pytest.approx(v_th, rel=0.01)
        assert sign * switched[-1] == pytest.approx(v_off, rel=0.01)


def test_the_rest_gap_is_redrawn_only_where_the_filament_is_dissolved():
    jump, keys = device("ag-hfo2-diffusive").jump, jax.random.split(jax.random.key(0), 1000)
    zeta = jax.vmap(lambda key: jump({"x": 0.0, "zeta": 0.0}, key, 1)["zeta"])(keys)
    assert np.std(zeta) == pytest.approx(1.0, rel=0.1)
    assert jump({"x": 1.0, "zeta": 0.5}, keys[0], 1)["zeta"] == 0.5


def test_thresholds_spread_from_cycle_to_cycle():
    data = run("ag-hfo2-diffusive", protocols.sweep(0.6, 0.0, 1e3, cycles=8, i_max=1e-5, points=200), env=ENV)
    cycles = data["voltage"].values[1:].reshape(8, 400).max(axis=1)
    assert 0.002 < np.std(cycles) < 0.05
    assert len(np.unique(data["state_zeta"].values)) >= 8


@pytest.mark.parametrize("slower", [1.0, 1e5])  # the set, and a memory of 10 ms with the same thresholds
def test_a_second_pulse_finds_what_the_first_left(switch, slower):
    switch = switch.replace(tau_r=1e-7 * slower, u0=2e-3 / slower)

    def peaks(gap):
        pulse = protocols.Hold(0.5, 70e-9 * slower, points=20)
        x = run(switch, (pulse, protocols.Rest(gap * slower), pulse), env=ENV)["state_x"].values
        return x[20], x[-1]

    (first, close), (alone, far) = peaks(20e-9), peaks(1e-6)
    assert close > 1.5 * first  # paired-pulse facilitation
    assert far == pytest.approx(alone, rel=1e-3)


def test_lifetime_goes_with_the_fourth_power_of_the_radius():
    atom = 1.7e-29
    small, large = (retraction_time(r, 1e-15, 1.2, atom, 300.0) for r in (1e-9, 2e-9))
    assert large / small == pytest.approx(16)
    assert small == pytest.approx(1.380649e-23 * 300 * 1e-36 / (1e-15 * 1.2 * atom ** (4 / 3)))


def test_it_is_a_device_with_a_spread(switch):
    assert check_device(device("ag-hfo2-diffusive")).passed == check_device(switch).passed
