"""Closed-loop programming."""

import jax
import numpy as np
import pytest

from pinched.core import PinchedError, double, param
from pinched.devices import VTEAM, Device, Environment, State
from pinched.devices.base import Noise
from pinched.experiments import protocols
from pinched.experiments.controllers import ISPP, OpenLoop, WriteVerify
from pinched.experiments.engine import run

DEVICE = VTEAM(k_on=-1e8, k_off=1e6)
VERIFY = {"v_set": -0.22, "v_reset": 0.05, "step": 0.02, "width": 1e-8, "v_max": 1.0}


def test_write_verify_reaches_the_target_by_rising_pulses_that_turn_after_overshoot():
    ds = run(DEVICE, WriteVerify(target=5e-3, tolerance=1e-4, **VERIFY))
    g, v = ds["conductance"].values, ds["pulse_voltage"].values
    assert abs(g[-1] - 5e-3) <= 1e-4
    assert np.all(np.abs(g[:-1] - 5e-3) > 1e-4)
    assert np.isnan(v[0])
    np.testing.assert_array_equal(v[1:] < 0, g[:-1] < 5e-3)  # each pulse goes the way that its reading asks for
    turns = np.flatnonzero(v[2:] * v[1:-1] < 0) + 2
    assert len(turns) > 0
    np.testing.assert_allclose(v[turns], np.where(v[turns] < 0, -0.22, 0.05))
    np.testing.assert_allclose(np.diff(np.abs(v[1 : turns[0]])), 0.02)
    assert set(ds["kind"].values) == {"program"}
    np.testing.assert_array_equal(ds["pulse"], np.arange(len(v)))
    np.testing.assert_allclose(ds["time"], 1e-8 * np.arange(len(v)))


def test_closed_loop_pulses_do_what_the_same_pulses_do_in_a_protocol():
    ds = run(DEVICE, WriteVerify(target=5e-3, tolerance=1e-4, **VERIFY), rtol=1e-9)
    pulses = tuple(protocols.Pulse(float(v), 1e-8) for v in ds["pulse_voltage"].values[1:])
    open_loop = run(DEVICE, (protocols.Train(pulses, protocols.Read(0.1), 1),), rtol=1e-9)
    np.testing.assert_allclose(ds["conductance"], open_loop["conductance"], rtol=1e-6)


def test_every_device_of_a_population_gets_its_own_pulses():
    target = np.array([2e-3, 5e-3, 1e-2])
    together = run(DEVICE.replace(k_on=np.full(3, -1e8)), WriteVerify(target=target, tolerance=1e-4, **VERIFY))
    assert np.all(np.abs(together["conductance"][:, -1] - target) <= 1e-4)
    for k, g in enumerate(target):
        alone = run(DEVICE, WriteVerify(target=g, tolerance=1e-4, **VERIFY))
        n = alone.sizes["sample"]
        np.testing.assert_allclose(together["conductance"][k, :n], alone["conductance"], rtol=1e-5)
        np.testing.assert_allclose(together["conductance"][k, n:], alone["conductance"][-1], rtol=1e-5)  # done: rests
        np.testing.assert_allclose(together["pulse_voltage"][k, :n], alone["pulse_voltage"])
        assert np.all(np.isnan(together["pulse_voltage"][k, n:]))


def test_a_plain_function_with_widths_of_its_own_and_a_limit():
    widths = np.array([1e-9, 2e-9])

    def three_pulses(memory, g):
        count = 0 if memory is None else memory
        return count + 1, protocols.Pulse(-0.4, widths) if count < 3 else None

    ds = run(DEVICE.replace(k_on=np.full(2, -1e7)), three_pulses)
    np.testing.assert_allclose(1 - ds["state_x"], 1e7 * widths[:, None] * np.arange(4), rtol=1e-6)  # rate at twice v_on
    np.testing.assert_allclose(ds["time"], 2e-9 * np.arange(4))  # the longest pulse sets the time of all
    np.testing.assert_array_equal(ds["pulse_width"][:, 1:], widths[:, None] * np.ones(3))
    never = run(DEVICE, WriteVerify(target=1.0, tolerance=1e-4, limit=7, **VERIFY))
    assert never.sizes["sample"] == 8


