"""Modules of PyTorch as equinox layers with the same weights."""

import operator
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pinched.core import PinchedError
from pinched.networks.models import Encoder, at_rest, skeleton, unrolled
from pinched.networks.torch.functions import FUNCTIONS

STATELESS = {  # module -> the function of the same arguments
    "ReLU": "relu", "ReLU6": "relu6", "Tanh": "tanh", "Sigmoid": "sigmoid", "SiLU": "silu", "Mish": "mish",
    "SELU": "selu", "Softsign": "softsign", "Hardswish": "hardswish", "Hardsigmoid": "hardsigmoid",
    "LeakyReLU": "leaky_relu", "ELU": "elu", "GELU": "gelu", "Softplus": "softplus", "Hardtanh": "hardtanh",
    "Softmax": "softmax", "LogSoftmax": "log_softmax", "Identity": "identity", "Dropout": "dropout",
    "Dropout1d": "dropout", "Dropout2d": "dropout", "Flatten": "flatten",
    **{f"{kind}Pool{n}d": f"{name}_pool{n}d" for n in (1, 2) for kind, name in {
        "Max": "max", "Avg": "avg", "AdaptiveAvg": "adaptive_avg", "AdaptiveMax": "adaptive_max"}.items()},
}  # fmt: skip


class Channels(eqx.Module):
    """A batch normalisation as in inference: scale and shift of each channel of (n, channels, …)."""

    scale: jax.Array
    shift: jax.Array

    def __call__(self, input):
        """Channels scaled and shifted."""
        shape = (-1,) + (1,) * (input.ndim - 2)
        return input * self.scale.reshape(shape) + self.shift.reshape(shape)


class Slopes(eqx.Module):
    """A rectified linear unit whose slope below zero was learnt, one or that of each channel of (n, channels, …)."""

    slope: jax.Array

    def __call__(self, input):
        """Numbers above zero as they are, those below with their slope."""
        shape = (-1,) + (1,) * (input.ndim - 2)
        return jnp.where(input > 0, input, input * self.slope.reshape(shape))


class Stack(eqx.Module):
    """Encoders one after the other, and what normalises the tokens in the end; of sequences in PyTorch's layout."""

    layers: tuple[Encoder, ...]
    norm: eqx.nn.LayerNorm | None
    first: bool = eqx.field(static=True)  # whether the batch is the first axis, else it is the second

    def __call__(self, src):
        """Sequences of tokens, or a single one (tokens, size)."""
        return _sequences(self._one, self.first)(src)

    def _one(self, x):
        for layer in self.layers:
            x = layer(x)
        return x if self.norm is None else jax.vmap(self.norm)(x)


class Attending(eqx.Module):
    """Attention with PyTorch's arguments and layout: outputs, and None for its weights."""

    attention: eqx.nn.MultiheadAttention
    first: bool = eqx.field(static=True)

    def __call__(self, query, key, value, need_weights=True, average_attn_weights=True):
        """Outputs in the layout of the query."""
        return _sequences(self.attention, self.first)(query, key, value), None


class Recurring(eqx.Module):
    """LSTM or GRU with PyTorch's arguments and layout: layers, directions, states that are given and returned."""

    cells: tuple[tuple[Any, ...], ...]  # a cell for each direction, for each layer
    hidden: int = eqx.field(static=True)
    states: int = eqx.field(static=True)
    first: bool = eqx.field(static=True)

    def __call__(self, input, hx=None):
        """Outputs of the last layer, and the last states (layers x directions, n, hidden)."""
        if input.ndim == 2:
            return self._one(input, hx)
        axis = 0 if self.first else 1
        return jax.vmap(self._one, (axis, None if hx is None else 1), (axis, 1))(input, hx)

    def _one(self, x, start):
        ends = []
        for cells in self.cells:
            seen = []
            for direction, cell in enumerate(cells):
                state = at_rest(self.hidden, self.states)
                if start is not None:
                    state = jax.tree.map(operator.itemgetter(len(ends)), start)
                y, end = unrolled(cell, x, state, reverse=bool(direction))
                seen.append(y)
                ends.append(end)
            x = jnp.concatenate(seen, -1)
        return x, jax.tree.map(lambda *s: jnp.stack(s), *ends)


