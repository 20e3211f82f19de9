"""Schemes of training in situ, each against what its paper says of it; and training that goes on where it stopped."""

import numpy as np
import pytest

from pinched.applications import digits
from pinched.core import PinchedError
from pinched.devices import ExponentialResponse, SoftBoundsResponse, TableResponse, response
from pinched.networks import MLP, insitu, train_in_situ
from pinched.networks.insitu.layer import Layer

RANGE = {"g_min": 1e-6, "g_max": 1e-5}
LINEAR = ExponentialResponse(n_up=1000, n_down=1000, **RANGE)
SOFT = SoftBoundsResponse(step_up=0.002, step_down=0.003, sigma_c2c=0.003, sigma_d2d=0.2, sigma_write=0.01, **RANGE)
SCHEMES = {
    "counts": insitu.Counts(),
    "nearest": insitu.Counts(rounding="nearest"),
    "sign": insitu.Sign(),
    "mixed precision": insitu.MixedPrecision(),
    "trains": insitu.Trains(),
    "plain trains": insitu.Trains(managed=False),
    "Tiki-Taka": insitu.TikiTaka(),
    "buffered": insitu.BufferedTikiTaka(),
    "chopped": insitu.ChoppedTikiTaka(),
}


@pytest.fixture(scope="module")
def clouds():
    """Three classes in six dimensions."""
    rng = np.random.default_rng(0)
    centre, labels = rng.uniform(-1, 1, (3, 6)), rng.integers(0, 3, 450)
    x = (centre[labels] + rng.normal(0, 0.2, (450, 6))).astype(np.float32)
    return x[:300], labels[:300], x[300:], labels[300:]


def cells(source=LINEAR, shape=(30, 20), weights=None, **options):
    weights = np.zeros(shape, np.float32) if weights is None else weights
    return insitu.Cells(source, weights, **{"largest": 1.0, "pair": False, "rng": np.random.default_rng(0)} | options)


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("pair", [True, False])
def test_every_scheme_learns_on_linear_devices(clouds, name, pair):
    rates = (0.3, 1.0) if "Tiki" not in name else (1.0,)
    done = train_in_situ((6, 3), LINEAR, *clouds, scheme=SCHEMES[name], pair=pair, learning_rates=rates, batch=10)
    assert np.mean(done.nets[0](clouds[2]).argmax(1) == clouds[3]) > 0.93


@pytest.mark.parametrize("name", SCHEMES)
def test_a_run_that_was_killed_goes_on_with_the_same_bits(clouds, name):
    options = {"scheme": SCHEMES[name], "pair": False, "seeds": (3, 5), "epochs": 4, "learning_rates": (0.1, 0.5)}
    saved = []
    whole = train_in_situ((6, 4, 3), SOFT, *clouds, save=saved.append, **options)
    resumed = train_in_situ((6, 4, 3), SOFT, *clouds, start=saved[1], **options)
    assert [int(state["epochs"]) for state in saved] == [1, 2, 3, 4]
    assert all(isinstance(value, np.ndarray) for value in saved[1].values())
    for a, b in zip(whole, resumed, strict=True):
        a, b = (x if isinstance(x, tuple) else (x,) for x in (a, b))
        assert all(np.array_equal(p, q) for p, q in zip(a, b, strict=True))


def test_a_state_of_another_training_is_told(clouds):
    saved = []
    train_in_situ((6, 3), LINEAR, *clouds, epochs=2, save=saved.append)
    with pytest.raises(PinchedError, match="another training"):
        train_in_situ((6, 3), LINEAR, *clouds, epochs=2, seeds=(0, 1), start=saved[0])


def test_only_devices_that_receive_pulses_move():
    devices = cells(SOFT)
    before = devices.u.copy(), devices.weights.copy()
    counts = np.zeros((30, 20))
    counts[3, 4], counts[5, 6] = 2, -1
    devices.change(counts, np.random.default_rng(1))
    for old, new in zip(before, (devices.u, devices.weights), strict=True):
        assert np.flatnonzero((old != new).ravel()).tolist() == [3 * 20 + 4, 5 * 20 + 6]
    assert devices.pulses == 3


def test_pulses_do_to_cells_what_the_response_says():
    devices = cells(LINEAR.replace(curvature_up=2.0, curvature_down=3.0), weights=np.full((2, 2), 0.3))
    g = devices.conductances[0]
    devices.change(np.array([[5, -3], [0, 1]]), np.random.default_rng(0))
    expected = LINEAR.replace(curvature_up=2.0, curvature_down=3.0).step(g, np.array([[5, -3], [0, 1]], np.float32))
    np.testing.assert_allclose(devices.conductances[0], expected, rtol=1e-5)


@pytest.mark.parametrize("pair", [True, False])
def test_weights_start_where_they_should_within_half_a_pulse(pair):
    wanted = np.random.default_rng(0).uniform(-0.6, 0.6, (30, 20)).astype(np.float32)
    source = LINEAR.replace(sigma_d2d=0.3, sigma_g_min=0.05, sigma_g_max=0.05)
    devices = cells(source, weights=wanted, pair=pair)
    assert (
        np.abs(devices.weights - wanted).max() < 1.5 * (1 + pair) * devices.step
    )  # half a pulse, of the strongest 3 times it


