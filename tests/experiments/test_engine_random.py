"""Diffusion of states and jumps at events, against exact laws."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinched.core import param
from pinched.devices import Device, State
from pinched.experiments import protocols
from pinched.experiments.engine import run


class Relaxing(Device):
    """An Ornstein–Uhlenbeck process about v, or a free one where k = 0; in a box of ±10 unless told otherwise."""

    k: np.ndarray = param(10.0)
    sigma: np.ndarray = param(1.0)
    lo: np.ndarray = param(-10.0)
    hi: np.ndarray = param(10.0)

    def state(self):
        return {"x": State(0.0, self.lo, self.hi)}

    def current(self, v, x, env):
        return 1e-3 * v

    def rates(self, v, x, env):
        return {"x": self.k * (v - x["x"])}

    def diffusion(self, v, x, env):
        return {"x": self.sigma}


def cloud(protocol, devices=4000, seed=0, save="auto", rtol=1e-6, **parameters):
    device = Relaxing(k=np.full(devices, parameters.pop("k", 10.0)), **parameters)
    return run(device, protocol, seed=seed, save=save, rtol=rtol)["state_x"].values


@pytest.mark.parametrize("points", [2, 40])
@pytest.mark.parametrize("rtol", [1e-8, 1e-2])
def test_variance_depends_neither_on_the_tolerance_nor_on_the_sampling(points, rtol):
    x = cloud((protocols.Hold(0.5, 0.1, points),), seed=points, rtol=rtol)
    decay = np.exp(-1.0)
    spread = np.sqrt((1 - decay**2) / 20)
    assert x[:, -1].mean() == pytest.approx(0.5 * (1 - decay), abs=4 * spread / 4000**0.5)
    assert x[:, -1].std() == pytest.approx(spread, rel=4 / 8000**0.5)
    if points == 40:  # and at every sample in between
        t = np.arange(41) * 0.1 / 40
        np.testing.assert_allclose(x.var(axis=0)[4:], ((1 - np.exp(-20 * t)) / 20)[4:], rtol=0.12)


def test_a_long_time_gives_the_stationary_law_and_its_correlation():
    x = cloud((protocols.Rest(2.0, 40),), 2000)[:, 20:]
    assert x.var() == pytest.approx(1 / 20, rel=0.02)
    assert np.mean(x[:, 1:] * x[:, :-1]) / x.var() == pytest.approx(np.exp(-10 * 0.05), abs=0.02)


def test_reflection_fills_the_box_evenly():
    x = cloud((protocols.Rest(3.0, 1),), k=0.0, lo=-0.5, hi=0.5)[:, -1]
    assert np.abs(x).max() <= 0.5
    assert x.std() == pytest.approx(1 / 12**0.5, rel=0.03)
    assert np.mean(np.abs(x) == 0.5) == 0


class Passage(Relaxing):
    """Free diffusion with drift v, that stops for good at 1."""

    def rates(self, v, x, env):
        return {"x": jnp.where(x["x"] < self.hi, v, 0.0)}

    def diffusion(self, v, x, env):
        return {"x": jnp.where(x["x"] < self.hi, self.sigma, 0.0)}


def test_first_passage_has_the_inverse_gaussian_law():
    n, drift, sigma, far = 3000, 1.0, 0.5, 1.0
    device = Passage(k=np.zeros(n), sigma=sigma, lo=-4.0, hi=2.0)
    t = np.linspace(0, 4, 1601)
    x = run(device, (protocols.Hold(drift, 4.0),), save=t)["state_x"].values
    far = far + 0.5826 * sigma * np.sqrt(t[1])  # a passage between samples is not seen (Broadie et al., 1997)
    first = t[np.argmax(x >= 1.0, axis=1)]
    assert first.mean() == pytest.approx(far / drift, rel=4 * sigma / np.sqrt(far * drift * n))
    assert first.var() == pytest.approx(far * sigma**2 / drift**3, rel=0.15)


class Counts(Device):
    """Counts its events, and keeps a number drawn at the last one."""

    g: np.ndarray = param(1e-3)

    def state(self):
        return {name: State(0.0, 0.0, 100.0) for name in ("begun", "up", "down")} | {"drawn": State(0.5, 0.0, 1.0)}

    def current(self, v, x, env):
        return self.g * v

    def rates(self, v, x, env):
        return dict.fromkeys(x, 0 * v)

    def jump(self, x, key, event):
        name = {0: "begun", 1: "up", -1: "down"}[event]
        return {name: x[name] + 1, "drawn": jax.random.uniform(key)}


def counts(protocol, save="every", device=None):
    ds = run(device or Counts(), protocol, save=save)
    return {name: ds[f"state_{name}"].values for name in ("begun", "up", "down", "drawn")}


def test_crossings_of_a_sine_come_between_their_samples():
    n = counts((protocols.Sine(1.0, 1.0, 3, 10, offset=0.5),))
    assert n["begun"][-1] == 1
    assert (n["up"][-1], n["down"][-1]) == (3, 3)  # from 0.5 V: down at 7/12 s, up at 11/12 s
    np.testing.assert_array_equal(n["down"][[5, 6, 15, 16]], [0, 1, 1, 2])
    np.testing.assert_array_equal(n["up"][[9, 10, 19, 20]], [0, 1, 1, 2])


def test_a_crossing_counts_once_and_a_rest_does_not_hide_it():
    steps = (
        protocols.Pulse(1.0, 1.0, 1), protocols.Rest(1.0), protocols.Read(-0.1), protocols.Pulse(1.0, 1.0, 1),
        protocols.Rest(1.0), protocols.Pulse(-1.0, 1.0, 1), protocols.Rest(1.0), protocols.Ramp(0.0, -1.0, 1.0, 1),
        protocols.Ramp(-1.0, 1.0, 1.0, 4),
    )  # fmt: skip
    n = counts(steps)
    np.testing.assert_array_equal(n["begun"], [1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8])  # an ideal reading takes no time
    np.testing.assert_array_equal(n["down"], [0] * 6 + [1] * 7)
    np.testing.assert_array_equal(n["up"], [0] * 11 + [1, 1])
    assert (
        len(np.unique(n["drawn"])) == 9
    )  # of 8 beginnings, one of which covers its crossing, and a crossing within a ramp


def test_a_waveform_is_one_step_and_a_loop_begins_its_steps_again():
    n = counts((protocols.Loop((*protocols.waveform([0, 1, 2, 3], [-1, 1, -1, 1]),), 2),))
    assert (n["begun"][-1], n["up"][-1], n["down"][-1]) == (2, 4, 3)


def test_devices_draw_independently_and_the_same_in_any_population():
    many = counts(protocols.sine(1.0, 1.0, 2, 4), device=Counts(g=np.full((2, 3), 1e-3)))["drawn"][..., -1]
    few = counts(protocols.sine(1.0, 1.0, 2, 4), device=Counts(g=np.full(4, 1e-3)))["drawn"][..., -1]
    assert len(np.unique(many)) == 6
    np.testing.assert_array_equal(many.ravel()[:4], few)


def test_diffusion_of_a_device_does_not_depend_on_its_neighbours():
    many, few = (cloud((protocols.Rest(0.01, 3),), n) for n in (300, 3))
    np.testing.assert_allclose(many[:3], few, rtol=1e-12)
