"""Analog content-addressable memory: on which lines does every search voltage lie in the interval that its cell stores?

A cell of six transistors and two memristors (Li et al., Nat. Commun. 11, 1638, 2020). Each memristor feeds from v_hi a
node that a transistor, opened by the search voltage, pulls down; the node sits where both carry the same current. One
node is the gate of a transistor that discharges the match line: while the search voltage is below the lower bound. The
other reaches such a gate through an inverter: above the upper bound. The more a memristor conducts, the higher its
bound. A line on which nothing discharges is still charged when it is sensed: it matches.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pinched.arrays.crossbar import Crossbar
from pinched.arrays.logic.line import Levels
from pinched.core import PinchedError, verb
from pinched.core.params import Parametrised, param
from pinched.core.solve import root
from pinched.devices import Device, Environment, OneTransistor, Transistor, transistor

MATCHING = 5e-9  # V m, A_VT of chrisenz/sEKV-Design-in-IHP-SG13G2, which takes it from a 180 nm process
EDGE = 0.01  # of the time of a search: its rise in `transient`
NODES = 24  # of the quadrature along the discharge: good to 1e-6
DEEPEST = 30.0  # ln of how far a line may fall
DIVIDERS, INVERTER_N, INVERTER_P, PULL_DOWNS = slice(0, 2), 2, 3, slice(4, 6)  # the six transistors of a cell


class Channel(Device):
    """A transistor as a cell between a line and a rail: n-channel from a grounded rail, p-channel from a supply."""

    ports: ClassVar[tuple[str, ...]] = ("channel", "gate", "bulk")

    transistor: Transistor
    p: np.ndarray = param(0.0, "1", "1 where it is a p-channel one", ge=0, le=1)

    def state(self):
        """None."""
        return {}

    def current(self, v, x, env):
        """(channel, gate, bulk) currents, A."""
        sign = 1 - 2 * self.p
        drain, gate, bulk = v
        i = sign * self.transistor.current(sign * drain, sign * gate, (1 - self.p) * bulk, env)
        return i, jnp.zeros_like(i), jnp.zeros_like(i)

    def rates(self, v, x, env):
        """None."""
        return {}


class AnalogCell(Parametrised):
    """What the cells of an analog CAM are made of, the mean ones.

        lower:  I_memory(v_hi − u) = I_n(u, search),  line pulled down by I_n(line, u)
        upper:  the same, line pulled down by I_n(line, w),  I_n(w, u) = I_p(v_dd − w, v_dd − u)

    The line is sensed at half of v_dd. So a half of a cell decides at the gate voltage whose saturated current brings
    the line there in time, and its bound is the search voltage at which the memory carries what the transistor does.
    """

    memory: Device
    n: Transistor
    p: Transistor
    v_hi: np.ndarray = param(0.5, "V", "across memory and transistor, of Li et al. 2020", gt=0)
    v_dd: np.ndarray = param(0.8, "V", "of match line and inverter", gt=0)
    c_line: np.ndarray = param(1e-15, "F", "of a match line for each cell: two drains and 3 µm of wire, assumed", gt=0)
    c_data: np.ndarray = param(1e-15, "F", "of a data line for each cell: two gates and wire, assumed", gt=0)
    time: np.ndarray = param(2.5e-10, "s", "until the lines are sensed, for each of their cells; assumed", gt=0)

    def shifted(self, name: str, volts) -> Transistor:
        """Transistor `name` with its threshold moved, V."""
        mean = getattr(self, name)
        return mean.replace(v_t=mean.v_t + volts)

    def inverter(self, u, w, shift, env):
        """Current that an inverter lacks at its output `w` for the input `u`, A."""
        n, p = self.shifted("n", shift[INVERTER_N]), self.shifted("p", shift[INVERTER_P])
        return n.current(w, u, 0.0, env) - p.current(self.v_dd - w, self.v_dd - u, 0.0, env)

    def deciding(self, shift, env):
        """Voltage of either node, (2, …), at which it alone discharges the line just in time, V."""
        need = self.c_line * self.v_dd / 2 / self.time
        low = jnp.zeros_like(shift[0])
        gate = root(lambda v: self.n.saturation(v, env) - need, low, low + self.v_dd) + shift[PULL_DOWNS]
        u = root(lambda u: self.inverter(u, gate[1], shift, env), low, low + self.v_dd)
        return jnp.stack([gate[0], u])

    def bounds(self, x, shift, env):
        """Search voltages at which the halves with memories in the states `x` decide, (2, …), V."""
        u = self.deciding(shift, env)
        wanted = self.memory.current(self.v_hi - u, x, env)
        n = self.shifted("n", shift[DIVIDERS])
        low = jnp.zeros_like(u + wanted)
        return root(lambda v: n.current(u, v, 0.0, env) - wanted, low - self.v_dd, low + 4 * self.v_dd)

    def gates(self, x, shift, search, env):
        """Gate voltages of the pull-downs, (..., 2, words, cells), and the power of cells, W (..., words, cells)."""
        divider = OneTransistor(inner=self.memory, transistor=self.shifted("n", shift[DIVIDERS]))
        volts = search[..., None, None, :]
        states = {f"inner.{name}": value for name, value in x.items()}
        i, _, u = divider.share((self.v_hi + jnp.zeros_like(volts), volts, 0.0), states, env)
        low = jnp.zeros_like(u[..., 1, :, :] + shift[0])
        w = root(lambda w: self.inverter(u[..., 1, :, :], w, shift, env), low, low + self.v_dd)
        short = self.shifted("n", shift[INVERTER_N]).current(w, u[..., 1, :, :], 0.0, env)
        return jnp.stack([u[..., 0, :, :], w], axis=-3), self.v_hi * i.sum(axis=-3) + self.v_dd * short

    def elapsed(self, gates, shift, log_v, env):
        """Time from v_dd until a line has fallen to e^log_v, s (..., words): C ∫ dv / (sum of its pull-downs)."""
        pull, top = self.shifted("n", shift[PULL_DOWNS]), jnp.log(self.v_dd)
        log_v = log_v + 0.0 * gates[..., 0, :, 0]

        def add(total, point):
            node, weight = point
            v = jnp.exp(log_v + (top - log_v) * (1 + node) / 2)  # logarithmic: in the end v/i is constant
            i = pull.current(v[..., None, :, None], gates, 0.0, env).sum(axis=(-3, -1))
            return total + weight / 2 * v / i, None

        total, _ = jax.lax.scan(add, 0.0 * log_v, np.polynomial.legendre.leggauss(NODES))
        return gates.shape[-1] * self.c_line * (top - log_v) * total


def _ends(cell, shape):
    """The states of memories that are all OFF, and all ON; of one shape, so that one compilation serves all."""
    levels = Levels.of(cell.memory, float(cell.v_hi) / 2)
    return [{name: np.full(shape, float(value)) for name, value in x.items()} for x in (levels.off, levels.on)]


@eqx.filter_jit
def _deciding(cell, shift, env):
    return cell.deciding(shift, env)


@eqx.filter_jit
def _bounds(cell, x, shift, env):
    return cell.bounds(x, shift, env)


@eqx.filter_jit
def _gates(cell, x, shift, search, env):
    return cell.gates(x, shift, search, env)


@eqx.filter_jit
def _elapsed(cell, gates, shift, log_v, env):
    return cell.elapsed(gates, shift, log_v, env)


@eqx.filter_jit
def _left(cell, gates, shift, env):
    """Voltage of the lines when they are sensed, V (..., words)."""
    sensed = gates.shape[-1] * cell.time
    high = jnp.log(cell.v_dd) + 0.0 * gates[..., 0, :, 0]
    return jnp.exp(root(lambda low: sensed - cell.elapsed(gates, shift, low, env), high - DEEPEST, high))


@eqx.filter_jit
def _between(device, off, on, v, i, env):
    """The states between `off` and `on`, all moved alike, in which `device` carries `i` at `v`."""

    def at(part):
        return {name: off[name] + part * (on[name] - off[name]) for name in on}

    low = jnp.zeros_like(i)
    return at(root(lambda part: jnp.log(device.current(v, at(part), env) / i), low, low + 1))


@dataclasses.dataclass(frozen=True, eq=False)
class AnalogCAM:
    """Words of intervals, searched all at once; `AnalogCAM.stored` makes one.

    Attributes:
        cell: what the cells are made of.
        x: states of the memories, name -> (2, words, cells): of the lower bounds and of the upper ones.
        shift: of the thresholds of each cell's transistors, V (6, words, cells): dividers of lower and upper bound,
            n- and p-channel one of the inverter, pull-downs of lower and upper bound.
        env: surroundings.
    """

    cell: AnalogCell
    x: Mapping[str, np.ndarray]
    shift: np.ndarray
    env: Environment = dataclasses.field(default_factory=Environment)

    @classmethod
    @verb
    def stored(
        cls, memory: Device, lower, upper, *, n=None, p=None, env: Environment | None = None, **cell: Any
    ) -> "AnalogCAM":
        """The memory that matches lower < search voltage < upper in every cell of a word.

        Args:
            memory: a single device, programmed between its OFF and its ON state.
            lower, upper: V (words, cells); -inf and inf: any, as far as the memory reaches.
            n, p: the transistors; default those of the 130 nm process.
            env: surroundings.
            cell: v_hi, v_dd, c_line, c_data, time of an AnalogCell.

        Raises:
            PinchedError: for bounds of another shape or out of order, or that no state of the memory has.
        """
        wanted = np.stack(np.broadcast_arrays(np.asarray(lower, float), np.asarray(upper, float)))
        if wanted.ndim != 3 or not np.all(wanted[0] < wanted[1]):
            raise PinchedError("AnalogCAM stores matrices (words, cells) of bounds, each lower one below its upper.")
        env = env or Environment()
        n, p = n or transistor("sg13g2-130nm"), p or transistor("sg13g2-130nm-p")
        made = AnalogCell(memory=memory, n=n, p=p, **cell)
        off, on = _ends(made, wanted.shape)
        still = np.zeros((6, *wanted.shape[1:]))
        reach = np.stack([_bounds(made, at, still, env) for at in (off, on)])
        lowest, highest = reach[0].max(), reach[1].min()
        asked = np.where(np.isinf(wanted), np.clip(wanted, *reach), wanted)
        if not np.all((asked >= reach[0]) & (asked <= reach[1])):
            raise PinchedError(
                f"This memory stores bounds from {lowest:.3g} V to {highest:.3g} V; take -inf and inf for none."
            )
        u = np.asarray(_deciding(made, still, env))
        x = _between(memory, off, on, made.v_hi - u, n.current(u, asked, 0.0, env), env)
        return cls(made, {name: np.asarray(value) for name, value in x.items()}, still, env)

    @property
    def shape(self) -> tuple[int, int]:
        """(words, cells)."""
        return next(iter(self.x.values())).shape[1:]

    @property
    @verb
    def bounds(self) -> np.ndarray:
        """The search voltages between which each cell alone matches, V (2, words, cells)."""
        return np.asarray(_bounds(self.cell, self.x, self.shift, self.env))

    @property
    @verb
    def reach(self) -> tuple[float, float]:
        """Lowest and highest bound that any state of the memory stores, V."""
        low, high = (_bounds(self.cell, at, 0.0 * self.shift, self.env) for at in _ends(self.cell, (2, *self.shape)))
        return float(low.max()), float(high.min())

    @verb
    def spread(self, seed: int, memory: float = 0.0, matching: float = MATCHING) -> "AnalogCAM":
        """The same words in cells that differ.

        Args:
            seed: of the draw.
            memory: σ/μ of the conductances as programmed, lognormal; none leaves the window of the memory.
            matching: A_VT in V m: a transistor's threshold has σ = A_VT/√(W L).
        """
        rng, c = np.random.default_rng(seed), self.cell
        size = [np.sqrt(float(t.W * t.L)) for t in (c.n, c.n, c.n, c.p, c.n, c.n)]
        shift = rng.standard_normal((6, *self.shape)) * matching / np.array(size)[:, None, None]
        s = np.sqrt(np.log1p(memory**2))
        factor = np.exp(s * rng.standard_normal((2, *self.shape)) - s**2 / 2)
        v = c.v_hi - np.asarray(_deciding(c, 0.0 * shift, self.env))
        i = np.asarray(c.memory.current(v, self.x, self.env)) * factor
        off, on = _ends(c, factor.shape)
        x = _between(c.memory, off, on, v, i, self.env)
        return dataclasses.replace(self, x={k: np.asarray(value) for k, value in x.items()}, shift=shift)

    @verb
    def delay(self, search) -> np.ndarray:
        """Time in which each line falls to half of its charge, s (..., words), for search voltages (..., cells).

        The lines are without resistance; `transient` has it.

        Raises:
            PinchedError: for searches of another length, or that are not finite.
        """
        gates, _ = self._gates(search)
        return np.asarray(_elapsed(self.cell, gates, self.shift, np.log(self.cell.v_dd / 2), self.env))

    @property
    def time(self) -> float:
        """From a search until the lines are sensed, s."""
        return self.shape[1] * float(self.cell.time)

    def match(self, search) -> np.ndarray:
        """Whether each word matches, (..., words): its line is not yet down to half when it is sensed."""
        return self.delay(search) > self.time

    @verb
    def energy(self, search) -> dict[str, np.ndarray]:
        """Energy of a search by parts, J (...): charging the lines again, currents through the cells, data lines."""
        (gates, power), c, (words, cells) = self._gates(search), self.cell, self.shape
        fallen = c.v_dd - np.asarray(_left(c, gates, self.shift, self.env))
        return {
            "lines": cells * c.c_line * c.v_dd * fallen.sum(axis=-1),
            "cells": np.asarray(power).sum(axis=(-2, -1)) * self.time,
            "data": words * c.c_data * np.square(search).sum(axis=-1),
        }

    @verb
    def transient(self, search, time, r_line: float = 0.0) -> np.ndarray:
        """Match lines with their wires in the time after one search, on the crossbar of all pull-downs.

        A p-channel transistor at the far end charges them, which are sensed at the near one.

        Args:
            search: V (cells,).
            time: s, increasing from 0.
            r_line: of a match line between neighbouring cells, ohm.

        Returns:
            Volts (words, times).
        """
        gates, c, (words, cells) = np.asarray(self._gates(search)[0]), self.cell, self.shape

        def beside(cell, supply):
            """Lower and upper pull-down of each cell in turn, and what charges the line, (words, 2 x cells + 1)."""
            cell = np.broadcast_to(cell, (2, words, cells))
            return np.concatenate([np.moveaxis(cell, 0, 2).reshape(words, -1), np.full((words, 1), supply)], axis=1)

        shifted = c.n.replace(v_t=c.n.v_t + self.shift[PULL_DOWNS])
        charges = np.arange(2 * cells + 1) == 2 * cells
        array = Crossbar(
            Channel(transistor=jax.tree.map(beside, shifted, c.p), p=1.0 * charges),
            r_line / 2,
            0.0,
            c_word=float(c.c_line) * cells / len(charges),
        )
        searching = beside(gates, c.v_dd)
        _, ds = array.run(
            EDGE * self.time * np.array([0.0, 1.0, max(time[-1] / (EDGE * self.time), 2.0)]),
            bit_bottom=np.where(charges, c.v_dd, 0.0),
            gate=np.stack([0.0 * searching, searching, searching]),
            save=time,
        )
        return ds["voltage"].values[:, 0]

    def _gates(self, search):
        search = np.asarray(search, float)
        if not search.ndim or search.shape[-1] != self.shape[1] or not np.isfinite(search).all():
            raise PinchedError(f"A search is {self.shape[1]} voltages, one a cell.")
        return _gates(self.cell, self.x, self.shift, search, self.env)


@verb
def misread(memory: Device, bits: int, cells: int, seed: int = 0, spread: Mapping[str, float] | None = None, **cell):
    """Part of the answers that are wrong when cells resolve `bits`: 2^bits adjacent intervals fill the reach.

    The worst words: each holds one interval in all its cells. Searched in the middle of it they must match, and with
    one cell searched in the middle of the next interval they must not.

    Args:
        memory: a single device.
        bits: of a cell.
        cells: of a word.
        seed: of the cells that differ.
        spread: `memory` and `matching` of `AnalogCAM.spread`; none for mean cells.
        cell: as in `AnalogCAM.stored`.
    """
    anything = np.full((1, cells), np.inf)
    low, high = AnalogCAM.stored(memory, -anything, anything, **cell).reach
    edges = np.linspace(low, high, 2**bits + 1)
    lower, upper = (np.repeat(edge[:, None], cells, axis=1) for edge in (edges[:-1], edges[1:]))
    cam = AnalogCAM.stored(memory, lower, upper, **cell)
    if spread is not None:
        cam = cam.spread(seed, **spread)
    own = (lower + upper) / 2
    other = own.copy()
    words = np.arange(len(own))
    other[words, np.random.default_rng(seed).integers(0, cells, len(own))] += np.where(words > 0, -1, 1) * (
        edges[1] - edges[0]
    )
    missed, mistaken = ~np.diag(cam.match(own)), np.diag(cam.match(other))
    return float(np.mean([missed, mistaken]))
