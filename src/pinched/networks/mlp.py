"""A multilayer perceptron: the smallest network, which needs no compiling."""

import itertools
from collections.abc import Sequence

import equinox as eqx
import numpy as np

from pinched.arrays.analog.noise import generator
from pinched.core import PinchedError
from pinched.networks.layers import Affine


class MLP(eqx.Module):
    """Fully connected layers with rectified linear units between them, in float32.

    Args:
        sizes: units per layer, inputs first: (64, 32, 10).
        key: integer seed or JAX key of the initial weights (He et al., arXiv 1502.01852).

    Raises:
        PinchedError: for fewer than two layers or a size below one.
    """

    layers: tuple[Affine, ...]

    def __init__(self, sizes: Sequence[int], key=0):
        if len(sizes) < 2 or any(int(n) != n or n < 1 for n in sizes):
            raise PinchedError(f"MLP sizes {tuple(sizes)}: give at least two whole numbers of units, inputs first.")
        rng = generator(key)
        self.layers = tuple(
            Affine(np.vstack([rng.normal(0, np.sqrt(2 / n), (n, m)), np.zeros((1, m))]).astype(np.float32))
            for n, m in itertools.pairwise(sizes)
        )

    @classmethod
    def of(cls, weights) -> "MLP":
        """The network with given `weights`, each (inputs + 1, outputs) with the bias in the last row."""
        weights = tuple(np.asarray(w, np.float32) for w in weights)
        sizes = [len(w) - 1 for w in weights] + [weights[-1].shape[1]]
        if any(w.shape != (n + 1, m) for w, n, m in zip(weights, sizes[:-1], sizes[1:], strict=True)):
            raise PinchedError(f"Weights of shapes {[w.shape for w in weights]} do not follow each other.")
        return eqx.tree_at(lambda net: net.weights, cls(sizes), weights)

    @property
    def weights(self) -> tuple:
        """(inputs + 1, outputs) of each layer, the bias in the last row, as a crossbar has it."""
        return tuple(layer.weight for layer in self.layers)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units per layer, inputs first."""
        return (self.weights[0].shape[-2] - 1, *(w.shape[-1] for w in self.weights))

    def __call__(self, x, *, key=None):
        """Logits (…, outputs) of inputs `x` (…, inputs); NumPy in, NumPy out, and JAX likewise."""
        for i, layer in enumerate(self.layers):
            x = layer(x.clip(0) if i else x)
        return x


def minibatches(rng: np.random.Generator, n: int, epochs: int, batch: int) -> np.ndarray:
    """Sample numbers (epochs, n // batch, batch): every epoch a new order, the remainder left out.

    Raises:
        PinchedError: for a batch without samples, or fewer than no epochs.
    """
    if batch < 1 or epochs < 0:
        raise PinchedError(f"epochs = {epochs}, batch = {batch}: give no fewer than 0 passes and 1 sample.")
    batch = min(batch, n)
    order = rng.permuted(np.tile(np.arange(n, dtype=np.int32), (epochs, 1)), axis=1)
    return order[:, : n // batch * batch].reshape(epochs, n // batch, batch)


def check_samples(x, labels, sizes) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (n, inputs) in float32 and classes (n,) in int32 that fit a network of `sizes`.

    Raises:
        PinchedError: where they do not.
    """
    x, labels = np.asarray(x, np.float32), np.asarray(labels)
    if x.ndim != 2 or x.shape[1] != sizes[0] or labels.shape != (len(x),) or not len(x):
        raise PinchedError(f"Inputs {x.shape} and labels {labels.shape}: give (n, {sizes[0]}) and (n,), n above 0.")
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= sizes[-1]:
        raise PinchedError(f"Labels must be whole numbers from 0 to {sizes[-1] - 1}, the outputs of the network.")
    return x, labels.astype(np.int32)
