"""Tiki-Taka: a fast array gathers gradients around the symmetry point of its devices, a slow one holds the weights.

Gradients that cancel leave a device at its symmetry point, where it means zero; what they have in common is read row by
row and moved to the slow array, so that the asymmetry of the devices no longer pulls the weights.
"""

import dataclasses
from typing import ClassVar

import numpy as np

from pinched.networks.insitu.schemes import Scheme, Trains

MOST = 10  # pulses of one transfer to a device


@dataclasses.dataclass(frozen=True)
class TikiTaka(Scheme):
    """One row of the fast array A is read after every `every` updates, and added to the slow array C by pulse trains.

    Gokmen & Haensch, Front. Neurosci. 14, 103 (2020), doi 10.3389/fnins.2020.00103. The weights are those of C alone.

    Attributes:
        every: updates from one row to the next.
        transfer: learning rate of a transfer, over that of the updates.
        fast: learning rate of A; None for that of the updates.
        trains: of both arrays.
    """

    every: int = 1
    transfer: float = 1.0
    fast: float | None = None
    trains: Trains = Trains()  # noqa: RUF009  frozen
    arrays: ClassVar[int] = 2

    def memory(self, layer):
        """The number of updates."""
        return {"updates": np.zeros(1, np.int64)}

    def update(self, layer, x, d, rate, rng):
        """A follows the gradient; every now and then a row of it moves on."""
        self.trains.pulse(layer.fast, x, d, self.fast or rate, rng)
        layer.memory["updates"] += 1
        transfers, rest = divmod(int(layer.memory["updates"][0]), self.every)
        if not rest:
            self.move(layer, (transfers - 1) % len(layer.weights), rate * self.transfer, rng)

    def move(self, layer, row, rate, rng):
        """C_row ← C_row + rate · A_row, in pulses."""
        self.trains.pulse(layer.cells, np.ones((1, 1), np.float32), -layer.fast.weights[row][None], rate, rng, row)


@dataclasses.dataclass(frozen=True)
class BufferedTikiTaka(TikiTaka):
    """Tiki-Taka 2: readings of A add up in a digital buffer H, which pulses C where it holds `threshold` pulses.

    The buffer averages the noise of the devices away. Gokmen, Front. Artif. Intell. 4, 699148 (2021),
    doi 10.3389/frai.2021.699148.
    """

    threshold: float = 1.0

    def memory(self, layer):
        """The number of updates, and H in pulses."""
        return super().memory(layer) | {"H": np.zeros(layer.weights.shape, np.float32)}

    def move(self, layer, row, rate, rng):
        """H_row ← H_row + rate · A_row/ε, pulses trunc(H)."""
        self.add(layer, row, layer.fast.weights[row] * np.float32(rate / layer.cells.step), rng)

    def add(self, layer, row, reading, rng):
        """A `reading` in pulses, into the buffer and from there to C."""
        H = layer.memory["H"][row]
        H += reading
        n = np.trunc(H / self.threshold).clip(-MOST, MOST)
        H -= n * self.threshold
        at = np.flatnonzero(n)
        layer.cells.pulse(row * len(H) + at, n[at], rng)


@dataclasses.dataclass(frozen=True)
class ChoppedTikiTaka(BufferedTikiTaka):
    """Tiki-Taka 2 with choppers: each row of A is driven and read with a sign that is now and then reversed.

    An offset of the symmetry point from the reference then cancels in the buffer. Rasch, Carta, Fagbohungbe & Gokmen,
    Nat. Commun. 15, 7133 (2024), doi 10.1038/s41467-024-51221-z, after Onen et al., Front. Artif. Intell. 5 (2022).
    """

    chop: float = 0.1  # probability that a sign is reversed after its row was read

    def memory(self, layer):
        """Also the signs of the rows."""
        return super().memory(layer) | {"signs": np.ones(len(layer.weights), np.float32)}

    def update(self, layer, x, d, rate, rng):
        """Inputs with the signs of their rows."""
        super().update(layer, x * layer.memory["signs"], d, rate, rng)

    def move(self, layer, row, rate, rng):
        """The reading with its sign, which may then be reversed."""
        signs = layer.memory["signs"]
        self.add(layer, row, layer.fast.weights[row] * (signs[row] * np.float32(rate / layer.cells.step)), rng)
        signs[row] *= -1 if rng.random() < self.chop else 1
