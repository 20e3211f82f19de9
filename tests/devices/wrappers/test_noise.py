"""Read noise against its closed forms."""

import numpy as np
import pytest

import pinched as pn
from pinched.core.constants import K_B
from pinched.devices import VTEAM, Environment, Ohmic, ReadNoise, SeriesResistance
from pinched.experiments.protocols import Hold, Read, Rest

G, V, N = 1e-3, 0.1, 4000
QUIET = {"c": 0.0, "rtn": 0.0}


def readings(cell, *times, width=0.0, n=N):
    """Conductance (device, reading) of `n` cells read at intervals of `times`."""
    steps = [s for t in times for s in (Rest(t, 0), Read(V, width))]
    return pn.run(cell.sample(0, n, {}), (Read(V, width), *steps))["conductance"].values


def test_flicker_noise_has_the_width_of_its_band():
    cell = ReadNoise(inner=Ohmic(g=G), c=1e-4, rtn=0.0, f_low=1.0, f_high=1e5)
    g = readings(cell, 1e-3, 1.0)
    assert np.std(g, 0) / G == pytest.approx([0.0339] * 3, rel=0.05)  # sqrt(c ln 1e5) = 3.39 %
    assert np.mean(g, 0) == pytest.approx([G] * 3, rel=4 * 0.034 / np.sqrt(N))


def test_thermal_noise_is_averaged_over_the_reading():
    width = 1e-6
    g = readings(ReadNoise(inner=Ohmic(g=G), **QUIET), 1e-3, width=width)
    sigma = np.sqrt(4 * K_B * 298.15 * G / (2 * width)) / V
    assert np.std(g, 0) == pytest.approx([sigma] * 2, rel=0.05)


def test_telegraph_noise_is_a_two_state_markov_process():
    cell = ReadNoise(inner=Ohmic(g=G), c=0.0, rtn=0.05, tau_capture=1e-3, tau_emission=1e-3)
    g = readings(cell, 1e-3, 1.0)
    filled = (g < (1 - 0.025) * G).astype(float)
    assert np.mean(filled, 0) == pytest.approx([0.5] * 3, abs=0.04)
    assert np.var(g, 0) == pytest.approx([0.25 * (0.05 * G) ** 2] * 3, rel=0.05)
    assert np.corrcoef(filled[:, 0], filled[:, 1])[0, 1] == pytest.approx(np.exp(-2), abs=0.05)  # dt/tau0 = 2
    assert np.corrcoef(filled[:, 0], filled[:, 2])[0, 1] == pytest.approx(0, abs=0.06)


def test_telegraph_times_follow_the_bias():
    noise = ReadNoise(inner=Ohmic(g=G), v_capture=0.1, v_emission=0.2).noise(-0.2, -2e-4, {}, Environment())
    assert float(noise.tau_capture) == pytest.approx(1e-3 * np.exp(-2))
    assert float(noise.tau_emission) == pytest.approx(1e-3 * np.exp(1))
    assert float(noise.rtn) == pytest.approx(-1e-5)  # with the sign of the current


def test_thermal_noise_stays_without_voltage():
    noise = ReadNoise(inner=Ohmic(g=G)).noise(0.0, 0.0, {}, Environment())
    assert float(noise.white) == pytest.approx(4 * K_B * 298.15 * G)
    assert float(noise.flicker) == 0


def test_noise_divides_between_a_device_and_its_series_resistance():
    env, r = Environment(), 3e3
    cell = SeriesResistance(inner=ReadNoise(inner=Ohmic(g=G), c=1e-4, rtn=0.05), r=r)
    total = 1 / (r + 1 / G)
    noise = cell.noise(V, V * total, {}, env)
    assert float(noise.white) == pytest.approx(4 * K_B * env.temperature * total)  # Nyquist, whatever is inside
    part = 1 / (1 + r * G)
    assert float(noise.flicker) == pytest.approx(1e-4 * (V * total * part) ** 2)
    assert float(noise.rtn) == pytest.approx(0.05 * V * total * part)


def test_noise_is_on_the_record_alone():
    noisy = pn.run(ReadNoise(inner=VTEAM(), c=1e-2), (Hold(-0.5, 1e-9, 20),))
    clean = pn.run(VTEAM(), (Hold(-0.5, 1e-9, 20),))
    assert np.array_equal(noisy["state_inner.x"], clean["state_x"])
    assert not np.any(noisy["current"].values == clean["current"].values)
