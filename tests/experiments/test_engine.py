"""The engine against closed forms and independent solutions, at its bounds, in compliance, over populations."""

import json
import os
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from pinched.core import PinchedError, double, param
from pinched.devices import VTEAM, Device, Environment, Ohmic, StanfordGap, State
from pinched.experiments import protocols
from pinched.experiments.engine import parameter_hash, run, trajectory

REFERENCE = Path(os.environ.get("PINCHED_TEST_DATA", "../shared/data")) / ".." / "reference" / "crossbar"


class HP(Device):
    """Linear ion drift, x = w/D; Joglekar's window, or Biolek's where `biolek` is 1."""

    R_on: np.ndarray = param(100.0, "ohm")
    R_off: np.ndarray = param(16e3, "ohm")
    k: np.ndarray = param(1e-14 * 100 / 1e-8**2, "1/C", "mobility R_on/D^2")
    p: np.ndarray = param(1.0)
    biolek: np.ndarray = param(0.0)

    def state(self):
        return {"x": State(0.5, 0.0, 1.0)}

    def current(self, v, x, env):
        return v / (self.R_on * x["x"] + self.R_off * (1 - x["x"]))

    def rates(self, v, x, env):
        i = self.current(v, x, env)
        away = jnp.where(self.biolek > 0, x["x"] - jnp.where(i <= 0, 1.0, 0.0), 2 * x["x"] - 1)
        return {"x": self.k * i * (1 - (away**2) ** self.p)}


REFERENCES = {
    "tran_hp_joglekar_p1": (HP(), 0.314465408805031, protocols.sine(1.2, 1.0, 10)),
    "tran_biolek": (HP(p=2.0, biolek=1.0), 0.3, protocols.sine(1.0, 1.0, 5)),
    "tran_vteam": (
        VTEAM(
            R_on=1e3,
            R_off=1e5,
            k_on=-1 / 3,
            k_off=1 / 3,
            alpha_on=3.0,
            alpha_off=3.0,
            v_on=-0.3,
            v_off=0.3,
            window="joglekar",
        ),
        0.5,
        protocols.sine(1.0, 1.0, 10),
    ),
    "tran_stanford": (StanfordGap(F_min=0.0), (0.8 - 0.2) / 1.5, protocols.sine(-0.8, 1e3, 5)),
}


@pytest.mark.parametrize("case", REFERENCES)
def test_states_and_currents_agree_with_the_independent_reference(case):
    folder = REFERENCE / case
    if not folder.exists():
        pytest.skip(
            f"reference case {case} is not here; set PINCHED_TEST_DATA to the folder that holds the measured data"
        )
    t, _, i, x = np.load(next(folder.glob("exact_*.npy"))).T
    device, x0, protocol = REFERENCES[case]
    scale, offset = (1.5, 0.2) if case == "tran_stanford" else (1.0, 0.0)  # its state is the gap in nm

    def error(rtol):
        ds = run(device, protocol, Environment(temperature=298.0), save=t, rtol=rtol, x0={"x": x0})
        state = offset + scale * ds["state_x"].values
        np.testing.assert_allclose(ds["current"], i, atol=1e2 * rtol**0.5 * np.abs(i).max())
        return np.abs(state - x).max(), ds.attrs["state_error"]

    tight, stated = error(1e-10)
    assert tight < 1e-6
    default, stated = error(1e-6)
    assert default < 10 * stated  # the error that the default tolerance states is of the size of its error


def test_a_state_at_its_bound_stays_there_and_leaves_it_when_its_rate_turns():
    ds = run(VTEAM(), protocols.sine(1.0, 1e5, 2))
    x, v, i = ds["state_x"].values, ds["voltage"].values, ds["current"].values
    assert x.min() == 0
    assert x.max() == 1
    assert abs(v[0]) < 1e-14
    np.testing.assert_allclose(i, v / (50 + 950 * x), rtol=1e-12, atol=0)
    assert np.all(np.diff(x[(v > 0.03) & (ds.time.values > 1e-5)][:200]) >= 0)