def test_compliance_of_a_controller_holds_for_the_direction_it_is_given_for():
    limited = run(DEVICE, WriteVerify(target=2e-2, tolerance=1e-3, i_max=1e-4, limit=20, **VERIFY))
    assert limited["conductance"].values.max() < 1e-4 / 0.2 * 2.1  # at v_on = -0.2 V the motion stops


class Wanders(Device):
    """Noisy readings, and a state that counts events."""

    g: np.ndarray = param(1e-3)

    def state(self):
        return {"up": State(0.0, 0.0, 100.0), "down": State(0.0, 0.0, 100.0), "begun": State(0.0, 0.0, 100.0)}

    def current(self, v, x, env):
        return self.g * v

    def rates(self, v, x, env):
        return dict.fromkeys(x, 0 * v)

    def noise(self, v, i, x, env):
        return Noise(white=1e-18, rtn=0.1 * i, tau_capture=1e-3, tau_emission=1e-3)

    def jump(self, x, key, event):
        name = {1: "up", -1: "down", 0: "begun"}[event]
        return {name: x[name] + 1}


def test_a_controller_sees_the_noise_that_is_recorded_and_crossings_count_across_rounds():
    seen = []

    def alternating(memory, g):
        seen.append(g)
        n = len(seen)
        return None, protocols.Pulse((-1.0) ** n * np.array([1.0, -1.0]), 1e-4) if n < 40 else None

    ds = run(Wanders(g=np.full(2, 1e-3)), alternating)
    np.testing.assert_array_equal(ds["conductance"].values, np.stack(seen, axis=1))
    assert len(np.unique(np.round(ds["conductance"].values, 4))) == 2  # the trap, filled or not
    assert len(np.unique(ds["conductance"].values[:, 1:])) == 78
    np.testing.assert_array_equal(ds["state_begun"][:, -1], [39, 39])
    np.testing.assert_array_equal(ds["state_up"][:, -1] + ds["state_down"][:, -1], [38, 38])
    np.testing.assert_array_equal(ds["state_up"][:, 2], [1, 0])


def test_write_verify_works_under_jit_too():
    controller = WriteVerify(target=5e-3, tolerance=1e-4, **VERIFY)
    with double():
        memory, pulse = controller(None, np.float64(1e-3))
        step = jax.jit(lambda memory, g: (lambda m, p: (m, p.voltage))(*controller(memory, g)))
        again, voltage = step(memory, np.float64(2e-3))
    assert float(pulse.voltage) == -0.22
    assert float(voltage) == pytest.approx(-0.24)
    assert float(again.pulses) == 2


@pytest.mark.parametrize(
    ("controller", "words"),
    [
        (lambda memory, g: (None, protocols.Pulse(np.ones(3), 1e-9)), "shapes"),
        (WriteVerify(target=1e-3, tolerance=1e-5, read=protocols.Read(0.0), **VERIFY), "read voltage"),
    ],
)
def test_mistakes_are_named(controller, words):
    with pytest.raises(PinchedError, match=words):
        run(DEVICE, controller, Environment())


def test_ispp_climbs_past_the_target_and_stops():
    target = np.array([2e-3, 5e-3])
    ds = run(
        DEVICE.replace(k_on=np.full(2, -1e8)), ISPP(target=target, v_start=-0.22, step=0.01, width=1e-8, v_max=0.3)
    )
    g, v = ds["conductance"].values, ds["pulse_voltage"].values
    for k in range(2):
        n = np.isfinite(v[k]).sum()
        assert g[k, n] >= target[k] > g[k, n - 1]
        np.testing.assert_allclose(v[k, 1 : n + 1], -np.minimum(0.22 + 0.01 * np.arange(n), 0.3))
    assert run(DEVICE, ISPP(target=1.0, v_start=-0.22, width=1e-8, limit=4)).sizes["sample"] == 5


def test_open_loop_gives_as_many_pulses_as_it_was_told():
    device = DEVICE.replace(k_on=np.full(3, -1e8))
    ds = run(device, OpenLoop(pulses=np.array([3, 0, -2]), v_set=-0.3, v_reset=0.05, width=1e-8))
    v = ds["pulse_voltage"].values
    np.testing.assert_array_equal(np.isfinite(v).sum(axis=1), [3, 0, 2])
    np.testing.assert_allclose(v[0, 1:], -0.3)
    np.testing.assert_allclose(v[2, 1:3], 0.05)
