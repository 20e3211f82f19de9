"""A capacitance beside a device: discharge, the Pearson–Anson oscillator, and what may flow back."""

import jax
import numpy as np
import pytest

from pinched import run
from pinched.core import double
from pinched.devices import Device, Environment, Mott, Ohmic, ParallelCapacitance, State, check_device
from pinched.experiments import protocols

ENV = Environment(temperature=300.0)
R_OFF, R_ON, V_TH, V_HOLD = 35368.0, 1061.0, 0.9368, 0.6420  # the ideal levels of NbO2


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


class Switch(Device):
    """An ideal threshold switch: ON above V_TH, OFF below V_HOLD, and what it was in between."""

    def state(self):
        return {"on": State(0.0, 0.0, 1.0)}

    def current(self, v, x, env):
        return v * (1 / R_OFF + (1 / R_ON - 1 / R_OFF) * x["on"])

    def rates(self, v, x, env):
        s = x["on"]
        up, down = jax.nn.sigmoid((v - V_TH) / 1e-4), jax.nn.sigmoid((V_HOLD - v) / 1e-4)
        return {"on": (up * (1 - s) - down * s + 3 * s * (1 - s) * (s - 0.1)) / 1e-13}  # it commits to a level


def pearson_anson(v_s, r_s, c):
    """Frequency in Hz, in closed form."""
    asymptote = {r: v_s * r / (r + r_s) for r in (R_OFF, R_ON)}
    tau = {r: c * r_s * r / (r_s + r) for r in (R_OFF, R_ON)}
    charge = tau[R_OFF] * np.log((asymptote[R_OFF] - V_HOLD) / (asymptote[R_OFF] - V_TH))
    discharge = tau[R_ON] * np.log((V_TH - asymptote[R_ON]) / (V_HOLD - asymptote[R_ON]))
    return 1 / (charge + discharge)


def oscillation(inner, v_s, duration=4e-7):
    """(lowest, highest voltage, frequency) behind 10 kΩ beside 10 pF."""
    circuit = ParallelCapacitance(inner=inner, c=1e-11, r_series=1e4, v_max=2.5)
    data = run(circuit, (protocols.Hold(v_s, duration, points=8000),), env=ENV)
    half = slice(4000, None)
    t, u = data["time"].values[half], 2.5 * data["state_u"].values[half]
    k = np.flatnonzero((u[1:] > 0.8) & (u[:-1] <= 0.8))
    crossed = t[k] + (0.8 - u[k]) * (t[k + 1] - t[k]) / (u[k + 1] - u[k])
    return u.min(), u.max(), 1 / np.diff(crossed).mean() if len(k) > 1 else 0.0


def test_a_resistor_charges_it_exponentially():
    circuit = ParallelCapacitance(inner=Ohmic(g=1e-4), c=1e-11, r_series=1e4, v_max=1.0)
    data = run(circuit, (protocols.Hold(1.0, 2e-7, points=50), protocols.Rest(2e-7, points=50)), env=ENV)
    t, u, i = (data[name].values for name in ("time", "state_u", "current"))
    assert u[:51] == pytest.approx(0.5 * -np.expm1(-t[:51] / 5e-8), abs=1e-5)
    assert i[51:] == pytest.approx(-u[51:] / 1e4, rel=1e-9)  # it flows back at 0 V


def test_an_ideal_switch_oscillates_as_pearson_and_anson_say():
    assert pearson_anson(2.0, 1e4, 1e-11) == pytest.approx(28.52e6, rel=1e-3)
    low, high, f = oscillation(Switch(), 2.0)
    assert f == pytest.approx(28.52e6, rel=0.01)
    assert (low, high) == (pytest.approx(V_HOLD, abs=0.01), pytest.approx(V_TH, abs=0.01))


def test_outside_its_window_it_rests():
    assert oscillation(Switch(), 1.1)[2] == 0  # never charged to V_TH


def test_the_mott_device_oscillates_slower_than_its_ideal_levels():
    low, high, f = oscillation(Mott(), 2.0)
    assert 0.5 * 28.52e6 < f < 28.52e6  # its core does not fill the channel, and overshoots both thresholds
    assert low < V_HOLD < V_TH < high


def test_it_is_a_device_that_stores():
    assert check_device(ParallelCapacitance(inner=Mott(), c=1e-12, r_series=2e3)).passed
