import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from pinched.characterize.loops import loop_features
from pinched.core import PinchedError, make_dataset


def loop(v, i, **others):
    return make_dataset({"voltage": v, "current": i}, origin="measured", cycle=0, **others)


def there_and_back(v_max=1.0, n=101):
    leg = np.linspace(0, v_max, n)
    return np.concatenate([leg, leg[-2::-1], -leg[1:], -leg[-2::-1]])


def test_abrupt_switching_is_found_within_a_step(abrupt):
    rng = np.random.default_rng(1)
    v_set, v_reset = 1.0 + 0.1 * rng.standard_normal(20), -0.8 + 0.05 * rng.standard_normal(20)
    table = loop_features(abrupt(v_set, v_reset, noise=0.01))
    assert np.abs(table["v_set"] - v_set).max() < 0.006  # half a step of 10 mV, and the midpoint of it
    assert np.abs(table["v_reset"] - v_reset).max() < 0.05  # the peak of a current with 1 % noise
    assert (table["v_set_method"] == "largest step").all()
    assert (table["v_reset_method"] == "current peak").all()
    assert table["on_off"].to_numpy() == pytest.approx(1000, rel=0.02)
    assert 1 / table["r_lrs"].to_numpy() == pytest.approx(1e-3, rel=0.01)
    assert set(table["polarity"]) == {"+"}
    assert set(table["style"]) == {"abrupt"}
    assert table["pinched"].all()


def test_negative_set_is_the_mirror_image(abrupt):
    here, there = loop_features(abrupt(0.9, -0.7)), loop_features(abrupt(-0.9, 0.7))
    assert there["v_set"].item() == pytest.approx(-here["v_set"].item())
    assert there["v_reset"].item() == pytest.approx(-here["v_reset"].item())
    assert there["polarity"].item() == "-"


@settings(max_examples=15, deadline=None)
@given(volts=st.floats(0.3, 5), amps=st.floats(1e-6, 1e3))
def test_features_scale_with_their_units(volts, amps):
    v = there_and_back(2.0)
    state = np.zeros(v.size)
    for k in range(1, v.size):
        state[k] = 1.0 if v[k] >= 1.0 else 0.0 if v[k] <= -0.5 else state[k - 1]
    i = np.where(state > 0, 1e-3, 1e-5) * v
    one, other = (loop_features(loop(a * v, b * i), read_voltage=0.2 * a).iloc[0] for a, b in ((1, 1), (volts, amps)))
    for name, unit in (
        ("v_set", volts),
        ("v_reset", volts),
        ("i_reset", amps),
        ("r_lrs", volts / amps),
        ("area", volts * amps),
    ):
        assert other[name] == pytest.approx(unit * one[name], rel=1e-6)
    assert other["on_off"] == pytest.approx(one["on_off"])


def test_clamped_samples_locate_the_set_but_are_not_the_low_state(abrupt):
    free, clamped = (loop_features(abrupt(1.0, -0.8, i_max=m)).iloc[0] for m in (np.inf, 5e-4))
    assert clamped["v_set"] == pytest.approx(free["v_set"])
    assert clamped["i_compliance"] == pytest.approx(5e-4)
    assert clamped["r_lrs"] == pytest.approx(1e3)
    assert clamped["e_set"] < free["e_set"]


@pytest.mark.parametrize("keep", ["+", "-"])
def test_half_a_loop_says_what_it_can(abrupt, keep):
    ds = abrupt(1.0, -0.8)
    half = ds.isel(sample=np.flatnonzero(ds["voltage"].values * (1 if keep == "+" else -1) >= 0))
    row = loop_features(half).iloc[0]
    assert np.isfinite(row["v_set"]) == (keep == "+")
    assert np.isfinite(row["v_reset"]) == (keep == "-")
    assert row["on_off"] == pytest.approx(1000)
    assert np.isnan(row["rectification"])


def test_gradual_switching(gradual):
    table = loop_features(gradual(3, noise=0.01))
    assert set(table["style"]) == {"gradual"}
    assert (table["v_set"].between(0.5, 1.5)).all()  # beyond the threshold, before the end
    assert (table["v_reset"].between(-2.0, -0.5)).all()
    assert table["on_off"].iloc[-1] > 10


