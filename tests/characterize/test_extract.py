import numpy as np
import pytest

from pinched.characterize.extract import extract, pulse_response
from pinched.core import PinchedError, concat, make_dataset
from pinched.devices import Ohmic, PulseResponse


def test_the_exponential_behind_a_measurement_is_returned(pulsed):
    found = extract(pulsed(2.4, -4.88, cycles=1))
    r = found.candidates["exponential"]
    assert r.labels == pytest.approx((2.4, -4.88), abs=0.05)
    assert float(r.g_min) == pytest.approx(3.0769e-9, rel=0.01)
    assert float(r.g_max) == pytest.approx(38.462e-9, rel=0.01)
    assert float(r.n_up) == pytest.approx(64, rel=0.02)
    assert found.ranking["residual"].min() < 2e-3
    assert (float(r.v_up), float(r.v_down), float(r.width_up)) == (3.0, -3.0, 1e-6)
    assert not found.predicted
    assert not found.two_level


def test_a_slow_start_excludes_soft_bounds(pulsed):
    found = extract(pulsed(-3.0, 3.0, cycles=1))
    assert set(found.candidates) == {"exponential", "table"}
    assert found.ranking["model"][0] == "exponential"


@pytest.mark.parametrize("model", ["exponential", "soft bounds", "table"])
def test_every_candidate_follows_the_mean_trains(pulsed, model):
    found = extract(pulsed(3.0, -3.0, cycles=20, walk=0.005, read=0.01))
    row = found.ranking.set_index("model").loc[model]
    assert row["residual"] < 0.04
    assert float(found.candidates[model].sigma_c2c) == pytest.approx(0.005, rel=0.4)


def test_no_shape_is_forced_on_a_curve_that_has_another(pulsed):
    n = np.arange(65)
    up = 1e-6 * (1 + 9 * (n / 64) ** 2 * (3 - 2 * n / 64))  # slow, fast, slow
    parts = [
        make_dataset({"conductance": g}, origin="measured", kind="pulse", step=k, cycle=0, pulse=n)
        for k, g in enumerate((up, up[::-1]))
    ]
    assert extract(concat(parts)).ranking["model"][0] == "table"


def test_an_abrupt_device_is_said_to_have_two_levels():
    n = np.arange(21)
    parts = [
        make_dataset({"conductance": np.where(n > 0, b, a)}, origin="measured", kind="pulse", step=k, cycle=0, pulse=n)
        for k, (a, b) in enumerate(((1e-6, 1e-3), (1e-3, 1e-6)))
    ]
    found = extract(concat(parts))
    assert found.two_level
    assert "two levels" in found.note
    assert float(found.response.step(np.array(1e-6), 1.0)) == pytest.approx(1e-3)


def test_one_direction_needs_leave_to_be_mirrored(pulsed):
    half = pulsed(cycles=1).isel(sample=slice(0, 65))
    with pytest.raises(PinchedError, match="Only potentiation was measured"):
        extract(half)
    found = extract(half, mirror=True)
    assert "assumed" in found.note
    assert found.response.step(np.array(30e-9), -10.0) < 30e-9


def test_spread_over_devices_reaches_the_response(pulsed):
    r = pulse_response(pulsed(1.0, -1.0, cycles=1, devices=12, spread=0.1))
    assert isinstance(r, PulseResponse)
    assert 0.05 < float(r.sigma_g_max) < 0.2


def test_of_several_protocols_one_is_taken_and_named(pulsed):
    first, second = pulsed(1.0, -1.0, cycles=3), pulsed(4.0, -4.0, cycles=1)
    second = second.assign_coords(record=("sample", np.full(second.sizes["sample"], "other")))
    second["pulse_voltage"].values[:] *= 2
    found = extract(concat([first, second]))
    assert found.candidates["exponential"].labels[0] == pytest.approx(1.0, abs=0.05)
    assert "one of 2 protocols" in found.note


def test_curves_are_the_response_without_noise(pulsed):
    curves = extract(pulsed(cycles=1)).curves()
    assert list(curves.columns) == ["direction", "pulse", "conductance_S"]
    assert curves.groupby("direction").size().to_dict() == {"up": 65, "down": 65}


def test_nothing_to_extract():
    ds = make_dataset({"conductance": np.ones(9)}, origin="measured", kind="read")
    with pytest.raises(PinchedError, match="no pulse train"):
        extract(ds)


def test_a_response_predicted_from_its_model():
    from pinched.devices import Yakopcic

    found = extract(Yakopcic(), pulses=16)
    r = found.response
    assert found.predicted
    assert "predicted" in found.note
    assert float(r.g_max) > 2 * float(r.g_min)
    assert np.sign(r.v_up) == -np.sign(r.v_down)
    assert float(r.width_up) >= 1e-6


def test_what_does_not_switch_has_no_response():
    with pytest.raises(PinchedError, match="does not switch"):
        extract(Ohmic(g=1e-3), pulses=4)
