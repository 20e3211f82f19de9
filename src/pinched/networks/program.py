"""A trained network on an array: program it once, read it many times."""

import equinox as eqx
import numpy as np

from pinched.arrays.analog.engine import Engine, product
from pinched.arrays.analog.mapping import Mapping
from pinched.arrays.analog.noise import generator, normals
from pinched.core import PinchedError
from pinched.networks.mlp import MLP


class Programmed(eqx.Module):
    """A network on an array of devices. Call it with inputs (…, inputs) and, for read noise, a seed or JAX key."""

    layers: tuple[Engine, ...]  # the last row of each holds the biases and is always driven at full voltage
    mapping: Mapping

    def __call__(self, x, key=None) -> np.ndarray:
        """Logits (…, outputs) for inputs `x` (…, inputs); each call with a `key` draws its own read noise.

        Raises:
            PinchedError: where `x` does not have the inputs of the network.
        """
        x = np.asarray(x, np.float32)
        inputs = self.layers[0].signal.shape[0] - 1
        if x.ndim == 0 or x.shape[-1] != inputs:
            raise PinchedError(f"The network has {inputs} inputs; `x` has shape {x.shape}, it must end in {inputs}.")
        return read(self.layers, x, None if key is None else normals(key, x))


def program(net: MLP, device, key=0, *, inputs=None) -> Programmed:
    """Put the weights of a trained network on an array of devices.

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

    rng = generator(key)
    layers, exact, real = [], inputs, inputs
    for w in map(np.asarray, net.weights):
        x_max = np.max(np.abs(exact)) or np.float32(1)
        rows = np.concatenate([w[:-1], w[-1:] / x_max])
        samples = biased(real, x_max)
        layers.append(Engine.of(rows, mapping, rng, inputs=samples, x_max=x_max, signed=bool(np.min(exact) < 0)))
        exact = np.maximum(exact @ w[:-1] + w[-1], 0)
        real = np.maximum(product(layers[-1], samples), 0)
    return Programmed(tuple(layers), mapping)


def biased(x, x_max):
    """Inputs (…, inputs) with the one that drives the row of the biases as the last."""
    xp = x.__array_namespace__()
    return xp.concat([x, xp.full((*x.shape[:-1], 1), x_max, dtype=x.dtype)], axis=-1)


def read(layers: tuple[Engine, ...], x, draw=None):
    """Logits of `x` (…, inputs); `draw(shape)` gives the standard normal numbers of the read noise."""
    for n, layer in enumerate(layers):
        x = x.clip(0) if n else x
        x = product(layer, biased(x, layer.x_max), draw)
    return x
