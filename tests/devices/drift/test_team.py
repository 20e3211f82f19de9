"""TEAM: power law beyond current thresholds, windows, loops."""

import numpy as np
import pytest

from pinched import run
from pinched.core import PinchedError, double
from pinched.devices import TEAM, Environment, check_device, device
from pinched.experiments.protocols import sine

ENV = Environment()


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def rate_at_current(model, i, x):
    v = i / float(model.current(1.0, {"x": x}, ENV))
    return float(model.rates(v, {"x": x}, ENV)["x"])


@pytest.mark.parametrize("x", [0.1, 0.9])
def test_constant_current_moves_at_constant_speed(x):
    assert 1 / rate_at_current(TEAM(), 1e-3, x) == pytest.approx(3e-9 / (8e-13 * (1000 / 115 - 1) ** 3))
    assert 1 / rate_at_current(TEAM(), 1e-3, x) == pytest.approx(8.2, rel=0.01)
    assert 1 / rate_at_current(TEAM(), -1e-3, x) == pytest.approx(-2.7e-3, rel=0.02)


def test_frozen_between_its_thresholds():
    v = np.linspace(-8.9e-6, 115e-6, 101) * 525
    assert np.all(TEAM().rates(v, {"x": 0.5}, ENV)["x"] == 0)


def test_resistance_ends_and_laws():
    x = np.array([0.0, 0.25, 0.5, 1.0])
    assert 1 / TEAM().current(1.0, {"x": x}, ENV) == pytest.approx(50 + 950 * x)
    exponential = 1 / np.asarray(TEAM(iv="exponential").current(1.0, {"x": x}, ENV))
    assert np.log(exponential) == pytest.approx(np.log(50) + np.log(20) * x)


def test_kvatinsky_window_closes_beyond_its_edges():
    model = TEAM(window="kvatinsky")
    plain = TEAM()
    for w, i, window in (
        (1.2e-9, 1e-3, np.exp(-1.0)), (1.2e-9 + 107e-12, 1e-3, np.exp(-np.e)),
        (2e-9, -1e-3, np.exp(-1.0)), (2.5e-9, -1e-3, np.exp(-np.exp(-0.5e-9 / 107e-12))),
    ):  # fmt: skip
        assert rate_at_current(model, i, w / 3e-9) == pytest.approx(window * rate_at_current(plain, i, w / 3e-9))
    assert check_device(TEAM(window="kvatinsky", iv="exponential")).model == "TEAM"


def test_loop_of_the_default_set(crossings):
    ds = run(device("generic-team-2013"), sine(1.0, 0.05, cycles=2, points=4000))
    assert crossings(ds, 0.5)[0] == pytest.approx(-0.18, abs=0.005)  # the table's two digits
    x = ds.state_x.values
    assert (50 + 950 * x[4000:].max()) / (50 + 950 * x.min()) == pytest.approx(20, rel=0.02)
    fast = run(device("generic-team-2013"), sine(1.0, 1.0, cycles=2, points=4000))
    assert crossings(fast, 0.5)[0] == pytest.approx(-0.36, rel=0.02)
    assert fast.state_x.values[4000:].max() == pytest.approx(0.56, rel=0.02)


def test_loop_of_the_fit_to_the_simmons_barrier():
    slow, fast = (run(device("tio2-team-2013"), sine(1.0, f, cycles=2, points=2000)) for f in (0.05, 1.0))
    assert slow.state_x.values[2000:].max() == pytest.approx(1.0, rel=0.02)
    assert fast.state_x.values[2000:].max() == pytest.approx(0.94, rel=0.02)


def test_unknown_forms_are_named():
    with pytest.raises(PinchedError, match="kvatinsky"):
        TEAM(window="kvatinski")
    with pytest.raises(PinchedError, match="i-v relation"):
        TEAM(iv="quadratic")
