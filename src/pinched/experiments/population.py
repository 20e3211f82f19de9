"""A population on every core: chunks that stay in the cache, integrated by threads."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import equinox as eqx
import jax
import numpy as np

from pinched.core import double
from pinched.experiments.integrate import Blocks, Result, integrate

CHUNK = 2048  # devices: of so many, states, stages and samples of a block fit a core's cache
SMALL = 256  # devices that are not worth a second thread
_compiled: set[Any] = set()


def _pace(device, env, voltage, x0) -> np.ndarray:
    """How fast each device moves from `x0` at the ends of the drive: those alike share a chunk and its steps."""
    alike = np.zeros(x0.shape[1:])
    if not len(x0) or np.ndim(voltage) > 2:
        return alike
    x = dict(zip(device.state(), x0, strict=True))
    with double():
        for v in (voltage[:, 0].min(), voltage[:, 0].max()):
            alike = alike + sum(np.abs(np.asarray(rate)) for rate in _rates(device, v, x, env).values())
    return alike


@eqx.filter_jit
def _rates(device, v, x, env):
    return device.rates(v, x, env)


def integrate_population(device, env, blocks: Blocks, at, count, x0, rtol, atol, budget, keys=None, **static) -> Result:
    """As `integrate`, with NumPy arrays, whatever the size and shape of the population."""
    shape = x0.shape[1:]
    n = int(np.prod(shape))
    if n < SMALL:
        return integrate(device, env, blocks, at, count, x0, rtol, atol, budget, keys, **static)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    size = min(CHUNK, -(-n // cores))
    order = np.argsort(np.ravel(_pace(device, env, blocks.voltage, x0)), kind="stable")

    def chunk(first) -> tuple[Any, ...]:
        """The arguments of `size` devices from `first` on; the last one stands in for those that are not there."""
        of = order[np.minimum(np.arange(first, first + size), n - 1)]

        def leaf(a, axes=0):  # `axes` of its own lead the population
            if np.ndim(a) <= axes:
                return a
            return np.broadcast_to(a, (*np.shape(a)[:axes], *shape)).reshape(*np.shape(a)[:axes], n)[..., of]

        own = jax.tree.map(lambda a: leaf(a, 1), blocks._replace(voltage=None))
        own = own._replace(voltage=leaf(blocks.voltage, 2))
        some = None if keys is None else keys.reshape(n)[of]
        return *jax.tree.map(leaf, (device, env)), own, at, count, leaf(x0, 1), rtol, atol, budget, some

    samples = len(at) + static["width"]
    whole = Result(
        np.empty((samples, len(x0), n)),
        np.empty((samples, n)),
        np.empty((samples, n)),
        np.empty(n),
        0,
        np.empty(n, bool),
        0,
    )

    def work(first):
        with double():
            r = integrate(*chunk(first), **static)
        last = min(first + size, n)
        for name in ("x", "v", "i", "error", "stuck"):
            getattr(whole, name)[..., order[first:last]] = np.asarray(getattr(r, name))[..., : last - first]
        return int(r.steps), int(r.block)

    arguments = chunk(0)
    kind = jax.tree.structure(arguments), *((np.shape(a), a.dtype) for a in jax.tree.leaves(arguments)), *static.items()
    if kind not in _compiled:  # here and once, rather than in every thread
        integrate(*[*arguments[:4], np.zeros_like(count), *arguments[5:]], **static)
        _compiled.add(kind)
    with ThreadPoolExecutor(cores) as pool:
        steps, reached = zip(*pool.map(work, range(0, n, size)), strict=True)
    full = (a.reshape(*a.shape[:-1], *shape) if np.ndim(a) else a for a in whole)
    return Result(*full)._replace(steps=max(steps), block=min(reached))
