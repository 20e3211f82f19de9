"""The high-entropy spinel: what its phenomenological set implies."""

import equinox as eqx
import numpy as np
import pytest

import pinched
from pinched.core import double
from pinched.core.constants import K_B_EV
from pinched.devices import Environment, SpinelHEO, describe, device
from pinched.experiments.protocols import Hold, Rest, pulse_train, sweep

ROOM = Environment(temperature=300.0)


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def growth(model, v, temperature=300.0):
    """A in 1/s: the rate at X = 0 over s0."""
    return float(model.rates(v, {"X": 0.0}, Environment(temperature=temperature))["X"] / model.s0)


def needed(x, s0=0.02):
    """∫A dt that brings a new device to X = x."""
    return np.log((s0 + x) / (1 - x) / s0) / (1 + s0)


def first(data, level):
    """Time in s and voltage in V at which X first passes `level`."""
    x = data.state_X.values
    k = int(np.argmax(x >= level))
    return [np.interp(level, x[k - 1 : k + 1], data[name].values[k - 1 : k + 1]) for name in ("time", "voltage")]


def test_the_set_says_that_it_is_a_proposal():
    assert eqx.tree_equal(device("heo-spinel-phenom"), SpinelHEO())
    about = describe("heo-spinel-phenom")
    assert about["status"] == "phenomenological"
    assert "no fit" in about["notes"]
    assert "not a fit" in " ".join(SpinelHEO.__doc__.split())


def test_set_voltage_against_rate_and_temperature():
    model = device("heo-spinel-phenom")
    for rate, temperature, v_set in (
        (0.1, 300.0, 2.2259),
        (1.0, 300.0, 2.2999),
        (10.0, 300.0, 2.3739),
        (1.0, 263.15, 2.403),
        (1.0, 363.15, 2.122),
        (1.0, 448.15, 1.882),
    ):
        data = pinched.run(model, sweep(3.0, -3.0, rate, points=300), Environment(temperature=temperature))
        assert first(data, 0.5)[1] == pytest.approx(v_set, abs=1e-3)
        g = [(1e-8 + (1e-3 - 1e-8) * max(0, (x - 0.16) / 0.84) ** 2) for x in data.state_X.values[[600, 1200]]]
        assert g[0] / g[1] == pytest.approx(1e5, rel=2e-3)


def test_a_constant_voltage_obeys_the_closed_form():
    model = device("heo-spinel-phenom")
    for v, printed in ((2.3, 32e-3), (2.5, 6.353e-5)):
        data = pinched.run(model, (Hold(v, 1.2 * printed, 400),), ROOM)
        half, percolation = (first(data, level)[0] for level in (0.5, 0.16))
        assert half == pytest.approx(printed, rel=0.02)
        assert half == pytest.approx(needed(0.5) / growth(model, v), rel=1e-4)
        assert percolation / half == pytest.approx(needed(0.16) / needed(0.5), rel=1e-3)
        assert percolation / half == pytest.approx(0.60, abs=0.02)  # incubation


def test_rates_have_the_printed_slope_and_zero_field_size():
    model = device("heo-spinel-phenom")
    assert np.log(growth(model, 2.3) / growth(model, 2.2)) / 0.1 == pytest.approx(31.116, rel=1e-3)
    for temperature, printed in ((300.0, 1.0e-29), (358.15, 6.4e-23), (448.15, 7.69e-16)):
        alpha = 0.8044 / (K_B_EV * temperature)
        assert growth(model, 0.1, temperature) / (2 * np.sinh(0.1 * alpha)) == pytest.approx(printed, rel=0.03)
    assert growth(model, 3.0) < 1e9 < growth(model.replace(A_max=1e30), 3.0)
    assert growth(model.replace(A_max=1e30), 3.0) == pytest.approx(3.5e11, rel=0.02)


def test_nothing_is_lost_at_175_celsius():
    model = device("heo-spinel-phenom").replace(x0=0.7)
    data = pinched.run(model, (Rest(1e4, temperature=448.15),))
    assert float(data.state_X[-1]) == 0.7


def test_equal_pulses_do_not_give_equal_levels():
    data = pinched.run("heo-spinel-phenom", pulse_train(2.5, 3.46e-6, 32), ROOM)
    g = data.conductance.values
    assert g[[12, 16, 20, 32]] == pytest.approx([1.5e-6, 6.3e-5, 2.6e-4, 8.8e-4], rel=0.06)  # 1.59e-6 at the steep foot
    assert np.max(np.diff(g)) > 100 * np.min(np.abs(np.diff(g)))


def test_valence_follows_the_oxygen_that_leaves():
    model = SpinelHEO()
    assert [float(model.valence({"X": x})) for x in (0.0, 0.5, 1.0)] == pytest.approx([8 / 3, 7 / 3, 2.0])


def test_reset_mirrors_set():
    model, x = SpinelHEO(), np.linspace(0, 1, 11)
    up = model.rates(2.5, {"X": x}, ROOM)["X"]
    assert np.asarray(model.rates(-2.5, {"X": 1 - x}, ROOM)["X"]) == pytest.approx(-np.asarray(up))
