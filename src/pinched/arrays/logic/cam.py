"""Content-addressable memory: every stored word compared with a search word at once, on one crossbar.

A bit takes two cells of a column: 1 is (OFF, ON), 0 is (ON, OFF), X (any) is (OFF, OFF). The search drives the first of
its two rows for a 1, the second for a 0. So a cell that is ON carries current where the bits differ: the current of a
column counts the bits in which its word differs, and the word that matches has the least.
"""

import dataclasses
import functools

import numpy as np

from pinched.arrays.crossbar import Crossbar
from pinched.core import PinchedError, verb

ANY = -1


@dataclasses.dataclass(frozen=True, eq=False)
class CAM:
    """Stored words on a crossbar.

    Args:
        words: bits (words, bits): 0, 1, or -1 for any.
        g_on, g_off: conductance of a cell, S; numbers, or (2 x bits, words) for cells that differ.
        r_word, r_bit: of a wire segment, ohm.
        voltage: of a search, V.
    """

    words: np.ndarray
    g_on: float | np.ndarray
    g_off: float | np.ndarray
    r_word: float = 0.0
    r_bit: float = 0.0
    voltage: float = 0.1

    def __post_init__(self):
        words = np.asarray(self.words)
        if words.ndim != 2 or not np.isin(words, (0, 1, ANY)).all():
            raise PinchedError("CAM.words is a matrix (words, bits) of 0, 1 and -1 (any).")
        object.__setattr__(self, "words", words)

    @functools.cached_property
    def crossbar(self) -> Crossbar:
        """The array, (2 x bits, words)."""
        on = np.stack([self.words == 0, self.words == 1], axis=2).reshape(len(self.words), -1).T
        return Crossbar(np.where(on, self.g_on, self.g_off), self.r_word, self.r_bit)

    @property
    def bit_current(self) -> float:
        """Current of one bit that differs, A."""
        return self.voltage * float(np.mean(self.g_on))

    @verb
    def search(self, word) -> np.ndarray:
        """Column currents, A (..., words), for search words (..., bits) of 0, 1 and -1 (not asked).

        Raises:
            PinchedError: for words of another length, or other values.
        """
        word = np.asarray(word)
        if word.shape[-1] != self.words.shape[1] or not np.isin(word, (0, 1, ANY)).all():
            raise PinchedError(f"A search word has {self.words.shape[1]} bits, each 0, 1 or -1 (not asked).")
        volts = self.voltage * np.stack([word == 1, word == 0], axis=-1).reshape(*word.shape[:-1], -1)
        return self.crossbar.read(volts)

    def match(self, word) -> np.ndarray:
        """Whether each stored word matches, (..., words): its current is below half of that of a bit that differs."""
        return self.search(word) < self.bit_current / 2

    def nearest(self, word) -> np.ndarray:
        """The stored word that differs in the fewest bits, (...)."""
        return np.argmin(self.search(word), axis=-1)


def longest_word(g_on: float, g_off: float) -> int:
    """Bits up to which a full match, all cells OFF, stays below half of one bit that differs: g_on / (2 g_off)."""
    return int(np.ceil(g_on / (2 * g_off))) - 1