@pytest.mark.parametrize(("volt", "end", "seconds"), [(1.0, 1.0, 1.2244897959183673e-07), (-1.0, 0.0, 4.6875e-12)])
def test_full_traverse_of_vteam_takes_its_closed_form_time(volt, end, seconds):
    start = 1 - end
    at = np.array([0.25, 0.5, 0.999999, 1.000001, 2.0]) * seconds
    ds = run(VTEAM(), (protocols.Hold(volt, 1e-6),), save=at, x0={"x": start})
    np.testing.assert_allclose(np.abs(ds["state_x"] - start), np.minimum(at / seconds, 1), atol=3e-6)


class Switch(Device):
    """Conductance g0 + g1 x, driven by the voltage: enough to know the instant of compliance independently."""

    def state(self):
        return {"x": State(0.0, 0.0, 1.0)}

    def current(self, v, x, env):
        return (1e-6 + 1e-3 * x["x"]) * jnp.sinh(v)

    def rates(self, v, x, env):
        return {"x": 40 * jnp.sinh(8 * v) * (1 - x["x"])}


def test_compliance_is_entered_and_left_at_the_instant_an_event_solver_finds():
    i_max, rate = 2e-4, 1.0

    def source(t):
        return rate * min(t, 2 - t)

    def conductance(x):
        return 1e-6 + 1e-3 * x

    def flow(t, x):
        v = min(source(t), np.arcsinh(i_max / conductance(x[0])))
        return [40 * np.sinh(8 * v) * (1 - x[0])]

    def margin(t, x):
        return conductance(x[0]) * np.sinh(source(t)) - i_max

    times = np.linspace(0, 2, 401)
    legs = [
        solve_ivp(flow, span, [0.0], "Radau", times[:201], events=margin, rtol=1e-11, atol=1e-13) for span in ((0, 1),)
    ]
    legs.append(solve_ivp(flow, (1, 2), legs[0].y[:, -1], "Radau", times[200:], events=margin, rtol=1e-11, atol=1e-13))
    x = np.concatenate([legs[0].y[0], legs[1].y[0][1:]])
    ds = run(Switch(), protocols.sweep(1.0, 0.0, rate, i_max=i_max, points=200), rtol=1e-9)
    np.testing.assert_allclose(ds["state_x"], x, atol=1e-7)
    inside = (ds["flag"] & 2).values > 0
    events = [float(leg.t_events[0][0]) for leg in legs]
    np.testing.assert_array_equal(inside, (times > events[0]) & (times < events[1]))
    np.testing.assert_allclose(ds["current"][inside], i_max, rtol=1e-12)
    at_entry = run(Switch(), protocols.sweep(1.0, 0.0, rate, i_max=i_max), save=[events[0]], rtol=1e-9)
    np.testing.assert_allclose(at_entry["current"], i_max, rtol=1e-6)


def test_abrupt_set_under_compliance_stops_at_the_field_gate():
    device = StanfordGap(x0=1.0)
    ds = run(device, protocols.sweep(2.0, 0.0, i_max=1e-3))
    v, i, x = (ds[name].values for name in ("voltage", "current", "state_x"))
    assert np.abs(i).max() <= 1e-3 * (1 + 1e-12)
    with double():
        np.testing.assert_allclose(i, device.current(v, {"x": x}, Environment()), rtol=1e-12)
    gap = 1.5 * x[90] + 0.2  # nm; in compliance the voltage at the terminals falls until the local field is about F_min
    assert v[90] * (16 - 0.8 * gap**3) / 12e-9 == pytest.approx(1.4e9, rel=5e-3)


class Oscillator(Device):
    """Two coupled states, stiff: y relaxes a thousand times faster than x, towards x."""

    def state(self):
        return {"x": State(0.2, -2.0, 2.0), "y": State(0.0, -2.0, 2.0)}

    def current(self, v, x, env):
        return 1e-3 * v * (2 + x["y"])

    def rates(self, v, x, env):
        return {"x": v - x["x"], "y": 1e3 * (x["x"] - x["y"]) * (1 + x["y"] ** 2)}


