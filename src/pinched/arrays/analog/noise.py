"""Random numbers, NumPy's or JAX's, from one seed or key."""

import functools
import itertools

import jax
import numpy as np


def generator(key) -> np.random.Generator:
    """A NumPy generator from an integer seed, a JAX key or a generator; draws made once need no compiling."""
    if isinstance(key, np.random.Generator):
        return key
    return np.random.default_rng(key if isinstance(key, (int, np.integer)) else np.asarray(jax.random.key_data(key)))


def normals(key, x):
    """A function shape -> standard normal numbers of the kind and precision of `x`; every call draws new ones."""
    if not isinstance(x, jax.Array):
        return functools.partial(generator(key).standard_normal, dtype=x.dtype)
    key = jax.random.key(key) if isinstance(key, (int, np.integer)) else key
    count = itertools.count()
    return lambda shape: jax.random.normal(jax.random.fold_in(key, next(count)), shape, x.dtype)
