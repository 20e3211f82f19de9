"""Published and closed-form numbers of the compact models."""

import json
import os
from pathlib import Path

import jax
import numpy as np
import pytest
from scipy.integrate import simpson

from pinched.core import PinchedError, double
from pinched.devices import VTEAM, Environment, Ohmic, SinhResistor, StanfordGap

REFERENCE = Path(os.environ.get("PINCHED_TEST_DATA", "../shared/data")) / ".." / "reference" / "crossbar"


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


@pytest.fixture
def env():
    return Environment(temperature=298.0)


def reference(case):
    if not (REFERENCE / case).is_dir():
        pytest.skip(f"no reference case {case}: set PINCHED_TEST_DATA")
    name = "exact_t_v_i_s.npy" if case == "tran_vteam" else "exact_t_v_i_x.npy"
    return json.loads((REFERENCE / case / "case.json").read_text()), np.load(REFERENCE / case / name).T


def drift(t, rate):
    """Trapezoidal integral of `rate` from the first time on."""
    return np.concatenate([[0.0], np.cumsum(np.diff(t) * (rate[1:] + rate[:-1]) / 2)])


def travel_time(device, v, start, end, env):
    """Time to move the state of a one-state device at constant voltage, by quadrature of 1/rate."""
    x = np.linspace(start, end, 20001)
    return simpson(1 / np.asarray(device.rates(v, {"x": x}, env)["x"]), x=x)


def test_vteam_crosses_its_travel_in_the_published_times(env):
    device = VTEAM()
    assert 1 / device.rates(1.0, {"x": 0.5}, env)["x"] == pytest.approx(1.2244897959e-7, rel=1e-9)
    assert 1 / device.rates(-1.0, {"x": 0.5}, env)["x"] == pytest.approx(-4.6875e-12, rel=1e-9)


def test_vteam_is_frozen_between_its_thresholds(env):
    v = np.linspace(-0.2, 0.02, 101)
    assert np.all(VTEAM().rates(v, {"x": 0.3}, env)["x"] == 0)


def test_vteam_resistance_ends_and_laws(env):
    x = np.array([0.0, 0.25, 0.5, 1.0])
    linear = 1 / VTEAM().current(1.0, {"x": x}, env)
    exponential = 1 / VTEAM(iv="exponential").current(1.0, {"x": x}, env)
    assert linear == pytest.approx(50 + 950 * x)
    assert np.log(exponential) == pytest.approx(np.log(50) + np.log(20) * x)


def test_vteam_along_the_reference_trajectory(env):
    case, (t, v, i, s) = reference("tran_vteam")
    device = VTEAM(
        R_on=case["Ron"], R_off=case["Roff"], k_on=case["kon"] / case["D"], k_off=case["koff"] / case["D"],
        v_on=case["von"], v_off=case["voff"], alpha_on=3, alpha_off=3, window="joglekar",
    )  # fmt: skip
    assert np.asarray(device.current(v, {"x": s}, env)) == pytest.approx(i, rel=1e-9, abs=1e-15)
    rate = np.asarray(device.rates(v, {"x": s}, env)["x"])
    assert drift(t, rate) == pytest.approx(s - s[0], abs=2e-5)  # the quadrature's own error


def test_stanford_resistances_and_field_gate(env):
    device = StanfordGap()
    lrs, hrs = (0.1 / float(device.current(0.1, {"x": x}, env)) for x in (0.0, 1.0))
    assert lrs == pytest.approx(541.8206516889825, rel=1e-12)
    assert hrs == pytest.approx(218586.05180033346, rel=1e-12)
    assert hrs / lrs == pytest.approx(403.4287934927351)
    for x, gate in ((1.0, 1.3919268244183733), (0.0, 1.4e9 * 12e-9 / (16 - 0.8 * 0.2**3))):
        below, above = (float(device.rates(gate * f, {"x": x}, env)["x"]) for f in (0.998, 1.002))
        assert -1e-7 < below / above < 1e-7
        assert above < 0


