"""The search: many candidates marched at once, differential evolution first, then damped least squares."""

import dataclasses
import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pinched.characterize.fit_models import Candidate
from pinched.characterize.fit_segments import Segments
from pinched.devices import Environment
from pinched.experiments.grid import March, march, response

LANES = 48  # candidates marched at once, in the search and for the columns of a Jacobian alike: one compilation
READS = 8  # samples at the start of a segment that tell its first state
STEP = 3e-3  # of the search box, for finite differences
CORE = 1.0  # residual (in e-folds of the current) beyond which a sample counts less and less
HUGE = 50.0  # stands in for the residual of a trajectory that is not finite


@dataclasses.dataclass(frozen=True)
class Problem:
    """One candidate against one set of segments: u in [0, 1]^k -> trajectories."""

    candidate: Candidate
    data: Segments

    @functools.cached_property
    def _bounds(self):
        free = self.candidate.free.values()
        lo = np.array([np.log(f.low) if f.log else f.low for f in free])
        hi = np.array([np.log(f.high) if f.log else f.high for f in free])
        return lo, hi

    @property
    def size(self) -> int:
        """Number of free parameters."""
        return len(self.candidate.free)

    @functools.cached_property
    def guess(self) -> np.ndarray:
        """The candidate's own guess."""
        lo, hi = self._bounds
        at = np.array([np.log(abs(f.guess)) if f.log else f.guess for f in self.candidate.free.values()])
        return np.clip((at - lo) / (hi - lo), 0.02, 0.98)

    @functools.cached_property
    def width(self) -> np.ndarray:
        """Natural scale of each coordinate: its search box, in ln units where logarithmic."""
        lo, hi = self._bounds
        return hi - lo

    @functools.cached_property
    def spread(self) -> np.ndarray:
        """Standard deviation of the starting points in each coordinate."""
        return np.array([f.spread for f in self.candidate.free.values()]) / self.width

    def values(self, u: np.ndarray) -> dict[str, np.ndarray]:
        """Parameter values by path at search points `u` (..., k)."""
        lo, hi = self._bounds
        at = lo + np.clip(u, 0, 1) * (hi - lo)
        return {
            path: (np.copysign(np.exp(at[..., j]), f.guess) if f.log else at[..., j])
            for j, (path, f) in enumerate(self.candidate.free.items())
        }

    def simulate(self, u: np.ndarray) -> np.ndarray:
        """asinh(i/floor) along every segment, shape (candidate, segment, sample), for `u` (candidate, k)."""
        n = len(u)
        out = []
        for start in range(0, n, LANES):
            block = u[start : start + LANES]
            block = np.concatenate([block, np.repeat(block[-1:], LANES - len(block), 0)])
            values = {k: v[:, None] for k, v in self.values(block).items()}
            path = trajectories(self.candidate.template, values, *self.arrays, start=self.unknown)
            out.append(np.asarray(path[0]))
        return np.concatenate(out)[:n]

    @functools.cached_property
    def unknown(self) -> dict[str, np.ndarray]:
        """No first state given: it is read off the loops."""
        return dict.fromkeys(self.candidate.template.state(), np.full((LANES, len(self.data)), np.nan))

    @functools.cached_property
    def arrays(self):
        """What `trajectories` takes after the values."""
        s = self.data
        first = first_reads(s)
        limit = s.i_max if s.limited else None
        take = lambda a: np.take_along_axis(a, first, 1)  # noqa: E731
        read = take(s.v), take(s.y), None if limit is None else take(limit)
        lanes = lambda a: None if a is None else np.broadcast_to(a, (LANES, *a.shape))  # noqa: E731
        return np.asarray(s.kelvin), lanes(s.t), lanes(s.v), lanes(limit), s.floor, *map(lanes, read)

    def residual(self, u: np.ndarray) -> np.ndarray:
        """Simulated minus measured asinh(i/floor), 0 where a sample is not used; shape (candidate, segment, sample).

        In compliance only the missing current counts: the clamped sample says what the device carries at least.
        """
        return misfit(self.data, self.simulate(u))

    def cost(self, u: np.ndarray) -> np.ndarray:
        """Mean loss of each candidate."""
        return loss(self.residual(u)).sum((1, 2)) / self.data.used.sum()


def misfit(s: Segments, y: np.ndarray) -> np.ndarray:
    """Simulated `y` minus the measured one on the samples of `s` that count, 0 on the others."""
    r = np.nan_to_num(y - s.y, nan=HUGE, posinf=HUGE, neginf=-HUGE)
    return np.where(s.used, r, np.where(s.clamped & (r * s.y < 0), r, 0.0))


def loss(r: np.ndarray) -> np.ndarray:
    """r² where it is small, CORE² ln(1 + r²/CORE²) in general (Cauchy).

    A switch that comes a little early or late in one cycle is off by many e-folds over a few samples; squared, these
    would make a gradual average of abrupt cycles the best fit to them.
    """
    return CORE**2 * np.log1p((r / CORE) ** 2)


