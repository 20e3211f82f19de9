"""A weight as fractions of the conductance range: the schemes, and the range of weights that serves a matrix best."""

import numpy as np

from pinched.arrays.analog.cells import expected_error
from pinched.arrays.analog.converters import digits, namespace
from pinched.arrays.analog.mapping import PLANES, Mapping


def encode(u, m: Mapping):
    """Fractions (slices, planes, rows, columns) for `u` in [-1, 1], and the shares (slices,) of the slices."""
    xp = namespace(u, m.levels)
    differential = m.scheme == "differential"
    p = xp.stack([xp.maximum(u, 0), xp.maximum(-u, 0)]) if differential else (m.zero * (1 + u))[None]
    return digits(p, m.levels, m.digits)


def conductance(fraction, m: Mapping):
    """Conductance of a fraction of the range, S."""
    return m.g_min + fraction * (m.g_max - m.g_min)


def base(m: Mapping):
    """Conductance that stands for a weight of zero and is subtracted as a number, S: that of the scheme "offset"."""
    return m.devices * conductance(m.zero, m) if m.scheme == "offset" else namespace(m.g_max).zeros_like(m.g_max)


def decode(fraction, m: Mapping):
    """Weights in [-1, 1] of fractions (slices, planes, …); the inverse of `encode` up to the shares."""
    return fraction[:, 0] - fraction[:, 1] if m.scheme == "differential" else (fraction[:, 0] - m.zero) / m.zero


def weight_range(w, m: Mapping):
    """The weight that stands for u = 1: least expected squared error of weights, by clipping, levels and devices."""

    def error(w_max):
        fraction, share = encode(w / w_max, m)
        missed = np.tensordot(share, decode(fraction, m), 1) * w_max - w
        drawn = expected_error(conductance(fraction, m), m).mean((1, 2, 3)) @ share**2
        per_siemens = w_max / (m.g_max - m.g_min) / m.span
        return np.mean(missed**2) + PLANES[m.scheme] / m.devices * drawn * per_siemens**2

    largest = np.max(np.abs(w)) or w.dtype.type(1)
    candidates = largest * np.linspace(1, 0.1, 19, dtype=w.dtype)
    return candidates[np.argmin([error(c) for c in candidates])]