def test_a_pair_takes_turns():
    devices = cells(pair=True)
    up = np.ones((30, 20))
    u = devices.u.copy()
    devices.change(up, np.random.default_rng(0))
    assert np.all(devices.u[0] > u[0])
    assert np.all(devices.u[1] == u[1])
    devices.change(up, np.random.default_rng(0))
    assert np.all(devices.u[1] < u[1])
    assert devices.weights.mean() == pytest.approx(2 * devices.step, rel=0.01)


def test_symmetry_points_are_those_of_the_published_sets():
    assert insitu.symmetry_point(response("reram-softbounds-2018")) == pytest.approx(0.375, abs=1e-4)  # weight 0
    assert 2 * insitu.symmetry_point(response("reram-expstep-2018")) - 1 == pytest.approx(-0.2172, abs=1e-3)
    assert insitu.symmetry_point(response("ecram-li-exponential-2018")) == pytest.approx(0.8276 / 2, abs=1e-3)
    assert insitu.symmetry_point(LINEAR) == 0.5


def test_stuck_devices_rest_anywhere_and_stay():
    devices = cells(LINEAR.replace(stuck=0.2), shape=(100, 100))
    stuck = devices.stuck[0]
    assert stuck.mean() == pytest.approx(0.2, abs=0.02)
    assert np.std(devices.u[0, stuck]) == pytest.approx(1 / np.sqrt(12), rel=0.05)
    before = devices.u.copy()
    devices.change(np.full((100, 100), 10.0), np.random.default_rng(1))
    assert np.array_equal(devices.u[0, stuck], before[0, stuck])
    assert np.all(devices.u[0, ~stuck] > before[0, ~stuck])


def test_weights_with_a_lifetime_decay():
    devices = cells(LINEAR.replace(lifetime=100.0), weights=np.full((5, 5), 0.5))
    for _ in range(100):
        devices.age()
    np.testing.assert_allclose(devices.weights, 0.5 * 0.99**100, rtol=1e-2)


def test_written_weights_carry_the_noise_of_the_writing():
    devices = cells(LINEAR.replace(sigma_write=0.05), shape=(200, 100))
    assert np.std(devices.weights) == pytest.approx(0.05 * 2, rel=0.03)  # twice: the range is [-1, 1]
    assert np.std(devices.u) < 0.01


@pytest.mark.parametrize("managed", [True, False])
def test_trains_coincide_as_often_as_the_gradient_asks(managed):
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (40, 12)).astype(np.float32)
    d = rng.normal(0, 0.1, (40, 9)).astype(np.float32).clip(-0.3, 0.3)
    trains, pulsed, asked = insitu.Trains(managed=managed), np.random.default_rng(1), 8.0
    on = cells(shape=(12, 9))
    start = on.state()
    net, total = [], []
    for _ in range(400):
        on.restore(start)
        trains.pulse(on, x, d, asked * on.step, pulsed)
        net.append((on.weights - start["weights"]) / on.step)
        total.append(on.pulses / on.weights.size)
    error = np.std(net, axis=0) / np.sqrt(400)
    assert np.abs((np.mean(net, 0) + asked * x.T @ d) / error).max() < 4.5
    expected = asked * np.abs(x).T @ np.abs(d)  # none cancels before it reaches a device
    assert np.mean(total) == pytest.approx(expected.mean(), rel=0.01)


def layer(scheme, shape=(6, 4), source=LINEAR):
    return Layer.of(np.zeros(shape, np.float32), source, scheme, 1.0, False, None, np.random.default_rng(0))


def test_counts_lose_what_is_below_half_a_pulse_only_when_rounded_to_the_nearest():
    x, d = np.ones((1, 6), np.float32), np.full((1, 4), -0.3, np.float32)
    for rounding, mean in (("nearest", 0.0), ("random", 0.3)):
        on = layer(scheme := insitu.Counts(rounding=rounding))
        for k in range(500):
            scheme.update(on, x, d, on.cells.step, np.random.default_rng(k))
        assert on.cells.pulses / 500 / 24 == pytest.approx(mean, abs=0.02)


def test_mixed_precision_keeps_what_is_less_than_a_pulse():
    on = layer(scheme := insitu.MixedPrecision())
    x, d = np.ones((1, 6), np.float32), np.full((1, 4), -0.3, np.float32)
    for _ in range(10):
        scheme.update(on, x, d, on.cells.step, np.random.default_rng(0))
    assert on.cells.pulses == 24 * (3 if on.memory["chi"].max() < 0.5 else 2)
    np.testing.assert_allclose(on.memory["chi"] + on.cells.pulses / 24, 3.0, atol=1e-5)


