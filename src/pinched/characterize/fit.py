"""Fit compact models to measured loops, and say what the best of them is worth."""

import dataclasses
import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import xarray as xr

from pinched.characterize import fit_spread
from pinched.characterize.fit_glance import glance
from pinched.characterize.fit_models import Candidate, candidates
from pinched.characterize.fit_search import Optimum, Problem, along, loss, search
from pinched.characterize.fit_segments import Segments, segments, thin
from pinched.core import Flag, Quantity, double, make_dataset, verb
from pinched.devices import Device, save_device
from pinched.devices.parameter_file import flat

WIDTH = 120  # samples of a segment that a search sees
SEGMENTS = 6  # segments that a search sees
EXPLAINED = 0.5  # share of the loop's opening below which a model explains nothing
OPEN = 0.05  # |ln I_back/I_out| below which a loop is a line
WORKERS = 2  # candidates searched at once; each has its own seed, so the result does not depend on it


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the ranking.

    Attributes:
        model: name of the candidate.
        aic: Akaike's criterion, n ln(mean loss) + 2 (parameters + starting states). Neighbouring residuals are
            correlated, so that its differences order the models but overstate the odds.
        delta: distance to the lowest.
        rms: root mean square of asinh(I/I_floor) simulated minus measured; about a relative error of the current.
        explained: share of the loop's opening about a static curve that the model reproduces, 1 at best.
        left_out_error: the same error on cycles left out, over the spread between cycles.
        n_parameters: fitted ones.
        status: what happened, in words.
    """

    model: str
    aic: float
    delta: float
    rms: float
    explained: float
    left_out_error: Quantity
    n_parameters: int
    status: str


@dataclasses.dataclass(frozen=True)
class Fit:
    """What `fit` found.

    Attributes:
        device: the fitted device, its new state that of the first cycle.
        model: name of the winning candidate.
        parameters: path ("r", "inner.E_a") -> Quantity, fitted ones with their interval over cycles, held ones assumed.
        left_out_error: RMS of the residual on left-out cycles over the cycle-to-cycle spread there.
        ranking: every candidate, best first.
        simulated: Dataset over the same samples, each cycle started from the state that its first reads imply.
        verdict: what a reader should take away.
        explains: whether the model reproduces the loops.
        spread: path -> relative cycle-to-cycle standard deviation of the main parameters, for `device.sample`.
        thresholds: "v_set" and "v_reset" -> measured and simulated medians (V), spread, shift in spreads, KS p-value.
        floor: A, the scale below which the residual is linear in the current.
        notes: what was assumed.
        data_hash: of the fitted data.
    """

    device: Device
    model: str
    parameters: dict[str, Quantity]
    left_out_error: Quantity
    ranking: list[Row]
    simulated: xr.Dataset
    verdict: str
    explains: bool
    spread: dict[str, float]
    thresholds: dict[str, dict[str, float]]
    floor: float
    notes: tuple[str, ...]
    data_hash: str

    def table(self):
        """The ranking as a pandas.DataFrame."""
        import pandas as pd

        rows = [dataclasses.asdict(row) | {"left_out_error": row.left_out_error.value} for row in self.ranking]
        return pd.DataFrame(rows)

    def save(self, path: str | os.PathLike) -> Path:
        """Write the device with origins, cycle-to-cycle sigmas, intervals and the hash of the data."""
        q = self.parameters
        return save_device(
            self.device, path, source=f"fit of {self.model} to measured loops", notes=self.verdict,
            data_hash=self.data_hash, origins={name: p.origin for name, p in q.items()},
            sources={name: p.note for name, p in q.items() if p.origin == "assumed"},
            sigmas={name: s * abs(q[name].value) for name, s in self.spread.items()},
            intervals={name: (p.low, p.high) for name, p in q.items() if p.low is not None and p.high is not None},
        )  # fmt: skip


@dataclasses.dataclass(frozen=True)
class _Result:
    """A candidate with where its search ended."""

    candidate: Candidate
    problem: Problem
    best: Optimum
    left_out: Quantity
    explained: float


@verb
def fit(ds: xr.Dataset, models=None, quick: bool = False, seed: int = 0,
        progress: Callable[[str, float], None] | None = None) -> Fit:  # fmt: skip
    """Fit compact models to the loops of one device and rank them.

    Each model is marched through the measured voltages, each cycle from the state that its own first reads imply, and
    compared in asinh(I/I_floor): relative error above the noise floor, absolute below. Flagged samples are left out;
    where the source limited the current, a model errs only by carrying less. Half of the cycles are fitted, the others
    judge.

    Args:
        ds: Dataset with sweeps (voltage, current) of one device, at its `temperature` (K), 25 °C where it has none.
        models: names, Device classes or Devices to try instead of all; the null models (a resistor, a sinh resistor)
            always run along.
        quick: two models by kind of data and one start less.
        seed: of the search and the bootstrap.
        progress: called with a few words and the fraction done.

    Returns:
        Fit.

    Raises:
        PinchedError: where the data hold no loops, or a model is not known.
    """
    everything = thin(segments(ds), WIDTH)
    look = glance(everything)
    rows, left_rows = fit_spread.split(everything, SEGMENTS)
    data, left = everything[rows], everything[left_rows]
    tried = candidates(look, models, quick)
    starts, generations = (1, 10) if quick else (2, 14)
    searches = min(max(SEGMENTS // len(data), 1), 1 if quick else 3)  # few segments march fast, and are searched again
    ticks, total = [0], len(tried) * searches * (generations + 14)

    def tick(name):
        ticks[0] += 1
        if progress:
            progress(f"fitting {name}", min(0.95 * ticks[0] / total, 0.95))

    def solve(candidate: Candidate) -> _Result:
        with double():  # a thread enters it itself
            problem = Problem(candidate, data)
            name = int(hashlib.sha256(candidate.name.encode()).hexdigest()[:8], 16)
            rng = np.random.default_rng((seed, name))
            found = [
                search(problem, rng, starts, generations, tick=lambda: tick(candidate.name)) for _ in range(searches)
            ]
            best = min(found, key=lambda end: end.cost)
            unseen = _elsewhere(problem, left, best.u)
            error = fit_spread.left_out_error(everything, left, unseen)
            return _Result(candidate, problem, best, error, _explained(data, best.residual))

    with ThreadPoolExecutor(WORKERS) as pool:
        results = list(pool.map(solve, tried))
    ranking, order = _rank(results, data, look.opening)
    winner = results[order[0]]
    explains, verdict = _judge(winner, results, look.opening)
    rng = np.random.default_rng((seed, 1))
    points = fit_spread.bootstrap(winner.problem, winner.best, rng)
    spread = fit_spread.cycle_spread(winner.problem, winner.best, rng)
    full = segments(ds)
    values = winner.problem.values(winner.best.u)
    x0, path = along(winner.candidate, values, full, data.v.shape)
    device = _fitted(winner.candidate, values, x0)
    simulated_i = np.sinh(_elsewhere(winner.problem, data, winner.best.u)) * data.floor
    measured_v = fit_spread.thresholds(everything, look.set_sign)
    simulated_v = fit_spread.thresholds(data, look.set_sign, simulated_i)
    if progress:
        progress("fitted", 1.0)
    return Fit(
        device=device, model=winner.candidate.name, parameters=_parameters(winner, device, points),
        left_out_error=winner.left_out, ranking=ranking, simulated=_simulated(ds, full, path, device, winner, seed),
        verdict=verdict, explains=explains, spread=spread,
        thresholds={k: fit_spread.compare(measured_v[k], simulated_v[k]) for k in measured_v},
        floor=data.floor, notes=everything.notes, data_hash=_hash(ds),
    )  # fmt: skip


def _elsewhere(problem: Problem, s: Segments, u: np.ndarray) -> np.ndarray:
    """asinh(i/floor) of the point `u` on other segments, in the batch shape already compiled."""
    size = len(problem.data)
    out = []
    for start in range(0, len(s), size):
        rows = np.arange(start, start + size).clip(max=len(s) - 1)
        out.append(dataclasses.replace(problem, data=s[rows]).simulate(u[None])[0][: len(s) - start])
    return np.concatenate(out) if out else np.zeros((0, problem.data.v.shape[1]))


def _explained(s: Segments, residual: np.ndarray) -> float:
    """1 − loss over that of the best static curve of each cycle, the mean of its branches at each voltage."""
    v, y = s.v[s.used], s.y[s.used]
    bins = np.digitize(v, np.linspace(v.min(), v.max(), 60)) + 61 * np.nonzero(s.used)[0]
    mean = np.bincount(bins, y) / np.maximum(np.bincount(bins), 1)
    static = loss(y - mean[bins]).sum()
    return float(1 - loss(residual[s.used]).sum() / static) if static > 0 else 0.0


def _rank(results: list[_Result], s: Segments, opening: float) -> tuple[list[Row], list[int]]:
    """Rows by AIC, and the order; of two candidates of one name only the better is listed."""
    n = int(s.used.sum())
    squares = np.array([(r.best.residual**2).sum() for r in results])
    losses = np.array([loss(r.best.residual).sum() for r in results])
    k = np.array([r.problem.size + (0 if r.candidate.static else len(s)) for r in results])
    aic = n * np.log(np.maximum(losses / n, 1e-12)) + 2 * k
    later = [opening < OPEN and not r.candidate.static for r in results]  # in a line no memory can be told from drift
    order, names = [], set()
    for j in np.lexsort((aic, later)):
        if results[j].candidate.name not in names:
            names.add(results[j].candidate.name)
            order.append(int(j))
    rows = [
        Row(
            results[j].candidate.name, float(aic[j]), float(aic[j] - aic[order[0]]), float(np.sqrt(squares[j] / n)),
            results[j].explained, results[j].left_out, results[j].problem.size, _status(results[j]),
        )
        for j in order
    ]  # fmt: skip
    return rows, order


def _status(result: _Result) -> str:
    names = list(result.candidate.free)
    edge = [names[j] for j in np.flatnonzero((result.best.u < 2e-3) | (result.best.u > 1 - 2e-3))]
    return "converged" if not edge else f"at the edge of the search: {', '.join(edge)}"


def _judge(winner: _Result, results: list[_Result], opening: float) -> tuple[bool, str]:
    name = winner.candidate.name
    if winner.candidate.static:
        why = "its loops are no wider than a line" if opening < OPEN else "no model with a memory describes it better"
        return False, f"The device does not switch in these data: {why}. {name} stands in for it."
    if winner.explained < EXPLAINED:
        share = f"reproduces {max(winner.explained, 0):.0%} of the loops' opening"
        return False, f"No model explains these loops: the best, {name}, {share} about a static curve."
    text = f"{name} reproduces {winner.explained:.1%} of the loops' opening about a static curve"
    error = winner.left_out
    if not error.available:
        return True, f"{text}; its error on unseen cycles is not available, because {error.note}."
    text += f"; on cycles it has not seen it errs by {error.value:.2g} times the device's own cycle-to-cycle spread"
    if error.value > 2:
        return True, f"{text}, so the device repeats itself better than the model describes it."
    return True, f"{text}."


def _fitted(candidate: Candidate, values: dict, x0: dict) -> Device:
    first = {k: float(np.ravel(a)[0]) for k, a in x0.items()}
    for path in ({"x0", "inner.x0"} & set(candidate.fixed)) if len(first) == 1 else ():
        values = {**values, path: next(iter(first.values()))}
    return candidate.device({k: float(v) for k, v in values.items()})


def _parameters(winner: _Result, device: Device, points: np.ndarray | None) -> dict[str, Quantity]:
    """Every parameter with where it comes from; intervals from the bootstrap over cycles."""
    cycles = len(np.unique(winner.problem.data.cycle))
    drawn = winner.problem.values(points) if points is not None else {}
    found = {}
    for path, declared, value in flat(device):
        about = {"label": declared.doc, "unit": declared.unit, "value": float(value)}
        if path in drawn:
            low, high = np.quantile(np.append(drawn[path], value), (0.025, 0.975))
            low, high = min(low, value), max(high, value)
            found[path] = Quantity(origin="fitted", low=float(low), high=float(high), n=cycles,
                                   interval="95 % bootstrap over cycles", **about)  # fmt: skip
        elif path in winner.candidate.free:
            found[path] = Quantity(origin="fitted", n=cycles, note="interval not available: one cycle", **about)
        elif path.endswith("x0") or path.endswith("eta"):
            found[path] = Quantity(origin="fitted", n=cycles, note="read off the loops", **about)
        else:
            note = winner.candidate.fixed.get(path, "default of the model class, held fixed")
            found[path] = Quantity(origin="assumed", note=note, **about)
    return found


def _simulated(ds: xr.Dataset, s: Segments, path, device: Device, winner: _Result, seed: int) -> xr.Dataset:
    """The fitted device at the samples that were fitted or left out, in the order of the data."""
    real = s.index >= 0
    order = np.argsort(s.index[real], kind="stable")
    at = ds.isel(sample=s.index[real][order])
    lay = lambda a: np.broadcast_to(a, real.shape)[real][order]  # noqa: E731
    current = lay(path.i)
    limited = np.abs(current) >= 0.999 * s.i_max[real][order]
    variables = {"voltage": lay(path.v), "current": current, "flag": np.where(limited, int(Flag.COMPLIANCE), 0)}
    variables |= {f"state_{name.replace('.', '_')}": lay(a) for name, a in path.x.items()}
    time = np.where(np.isfinite(at["time"].values), at["time"].values, s.t[real][order])
    return make_dataset(
        variables, origin="simulated", time=time,
        attrs={"model": winner.candidate.name, "solver": "fixed-grid march", "seed": seed,
               "assumptions": "\n".join(s.notes), "parameter_hash": _digest(*(v for _, _, v in flat(device)))},
        **{k: at[k].values for k in ("record", "kind", "device", "cycle", "step", "pulse")},
    )  # fmt: skip


def _hash(ds: xr.Dataset) -> str:
    return str(ds.attrs.get("sha256") or _digest(ds["voltage"].values, ds["current"].values))


def _digest(*arrays) -> str:
    return hashlib.sha256(b"".join(np.ascontiguousarray(a, np.float64).tobytes() for a in arrays)).hexdigest()
