"""Error-correcting codes of memories: how many errors they correct and what they leave. Words by the galois library."""

import dataclasses
import functools
from typing import Any, Literal

import numpy as np
from scipy.stats import binom

from pinched.core import PinchedError

Family = Literal["bch", "reed-solomon"]


@dataclasses.dataclass(frozen=True)
class Code:
    """A block code of `n` symbols, `k` of them data, that corrects any `t` wrong ones; a symbol has `m` bits.

    A shortened code is the next longer one of its family with its first data symbols zero, which are not stored.
    """

    family: Family
    n: int
    k: int
    t: int
    m: int = 1

    @property
    def rate(self) -> float:
        """Data over all that is stored."""
        return self.k / self.n

    def word_error_rate(self, p) -> np.ndarray:
        """Probability that a word keeps errors, where each stored bit is wrong with probability `p` on its own."""
        return binom.sf(self.t, self.n, self._symbol(p))

    def bit_error_rate(self, p) -> np.ndarray:
        """Wrong bits over bits after decoding; words beyond correction are left as they are read.

        A stored error stays where at least `t` others of its word are wrong: p P(Binomial(n − 1, p_symbol) ≥ t).
        """
        return np.asarray(p) * binom.sf(self.t - 1, self.n - 1, self._symbol(p))

    def encode(self, data) -> np.ndarray:
        """Words (..., n) of `data` symbols (..., k), integers below 2^m."""
        return np.asarray(self._own.encode(self._own.field(np.asarray(data))))

    def decode(self, words) -> tuple[np.ndarray, np.ndarray]:
        """(data (..., k), corrected symbols of each word, −1 where they are beyond correction) of `words` (..., n)."""
        data, errors = self._own.decode(self._own.field(np.asarray(words)), errors=True)
        return np.asarray(data), np.asarray(errors)

    def _symbol(self, p) -> np.ndarray:
        return -np.expm1(self.m * np.log1p(-np.asarray(p, float)))

    @property
    def _own(self) -> Any:
        return _galois(self)


def bch(n: int, t: int) -> Code:
    """The binary BCH code of length `n` that corrects `t` bits; t = 1 is the Hamming code.

    Its parity bits are the roots of the generator polynomial: the cyclotomic cosets of 1 … 2t modulo 2^r − 1, where
    2^r − 1 is the first such length of at least `n`.

    Raises:
        PinchedError: where nothing is left for data.
    """
    parity = len(_roots(n.bit_length(), t))
    if n < 3 or t < 1 or parity >= n:
        raise PinchedError(f"No BCH code of {n} bits corrects {t}: take a longer word or fewer errors.")
    return Code("bch", n, n - parity, t)


def hamming(r: int) -> Code:
    """The Hamming code of length 2^r − 1 with `r` parity bits."""
    return bch(2**r - 1, 1)


def reed_solomon(n: int, t: int, m: int | None = None) -> Code:
    """The Reed-Solomon code of `n` symbols of `m` bits (default: as few as the length needs) that corrects `t` of them.

    Raises:
        PinchedError: where nothing is left for data, or `n` symbols of `m` bits are too long.
    """
    m = m or n.bit_length()
    if n < 3 or t < 1 or 2 * t >= n or n >= 2**m:
        raise PinchedError(f"No Reed-Solomon code of {n} symbols of {m} bits corrects {t}.")
    return Code("reed-solomon", n, n - 2 * t, t, m)


def weakest(p: float, wanted: float, n: int = 1023, family: Family = "bch") -> Code:
    """The code of length `n` with the least parity that brings the bit error rate from `p` to `wanted` or below.

    Raises:
        PinchedError: where no code of this length does.
    """
    make = {"bch": bch, "reed-solomon": reed_solomon}[family]
    t = 1
    try:
        while make(n, t).bit_error_rate(p) > wanted:
            t += 1
    except PinchedError:
        raise PinchedError(
            f"No {family} code of length {n} brings an error rate of {p:.2g} to {wanted:.2g}: take fewer levels."
        ) from None
    return make(n, t)


@functools.cache
def _roots(r: int, t: int) -> frozenset[int]:
    length = 2**r - 1
    if t < 1:
        return frozenset()
    return _roots(r, t - 1) | {(2 * t - 1) * 2**j % length for j in range(r)}  # even powers are in earlier cosets


@functools.cache
def _galois(code: Code) -> Any:
    try:
        import galois
    except ImportError:
        raise PinchedError("Coding words needs the galois library: pip install pinched[codes].") from None
    if code.family == "bch":
        return galois.BCH(2 ** code.n.bit_length() - 1, d=2 * code.t + 1)
    return galois.ReedSolomon(2**code.m - 1, d=2 * code.t + 1)