def weight(r: np.ndarray) -> np.ndarray:
    """What a square of `r` is worth in the loss, for reweighted least squares."""
    return 1 / (1 + (r / CORE) ** 2)


def first_reads(s: Segments) -> np.ndarray:
    """Positions of the first readable samples of each segment, (segment, READS)."""
    seen = s.used & (np.abs(s.i) > 3 * s.floor)
    seen = np.where(seen.sum(1, keepdims=True) >= READS, seen, s.used)
    return np.argsort(~seen, axis=1, kind="stable")[:, :READS]


@eqx.filter_jit
def trajectories(template, values, kelvin, t, v, i_max, floor, read_v, read_y, read_max, start):
    """(asinh(i/floor), first state, March) of devices with `values` (lane, 1) on segments (lane, segment, sample).

    `start` (name -> lane, segment) gives the first states; those that are NaN are read off the first samples.
    """
    env = Environment(temperature=kelvin)
    candidate = Candidate("", template, {}, {})
    device = candidate.device(values)
    box = device.state()
    if not box:
        i = response(candidate.device({k: a[..., None] for k, a in values.items()}), v, i_max, env, {})
        return jnp.arcsinh(i / floor), {}, March({}, v, i)
    x0 = {k: jnp.where(jnp.isnan(start[k]), s.rest, start[k]) for k, s in box.items()}
    if len(box) == 1:
        (name, state), grid = next(iter(box.items())), jnp.linspace(0.0, 1.0, 41)
        deeper = candidate.device({k: a[..., None, None] for k, a in values.items()})
        x = {name: state.lo + (state.hi - state.lo) * grid}
        limit = None if read_max is None else read_max[..., None]
        seen = jnp.arcsinh(response(deeper, read_v[..., None], limit, env, x) / floor)
        misfit = jnp.nan_to_num(jnp.sum((seen - read_y[..., None]) ** 2, axis=-2), nan=jnp.inf)
        found = state.lo + (state.hi - state.lo) * _lowest(grid, misfit)
        x0 = {name: jnp.where(jnp.isnan(start[name]), found, start[name])}
    path = march(device, t, v, i_max, env, x0)
    return jnp.arcsinh(path.i / floor), x0, path


def along(candidate: Candidate, values: dict[str, np.ndarray], s: Segments, shape: tuple[int, int]):
    """(first states, March) of one device on segments of any length, in pieces of the `shape` already compiled.

    Args:
        candidate, values: the model and its parameters, scalars.
        s: the segments.
        shape: (segments, samples) of the problem that was searched.
    """
    rows = LANES * shape[0]
    batches = [s[np.arange(begin, begin + rows).clip(max=len(s) - 1)] for begin in range(0, len(s), rows)]
    found = [_in_pieces(candidate, values, batch, shape, s.limited) for batch in batches]
    return jax.tree.map(lambda *a: np.concatenate(a)[: len(s)], *found)


def _in_pieces(candidate, values, s: Segments, shape, limited):
    """`along` of as many segments as fit into one call; a piece begins with the last sample of the one before."""

    def fold(a):
        return None if a is None else a.reshape(LANES, shape[0], *a.shape[1:])

    def unfold(a):
        return np.asarray(a).reshape(len(s), *np.shape(a)[2:])

    lanes = {k: np.full((LANES, 1), v) for k, v in values.items()}
    kelvin, _, _, _, floor, *reads = Problem(candidate, s).arrays
    reads = [a if a is None else fold(a[0]) for a in reads]
    x = dict.fromkeys(candidate.template.state(), np.full(len(s), np.nan))
    first, pieces, length = {}, [], s.v.shape[1]
    for at in range(0, max(length - 1, 1), shape[1] - 1):
        columns = np.arange(at, at + shape[1]).clip(max=length - 1)
        t, v, i_max = (fold(a[:, columns]) for a in (s.t, s.v, s.i_max))
        given = {k: fold(a) for k, a in x.items()}
        limit = i_max if limited else None
        _, x0, path = trajectories(candidate.template, lanes, kelvin, t, v, limit, floor, *reads, given)
        path = jax.tree.map(unfold, path)
        first = first or {k: unfold(a) for k, a in x0.items()}
        x = {k: a[:, -1] for k, a in path.x.items()}
        seen = slice(min(at, 1), length - at)
        pieces.append(jax.tree.map(lambda a, seen=seen: a[:, seen], path))
    return first, jax.tree.map(lambda *a: np.concatenate(a, 1), *pieces)


