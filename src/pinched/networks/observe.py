"""What reaches the maps of a network while it computes, and how a network is run on many samples."""

import collections
import contextlib
import itertools
import math
import threading
from typing import Any

import equinox as eqx
import jax
import numpy as np

from pinched.arrays.analog.noise import folded
from pinched.core import PinchedError
from pinched.networks.layers import mapped, maps
from pinched.networks.mlp import MLP

KEPT = 4096  # inputs of a map that are kept at most
AT_ONCE = 256  # samples that run side by side
LOOKED_AT = 32  # of which all that reaches the maps is kept for a moment


_told = collections.defaultdict(list)  # path -> what its map told; one place, for nothing to be compiled anew
_listening = threading.Lock()


@contextlib.contextmanager
def listening():
    """Path -> what the maps `tell` while it is open; to be emptied by whoever listens more than once."""
    with _listening:
        try:
            yield _told
        finally:
            _told.clear()


def tell(path: str, *arrays):
    """A zero that is only known when the `arrays` were told, under `path`, with whatever axes vmap gives them.

    They are looked at when all is computed: on one core a callback that waits for its arrays waits for ever.
    """

    def told(*whole):
        _told[path].append(whole)
        many = whole[0].ndim - arrays[0].ndim
        return np.zeros(np.broadcast_shapes(*(a.shape[:many] for a in whole)), whole[0].dtype)

    return jax.pure_callback(told, jax.ShapeDtypeStruct((), arrays[0].dtype), *arrays, vmap_method="expand_dims")


class _Probe(eqx.Module):
    """A map that tells what reaches it."""

    map: Any
    path: str = eqx.field(static=True)

    def __call__(self, x, *, key=None):
        if isinstance(x, np.ndarray):
            _told[self.path].append((x,))
        else:
            x = x + tell(self.path, x)
        return self.map(x)


def observed(net, samples) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """What reaches the maps of a lowered network.

    Args:
        net: the network, made of maps.
        samples: inputs (n, …).

    Returns:
        Path -> inputs (at most KEPT, inputs) of each map, and path -> products that it makes for one sample, in the
        order of `maps`. What is left of the samples after whole steps of LOOKED_AT is not looked at.
    """
    seen, rows = collections.defaultdict(list), collections.Counter()
    probed = mapped(lambda path, each: _Probe(each, path), net)
    step = len(samples) if isinstance(net, MLP) else min(LOOKED_AT, len(samples))
    with listening() as told:
        for start in range(0, len(samples) - step + 1, step):  # whole steps, for nothing to be compiled twice
            forward(probed, samples[start : start + step])
            for path, found in told.items():
                rows[path] += sum(math.prod(x.shape[:-1]) for (x,) in found)
                seen[path] += [_thinned(x) for (x,) in found]
            told.clear()
    done = len(samples) // step * step
    paths = [path for path in maps(net) if path in seen]
    return {path: _thinned(np.concatenate(seen[path])) for path in paths}, {path: rows[path] / done for path in paths}


def check_call(net, samples) -> None:
    """Whether a network can be called on one of `samples` (n, …).

    Raises:
        PinchedError: with the reason, where it cannot.
    """
    try:
        eqx.filter_eval_shape(
            net, jax.ShapeDtypeStruct(samples.shape[1:], jax.dtypes.canonicalize_dtype(samples.dtype))
        )
    except PinchedError:
        raise
    except Exception as error:  # whatever goes wrong in the network of a user
        reason = str(error).partition("\n")[0].rstrip(".")
        raise PinchedError(
            f"The network cannot be called on one sample {samples.shape[1:]} ({type(error).__name__}: {reason}): give "
            "samples as it takes them, and the network as it is for inference (equinox.nn.inference_mode)."
        ) from error


def _thinned(x):
    """At most KEPT inputs, in rows."""
    rows = np.asarray(x).reshape(-1, x.shape[-1])
    return rows[:: -(-len(rows) // KEPT)]


def forward(net, x, noise=None):
    """Outputs (n, …) of a network for samples (n, …), as NumPy arrays; `noise` has the words of a key for its maps."""
    if isinstance(net, MLP):
        return net(np.asarray(x, np.float32))
    x = np.asarray(x)
    step = min(AT_ONCE, len(x))
    whole = np.concatenate([x, np.repeat(x[-1:], -len(x) % step, axis=0)])  # for nothing to be compiled twice
    parts = [
        _many(net, whole[start : start + step], None if noise is None else folded(noise, start))
        for start in range(0, len(whole), step)
    ]
    return jax.tree.map(lambda *each: np.concatenate(each)[: len(x)], *parts)


@eqx.filter_jit
def _many(net, x, noise):
    return jax.vmap(net if noise is None else noisy(net, noise))(x)


def noisy(net, noise):
    """`net` whose maps draw their read noise from `noise`: words of a key, or a function shape -> normal numbers."""
    if callable(noise):
        return mapped(lambda _, each: each.noisy(noise), net)
    number = itertools.count()
    return mapped(lambda _, each: each.noisy(folded(noise, next(number))), net)
