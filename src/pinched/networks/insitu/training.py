"""A multilayer perceptron that is trained on its devices.

Gradients are those of the weights that the devices hold. The learning rate falls linearly to zero, and is the one of
the candidates with the best mean accuracy on validation samples: the same rule for every device, so that a coarse or
noisy one may choose few, careful pulses.
"""

import itertools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pinched.core import PinchedError
from pinched.devices import PulseResponse
from pinched.networks.accuracy import accuracy_of
from pinched.networks.insitu.cells import WEIGHT_RANGE, Cells
from pinched.networks.insitu.schemes import Counts, Scheme
from pinched.networks.layers import biased
from pinched.networks.mlp import MLP, check_samples, minibatches

LEARNING_RATES = (0.1, 0.3, 1.0)


class Trained(NamedTuple):
    """Networks trained on devices, one for each seed."""

    weights: tuple[np.ndarray, ...]  # (seeds, inputs + 1, outputs) per layer
    cells: tuple[np.ndarray, ...]  # (seeds, devices a weight, inputs + 1, outputs) conductances per layer, S
    learning_rate: float  # the one that was chosen
    history: np.ndarray  # (seeds, epochs) accuracy on the validation samples
    validation: np.ndarray  # (learning rates,) mean accuracy on them in the end, by which the rate was chosen
    pulses: np.ndarray  # (seeds,) pulses that a device received, on average

    def net(self, i: int) -> MLP:
        """The network of seed number `i`."""
        return MLP.of(w[i] for w in self.weights)


def falling(progress: float) -> float:
    """The learning rate over its first value at a `progress` in [0, 1): a straight line to zero."""
    return 1 - progress


def train_in_situ(
    sizes,
    response,
    x,
    labels,
    x_validation,
    labels_validation,
    *,
    scheme: Scheme = Counts(),  # noqa: B008  frozen
    pair: bool = True,
    seeds=(0,),
    epochs: int = 20,
    batch: int = 32,
    learning_rates=LEARNING_RATES,
    schedule: Callable[[float], float] = falling,
    weights=None,
    weight_range: float | None = None,
    reference: float | None = None,
    progress: Callable[[str, float], None] | None = None,
    save: Callable[[dict[str, np.ndarray]], None] | None = None,
    start: dict[str, np.ndarray] | None = None,
) -> Trained:
    """Train a multilayer perceptron on devices, by pulses.

    Args:
        sizes: units per layer, inputs first.
        response: the PulseResponse of the devices; its spreads are drawn for each device of each seed.
        x, labels: training inputs (n, inputs) and classes (n,); features, where only the last layers are trained.
        x_validation, labels_validation: samples on which the learning rate is chosen.
        scheme: how gradients become pulses: `Counts`, `Trains`, `Sign`, `MixedPrecision`, `TikiTaka`,
            `BufferedTikiTaka` or `ChoppedTikiTaka` of `pinched.networks.insitu`.
        pair: whether a weight is the difference of two devices, or one device against a reference.
        seeds: of first weights, devices, order of the samples and pulses.
        epochs, batch: passes over the data, and samples per update.
        learning_rates: candidates, in weight per gradient.
        schedule: part of the rate at a progress in [0, 1).
        weights: the first weights per layer, (inputs + 1, outputs) with the biases last; drawn by default.
        weight_range: what the full range of a pair, or half that of one device, stands for; by default `WEIGHT_RANGE`
            over the root of the inputs, or the largest of `weights` if that is more.
        reference: state in [0, 1] of a single device that means zero; its symmetry point by default.
        progress: called with a few words and the fraction done.
        save: called after every epoch with the whole state, a plain dict of arrays.
        start: such a state, to go on from; the result is that of the uninterrupted training, bit for bit.

    Returns:
        The trained networks at the chosen learning rate.

    Raises:
        PinchedError: for samples that do not fit the network, no seed, or a response that pulses do not move.
    """
    x, labels = check_samples(x, labels, sizes)
    x_validation, labels_validation = check_samples(x_validation, labels_validation, sizes)
    if not isinstance(response, PulseResponse):
        raise PinchedError(f"A {type(response).__name__} cannot be trained on: give a PulseResponse.")
    if not len(seeds):
        raise PinchedError("train_in_situ() needs at least one seed.")
    if weights is not None and [np.shape(w) for w in weights] != [(n + 1, m) for n, m in itertools.pairwise(sizes)]:
        raise PinchedError(
            f"The first weights do not fit a network of {tuple(sizes)}: give (inputs + 1, outputs) each."
        )
    samples, check, rates = (biased(x), labels), (biased(x_validation), labels_validation), tuple(learning_rates)

    def first(seed):
        start_at, rng = MLP(sizes, seed).weights if weights is None else weights, np.random.default_rng(seed)
        for w in start_at:
            largest = weight_range or max(WEIGHT_RANGE / np.sqrt(len(w) - 1), 0 if weights is None else np.abs(w).max())
            yield Layer.of(w, response, scheme, largest, pair, reference, rng)

    runs = [(r, s, [*first(int(seed))]) for r in range(len(rates)) for s, seed in enumerate(seeds)]
    history = np.full((len(rates), len(seeds), epochs), np.nan, np.float32)
    done = 0 if start is None else _restore(start, runs, history)
    for epoch in range(done, epochs):
        for n, (r, s, layers) in enumerate(runs):
            rate = lambda part, r=r, epoch=epoch: rates[r] * schedule((epoch + part) / epochs)  # noqa: E731
            _epoch(layers, *samples, scheme, batch, rate, (int(seeds[s]), epoch))
            history[r, s, epoch] = accuracy_of(forward(layers, check[0]), check[1])
            if progress:
                progress(f"epoch {epoch + 1} of {epochs}", (epoch - done + (n + 1) / len(runs)) / (epochs - done))
        if save:
            save(_state(epoch + 1, runs, history))

    mean = history[:, :, -1].mean(1)
    best = int(np.argmax(mean))
    chosen = [layers for r, _, layers in runs if r == best]
    return Trained(
        tuple(np.stack([layer.weights for layer in same]) for same in zip(*chosen, strict=True)),
        tuple(np.stack([layer.cells.conductances for layer in same]) for same in zip(*chosen, strict=True)),
        float(rates[best]),
        history[best],
        mean,
        np.array([_pulses(layers) for layers in chosen]),
    )


