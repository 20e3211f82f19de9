"""Pooling as PyTorch has it, of arrays (…, *image): averages and maxima, in windows or as many as there shall be."""

import jax
import jax.numpy as jnp
import numpy as np


def _max_pool(n: int):
    def call(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        k, s, p, d = (_each(a, n) for a in (kernel_size, stride or kernel_size, padding, dilation))
        lead = x.ndim - n
        sides = [(0, 0)] * lead + [
            (p[a], _windows(x.shape[lead + a], k[a], s[a], p[a], d[a], ceil_mode)[1]) for a in range(n)
        ]
        ones = (1,) * lead
        return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, ones + k, ones + s, sides, None, ones + d)

    return call


def _avg_pool(n: int):
    def call(x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
        k, s, p = (_each(a, n) for a in (kernel_size, stride or kernel_size, padding))
        divisor = divisor_override and divisor_override ** (1 / n)
        for axis in range(n):
            length = x.shape[axis - n]
            starts = np.arange(_windows(length, k[axis], s[axis], p[axis], 1, ceil_mode)[0]) * s[axis] - p[axis]
            at = np.arange(length)
            inside = (at >= starts[:, None]) & (at < starts[:, None] + k[axis])
            end = np.minimum(starts + k[axis], length + p[axis]) if count_include_pad else starts * 0
            counted = end - starts if count_include_pad else inside.sum(1)
            x = _along(x, inside / np.reshape(divisor or counted, (-1, 1)), axis - n)
        return x

    return call


def _adaptive_pool(n: int, reduce):
    def call(x, output_size, return_indices=False):
        for axis, count in enumerate(_each(output_size, n)):
            length = x.shape[axis - n]
            i, at = np.arange(length if count is None else count)[:, None], np.arange(length)
            inside = (at >= i * length // len(i)) & (at < -(-(i + 1) * length // len(i)))
            x = reduce(x, inside, axis - n)
        return x

    return call


def _along(x, matrix, axis):
    """`matrix` (new, old) times `x` along an axis."""
    return jnp.moveaxis(jnp.moveaxis(x, axis, -1) @ matrix.T.astype(x.dtype), -1, axis)


def _mean_inside(x, inside, axis):
    return _along(x, inside / inside.sum(1, keepdims=True), axis)


def _max_inside(x, inside, axis):
    x = jnp.moveaxis(x, axis, -1)
    return jnp.moveaxis(jnp.where(inside, x[..., None, :], -jnp.inf).max(-1), -1, axis)


def _windows(length, kernel, stride, padding, dilation, ceil) -> tuple[int, int]:
    """Number of windows along an axis, and the padding at its end that the last one reaches into."""
    span = dilation * (kernel - 1) + 1
    count = (length + 2 * padding - span + (stride - 1) * ceil) // stride + 1
    count -= ceil and (count - 1) * stride >= length + padding  # a window must not start beyond the image
    return count, max((count - 1) * stride + span - length - padding, 0)


def _each(value, n: int) -> tuple:
    """One value for each axis."""
    return tuple(value) * (n if len(value) == 1 else 1) if isinstance(value, (list, tuple)) else (value,) * n


FUNCTIONS = {
    name: function
    for n in (1, 2)
    for name, function in {
        f"max_pool{n}d": _max_pool(n),
        f"avg_pool{n}d": _avg_pool(n),
        f"adaptive_avg_pool{n}d": _adaptive_pool(n, _mean_inside),
        f"adaptive_max_pool{n}d": _adaptive_pool(n, _max_inside),
    }.items()
}