def test_several_coupled_stiff_states():
    ds = run(Oscillator(), (protocols.Hold(1.0, 3.0, 30),))
    flow = lambda t, s: [1 - s[0], 1e3 * (s[0] - s[1]) * (1 + s[1] ** 2)]  # noqa: E731
    want = solve_ivp(flow, (0, 3), [0.2, 0.0], "Radau", ds.time.values, rtol=1e-10, atol=1e-12).y
    np.testing.assert_allclose(ds["state_x"], want[0], atol=2e-6)
    np.testing.assert_allclose(ds["state_y"], want[1], atol=2e-6)
    assert ds.attrs["steps"] < 400


def test_a_population_is_its_members_and_leads_the_samples():
    scale = np.array([0.5, 1.0, 2.0])
    protocol = protocols.sweep(1.2, -1.2, 1e3, i_max=3e-2)
    together = run(VTEAM(k_off=1e4 * scale, k_on=-1e4 * scale), protocol)
    assert together["state_x"].dims == ("device_index", "sample")
    for k, s in enumerate(scale):
        alone = run(VTEAM(k_off=1e4 * s, k_on=-1e4 * s), protocol)
        np.testing.assert_allclose(together["state_x"][k], alone["state_x"], atol=1e-5)
        np.testing.assert_allclose(together["voltage"][k], alone["voltage"], atol=1e-4)


class Chain(Device):
    """Six states, each of which relaxes towards the one before it: stiff, and more than are eliminated written out."""

    pace: np.ndarray = param(1.0, "1/s")

    def state(self):
        return {f"x{k}": State(0.0, -2.0, 2.0) for k in range(6)}

    def current(self, v, x, env):
        return 1e-3 * v * (2 + x["x5"])

    def rates(self, v, x, env):
        before = [v, *(x[f"x{k}"] for k in range(5))]
        return {f"x{k}": self.pace * 4.0**k * (before[k] - x[f"x{k}"]) for k in range(6)}


def test_a_large_population_of_many_states_is_its_closed_form():
    pace = np.linspace(0.5, 2.0, 600)
    ds = run(Chain(pace=pace), (protocols.Hold(1.0, 2.0, 21),))
    flow = np.diag(-(4.0 ** np.arange(6))) + np.diag(4.0 ** np.arange(1, 6), -1)
    for k in (0, 299, 599):
        want = [1 - (expm(pace[k] * t * flow) @ np.ones(6))[5] for t in ds.time.values]
        np.testing.assert_allclose(ds["state_x5"][k], want, atol=1e-5)


def test_a_large_population_is_its_members_whatever_its_shape():
    scale = np.linspace(0.5, 2.0, 600)
    protocol = protocols.potentiation_depression(-0.3, 0.5, 1e-9, 2)
    flat = run(VTEAM(k_off=1e5 * scale, k_on=-1e5 * scale), protocol)
    square = run(VTEAM(k_off=1e5 * scale.reshape(20, 30), k_on=-1e5 * scale.reshape(20, 30)), protocol)
    assert square["state_x"].dims == ("row", "column", "sample")
    np.testing.assert_array_equal(square["state_x"].values.reshape(600, -1), flat["state_x"])
    for k in (0, 299, 300, 599):  # the first and last of each part
        alone = run(VTEAM(k_off=1e5 * scale[k], k_on=-1e5 * scale[k]), protocol)
        np.testing.assert_allclose(flat["state_x"][k], alone["state_x"], atol=1e-9)


