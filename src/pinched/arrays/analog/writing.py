"""Weights written to cells: at once, or sub-array by sub-array, each of which makes good what those before it missed.

Compensation after Song et al., Science 383, 903 (2024), 10.1126/science.adi9405: a number is the weighted sum of
several devices; those programmed later make up for the errors of the earlier ones, whatever these are, so that every
sub-array multiplies the error by that of one device. What is not made up for is the noise of a later read; nor cells
stuck ON, of which every sub-array brings its own.
"""

from typing import Any, NamedTuple

import numpy as np

from pinched.arrays.analog.cells import cells
from pinched.arrays.analog.converters import namespace
from pinched.arrays.analog.tiles import Layout, converted, seen
from pinched.arrays.analog.weights import base, conductance, encode, weight_range

READS = 1000  # averaged when a sub-array is read back (assumed)


class Written(NamedTuple):
    """Cells that hold weights, and what comes out of their columns."""

    asked: Any  # (slices, planes, devices, rows, places) S, what was asked of each cell
    cells: Any  # the same, as it has become
    share: Any  # (slices,) of the slices in a weight
    signal: Any  # (converted slices, rows, outputs) S; what a volt on a row adds to a current that is converted
    variance: Any  # (converted slices, rows, places) S²; of the read noise of the cells of a weight


def put(u, layout: Layout, rng: np.random.Generator) -> Written:
    """`u` (rows, outputs) in [-1, 1] written to cells."""
    return (_compensated if layout.mapping.slicing == "residual" else _at_once)(u, layout, rng)


def columns(cells, share, layout: Layout, noise):
    """The signal and the variance, as in Written, of cells with a read `noise` over their current."""
    found = seen(cells, layout)
    signal, variance = converted(found, layout), ((noise * found) ** 2).sum((1, 2))
    return _summed(signal, variance, share) if layout.mapping.slicing == "residual" else (signal, variance)


def _at_once(u, layout, rng):
    m, xp = layout.mapping, namespace(u)
    if layout.referenced:
        u = xp.concatenate([u, xp.zeros((len(u), 1), u.dtype)], axis=1)[:, layout.output_at]
    fraction, share = encode(u, m)
    asked = conductance(fraction, m)[:, :, None]
    asked = xp.broadcast_to(asked, (*asked.shape[:2], m.devices, *asked.shape[3:]))
    real = cells(asked, m, rng)
    return Written(asked, real, share, *columns(real, share, layout, m.sigma_read))


def _compensated(u, layout, rng):
    m, xp = layout.mapping, namespace(u)
    per_siemens = 1 / (m.devices * (m.g_max - m.g_min) * m.span)
    share, stages = [], []
    for last in (False,) * (m.slices - 1) + (True,):
        # Only the last may clip: what an earlier one leaves out, a later one has to take into its range.
        largest = weight_range(u, m) if last else xp.max(xp.abs(u)) or u.dtype.type(1)
        stage = _at_once(u / largest, layout, rng)
        u = u - largest * (_read_back(stage, layout, rng) - base(m)) * per_siemens
        share.append(largest)
        stages.append(stage)
    share = xp.stack(share)
    names = "asked", "cells", "signal", "variance"
    asked, real, signal, variance = (xp.concatenate([getattr(s, name) for s in stages]) for name in names)
    return Written(asked, real, share, *_summed(signal, variance, share))


def _summed(signal, variance, share):
    """Of slices whose currents are summed by their shares before conversion."""
    xp = namespace(signal, share)
    return xp.tensordot(share, signal, 1)[None], xp.tensordot(share**2, variance, 1)[None]


def _read_back(stage, layout, rng):
    """What a volt on one row after the other adds to the currents, S (rows, outputs), as the mean of READS reads."""
    (noise,) = stage.variance
    noise = noise[:, layout.own] + (noise[:, layout.references[layout.tile_of]] if layout.referenced else 0)
    error = (noise / READS) ** 0.5 * rng.standard_normal(noise.shape)
    return stage.signal[0] + error.astype(noise.dtype)
