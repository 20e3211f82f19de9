"""Linear ion drift: closed forms of every window, areas of the loop."""

import numpy as np
import pytest
from scipy.integrate import cumulative_simpson

from pinched import run
from pinched.core import PinchedError
from pinched.devices import LinearDrift, device
from pinched.experiments.protocols import sine

PLAIN = LinearDrift(window="none", x0=0.1)
K = 1e-14 * 100 / 10e-9**2  # 1/C
OMEGA = 2 * np.pi


def charge(ds):
    return cumulative_simpson(ds.current.values, x=ds.time.values, initial=0)


def logit(x):
    return np.log(x / (1 - x))


def test_without_window_the_flux_alone_counts():
    ds = run(PLAIN, sine(1.0, 1.0, points=2000), rtol=1e-10)
    flux = (1 - np.cos(OMEGA * ds.time.values)) / OMEGA
    memristance = np.sqrt(14410.0**2 - 2 * 15900.0 * K * flux)
    assert 16e3 - 15.9e3 * ds.state_x.values == pytest.approx(memristance, rel=1e-6)
    assert memristance.min() == pytest.approx(10316.276275553819)
    assert charge(ds).max() == pytest.approx(2.574669009085649e-05, rel=1e-6)
    assert ds.state_x.values[-1] == pytest.approx(0.1, abs=1e-6)


def test_flux_that_saturates():
    ds = run(PLAIN, sine(1.0, 0.2, cycles=0.5, points=20000), rtol=1e-10)
    first = np.argmax(ds.state_x.values >= 1)
    flux = (1 - np.cos(0.2 * OMEGA * ds.time.values[first])) / (0.2 * OMEGA)
    assert flux == pytest.approx(0.65295, rel=1e-3)


@pytest.mark.parametrize(("window", "rate"), [("joglekar", 4 * K), ("prodromakis", K)])
def test_symmetric_windows_of_power_one(window, rate):
    ds = run(LinearDrift(window=window), sine(1.0, 1.0, points=2000), rtol=1e-10)
    assert logit(ds.state_x.values) == pytest.approx(logit(5 / 15.9) + rate * charge(ds), abs=1e-6)


def test_biolek_of_power_one_each_way():
    ds = run(LinearDrift(window="biolek"), sine(1.0, 1.0, points=2000), rtol=1e-10)
    x, q = ds.state_x.values, charge(ds)
    assert np.arctanh(x[:1001]) == pytest.approx(np.arctanh(5 / 15.9) + K * q[:1001], abs=1e-6)
    assert np.arctanh(1 - x[1000:]) == pytest.approx(np.arctanh(1 - x[1000]) + K * (q[1000] - q[1000:]), abs=1e-6)


def test_prodromakis_scale_multiplies_the_rate():
    one, three = (LinearDrift(window="prodromakis", p=5.0, j=j) for j in (1.0, 3.0))
    rate = lambda m: float(m.rates(1.0, {"x": 0.5}, None)["x"] / m.current(1.0, {"x": 0.5}, None) / K)  # noqa: E731
    assert rate(one) == pytest.approx(1 - 0.75**5, rel=1e-6)
    assert rate(three) == pytest.approx(3 * (1 - 0.75**5), rel=1e-6)


@pytest.mark.parametrize("window", ["joglekar", "prodromakis"])
def test_a_state_can_leave_its_bound(window):
    model = LinearDrift(window=window)
    assert model.rates(1.0, {"x": 0.0}, None)["x"] > 0
    assert model.rates(-1.0, {"x": 1.0}, None)["x"] < 0


def test_lobe_areas_tend_to_one_over_f():
    areas = []
    for frequency in (1.0, 10.0, 100.0):
        ds = run(PLAIN, sine(1.0, frequency, points=4000), rtol=1e-10)
        areas.append(abs(np.trapezoid(ds.current.values[:2001], ds.voltage.values[:2001])))
    assert areas == pytest.approx([8.9277e-6, 5.852e-7, 5.659e-8], rel=1e-3)


def test_loops_of_the_sets():
    strukov = run(device("tio2-strukov-2008"), sine(1.0, 1.0))
    assert 16e3 - 15.9e3 * strukov.state_x.values.max() == pytest.approx(5.0e3, rel=0.02)
    for name, start, end, ohm in (("joglekar", 4456, 4203, 9900), ("biolek", 932, 872, 900)):
        x = run(device(f"tio2-{name}-2009"), sine(1.0, 100.0)).state_x.values
        assert [100 + ohm * (1 - x[0]), 100 + ohm * (1 - x.max())] == pytest.approx([start, end], rel=0.02)
        if name == "biolek":
            assert 0.005 < x[-1] - x[0] < 0.02  # the window is not reversible in charge


def test_an_unknown_window_names_the_nearest():
    with pytest.raises(PinchedError, match="prodromakis"):
        LinearDrift(window="prodromaki")
