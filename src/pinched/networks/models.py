"""The architectures of the field, of equinox layers only: what `program` can put on arrays.

Every network is called on one sample. It takes a `key` as equinox networks do, and needs none: the noise of a read is
drawn by the array. Weights are float32 and normal (He et al., arXiv 1502.01852), drawn from a seed or JAX key; without
one, `key=None`, a network has the shapes of its weights alone.
"""

import functools
import itertools
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pinched.arrays.analog.noise import generator
from pinched.core import PinchedError
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
        draw = _draw(key)
        first = draw(2, eqx.nn.Conv2d, channels, 6, kernel, padding=kernel // 2)
        self.convs = (first, draw(2, eqx.nn.Conv2d, 6, 16, kernel))
        sizes = itertools.pairwise((16 * left**2, 120, 84, classes))
        self.dense = tuple(draw(gain, eqx.nn.Linear, *size) for gain, size in zip((2, 2, 1), sizes, strict=True))
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
        draw = _draw(key)
        self.stem = _conv(draw, channels, width, *((7, 2) if bottleneck else (3, 1)))
        self.pool = eqx.nn.MaxPool2d(3, 2, padding=1) if bottleneck else eqx.nn.Identity()
        blocks, channels = [], width
        for stage, count in enumerate(stages):
            for n in range(count):
                inner, stride = width * 2**stage, 2 if stage and not n else 1
                blocks.append(_block(draw, channels, inner, stride, bottleneck, 1 / sum(stages)))
                channels = blocks[-1].convs[-1].out_channels
        self.blocks = tuple(blocks)
        self.head = draw(1, eqx.nn.Linear, channels, classes)

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
        draw = _draw(key)
        self.cells = tuple(draw(1, cell, hidden if n else inputs, hidden) for n in range(layers))
        self.head = draw(1, eqx.nn.Linear, hidden, classes)
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
        draw = _draw(key)
        biases = {f"use_{name}_bias": True for name in ("query", "key", "value", "output")}
        self.attention = draw(1, eqx.nn.MultiheadAttention, heads, size, **biases)
        self.norms = (_norm(size), _norm(size))
        self.up = draw(2, eqx.nn.Linear, size, hidden)
        self.down = draw(1, eqx.nn.Linear, hidden, size)
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
        key = None if key is None else generator(key)
        draw = _draw(key)
        self.embedding = draw(1, eqx.nn.Linear, inputs, size)
        self.places = Digital(draw(1e-3 * size, eqx.nn.Embedding, tokens, size).weight)
        self.layers = tuple(
            Encoder(size, heads, hidden, activation=jax.nn.gelu, first=True, key=key) for _ in range(layers)
        )
        self.norm = _norm(size)
        self.head = draw(1, eqx.nn.Linear, size, classes)

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


def _block(draw, channels: int, inner: int, stride: int, bottleneck: bool, share: float) -> Residual:
    out = 4 * inner if bottleneck else inner
    if bottleneck:
        first = _conv(draw, channels, inner, 1, 1), _conv(draw, inner, inner, 3, stride)
    else:
        first = (_conv(draw, channels, inner, 3, stride),)
    last = _conv(draw, inner, out, 1 if bottleneck else 3, 1, share)
    plain = stride == 1 and channels == out
    return Residual((*first, last), None if plain else _conv(draw, channels, out, 1, stride))


def _conv(draw, inputs: int, outputs: int, kernel: int, stride: int, share: float = 1.0) -> eqx.nn.Conv2d:
    """A convolution that keeps the size of an image but for its stride."""
    return draw(2 * share, eqx.nn.Conv2d, inputs, outputs, kernel, stride, padding=kernel // 2)


def _norm(size: int) -> eqx.nn.LayerNorm:
    layer = skeleton(eqx.nn.LayerNorm, size)
    return eqx.tree_at(lambda n: (n.weight, n.bias), layer, (jnp.ones(size, np.float32), jnp.zeros(size, np.float32)))


def _draw(key):
    """A function that makes a layer with weights of variance gain / inputs, without biases; by NumPy, not compiled."""
    rng = None if key is None else generator(key)

    def draw(gain, kind, *args, **kwargs):
        def filled(path, a):
            if rng is None or not isinstance(a, jax.ShapeDtypeStruct):
                return a
            if path[-1].name.startswith("bias"):
                return jnp.zeros(a.shape, np.float32)
            return jnp.asarray(rng.normal(0, np.sqrt(gain / np.prod(a.shape[1:])), a.shape).astype(np.float32))

        return jax.tree_util.tree_map_with_path(filled, skeleton(kind, *args, **kwargs))

    return draw


@functools.cache
def skeleton(kind, *args, **kwargs):
    """A layer of equinox with the shapes of its arrays alone."""
    normal = kind in (eqx.nn.LayerNorm, eqx.nn.GroupNorm)  # which draw nothing
    return eqx.filter_eval_shape(lambda: kind(*args, **kwargs, **({} if normal else {"key": jax.random.key(0)})))
