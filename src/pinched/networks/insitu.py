"""Training on the devices themselves: gradients become pulses, and the pulses do what the devices make of them.

A weight is the difference of two devices, and a change is asked of both, half up on the one and half down on the other:
the asymmetry of the devices then cancels at zero weight. The number of pulses is the asked change over the mean step of
the device, rounded at random so that its expectation is exact (Gokmen & Vlasov, Front. Neurosci. 10, 333, 2016); no
device is asked for more than MAX_PULSES at once. Gradients are those of the true weights. The learning rate falls
linearly to zero, and is the one of LEARNING_RATES with the best mean accuracy on validation samples: the same rule for
every device, so that a coarse or noisy one may choose few, careful pulses.
"""

import functools
import itertools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from pinched.arrays.analog.mapping import bare
from pinched.arrays.analog.source import STATES, curve, stepped
from pinched.core import PinchedError
from pinched.devices import PulseResponse
from pinched.networks.mlp import MLP, accuracy, check_samples, forward, loss, minibatches

LEARNING_RATES = (0.1, 0.3, 1.0)
MAX_PULSES = 10  # per device and update
WEIGHT_RANGE = (
    6.0  # largest weight times sqrt(inputs); first weights have a standard deviation of sqrt(2) on this scale
)
GOLDEN = np.uint32(2654435769)  # 2^32 over the golden ratio


class Trained(NamedTuple):
    """Networks trained on devices, one for each seed."""

    weights: tuple[np.ndarray, ...]  # (seeds, inputs + 1, outputs) per layer
    cells: tuple[np.ndarray, ...]  # (seeds, 2, inputs + 1, outputs) conductances of G+ and G- per layer, S
    learning_rate: float  # the one that was chosen
    history: np.ndarray  # (seeds, epochs) accuracy on the validation samples
    validation: np.ndarray  # (learning rates,) mean accuracy on them in the end, by which the rate was chosen
    pulses: np.ndarray  # (seeds,) pulses that a device received, on average

    def net(self, i: int) -> MLP:
        """The network of seed number `i`."""
        return MLP.of(w[i] for w in self.weights)


def train_in_situ(
    sizes,
    response,
    x,
    labels,
    x_validation,
    labels_validation,
    *,
    seeds=(0,),
    epochs=20,
    batch=32,
    learning_rates=LEARNING_RATES,
) -> Trained:
    """Train a multilayer perceptron on pairs of devices.

    Args:
        sizes: units per layer, inputs first.
        response: the PulseResponse of the devices; its spreads are drawn for each device of each seed.
        x, labels: training inputs (n, inputs) and classes (n,).
        x_validation, labels_validation: samples on which the learning rate is chosen.
        seeds: of first weights, devices, order of the samples and pulses; all run at once.
        epochs, batch: passes over the data, and samples per update.
        learning_rates: candidates, in weight per gradient.

    Returns:
        The trained networks at the chosen learning rate.

    Raises:
        PinchedError: for samples that do not fit the network, no seed, or a response that pulses do not move.
    """
    x, labels = check_samples(x, labels, sizes)
    validation = check_samples(x_validation, labels_validation, sizes)
    if not isinstance(response, PulseResponse):
        raise PinchedError(f"A {type(response).__name__} cannot be trained on: give a PulseResponse.")
    if not len(seeds):
        raise PinchedError("train_in_situ() needs at least one seed.")
    runs = [_draw(sizes, response, int(seed), len(x), epochs, batch) for seed in seeds]
    runs = jax.tree.map(lambda *leaves: np.stack(leaves), *runs)
    rates = np.asarray(learning_rates, np.float32)
    span = np.float32(response.g_max - response.g_min)
    g, accuracies, pulses = _train(runs, span, mean_step(response), rates, (x, labels), validation, tuple(sizes))
    g, accuracies, pulses = (np.asarray(a) for a in (g, accuracies, pulses))
    mean = accuracies[:, :, -1].mean(0)
    best = int(np.argmax(mean))
    cells = tuple(_layers(g[:, best], sizes))
    weights = tuple((c[:, 0] - c[:, 1]) * largest / span for c, largest in zip(cells, _largest(sizes), strict=True))
    return Trained(weights, cells, float(learning_rates[best]), accuracies[:, best], mean, pulses[:, best])


