"""Networks of any kind that learn on devices: what their maps see and err by, and that they learn."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from pinched.applications import digits
from pinched.core import PinchedError
from pinched.devices import ExponentialResponse
from pinched.networks import MLP, insitu, lowered, models, train, train_in_situ
from pinched.networks.insitu.gradients import backward, backward_through, parts
from pinched.networks.layers import Affine, mapped, maps
from pinched.networks.observe import forward

LINEAR = ExponentialResponse(g_min=1e-6, g_max=1e-5, n_up=1000, n_down=1000)
LOSS = optax.softmax_cross_entropy_with_integer_labels


class Tokens(eqx.Module):
    """Attention between the rows of an image, normalised."""

    attention: eqx.nn.MultiheadAttention = eqx.field(default_factory=lambda: eqx.nn.MultiheadAttention(
        2, 8, use_query_bias=True, use_output_bias=True, key=jax.random.key(0)))  # fmt: skip
    norm: eqx.nn.LayerNorm = eqx.field(default_factory=lambda: eqx.nn.LayerNorm(8))
    head: eqx.nn.Linear = eqx.field(default_factory=lambda: eqx.nn.Linear(64, 10, key=jax.random.key(1)))

    def __call__(self, x):
        return self.head(jax.vmap(self.norm)(x + self.attention(x, x, x)).ravel())


class Twice(eqx.Module):
    """One map that is used two times."""

    linear: eqx.nn.Linear

    def __call__(self, x):
        return self.linear(jax.nn.relu(self.linear(x)))


def images(n=12):
    (x, labels), *_ = digits.samples()
    return x[:n], labels[:n]


NETS = {
    "grouped convolutions": lambda: (
        eqx.nn.Sequential([
            eqx.nn.Conv2d(1, 4, 3, stride=2, padding=1, key=jax.random.key(0)),
            eqx.nn.Lambda(jax.nn.relu),
            eqx.nn.Conv2d(4, 6, 3, groups=2, use_bias=False, key=jax.random.key(1)),
            eqx.nn.Lambda(jnp.ravel),
            eqx.nn.Linear(24, 10, key=jax.random.key(2)),
        ]),
        (1, 8, 8),
    ),
    "lstm over a scan": lambda: (models.LSTM(8, 12, 10, key=0), (8, 8)),
    "attention": lambda: (Tokens(), (8, 8)),
    "a map used twice": lambda: (Twice(eqx.nn.Linear(64, 64, key=jax.random.key(0))), (64,)),
}  # fmt: skip


@pytest.mark.parametrize("name", NETS)
def test_what_is_seen_and_erred_makes_the_gradient(name):
    """Σ seen · error of a map is the derivative of the mean loss by its matrix, as JAX has it."""
    net, shape = NETS[name]()
    net = lowered(lowered(net))  # the second time changes nothing
    x, labels = images()
    x = x.reshape(-1, *shape)
    weights = {path: np.asarray(each.weight, np.float32) for path, each in maps(net).items()}

    def lost(weights, net):
        whole = mapped(lambda path, each: Affine(weights[path], each.biased), net)
        return LOSS(jax.vmap(whole)(x), labels).mean()

    wanted = jax.grad(lost)(weights, net)
    told, slopes = backward_through(net, weights, parts(net)[0], LOSS, x, labels)
    assert list(told) == list(reversed(weights))
    for path, (seen, error) in told.items():
        np.testing.assert_allclose(seen.T @ error, wanted[path], rtol=1e-4, atol=1e-6 * np.abs(wanted[path]).max())
    digital = eqx.filter_grad(lambda digital: lost(weights, eqx.combine(digital, parts(net)[1])))(parts(net)[0])
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-6), slopes, digital)


@pytest.mark.parametrize("bias", ["devices", "digital"])
def test_an_mlp_learns_the_same_without_being_compiled(bias):
    net = MLP((64, 8, 10), 0)
    run = insitu.training.Pulsed(net, {
        path: insitu.Layer.of(w if bias == "devices" else w[:-1], LINEAR, insitu.Counts(), 1.0, True, None,
                              np.random.default_rng(0), None if bias == "devices" else w[-1] + 0.1)
        for path, w in zip(maps(net), net.weights, strict=True)
    })  # fmt: skip
    x, labels = images()
    weights = {path: layer.matrix for path, layer in run.layers.items()}
    told, _ = backward_through(net, weights, run.digital, LOSS, x, labels)
    plain = backward([*run.layers.values()], x, labels)
    for (layer, seen, error), (path, (seen_there, error_there)) in zip(plain, told.items(), strict=True):
        assert layer is run.layers[path]
        np.testing.assert_allclose(seen, seen_there, atol=1e-5)
        np.testing.assert_allclose(error, error_there, atol=1e-6)


def test_a_convolutional_network_learns_digits_on_devices():
    (x, labels), validation, (x_test, labels_test) = ((x.reshape(-1, 1, 8, 8), t) for x, t in digits.samples())
    net = models.LeNet(1, 8, 10, kernel=3, key=0)
    done = train_in_situ(net, LINEAR, x, labels, *validation, epochs=8, learning_rates=(0.3,))
    exact = train(net, x, labels, epochs=8, optimiser=optax.sgd(optax.linear_schedule(0.3, 0, 8 * (len(x) // 32))))
    ours, wanted = (np.mean(forward(each, x_test).argmax(1) == labels_test) for each in (done.nets[0], exact))
    assert ours > wanted - 0.05 > 0.8
    assert len(done.cells) == len(maps(lowered(net)))


def test_what_is_digital_follows_the_gradient_and_a_training_goes_on_where_it_stopped():
    x, labels = images(64)
    net = Tokens()
    options = {"epochs": 3, "learning_rates": (0.1,), "bias": "digital", "seeds": (0, 1)}
    data, saved = (x.reshape(-1, 8, 8), labels) * 2, []
    whole = train_in_situ(net, LINEAR, *data, save=saved.append, **options)
    resumed = train_in_situ(net, LINEAR, *data, start=saved[0], **options)
    trees = [
        jax.tree.leaves(eqx.filter(n, eqx.is_inexact_array)) for n in (whole.nets, resumed.nets, (lowered(net),) * 2)
    ]
    for a, b, first in zip(*trees, strict=True):
        assert np.array_equal(a, b)
        assert not np.array_equal(a, first)


def test_other_losses_are_scored_by_what_is_lost():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (300, 2)).astype(np.float32)
    y = np.sin(3 * x[:, :1]) * x[:, 1:]
    done = train_in_situ(
        (2, 16, 16, 1), LINEAR, x[:250], y[:250], x[250:], y[250:], epochs=20, batch=10, learning_rates=(0.1, 0.3),
        loss=lambda out, wanted: optax.squared_error(out, wanted).sum(-1),
    )  # fmt: skip
    lost = np.mean((forward(done.nets[0], x[250:]) - y[250:]) ** 2)
    assert done.validation.max() == pytest.approx(-lost, rel=1e-4)
    assert lost < 0.3 * y[250:].var()


def test_an_unknown_place_of_the_bias_is_told():
    with pytest.raises(PinchedError, match="devices, digital"):
        train_in_situ((64, 10), LINEAR, *images(), *images(), bias="nowhere")