def _epoch(layers, x, labels, scheme, batch, rate, seed):
    """One pass over the samples; all that is drawn comes from the seed and the number of the epoch."""
    rng = np.random.default_rng(seed)
    batches = minibatches(rng, len(x), 1, batch)[0]
    for k, index in enumerate(batches):
        for layer, seen, error in backward(layers, x[index], labels[index]):
            scheme.update(layer, seen, error, rate(k / len(batches)), rng)
            for cells in layer.arrays:
                cells.age()


def _state(epochs, runs, history) -> dict[str, np.ndarray]:
    state = {"epochs": np.array(epochs), "history": history.copy()}
    for r, s, layers in runs:
        for i, layer in enumerate(layers):
            state |= {f"{r}/{s}/{i}/{name}": value for name, value in layer.state().items()}
    return state


def _restore(state, runs, history) -> int:
    """Set all runs to what `state` holds; the number of epochs that were done."""
    done = int(state["epochs"])
    if state["history"].shape != history.shape or done > history.shape[2]:
        raise PinchedError("`start` is the state of another training: give the same rates, seeds and epochs.")
    history[:] = state["history"]
    for r, s, layers in runs:
        for i, layer in enumerate(layers):
            layer.restore(state, f"{r}/{s}/{i}/")
    return done


class Layer:
    """The arrays of devices behind the weights of a layer, and what its scheme remembers in digital memory."""

    def __init__(self, arrays: list[Cells]):
        self.arrays = arrays
        self.memory: dict[str, np.ndarray] = {}

    @classmethod
    def of(cls, weights, response, scheme, largest, pair, reference, rng):
        """With `weights` on the first array, and zeros on the others that `scheme` needs."""
        first = [weights] + [np.zeros_like(weights)] * (scheme.arrays - 1)
        layer = cls([Cells(response, w, largest, pair, rng, reference) for w in first])
        layer.memory = scheme.memory(layer)
        return layer

    @property
    def cells(self) -> Cells:
        """The array that is seen."""
        return self.arrays[0]

    @property
    def fast(self) -> Cells:
        """The hidden array of Tiki-Taka."""
        return self.arrays[1]

    @property
    def weights(self) -> np.ndarray:
        """(inputs + 1, outputs) as they are seen."""
        return self.arrays[0].weights

    def state(self) -> dict[str, np.ndarray]:
        """All that changes while training, as plain arrays by name."""
        state = {f"memory/{name}": value.copy() for name, value in self.memory.items()}
        for i, cells in enumerate(self.arrays):
            state |= {f"{i}/{name}": value for name, value in cells.state().items()}
        return state

    def restore(self, state, prefix=""):
        """Go on from what `state` gave, its names after `prefix`."""
        for name, value in self.memory.items():
            value[:] = state[f"{prefix}memory/{name}"]
        for i, cells in enumerate(self.arrays):
            cells.restore({name: state[f"{prefix}{i}/{name}"] for name in cells.state()})


def activities(layers, x) -> list[np.ndarray]:
    """What each layer sees, and the logits, of biased samples `x`."""
    seen = [x]
    for i, layer in enumerate(layers):
        z = seen[-1] @ layer.weights
        seen.append(z if i == len(layers) - 1 else biased(np.maximum(z, 0)))
    return seen


def forward(layers, x) -> np.ndarray:
    """Logits of biased samples `x`."""
    return activities(layers, x)[-1]


def backward(layers, x, labels):
    """(layer, what it saw, its error) of a batch from the last to the first, for the mean cross-entropy."""
    *seen, z = activities(layers, x)
    d = np.exp(z - z.max(1, keepdims=True))
    d /= d.sum(1, keepdims=True)
    d[np.arange(len(labels)), labels] -= 1
    d /= np.float32(len(labels))
    out = []
    for i in range(len(layers) - 1, -1, -1):
        out.append((layers[i], seen[i], d))
        if i:
            d = (d @ layers[i].weights[:-1].T) * (seen[i][:, :-1] > 0)
    return out


def _pulses(layers) -> float:
    cells = [c for layer in layers for c in layer.arrays]
    return sum(c.pulses for c in cells) / sum(c.u.size for c in cells)