def test_energy_is_the_integral_over_the_way_out(abrupt):
    row = loop_features(abrupt(5.0, -0.8, g_off=1e-4, v_max=6.0, rate=2.0)).iloc[0]
    exact = (1e-4 * 5.0**3 / 3 + 1e-3 * (6.0**3 - 5.0**3) / 3) / 2.0
    assert row["e_set"] == pytest.approx(exact, rel=1e-2)


@pytest.mark.parametrize(
    ("current", "behaviour"),
    [
        (lambda v, rng: 1e-3 * v, "ohmic"),
        (lambda v, rng: 1e-9 * np.sign(np.gradient(v)) + 1e-11 * v, "capacitive"),
        (lambda v, rng: 1e-10 * rng.standard_normal(v.size), "noise"),
        (lambda v, rng: 1e-6 * np.sinh(3 * v), "no hysteresis"),
    ],
)
def test_what_is_no_memristor_is_said_not_to_be(current, behaviour):
    v = there_and_back()
    i = current(v, np.random.default_rng(0))
    row = loop_features(loop(v, i + 1e-4 * np.abs(i).max() * np.random.default_rng(1).standard_normal(v.size))).iloc[0]
    assert row["behaviour"] == behaviour
    assert not row["switches"]
    assert np.isnan(row["v_set"])
    assert row["reason"]


def test_rectification_of_a_diode():
    v = there_and_back()
    row = loop_features(loop(v, 1e-6 * np.expm1(v / 0.2))).iloc[0]
    assert row["rectification"] == pytest.approx(np.expm1(0.95 / 0.2) / -np.expm1(-0.95 / 0.2), rel=1e-2)


def test_unipolar_switching():
    leg = np.linspace(0, 2, 201)
    v = np.concatenate([leg, leg[-2::-1], leg[1:], leg[-2::-1]])
    on = np.zeros(v.size, bool)
    on[150:] = True  # SET at 1.5 V on the first way out
    on[401 + 80 :] = False  # RESET at 0.8 V on the second
    row = loop_features(loop(v, np.where(on, 1e-3, 1e-6) * v)).iloc[0]
    assert row["polarity"] == "unipolar"
    assert row["v_set"] == pytest.approx(1.495, abs=0.01)
    assert row["v_reset"] == pytest.approx(0.8, abs=0.02)


def test_a_volatile_switch_holds_until_it_drops_back():
    """SET at 0.7 V of both signs, dropped at 0.3 V on the way back: read in between, where it has two states."""
    v = there_and_back()
    on = np.array([(k % 202 >= 70) and (k % 202 <= 170) for k in range(v.size)])
    row = loop_features(loop(v, np.where(on, 1e-4, 1e-7) * v)).iloc[0]
    assert row["polarity"] == "volatile"
    assert row["v_set"] == pytest.approx(0.695, abs=0.011)
    assert row["v_hold"] == pytest.approx(0.3, abs=0.011)
    assert abs(row["v_read"]) == 0.4
    assert row["on_off"] == pytest.approx(1e3, rel=1e-2)


def test_a_reset_that_the_way_out_does_not_show_is_put_nowhere():
    """Phase change: ON on the way out, molten beyond 1.5 V, ON until 0.3 V on the way back, then amorphous."""
    leg = np.linspace(0, 2, 201)
    v = np.concatenate([leg, leg[-2::-1]])
    g = np.where(np.arange(v.size) > 201 + 170, 1e-7, 1e-4)
    row = loop_features(loop(v, g * v)).iloc[0]
    assert row["switches"]
    assert np.isnan(row["v_reset"])


def test_a_flagged_plateau_is_not_physics(abrupt):
    ds = abrupt(1.0, -0.8)
    v = ds["voltage"].values
    bad = (np.arange(v.size) < 60) & (v > 0.2) & (v < 0.5)  # an ammeter range before the SET, far above the current
    ds["current"].values[bad] = 5e-4
    ds["flag"].values[bad] = 4
    assert loop_features(ds)["v_set"].item() == pytest.approx(0.995)


def test_a_simulated_population_gives_a_row_for_each_device():
    v = there_and_back(2.0)
    ds = make_dataset({"voltage": v, "current": np.array([[1e-3], [2e-3], [3e-3]]) * v}, origin="simulated", cycle=0)
    assert list(loop_features(ds)["device"]) == ["0[0]", "0[1]", "0[2]"]


def test_no_loops():
    with pytest.raises(PinchedError, match="No current-voltage loops"):
        loop_features(make_dataset({"conductance": np.ones(5)}, origin="measured", kind="read"))
