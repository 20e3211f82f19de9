import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinched.core import PinchedError
from pinched.networks import MLP, Mapping, program

NET = MLP((20, 12, 4), 0)
X = np.random.default_rng(0).uniform(0, 1, (200, 20)).astype(np.float32)


def test_an_ideal_device_is_the_network():
    np.testing.assert_allclose(program(NET, Mapping(), 0)(X), NET(X), atol=1e-5)


def test_more_inputs_than_a_tile_holds():
    net, x = MLP((300, 5), 0), np.random.default_rng(0).uniform(0, 1, (10, 300))
    np.testing.assert_allclose(program(net, Mapping(), 0)(x), net(x.astype(np.float32)), atol=1e-4)


def test_inputs_of_both_signs():
    x = X - 0.5
    coarse = program(NET, Mapping(dac_bits=12, adc_bits=14), 0, inputs=x)
    assert np.quantile(np.abs(coarse(x) - NET(x)), 0.95) < 0.005  # the rest lies beyond the range of the converters


def test_read_noise_at_the_column_is_that_of_sampled_cells():
    n = 20_000
    net = MLP((30, 3), 1)
    m = Mapping(g_min=1e-5, g_max=1e-4, sigma_read=0.05, sigma_device=0.1)
    programmed = program(net, m, 2)
    layer, x = programmed.layers[0], X[0, :1].repeat(30) * np.linspace(0, 1, 30, dtype=np.float32)
    quick = programmed(np.tile(x, (n, 1)), key=3)
    v = 0.2 * np.append(x, 1)
    pair = layer.cells[0, :, 0]
    noise = np.random.default_rng(4).standard_normal((n, *pair.shape), np.float32)
    i = np.einsum("r,nprc->npc", v, pair * (1 + 0.05 * noise))
    sampled = (i[:, 0] - i[:, 1]) * layer.scale / 0.2
    assert np.std(sampled, axis=0) == pytest.approx(np.std(quick, axis=0), rel=3 * np.sqrt(2) / np.sqrt(2 * n))
    error = np.std(sampled, axis=0) * np.sqrt(2 / n)
    assert np.all(np.abs(sampled.mean(0) - quick.mean(0)) < 4 * error)


def test_converters_err_within_half_a_code():
    net = MLP((20, 4), 0)
    fine, coarse = (program(net, Mapping(adc_bits=bits), 0, inputs=X) for bits in (np.inf, 8.0))
    layer = coarse.layers[0]
    largest = layer.i_range.max() * layer.scale / 0.2
    step = 2 * largest / (2**8 - 2)
    inside = np.abs(fine(X)) < 0.9 * largest
    assert np.abs(coarse(X) - fine(X))[inside].max() <= step / 2 * 1.001


def test_wires_take_current_away():
    net = MLP((20, 4), 0)
    free, wired = (program(net, Mapping(g_min=1e-6, r_wire=r), 0) for r in (0.0, 5.0))
    np.testing.assert_array_equal(free.layers[0].cells, wired.layers[0].cells)
    power = [np.abs(net.layers[0].signal[:-1]).sum((1, 2)) for net in (wired, free)]
    assert np.all(power[0] < power[1])
    almost = program(net, Mapping(g_min=1e-6, r_wire=1e-6), 0)
    np.testing.assert_allclose(almost(X), free(X), atol=1e-5)


def test_the_same_key_repeats_bit_for_bit():
    m = Mapping(g_min=1e-6, sigma_program=0.05, sigma_read=0.02, stuck_on=0.01)
    a, b, c = (program(NET, m, key) for key in (5, 5, 6))
    assert np.array_equal(a(X, 1), b(X, 1))
    assert not np.array_equal(a(X, 1), a(X, 2))
    assert not np.array_equal(a.layers[0].cells, c.layers[0].cells)
    assert np.array_equal(
        program(NET, m, jax.random.key(5)).layers[0].cells, program(NET, m, jax.random.key(5)).layers[0].cells
    )


def test_a_read_is_differentiable_where_the_converters_are_ideal():
    programmed = program(NET, Mapping(g_min=1e-6), 0)
    slope = jax.grad(lambda x: programmed.net(x).sum())(jnp.asarray(X[0]))
    expected = jax.grad(lambda x: NET(x).sum())(jnp.asarray(X[0]))
    np.testing.assert_allclose(slope, expected, atol=1e-4)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: program(NET, Mapping(adc_bits=6), 0), "give `inputs`"),
        (lambda: program(NET, Mapping(), 0, inputs=X[:, :7]), r"takes \(n, 20\)"),
        (lambda: program(NET, Mapping(), 0)(X[:, :7]), "has 20 inputs"),
        (lambda: program(NET, "hfox", 0), "is no device"),
        (lambda: MLP((5,), 0), "at least two"),
        (lambda: MLP((5, 0), 0), "at least two"),
        (lambda: MLP.of([np.zeros((3, 2)), np.zeros((4, 1))]), "do not follow"),
    ],
)
def test_mistakes_are_told(make, words):
    with pytest.raises(PinchedError, match=words):
        make()
