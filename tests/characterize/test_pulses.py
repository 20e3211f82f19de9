import numpy as np
import pytest

from pinched.characterize.pulses import noise, trains
from pinched.characterize.synapse import pulse_metrics
from pinched.core import make_dataset


def test_published_labels_are_recovered(pulsed):
    found = pulse_metrics(pulsed(2.4, -4.88, cycles=1))
    assert found["nl_potentiation"].value == pytest.approx(2.4, abs=0.02)
    assert found["nl_depression"].value == pytest.approx(-4.88, abs=0.02)
    assert found["asymmetry"].value == pytest.approx(7.28, abs=0.04)
    assert found["dynamic_range"].value == pytest.approx(12.5, rel=0.01)
    assert found["fit_error"].value < 1e-3


@pytest.mark.parametrize("labels", [(0.0, 0.0), (-1.5, 2.0), (1.46, 1.46)])
def test_every_sense_of_curvature(pulsed, labels):
    found = pulse_metrics(pulsed(*labels, cycles=1))
    assert found["nl_potentiation"].value == pytest.approx(labels[0], abs=0.03)
    assert found["nl_depression"].value == pytest.approx(labels[1], abs=0.03)


def test_labels_survive_noise_within_their_interval(pulsed):
    inside = 0
    for seed in range(10):
        q = pulse_metrics(pulsed(2.0, -2.0, cycles=4, read=0.03, seed=seed))["nl_potentiation"]
        assert q.value == pytest.approx(2.0, abs=0.6)
        inside += q.low <= 2.0 <= q.high
    assert inside >= 7


@pytest.mark.parametrize(("walk", "read"), [(0.01, 0.0), (0.0, 0.03), (0.01, 0.03)])
def test_walk_and_read_noise_are_told_apart(pulsed, walk, read):
    table = trains(pulsed(1.0, -1.0, n=200, cycles=10, walk=walk, read=read))
    span = 38.462e-9 - 3.0769e-9
    got = np.array(noise(table[table["direction"] == "up"])) / span
    assert got == pytest.approx([walk, read], rel=0.15, abs=0.005)


def test_symmetry_point_of_equal_responses_is_the_middle(pulsed):
    assert pulse_metrics(pulsed(3.0, -3.0, cycles=1))["symmetry_point"].value == pytest.approx(0.5, abs=0.01)


def test_levels_fall_with_the_spread(pulsed):
    quiet, loud = (pulse_metrics(pulsed(1.0, -1.0, read=s))["levels"].value for s in (0.005, 0.05))
    assert quiet == pytest.approx(1 + 1 / (4 * 0.005), rel=0.2)
    assert loud == pytest.approx(1 + 1 / (4 * 0.05), rel=0.2)


def test_spread_over_devices(pulsed):
    q = pulse_metrics(pulsed(1.0, -1.0, cycles=1, devices=40, spread=0.1))["sigma_d2d"]
    assert q.low < 0.1 * 38.462 / (38.462 - 3.0769) < q.high


@pytest.mark.parametrize("signs", [True, False])
def test_direction_from_the_pulses_or_from_the_trend(pulsed, signs):
    table = trains(pulsed(cycles=2, signs=signs))
    assert list(table.groupby("train")["direction"].first()) == ["up", "down", "up", "down"]


def test_a_negative_pulse_may_potentiate(pulsed):
    ds = pulsed(cycles=1)
    ds["pulse_voltage"].values[:] *= -1
    found = pulse_metrics(ds)
    assert found["amplitude_up"].value == -3.0
    assert found["nl_potentiation"].value == pytest.approx(2.4, abs=0.02)


def test_pulses_of_one_sign_are_told_by_their_amplitude(pulsed):
    """As phase change is written: 3 V crystallises, 5 V melts."""
    ds = pulsed(cycles=2)
    volts = ds["pulse_voltage"].values
    volts[:] = np.where(volts < 0, 5.0, volts)
    found = pulse_metrics(ds)
    assert (found["amplitude_up"].value, found["amplitude_down"].value) == (3.0, 5.0)
    assert found["nl_depression"].value == pytest.approx(-4.88, abs=0.02)


def test_one_direction_only(pulsed):
    ds = pulsed(cycles=1)
    found = pulse_metrics(ds.isel(sample=slice(0, 65)))
    assert "nl_depression" not in found
    assert found["nl_potentiation"].available


def test_short_trains_say_nothing():
    ds = make_dataset({"conductance": [1e-6, 2e-6, 3e-6]}, origin="measured", kind="pulse", step=0, pulse=np.arange(3))
    assert trains(ds).empty
    assert pulse_metrics(ds) == {}


def test_trains_too_short_for_noise_say_so(pulsed):
    """Six reads a train: a curve, but no distance over which a walk could grow."""
    found = pulse_metrics(pulsed(n=5, cycles=1))
    assert found["g_max"].available
    assert "sigma_c2c" not in found
