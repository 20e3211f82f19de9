"""The behavioural synapse against closed forms and published tables."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from pinched.core import PinchedError, double
from pinched.devices import ExponentialResponse, SoftBoundsResponse, TableResponse, response, response_names
from pinched.devices.synapse.pulse_response import curvature, label


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def soft(up=0.05, down=0.03, **others):
    return SoftBoundsResponse(g_min=1e-6, g_max=4e-5, step_up=up, step_down=down, **others)


@pytest.mark.parametrize(
    ("nl", "a"), [(2.4, 0.499181), (4.88, 0.200303), (1.0, 1.251653), (0.01, 126.269), (9.0, 0.02281)]
)
def test_labels_give_the_published_curvatures(nl, a):
    assert 1 / curvature(nl) == pytest.approx(a, rel=2e-5)  # the digits printed
    assert label(curvature(nl)) == pytest.approx(nl)
    assert curvature(-nl) == -curvature(nl)


def test_label_is_the_height_over_the_diagonal():
    x = np.linspace(0, 1, 20001)
    y = np.expm1(-3 * x) / np.expm1(-3)
    assert label(3.0) == pytest.approx(np.max(y - x) / (0.07 * np.sqrt(2)), rel=1e-6)
    assert curvature(0.0) == label(0.0) == 0
    with pytest.raises(PinchedError, match="between -9 and 9"):
        curvature(9.5)


def test_exponential_train_follows_the_published_formula():
    synapse = response("agasi-exponential-2010")
    n, a = np.arange(98), 97 * 0.499181
    expected = 3.0769e-9 + (3.8462e-8 - 3.0769e-9) * np.expm1(-n / a) / np.expm1(-97 / a)
    assert np.asarray(synapse.step(np.full(98, 3.0769e-9), n)) == pytest.approx(expected, rel=1e-6)
    down, a = np.arange(101), 100 * 0.200303  # label −4.88: steep first
    expected = 3.8462e-8 - (3.8462e-8 - 3.0769e-9) * np.expm1(-down / a) / np.expm1(-100 / a)
    assert np.asarray(synapse.step(np.full(101, 3.8462e-8), -down)) == pytest.approx(expected, rel=1e-5)
    assert synapse.labels == pytest.approx((2.4, -4.88))


def test_a_positive_depression_label_is_slow_first():
    synapse = response("hzo-exponential-2017")
    halfway = float(synapse.step(synapse.g_max, -16.0))
    assert halfway > (synapse.g_min + synapse.g_max) / 2
    assert synapse.labels == pytest.approx((1.75, 1.46))


@pytest.mark.parametrize("name", [name for name in response_names() if "exponential" in name])
def test_up_then_down_returns_to_the_lower_end(name):
    synapse = response(name)
    top = synapse.step(synapse.g_min, synapse.n_up)
    assert float(top) == pytest.approx(float(synapse.g_max), rel=1e-12)
    assert float(synapse.step(top, -synapse.n_down)) == pytest.approx(float(synapse.g_min), rel=1e-9)


def test_soft_bounds_reach_99_percent_in_the_published_pulses():
    synapse = response("reram-softbounds-2018")
    span = synapse.g_max - synapse.g_min
    part = lambda g: (float(g) - synapse.g_min) / span  # noqa: E731
    assert part(synapse.step(synapse.g_min, 2875)) < 0.99 <= part(synapse.step(synapse.g_min, 2876))
    assert part(synapse.step(synapse.g_max, -1724)) > 0.01 >= part(synapse.step(synapse.g_max, -1725))


@settings(max_examples=25, deadline=None)
@given(
    start=st.floats(0, 1),
    first=st.integers(0, 30),
    second=st.integers(0, 30),
    sign=st.sampled_from([-1, 1]),
    bend=st.floats(-9, 9),
)
def test_pulses_add_up(start, first, second, sign, bend):
    for synapse in (ExponentialResponse.from_labels(bend, bend, g_min=1e-6, g_max=4e-5), soft()):
        g = 1e-6 + start * 3.9e-5
        at_once = synapse.step(g, sign * (first + second))
        in_turn = synapse.step(synapse.step(g, sign * first), sign * second)
        assert float(at_once) == pytest.approx(float(in_turn), rel=1e-6)
        assert 1e-6 <= float(at_once) <= 4e-5 * (1 + 1e-12)


def test_cycle_noise_grows_with_the_root_of_the_pulses():
    synapse = soft(up=1e-6, sigma_c2c=0.002)
    g = np.full(40000, 2e-5)
    for n in (1, 4, 25):
        spread = np.std(synapse.step(g, n, key=n)) / 3.9e-5
        assert spread == pytest.approx(0.002 * np.sqrt(n), rel=0.03)
    assert np.array_equal(synapse.step(g, 0, key=1), g)
    assert np.array_equal(synapse.step(g, 3, key=1), synapse.step(g, 3, key=1))


def test_a_table_of_soft_bounds_is_soft_bounds():
    u = np.linspace(0, 1, 9)
    table = TableResponse(g_min=1e-6, g_max=4e-5, up=0.05 * (1 - u), down=0.03 * u, up_std=0 * u, down_std=0 * u)
    g = np.linspace(1e-6, 4e-5, 37)
    for n in (1, -1, 0.5, 12, -40, 300):
        assert np.asarray(table.step(g, n)) == pytest.approx(np.asarray(soft().step(g, n)), rel=1e-6)


def test_a_table_of_constant_steps():
    flat, none = np.full(5, 0.01), np.zeros(5)
    table = TableResponse(g_min=1e-6, g_max=4e-5, up=flat, down=2 * flat, up_std=none, down_std=none)
    assert float(table.step(1e-6, 10)) == pytest.approx(1e-6 + 0.1 * 3.9e-5, rel=1e-6)
    assert float(table.step(4e-5, -10)) == pytest.approx(4e-5 - 0.2 * 3.9e-5, rel=1e-6)
    assert float(table.step(1e-6, 1000)) == pytest.approx(4e-5)


def test_a_table_of_the_exponential_law_agrees_with_it():
    law = ExponentialResponse.from_labels(2.4, -4.88, g_min=1e-6, g_max=4e-5, n_up=97, n_down=100)
    g = np.linspace(1e-6, 4e-5, 101)
    up, down = (np.asarray(law.step(g, 1)) - g) / 3.9e-5, (g - np.asarray(law.step(g, -1))) / 3.9e-5
    table = TableResponse(g_min=1e-6, g_max=4e-5, up=up, down=down, up_std=0 * g, down_std=0 * g)
    for n in (1, 10, -10, 50, -50):
        assert np.asarray(table.step(g, n)) == pytest.approx(np.asarray(law.step(g, n)), abs=3.9e-5 * 5e-3)


def test_moments_of_a_measured_table_come_back():
    random = np.random.default_rng(0)
    g = random.uniform(1e-6, 4e-5, 200_000)
    up = random.random(g.size) < 0.5
    dg = 3.9e-5 * np.where(up, random.normal(0.01, 0.004, g.size), -random.normal(0.02, 0.004, g.size))
    table = TableResponse.from_steps(g, dg, up, bins=9)
    steps = (np.asarray(table.step(np.full(100_000, 2e-5), 1, key=3)) - 2e-5) / 3.9e-5
    assert steps.mean() == pytest.approx(0.01, abs=2e-4)
    assert steps.std() == pytest.approx(0.004, rel=0.02)


def test_a_table_needs_both_directions():
    with pytest.raises(PinchedError, match="at least two pulses in each direction"):
        TableResponse.from_steps([1.0, 2.0, 3.0], [0.1, 0.1, 0.1], [True, True, True])
    with pytest.raises(PinchedError, match="same two or more states"):
        TableResponse(g_min=0.0, g_max=1.0, up=[0.1, 0.1], down=[0.1], up_std=[0.0, 0.0], down_std=[0.0, 0.0])


def test_devices_differ_as_told():
    synapse = soft(sigma_d2d=0.3, sigma_g_max=0.1).sample(0, (50, 80))
    assert synapse.strength.shape == synapse.g_max.shape == (50, 80)
    assert synapse.strength.mean() == pytest.approx(1.0, abs=0.02)
    assert synapse.strength.std() == pytest.approx(0.3, rel=0.05)
    assert np.std(synapse.g_max) == pytest.approx(0.1 * 3.9e-5, rel=0.05)
    assert np.all(synapse.g_min < synapse.g_max)
    moved = np.asarray(synapse.step(np.full((50, 80), 2e-6), 1))
    assert np.corrcoef(moved.ravel(), synapse.strength.ravel())[0, 1] > 0.9


@pytest.mark.parametrize("x64", [False, True])
@pytest.mark.parametrize("kind", ["exponential", "soft", "table"])
def test_float32_stays_float32_under_jit(kind, x64):
    u = np.linspace(0, 1, 5)
    synapse = {
        "exponential": ExponentialResponse.from_labels(2.0, -3.0, g_min=1e-6, g_max=4e-5),
        "soft": soft(),
        "table": TableResponse(g_min=1e-6, g_max=4e-5, up=0.02 + 0 * u, down=0.02 + 0 * u, up_std=u, down_std=u),
    }[kind]
    with jax.enable_x64(x64):
        g = np.full((3, 4), 1e-5, np.float32)
        moved = jax.jit(lambda s, g, k: s.step(g, jnp.full((3, 4), 2.5), k))(synapse, g, jax.random.key(0))
        assert moved.dtype == np.float32
        assert np.all(np.isfinite(moved))


def test_the_step_is_differentiable_in_state_and_pulses():
    synapse = soft(sigma_c2c=0.01)
    slope = jax.grad(lambda n: synapse.step(2e-5, n))(3.0)
    assert float(slope) == pytest.approx(
        (float(synapse.step(2e-5, 3 + 1e-6)) - float(synapse.step(2e-5, 3 - 1e-6))) / 2e-6, rel=1e-4
    )
    assert np.isfinite(jax.grad(lambda n: synapse.step(2e-5, n, jax.random.key(0)))(0.0))


def test_as_a_device_it_is_ohmic():
    assert soft().as_device(2e-5).g == 2e-5