def _lowest(grid, misfit):
    """Where a curve on `grid` has its minimum, by the parabola through the lowest point and its neighbours."""
    k = jnp.argmin(misfit, axis=-1)
    inner = jnp.clip(k, 1, grid.size - 2)
    left, middle, right = (jnp.take_along_axis(misfit, (inner + d)[..., None], -1)[..., 0] for d in (-1, 0, 1))
    bend = left - 2 * middle + right
    shift = jnp.where(bend > 0, 0.5 * (left - right) / jnp.where(bend > 0, bend, 1.0), k - inner)
    return jnp.clip(grid[inner] + jnp.clip(shift, -1.0, 1.0) * (grid[1] - grid[0]), grid[0], grid[-1])


@dataclasses.dataclass(frozen=True)
class Optimum:
    """Where a search ended: point, mean loss, residual (segment, sample), Jacobian (k, segment, sample)."""

    u: np.ndarray
    cost: float
    residual: np.ndarray
    jacobian: np.ndarray


def search(
    problem: Problem, rng: np.random.Generator, starts: int, generations: int, tick=lambda: None, polish: int = 14
) -> Optimum:
    """The best point found from `starts` polished members of an evolved population.

    Args:
        problem: candidate and data.
        rng: seeded generator; the same seed gives the same search.
        starts: how many members are polished; they are kept apart from each other.
        generations: of differential evolution (current-to-best/1/bin).
        polish: iterations of Levenberg–Marquardt.
        tick: called once a generation and once an iteration.
    """
    k = problem.size
    population = np.clip(
        problem.guess + problem.spread * rng.normal(size=(3 * LANES, k)) * rng.choice([0.3, 1.0], (3 * LANES, 1)),
        0.01,
        0.99,
    )
    population[0] = problem.guess
    cost = problem.cost(population)
    keep = np.argsort(cost)[:LANES]
    population, cost = population[keep], cost[keep]
    for _ in range(generations if k > 2 else 3):
        tick()
        pairs = rng.integers(0, LANES, (2, LANES))
        best = population[rng.integers(0, max(LANES // 8, 1), LANES)]
        f = rng.uniform(0.4, 0.9, (LANES, 1))
        trial = population + f * (best - population) + f * (population[pairs[0]] - population[pairs[1]])
        trial = np.where(rng.random((LANES, k)) < 0.85, trial, population)
        trial = np.where((trial < 0) | (trial > 1), rng.random((LANES, k)) * 0.2 + 0.8 * population, trial)
        found = problem.cost(trial)
        better = found < cost
        population[better], cost[better] = trial[better], found[better]
        order = np.argsort(cost, kind="stable")
        population, cost = population[order], cost[order]
    apart = [0]
    for j in range(1, LANES):
        if len(apart) < starts and min(np.abs(population[j] - population[a]).max() for a in apart) > 0.05:
            apart.append(j)
    return _polish(problem, population[apart], polish, tick)


def _polish(problem: Problem, u: np.ndarray, iterations: int, tick) -> Optimum:
    """Levenberg–Marquardt on a few points at once: every Jacobian, and every set of damped steps, is one batch."""
    n, k = u.shape
    tries = max(LANES // n, 2)
    damping = np.full(n, 1e-2)
    cost = problem.cost(u)
    for _ in range(iterations):
        tick()
        residual, jacobian = _linearised(problem, u)
        factors = 10.0 ** np.linspace(-3, 4, tries)
        trial = np.empty((n, tries, k))
        for a in range(n):
            w = np.sqrt(weight(residual[a])).ravel()
            j, r = jacobian[a].reshape(k, -1) * w, residual[a].ravel() * w
            normal, slope = j @ j.T, j @ r
            scale = np.diag(normal).clip(1e-9 * np.trace(normal) + 1e-12)
            for b, factor in enumerate(factors):
                step = np.linalg.solve(normal + damping[a] * factor * np.diag(scale), slope)
                trial[a, b] = np.clip(u[a] - np.clip(step, -0.2, 0.2), 1e-4, 1 - 1e-4)
        found = problem.cost(trial.reshape(-1, k)).reshape(n, tries)
        best = found.argmin(1)
        gained = cost - found.min(1)
        for a in np.flatnonzero(gained > 0):
            u[a], cost[a] = trial[a, best[a]], found[a, best[a]]
            damping[a] = np.clip(damping[a] * factors[best[a]], 1e-8, 1e4)
        if np.all(gained < 1e-3 * cost):
            break
    a = int(cost.argmin())
    residual, jacobian = _linearised(problem, u[a : a + 1])
    return Optimum(u[a].copy(), float(cost[a]), residual[0], jacobian[0])


def _linearised(problem: Problem, u: np.ndarray):
    """Residuals (n, segment, sample) and their derivatives (n, k, segment, sample) at points `u` (n, k)."""
    n, k = u.shape
    step = np.where(u < 0.5, STEP, -STEP)
    moved = u[:, None] + step[:, None] * np.concatenate([np.zeros((1, k)), np.eye(k)])
    r = problem.residual(moved.reshape(-1, k)).reshape(n, k + 1, *problem.data.v.shape)
    return r[:, 0], (r[:, 1:] - r[:, :1]) / step.reshape(n, k, 1, 1)
