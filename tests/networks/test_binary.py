"""Binary networks: what is computed, what is learnt, and two levels that hold all of it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from equinox import nn

from pinched.applications.digits import samples
from pinched.core import PinchedError
from pinched.networks import Mapping, binary, program, train
from pinched.networks.observe import forward


def test_the_sign_and_its_slope():
    assert binary.sign(jnp.array([-0.5, 0.0, 2.0])).tolist() == [-1, 1, 1]
    assert jax.vmap(jax.grad(binary.sign))(jnp.array([-2.0, -0.5, 0.5, 2.0])).tolist() == [0, 1, 1, 0]


def test_only_signs_of_weights_count_and_hidden_ones_learn():
    layer = binary.Binary(nn.Linear(5, 3, use_bias=False, key=jax.random.key(0)))
    x = jnp.arange(5.0)
    np.testing.assert_allclose(layer(x), np.sign(layer.layer.weight) @ x, rtol=1e-6)
    slope = jax.grad(lambda each: each(x)[1])(layer).layer.weight
    np.testing.assert_allclose(slope, np.outer([0, 1, 0], x))


def test_a_bias_is_refused():
    with pytest.raises(PinchedError, match="use_bias=False"):
        binary.Binary(nn.Linear(5, 3, key=jax.random.key(0)))


@pytest.mark.parametrize("kind", ["dense", "convolutional"])
def test_two_levels_hold_all_of_it(kind):
    data = samples()
    x, test = (np.where(part.images < 0.5, -1, 1).astype(np.float32) for part in (data.train, data.test))
    if kind == "dense":
        net = binary.dense((64, 128, 10), 0)
    else:
        net, x, test = (
            binary.convolutional((1, 8), side=8, kernel=3, key=0),
            *(a.reshape(-1, 1, 8, 8) for a in (x, test)),
        )
    net = train(net, x, data.train.labels, 0, epochs=8)
    found = forward(net, test)
    assert np.mean(found.argmax(1) == data.test.labels) > 0.75
    for scheme in ("offset", "differential"):
        on_device = program(net, Mapping(levels=2, scheme=scheme, g_min=1e-8), 0, inputs=x[:64])
        np.testing.assert_allclose(on_device.read(test), found, atol=1e-3 * np.abs(found).max())
        assert all(set(np.unique(e.asked)) == {np.float32(1e-8), np.float32(1e-4)} for e in on_device.layers)
