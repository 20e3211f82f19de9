"""Training by gradients: in floating point, or aware of the hardware that the network will run on."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from pinched.arrays.analog.mapping import Mapping
from pinched.arrays.analog.noise import folded, generator, words
from pinched.core import PinchedError
from pinched.networks.checkpoint import fingerprint, load, save
from pinched.networks.layers import lowered, mapped, maps
from pinched.networks.mlp import MLP, check_samples, minibatches
from pinched.networks.observe import check_call, noisy
from pinched.networks.program import OnArray, program

CROSS_ENTROPY = optax.softmax_cross_entropy_with_integer_labels
CALIBRATED = 256  # samples on which the ranges of the arrays are found again before each epoch


def train(
    net,
    x,
    targets,
    key=0,
    *,
    epochs: int = 40,
    batch: int = 32,
    rate: float = 3e-3,
    optimiser: optax.GradientTransformation | None = None,
    loss: Callable = CROSS_ENTROPY,
    aware: Mapping | None = None,
    checkpoint=None,
    progress: Callable | None = None,
):
    """Train a network by gradients.

    Aware of the hardware, every batch sees weights programmed anew onto the devices of `aware`: quantised and clipped,
    with errors, spread and stuck cells drawn again, read with noise through the converters; what is rounded passes its
    gradient on (Joshi et al., Nat. Commun. 11, 2473, 2020; Rasch et al., Nat. Commun. 14, 5282, 2023). The weight that
    the conductance range stands for, the ranges of the converters and the part of each cell that is seen through the
    wires are found again before each epoch.

    Args:
        net: an MLP, or an equinox network that is called on one sample.
        x: samples (n, …).
        targets: what `loss` compares outputs with, (n, …); classes, whole numbers, by default.
        key: seed or JAX key of the order of the samples and, aware, of what is drawn.
        epochs, batch: passes over the data, and samples per update.
        rate: the first step of Adam (Kingma & Ba, arXiv 1412.6980), which falls linearly to zero.
        optimiser: of optax, in the place of that.
        loss: (outputs, targets) -> loss of each sample, as those of optax.
        aware: the devices to be aware of.
        checkpoint: a file (.npz) written after every epoch. A run that finds it goes on from there and ends with the
            numbers of one that was never stopped; it is deleted when the run is done.
        progress: called with (epochs done, epochs, mean loss) after each.

    Returns:
        The trained network.

    Raises:
        PinchedError: for samples that do not fit the network, the checkpoint of another run, or a loss that is not
            finite.
    """
    x, targets = checked(net, x, targets, loss)
    if isinstance(aware, Mapping) and aware.slicing == "residual":
        raise PinchedError(
            "Residual slices make good what was read back of others, without a gradient: train with one."
        )
    rng = generator(key)
    batches = minibatches(rng, len(x), epochs, batch)
    optimiser = optimiser or _adam(rate, epochs * batches.shape[1])
    weights, rest = eqx.partition(net, eqx.is_inexact_array)
    state, start, seed = optimiser.init(weights), 0, words(int(rng.integers(2**63)))
    if checkpoint is not None:
        tag = fingerprint(weights, state, x, targets, batches, aware, seed, rate, getattr(loss, "__qualname__", ""))
        weights, state, start = load(checkpoint, (weights, state, start), tag) or (weights, state, start)
    for epoch in range(int(start), epochs):
        ready, through = None, {}
        if aware is not None:
            ready = program(eqx.combine(weights, rest), aware, epoch, inputs=x[:CALIBRATED]).net
            engines = {path: each.engine for path, each in maps(ready).items()}
            through = {path: each.through for path, each in engines.items() if "wires" in each.effects}
        draws = folded(folded(seed, epochs), epoch)
        weights, state, found = _epoch(
            weights, rest, state, x, targets, batches[epoch], ready, through, draws, optimiser.update, loss
        )
        if not np.isfinite(found):
            raise PinchedError(
                f"The loss of epoch {epoch + 1} is {float(found):g}: a sample is not finite, there are "
                "more classes than outputs, or the steps are too large."
            )
        weights = jax.tree.map(np.asarray, weights)  # as a checkpoint gives them back
        if checkpoint is not None:
            save(checkpoint, (weights, state, epoch + 1), tag)
        if progress is not None:
            progress(epoch + 1, epochs, float(found))
    if checkpoint is not None:
        Path(checkpoint).unlink(missing_ok=True)
    return eqx.combine(weights, rest)


@functools.cache
def _adam(rate: float, updates: int) -> optax.GradientTransformation:
    """The same object for the same numbers, so that nothing is compiled twice."""
    return optax.adam(optax.linear_schedule(rate, 0.0, updates))


def placed(net, ready, key, through: dict[str, Any]) -> Any:
    """`net`, lowered, with its weights written anew onto the arrays of `ready`, and noise in what is read.

    For arrays with wires, `through` has the part of each cell that is seen, by path.
    """
    arrays = maps(ready)
    numbers = {path: n for n, path in enumerate(arrays)}

    def put(path, each):
        engine = arrays[path].engine
        rows = each.weight
        if each.biased:
            rows = jnp.concatenate([rows[:-1], rows[-1:] / engine.x_max])
        return OnArray(engine.rewritten(rows, folded(key, numbers[path]), through.get(path)), biased=each.biased)

    return noisy(mapped(put, net), folded(key, len(numbers)))


@eqx.filter_jit
def _epoch(weights, rest, state, x, targets, batches, ready, through, key, update, loss):
    """Weights and optimiser after the batches (updates, samples) of one epoch, and the mean loss."""

    def cost(weights, x, targets, key):
        net = lowered(eqx.combine(weights, rest))
        net = net if ready is None else placed(net, ready, key, through)
        return loss(net(x) if isinstance(net, MLP) else jax.vmap(net)(x), targets).mean()

    def one(carry, now):
        weights, state = carry
        index, number = now
        found, gradient = jax.value_and_grad(cost)(weights, x[index], targets[index], folded(key, number))
        change, state = update(gradient, state, weights)
        return (optax.apply_updates(weights, change), state), found

    (weights, state), found = jax.lax.scan(one, (weights, state), (batches, jnp.arange(len(batches))))
    return weights, state, found.mean()


def checked(net, x, targets, loss=CROSS_ENTROPY):
    """Samples and targets as arrays that fit the network and the loss, or a PinchedError."""
    if isinstance(net, MLP) and np.ndim(targets) == 1:
        return check_samples(x, targets, net.sizes)
    x, targets = np.asarray(x, np.float32 if isinstance(net, MLP) else None), np.asarray(targets)
    if not len(x) or len(x) != len(targets):
        raise PinchedError(f"Samples {x.shape} and targets {targets.shape}: give as many of both, at least one.")
    if loss is CROSS_ENTROPY and targets.dtype.kind not in "iu":
        raise PinchedError(f"Targets are {targets.dtype}, not classes in whole numbers: name another `loss`.")
    check_call(net, x)
    return x, targets
