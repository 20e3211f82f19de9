"""Layers brought to what an array computes: an affine map, whose inputs are unrolled as the layer asks."""

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
        patches = jax.lax.conv_general_dilated_patches(
            x[None], conv.kernel_size, conv.stride, padding, rhs_dilation=conv.dilation
        )[0]
        parts = jnp.split(jnp.moveaxis(patches, 0, -1), len(self.maps), axis=-1)
        found = jnp.concatenate([each(part) for each, part in zip(self.maps, parts, strict=True)], axis=-1)
        return jnp.moveaxis(found, -1, 0)


class LSTM(eqx.Module):
    """A step of a long short-term memory: all four gates from one array that input and hidden state drive together."""

    gates: Any  # Affine

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

    def __call__(self, input, hidden, *, key=None):
        """The hidden state after `input`, as of `equinox.nn.GRUCell`."""
        r, z, n = jnp.split(self.of_input(input), 3)
        r_h, z_h, n_h = jnp.split(self.of_hidden(hidden), 3)
        n = jnp.tanh(n + jax.nn.sigmoid(r + r_h) * n_h)
        return n + jax.nn.sigmoid(z + z_h) * (hidden - n)


def _linear(layer: eqx.nn.Linear):
    if "scalar" in (layer.in_features, layer.out_features):
        raise PinchedError('A Linear layer of "scalar" features has no matrix for an array: give whole numbers.')
    return _affine(layer.weight, layer.bias)


def _conv(layer: eqx.nn.Conv):
    weight = layer.weight.reshape(layer.groups, layer.out_channels // layer.groups, -1)
    bias = [None] * layer.groups if layer.bias is None else layer.bias.reshape(layer.groups, -1)
    maps = tuple(_affine(w, b) for w, b in zip(weight, bias, strict=True))
    return Unrolled(maps, eqx.tree_at(lambda c: (c.weight, c.bias), layer, (None, None), is_leaf=lambda x: x is None))


def _lstm(layer: eqx.nn.LSTMCell):
    return LSTM(_affine(jnp.concatenate([layer.weight_ih, layer.weight_hh], axis=1), layer.bias))


def _gru(layer: eqx.nn.GRUCell):
    if layer.bias is None or layer.bias_n is None:
        return GRU(_affine(layer.weight_ih, None), _affine(layer.weight_hh, None))
    late = jnp.concatenate([jnp.zeros_like(layer.bias[: -len(layer.bias_n)]), layer.bias_n])
    return GRU(_affine(layer.weight_ih, layer.bias), _affine(layer.weight_hh, late))


def _affine(weight, bias) -> Affine:
    """Of an equinox weight (outputs, inputs)."""
    xp = jnp if any(isinstance(a, jax.Array) for a in (weight, bias)) else np
    rows = weight.T if bias is None else xp.concatenate([weight.T, bias.reshape(1, -1)])
    return Affine(rows, bias is not None)


# What arrays compute, and how it is made of Affine maps.
ON_ARRAYS = {eqx.nn.Linear: _linear, eqx.nn.Conv: _conv, eqx.nn.LSTMCell: _lstm, eqx.nn.GRUCell: _gru}
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
                f"layer that can be put on arrays: {', '.join(kind.__name__ for kind in ON_ARRAYS)} (Conv1d, Conv2d) "
                "of equinox.nn, and what is made of them."
            )
        return x

    whole = (Affine, *ON_ARRAYS, *DIGITAL)
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
