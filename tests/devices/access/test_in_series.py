"""Two devices in series: one current, the published cells, complementary pairs."""

import jax
import numpy as np
import pytest

import pinched as pn
from pinched.core import double
from pinched.devices import (
    OTS,
    Diffusive,
    Diode,
    Environment,
    InSeries,
    Ohmic,
    ReadNoise,
    Reversed,
    SinhResistor,
    TunnelBarrier,
    complementary,
    device,
)
from pinched.devices.wrappers.in_series import divide

ENV = Environment()


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


@pytest.mark.parametrize("ratio", [1e-20, 1e-9, 1.0, 1e9, 1e20])
def test_both_voltages_are_resolved_however_unequal(ratio):
    pair = InSeries(inner=Ohmic(g=1e-5), access=Ohmic(g=1e-5 * ratio))
    i, u, w = pair.share(0.7, {}, ENV)
    g = 1e-5 * ratio / (1 + ratio)
    assert float(i) == pytest.approx(0.7 * g, rel=1e-12)
    assert float(u) == pytest.approx(0.7 * ratio / (1 + ratio), rel=1e-12)
    assert float(w) == pytest.approx(0.7 / (1 + ratio), rel=1e-12)


@pytest.mark.parametrize("access", [SinhResistor(g=1e-9, b=20.0), TunnelBarrier(), Diode(), OTS()])
@pytest.mark.parametrize("v", [-2.0, -0.3, 1e-6, 0.4, 2.5])
def test_the_current_is_one(access, v):
    pair = InSeries(inner=SinhResistor(g=1e-6, b=3.0), access=access)
    x = {name: s.rest for name, s in pair.state().items()}
    i, u, w = pair.share(v, x, ENV)
    assert float(u + w) == pytest.approx(v, rel=1e-12)
    assert float(pair.inner.current(u, {}, ENV)) == pytest.approx(float(i), rel=1e-8)
    assert float(access.current(w, {"x": 0.0}, ENV)) == pytest.approx(float(i), rel=1e-8)


def test_the_slope_is_that_of_two_conductances_in_series_even_at_zero():
    pair = InSeries(inner=Ohmic(g=2e-4), access=SinhResistor(g=1e-4, b=5.0))
    at = [float(jax.grad(lambda v: pair.current(v, {}, ENV))(v)) for v in (0.0, 0.5)]
    assert at[0] == pytest.approx(2e-4 / 3, rel=1e-12)
    w = pair.share(0.5, {}, ENV).second
    other = 1e-4 * np.cosh(5 * float(w))
    assert at[1] == pytest.approx(2e-4 * other / (2e-4 + other), rel=1e-9)


def test_an_open_part_takes_the_voltage():
    i, u, w = divide(lambda u: 0.0 * u, lambda w: 1e-3 * w, np.asarray(1.0))
    assert (float(i), float(u)) == (0.0, 1.0)
    assert abs(float(w)) < 1e-20


def test_populations_broadcast():
    pair = InSeries(inner=Ohmic(g=np.array([[1e-5], [2e-5]])), access=Ohmic(g=np.array([1e-5, 3e-5])))
    i = np.asarray(pair.current(1.0, {}, ENV))
    g = np.array([[1e-5], [2e-5]]) * np.array([1e-5, 3e-5]) / (np.array([[1e-5], [2e-5]]) + np.array([1e-5, 3e-5]))
    assert i == pytest.approx(g, rel=1e-12)


def test_reversed_is_the_mirror_image():
    d = Diode()
    v = np.linspace(-1, 1, 9)
    assert np.array_equal(Reversed(inner=d).current(v, {}, ENV), -np.asarray(d.current(-v, {}, ENV)))


def test_states_noise_and_jumps_of_both_come_through():
    cell = InSeries(inner=ReadNoise(inner=Ohmic(g=1e-6)), access=Diffusive(sigma_g=5e-11))
    assert set(cell.state()) == {"access.x", "access.zeta"}
    x = cell.rest()
    changed = cell.jump(x, jax.random.key(0), 1)
    assert set(changed) == {"access.zeta"}
    alone = cell.inner.noise(0.1, 1e-7, {}, ENV)
    hidden = cell.noise(0.1, 1e-7, x, ENV)  # the open filament has all of the voltage, and its own slope
    assert float(hidden.flicker) < 1e-12 * float(alone.flicker)


# cells ----------------------------------------------------------------------------------------------------------------


def test_a_complementary_pair_hides_its_bit_at_low_voltage():
    pair = device("hfo2-crs")
    zero = pair.rest()
    one = dict(zero) | {"inner.x": 1.0, "access.inner.x": 0.0}
    on = pair.inner.current(0.4, {"x": 1.0, "rise": 0.0}, ENV)
    i = [float(pair.current(v, x, ENV)) for v in (0.4, -0.4) for x in (zero, one)]
    assert np.abs(i) == pytest.approx(abs(i[0]), rel=0.02)  # whichever bit, whichever polarity
    assert abs(i[0]) < 0.01 * float(on)


def test_a_complementary_pair_tells_its_bit_by_a_spike_and_loses_it():
    pair = device("hfo2-crs")
    one = {"inner.x": 1.0, "access.inner.x": 0.0}
    ramp = pn.protocols.Ramp(0.0, 2.2, 2.2, points=221)
    spikes = [float(pn.run(pair, (ramp,), x0=x)["current"].max()) for x in ({}, one)]
    assert spikes[0] > 10 * spikes[1]
    end = pn.run(pair, (ramp,), save="final")
    assert end["state_inner.x"].item() > 0.9
    assert end["state_access.inner.x"].item() < 0.1


def test_complementary_composes_two_of_a_kind():
    cell = device("ag-ecm")
    pair = complementary(cell)
    assert pair.inner == cell
    assert pair.access == Reversed(inner=cell)


def test_a_diode_blocks_the_reverse_read():
    cell = device("gst-1d1r")
    on = {**cell.rest(), "inner.inner.u": 0.0}
    i = [float(cell.current(v, on, ENV)) for v in (1.0, -1.0)]
    assert i[0] > 1e-5
    assert abs(i[1]) < 1e-10
