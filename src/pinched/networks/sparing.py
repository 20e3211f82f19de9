"""What a network can do about devices that differ or fail: synapses that rest while it learns, and spare columns."""

import dataclasses
from typing import NamedTuple

import jax
import numpy as np
import optax

from pinched.arrays.analog.noise import generator
from pinched.core import PinchedError
from pinched.networks.insitu import Scheme
from pinched.networks.layers import mapped, maps
from pinched.networks.program import Programmed


@dataclasses.dataclass(frozen=True)
class Frozen(Scheme):
    """Any scheme, with a random part `share` of the synapses at rest in every update: dropout of what is learnt.

    Hardware dropout, 10-15 % of the synapses frozen at random: Xie et al., Nano-Micro Lett. 17, 179 (2025),
    10.1007/s40820-025-01693-5. Pulses on resting devices are counted, but not given.
    """

    scheme: Scheme
    share: float = 0.12

    def __post_init__(self):
        if not 0 <= self.share < 1:
            raise PinchedError(f"Frozen: a share of {self.share:g} cannot rest; give one of at least 0 and below 1.")

    @property
    def arrays(self) -> int:  # type: ignore[override]
        """As of the scheme."""
        return self.scheme.arrays

    def memory(self, layer):
        """As of the scheme."""
        return self.scheme.memory(layer)

    def update(self, layer, x, d, rate, rng):
        """The update of the scheme, taken back where synapses rest."""
        cells = layer.cells
        rest = np.flatnonzero(rng.random(cells.weights.size) < self.share)
        kept = cells.u[:, rest], cells.weights.ravel()[rest]
        self.scheme.update(layer, x, d, rate, rng)
        cells.u[:, rest], cells.weights.ravel()[rest] = kept


@dataclasses.dataclass(frozen=True)
class Stashed(Frozen):
    """Any scheme, with the neurons that are well trained put aside: their synapses get no pulses until they err again.

    Put aside are those whose error, averaged over about `memory_of` updates, is below the part `share` of the mean
    error of their layer in its first updates. After Cheong et al., Adv. Funct. Mater. 32, 2200337 (2022).
    """

    share: float = 0.5
    memory_of: int = 50

    def memory(self, layer):
        """Also the mean error of each neuron, that of the first updates, and the number of updates."""
        own = {"error": np.zeros(layer.weights.shape[1]), "first": np.zeros(1), "updates": np.zeros(1)}
        return self.scheme.memory(layer) | own

    def update(self, layer, x, d, rate, rng):
        """The update of the scheme, for the errors of the neurons that are not put aside."""
        error, first, updates = (layer.memory[name] for name in ("error", "first", "updates"))
        updates += 1
        pace = max(1 / self.memory_of, 1 / updates[0])
        error += (np.abs(d).mean(0) - error) * pace
        if updates[0] <= self.memory_of:
            first[0] = error.mean()
        self.scheme.update(layer, x, d * (error >= self.share * first).astype(np.float32), rate, rng)


class _Count(NamedTuple):
    updates: jax.Array


def frozen(share: float, key=0) -> optax.GradientTransformation:
    """The same for `train`, chained behind an optimiser: a random part `share` of the weights rests in every update."""
    key = jax.random.key(key)

    def init(_):
        return _Count(jax.numpy.zeros((), np.int32))

    def update(changes, state, _=None):
        leaves, tree = jax.tree.flatten(changes)
        keys = jax.random.split(jax.random.fold_in(key, state.updates), len(leaves))
        moved = [
            x * jax.random.bernoulli(k, 1 - share, x.shape).astype(x.dtype) for x, k in zip(leaves, keys, strict=True)
        ]
        return jax.tree.unflatten(tree, moved), _Count(state.updates + 1)

    return optax.GradientTransformation(init, update)


def spared(programmed: Programmed, share: float, key=1) -> Programmed:
    """The network with the worst columns of its arrays moved to spare ones.

    Worst are those whose cells are furthest from what was asked, by the sum of squares. One that would be no better on
    its spare stays where it is.

    Args:
        programmed: the network as it was programmed, not aged.
        share: spare columns for each column of weights in use.
        key: seed or JAX key of the devices in the spare columns.

    Raises:
        PinchedError: for a network that has aged, or one with reference columns.
    """
    if programmed.history or programmed.mapping.scheme == "reference":
        raise PinchedError(
            "spared() takes a network that has not aged since it was programmed, without reference columns."
        )
    rng = generator(key)

    def missed(engine):
        return ((engine.cells - engine.asked) ** 2).sum((0, 1, 2, 3))

    def moved(path, each):
        rows = np.array(maps(programmed.exact)[path].weight)
        if each.biased:
            rows[-1] /= each.engine.x_max
        here, spare = each.engine, each.engine.rewritten(rows, rng)
        before, after = missed(here), missed(spare)
        better = after < before
        better[np.argsort(-before)[int(np.ceil(share * before.size)) :]] = False
        return dataclasses.replace(each, engine=here.holding(np.where(better, spare.cells, here.cells)))

    net = mapped(moved, programmed.net)
    return dataclasses.replace(programmed, net=net, fresh=net)
