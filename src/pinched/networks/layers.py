"""Layers brought to what an array computes: an affine map, whose inputs are unrolled as the layer asks."""

import itertools
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pinched.core import PinchedError


class Affine(eqx.Module):
    """x -> x W + b for inputs (…, inputs), the bias in the last row of `weight` where there is one.

    What stands on an array: a row of the matrix is a word line, and that of the bias is always driven. NumPy in, NumPy
    out, and JAX likewise.
    """

    weight: Any  # (inputs, outputs), or (inputs + 1, outputs) with a bias
    biased: bool = eqx.field(default=True, static=True)

    @property
    def inputs(self) -> int:
        """Inputs, the one of the bias not counted."""
        return self.weight.shape[-2] - self.biased

    def __call__(self, x, *, key=None):
        """Outputs (…, outputs); `key` is for layers that have noise."""
        return x @ self.weight[:-1] + self.weight[-1] if self.biased else x @ self.weight


def biased(x, one=1.0):
    """Inputs (…, inputs) with the `one` that drives the row of the biases as the last."""
    xp = x.__array_namespace__()
    return xp.concat([x, xp.full((*x.shape[:-1], 1), one, dtype=x.dtype)], axis=-1)


class Digital(eqx.Module):
    """A parameter that stays digital, such as places that are added to tokens."""

    value: Any


class Unrolled(eqx.Module):
    """A convolution as products of its patches (channels and kernel in a row) with one matrix for every group."""

    maps: tuple[Any, ...]  # Affine, one for each group
    conv: eqx.nn.Conv  # with neither weight nor bias

    def __call__(self, x, *, key=None):
        """Channels and positions (outputs, …) of an image (channels, …)."""
        conv = self.conv
        if conv.padding_mode != "ZEROS":
            x, padding = conv._nonzero_pad(x), "VALID"
        else:
            padding = conv.padding
        seen = patches(x, conv.kernel_size, conv.stride, padding, conv.dilation)
        parts = jnp.split(jnp.moveaxis(seen, 0, -1), len(self.maps), axis=-1)
        found = jnp.concatenate([each(part) for each, part in zip(self.maps, parts, strict=True)], axis=-1)
        return jnp.moveaxis(found, -1, 0)


def patches(x, kernel, stride, padding, dilation):
    """(channels · kernel, …) what a kernel sees of `x` (channels, …) at each of its places, a slice for each tap.

    `jax.lax.conv_general_dilated_patches` gives the same, but its gradient takes four to ten times as long on a CPU.
    """
    if isinstance(padding, str):
        reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
        padding = jax.lax.padtype_to_pads(x.shape[1:], reach, stride, padding)
    x = jnp.pad(x, [(0, 0), *padding])
    places = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(x.shape[1:], kernel, stride, dilation, strict=True)]

    def tap(at):
        first = [a * d for a, d in zip(at, dilation, strict=True)]
        last = [f + (n - 1) * s + 1 for f, n, s in zip(first, places, stride, strict=True)]
        return jax.lax.slice(x, (0, *first), (len(x), *last), (1, *stride))

    seen = jnp.stack([tap(at) for at in itertools.product(*map(range, kernel))], axis=1)
    return seen.reshape(-1, *places)


class LSTM(eqx.Module):
    """A step of a long short-term memory: all four gates from one array that input and hidden state drive together."""

    gates: Any  # Affine
    hidden_size: int = eqx.field(static=True)

    def __call__(self, input, hidden, *, key=None):
        """The hidden and the cell state after `input`, as of `equinox.nn.LSTMCell`."""
        h, c = hidden
        i, f, g, o = jnp.split(self.gates(jnp.concatenate([input, h])), 4)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return jax.nn.sigmoid(o) * jnp.tanh(c), c


class GRU(eqx.Module):
    """A step of a gated recurrent unit: the reset gate stands between two arrays, of the input and of the state."""

    of_input: Any  # Affine
    of_hidden: Any
    hidden_size: int = eqx.field(static=True)

    def __call__(self, input, hidden, *, key=None):
        """The hidden state after `input`, as of `equinox.nn.GRUCell`."""
        r, z, n = jnp.split(self.of_input(input), 3)
        r_h, z_h, n_h = jnp.split(self.of_hidden(hidden), 3)
        n = jnp.tanh(n + jax.nn.sigmoid(r + r_h) * n_h)
        return n + jax.nn.sigmoid(z + z_h) * (hidden - n)


class Shared(eqx.Module):
    """Layers that share parameters, each on arrays of its own; called, it gives them, as `equinox.nn.Shared`."""

    layers: Any

    def __call__(self):
        """The layers."""
        return self.layers


