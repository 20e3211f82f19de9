"""Random numbers, NumPy's or JAX's, from one seed or key."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np

QUANTILES = 2**16  # of the normal law, from which NumPy's noise of a read is drawn: to 4.3 standard deviations

SPREAD = np.array([2654435769, 2246822519, 3266489917, 668265263], np.uint32)  # odd, so no number is lost (xxHash's)


def generator(key) -> np.random.Generator:
    """A NumPy generator from an integer seed, a JAX key or a generator; draws made once need no compiling."""
    if isinstance(key, np.random.Generator):
        return key
    return np.random.default_rng(_entropy(key))


def normals(key, x):
    """A function shape -> standard normal numbers of the kind and precision of `x`; every call draws new ones.

    For NumPy one of QUANTILES equally likely values: ten times faster than an exact draw, and as good for a read. For
    JAX from XLA's own generator: within `vmap` of a read every sample has its own.

    Args:
        key: integer seed or JAX key; for NumPy also a generator, for JAX also `words`.
        x: what the noise is for.
    """
    if not isinstance(x, jax.Array):
        from pinched.arrays.analog.draws import seed  # compiles

        start = key if isinstance(key, np.random.Generator) else _entropy(key)
        return functools.partial(_drawn, seed(start), quantiles(x.dtype))
    drawn = Draws(words(key))
    return lambda shape: drawn.standard_normal(shape, x.dtype)


class Draws:
    """What of a NumPy generator the writing of cells needs, from JAX words: drawn anew in compiled code."""

    def __init__(self, words):
        self._words, self._count = words, itertools.count()

    def _key(self):
        return jax.random.wrap_key_data(folded(self._words, next(self._count)), impl="rbg")

    def standard_normal(self, shape, dtype=np.float32):
        """Standard normal numbers."""
        return jax.random.normal(self._key(), shape, dtype)

    def random(self, shape):
        """Numbers in [0, 1)."""
        return jax.random.uniform(self._key(), shape, np.float32)


def words(key):
    """The four words of a seed, a JAX key or words."""
    if isinstance(key, (int, np.integer)):
        return np.random.SeedSequence(int(key)).generate_state(4)
    data = jax.random.key_data(key) if jnp.issubdtype(key.dtype, jax.dtypes.prng_key) else key
    return jnp.resize(data, 4)


def folded(words, number):
    """Other words for every whole number."""
    return words ^ (jnp.asarray(number).astype(jnp.uint32) * SPREAD)


def _drawn(seed, table, shape):
    from pinched.arrays.analog.draws import fill

    out = np.empty(shape, table.dtype)
    fill(out.ravel(), table, seed)
    return out


@functools.cache
def quantiles(dtype) -> np.ndarray:
    """Equally likely values of mean 0 and variance 1 that stand for the normal law."""
    from scipy.special import ndtri

    table = ndtri((np.arange(QUANTILES) + 0.5) / QUANTILES)
    return (table / table.std()).astype(dtype)


def _entropy(key):
    return key if isinstance(key, (int, np.integer)) else np.asarray(jax.random.key_data(key))
