"""What reaches the maps of a network while it computes, and how a network is run on many samples."""

import collections
import functools
import itertools
from typing import Any

import equinox as eqx
import jax
import numpy as np

from pinched.arrays.analog.noise import folded
from pinched.networks.layers import mapped
from pinched.networks.mlp import MLP

KEPT = 4096  # inputs of a map that are kept at most
AT_ONCE = 256  # samples that run side by side


class _Probe(eqx.Module):
    """A map that tells what reaches it."""

    map: Any
    tell: Any = eqx.field(static=True)

    def __call__(self, x, *, key=None):
        if isinstance(x, np.ndarray):
            self.tell(x)
        else:
            x = jax.pure_callback(self.tell, jax.ShapeDtypeStruct(x.shape, x.dtype), x, vmap_method="expand_dims")
        return self.map(x)


def observed(net, samples) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """What reaches the maps of a lowered network.

    Args:
        net: the network, made of maps.
        samples: inputs (n, …).

    Returns:
        Path -> inputs (at most KEPT, inputs) of each map, and path -> products that it makes for one sample.
    """
    seen, rows = collections.defaultdict(list), collections.Counter()

    def tell(path, x):
        flat = np.array(x).reshape(-1, x.shape[-1])
        rows[path] += len(flat)
        seen[path].append(flat[:: -(-len(flat) // KEPT)])
        return x

    forward(mapped(lambda path, each: _Probe(each, functools.partial(tell, path)), net), samples)
    joined = {path: np.concatenate(parts) for path, parts in seen.items()}
    return {path: x[:: -(-len(x) // KEPT)] for path, x in joined.items()}, {
        p: n / len(samples) for p, n in rows.items()
    }


def forward(net, x, noise=None):
    """Outputs (n, …) of a network for samples (n, …), as NumPy arrays; `noise` has the words of a key for its maps."""
    if isinstance(net, MLP):
        return net(np.asarray(x, np.float32))
    x = np.asarray(x)
    parts = []
    for start in range(0, len(x), AT_ONCE):
        part = x[start : start + AT_ONCE]
        missing = min(AT_ONCE, len(x)) - len(part)
        filled = np.concatenate([part, np.repeat(part[-1:], missing, axis=0)])
        found = np.asarray(_many(net, filled, None if noise is None else folded(noise, start)))
        parts.append(found[: len(part)])
    return np.concatenate(parts)


@eqx.filter_jit
def _many(net, x, noise):
    return jax.vmap(net if noise is None else noisy(net, noise))(x)


def noisy(net, noise):
    """`net` whose maps draw their read noise from `noise`: words of a key, or a function shape -> normal numbers."""
    if callable(noise):
        return mapped(lambda _, each: each.noisy(noise), net)
    number = itertools.count()
    return mapped(lambda _, each: each.noisy(folded(noise, next(number))), net)