def _linear(layer: eqx.nn.Linear):
    if "scalar" in (layer.in_features, layer.out_features):
        raise PinchedError('A Linear layer of "scalar" features has no matrix for an array: give whole numbers.')
    return _affine(layer.weight, layer.bias)


def _conv(layer: eqx.nn.Conv):
    _single(layer.weight, 2 + layer.num_spatial_dims)
    weight = layer.weight.reshape(layer.groups, layer.out_channels // layer.groups, -1)
    bias = [None] * layer.groups if layer.bias is None else layer.bias.reshape(layer.groups, -1)
    maps = tuple(_affine(w, b) for w, b in zip(weight, bias, strict=True))
    return Unrolled(maps, eqx.tree_at(lambda c: (c.weight, c.bias), layer, (None, None), is_leaf=lambda x: x is None))


def _lstm(layer: eqx.nn.LSTMCell):
    return LSTM(_affine(jnp.concatenate([layer.weight_ih, layer.weight_hh], axis=1), layer.bias), layer.hidden_size)


def _gru(layer: eqx.nn.GRUCell):
    if layer.bias is None or layer.bias_n is None:
        return GRU(_affine(layer.weight_ih, None), _affine(layer.weight_hh, None), layer.hidden_size)
    late = jnp.concatenate([jnp.zeros_like(layer.bias[: -len(layer.bias_n)]), layer.bias_n])
    return GRU(_affine(layer.weight_ih, layer.bias), _affine(layer.weight_hh, late), layer.hidden_size)


def _affine(weight, bias) -> Affine:
    """Of an equinox weight (outputs, inputs)."""
    _single(weight, 2)
    xp = jnp if any(isinstance(a, jax.Array) for a in (weight, bias)) else np
    rows = weight.T if bias is None else xp.concatenate([weight.T, bias.reshape(1, -1)])
    return Affine(rows, bias is not None)


def _single(weight, axes: int) -> None:
    if weight.ndim != axes:
        raise PinchedError(
            f"Weights {weight.shape} are those of several layers stacked in one, as of vmap: keep the layers in a "
            "tuple, for each needs arrays of its own."
        )


# What arrays compute, and how it is made of Affine maps.
ON_ARRAYS = {
    eqx.nn.Linear: _linear, eqx.nn.Conv: _conv, eqx.nn.LSTMCell: _lstm, eqx.nn.GRUCell: _gru,
    eqx.nn.Shared: lambda shared: Shared(lowered(shared())),
}  # fmt: skip
# What holds parameters that no array needs to: it stays digital as it is.
DIGITAL = (
    eqx.nn.LayerNorm, eqx.nn.RMSNorm, eqx.nn.GroupNorm, eqx.nn.BatchNorm, eqx.nn.Embedding, eqx.nn.PReLU,
    eqx.nn.RotaryPositionalEmbedding, eqx.nn.StateIndex, Digital,
)  # fmt: skip


def lowered(net):
    """`net` with every layer that arrays compute made of Affine maps; its outputs are the same.

    Args:
        net: an equinox network, or an MLP.

    Raises:
        PinchedError: where a matrix of the network is in no layer of ON_ARRAYS and in none that stays digital.
    """

    def lower(path, x):
        if isinstance(x, whole):
            return next((make(x) for kind, make in ON_ARRAYS.items() if isinstance(x, kind)), x)
        if eqx.is_inexact_array(x) and np.ndim(x) >= 2:
            raise PinchedError(
                f"The network holds a matrix {np.shape(x)} at {jax.tree_util.keystr(path) or 'its root'} outside of a "
                f"layer that can be put on arrays: {', '.join(kind.__name__ for kind in ON_ARRAYS)} of equinox.nn, "
                "and what is made of them (Conv1d, Conv2d); what stays digital, such as places of tokens, goes into a "
                "networks.layers.Digital."
            )
        return x

    whole = (Affine, Unrolled, *ON_ARRAYS, *DIGITAL)  # what is lowered stays so
    return jax.tree_util.tree_map_with_path(lower, net, is_leaf=lambda x: isinstance(x, whole))


def is_map(x) -> bool:
    """Whether `x` is a map that stands, or can stand, on an array."""
    return isinstance(x, Affine) or getattr(x, "is_map", False)


def maps(net) -> dict[str, Any]:
    """Path -> the maps of a lowered network, in the order of its leaves."""
    leaves = jax.tree_util.tree_leaves_with_path(net, is_leaf=is_map)
    return {jax.tree_util.keystr(path).lstrip("."): leaf for path, leaf in leaves if is_map(leaf)}


def mapped(replace, net):
    """`net` with `replace(path, map)` in the place of each of its maps."""

    def each(path, x):
        return replace(jax.tree_util.keystr(path).lstrip("."), x) if is_map(x) else x

    return jax.tree_util.tree_map_with_path(each, net, is_leaf=is_map)
