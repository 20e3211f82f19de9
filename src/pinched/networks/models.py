"""The architectures of the field, of equinox layers only: what `program` can put on arrays.

Every network is called on one sample. It takes a `key` as equinox networks do, and needs none: the noise of a read is
drawn by the array. Weights are float32, drawn from the seed or JAX key given.
"""

import itertools
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pinched.core import PinchedError
from pinched.devices.base import as_key
from pinched.networks.layers import Digital


class LeNet(eqx.Module):
    """Two convolutions with max-pooling and three dense layers, for images (channels, side, side).

    LeCun et al., Proc. IEEE 86, 2278 (1998), 10.1109/5.726791, with rectified linear units: 61 706 parameters at 28
    pixels. Images of fewer than 12 pixels need an odd `kernel` below 5.

    Raises:
        PinchedError: where the kernels leave nothing of the image.
    """

    convs: tuple[eqx.nn.Conv2d, ...]
    dense: tuple[eqx.nn.Linear, ...]
    pool: eqx.nn.MaxPool2d

    def __init__(self, channels: int = 1, side: int = 28, classes: int = 10, *, kernel: int = 5, key=0):
        left = (side // 2 - kernel + 1) // 2
        if left < 1:
            raise PinchedError(f"LeNet: kernels of {kernel} leave nothing of {side} pixels; give a smaller one.")
        k = jax.random.split(as_key(key), 5)
        first = eqx.nn.Conv2d(channels, 6, kernel, padding=kernel // 2, key=k[0])
        self.convs = (first, eqx.nn.Conv2d(6, 16, kernel, key=k[1]))
        sizes = itertools.pairwise((16 * left**2, 120, 84, classes))
        self.dense = tuple(eqx.nn.Linear(*size, key=each) for size, each in zip(sizes, k[2:], strict=True))
        self.pool = eqx.nn.MaxPool2d(2, 2)

    def __call__(self, x, key=None):
        """Logits (classes,) of an image (channels, side, side)."""
        for conv in self.convs:
            x = self.pool(jax.nn.relu(conv(x)))
        x = x.ravel()
        for layer in self.dense[:-1]:
            x = jax.nn.relu(layer(x))
        return self.dense[-1](x)


class Residual(eqx.Module):
    """Convolutions with rectified linear units between them, added to what comes in or to its projection."""

    convs: tuple[eqx.nn.Conv2d, ...]
    shortcut: eqx.nn.Conv2d | None

    def __call__(self, x, key=None):
        """Features (channels, height, width)."""
        y = self.convs[0](x)
        for conv in self.convs[1:]:
            y = conv(jax.nn.relu(y))
        return jax.nn.relu(y + (x if self.shortcut is None else self.shortcut(x)))


class ResNet(eqx.Module):
    """Residual network, He et al., CVPR 2016 (arXiv 1512.03385), for images (channels, height, width).

    A depth of 6n + 2 (8, 14, 20, 32, 44, 56, 110, 152, …) has three stages of n blocks of two 3 x 3 convolutions, for
    small images. With `bottleneck` it is the network of ImageNet, of a depth of 50, 101 or 152: blocks of three
    convolutions. Normalisations are folded into the convolutions, as in inference. So that it can be trained without
    them, the last convolution of a block begins with 1/sqrt(blocks) of He's spread (after arXiv 1901.09321).

    Raises:
        PinchedError: for another depth.
    """

    STAGES: ClassVar = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}

    stem: eqx.nn.Conv2d
    pool: Any
    blocks: tuple[Residual, ...]
    head: eqx.nn.Linear

    def __init__(
        self,
        depth: int = 20,
        channels: int = 3,
        classes: int = 10,
        *,
        width: int | None = None,
        bottleneck: bool = False,
        key=0,
    ):
        if bottleneck and depth not in self.STAGES:
            raise PinchedError(f"ResNet: with bottlenecks the depth is 50, 101 or 152, not {depth}.")
        if not bottleneck and (depth < 8 or (depth - 2) % 6):
            raise PinchedError(f"ResNet: the depth is 6n + 2, such as 8, 20, 56, 110 or 152, not {depth}.")
        stages = self.STAGES[depth] if bottleneck else ((depth - 2) // 6,) * 3
        width = width or (64 if bottleneck else 16)
        first, last, *k = jax.random.split(as_key(key), sum(stages) + 2)
        self.stem = _conv(channels, width, *((7, 2) if bottleneck else (3, 1)), key=first)
        self.pool = eqx.nn.MaxPool2d(3, 2, padding=1) if bottleneck else eqx.nn.Identity()
        blocks, channels = [], width
        for stage, count in enumerate(stages):
            for n in range(count):
                inner, stride = width * 2**stage, 2 if stage and not n else 1
                blocks.append(_block(channels, inner, stride, bottleneck, len(k) ** -0.5, k[len(blocks)]))
                channels = blocks[-1].convs[-1].out_channels
        self.blocks = tuple(blocks)
        self.head = eqx.nn.Linear(channels, classes, key=last)

    def __call__(self, x, key=None):
        """Logits (classes,) of an image (channels, height, width)."""
        x = self.pool(jax.nn.relu(self.stem(x)))
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean((1, 2)))


class Recurrent(eqx.Module):
    """Recurrent cells on top of each other, and a dense layer on what the last one has at the end of a sequence.

    Args:
        cell: eqx.nn.LSTMCell or eqx.nn.GRUCell.
        inputs, hidden, classes: numbers of a step, units of a cell, logits.
        layers: cells on top of each other.
        key: seed or JAX key of the weights.
    """

    cells: tuple[Any, ...]
    head: eqx.nn.Linear
    hidden: int = eqx.field(static=True)
    states: int = eqx.field(static=True)  # of a unit: two of LSTM, one of GRU

    def __init__(self, cell, inputs: int, hidden: int, classes: int, layers: int = 1, *, key=0):
        *k, last = jax.random.split(as_key(key), layers + 1)
        self.cells = tuple(cell(hidden if n else inputs, hidden, key=each) for n, each in enumerate(k))
        self.head = eqx.nn.Linear(hidden, classes, key=last)
        self.hidden, self.states = hidden, 2 if cell is eqx.nn.LSTMCell else 1

    def __call__(self, x, key=None):
        """Logits (classes,) of a sequence (time, inputs)."""
        for cell in self.cells:
            x, _ = unrolled(cell, x, at_rest(self.hidden, self.states))
        return self.head(x[-1])


def LSTM(inputs: int, hidden: int, classes: int, layers: int = 1, *, key=0) -> Recurrent:
    """A classifier of sequences of long short-term memory, Hochreiter & Schmidhuber, Neural Comput. 9, 1735 (1997)."""
    return Recurrent(eqx.nn.LSTMCell, inputs, hidden, classes, layers, key=key)


def GRU(inputs: int, hidden: int, classes: int, layers: int = 1, *, key=0) -> Recurrent:
    """A classifier of sequences of gated recurrent units, Cho et al., EMNLP 2014 (arXiv 1406.1078)."""
    return Recurrent(eqx.nn.GRUCell, inputs, hidden, classes, layers, key=key)


class Encoder(eqx.Module):
    """A layer of a transformer encoder: attention and two dense layers, each added to what comes in, and normalised.

    Vaswani et al., NeurIPS 2017 (arXiv 1706.03762); with `first`, normalised before them (arXiv 2002.04745). The
    products of activations, queries with keys and attention with values, are digital.
    """

    attention: eqx.nn.MultiheadAttention
    norms: tuple[eqx.nn.LayerNorm, eqx.nn.LayerNorm]
    up: eqx.nn.Linear
    down: eqx.nn.Linear
    activation: Any = eqx.field(static=True)
    first: bool = eqx.field(static=True)

    def __init__(self, size: int, heads: int, hidden: int, *, activation=jax.nn.relu, first: bool = False, key=0):
        if size % heads:
            raise PinchedError(f"Encoder: tokens of {size} numbers cannot be split into {heads} heads.")
        k = jax.random.split(as_key(key), 3)
        biases = {f"use_{name}_bias": True for name in ("query", "key", "value", "output")}
        self.attention = eqx.nn.MultiheadAttention(heads, size, **biases, key=k[0])
        self.norms = (eqx.nn.LayerNorm(size), eqx.nn.LayerNorm(size))
        self.up = eqx.nn.Linear(size, hidden, key=k[1])
        self.down = eqx.nn.Linear(hidden, size, key=k[2])
        self.activation, self.first = activation, first

    def __call__(self, x, key=None):
        """Tokens (tokens, size)."""
        before, after = map(jax.vmap, self.norms)
        if self.first:
            x = x + self._look(before(x))
            return x + self._think(after(x))
        x = before(x + self._look(x))
        return after(x + self._think(x))

    def _look(self, x):
        return self.attention(x, x, x)

    def _think(self, x):
        return jax.vmap(self.down)(self.activation(jax.vmap(self.up)(x)))


class Transformer(eqx.Module):
    """A transformer encoder that classifies sequences of up to `tokens` tokens.

    Args:
        inputs, classes: numbers of a token, logits.
        size, heads, hidden: numbers of a token inside, heads of attention, units between the two dense layers.
        layers: encoders on top of each other.
        tokens: of the longest sequence.
        key: seed or JAX key of the weights.
    """

    embedding: eqx.nn.Linear
    places: Digital  # learnt, added to the embedded tokens
    layers: tuple[Encoder, ...]
    norm: eqx.nn.LayerNorm
    head: eqx.nn.Linear

    def __init__(
        self,
        inputs: int,
        classes: int,
        *,
        size: int = 32,
        heads: int = 4,
        hidden: int = 64,
        layers: int = 2,
        tokens: int = 64,
        key=0,
    ):
        first, second, last, *k = jax.random.split(as_key(key), layers + 3)
        self.embedding = eqx.nn.Linear(inputs, size, key=first)
        self.places = Digital(0.02 * jax.random.normal(second, (tokens, size), np.float32))
        self.layers = tuple(Encoder(size, heads, hidden, activation=jax.nn.gelu, first=True, key=each) for each in k)
        self.norm = eqx.nn.LayerNorm(size)
        self.head = eqx.nn.Linear(size, classes, key=last)

    def __call__(self, x, key=None):
        """Logits (classes,) of a sequence (tokens, inputs)."""
        x = jax.vmap(self.embedding)(x) + self.places.value[: len(x)]
        for layer in self.layers:
            x = layer(x)
        return self.head(jax.vmap(self.norm)(x).mean(0))


def at_rest(hidden: int, states: int):
    """What a recurrent cell begins with."""
    zeros = jnp.zeros(hidden, np.float32)
    return zeros if states == 1 else (zeros,) * states


def unrolled(cell, x, state, reverse: bool = False):
    """Hidden states (time, hidden) of a recurrent cell along `x` (time, inputs), and its last state."""

    def step(state, now):
        state = cell(now, state)
        return state, jax.tree.leaves(state)[0]

    state, seen = jax.lax.scan(step, state, x, reverse=reverse)
    return seen, state


def _block(channels: int, inner: int, stride: int, bottleneck: bool, share: float, key) -> Residual:
    k = jax.random.split(key, 4)
    out = 4 * inner if bottleneck else inner
    if bottleneck:
        first = _conv(channels, inner, 1, 1, key=k[0]), _conv(inner, inner, 3, stride, key=k[1])
    else:
        first = (_conv(channels, inner, 3, stride, key=k[0]),)
    last = _conv(inner, out, 1 if bottleneck else 3, 1, key=k[2])
    last = eqx.tree_at(lambda c: c.weight, last, replace_fn=lambda w: w * np.float32(share))
    plain = stride == 1 and channels == out
    return Residual((*first, last), None if plain else _conv(channels, out, 1, stride, key=k[3]))


def _conv(inputs: int, outputs: int, kernel: int, stride: int, *, key) -> eqx.nn.Conv2d:
    """A convolution that keeps the size of an image but for its stride, with weights of He et al., arXiv 1502.01852."""
    conv = eqx.nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, key=key)
    weight = jax.random.normal(key, conv.weight.shape, np.float32) * np.sqrt(np.float32(2 / (inputs * kernel**2)))
    return eqx.tree_at(lambda c: (c.weight, c.bias), conv, (weight, jnp.zeros_like(conv.bias)))
