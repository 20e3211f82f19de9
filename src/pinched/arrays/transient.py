"""A crossbar in time: the states of all cells and the potentials of all nodes together, by one stiff method.

    dx/dt = rates(v, x),   c dv/dt = what Kirchhoff's law lacks at the node

With c = 0 the second line is algebraic and the system a differential-algebraic one of index 1, for which Rodas5P was
made (doi:10.1007/s10543-023-00967-x). Its stages are linear: the states of each cell are eliminated from their own
rows, which leaves a crossbar of cells with other slopes.
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax

from pinched.arrays.nodal import ENDS, Drive, Network, factor
from pinched.experiments import rodas
from pinched.experiments.integrate import PATIENCE, Parked, clip, overshot, resized, stacked

BUDGET = 200_000  # trial steps
LATE, ROUNDING = 0.1, 1e-8  # tolerances, and least part, by which a source may overstep its limit as its mode changes


class Stretch(NamedTuple):
    """Pieces of the drive between two kinks, one entry a piece: straight lines from `start` on."""

    duration: Any  # s
    start: Drive  # V
    slope: Drive  # V/s


class Y(NamedTuple):
    """What is integrated: states (states, rows, columns), and the potentials of word and bit lines, line-major."""

    x: Any
    w: Any
    b: Any


class March(NamedTuple):
    """Where the integration stands, and what it left behind."""

    piece: Any
    t: Any  # s, in the piece
    y: Y
    h: Any
    fruitless: Any
    steps: Any
    limited: Any  # modes of the sources of word and bit lines
    next: Any  # sample to record
    samples: Y
    error: Any  # sum of the local errors of the states
    taken: Any  # accepted steps
    log: Any  # (steps, 3): piece, start in it and length of each of them, as far as they are remembered


class Problem(eqx.Module):
    """The equations, on a piece of the drive that begins at t = 0."""

    network: Network
    c_word: Any  # F at each node
    c_bit: Any
    start: Drive
    slope: Drive
    lo: Any
    hi: Any

    def drive(self, t):
        """The voltages at `t`."""
        return jax.tree.map(lambda v, s: v + s * t, self.start, self.slope)

    def cells(self, gate, x, w, b):
        """(current, rates) of the cells at full potentials w (rows, columns) and b (columns, rows)."""
        device = self.network.device
        names = tuple(device.state())
        states = dict(zip(names, clip(x, self.lo, self.hi), strict=True))
        i = self.network.current(w, b, gate, states)
        rates = device.rates(self.network.across(w, b, gate), states, self.network.env)
        return i, stacked([rates[name] for name in names], x) if names else x

    def rate(self, parked: Parked, t, y: Y) -> Y:
        """The right sides; parked states stay at the bound they stand at."""
        drive = self.drive(t)
        i, f = self.cells(drive.gate, y.x, *self._full(y))
        return Y(parked.held(f), *self.network.rest(y.w, y.b, i, drive))

    @property
    def mass(self) -> Y:
        """What multiplies the rates."""
        rows, columns = self.lo.shape[1:]
        of_word, of_bit = columns if self.network.word.ideal else 1, rows if self.network.bit.ideal else 1
        return Y(1.0, self.c_word * of_word, self.c_bit * of_bit)

    def switching(self, t, y: Y, span):
        """(how far each end is past the limit of its mode, relative; its next mode), of word and bit lines.

        A source that holds its voltage is past its limit above its compliance, and one at its compliance where its
        voltage would drive less. Within a step the modes are frozen, for no method steps well across a corner.
        """
        drive = self.drive(t)
        each = []
        for line, v, volts in ((self.network.word, y.w, drive.word), (self.network.bit, y.b, drive.bit)):
            drop = volts - v[:, ENDS]
            over = jnp.abs(line.ends * drop) / line.i_max - 1
            own = line.i_max / jnp.where(line.ends > 0, line.ends, 1.0)  # V that the source and its wire lose there
            under = (own - line.limited * drop) / span
            past = jnp.where(line.limited == 0, over, under)
            other = jnp.where(line.limited == 0, jnp.sign(drop), 0.0)
            each.append((past, jnp.where(past > 0, other, line.limited)))
        return each

    def step(self, t, y: Y, h):
        """One trial step of Rodas5P."""
        drive, (w, b) = self.drive(t), self._full(y)
        (i, f), push = jax.linearize(self.cells, drive.gate, y.x, w, b)
        parked = Parked.at(y.x, f, self.lo, self.hi)
        moving = parked.free
        none = jnp.zeros_like(drive.gate), jnp.zeros_like(y.x), jnp.zeros_like(w), jnp.zeros_like(b)
        i1, f1 = push(*none[:2], none[2] + 1, none[3])
        i2, f2 = push(*none[:3], none[3] + 1)
        columns = [push(none[0], none[1].at[k].set(1.0), *none[2:]) for k in range(len(y.x))]
        own = rodas.cell_solver([[moving[i] * f[i] for _, f in columns] for i in range(len(columns))], h)
        i_x = jnp.stack([i for i, _ in columns]) if columns else none[1]
        x1, x2 = (own(moving * f) if columns else none[1] for f in (f1, f2))
        mass = self.mass
        scale = 1 / (rodas.GAMMA * h)
        nodes = factor(
            i1 + (i_x * x1).sum(axis=0),
            -i2 - (i_x * x2).sum(axis=0),
            self.network.word,
            self.network.bit,
            mass.w * scale,
            mass.b * scale,
            self.network.free(y.w, y.b, drive),
        )

        def solve(r: Y) -> Y:
            x = own(r.x) if columns else r.x
            i = (i_x * x).sum(axis=0)
            dw, db = nodes(r.w - self.network.word.collect(i), r.b + self.network.bit.collect(i.T))
            return Y(x + x1 * dw + x2 * db.T, dw, db)

        def rest(i, word, bit):
            return self.network.rest(y.w, y.b, i, Drive(word, bit, drive.gate))

        di, df = push(self.slope.gate, *none[1:])
        at_nodes, slope = jax.jvp(rest, (i, drive.word, drive.bit), (di, self.slope.word, self.slope.bit))
        start, slope = Y(moving * f, *at_nodes), Y(moving * df, *slope)
        return rodas.step(lambda t, y: self.rate(parked, t, y), t, y, h, start, slope, solve, mass)

    def _full(self, y: Y):
        shape = self.lo.shape[1:]
        return jnp.broadcast_to(y.w, shape), jnp.broadcast_to(y.b, shape[::-1])


@eqx.filter_jit
def march(problem: Problem, stretch: Stretch, count, y0: Y, piece_of, at, rtol, span, *, log: int = 0) -> March:
    """Integrate along `count` pieces of the drive and record the samples.

    Args:
        problem: the equations; its drive is replaced by that of each piece.
        stretch: the pieces; arrays may be longer than `count`.
        y0: consistent start.
        piece_of, at: of each sample, its piece and time in it, s, in order.
        rtol: local error of a step, of states of order one and of potentials over `span` (V).
        log: accepted steps to remember, for `retrace`.
    """
    samples = jax.tree.map(lambda leaf: jnp.zeros((len(at), *leaf.shape), leaf.dtype), y0)
    zero = jnp.zeros(())
    first = jax.tree.map(lambda column: column[0], stretch.start)
    limited = modes(problem.network, y0, first)
    start = March(0, zero, y0, jnp.full((), jnp.inf), 0, 0, limited, 0, samples, zero, 0, jnp.full((log, 3), jnp.inf))

    def advance(now: March) -> March:
        here = _on_piece(problem, stretch, now.piece, now.limited)
        left = stretch.duration[now.piece] - now.t
        h = jnp.minimum(now.h, left)
        h = left / jnp.ceil(left / h)
        trial = here.step(now.t, now.y, h)
        end = trial.x._replace(x=clip(trial.x.x, problem.lo, problem.hi))
        scale = rtol * (1 + jnp.maximum(jnp.abs(now.y.x), jnp.abs(end.x)))
        own = jnp.abs(trial.error.x)
        error = jnp.maximum(jnp.max(own / scale, initial=0.0), _largest(trial.error) / (rtol * span))
        over = jnp.max(overshot(trial.x.x, problem.lo, problem.hi), initial=0.0)
        before, after = here.switching(now.t, now.y, span), here.switching(now.t + h, end, span)
        late, part, allowed = 0.0, 1.0, jnp.maximum(LATE * rtol, ROUNDING)
        for (old, _), (new, _) in zip(before, after, strict=True):
            late = jnp.maximum(late, jnp.max(new) / allowed)
            aim = (0.5 * allowed - jnp.minimum(old, 0.0)) / jnp.maximum(new - old, 1e-300)
            part = jnp.minimum(part, jnp.min(jnp.where(new > allowed, jnp.clip(aim, 0.01, 0.95), 1.0)))
        good = (error <= 1) & (over <= 1) & (late <= 1)
        keep = jnp.where((late > 1) & (error <= 1) & (over <= 1), part, resized(error, over))
        done = good & (h >= left)
        t1 = now.t + h

        def due(carry):
            n, _ = carry
            inside = (piece_of[n] == now.piece) & ((at[n] <= t1) | done)
            return good & (n < len(at)) & inside

        def record(carry):
            n, samples = carry
            theta = (at[n] - now.t) / h
            y = jax.tree.map(lambda y0, y1, *d: rodas.between(theta, y0, y1, d), now.y, trial.x, *trial.dense)
            y = y._replace(x=clip(y.x, problem.lo, problem.hi))
            return n + 1, jax.tree.map(lambda all, leaf: all.at[n].set(leaf), samples, y)

        n, samples = lax.while_loop(due, record, (now.next, now.samples))
        new_h = jnp.where(good & (h < now.h), jnp.maximum(h * keep, now.h), h * keep)
        entry = jnp.stack([now.piece + zero, now.t, h])
        accepted = now.error + jnp.where(good, jnp.max(own, initial=0.0), 0.0)
        return March(
            now.piece + done,
            jnp.where(done, 0.0, jnp.where(good, t1, now.t)),
            jax.tree.map(lambda new, old: jnp.where(good, new, old), end, now.y),
            new_h,
            jnp.where(good & (t1 > now.t), 0, now.fruitless + 1),
            now.steps + 1,
            tuple(jnp.where(good, mode, old) for (_, mode), old in zip(after, now.limited, strict=True)),
            n,
            samples,
            accepted,
            now.taken + good,
            now.log.at[jnp.where(good, now.taken, log)].set(entry, mode="drop") if log else now.log,
        )

    def going(now: March):
        return (now.piece < count) & (now.steps < BUDGET) & (now.fruitless < PATIENCE)

    return lax.while_loop(going, advance, start)


@eqx.filter_jit
def retrace(problem: Problem, stretch: Stretch, y0: Y, span, log) -> Y:
    """The states after each step that `march` remembers, taken again: as `march`, but differentiable in reverse."""

    @jax.checkpoint
    def take(carry, entry):
        y, limited = carry
        piece, t, h = entry
        here = _on_piece(problem, stretch, piece.astype(int), limited)
        end = here.step(t, y, h).x
        end = end._replace(x=clip(end.x, problem.lo, problem.hi))
        return end, tuple(mode for _, mode in lax.stop_gradient(here.switching(t + h, end, span)))

    def again(carry, entry):
        carry = lax.cond(jnp.isfinite(entry[0]), take, lambda carry, _: carry, carry, entry)
        return carry, carry[0]

    first = jax.tree.map(lambda column: column[0], stretch.start)
    return lax.scan(again, (y0, lax.stop_gradient(modes(problem.network, y0, first))), log)[1]


def _on_piece(problem: Problem, stretch: Stretch, k, limited) -> Problem:
    start, slope = jax.tree.map(lambda column: column[k], (stretch.start, stretch.slope))
    return eqx.tree_at(
        lambda p: (p.start, p.slope, p.network.word.limited, p.network.bit.limited),
        problem,
        (start, slope, *limited),
        is_leaf=lambda x: x is None,
    )


def modes(network: Network, y: Y, drive: Drive):
    """+1 or -1 for the ends (lines, 2) of word and bit lines at compliance, else 0, in a static solution."""
    free = network.free(y.w, y.b, drive)
    signs = (jnp.sign(volts - v[:, ENDS]) for v, volts in ((y.w, drive.word), (y.b, drive.bit)))
    return tuple((1 - f) * sign for f, sign in zip(free, signs, strict=True))


def _largest(error: Y):
    return jnp.maximum(jnp.max(jnp.abs(error.w)), jnp.max(jnp.abs(error.b)))
