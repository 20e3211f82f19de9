"""Random numbers of 16 bits, four from each word of a generator: noise needs no more, and they cost a quarter."""

import functools
import math

import numpy as np


class Dice:
    """Draws that repeat bit for bit from whole numbers, such as a seed and the number of the epoch."""

    def __init__(self, *seed: int):
        self._bits = np.random.SFC64(np.random.SeedSequence(seed))

    def seed(self) -> int:
        """A seed for another generator."""
        return int(self._bits.random_raw())

    def words(self, shape) -> np.ndarray:
        """Whole numbers in [0, 2^16), uniform."""
        size = shape if isinstance(shape, int) else math.prod(shape)
        return self._bits.random_raw(-(-size // 4)).view(np.uint16)[:size].reshape(shape)

    def uniform(self, shape) -> np.ndarray:
        """Numbers in (0, 1) in float32, in the middle of 2^16 intervals."""
        u = self.words(shape).astype(np.float32)
        u += np.float32(0.5)
        u *= np.float32(2.0**-16)
        return u

    def bernoulli(self, p, rows) -> np.ndarray:
        """True with the probabilities `p[rows]`, to 2^-16."""
        p = (p * np.float32(65536)).clip(0, 65535).astype(np.uint16).take(rows, 0)
        return self.words(p.shape) < p

    def standard_normal(self, shape, dtype=np.float32) -> np.ndarray:
        """Normal numbers, the quantiles of 2^16 equal parts (within 4.3)."""
        return _quantiles().take(self.words(shape)).astype(dtype, copy=False)


@functools.cache
def _quantiles() -> np.ndarray:
    from scipy.special import ndtri

    return ndtri((np.arange(65536) + 0.5) / 65536).astype(np.float32)
