import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinched.core import PinchedError
from pinched.networks import MLP, Mapping, lowered, program
from pinched.networks.layers import maps
from pinched.networks.observe import forward

KEYS = iter(jax.random.split(jax.random.key(0), 30))
RNG = np.random.default_rng(0)


class Recurrent(eqx.Module):
    """Steps of an LSTM and a GRU, attention over them, and a linear layer."""

    lstm: eqx.nn.LSTMCell
    gru: eqx.nn.GRUCell
    attention: eqx.nn.MultiheadAttention
    norm: eqx.nn.LayerNorm
    out: eqx.nn.Linear

    def __init__(self):
        self.lstm = eqx.nn.LSTMCell(5, 6, key=next(KEYS))
        self.gru = eqx.nn.GRUCell(6, 8, key=next(KEYS))
        self.attention = eqx.nn.MultiheadAttention(2, 8, key=next(KEYS))
        self.norm = eqx.nn.LayerNorm(8)
        self.out = eqx.nn.Linear(8, 3, use_bias=False, key=next(KEYS))

    def __call__(self, x):
        def step(carry, u):
            carry, g = carry
            carry = self.lstm(u, carry)
            g = self.gru(carry[0], g)
            return (carry, g), g

        rest, still = (jnp.zeros(cell.hidden_size) for cell in (self.lstm, self.gru))
        _, seen = jax.lax.scan(step, ((rest, rest), still), x)
        return self.out(jax.vmap(self.norm)(self.attention(seen, seen, seen)).mean(0))


def convolution(kind, **settings):
    layer = {1: eqx.nn.Conv1d, 2: eqx.nn.Conv2d}[kind](4, 6, 3, key=next(KEYS), **settings)
    return layer, RNG.normal(size=(7, 4, *(9, 8)[:kind])).astype(np.float32)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (1, {}),
        (1, {"stride": 2, "padding": 1, "dilation": 2}),
        (2, {"groups": 2, "use_bias": False}),
        (2, {"padding": "SAME", "padding_mode": "REFLECT", "stride": 2}),
        (2, {"padding": ((0, 1), (2, 0)), "padding_mode": "CIRCULAR"}),
    ],
)
def test_a_convolution_is_a_product_of_its_patches(kind, settings):
    layer, x = convolution(kind, **settings)
    np.testing.assert_allclose(forward(lowered(layer), x), jax.vmap(layer)(x), atol=1e-5)


@pytest.fixture(scope="module")
def recurrent():
    net, x = Recurrent(), RNG.normal(size=(20, 4, 5)).astype(np.float32)
    return net, x, np.asarray(jax.vmap(net)(x))


def test_any_network_on_ideal_devices_is_itself(recurrent):
    net, x, exact = recurrent
    placed = program(net, Mapping(), inputs=x)
    np.testing.assert_allclose(placed(x), exact, atol=1e-5)
    assert list(placed.products) == list(maps(placed.net))
    assert placed.products == {
        "lstm.gates": 4, "gru.of_input": 4, "gru.of_hidden": 4, "attention.query_proj": 4, "attention.key_proj": 4,
        "attention.value_proj": 4, "attention.output_proj": 4, "out": 1,
    }  # fmt: skip


def test_read_noise_is_new_for_each_sample_and_each_key(recurrent):
    net, x, exact = recurrent
    noisy = program(net, Mapping(sigma_read=0.02), inputs=x)
    same = np.repeat(x[:1], 200, axis=0)
    once = noisy(same, 1)
    assert np.array_equal(once, noisy(same, 1))
    spread = once.std(axis=0)
    assert np.all(spread > 0)
    np.testing.assert_allclose(once.mean(0), exact[0], atol=5 * spread.max())
    assert not np.array_equal(once, noisy(same, 2))
    assert len(np.unique(once[:, 0])) > 190


def test_a_map_that_is_used_in_every_step_has_new_noise_in_each():
    cell = eqx.nn.GRUCell(3, 4, key=next(KEYS))

    class Steps(eqx.Module):
        cell: eqx.nn.GRUCell

        def __call__(self, x):
            return jax.lax.scan(lambda h, u: (self.cell(u, h),) * 2, jnp.zeros(4), x)[1]

    x = np.ones((1, 30, 3), np.float32)
    net = program(Steps(cell), Mapping(sigma_read=0.05), inputs=x)
    changes = np.diff(net(x, 0)[0, 10:] - net(x)[0, 10:], axis=0)
    assert np.all(np.abs(changes).max(axis=1) > 0)


