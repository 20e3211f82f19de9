"""The published pulse presets: pulse counts, symmetry points and trains as their own codes give them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinched.core import double
from pinched.devices import response


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def weights(name, pulses, start):
    """Weight (in the preset's own unit, w_max − w_min of 1) after each number of pulses from `start` of the range."""
    r = response(name)
    span = float(r.g_max - r.g_min)
    return (
        np.asarray(r.step(r.g_min + span * start + np.zeros(np.shape(pulses)), np.asarray(pulses, float))) - r.g_min
    ) / span


def reached(name, start, end):
    """Pulses from `start` to `end` of the range."""
    sign = np.sign(end - start)
    count = np.arange(1, 12000 if "mo" in name or "ideal" in name else 2000)
    part = weights(name, sign * count, start)
    return int(count[np.argmax(sign * part >= sign * end)])


@pytest.mark.parametrize(
    ("name", "up", "down"),  # from the middle weight 0 to 99 % of the bound; SoftBounds and Linear nominal per class
    [
        ("idealised-constant-2016", 10000, 10000),
        ("gokmen-vlasov-constant-2016", 1250, 1250),
        ("ecram-li-exponential-2018", 1021, 1019),
        ("ecram-mo-exponential-2019", 7940, 8147),
        ("capacitor-exponential-2018", 401, 401),
    ],
)
def test_whole_ranges_take_the_pulses_of_aihwkit(name, up, down):
    assert reached(name, 0.0, 1 - 1e-9) == pytest.approx(up, abs=1)
    assert reached(name, 1.0, 1e-9) == pytest.approx(down, abs=1)


def test_reram_es_pulses_to_99_percent_and_symmetry_point():
    # across 99 % of the range, 1238 up and 984 down; alternating pulses settle near −0.2172
    assert reached("reram-expstep-2018", 0.0, 0.99) == pytest.approx(1238, abs=1)
    assert reached("reram-expstep-2018", 1.0, 0.01) == pytest.approx(984, abs=1)
    r = response("reram-expstep-2018")
    pair = jax.jit(lambda g: jax.lax.fori_loop(0, 3000, lambda _, g: r.step(r.step(g, 1.0), -1.0), g))
    g = pair(jnp.asarray(r.g_max))
    w = 2 * (float(g) - float(r.g_min)) / float(r.g_max - r.g_min) - 1
    assert w == pytest.approx(-0.2172, abs=1e-3)


@pytest.mark.parametrize(("name", "pulses"), [("om-softbounds-2022", 47), ("hfo2-softbounds-2022", 8)])
def test_arrays_of_resistive_memory_take_few_pulses(name, pulses):
    assert reached(name, 0.0, 0.99) == reached(name, 1.0, 0.01) == pulses


def test_pcm_weights_after_set_pulses():
    part = weights("pcm-expstep-2020", [1, 5, 10, 20, 40], 0.0)
    assert 2 * part == pytest.approx([0.282, 0.682, 0.924, 1.217, 1.586], abs=1e-3)


def test_write_noise_and_asymmetry_are_those_of_the_source():
    r = response("reram-softbounds-2018")
    g = np.full(20000, 2e-5)
    assert np.std(np.asarray(r.seen(g, 0)) - g) == pytest.approx(56 * 0.002 / 2 * 39e-6, rel=0.03)  # write_noise_std dw
    many = r.sample(0, 20000)
    assert np.std(many.asymmetry) == pytest.approx(0.01, rel=0.03)  # up_down_dtod
    assert np.all(many.step(g, 10.0) > g)