def _sequences(layer, first: bool):
    """`layer` of single sequences (tokens, size) on batches of them, and on single ones."""

    def call(*x):
        axis = 0 if first else 1
        return layer(*x) if x[0].ndim == 2 else jax.vmap(layer, axis, axis)(*x)

    return call


def layer_of(module) -> tuple[Any, int | None]:
    """The equinox layer of a module of PyTorch, and of how many axes its samples are.

    None where it takes arrays with a batch, as the module does; -1 for all axes but the first.

    Raises:
        PinchedError: for a module, or an option of one, that is not supported.
    """
    kind = type(module).__name__
    if kind not in LAYERS:
        known = ", ".join(["Sequential", *LAYERS, *STATELESS])
        raise PinchedError(f"from_torch() does not know the module {kind}; it knows {known}.")
    convert, rank = LAYERS[kind]
    return convert(module), len(module.normalized_shape) if kind == "LayerNorm" else rank


def array(tensor) -> Any:
    """A tensor as a JAX array, float32 where it is of floats."""
    a = tensor.detach().cpu().numpy()
    return jnp.asarray(a.astype(np.float32) if a.dtype.kind == "f" else a)


def _made(kind, *args, _values, **kwargs):
    """A layer of equinox with the arrays of `_values`, those that are not None, in its fields."""
    values = {name: array(value) for name, value in _values.items() if value is not None}
    layer = skeleton(kind, *args, **kwargs)
    return eqx.tree_at(lambda m: [getattr(m, name) for name in values], layer, list(values.values()))


def _linear(m):
    return _dense(m.weight, m.bias)


def _dense(weight, bias):
    return _made(eqx.nn.Linear, *weight.shape[::-1], bias is not None, _values={"weight": weight, "bias": bias})


def _conv(m):
    n = len(m.kernel_size)
    pads = m._reversed_padding_repeated_twice  # low and high of the last axis first, with "same" worked out
    sides = tuple(zip(pads[::2], pads[1::2], strict=True))[::-1]
    bias = None if m.bias is None else m.bias.reshape(-1, *[1] * n)
    return _made(
        (eqx.nn.Conv1d, eqx.nn.Conv2d)[n - 1], m.in_channels, m.out_channels, m.kernel_size, m.stride, sides,
        m.dilation, m.groups, bias is not None, padding_mode=m.padding_mode.upper(),
        _values={"weight": m.weight, "bias": bias},
    )  # fmt: skip


def _batch_norm(m):
    if m.running_mean is None:
        raise PinchedError(f"from_torch(): without running statistics a {type(m).__name__} mixes the samples.")
    scale = 1 / jnp.sqrt(array(m.running_var) + m.eps)
    scale = scale if m.weight is None else scale * array(m.weight)
    shift = -array(m.running_mean) * scale
    return Channels(scale, shift if m.bias is None else shift + array(m.bias))


def _layer_norm(m):
    options = m.normalized_shape, m.eps, m.weight is not None, m.bias is not None
    return _made(eqx.nn.LayerNorm, *options, _values={"weight": m.weight, "bias": m.bias})


def _group_norm(m):
    options = m.num_groups, m.num_channels, m.eps, m.weight is not None
    return _made(eqx.nn.GroupNorm, *options, _values={"weight": m.weight, "bias": m.bias})


def _lstm(m):
    if m.proj_size:
        raise PinchedError("from_torch() does not know the projections of an LSTM (`proj_size`).")

    def cell(w_in, w_hidden, b_in: Any = None, b_hidden: Any = None):
        bias = None if b_in is None else b_in + b_hidden
        values = {"weight_ih": w_in, "weight_hh": w_hidden, "bias": bias}
        return _made(eqx.nn.LSTMCell, w_in.shape[1], m.hidden_size, m.bias, _values=values)

    return Recurring(_cells(m, cell), m.hidden_size, 2, m.batch_first)