def test_quantised_converters_are_calibrated_on_what_each_layer_sees(recurrent):
    net, x, exact = recurrent
    errors = [np.std(program(net, Mapping(adc_bits=b, dac_bits=b), inputs=x)(x) - exact) for b in (4.0, 6.0, 8.0)]
    assert errors[0] > 2 * errors[1] > 4 * errors[2] > 0


class Tied(eqx.Module):
    """Two layers of one weight."""

    both: eqx.nn.Shared

    def __call__(self, x):
        first, second = self.both()
        return second(jnp.tanh(first(x)))


def test_layers_that_share_weights_stand_on_arrays_of_their_own():
    layers = [eqx.nn.Linear(4, 4, key=next(KEYS)) for _ in range(2)]
    net = Tied(eqx.nn.Shared(layers, lambda pair: pair[1].weight, lambda pair: pair[0].weight))
    x = RNG.normal(size=(5, 4)).astype(np.float32)
    placed = program(net, Mapping(), inputs=x)
    np.testing.assert_allclose(placed(x), jax.vmap(net)(x), atol=1e-5)
    assert len(placed.layers) == 2


class Peeking(eqx.Module):
    """A layer whose weights are also used without it."""

    layer: eqx.nn.Linear

    def __call__(self, x):
        return self.layer(x) @ self.layer.weight


class Deep(eqx.Module):
    """Layers stacked in one, one after the other."""

    layers: eqx.nn.Linear

    def __call__(self, x):
        return jax.lax.scan(lambda x, layer: (layer(x), None), x, self.layers)[0]


class Loose(eqx.Module):
    matrix: np.ndarray

    def __call__(self, x):
        return self.matrix @ x


def test_what_cannot_be_put_on_arrays_is_named():
    with pytest.raises(PinchedError, match=r"\(2, 3\) at \.matrix.*Conv2d"):
        program(Loose(np.ones((2, 3), np.float32)), Mapping(), inputs=np.ones((4, 3)))
    with pytest.raises(PinchedError, match="no layer"):
        program(eqx.nn.LayerNorm(3), Mapping(), inputs=np.ones((4, 3)))
    with pytest.raises(PinchedError, match="give `inputs`"):
        program(eqx.nn.Linear(3, 2, key=next(KEYS)), Mapping())


def test_a_network_that_cannot_be_run_says_why():
    dense, x = eqx.nn.Linear(3, 2, key=next(KEYS)), np.ones((4, 3), np.float32)
    placed = program(dense, Mapping(), inputs=x)
    for wrong, said in ((x[0], "give .* samples like"), (x[:, :2], "cannot be called on one sample")):
        with pytest.raises(PinchedError, match=said):
            placed.read(wrong)
    stacked = eqx.filter_vmap(lambda key: eqx.nn.Linear(3, 3, key=key))(jax.random.split(next(KEYS), 2))
    for net, samples, said in (
        (dense, np.ones((4, 5), np.float32), r"one sample \(5,\) .*dot_general"),
        (eqx.nn.Sequential([dense, eqx.nn.Dropout()]), x, "requires a key.*inference_mode"),
        (Peeking(dense), x, "takes more from a layer than its outputs.*weight"),
        (dense, x * np.nan, "not finite"),
        (Deep(stacked), x, r"\(2, 3, 3\).*keep the layers in a tuple"),
    ):
        with pytest.raises(PinchedError, match=said):
            program(net, Mapping(), inputs=samples)


def test_an_mlp_needs_no_compiling_and_takes_batches():
    net = MLP((6, 5, 3), 1)
    x = RNG.uniform(0, 1, (10, 6)).astype(np.float32)
    assert list(maps(lowered(net))) == ["layers[0]", "layers[1]"]
    np.testing.assert_allclose(program(net, Mapping(), inputs=x)(x), net(x), atol=1e-6)


def test_samples_that_do_not_fill_a_part_and_networks_of_several_outputs():
    net = lambda x: (x + 1, {"twice": 2 * x})  # noqa: E731
    x = np.arange(900, dtype=np.float32).reshape(300, 3)
    one, two = forward(net, x)
    np.testing.assert_array_equal(one, x + 1)
    np.testing.assert_array_equal(two["twice"], 2 * x)
