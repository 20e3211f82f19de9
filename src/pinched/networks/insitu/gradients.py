"""What each layer of a network saw of a batch, and the errors of its outputs: the derivatives of the mean loss."""

import collections
import functools
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pinched.networks.layers import biased, is_map, mapped


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


class Backward:
    """The same of any lowered network, whatever stands between its maps.

    A map tells what it saw, and its error, when the errors pass through it: also within a scan, where it tells so for
    every step. What is seen and erred by one map at many places (of an image, of a sequence) makes as many rows.
    """

    def __init__(self, net, loss):
        _, self.rest = parts(net)
        self.loss, self.told = loss, collections.defaultdict(list)
        self._slopes = jax.jit(jax.grad(self._lost))

    def __call__(self, weights, digital, x, targets):
        """Path -> (seen, error), the last map first, and the slopes of the `digital` parameters.

        Args:
            weights: path -> matrix of each map.
            digital: the other parameters, as `parts` gives them.
            x, targets: a batch.
        """
        self.told.clear()
        taps = dict.fromkeys(weights, np.float32(0))
        _, slopes = jax.block_until_ready(self._slopes((taps, digital), weights, x, targets))
        return {path: _rows(self.told[path]) for path in reversed(weights) if path in self.told}, slopes

    def _lost(self, free, weights, x, targets):
        taps, digital = free
        net = mapped(lambda path, each: self._telling(path, each, weights, taps), eqx.combine(digital, self.rest))
        return self.loss(jax.vmap(net)(x), targets).mean()

    def _telling(self, path, each, weights, taps):
        return _Telling(weights[path], taps[path], each.biased, lambda *told: self.told[path].append(told))


class _Telling(eqx.Module):
    weight: Any
    tap: Any
    biased: bool
    tell: Any = eqx.field(static=True)

    def __call__(self, x, *, key=None):
        return _product(self.tell, biased(x) if self.biased else x, self.weight, self.tap)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _product(tell, x, weight, tap):
    """The product of x and weight; the slope of `tap` is zero, but for it to be known the map has to tell."""
    return x @ weight


def _forward(tell, x, weight, tap):
    return x @ weight, (x, weight)


def _back(tell, kept, d):
    x, weight = kept

    def told(seen, error):
        tell(seen, error)  # to be looked at when all is computed: on one core a callback waits for its array for ever
        many = seen.ndim - x.ndim
        return np.zeros(np.broadcast_shapes(seen.shape[:many], error.shape[:many]), error.dtype)

    zero = jax.pure_callback(told, jax.ShapeDtypeStruct((), d.dtype), x, d, vmap_method="expand_dims")
    return d @ weight.T, jnp.zeros_like(weight), zero


_product.defvjp(_forward, _back)


def _rows(told):
    """(n, inputs) and (n, outputs) of all that a map told."""
    whole = []
    for x, d in told:
        lead = np.broadcast_shapes(x.shape[:-1], d.shape[:-1])
        whole.append([np.broadcast_to(a, (*lead, a.shape[-1])).reshape(-1, a.shape[-1]) for a in (x, d)])
    seen, error = (np.concatenate(each) for each in zip(*whole, strict=True))
    return seen, error
