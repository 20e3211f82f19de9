"""The ideal memristors: harmonics, one curve between charge and flux, loops that shrink as 1/f."""

import numpy as np
import pytest

from pinched import run
from pinched.core import double
from pinched.devices import ChargeMemristor, Environment, FluxMemristor, check_device, device
from pinched.experiments.protocols import sine, waveform

ENV = Environment()
I, OMEGA = 1e-3, 2 * np.pi * 10.0


def test_sets_are_devices_and_the_defaults():
    for name, model in (("ideal-charge-cubic", ChargeMemristor), ("ideal-flux-cubic", FluxMemristor)):
        assert check_device(device(name)).model == model.__name__
        assert device(name).a0 == 1e3 if model is ChargeMemristor else device(name).b0 == 1e-4


def test_memristance_at_10_microcoulomb():
    model = ChargeMemristor()
    assert model.memristance({"q": 1e-5 / model.q_max}) == pytest.approx(2000.0)


@pytest.fixture(scope="module")
def driven():
    """The run under the voltage that, by the constitutive curve, a current sine with q(0) = −I/ω makes."""
    t = np.linspace(0, 2 * np.pi / OMEGA, 4001)
    q = -I / OMEGA * np.cos(OMEGA * t)
    v = (1e3 + 1e13 * q**2) * I * np.sin(OMEGA * t)
    model = ChargeMemristor()
    return run(model, waveform(t, v), x0={"q": -I / OMEGA / model.q_max}, rtol=1e-9), t


def test_a_current_sine_meets_two_harmonics_alone(driven):
    ds, t = driven
    i, v = ds.current.values, ds.voltage.values
    assert i == pytest.approx(I * np.sin(OMEGA * t), abs=1e-5 * I)
    harmonic = 2 / (len(t) - 1) * np.fft.rfft((v * np.ones_like(i))[:-1])[:8] / I
    assert abs(harmonic[1]) == pytest.approx(1633.2574, rel=1e-6)
    assert abs(harmonic[3]) == pytest.approx(633.2574, rel=1e-6)
    assert np.max(np.abs(harmonic[[0, 2, 4, 5, 6, 7]])) < 1e-6


def test_flux_is_a_function_of_charge(driven):
    ds, t = driven
    model = ChargeMemristor()
    q = model.q_max * ds.state_q.values
    flux = np.concatenate([[0], np.cumsum(np.diff(t) * (ds.voltage.values[1:] + ds.voltage.values[:-1]) / 2)])
    curve = lambda q: 1e3 * q + 1e13 * q**3 / 3  # noqa: E731
    assert flux == pytest.approx(curve(q) - curve(q[0]), abs=1e-8 * np.ptp(flux) + 1e-10)


def area(model, frequency, state, x0):
    ds = run(model, sine(1.0, frequency, points=4000), x0={state: x0}, rtol=1e-9)
    half = slice(0, 2001)
    v, i = ds.voltage.values[half], ds.current.values[half]
    return abs(np.trapezoid(i, v))


@pytest.mark.parametrize(("model", "state"), [(ChargeMemristor(), "q"), (FluxMemristor(), "phi")])
def test_loop_area_falls_as_one_over_f(model, state):
    slow, fast = (area(model, f, state, 0.3) for f in (1e3, 1e4))
    assert slow / fast == pytest.approx(10, rel=0.05)


def test_flux_state_is_the_integral_of_voltage():
    ds = run(FluxMemristor(), sine(1.0, 10.0), rtol=1e-9)
    flux = (1 - np.cos(OMEGA * ds.time.values)) / OMEGA
    assert 0.1 * ds.state_phi.values == pytest.approx(flux, abs=1e-8)
    assert ds.current.values == pytest.approx((1e-4 + flux**2) * ds.voltage.values, abs=1e-9)


def test_physics_is_symmetric():
    with double():
        model, x = ChargeMemristor(), {"q": 0.2}
        assert model.current(-1.0, x, ENV) == -model.current(1.0, {"q": -0.2}, ENV)