def test_stanford_pulse_times(env):
    x = lambda gap_nm: (gap_nm - 0.2) / 1.5  # noqa: E731
    assert travel_time(StanfordGap(), 1.6, x(1.7), x(0.95), env) == pytest.approx(5.4547e-8, rel=1e-4)
    assert travel_time(StanfordGap(), 2.0, x(1.7), x(0.95), env) == pytest.approx(8.2145e-10, rel=1e-4)
    assert travel_time(StanfordGap(), -1.3, x(0.2), x(0.4), env) == pytest.approx(7.4511e-9, rel=1e-4)


def test_stanford_slope_of_the_rate_without_heating(env):
    device = StanfordGap(R_th=0.0, F_min=0.0, beta=0.0)
    low, high = (float(device.rates(v, {"x": 0.5}, env)["x"]) for v in (1.0, 2.0))
    assert np.log10(high / low) == pytest.approx(5.64, abs=5e-3)


def test_stanford_along_the_reference_trajectory(env):
    case, (t, v, i, gap) = reference("tran_stanford")
    device = StanfordGap(F_min=0.0)
    x = (gap - 0.2) / 1.5
    assert case["Rth"] == device.R_th
    assert np.asarray(device.current(v, {"x": x}, env)) == pytest.approx(i, rel=1e-9, abs=1e-15)
    rate = np.asarray(device.rates(v, {"x": x}, env)["x"])
    assert drift(t, rate) == pytest.approx(x - x[0], abs=2e-5)


def test_stanford_refuses_a_closed_gap_range():
    with pytest.raises(PinchedError, match="gap_max"):
        StanfordGap(gap_min=2e-9)


def test_static_resistors(env):
    v = np.linspace(-1, 1, 21)
    assert Ohmic(g=1e-3).current(v, {}, env) == pytest.approx(1e-3 * v)
    assert np.asarray(SinhResistor(g=1e-3, b=2.0).current(v, {}, env)) == pytest.approx(1e-3 * np.sinh(2 * v) / 2)


@pytest.mark.parametrize("device", [VTEAM(), StanfordGap(F_min=0.0)])
def test_mirrored_polarity(device, env):
    x, v = {"x": np.array([0.2, 0.6])}, 1.4
    mirrored = device.replace(eta=-1.0)
    assert mirrored.rates(-v, x, env)["x"] == pytest.approx(device.rates(v, x, env)["x"])


@pytest.mark.parametrize(
    "device", [VTEAM(iv="exponential", window="biolek"), StanfordGap(), SinhResistor(g=1e-3, b=1.0)]
)
def test_physics_follows_the_dtype_and_stays_finite(device):
    with jax.enable_x64(False):
        x = {name: np.float32(0.5) for name in device.state()}
        for v in np.float32([-9.0, 0.0, 9.0]):
            i = device.current(v, x, Environment())
            assert i.dtype == np.float32
            assert np.isfinite(i)
            assert all(np.isfinite(r) for r in device.rates(v, x, Environment()).values())


def test_the_derivative_of_the_current_is_right_at_zero_voltage(env):
    device = StanfordGap()
    slope = jax.grad(lambda v: device.current(v, {"x": 0.5}, env))(0.0)
    assert float(slope) == pytest.approx(1e-3 / 0.25 * np.exp(-0.95 / 0.25))


def test_sample_keeps_the_mean_and_spreads_as_told():
    population = StanfordGap().sample(1, 4000, {"E_a": 0.03})
    assert population.population == (4000,)
    assert np.mean(population.E_a) == pytest.approx(0.6, rel=3e-3)
    assert np.std(population.E_a) == pytest.approx(0.018, rel=0.05)
    assert np.array_equal(population.E_a, StanfordGap().sample(1, 4000, {"E_a": 0.03}).E_a)
    with pytest.raises(PinchedError, match="did you mean 'E_a'"):
        StanfordGap().sample(0, 3, {"Ea": 0.1})


def test_an_unknown_window_names_the_nearest():
    with pytest.raises(PinchedError, match="joglekar"):
        VTEAM(window="jogleker")


def test_a_polarity_is_one_or_minus_one():
    with pytest.raises(PinchedError, match="1 or -1"):
        StanfordGap(eta=0.5)
