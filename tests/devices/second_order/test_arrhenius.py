"""Second order by temperature: a pulse that heats prepares the way for the next one, without overlapping it."""

import numpy as np
import pytest

import pinched
from pinched.core import double
from pinched.core.constants import K_B_EV
from pinched.devices import ArrheniusDrift, Environment, describe, device
from pinched.experiments.protocols import Pulse, Rest

ROOM = Environment(temperature=300.0)
HEAT, WRITE = Pulse(0.7, 1e-6), Pulse(1.2, 1e-9)
INTERVALS = {0.0: 20.5, 0.2e-6: 8.57, 0.5e-6: 3.48, 1e-6: 1.62, 2e-6: 1.07}  # s: speed against a cold device


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def change(steps, name="inner.x"):
    """What the last step changes of a state."""
    data = pinched.run("ta2o5-kim-2015", steps, ROOM, rtol=1e-9)
    state = data[f"state_{name}"].values
    return state[-1] - state[-1 - steps[-1].points]


def test_the_set_says_that_it_is_a_proposal():
    assert describe("ta2o5-kim-2015")["status"] == "phenomenological"


def test_a_heating_pulse_warms_by_63_kelvin_and_writes_nothing():
    data = pinched.run("ta2o5-kim-2015", (HEAT,), ROOM)
    assert 300 * float(data.state_rise[-1]) == pytest.approx(63.0, abs=0.3)
    assert float(data["state_inner.x"][-1]) < 1e-3


def test_gain_against_interval():
    cold = change((Rest(1e-6), WRITE))
    gains = [change((HEAT, Rest(gap), WRITE)) / cold for gap in INTERVALS]
    # Within a nanosecond of writing the heat fades by 0.2 %, which is 0.6 % of the gain.
    assert gains == pytest.approx(list(INTERVALS.values()), rel=0.01)
    assert np.all(np.diff(gains) < 0)
    assert change((HEAT, Rest(2e-5), WRITE)) / cold == pytest.approx(1.0, abs=1e-3)


def test_two_equal_pulses_change_the_conductance_the_more_the_closer_they_are():
    pulse = Pulse(1.1, 1e-7)
    second = [change((pulse, Rest(gap), pulse)) for gap in (1e-7, 3e-7, 1e-6, 3e-6, 1e-5)]
    assert np.all(np.diff(second) < 0)
    assert second[0] > 1.3 * second[-1]


def test_the_gain_is_that_of_the_arrhenius_factor():
    model = device("ta2o5-kim-2015").inner
    assert isinstance(model, ArrheniusDrift)
    rates = [float(model.rates(1.2, {"x": 0.3}, Environment(temperature=T))["x"]) for T in (300.0, 363.0)]
    assert rates[1] / rates[0] == pytest.approx(np.exp(0.45 / K_B_EV * (1 / 300 - 1 / 363)), rel=1e-9)
    assert rates[1] / rates[0] == pytest.approx(20.5, rel=2e-3)


def test_it_does_not_move_by_itself_and_stays_in_its_bounds():
    model = ArrheniusDrift()
    assert float(model.rates(0.0, {"x": 0.5}, ROOM)["x"]) == 0
    assert float(model.rates(1.0, {"x": 1.0}, ROOM)["x"]) == 0
    assert float(model.rates(-1.0, {"x": 0.0}, ROOM)["x"]) == 0
