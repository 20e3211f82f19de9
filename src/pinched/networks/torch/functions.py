"""Functions and methods of PyTorch that need no weights, under their names and with their arguments, in JAX."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from pinched.networks.torch import pooling

FUNCTIONS: dict[str, Callable] = dict(pooling.FUNCTIONS)


def _named(function):
    """Register a function under its name, which is PyTorch's after the underscore."""
    FUNCTIONS[function.__name__[1:]] = function
    return function


def _of_one(function):
    return lambda x: function(x)


for _name, _function in {
    "relu": jax.nn.relu, "relu6": jax.nn.relu6, "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid, "silu": jax.nn.silu,
    "mish": jax.nn.mish, "selu": jax.nn.selu, "softsign": jax.nn.soft_sign, "hardswish": jax.nn.hard_swish,
    "hardsigmoid": jax.nn.hard_sigmoid, "exp": jnp.exp, "log": jnp.log, "sqrt": jnp.sqrt, "rsqrt": jax.lax.rsqrt,
    "abs": jnp.abs, "neg": jnp.negative, "sin": jnp.sin, "cos": jnp.cos, "square": jnp.square,
    "identity": lambda x: x, "contiguous": lambda x: x, "clone": lambda x: x, "detach": lambda x: x,
    "float": lambda x: x.astype(np.float32),
}.items():  # fmt: skip
    FUNCTIONS[_name] = _of_one(_function)

FUNCTIONS |= {
    "add": lambda x, other: x + other, "sub": lambda x, other: x - other, "mul": lambda x, other: x * other,
    "truediv": lambda x, other: x / other, "div": lambda x, other: x / other, "pow": lambda x, exponent: x**exponent,
    "floordiv": lambda x, other: x // other, "matmul": lambda x, other: x @ other, "bmm": lambda x, mat2: x @ mat2,
    "maximum": lambda x, other: jnp.maximum(x, other), "minimum": lambda x, other: jnp.minimum(x, other),
    "eq": lambda x, other: x == other, "getitem": lambda x, index: x[index],
}  # fmt: skip


# Activations with parameters


@_named
def _leaky_relu(x, negative_slope=0.01):
    return jnp.where(x > 0, x, negative_slope * x)


@_named
def _elu(x, alpha=1.0):
    return jax.nn.elu(x, alpha)


@_named
def _gelu(x, approximate="none"):
    return jax.nn.gelu(x, approximate=approximate == "tanh")


@_named
def _softplus(x, beta=1.0, threshold=20.0):
    return jnp.where(beta * x > threshold, x, jax.nn.softplus(beta * x) / beta)


@_named
def _hardtanh(x, min_val=-1.0, max_val=1.0):
    return jnp.clip(x, min_val, max_val)


@_named
def _clamp(x, min=None, max=None):
    return jnp.clip(x, min, max)


@_named
def _softmax(x, dim):
    return jax.nn.softmax(x, dim)


@_named
def _log_softmax(x, dim):
    return jax.nn.log_softmax(x, dim)


@_named
def _dropout(x, p=0.5, training=False):
    return x


@_named
def _scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
    scores = query @ jnp.swapaxes(key, -1, -2) * (query.shape[-1] ** -0.5 if scale is None else scale)
    if is_causal:
        attn_mask = jnp.tri(*scores.shape[-2:], dtype=bool)
    if attn_mask is not None:
        scores = jnp.where(attn_mask, scores, -jnp.inf) if attn_mask.dtype == bool else scores + attn_mask
    return jax.nn.softmax(scores) @ value


# Reductions


@_named
def _mean(x, dim=None, keepdim=False):
    return x.mean(_axes(dim), keepdims=keepdim)


@_named
def _sum(x, dim=None, keepdim=False):
    return x.sum(_axes(dim), keepdims=keepdim)


@_named
def _amax(x, dim=(), keepdim=False):
    return x.max(_axes(dim) or None, keepdims=keepdim)


# Shapes


