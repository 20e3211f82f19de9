"""Yakopcic, the interface model and the wrapper."""

import jax
import numpy as np
import pytest

from pinched.core import PinchedError, double
from pinched.devices import Environment, Ohmic, Schottky, SeriesResistance, StanfordGap, Yakopcic, device


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


ROOM = Environment(temperature=300.0)


def rate(model, v, x):
    return float(model.rates(v, {"x": x}, ROOM)["x"])


def test_yakopcic_rates_of_the_default_set():
    assert rate(Yakopcic(), 0.2, 0.1) == pytest.approx(191.5675486734383, rel=1e-12)
    assert rate(Yakopcic(), 0.3, 0.1) == pytest.approx(705.3917463367716, rel=1e-12)
    assert rate(Yakopcic(), -0.2, 0.9) == pytest.approx(-4000 * (np.exp(0.2) - np.exp(0.15)), rel=1e-12)


def test_yakopcic_window_is_continuous_and_closes_at_the_bounds():
    model = Yakopcic()
    for v, knee, bound in ((0.3, model.x_p, 1.0), (-0.3, model.x_n, 0.0)):
        assert rate(model, v, knee - 1e-12) == pytest.approx(rate(model, v, knee + 1e-12), rel=1e-10)
        assert rate(model, v, bound) == 0


def test_yakopcic_is_frozen_between_its_thresholds():
    v = np.linspace(-0.15, 0.16, 51)
    assert np.all(Yakopcic().rates(v, {"x": 0.4}, ROOM)["x"] == 0)


def test_yakopcic_original_is_the_one_branch_model():
    model = Yakopcic.original(a1=0.17, a2=0.1, b=0.05, x_n=0.7, V_p=0.16, alpha_n=5.0)
    x, v = 0.4, np.array([-0.3, 0.3])
    assert np.asarray(model.current(v, {"x": x}, ROOM)) == pytest.approx([0.1, 0.17] * np.sinh(0.05 * v) * x)
    left = x / (1 - 0.7)  # in the paper f = 1 above 1 − x_n, here 0.3
    assert left > 1
    assert rate(model, -0.3, x) == pytest.approx(-4000 * (np.exp(0.3) - np.exp(0.15)))
    assert rate(model, -0.3, 0.15) == pytest.approx(
        -4000 * (np.exp(0.3) - np.exp(0.15)) * np.exp(5 * (0.15 - 0.3)) * 0.5
    )


def test_two_branches_carry_their_own_currents():
    model = device("nbsto-yakopcic-2021")
    on, off = (float(model.current(-0.5, {"x": x}, ROOM)) for x in (1.0, 0.0))
    assert on == pytest.approx(-1.7e-4 * np.sinh(3.23 * 0.5))
    assert off == pytest.approx(-4.4e-7 * np.sinh(2.6 * 0.5))


def test_schottky_ionic_rates_are_the_published_ones():
    model = Schottky(rho_s=0.0)
    for v, expected in ((1.0, 1.01476), (2.0, 10.4348), (3.0, 106.287)):
        assert rate(model, v, 0.0) == pytest.approx(expected, rel=1e-5)
    low, high = rate(model, 2.0, 0.0), rate(model, 3.0, 0.0)
    assert 1 / np.log10(high / low) == pytest.approx(0.99211, rel=1e-3)  # V per decade


def test_schottky_currents():
    model = Schottky()
    i = lambda m, v, x: float(m.current(v, {"x": x}, ROOM))  # noqa: E731
    assert i(model, 3.0, 0.998) == pytest.approx(1.84e-4, rel=2e-3)
    assert i(model, 1e-3, 1.0) / i(model, 1e-3, 0.0) == pytest.approx(1056.49, rel=1e-3)  # e^(dphi/kT)
    double_area = model.replace(area=2 * model.area)
    for x in (0.0, 1.0):
        assert i(double_area, 1.0, x) == pytest.approx(2 * i(model, 1.0, x), rel=1e-12)
    bare = Schottky(rho_s=0.0)
    junction = 3.0 - i(model, 3.0, 0.5) / model.area * model.rho_s
    assert i(bare, junction, 0.5) == pytest.approx(i(model, 3.0, 0.5), rel=1e-9)


def test_schottky_forgets_at_rest():
    assert rate(Schottky(tau_ret=100.0), 0.0, 0.5) == pytest.approx(-0.005)


def test_series_resistance_divides_the_voltage():
    device = SeriesResistance(inner=Ohmic(g=1e-3), r=1e3)
    assert float(device.current(2.0, {}, ROOM)) == pytest.approx(1e-3)


def test_series_resistance_around_a_nonlinear_device():
    inner, r = StanfordGap(), 1e3
    device = SeriesResistance(inner=inner, r=r)
    assert set(device.state()) == {"inner.x"}
    for v in (-2.0, -0.1, 0.3, 2.0):
        i = float(device.current(v, {"inner.x": 0.2}, ROOM))
        assert i == pytest.approx(float(inner.current(v - r * i, {"x": 0.2}, ROOM)), rel=1e-9)
        rates = device.rates(v, {"inner.x": 0.2}, ROOM)
        assert float(rates["inner.x"]) == pytest.approx(float(inner.rates(v - r * i, {"x": 0.2}, ROOM)["x"]), rel=1e-8)


def test_series_resistance_nests():
    twice = SeriesResistance(inner=SeriesResistance(inner=Ohmic(g=1e-3), r=1e3), r=2e3)
    assert float(twice.current(4.0, {}, ROOM)) == pytest.approx(1e-3)
    stateful = SeriesResistance(inner=SeriesResistance(inner=StanfordGap(), r=1.0), r=1.0)
    assert set(stateful.state()) == {"inner.inner.x"}


def test_series_resistance_is_differentiable_in_its_parameters():
    slope = jax.grad(lambda d: d.current(2.0, {}, ROOM))(SeriesResistance(inner=Ohmic(g=1e-3), r=1e3))
    assert float(slope.r) == pytest.approx(-2.0 / 2e3**2)  # i = v/(r + 1/g)


def test_population_of_a_wrapper():
    population = SeriesResistance(inner=StanfordGap(), r=1e3).sample(0, (4,), {"inner.E_a": 0.03, "r": 0.1})
    assert population.population == (4,)
    assert population.current(1.0, population.rest(), ROOM).shape == (4,)
    with pytest.raises(PinchedError, match="did you mean 'E_a'"):
        population.sample(0, 2, {"inner.Ea": 0.1})


def test_models_work_in_float32_after_float64():
    device = Schottky()
    device.current(1.0, {"x": 0.5}, ROOM)
    with jax.enable_x64(False):
        i = device.current(np.float32(1.0), {"x": np.float32(0.5)}, ROOM)
    assert i.dtype == np.float32
    assert i == pytest.approx(float(device.current(1.0, {"x": 0.5}, ROOM)), rel=1e-4)
