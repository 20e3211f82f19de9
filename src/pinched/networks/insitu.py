"""Training on the devices themselves: gradients become pulses, and the pulses do what the devices make of them.

A weight is the difference of two devices, and a change is asked of both, half up on the one and half down on the other:
the asymmetry of the devices then cancels at zero weight. The number of pulses is the asked change over the mean step of
the device, rounded at random so that its expectation is exact (Gokmen & Vlasov, Front. Neurosci. 10, 333, 2016, for the
principle); no device is asked for more than MAX_PULSES at once. Gradients are those of the weights as they are. The
learning rate falls linearly to zero, and is the one of LEARNING_RATES with the best mean accuracy on validation samples:
the same rule for every device, so that a coarse or noisy one may choose few, careful pulses.
"""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from pinched.core import PinchedError, verb
from pinched.networks.mlp import MLP, accuracy, as_key, forward, loss, minibatches

LEARNING_RATES = (0.1, 0.3, 1.0)
MAX_PULSES = 10  # per device and update
WEIGHT_RANGE = 6.0  # largest weight times sqrt(inputs); first weights have a standard deviation of sqrt(2) on this scale
PROGRAM_BITS = 16  # the first weights are programmed with up to 2^16 pulses


class Trained(NamedTuple):
    """Networks trained on devices, one for each seed."""

    weights: tuple[np.ndarray, ...]  # (seeds, inputs + 1, outputs) per layer
    cells: tuple[np.ndarray, ...]  # (seeds, 2, inputs + 1, outputs) conductances of G+ and G- per layer, S
    learning_rate: float  # the one that was chosen
    validation: np.ndarray  # (learning rates, seeds, epochs) accuracy on the validation samples
    pulses: np.ndarray  # (seeds,) pulses that a device received, on average


@verb
def train_in_situ(sizes, response, x, labels, x_validation, labels_validation, *, seeds=(0,), epochs=20, batch=32,
                  learning_rates=LEARNING_RATES) -> Trained:
    """Train a multilayer perceptron on pairs of devices.

    Args:
        sizes: units per layer, inputs first.
        response: the PulseResponse of the devices; its spreads are drawn for each device of each seed.
        x, labels: training inputs (n, inputs) and classes (n,).
        x_validation, labels_validation: samples on which the learning rate is chosen.
        seeds: seeds of first weights, devices, sample order and pulses; all run at once.
        epochs, batch: passes over the data, and samples per update.
        learning_rates: candidates, in weight per gradient.

    Returns:
        The trained networks at the chosen learning rate.

    Raises:
        PinchedError: for samples of the wrong shape, no seeds, or a response that pulses do not move.
    """
    x, x_validation = _samples(x, labels, sizes), _samples(x_validation, labels_validation, sizes)
    if not len(seeds):
        raise PinchedError("train_in_situ() needs at least one seed.")
    shapes = tuple((n + 1, m) for n, m in zip(sizes[:-1], sizes[1:], strict=True))
    step = mean_step(response)
    count = sum(n * m for n, m in shapes)
    devices = [response.sample(as_key(int(s)), (2, count)) for s in seeds]
    devices = jax.tree.map(lambda *leaves: np.stack(leaves).astype(np.float32), *devices)
    span = np.float32(response.g_max - response.g_min)
    keys = jax.vmap(jax.random.key)(np.asarray(seeds, np.uint32))
    g, validation, pulses = _train(
        devices, span, np.float32(step), keys, np.asarray(learning_rates, np.float32), x, np.asarray(labels, np.int32),
        x_validation, np.asarray(labels_validation, np.int32), tuple(sizes), epochs, batch,
    )
    validation = np.moveaxis(np.asarray(validation), 0, 1)
    best = int(np.argmax(validation[:, :, -1].mean(1)))
    g = np.asarray(g)[:, best]
    cells = tuple(_layers(g, shapes))
    weights = tuple((c[:, 0] - c[:, 1]) * WEIGHT_RANGE / np.sqrt(n - 1) / span
                    for c, (n, _) in zip(cells, shapes, strict=True))
    return Trained(weights, cells, float(learning_rates[best]), validation, np.asarray(pulses)[:, best])