@_named
def _getattr(x, name):
    if name in ("shape", "dtype", "ndim"):
        return getattr(x, name)
    return x.T if name in ("T", "mT") and x.ndim == 2 else None  # a device


@_named
def _size(x, dim=None):
    return x.shape if dim is None else x.shape[dim]


@_named
def _dim(x):
    return x.ndim


@_named
def _to(x, *args, **kwargs):
    return x


@_named
def _flatten(x, start_dim=0, end_dim=-1):
    start, end = start_dim % x.ndim, end_dim % x.ndim
    return x.reshape(*x.shape[:start], -1, *x.shape[end + 1 :])


@_named
def _unflatten(x, dim, sizes):
    dim %= x.ndim
    return x.reshape(*x.shape[:dim], *sizes, *x.shape[dim + 1 :])


@_named
def _reshape(x, *shape):
    return x.reshape(_listed(shape))


FUNCTIONS["view"] = _reshape


@_named
def _permute(x, *dims):
    return x.transpose(_listed(dims))


@_named
def _transpose(x, dim0, dim1):
    return jnp.swapaxes(x, dim0, dim1)


@_named
def _t(x):
    return x.T


@_named
def _unsqueeze(x, dim):
    return jnp.expand_dims(x, dim)


@_named
def _squeeze(x, dim=None):
    axes = range(x.ndim) if dim is None else np.atleast_1d(dim)
    return jnp.squeeze(x, tuple(int(a) for a in axes if x.shape[a] == 1))


@_named
def _expand(x, *sizes):
    sizes = _listed(sizes)
    held = (1,) * (len(sizes) - x.ndim) + x.shape
    return jnp.broadcast_to(x, [h if s == -1 else s for s, h in zip(sizes, held, strict=True)])


@_named
def _repeat(x, *sizes):
    return jnp.tile(x, _listed(sizes))


@_named
def _cat(tensors, dim=0):
    return jnp.concatenate(tensors, dim)


FUNCTIONS["concat"] = _cat


@_named
def _stack(tensors, dim=0):
    return jnp.stack(tensors, dim)


@_named
def _chunk(x, chunks, dim=0):
    return _split(x, -(-x.shape[dim] // chunks), dim)


@_named
def _split(x, split_size_or_sections, dim=0):
    parts = split_size_or_sections
    ends = np.arange(parts, x.shape[dim], parts) if isinstance(parts, int) else np.cumsum(parts)[:-1]
    return tuple(jnp.split(x, ends, dim))


@_named
def _unbind(x, dim=0):
    return tuple(jnp.moveaxis(x, dim, 0))


@_named
def _zeros(*size, device=None, dtype=None):
    return jnp.zeros(_listed(size), np.float32)


@_named
def _ones(*size, device=None, dtype=None):
    return jnp.ones(_listed(size), np.float32)


@_named
def _arange(*ends, device=None, dtype=None):
    return jnp.arange(*ends)


@_named
def _masked_fill(x, mask, value):
    return jnp.where(mask, value, x)


@_named
def _where(condition, x, other):
    return jnp.where(condition, x, other)


@_named
def _einsum(equation, *operands):
    return jnp.einsum(equation, *operands)


@_named
def _pad(x, pad, mode="constant", value=None):
    sides = [(0, 0)] * (x.ndim - len(pad) // 2) + [tuple(pad[i : i + 2]) for i in range(0, len(pad), 2)][::-1]
    cut = tuple(slice(max(-low, 0), n - max(-high, 0)) for n, (low, high) in zip(x.shape, sides, strict=True))
    sides = [(max(low, 0), max(high, 0)) for low, high in sides]
    modes = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    options = {"constant_values": value or 0} if mode == "constant" else {}
    return jnp.pad(x[cut], sides, modes[mode], **options)


def _axes(dim):
    return tuple(dim) if isinstance(dim, (list, tuple)) else dim


def _listed(sizes):
    return tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], (list, tuple)) else sizes
