"""The noise of the recorded current: statistics of physics references, whatever the sampling times."""

import jax.numpy as jnp
import numpy as np
import pytest

from pinched.core import param
from pinched.devices import Device
from pinched.devices.base import Noise
from pinched.experiments import protocols
from pinched.experiments.engine import run


class Noisy(Device):
    """1 mS; each parameter is a kind of noise."""

    white: np.ndarray = param(0.0)
    flicker: np.ndarray = param(0.0)
    rtn: np.ndarray = param(0.0)
    tau_capture: np.ndarray = param(1e-3)
    tau_emission: np.ndarray = param(1e-3)

    def state(self):
        return {}

    def current(self, v, x, env):
        return 1e-3 * v

    def rates(self, v, x, env):
        return {}

    def noise(self, v, i, x, env):
        return Noise(self.white, self.flicker * i**2, self.rtn * i, self.tau_capture, self.tau_emission, 1.0, 1e5)


def fluctuations(protocol, save="auto", devices=500, **parameters):
    """Relative to the mean current of 1 mA, (devices, samples)."""
    ds = run(
        Noisy(**{name: np.full(devices, value) for name, value in parameters.items()}), protocol, save=save, seed=3
    )
    return ds["current"].values / 1e-3 - 1


def autocorrelation(d, lag):
    d = d - d.mean()
    return np.mean(d[:, lag:] * d[:, :-lag]) / d.var()


HOLD = (protocols.Hold(1.0, 1.0, 1000),)


def test_telegraph_noise_has_its_variance_and_correlation_at_any_interval():
    d = fluctuations(HOLD, rtn=0.1)  # one sample per mean time
    assert set(np.round(np.unique(d), 12)) == {-0.1, 0.0}
    assert d.var() == pytest.approx(0.25 * 0.1**2, rel=1e-3)
    assert autocorrelation(d, 1) == pytest.approx(np.exp(-2), abs=0.006)
    times = np.cumsum(np.tile([1e-5, 1.5e-4], 2000))
    d = fluctuations(HOLD, times, rtn=0.1)
    assert autocorrelation(d, 2) == pytest.approx(np.exp(-1.6e-4 / 0.5e-3), abs=0.01)
    short = np.diff(d, axis=1)[:, 1::2]  # across 1e-5 s; a switch is the more rare the shorter the interval
    assert np.mean(short != 0) == pytest.approx((1 - np.exp(-1e-5 / 0.5e-3)) / 2, rel=0.03)


def test_telegraph_noise_has_a_lorentzian_spectrum():
    tau, dt = 1e-3, 1e-4
    d = fluctuations((protocols.Hold(1.0, 0.4096, 4096),), "every", rtn=1.0)[:, 1:]
    f = np.fft.rfftfreq(d.shape[1], dt)
    s = 2 * dt / d.shape[1] * np.mean(np.abs(np.fft.rfft(d - d.mean())) ** 2, axis=0)
    low = (f > 0) & (f < 30)
    assert s[low].mean() == pytest.approx(5e-4 / (1 + np.mean((f[low] / 318.3) ** 2)), rel=0.05)  # S(0) = 5e-4 s
    corner = f[np.argmin(np.abs(np.convolve(s, np.ones(9) / 9, "same")[2:] - 2.5e-4)) + 2]
    assert corner == pytest.approx(1 / (2 * np.pi * tau / 2), rel=0.08)  # 318.3 Hz


def test_unequal_times_fill_the_trap_in_proportion():
    d = fluctuations((protocols.Hold(1.0, 1.0, 100),), rtn=1.0, tau_capture=3e-3, tau_emission=1e-3)
    assert np.mean(d < -0.5) == pytest.approx(0.25, abs=0.006)


def test_flicker_noise_has_its_variance_and_its_spectrum():
    d = fluctuations((protocols.Hold(1.0, 2.048, 2048),), "every", flicker=1e-4)[:, 1:]
    assert d.std() == pytest.approx(0.03393, rel=0.01)  # sqrt(1e-4 ln(1e5)), 1 Hz to 100 kHz
    n, dt = 2048, 2e-6
    d = fluctuations((protocols.Hold(1.0, n * dt, n),), "every", flicker=1e-4)[:, 1:]
    f, window = np.fft.rfftfreq(n, dt), np.hanning(n)
    s = 2 * dt / np.sum(window**2) * np.mean(np.abs(np.fft.rfft(window * (d - d.mean()))) ** 2, axis=0)
    inside = 2 / np.pi * (np.arctan(f) - np.arctan(f / 1e5))  # a band of Lorentzians ends softly
    middle = (f > 1e3) & (f < 2e4)
    assert np.mean((f * s)[middle] / inside[middle]) == pytest.approx(1e-4, rel=0.03)


def test_white_noise_is_averaged_over_the_time_of_a_sample():
    d = fluctuations((protocols.Hold(1.0, 1.0, 100),), white=1e-12)
    assert d.std() * 1e-3 == pytest.approx(np.sqrt(1e-12 / 2 / 1e-2), rel=0.01)
    steps = tuple(step for _ in range(100) for step in (protocols.Hold(1.0, 1.0), protocols.Read(1.0, 1e-4)))
    d = fluctuations(steps, white=1e-12)
    assert d.std() * 1e-3 == pytest.approx(np.sqrt(1e-12 / 2 / 1e-4), rel=0.01)


def test_noise_repeats_from_its_seed_and_differs_between_devices():
    def current(seed, devices):
        return run(Noisy(white=np.full(devices, 1e-12)), (protocols.Hold(1.0, 1.0, 20),), seed=seed)["current"].values

    first = current(1, 3)
    np.testing.assert_array_equal(first, current(1, 3))
    np.testing.assert_array_equal(first[:2], current(1, 2))  # a device draws the same in a larger population
    assert np.all(first != current(2, 3))
    assert len(np.unique(first)) == first.size


class Remembers(Noisy):
    """A state, to see that noise does not reach it."""

    def state(self):
        from pinched.devices import State

        return {"x": State(0.0, 0.0, 1.0)}

    def rates(self, v, x, env):
        return {"x": jnp.abs(self.current(v, x, env)) * 100}


def test_noise_leaves_states_and_voltages_alone():
    noisy, quiet = (run(Remembers(white=w), protocols.pulse_train(1.0, 1e-1, 5)) for w in (1e-8, 0.0))
    np.testing.assert_array_equal(noisy["state_x"], quiet["state_x"])
    assert np.all(noisy["conductance"] != quiet["conductance"])
    np.testing.assert_allclose(noisy["conductance"], noisy["current"] / 0.1)
