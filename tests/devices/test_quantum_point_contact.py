import numpy as np
import pytest

from pinched.core import double
from pinched.core.constants import G_QUANTUM
from pinched.devices import Environment, QuantumPointContact, device

ENV = Environment()


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def current(v, **parameters):
    return np.asarray(QuantumPointContact(**parameters).current(v, {}, ENV))


@pytest.mark.parametrize(("phi", "ratio"), [(-3.0, 1.0), (0.0, 0.5), (0.5, 0.01799), (1.0, 0.0003354)])
def test_small_signal_conductance(phi, ratio):
    assert current(0.01, phi=phi) / 0.01 / G_QUANTUM == pytest.approx(ratio, rel=1e-3)
    assert current(1e-6, phi=phi) / 1e-6 / G_QUANTUM == pytest.approx(1 / (1 + np.exp(8 * phi)), rel=1e-6)


def test_it_is_the_published_form():
    v, a, phi, b = np.linspace(-1, 1, 41), 8.0, 0.5, 0.3
    published = G_QUANTUM * (v + np.log((1 + np.exp(a * (phi - b * v))) / (1 + np.exp(a * (phi + (1 - b) * v)))) / a)
    assert current(v, beta=b) == pytest.approx(published, abs=1e-18)


def test_odd_only_for_an_equal_partition():
    v = np.linspace(0.1, 1, 10)
    assert current(-v) == pytest.approx(-current(v))
    assert np.all(np.abs(current(-v, beta=0.3) / current(v, beta=0.3) + 1) > 0.01)


def test_a_high_barrier_keeps_its_digits():
    assert current(1e-3, phi=4.0) == pytest.approx(G_QUANTUM * 1e-3 * np.exp(-32.0), rel=1e-4)


def test_channels_add():
    model = device("generic-qpc")
    assert float(model.replace(N=3.0).current(0.2, {}, ENV)) == pytest.approx(3 * float(model.current(0.2, {}, ENV)))