def test_what_is_saved():
    protocol = protocols.potentiation_depression(-0.3, 0.5, 1e-9, 3, cycles=2)
    reads = run(VTEAM(), protocol)
    assert set(reads["kind"].values) == {"pulse"}
    assert reads.sizes["sample"] == 16
    np.testing.assert_array_equal(reads["pulse"], [0, 1, 2, 3] * 4)
    np.testing.assert_array_equal(reads["step"], [0, 0, 0, 0, 1, 1, 1, 1] * 2)
    np.testing.assert_array_equal(reads["cycle"], [0] * 8 + [1] * 8)
    np.testing.assert_array_equal(reads["pulse_voltage"][1:5], [-0.3, -0.3, -0.3, np.nan])
    every = run(VTEAM(), protocol, save="every")
    assert set(every["kind"].values) == {"trace"}
    final = run(VTEAM(), protocol, save="final")
    np.testing.assert_allclose(final["state_x"], reads["state_x"][-1:])
    np.testing.assert_allclose(every["state_x"][-1:], reads["state_x"][-1:])
    assert final["time"].values == pytest.approx(12e-9)


def test_environment_of_a_step_overrides_the_base_and_is_recorded():
    steps = (protocols.Hold(0.5, 1e-6, 2), protocols.Hold(0.5, 1e-6, 2, temperature=400.0))
    ds = run(StanfordGap(F_min=0.0, x0=1.0), steps, Environment(temperature=300.0))
    np.testing.assert_array_equal(ds["temperature"], [300.0, 300.0, 300.0, 400.0, 400.0])
    moved = -np.diff(ds["state_x"])
    assert moved[2] > 10 * moved[1] > 0


def test_provenance_is_complete_and_the_same_run_gives_the_same_numbers():
    first, second = (run(VTEAM(), protocols.sweep(1.0, -1.0, 1e5)) for _ in range(2))
    assert first.identical(second)
    assert {"model", "parameter_hash", "protocol", "solver", "rtol", "seed", "versions", "state_error"} <= set(
        first.attrs
    )
    assert json.loads(first.attrs["versions"])["pinched"]
    assert parameter_hash(VTEAM()) != parameter_hash(VTEAM(R_on=51.0))
    assert parameter_hash(VTEAM()) != parameter_hash(VTEAM(iv="exponential"))


def test_a_static_device_runs_too():
    ds = run(Ohmic(g=1e-3), protocols.sweep(1.0, -1.0, i_max=5e-4))
    np.testing.assert_allclose(
        ds["current"], np.clip(1e-3 * np.r_[0:100, 100:0:-1, 0:-100:-1, -100:1] / 100, -5e-4, 5e-4), atol=1e-15
    )


class Explodes(Switch):
    def rates(self, v, x, env):
        return {"x": jnp.where(x["x"] > 0.5, jnp.nan, 1.0)}


def test_a_failing_integration_is_one_sentence_that_says_what_to_try():
    with pytest.raises(PinchedError, match=r"Explodes collapsed .*i_max"):
        run(Explodes(), (protocols.Hold(1.0, 1.0),))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"protocol": ()}, "at least one"),
        ({"save": "everything"}, "every"),
        ({"save": [3.0, 1.0]}, "increase"),
        ({"save": [1e9]}, "0 …"),
        ({"x0": {"w": 0.5}}, "no state 'w'"),
        ({"x0": {"x": 1.5}}, "outside"),
        ({"rtol": 0.5}, "rtol"),
        ({"device": 3.0}, "no device"),
    ],
)
def test_bad_arguments_are_named(arguments, words):
    with pytest.raises(PinchedError, match=words):
        run(**{"device": VTEAM(), "protocol": protocols.sweep(1.0, -1.0), **arguments})


def test_trajectory_is_pure_piecewise_linear_and_batched():
    t = np.linspace(0, 4e-5, 41)
    v = 0.3 * np.sin(2 * np.pi * t / 4e-5)
    device = VTEAM(k_off=np.array([1e5, 2e5]), k_on=-1e5)
    with double():
        x, vt, i = trajectory(device, t, v, 2e-4, Environment(), {"x": np.array([0.5, 0.5])}, rtol=1e-8)
    ds = run(device, protocols.waveform(t, v, i_max=2e-4), rtol=1e-8, x0={"x": np.array([0.5, 0.5])})
    np.testing.assert_allclose(x["x"], ds["state_x"], atol=1e-7)
    np.testing.assert_allclose(vt, ds["voltage"], atol=1e-7)
    np.testing.assert_allclose(i, ds["current"], atol=1e-10)
