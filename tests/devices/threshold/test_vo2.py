"""The VO2 neuristor: its hysteresis, and the window in which it spikes."""

import numpy as np
import pytest

from pinched import run
from pinched.core import double
from pinched.devices import Environment, device
from pinched.experiments import protocols

WARM = Environment(temperature=325.0)


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def spiking(v):
    """(lowest, highest voltage, frequency or 0) of the neuristor once it has settled."""
    data = run("vo2-neuristor-2024", (protocols.Hold(v, 30e-6, points=6000),), env=WARM)
    late = data["time"].values > 10e-6
    t, u = data["time"].values[late], 40 * data["state_u"].values[late]
    rises = np.flatnonzero((u[1:] > 4) & (u[:-1] <= 4))
    return u.min(), u.max(), (len(rises) - 1) / (t[rises[-1]] - t[rises[0]]) if len(rises) > 1 else 0.0


def test_resistance_on_the_heating_branch():
    film = device("vo2-neuristor-2024").inner
    rest = {name: s.rest for name, s in film.state().items()}
    assert float(film.resistance(rest, WARM)) == pytest.approx(51840, rel=1e-3)


@pytest.mark.parametrize(("v", "frequency"), [(12.0, 328.9e3), (14.0, 414.9e3), (15.0, 490e3)])
def test_it_spikes(v, frequency):
    low, high, f = spiking(v)
    assert f == pytest.approx(frequency, rel=0.01)
    if v == 12.0:
        assert (low, high) == (pytest.approx(1.29, abs=0.01), pytest.approx(6.88, abs=0.01))


@pytest.mark.parametrize("v", [10.0, 16.0])
def test_it_falls_silent_outside_the_window(v):
    low, high, f = spiking(v)
    assert f == 0
    assert high - low < 0.01


def test_minor_loops_lie_inside_the_major_one():
    """Past its threshold of 7.1 V the film cools on the other branch; turned back before, on a curve between."""
    film = device("vo2-neuristor-2024").inner

    def cycle(v):
        data = run(film, protocols.sweep(v, 0.0, 1e4, points=400), env=WARM)
        return data["state_shift"].values, data["current"].values

    (major, hot), (minor, warm) = cycle(8.0), cycle(7.0)
    assert major[:400] == pytest.approx(-1.0, abs=1e-3)
    assert major[-1] > 0.99
    assert minor[:400] == pytest.approx(-1.0, abs=1e-3)
    assert -1 < minor[-1] < 0.9
    assert hot.max() > 20 * warm.max()
