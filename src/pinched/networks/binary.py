"""Binary networks: weights and activations of ±1, so that a device needs two levels only.

Trained straight through: the sign is what is computed with, and hidden weights in floating point take the gradient as
if it were not there. Hubara, Courbariaux, Soudry, El-Yaniv & Bengio, NeurIPS 2016 (arXiv 1602.02830).
"""

import itertools
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pinched.core import PinchedError
from pinched.devices.base import as_key
from pinched.networks.layers import ON_ARRAYS, lowered


@jax.custom_jvp
def sign(x):
    """±1, with the slope of a line within ±1 and none beyond."""
    return _signs(x)


@sign.defjvp
def _(primals, tangents):
    (x,), (dx,) = primals, tangents
    return sign(x), jnp.where(jnp.abs(x) <= 1, dx, 0)


class Binary(eqx.Module):
    """A layer without bias whose weights count by their sign only: of `equinox.nn`, dense or convolution."""

    layer: Any

    def __init__(self, layer):
        if layer.bias is not None:
            raise PinchedError("A binary layer has no bias: make it with use_bias=False; its Threshold has one.")
        # Far from zero for the first steps, so that single images do not turn weights over.
        self.layer = eqx.tree_at(lambda each: each.weight, layer, layer.weight * (0.1 / jnp.std(layer.weight)))

    @property
    def seen(self):
        """The layer with weights of ±1, whose gradient is that of the hidden ones."""
        w = self.layer.weight
        return eqx.tree_at(lambda each: each.weight, self.layer, w + jax.lax.stop_gradient(_signs(w) - w))

    def __call__(self, x, *, key=None):
        """What the layer makes of `x`."""
        return self.seen(x)


ON_ARRAYS[Binary] = lambda layer: lowered(layer.seen)


class Threshold(eqx.Module):
    """gain (x / √inputs) − level for each channel, digital: what is left of batch normalisation once it is trained.

    In front of a `sign` it is a comparator.
    """

    gain: Any
    level: Any
    inputs: int = eqx.field(static=True)

    def __init__(self, inputs: int, channels: int):
        self.gain, self.level = np.ones(channels, np.float32), np.zeros(channels, np.float32)
        self.inputs = inputs

    def __call__(self, x, *, key=None):
        """Of channels (channels, …)."""
        gain, level = (a.reshape(-1, *(1,) * (x.ndim - 1)) for a in (self.gain, self.level))
        return gain * x / np.float32(np.sqrt(self.inputs)) - level


def dense(sizes, key=0) -> eqx.nn.Sequential:
    """A binary perceptron of `sizes` units a layer, inputs of ±1 first; the last layer gives logits."""
    keys = jax.random.split(as_key(key), len(sizes))
    layers: list[Any] = []
    for (n, m), k in zip(itertools.pairwise(sizes), keys, strict=False):
        layers += [
            Binary(eqx.nn.Linear(n, m, use_bias=False, dtype=np.float32, key=k)),
            Threshold(n, m),
            eqx.nn.Lambda(sign),
        ]
    return eqx.nn.Sequential(layers[:-1])


def convolutional(channels=(1, 32, 64), classes: int = 10, *, side: int = 28, kernel: int = 5, stride: int = 2, key=0):
    """A binary network of strided convolutions and one dense layer, for images (channels, side, side) of ±1."""
    keys = jax.random.split(as_key(key), len(channels))
    layers: list[Any] = []
    for (n, m), k in zip(itertools.pairwise(channels), keys, strict=False):
        conv = eqx.nn.Conv2d(n, m, kernel, stride, use_bias=False, dtype=np.float32, key=k)
        layers += [Binary(conv), Threshold(n * kernel**2, m), eqx.nn.Lambda(sign)]
        side = (side - kernel) // stride + 1
    inputs = channels[-1] * side**2
    last = Binary(eqx.nn.Linear(inputs, classes, use_bias=False, dtype=np.float32, key=keys[-1]))
    return eqx.nn.Sequential([*layers, eqx.nn.Lambda(jnp.ravel), last, Threshold(inputs, classes)])


def _signs(x):
    return jnp.where(x < 0, -1, 1).astype(x.dtype)
