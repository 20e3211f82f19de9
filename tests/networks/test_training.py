import equinox as eqx
import jax
import numpy as np
import optax
import pytest

from pinched.core import PinchedError
from pinched.networks import MLP, Mapping, program, train
from pinched.networks.checkpoint import fingerprint, load, save

RNG = np.random.default_rng(0)
CENTRES = RNG.normal(size=(4, 20))
LABELS = RNG.integers(0, 4, 600).astype(np.int32)
X = (CENTRES[LABELS] + 1.2 * RNG.normal(size=(600, 20))).astype(np.float32)
POOR = Mapping(g_min=1e-6, sigma_program=0.08, levels=8, adc_bits=5, dac_bits=5, sigma_read=0.05)


def share(net, key=None):
    y = net(X) if key is None else net(X, key)
    return np.mean(np.argmax(y, -1) == LABELS)


def test_training_aware_of_the_hardware_stands_its_errors_better():
    plain = train(MLP((20, 12, 4), 0), X, LABELS, 0, epochs=20)
    aware = train(plain, X, LABELS, 0, epochs=10, rate=3e-3, aware=POOR)
    scores = [np.mean([share(program(net, POOR, k, inputs=X), k) for k in range(8)]) for net in (plain, aware)]
    assert scores[1] > scores[0] + 0.005


def test_training_aware_of_wires_makes_good_what_they_take():
    wired = Mapping(g_min=5e-6, scheme="reference", r_wire=150.0)
    plain = train(MLP((20, 12, 4), 0), X, LABELS, 0, epochs=20)
    aware = train(plain, X, LABELS, 0, epochs=8, aware=wired)
    scores = [share(program(net, wired, inputs=X)) for net in (plain, aware)]
    assert scores[1] > scores[0] + 0.3  # trained as long, blind to the wires, it gains 0.14
    with pytest.raises(PinchedError, match="without a gradient"):
        train(plain, X, LABELS, 0, aware=Mapping(slices=2, slicing="residual"))


def test_any_network_trains_with_what_optax_has():
    first, second = (eqx.nn.Linear(n, m, key=jax.random.key(n)) for n, m in ((20, 8), (8, 1)))
    net = eqx.nn.Sequential([first, eqx.nn.Lambda(jax.nn.relu), second])
    told, targets = [], LABELS[:, None].astype(np.float32)
    settings = {"epochs": 8, "optimiser": optax.sgd(0.02, 0.9), "loss": optax.squared_error}
    trained = train(net, X, targets, 0, progress=lambda *now: told.append(now), **settings)
    assert [n for n, _, _ in told] == list(range(1, 9))
    assert told[-1][2] < 0.5 * told[0][2]
    found = np.mean((np.asarray(jax.vmap(trained)(X))[:, 0] - LABELS) ** 2)
    assert found < 0.5


def test_what_cannot_be_learnt_is_told():
    dense = eqx.nn.Linear(20, 4, key=jax.random.key(0))
    for x, targets, settings, said in (
        (X, LABELS + 3, {}, "more classes than outputs"),
        (X * np.nan, LABELS, {}, "not finite"),
        (X, LABELS.astype(float), {}, "not classes in whole numbers"),
        (X, LABELS, {"batch": 0}, "batch = 0"),
    ):
        with pytest.raises(PinchedError, match=said):
            train(dense, x, targets, 0, epochs=1, **settings)


@pytest.mark.parametrize("aware", [None, POOR])
def test_a_run_that_was_killed_goes_on_to_the_same_numbers(tmp_path, aware):
    class Killed(Exception):
        pass

    def kill(done, *_):
        if done == 2:
            raise Killed

    def run(**others):
        return train(MLP((20, 6, 4), 0), X, LABELS, 3, epochs=4, aware=aware, **others)

    file = tmp_path / "run.npz"
    with pytest.raises(Killed):
        run(checkpoint=file, progress=kill)
    assert file.exists()
    told = []
    resumed = run(checkpoint=file, progress=lambda *now: told.append(now[0]))
    assert told == [3, 4]
    assert not file.exists()
    for a, b in zip(resumed.weights, run().weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_checkpoint_is_of_one_run_and_whole(tmp_path):
    file, tree = tmp_path / "c.npz", {"a": np.arange(3), "b": (np.float32(2), 5)}
    save(file, tree, "one")
    assert load(file, tree, "one")["b"] == (2, 5)
    assert load(tmp_path / "none.npz", tree, "one") is None
    with pytest.raises(PinchedError, match="another run"):
        load(file, tree, "two")
    with pytest.raises(PinchedError, match="no folder"):
        load(tmp_path / "nowhere" / "c.npz", tree, "one")
    file.write_bytes(file.read_bytes()[:50])
    with pytest.raises(PinchedError, match="no checkpoint"):
        load(file, tree, "one")
    assert list(tmp_path.iterdir()) == [file]
    assert fingerprint(np.ones(3), 1) != fingerprint(np.ones(3), 2)
