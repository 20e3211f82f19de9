"""Telegraph noise and regressions against known truth."""

import numpy as np
import pytest

from pinched.characterize.records import line, stretched
from pinched.characterize.telegraph import spectrum, telegraph, telegraph_metrics
from pinched.core import make_dataset


def markov(tau_capture, tau_emission, dt, n, seed=1):
    """A two-state Markov process, 1 while the trap is empty, stepped exactly."""
    rng = np.random.default_rng(seed)
    rate = 1 / tau_capture + 1 / tau_emission
    filled = tau_emission / (tau_capture + tau_emission)
    mix = -np.expm1(-rate * dt)
    up, state = np.empty(n), True
    for k, draw in enumerate(rng.random(n)):
        state = state ^ bool(draw < mix * (filled if state else 1 - filled))
        up[k] = state
    return up


def record(current, dt):
    return make_dataset({"voltage": np.full(current.size, 0.1), "current": current}, origin="measured", kind="trace",
                        time=dt * np.arange(current.size))  # fmt: skip


@pytest.fixture(scope="module")
def noisy():
    rng = np.random.default_rng(0)
    dt = 1e-4
    up = markov(3e-3, 1e-3, dt, 40_000)
    return record(1e-6 + 1e-7 * up + 1e-8 * rng.standard_normal(up.size), dt), up


def test_levels_and_mean_times(noisy):
    ds, up = noisy
    two = telegraph(ds)
    assert two.high - two.low == pytest.approx(1e-7, rel=0.02)
    assert np.mean(two.up == (up > 0)) > 0.999
    assert two.tau_high == pytest.approx(3e-3, rel=0.1)  # 1000 transitions: 3 % of standard error
    assert two.tau_low == pytest.approx(1e-3, rel=0.1)
    found = telegraph_metrics(ds)
    assert found["rtn_amplitude"].value == pytest.approx(1e-7 / 1.075e-6, rel=0.03)
    assert found["tau_high"].low < 3e-3 < found["tau_high"].high


def test_spectrum_is_the_lorentzian(noisy):
    ds, _ = noisy
    f, power = spectrum(ds)
    tau, amplitude = 1 / (1 / 3e-3 + 1 / 1e-3), 1e-7
    low = f < 60
    exact = 4 * amplitude**2 * (3e-3 * 1e-3 / (4e-3) ** 2) * tau / (1 + (2 * np.pi * f[low] * tau) ** 2)
    assert np.mean(power[low] / exact) == pytest.approx(1, abs=0.2)


def test_plain_noise_has_no_two_levels():
    ds = record(1e-6 + 1e-8 * np.random.default_rng(3).standard_normal(4000), 1e-3)
    assert telegraph(ds) is None
    found = telegraph_metrics(ds)
    assert not found["rtn_amplitude"].available
    assert found["noise_exponent"].value == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(("tau", "beta"), [(3.0, 1.0), (3.0, 0.5), (0.2, 0.7)])
def test_stretched_exponential_is_recovered(tau, beta):
    t = np.geomspace(1e-2, 1e3, 60)
    fit = stretched(t, 2e-6 + 3e-6 * np.exp(-((t / tau) ** beta)))
    assert (fit.tau, fit.beta) == pytest.approx((tau, beta), rel=1e-3)
    assert (fit.start, fit.end) == pytest.approx((5e-6, 2e-6), rel=1e-3)


def test_a_flat_record_forgets_nothing():
    assert stretched(np.geomspace(1, 1e3, 20), np.full(20, 1e-6)) is None


def test_line_and_its_interval():
    x = np.arange(10.0)
    fit = line(x, 2 + 3 * x + np.resize([0.1, -0.1], 10))
    assert abs(fit.slope - 3) < fit.half < 0.03
    assert fit.r2 > 0.999
    assert line([1.0], [2.0]) is None
    assert line([1.0, 1.0], [1.0, 2.0]) is None
