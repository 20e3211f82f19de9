"""A network that is trained on its devices.

Gradients are those of the weights that the devices hold. The learning rate falls linearly to zero, and is the one of
the candidates that does best on validation samples: the same rule for every device, so that a coarse or noisy one may
choose few, careful pulses.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np

from pinched.core import PinchedError
from pinched.devices import PulseResponse
from pinched.networks.accuracy import accuracy_of
from pinched.networks.insitu.cells import WEIGHT_RANGE
from pinched.networks.insitu.gradients import backward, backward_through, parts
from pinched.networks.insitu.layer import Layer
from pinched.networks.insitu.schemes import Counts, Scheme
from pinched.networks.layers import Affine, lowered, mapped, maps
from pinched.networks.mlp import MLP, minibatches
from pinched.networks.observe import forward
from pinched.networks.training import CROSS_ENTROPY, checked

LEARNING_RATES = (0.1, 0.3, 1.0)
BIASES = ("devices", "digital")


class Trained(NamedTuple):
    """Networks trained on devices, one for each seed."""

    nets: tuple[Any, ...]  # made of Affine maps that hold the weights as they are seen
    cells: tuple[np.ndarray, ...]  # (seeds, devices a weight, rows, columns) conductances of each map, S
    learning_rate: float  # the one that was chosen
    history: np.ndarray  # (seeds, epochs) score of the validation samples
    validation: np.ndarray  # (learning rates,) its mean in the end, by which the rate was chosen
    pulses: np.ndarray  # (seeds,) pulses that a device received, on average


def falling(progress: float) -> float:
    """The learning rate over its first value at a `progress` in [0, 1): a straight line to zero."""
    return 1 - progress


def train_in_situ(
    net,
    response,
    x,
    targets,
    x_validation,
    targets_validation,
    *,
    scheme: Scheme = Counts(),  # noqa: B008  frozen
    pair: bool = True,
    bias: str = "devices",
    loss: Callable = CROSS_ENTROPY,
    seeds=(0,),
    epochs: int = 20,
    batch: int = 32,
    learning_rates=LEARNING_RATES,
    schedule: Callable[[float], float] = falling,
    weight_range: float | None = None,
    reference: float | None = None,
    progress: Callable[[str, float], None] | None = None,
    save: Callable[[dict[str, np.ndarray]], None] | None = None,
    start: dict[str, np.ndarray] | None = None,
) -> Trained:
    """Train a network on devices, by pulses.

    Args:
        net: units per layer of an MLP whose first weights each seed draws, or a network, called on one sample, that
            every seed starts from. All that arrays can compute stands on devices; other parameters, as those of a
            normalisation, are digital and follow the gradient at the same rate.
        response: the PulseResponse of the devices; its spreads are drawn for each device of each seed.
        x, targets: training samples (n, …) and what `loss` compares outputs with, classes (n,) by default; features,
            where only the last layers are trained.
        x_validation, targets_validation: samples on which the learning rate is chosen.
        scheme: how gradients become pulses: `Counts`, `Trains`, `Sign`, `MixedPrecision`, `TikiTaka`,
            `BufferedTikiTaka` or `ChoppedTikiTaka` of `pinched.networks.insitu`.
        pair: whether a weight is the difference of two devices, or one device against a reference.
        bias: "devices", on a row of the array that is always driven, or "digital", where it follows the gradient.
        loss: (outputs, targets) -> loss of each sample, as those of optax. The score of validation samples is the
            accuracy for classes, else minus the mean loss.
        seeds: of first weights, devices, order of the samples and pulses.
        epochs, batch: passes over the data, and samples per update.
        learning_rates: candidates, in weight per gradient.
        schedule: part of the rate at a progress in [0, 1).
        weight_range: what the full range of a pair, or half that of one device, stands for; by default `WEIGHT_RANGE`
            over the root of the inputs, or the largest weight of a given network if that is more.
        reference: state in [0, 1] that means zero, the same for all single devices; by default each has its own
            symmetry point.
        progress: called with a few words and the fraction done.
        save: called after every epoch with the whole state, a plain dict of arrays.
        start: such a state, to go on from; the result is that of the uninterrupted training, bit for bit.

    Returns:
        The trained networks at the chosen learning rate.

    Raises:
        PinchedError: for samples that do not fit the network, no seed, or a response that pulses do not move.
    """
    drawn = not isinstance(net, eqx.Module)
    like = MLP(net) if drawn else net
    samples, check = checked(like, x, targets, loss), checked(like, x_validation, targets_validation, loss)
    if not isinstance(response, PulseResponse):
        raise PinchedError(f"A {type(response).__name__} cannot be trained on: give a PulseResponse.")
    if bias not in BIASES:
        raise PinchedError(f"There is no bias {bias!r}; there are {', '.join(BIASES)}.")
    if not len(seeds) or epochs < 1:
        raise PinchedError("train_in_situ() needs at least one seed and one pass over the samples.")
    like, rates = lowered(like), tuple(learning_rates)
    errors = _errors(like, loss)

    def first(seed):
        rng = np.random.default_rng(seed)

        def put(each: Affine) -> Layer:
            weights = np.array(each.weight, np.float32)
            weights, digital = (weights[:-1], weights[-1]) if each.biased and bias == "digital" else (weights, None)
            largest = weight_range or max(WEIGHT_RANGE / np.sqrt(each.inputs), 0 if drawn else np.abs(weights).max())
            return Layer.of(weights, response, scheme, largest, pair, reference, rng, digital)

        of = MLP(net, seed) if drawn else like
        return Pulsed(of, {path: put(each) for path, each in maps(of).items()})

    runs = [(r, s, first(int(seed))) for r in range(len(rates)) for s, seed in enumerate(seeds)]
    history = np.full((len(rates), len(seeds), epochs), np.nan, np.float32)
    done = 0 if start is None else _restore(start, runs, history)
    for epoch in range(done, epochs):
        for n, (r, s, run) in enumerate(runs):
            rate = lambda part, r=r, epoch=epoch: rates[r] * schedule((epoch + part) / epochs)  # noqa: E731
            run.epoch(errors, *samples, scheme, batch, rate, (int(seeds[s]), epoch))
            history[r, s, epoch] = _score(forward(run.net, check[0]), check[1], loss)
            if progress:
                progress(f"epoch {epoch + 1} of {epochs}", (epoch - done + (n + 1) / len(runs)) / (epochs - done))
        if save:
            save(_state(epoch + 1, runs, history))

    mean = history[:, :, -1].mean(1)
    best = int(np.argmax(mean))
    chosen = [run for r, _, run in runs if r == best]
    cells = zip(*([layer.cells.conductances for layer in run.layers.values()] for run in chosen), strict=True)
    return Trained(
        tuple(run.net for run in chosen),
        tuple(np.stack(same) for same in cells),
        float(rates[best]),
        history[best],
        mean,
        np.array([run.pulses for run in chosen]),
    )


class Pulsed:
    """A network while it learns: its maps on devices, and what of it is digital."""

    def __init__(self, net, layers: dict[str, Layer]):
        self.layers = layers
        self.digital, self.rest = parts(net)

    @property
    def net(self):
        """The network with the weights that its devices hold."""
        whole = eqx.combine(self.digital, self.rest)
        return mapped(lambda path, each: Affine(self.layers[path].matrix.copy(), each.biased), whole)

    @property
    def pulses(self) -> float:
        """That a device has received, on average."""
        cells = [c for layer in self.layers.values() for c in layer.arrays]
        return sum(c.pulses for c in cells) / sum(c.u.size for c in cells)

    def epoch(self, errors, x, targets, scheme, batch, rate, seed):
        """One pass over the samples; all that is drawn comes from the seed and the number of the epoch."""
        rng = np.random.default_rng(seed)
        batches = minibatches(rng, len(x), 1, batch)[0]
        for k, index in enumerate(batches):
            now = rate(k / len(batches))
            found, slopes = errors(self, x[index], targets[index])
            for layer, seen, error in found:
                layer.update(scheme, seen, error, now, rng)
            self.digital = jax.tree.map(lambda p, d, now=now: p - np.float32(now) * d, self.digital, slopes)

    def state(self) -> dict[str, np.ndarray]:
        """All that changes while training, as plain arrays by name."""
        state = {f"digital/{i}": np.array(leaf) for i, leaf in enumerate(jax.tree.leaves(self.digital))}
        for path, layer in self.layers.items():
            state |= {f"{path}/{name}": value for name, value in layer.state().items()}
        return state

    def restore(self, state):
        """Go on from what `state` gave."""
        leaves, tree = jax.tree.flatten(self.digital)
        self.digital = jax.tree.unflatten(tree, [state[f"digital/{i}"] for i in range(len(leaves))])
        for path, layer in self.layers.items():
            layer.restore({name: state[f"{path}/{name}"] for name in layer.state()})


def _errors(net, loss):
    """(Pulsed, batch) -> [(layer, seen, error)], the last first, and slopes of what is digital."""
    if isinstance(net, MLP) and loss is CROSS_ENTROPY:
        return lambda run, x, labels: (backward([*run.layers.values()], x, labels), run.digital)

    def found(run, x, targets):
        weights = {path: layer.matrix for path, layer in run.layers.items()}
        told, slopes = backward_through(net, weights, run.digital, loss, x, targets)
        return [(run.layers[path], *each) for path, each in told.items()], slopes

    return found


def _score(outputs, targets, loss) -> float:
    return accuracy_of(outputs, targets) if loss is CROSS_ENTROPY else -float(np.mean(loss(outputs, targets)))


def _state(epochs, runs, history) -> dict[str, np.ndarray]:
    state = {"epochs": np.array(epochs), "history": history.copy()}
    for r, s, run in runs:
        state |= {f"{r}/{s}/{name}": value for name, value in run.state().items()}
    return state


def _restore(state, runs, history) -> int:
    """Set all runs to what `state` holds; the number of epochs that were done."""
    done = int(state["epochs"])
    if state["history"].shape != history.shape or done > history.shape[2]:
        raise PinchedError("`start` is the state of another training: give the same rates, seeds and epochs.")
    history[:] = state["history"]
    for r, s, run in runs:
        run.restore({name: state[f"{r}/{s}/{name}"] for name in run.state()})
    return done