class Run(NamedTuple):
    """All that is drawn for one seed before training."""

    devices: PulseResponse  # one for each cell (2, weights)
    g: np.ndarray  # (2, weights) first conductances in S: programmed from g_min, by the pulses of the mean device
    offset: np.ndarray  # (2, weights) where the rounding sequence of each cell starts, 32 bits
    batches: np.ndarray  # (epochs, updates, batch) sample numbers
    keys: np.ndarray  # (epochs, updates, 2) data of the keys of the cycle-to-cycle noise


def _draw(sizes, response, seed, samples, epochs, batch) -> Run:
    rng = np.random.default_rng(seed)
    first = np.concatenate([(w / m).ravel() for w, m in zip(MLP(sizes, seed).weights, _largest(sizes), strict=True)])
    shape = (2, first.size)
    devices = bare(response.sample(seed, shape))
    middle, span = (response.g_max + response.g_min) / 2, response.g_max - response.g_min
    target = middle + span / 2 * np.stack([first, -first])
    pulses, reached = curve(response)
    count = np.interp(target, reached, pulses).round().astype(np.float32)
    batches = minibatches(rng, samples, epochs, batch)
    keys = rng.integers(2**32, size=(*batches.shape[:2], 2), dtype=np.uint32)
    g = np.asarray(stepped(devices, np.broadcast_to(devices.g_min, shape), count))
    return Run(devices, g, rng.integers(2**32, size=shape, dtype=np.uint32), batches, keys)


def mean_step(response) -> np.float32:
    """Mean change in S that one noiseless pulse makes, over both directions and the whole range.

    Raises:
        PinchedError: where pulses do not move the response.
    """
    g = np.tile(np.linspace(response.g_min, response.g_max, STATES // 2, dtype=np.float32), 2)
    step = np.abs(stepped(bare(response), g, np.repeat(np.array([1, -1], np.float32), STATES // 2)) - g).mean()
    if not step > 0:
        raise PinchedError(f"Pulses do not move this {type(response).__name__}: nothing can be trained with it.")
    return np.float32(step)


def _shapes(sizes):
    return tuple((n + 1, m) for n, m in itertools.pairwise(sizes))


def _largest(sizes):
    """The weight that the full range stands for, per layer."""
    return tuple(np.float32(WEIGHT_RANGE / np.sqrt(n)) for n in sizes[:-1])


def _layers(flat, sizes):
    """Views (…, inputs + 1, outputs) per layer of a flat last axis."""
    start = 0
    for n, m in _shapes(sizes):
        yield flat[..., start : start + n * m].reshape(*flat.shape[:-1], n, m)
        start += n * m


@functools.partial(jax.jit, static_argnames="sizes")
def _train(runs, span, step, rates, samples, validation, sizes):
    """Conductances (seeds, rates, 2, weights), validation accuracy (seeds, rates, epochs), pulses (seeds, rates)."""
    x, labels = samples
    largest = np.repeat(_largest(sizes), [n * m for n, m in _shapes(sizes)])
    updates = runs.batches.shape[1] * runs.batches.shape[2]

    def weights(g):
        return tuple(_layers((g[0] - g[1]) * (largest / span), sizes))

    def train(run, rate):
        def update(carry, now):
            g, pulses, t = carry
            index, key = now
            gradient = jnp.concatenate([d.ravel() for d in jax.grad(loss)(weights(g), x[index], labels[index])])
            asked = rate * (1 - t / updates) * gradient * (span / (2 * step) / largest)
            n = jnp.floor(jnp.stack([-asked, asked]) + _uniform(run.offset, t)).clip(-MAX_PULSES, MAX_PULSES)
            g = run.devices.step(g, n, jax.random.wrap_key_data(key))
            return (g, pulses + jnp.abs(n).mean(), t + 1), None

        def epoch(carry, now):
            carry, _ = jax.lax.scan(update, carry, now)
            return carry, accuracy(forward(weights(carry[0]), validation[0]), validation[1])

        start = (run.g, jnp.float32(0), jnp.int32(0))
        (g, pulses, _), accuracies = jax.lax.scan(epoch, start, (run.batches, run.keys))
        return g, accuracies, pulses

    return jax.vmap(jax.vmap(train, (None, 0)), (0, None))(runs, rates)


def _uniform(offset, t):
    """Numbers in [0, 1) for update `t`: Weyl's sequence from random starts, uniform over cells and over time."""
    return ((offset + t.astype(jnp.uint32) * GOLDEN) >> 8).astype(jnp.float32) * jnp.float32(2.0**-24)