def test_sign_updates_are_one_pulse_of_any_gradient():
    on = layer(scheme := insitu.Sign(threshold=0.0))
    d = np.array([[-5.0, 1e-6, 0.0, -1e-6]], np.float32)
    scheme.update(on, np.ones((1, 6), np.float32), d, on.cells.step, np.random.default_rng(0))
    np.testing.assert_allclose(on.weights[0] / on.cells.step, [1, -1, 0, 1], atol=0.02)


def test_tiki_taka_moves_one_row_at_a_time_and_hides_the_fast_array():
    on = layer(scheme := insitu.TikiTaka(every=2))
    x, d = np.ones((1, 6), np.float32), np.full((1, 4), -20.0, np.float32)
    start = on.weights.copy()
    moved = []
    for k in range(4):
        scheme.update(on, x, d, on.cells.step, np.random.default_rng(k))
        moved.append(np.flatnonzero(np.any(on.weights != start, 1)).tolist())
    assert on.fast.weights.min() > 5 * on.cells.step
    assert moved[0] == []
    assert set(moved[3]) <= {0, 1}


def test_choppers_leave_the_mean_of_the_gradient_and_turn_an_offset():
    """Where A rests off its reference, the plain buffer sees a gradient that is not there, the chopped one does not."""
    tilted = ExponentialResponse(n_up=200, n_down=200, curvature_up=1.0, curvature_down=3.0, **RANGE)
    drift = {}
    for scheme in (insitu.BufferedTikiTaka(), insitu.ChoppedTikiTaka(chop=0.3)):
        on = Layer.of(np.zeros((6, 4), np.float32), tilted, scheme, 1.0, False, 0.5, np.random.default_rng(0))
        rng = np.random.default_rng(0)
        for k in range(3000):
            d = rng.normal(0, 1, (1, 4)).astype(np.float32)
            scheme.update(on, np.ones((1, 6), np.float32), d, 2 * on.cells.step, np.random.default_rng(k))
        total = on.memory["H"] + (on.weights / on.cells.step)
        drift[type(scheme).__name__] = np.abs(total.mean())
    assert drift["ChoppedTikiTaka"] < 0.5 * drift["BufferedTikiTaka"]


def test_the_last_layers_can_be_trained_alone(clouds):
    x, labels, x2, labels2 = clouds
    features, frozen = np.random.default_rng(0).normal(size=(6, 20)), np.zeros((21, 3), np.float32)
    a, b = (np.maximum(part @ features, 0).astype(np.float32) for part in (x, x2))
    done = train_in_situ(MLP.of([frozen]), LINEAR, a, labels, b, labels2, epochs=5)
    assert np.mean(done.nets[0](b).argmax(1) == labels2) > 0.9
    with pytest.raises(PinchedError, match=r"give \(n, 19\)"):
        train_in_situ(MLP.of([frozen[1:]]), LINEAR, a, labels, b, labels2)


def test_progress_is_told_and_ends_at_one(clouds):
    told = []
    train_in_situ((6, 3), LINEAR, *clouds, epochs=2, progress=lambda words, part: told.append((words, part)))
    assert told[-1] == ("epoch 2 of 2", 1.0)


def test_a_table_trains_too(clouds):
    u = np.linspace(0, 1, 9)
    table = TableResponse(
        up=0.02 * (1 - u) + 0.001, down=0.02 * u + 0.001, up_std=0 * u + 0.002, down_std=0 * u, **RANGE
    )
    done = train_in_situ((6, 3), table, *clouds, scheme=insitu.Trains(), epochs=5)
    assert np.mean(done.nets[0](clouds[2]).argmax(1) == clouds[3]) > 0.9


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "scheme", "reference", "printed"),
    [
        ("ecram-li-exponential-2018", insitu.Trains(), 0.8276 / 2, (0.934, 0.008)),
        ("reram-expstep-2018", insitu.Trains(), 0.5, (0.839, 0.029)),
        ("reram-softbounds-2018", insitu.Trains(), 0.75 / 2, (0.744, 0.065)),
        ("reram-softbounds-2018", insitu.TikiTaka(), None, (0.851, 0.031)),  # its own symmetry points
    ],
)
def test_digits_are_learnt_as_well_as_in_aihwkit(name, scheme, reference, printed):
    """64-10 at batches of 10, rate 0.1, 15 epochs; mean and spread of aihwkit 1.2.0, its biases digital."""
    train, validation, test = digits.samples()
    rng = np.random.default_rng(0)
    found = []
    for seed in range(3):
        weights = [rng.uniform(-1 / 8, 1 / 8, (65, 10)).astype(np.float32)]
        done = train_in_situ(
            MLP.of(weights), response(name), *train, *validation, scheme=scheme, pair=False, seeds=(seed,), epochs=15,
            batch=10, learning_rates=(0.1,), schedule=lambda _: 1.0, weight_range=1.0, reference=reference,
            bias="digital",
        )  # fmt: skip
        found.append(np.mean(done.nets[0](test.images).argmax(1) == test.labels))
    mean, spread = printed
    assert abs(np.mean(found) - mean) < 2.5 * spread * np.sqrt(1 / 3 + 1 / 5) + 0.01