def _gru(m):
    gates = 2 * m.hidden_size

    def cell(w_in, w_hidden, b_in: Any = None, b_hidden: Any = None):
        values = {"weight_ih": w_in, "weight_hh": w_hidden}
        if b_in is not None:  # reset and update add both biases; that of the new state stands behind the reset
            b_in = b_in.detach().clone()
            b_in[:gates] += b_hidden[:gates]
            values |= {"bias": b_in, "bias_n": b_hidden[gates:]}
        return _made(eqx.nn.GRUCell, w_in.shape[1], m.hidden_size, m.bias, _values=values)

    return Recurring(_cells(m, cell), m.hidden_size, 1, m.batch_first)


def _cells(m, cell):
    names = ("weight_ih", "weight_hh") + ("bias_ih", "bias_hh") * m.bias
    ends = ("", "_reverse") if m.bidirectional else ("",)
    return tuple(
        tuple(cell(*(getattr(m, f"{name}_l{n}{end}") for name in names)) for end in ends) for n in range(m.num_layers)
    )


def _attention(m):
    if m.bias_k is not None or m.add_zero_attn:
        raise PinchedError("from_torch() does not know `add_bias_kv` and `add_zero_attn` of MultiheadAttention.")
    packed = m.in_proj_weight is not None
    weights = m.in_proj_weight.chunk(3) if packed else (m.q_proj_weight, m.k_proj_weight, m.v_proj_weight)
    biases = (None,) * 3 if m.in_proj_bias is None else m.in_proj_bias.chunk(3)
    dense = [_dense(w, b) for w, b in zip(weights, biases, strict=True)] + [_dense(m.out_proj.weight, m.out_proj.bias)]
    layer = skeleton(eqx.nn.MultiheadAttention, m.num_heads, m.embed_dim, m.kdim, m.vdim)
    return eqx.tree_at(lambda a: [a.query_proj, a.key_proj, a.value_proj, a.output_proj], layer, dense)


def _encoder(m):
    activation = FUNCTIONS.get(getattr(m.activation, "__name__", type(m.activation).__name__.lower()))
    if activation is None:
        raise PinchedError(f"from_torch() does not know the activation {m.activation} of a TransformerEncoderLayer.")
    sizes = m.self_attn.embed_dim, m.self_attn.num_heads, m.linear1.out_features
    layer = Encoder(*sizes, activation=activation, first=m.norm_first, key=None)
    parts = (
        _attention(m.self_attn),
        (_layer_norm(m.norm1), _layer_norm(m.norm2)),
        _linear(m.linear1),
        _linear(m.linear2),
    )
    return eqx.tree_at(lambda e: (e.attention, e.norms, e.up, e.down), layer, parts)


def _stack(m):
    norm = None if m.norm is None else _layer_norm(m.norm)
    return Stack(tuple(map(_encoder, m.layers)), norm, m.layers[0].self_attn.batch_first)


LAYERS: dict[str, tuple[Callable[[Any], Any], int | None]] = {
    "Linear": (_linear, 1),
    "Conv1d": (_conv, 2),
    "Conv2d": (_conv, 3),
    "BatchNorm1d": (_batch_norm, None),
    "BatchNorm2d": (_batch_norm, None),
    "LayerNorm": (_layer_norm, 1),
    "GroupNorm": (_group_norm, -1),
    "Embedding": (lambda m: eqx.nn.Embedding(weight=array(m.weight)), 0),
    "PReLU": (lambda m: Slopes(array(m.weight)), None),
    "LSTM": (_lstm, None),
    "GRU": (_gru, None),
    "MultiheadAttention": (lambda m: Attending(_attention(m), m.batch_first), None),
    "TransformerEncoderLayer": (lambda m: Stack((_encoder(m),), None, m.self_attn.batch_first), None),
    "TransformerEncoder": (_stack, None),
}
