"""A trained network on an array: program it once, read it many times."""

import dataclasses
import functools
from typing import Any

import equinox as eqx
import numpy as np

from pinched.core import PinchedError
from pinched.networks.mapping import Mapping, cells, effective, quantise, single, targets, tiles, weight_range
from pinched.networks.mlp import MLP, generator

ADC_QUANTILE = 0.999  # of the calibration currents lies within the range of the converter


class Layer(eqx.Module):
    """One weight matrix on devices; rows are the inputs and, last, the bias row that is driven at full voltage."""

    cells: Any  # (2, rows, outputs) G+ and G- of the cells, S
    seen: Any  # (2, rows, outputs) the same as the columns see them through the wires, S
    weight: Any  # the weight that g_max - g_min stands for
    x_max: Any  # the input that the read voltage stands for
    signed: Any  # whether inputs below zero occur
    i_max: Any  # range of the column converters, A


class Programmed(eqx.Module):
    """A network on an array of devices. Call it with inputs (…, inputs) and, for read noise, a seed or JAX key."""

    layers: tuple[Layer, ...]
    mapping: Mapping

    def __call__(self, x, key=None) -> np.ndarray:
        """Logits (…, outputs) for inputs `x` (…, inputs); each call with a `key` draws its own read noise.

        Raises:
            PinchedError: where `x` does not have the inputs of the network.
        """
        x = np.asarray(x, np.float32)
        inputs = self.layers[0].cells.shape[1] - 1
        if x.ndim == 0 or x.shape[-1] != inputs:
            raise PinchedError(f"The network has {inputs} inputs; `x` has shape {x.shape}, it must end in {inputs}.")
        draw = None if key is None else functools.partial(generator(key).standard_normal, dtype=np.float32)
        return read(self.layers, single(self.mapping), x, draw)


def program(net: MLP, device, key=0, *, inputs=None) -> Programmed:
    """Put the weights of a trained network on pairs of devices.

    Args:
        net: the network.
        device: a Mapping, or a Device or PulseResponse, of which `Mapping.of` takes what it tells.
        key: seed or JAX key of the programming errors, the device spread and the stuck cells.
        inputs: samples (n, inputs) that calibrate the ranges of the converters; needed where these have finite bits.

    Returns:
        The programmed network.

    Raises:
        PinchedError: without `inputs` where the converters have finite bits, or with `inputs` of the wrong shape.
    """
    mapping = device if isinstance(device, Mapping) else Mapping.of(device)
    size = net.sizes[0]
    if inputs is None:
        if np.isfinite(mapping.dac_bits) or np.isfinite(mapping.adc_bits):
            raise PinchedError("program() calibrates the ranges of DAC and ADC on samples: give `inputs` (n, inputs).")
        inputs = np.ones((1, size))
    inputs = np.asarray(inputs, np.float32)
    if inputs.ndim != 2 or inputs.shape[1] != size or not len(inputs):
        raise PinchedError(f"`inputs` has shape {inputs.shape}; the network takes (n, {size}) with n above 0.")

    m, rng = single(mapping), generator(key)
    layers, exact, real = [], inputs, inputs
    for w in map(np.asarray, net.weights):
        x_max = np.max(np.abs(exact)) or np.float32(1)
        rows = w * np.append(np.full(len(w) - 1, x_max, w.dtype), np.float32(1))[:, None]
        w_max = weight_range(rows, m)
        g = cells(targets(rows, w_max, m), m, rng)
        seen = effective(g, float(mapping.r_wire)) if mapping.r_wire > 0 else g
        layer = Layer(g, seen, w_max, x_max, np.min(exact) < 0, np.float32(np.inf))
        i = currents(layer, m, real)
        layer = dataclasses.replace(layer, i_max=np.quantile(np.abs(i), ADC_QUANTILE).astype(w.dtype))
        layers.append(layer)
        exact = np.maximum(exact @ w[:-1] + w[-1], 0)
        real = np.maximum(convert(i, layer, m), 0)
    return Programmed(tuple(layers), mapping)


def currents(layer: Layer, m: Mapping, x, draw=None):
    """Column currents I+ - I- in A, (tiles, …, outputs), before conversion.

    Read noise that is independent from cell to cell is exactly Gaussian at the column, with variance
    sigma_read² sum (V G)²: one product with the squares draws it. Through wires the effective conductances stand for G.
    """
    xp = x.__array_namespace__()
    lowest = xp.where(layer.signed, -1, 0).astype(x.dtype)
    u = quantise(x / layer.x_max, lowest, lowest * 0 + 1, 2**m.dac_bits - layer.signed)
    v = m.read_voltage * xp.concat([u, xp.ones((*u.shape[:-1], 1), dtype=u.dtype)], axis=-1)
    split = tiles(v.shape[-1])
    i = xp.stack([v[..., t] @ (layer.seen[0, t] - layer.seen[1, t]) for t in split])
    if draw is None:
        return i
    variance = xp.stack([v[..., t] ** 2 @ (layer.seen[0, t] ** 2 + layer.seen[1, t] ** 2) for t in split])
    return i + m.sigma_read * xp.sqrt(variance) * draw(i.shape)


def convert(i, layer: Layer, m: Mapping):
    """Weighted sums (…, outputs) that the converters make of column currents; 2^bits - 1 codes, so that zero is one."""
    codes = quantise(i, -layer.i_max, layer.i_max, 2**m.adc_bits - 1)
    return codes.sum(0) * (layer.weight / ((m.g_max - m.g_min) * m.read_voltage))


def read(layers: tuple[Layer, ...], m: Mapping, x, draw=None):
    """Logits of `x` (…, inputs); `draw(shape)` gives the standard normal numbers of the read noise."""
    for n, layer in enumerate(layers):
        x = x.clip(0) if n else x
        x = convert(currents(layer, m, x, draw), layer, m)
    return x