def mean_step(response) -> float:
    """Mean change in S that one noiseless pulse makes, over both directions and the whole range."""
    g = np.linspace(response.g_min, response.g_max, 101)
    return float(np.mean([np.abs(response.step(g, n) - g) for n in (1.0, -1.0)]))


def _samples(x, labels, sizes):
    x = np.asarray(x, np.float32)
    if x.ndim != 2 or x.shape[1] != sizes[0] or len(labels) != len(x) or not len(x):
        raise PinchedError(f"Samples of shape {x.shape} with {len(labels)} labels: give (n, {sizes[0]}) and n of them.")
    if np.min(labels) < 0 or np.max(labels) >= sizes[-1]:
        raise PinchedError(f"Labels must lie between 0 and {sizes[-1] - 1}, the outputs of the network.")
    return x


def _layers(flat, shapes):
    """Views (…, inputs + 1, outputs) per layer of a flat last axis."""
    start = 0
    for n, m in shapes:
        yield flat[..., start : start + n * m].reshape(*flat.shape[:-1], n, m)
        start += n * m


def _programmed(devices, target, key):
    """Open loop: from g_min, the number of pulses that takes the mean device nearest to `target`."""
    start = jnp.broadcast_to(devices.g_min, target.shape)

    def halve(_, bounds):
        low, high = bounds
        middle = (low + high) / 2
        short = devices.step(start, middle) < target
        return jnp.where(short, middle, low), jnp.where(short, high, middle)

    bounds = (jnp.zeros_like(target), jnp.full_like(target, 2.0**PROGRAM_BITS))
    low, high = jax.lax.fori_loop(0, PROGRAM_BITS + 1, halve, bounds)
    return devices.step(start, jnp.round((low + high) / 2), key)


@functools.partial(jax.jit, static_argnames=("sizes", "epochs", "batch"))
def _train(devices, span, step, keys, rates, x, labels, x_val, labels_val, sizes, epochs, batch):
    """Conductances (seeds, rates, 2, weights), validation accuracy (seeds, rates, epochs), pulses (seeds, rates)."""
    shapes = tuple((n + 1, m) for n, m in zip(sizes[:-1], sizes[1:], strict=True))
    w_max = np.concatenate([np.full(n * m, WEIGHT_RANGE / np.sqrt(n - 1), np.float32) for n, m in shapes])

    def weights(g):
        return tuple(_layers((g[0] - g[1]) * (w_max / span), shapes))

    def run(devices, key, rate):
        first, order, pulsing = jax.random.split(key, 3)
        flat = jnp.concatenate([w.ravel() for w in MLP(sizes, first).weights]) / w_max
        middle = (devices.g_min + devices.g_max) / 2
        g = _programmed(devices, middle + span / 2 * jnp.stack([flat, -flat]), pulsing)
        batches = minibatches(order, len(x), epochs, batch)
        updates = batches.shape[0] * batches.shape[1]

        def update(carry, index):
            g, pulses, t = carry
            gradient = jax.grad(loss)(weights(g), x[index], labels[index])
            gradient = jnp.concatenate([d.ravel() for d in gradient])
            asked = rate * (1 - t / updates) * gradient * (span / (2 * step) / w_max)
            rounding, noise = jax.random.split(jax.random.fold_in(pulsing, t))
            u = jax.random.uniform(rounding, g.shape, g.dtype)
            n = jnp.clip(jnp.floor(jnp.stack([-asked, asked]) + u), -MAX_PULSES, MAX_PULSES)
            return (devices.step(g, n, noise), pulses + jnp.abs(n).mean(), t + 1), None

        def epoch(carry, indices):
            carry, _ = jax.lax.scan(update, carry, indices)
            return carry, accuracy(forward(weights(carry[0]), x_val), labels_val)

        (g, pulses, _), validation = jax.lax.scan(epoch, (g, jnp.zeros((), g.dtype), jnp.zeros((), jnp.int32)), batches)
        return g, validation, pulses

    over_rates = jax.vmap(run, (None, None, 0))
    return jax.vmap(over_rates, (0, 0, None))(devices, keys, rates)
