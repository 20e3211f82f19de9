"""A multilayer perceptron and its training in floating point."""

import functools
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from pinched.core import PinchedError


def as_key(key) -> jax.Array:
    """A JAX key from a key or an integer seed."""
    return jax.random.key(key) if isinstance(key, (int, np.integer)) else key


def generator(key) -> np.random.Generator:
    """A NumPy generator from a JAX key or an integer seed, for draws that are made once and not compiled."""
    return np.random.default_rng(key if isinstance(key, (int, np.integer)) else np.asarray(jax.random.key_data(key)))


class MLP(eqx.Module):
    """Fully connected layers with rectified linear units between them, in float32.

    Each weight matrix carries its bias as the last row, as a crossbar does: a row that is always driven.

    Args:
        sizes: units per layer, inputs first: (64, 32, 10).
        key: JAX key or integer seed of the initial weights (He et al., arXiv 1502.01852).

    Raises:
        PinchedError: for fewer than two layers or a size below one.
    """

    weights: tuple[jax.Array, ...]  # (inputs + 1, outputs) each

    def __init__(self, sizes: Sequence[int], key=0):
        if len(sizes) < 2 or any(int(n) != n or n < 1 for n in sizes):
            raise PinchedError(f"MLP sizes {tuple(sizes)}: give at least two whole numbers of units, inputs first.")
        keys = jax.random.split(as_key(key), len(sizes) - 1)
        self.weights = tuple(
            jnp.zeros((n + 1, m), jnp.float32)
            .at[:n]
            .set(jax.random.normal(k, (n, m), jnp.float32) * np.float32(np.sqrt(2 / n)))
            for k, n, m in zip(keys, sizes[:-1], sizes[1:], strict=True)
        )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units per layer, inputs first."""
        return (self.weights[0].shape[-2] - 1, *(w.shape[-1] for w in self.weights))

    def __call__(self, x):
        """Logits (…, outputs) of inputs `x` (…, inputs)."""
        return forward(self.weights, x)


def forward(weights, x):
    """Logits of `x` (…, inputs) through `weights`, each (inputs + 1, outputs) with the bias in the last row."""
    for i, w in enumerate(weights):
        x = jax.nn.relu(x) if i else x
        x = x @ w[:-1] + w[-1]
    return x


def loss(weights, x, labels):
    """Mean cross-entropy of integer `labels` (batch,)."""
    return optax.softmax_cross_entropy_with_integer_labels(forward(weights, x), labels).mean()


def accuracy(logits, labels):
    """Fraction of `labels` (batch,) that have the largest of `logits` (…, batch, classes)."""
    return (jnp.argmax(logits, -1) == labels).mean(-1)


def minibatches(key, n: int, epochs: int, batch: int):
    """Sample numbers (epochs, n // batch, batch): every epoch a new order, the remainder left out."""
    batch = min(batch, n)
    order = jax.vmap(lambda k: jax.random.permutation(k, n))(jax.random.split(key, epochs))
    return order[:, : n // batch * batch].reshape(epochs, n // batch, batch)


@functools.partial(jax.jit, static_argnames=("epochs", "batch"))
def train(net: MLP, x, labels, key, *, epochs: int = 40, batch: int = 32, rate=3e-3) -> MLP:
    """Train `net` in floating point with Adam (Kingma and Ba, arXiv 1412.6980), its step decaying to zero.

    Args:
        net: the network to start from.
        x: inputs (n, inputs).
        labels: classes (n,), integers.
        key: JAX key of the order of the samples.
        epochs, batch: passes over the data, and samples per update.
        rate: the first step of Adam.

    Returns:
        The trained network.
    """
    batches = minibatches(key, len(x), epochs, batch).reshape(-1, min(batch, len(x)))
    optimiser = optax.adam(optax.linear_schedule(rate, 0.0, len(batches)))

    def update(carry, index):
        weights, state = carry
        change, state = optimiser.update(jax.grad(loss)(weights, x[index], labels[index]), state)
        weights = jax.tree.map(lambda w, d: (w + d).astype(w.dtype), weights, change)
        return (weights, state), None

    (weights, _), _ = jax.lax.scan(update, (net.weights, optimiser.init(net.weights)), batches)
    return eqx.tree_at(lambda n: n.weights, net, weights)
