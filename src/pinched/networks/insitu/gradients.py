"""What each layer of a network saw of a batch, and the errors of its outputs: the derivatives of the mean loss."""

import functools
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pinched.networks.layers import biased, is_map, mapped
from pinched.networks.observe import listening, tell


def backward(layers, x, labels) -> list[tuple[Any, np.ndarray, np.ndarray]]:
    """Of the `layers` of a multilayer perceptron: (layer, seen (n, inputs + 1), error (n, outputs)), the last first.

    Nothing is compiled; the loss is the cross-entropy.
    """
    seen = [biased(x)]
    for layer in layers[:-1]:
        seen.append(biased(np.maximum(layer(seen[-1]), 0)))
    z = layers[-1](seen[-1])
    d = np.exp(z - z.max(1, keepdims=True))
    d /= d.sum(1, keepdims=True)
    d[np.arange(len(labels)), labels] -= 1
    d /= np.float32(len(labels))
    found = []
    for layer, inputs in zip(layers[::-1], seen[::-1], strict=True):
        found.append((layer, inputs, d))
        if layer is not layers[0]:
            d = (d @ layer.rows.T) * (inputs[:, :-1] > 0)
    return found


def parts(net):
    """The digital parameters of a lowered network, and the rest of it, its maps included."""
    return eqx.partition(net, eqx.is_inexact_array, is_leaf=is_map)


def backward_through(net, weights, digital, loss, x, targets):
    """The same of any lowered network, whatever stands between its maps: path -> (seen, error), the last map first.

    A map tells what it saw, and its error, when the errors pass through it; also within a scan, at every step. What one
    map saw at many places (of an image, of a sequence) makes as many rows.

    Args:
        net: the network.
        weights: path -> the matrix of each map.
        digital: the other parameters, as `parts` gives them.
        loss: (outputs, targets) -> loss of each sample.
        x, targets: a batch.

    Returns:
        That, and the slopes of the digital parameters.
    """
    taps = dict.fromkeys(weights, np.float32(0))
    with listening() as told:
        _, slopes = jax.block_until_ready(_slopes((taps, digital), weights, parts(net)[1], x, targets, loss))
        return {path: _rows(told[path]) for path in reversed(weights) if path in told}, slopes


@eqx.filter_jit
def _slopes(free, weights, rest, x, targets, loss):
    def lost(free):
        taps, digital = free
        net = mapped(
            lambda path, each: _Telling(weights[path], taps[path], each.biased, path), eqx.combine(digital, rest)
        )
        return loss(jax.vmap(net)(x), targets).mean()

    return jax.grad(lost)(free)


class _Telling(eqx.Module):
    weight: Any
    tap: Any
    biased: bool = eqx.field(static=True)
    path: str = eqx.field(static=True)

    def __call__(self, x, *, key=None):
        return _product(self.path, biased(x) if self.biased else x, self.weight, self.tap)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _product(path, x, weight, tap):
    """The product of x and weight; the slope of `tap` is zero, but for it to be known the map has to tell."""
    return x @ weight


def _forward(path, x, weight, tap):
    return x @ weight, (x, weight)


def _back(path, kept, d):
    x, weight = kept
    return d @ weight.T, jnp.zeros_like(weight), tell(path, x, d)


_product.defvjp(_forward, _back)


def _rows(told):
    """(n, inputs) and (n, outputs) of all that a map told."""
    whole = []
    for x, d in told:
        lead = np.broadcast_shapes(x.shape[:-1], d.shape[:-1])
        whole.append([np.broadcast_to(a, (*lead, a.shape[-1])).reshape(-1, a.shape[-1]) for a in (x, d)])
    seen, error = (np.concatenate(each) for each in zip(*whole, strict=True))
    return seen, error
