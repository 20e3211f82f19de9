"""How gradients become pulses: what a layer saw and its error, turned into pulses on its devices.

A layer sees inputs x (batch, rows), the last of which is the constant that carries the biases, and has the errors
d (batch, columns) of its outputs, the derivatives of the loss; the gradient of its weights is xᵀd. A scheme asks for a
change of −rate · gradient in its own way. In all of them a pulse is taken for `cells.step`, the mean change it makes.
"""

from __future__ import annotations

import abc
import dataclasses
from typing import TYPE_CHECKING, ClassVar

import numpy as np

if TYPE_CHECKING:
    from pinched.networks.insitu.layer import Layer


class Scheme(abc.ABC):
    """Asks the arrays of a layer for changes; frozen, what it remembers is kept by the layer."""

    arrays: ClassVar[int] = 1  # arrays of devices behind each weight; the first is the one that is seen

    def memory(self, layer: Layer) -> dict[str, np.ndarray]:
        """What the scheme keeps in digital memory for a layer, as it is before training."""
        return {}

    @abc.abstractmethod
    def update(self, layer: Layer, x, d, rate, rng):
        """Pulse the devices of `layer` once for the samples of a batch."""


@dataclasses.dataclass(frozen=True)
class Counts(Scheme):
    """Whole numbers of pulses in proportion to the gradient of the batch.

    With `rounding` "random" their mean is exact (and no gradient is too small to be seen); "nearest" at a batch of one
    is how MLP+NeuroSim does it (Chen, Peng & Yu, IEDM 2017): asked changes below half a pulse are lost.
    """

    rounding: str = "random"  # or "nearest"

    def update(self, layer, x, d, rate, rng):
        """Round xᵀd to pulses."""
        asked = x.T @ (d * np.float32(-rate / layer.cells.step))
        n = np.floor(asked + rng.random(asked.shape, np.float32)) if self.rounding == "random" else np.rint(asked)
        layer.cells.change(n.clip(-layer.cells.most, layer.cells.most), rng)


@dataclasses.dataclass(frozen=True)
class Sign(Scheme):
    """Manhattan rule: one pulse against the sign of the gradient, whatever its size.

    Zamanidoost et al., WISP 2015; Prezioso et al., Nature 521, 61 (2015), doi 10.1038/nature14441. Weights that would
    change by less than the part `threshold` of a pulse are left; 0 is the rule as published, blind to the rate.
    """

    threshold: float = 0.5

    def update(self, layer, x, d, rate, rng):
        """The sign of what is asked."""
        asked = x.T @ (d * np.float32(-rate / layer.cells.step))
        layer.cells.change(np.sign(asked) * (np.abs(asked) > self.threshold), rng)


@dataclasses.dataclass(frozen=True)
class MixedPrecision(Scheme):
    """Gradients add up in digital memory χ; a device is pulsed when its χ holds a whole pulse, which is then taken off.

    Nandakumar et al., Front. Neurosci. 14, 406 (2020), doi 10.3389/fnins.2020.00406.
    """

    def memory(self, layer):
        """χ, in pulses."""
        return {"chi": np.zeros(layer.weights.shape, np.float32)}

    def update(self, layer, x, d, rate, rng):
        """χ ← χ − rate · xᵀd/ε, pulses trunc(χ)."""
        chi = layer.memory["chi"]
        chi += x.T @ (d * np.float32(-rate / layer.cells.step))
        n = np.trunc(chi).clip(-layer.cells.most, layer.cells.most)
        chi -= n
        layer.cells.change(n, rng)


@dataclasses.dataclass(frozen=True)
class Trains(Scheme):
    """Stochastic pulse trains: a device is pulsed where a pulse of its row meets one of its column.

    In each of `length` slots row i fires with probability ∝ |x_i| and column j with probability ∝ |d_j|, so that the
    mean number of coincidences is that of the asked change, and no product is ever computed (Gokmen & Vlasov, Front.
    Neurosci. 10, 333, 2016, doi 10.3389/fnins.2016.00333). With `managed` trains each sample takes no more slots than
    its largest change needs, and rows and columns fire equally often (Gokmen, Onen & Haensch, Front. Neurosci. 11, 538,
    2017), as is the rule in aihwkit. The samples of a batch pulse one after another.
    """

    length: int = 31
    managed: bool = True

    def update(self, layer, x, d, rate, rng):
        """Where trains coincide."""
        self.pulse(layer.cells, x, d, rate, rng)

    def pulse(self, cells, x, d, rate, rng, row=0):
        """Trains for inputs `x` (n, rows) and errors `d` (n, columns), on the rows of `cells` from `row` on."""
        size, drive = (np.abs(part).max(1, initial=0).astype(np.float64) for part in (x, d))
        asked = rate / cells.step  # pulses per xᵀd
        if self.managed:
            most = asked * size * drive  # pulses that the most strongly driven device should get
            slots = np.ceil(most).clip(0, self.length)
            share = np.sqrt(most / np.maximum(slots, 1))
            x_share, d_share = (share / np.maximum(top, 1e-30) for top in (size, drive))
        else:
            slots = np.full(len(x), self.length)
            x_share = d_share = np.full(len(x), np.sqrt(asked / self.length))
        cells.trains(x, d, x_share, d_share, slots.astype(int), rng, row)
