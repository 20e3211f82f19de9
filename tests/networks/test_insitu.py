import numpy as np
import pytest

from pinched.arrays.analog.draws import word
from pinched.arrays.analog.source import curve
from pinched.core import PinchedError
from pinched.devices import ExponentialResponse, TableResponse
from pinched.networks import MLP, insitu, train, train_in_situ

RANGE = {"g_min": 1e-6, "g_max": 1e-5}
LINEAR = ExponentialResponse(n_up=1000, n_down=1000, **RANGE)
NOISY = ExponentialResponse(
    n_up=100, n_down=80, curvature_up=2, curvature_down=4, sigma_c2c=0.03, sigma_d2d=0.1, **RANGE
)


@pytest.fixture(scope="module")
def clouds():
    """Four classes in eight dimensions, hardly overlapping."""
    rng = np.random.default_rng(0)
    centre, labels = rng.uniform(0, 1, (4, 8)), rng.integers(0, 4, 600)
    x = (centre[labels] + rng.normal(0, 0.1, (600, 8))).astype(np.float32)
    return x[:400], labels[:400], x[400:], labels[400:]


def run(response, clouds, **options):
    return train_in_situ((8, 4), response, *clouds, **{"seeds": (0, 1), "epochs": 10} | options)


def score(trained, clouds, i=0):
    return np.mean(np.argmax(trained.nets[i](clouds[2]), -1) == clouds[3])


def test_linear_devices_learn_as_floating_point_does(clouds):
    reference = train(MLP((8, 4), 0), *clouds[:2], 0)
    floating = np.mean(np.argmax(reference(clouds[2]), -1) == clouds[3])
    assert floating > 0.9
    assert score(run(LINEAR, clouds), clouds) > floating - 0.03


def test_conductances_stay_in_range_and_make_the_weights(clouds):
    done = run(NOISY.replace(sigma_d2d=0.0), clouds)
    g = done.cells[0]
    assert g.shape == (2, 2, 9, 4)
    assert g.min() >= 1e-6 * (1 - 1e-5)
    assert g.max() <= 1e-5 * (1 + 1e-5)
    largest = insitu.WEIGHT_RANGE / np.sqrt(8)
    np.testing.assert_allclose(
        np.stack([net.weights[0] for net in done.nets]), (g[:, 0] - g[:, 1]) / 9e-6 * largest, rtol=1e-4, atol=1e-6
    )
    assert np.all(done.pulses > 0)
    assert done.history.shape == (2, 10)


def test_the_learning_rate_is_the_best_on_validation(clouds):
    done = run(NOISY, clouds)
    assert done.learning_rate == insitu.LEARNING_RATES[int(np.argmax(done.validation))]
    assert done.history[:, -1].mean() == pytest.approx(done.validation.max(), abs=1e-6)


def test_training_repeats_bit_for_bit(clouds):
    a, b = (run(NOISY, clouds) for _ in range(2))
    assert all(np.array_equal(p, q) for p, q in zip(a.cells, b.cells, strict=True))
    assert np.array_equal(a.history, b.history)
    assert not np.array_equal(a.cells[0][0], a.cells[0][1])


def test_a_device_that_loses_its_state_at_each_pulse_learns_nothing(clouds):
    coin = ExponentialResponse(n_up=1000, n_down=1000, sigma_c2c=5.0, **RANGE)
    assert score(run(coin, clouds, learning_rates=(1.0,)), clouds) < 0.8


def test_an_abrupt_device_rests_at_its_two_levels(clouds):
    table = [1.0, 1.0]
    abrupt = TableResponse(up=table, down=table, up_std=[0.0, 0.0], down_std=[0.0, 0.0], **RANGE)
    g = run(abrupt, clouds, learning_rates=(0.3,)).cells[0]
    at_a_level = np.minimum(np.abs(g - 1e-6), np.abs(g - 1e-5)) < 1e-8
    assert np.all(at_a_level)


def test_the_generator_of_the_pulses_is_the_published_one():
    """The first words of SplitMix64 from 1234567, as its authors' implementation in C prints them."""
    seed = np.array([1234567], np.uint64)
    words = [int(word(seed)) for _ in range(3)]
    assert words == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_the_mean_step_of_a_linear_device_is_its_range_over_its_pulses():
    assert insitu.mean_step(LINEAR) == pytest.approx(9e-6 / 1000, rel=0.02)


def test_first_conductances_are_reached_by_pulses():
    pulses, reached = curve(ExponentialResponse(n_up=10, n_down=10, **RANGE))
    assert np.all(np.diff(reached) > 0)
    np.testing.assert_allclose(reached[:4], 1e-6 + 9e-7 * pulses[:4], rtol=1e-5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seeds": ()}, "at least one seed"),
        ({"x": np.zeros((400, 7))}, r"give \(n, 8\)"),
        ({"targets": np.full(400, 9)}, "whole numbers from 0 to 3"),
        ({"targets": np.full(400, 0.5)}, "whole numbers from 0 to 3"),
        ({"response": "hfox"}, "PulseResponse"),
    ],
)
def test_mistakes_are_told(clouds, change, words):
    given = dict(zip(("x", "targets", "x_validation", "targets_validation"), clouds, strict=True))
    with pytest.raises(PinchedError, match=words):
        train_in_situ(**{"net": (8, 4), "response": LINEAR, **given, **change})
