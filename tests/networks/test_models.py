import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from pinched.core import PinchedError
from pinched.devices import programming
from pinched.networks import Mapping, program
from pinched.networks.models import GRU, LSTM, Encoder, LeNet, ResNet, Transformer

IMAGES = np.random.default_rng(0).normal(size=(5, 3, 16, 16)).astype(np.float32)
SEQUENCES = np.random.default_rng(1).normal(size=(5, 6, 4)).astype(np.float32)


def parameters(net) -> int:
    return sum(np.prod(a.shape, dtype=int) for a in jax.tree.leaves(net) if hasattr(a, "shape"))


def layers(net) -> int:
    """Convolutions and dense layers on the longest path."""
    return 2 + sum(len(block.convs) for block in net.blocks)


NETS = {
    "lenet": (LeNet(3, 16, 7), IMAGES),
    "lenet-small": (LeNet(3, 8, 7, kernel=3), IMAGES[:, :, ::2, ::2]),
    "resnet": (ResNet(8, classes=7, width=4), IMAGES[:, :, ::2, ::2]),
    "lstm": (LSTM(4, 5, 7, layers=2), SEQUENCES),
    "gru": (GRU(4, 5, 7), SEQUENCES),
    "transformer": (Transformer(4, 7, size=8, heads=2, hidden=16), SEQUENCES),
}


@pytest.mark.parametrize(("net", "x"), NETS.values(), ids=NETS)
def test_they_take_samples_and_every_weight_matters(net, x):
    @jax.jit
    @jax.value_and_grad
    def loss(weights):
        logits = jax.vmap(eqx.combine(weights, rest))(x)
        assert logits.shape == (5, 7)
        return optax.softmax_cross_entropy_with_integer_labels(logits, np.array([0, 6, 2, 3, 1])).mean()

    weights, rest = eqx.partition(net, eqx.is_inexact_array)
    value, slopes = loss(weights)
    assert value == pytest.approx(np.log(7), abs=0.7)
    assert all(a.dtype == np.float32 for a in jax.tree.leaves(weights))
    assert all(np.isfinite(a).all() for a in jax.tree.leaves(slopes))
    assert all(np.any(np.abs(a) > 1e-6) for a in jax.tree.leaves(slopes) if a.ndim > 1)


@pytest.mark.parametrize("name", ["lenet-small", "resnet", "lstm", "gru", "transformer"])
@pytest.mark.slow
def test_they_stand_on_arrays(name):
    net, x = NETS[name]
    exact = np.asarray(eqx.filter_jit(lambda net, x: jax.vmap(net)(x))(net, x))
    np.testing.assert_allclose(program(net, Mapping(), inputs=x)(x), exact, atol=1e-4)
    real = program(net, programming("pcm-nandakumar-2019"), inputs=x)(x, 1)
    assert 0.005 < np.linalg.norm(real - exact) / np.linalg.norm(exact) < 0.5


def test_lenet_has_the_weights_of_lecun():
    assert parameters(LeNet()) == 61706


def test_the_published_depths_have_the_published_sizes():
    small = {20: 0.27, 32: 0.46, 44: 0.66, 56: 0.85, 110: 1.7}  # millions, He et al., table 6
    for depth, millions in small.items():
        net = ResNet(depth, key=None)
        assert layers(net) == depth
        assert parameters(net) / 1e6 == pytest.approx(millions, rel=0.03)
    large = {50: 25.56, 101: 44.55, 152: 60.19}  # millions, of the published weights, normalisations not folded
    for depth, millions in large.items():
        net = ResNet(depth, classes=1000, bottleneck=True, key=None)
        assert layers(net) == depth
        assert parameters(net) / 1e6 == pytest.approx(millions, rel=0.005)


def test_152_layers_neither_vanish_nor_explode():
    net = ResNet(152, width=4)
    x = jax.nn.relu(net.stem(jnp.asarray(IMAGES[0, :, :8, :8])))
    powers = [float(jnp.mean(x**2))]
    for block in net.blocks:
        x = block(x)
        powers.append(float(jnp.mean(x**2)))
    assert 0.1 < powers[-1] / powers[0] < 30


def test_a_transformer_sees_the_order_of_its_tokens():
    net = eqx.filter_jit(Transformer(4, 7, size=8, heads=2, hidden=16, layers=1))
    assert not np.allclose(net(SEQUENCES[0, ::-1]), net(SEQUENCES[0]), atol=1e-4)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ResNet(21), "6n \\+ 2"),
        (lambda: ResNet(56, bottleneck=True), "50, 101 or 152"),
        (lambda: LeNet(side=6), "give a smaller one"),
        (lambda: Encoder(10, 3, 16), "3 heads"),
    ],
)
def test_mistakes_are_told(make, words):
    with pytest.raises(PinchedError, match=words):
        make()
