"""Random numbers in compiled code: SplitMix64 (Steele, Lea & Flood, OOPSLA 2014), its state a word."""

import numpy as np
from numba import njit


def seed(source) -> np.ndarray:
    """(1,) the state that draws start from, of a NumPy generator or of what seeds one."""
    if isinstance(source, np.random.Generator):
        return source.bit_generator.random_raw(1)  # 2 µs; an array of `integers` takes 18
    if isinstance(source, int):
        return np.array([source % 2**64], np.uint64)  # the mixing of words makes neighbours strangers
    return np.random.SeedSequence(source).generate_state(1, np.uint64)


@njit(inline="always")
def word(seed):
    """64 random bits; NumPy's generators take 50 times as long in compiled code."""
    seed[0] += np.uint64(0x9E3779B97F4A7C15)
    z = seed[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(inline="always")
def uniform(seed):
    """A number in [0, 1)."""
    return (word(seed) >> np.uint64(11)) * 2.0**-53


@njit(inline="always")
def normal(quantiles, seed):
    """One of 2^16 equally likely `quantiles`."""
    return quantiles[word(seed) >> np.uint64(48)]


@njit(cache=True)
def fill(out, quantiles, seed):
    """Draw all of `out` (n,) from 2^16 equally likely `quantiles`, four from each word."""
    many = len(out) // 4
    for i in range(many):
        bits = word(seed)
        for k in range(4):
            out[i + k * many] = quantiles[(bits >> np.uint64(16 * k)) & np.uint64(0xFFFF)]
    for i in range(4 * many, len(out)):
        out[i] = normal(quantiles, seed)
