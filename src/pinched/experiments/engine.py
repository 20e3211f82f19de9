"""Run a protocol on a device: `run` for a Dataset, `trajectory` for arrays inside other code."""

import functools
import hashlib
import importlib.metadata
import itertools
import json
import math
from collections.abc import Mapping
from typing import Any, Literal

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
import xarray as xr

from pinched.core import Flag, PinchedError, make_dataset, verb
from pinched.devices.base import Device, Environment
from pinched.experiments.integrate import Blocks, Result, each, fold, integrate
from pinched.experiments.noise import fluctuation
from pinched.experiments.protocols import Piece, Protocol, Samples, describe, unfold

WIDTH = 16  # samples of a block: few enough to be interpolated at every step, many enough for a step to span
DEGREES = (1, 7, 11)  # of the Taylor polynomial of a sine: 11 is exact to 3e-14 over an eighth of its period
BUDGET = 1_000_000  # trial steps before a run gives up
SOLVER = "Rodas5P (doi:10.1007/s10543-023-00967-x), adaptive per device"
ENVIRONMENT = ("temperature", "light", "strain", "humidity")

Save = Literal["auto", "every", "reads", "final"]


@verb
def run(
    device: Device | str,
    protocol: Protocol,
    env: Environment | None = None,
    seed: int = 0,
    save: Save | Any = "auto",
    rtol: float = 1e-6,
    *,
    x0: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """What `device` does under `protocol`.

    States are integrated adaptively with the local error per step below `rtol` (states are of order one), projected on
    the bounds of their box; in compliance the terminal voltage solves i(v) = i_max. So every sample obeys the model.
    The noise of a model adds to its recorded current: white noise as its mean over the `width` of a Read, else over the
    time since the sample before (0: none); 1/f and telegraph noise as they stand at that instant.

    Args:
        device: a Device, its parameters scalars or leading axes of a population; or the name or file of one.
        protocol: a tuple of steps (`pinched.protocols`).
        env: surroundings where the protocol does not set them; default 25 °C, dark.
        seed: of the noise, diffusion and jumps of stochastic models; every device of a population draws its own.
        save: "every" sample that the protocol's steps record, as a waveform; "reads", one sample per reading, with its
            conductance; "final", the end alone; or times in s. "auto": "reads" where the protocol reads, else "every".
        rtol: tolerance of the local error of a state; attrs["state_error"] tells what it added up to.
        x0: initial state by name, default the device's own rest state.

    Returns:
        A Dataset (population axes lead `sample`): `voltage` (V, at the terminals), `current` (A), `state_<name>` (1);
        `conductance` (S) and `read_voltage` for readings; `flag` where a compliance was set; `temperature` (K), `light`
        (W/m²) where the protocol sets them.

    Raises:
        PinchedError: for a bad protocol, state or time, and where the integration fails, with what to try.
    """  # fmt: skip
    device = _device(device)
    if not 1e-13 <= rtol <= 1e-2:
        raise PinchedError(f"run: rtol = {rtol}; choose it between 1e-13 and 1e-2.")
    env = env or Environment()
    pieces = unfold(protocol)
    if isinstance(save, str) and save == "auto":
        save = "reads" if any(p.read for p in pieces) else "every"
    samples = _Samples(pieces, save)
    width = 1 if device.diffusion else WIDTH if len(samples.at) > 4 * len(pieces) else 4
    blocks, at = _blocks(pieces, samples, width, events=device.jump is not None)
    keys = _keys(device, seed)
    result = _integrate(device, env, blocks, at, _start(device, x0), rtol, width, keys)
    _refuse_failure(result, device, blocks, rtol)
    noise = _noise(device, env, pieces, samples, result, keys) if device.noise else 0.0
    return _dataset(device, env, pieces, samples, result, noise, isinstance(save, str) and save == "reads", {
        "model": type(device).__name__, "parameter_hash": parameter_hash(device), "protocol": describe(protocol),
        "solver": SOLVER, "rtol": float(rtol), "seed": int(seed), "versions": _versions(),
        "state_error": float(np.max(np.asarray(result.error))), "steps": int(result.steps),
    })  # fmt: skip


def trajectory(device: Device, t, v, i_max, env: Environment, x0: Mapping[str, Any], *, rtol=1e-6, atol=None):
    """States, terminal voltage and current under a piecewise-linear source; pure, for use under jit and vmap.

    Args:
        device, env: leaves broadcast to the population, which has the shape of the arrays in `x0`.
        t, v: (samples,) time in s, not decreasing, and source voltage in V.
        i_max: compliance in A, a scalar or (samples,): that of the interval which ends at the sample.
        x0: states at t[0], name -> (population).
        rtol, atol: local error per step, relative and absolute (default: `rtol`).

    Returns:
        (x, v_terminal, i): a dict of arrays and two arrays, each (population, samples); NaN from where the integration
        failed on.
    """
    t, v = jnp.asarray(t), jnp.asarray(v)
    names = tuple(device.state())
    limited = isinstance(i_max, jax.core.Tracer) or bool(np.any(np.isfinite(i_max)))
    before = jnp.concatenate([v[:1], v[:-1]])
    duration = jnp.concatenate([jnp.zeros(1, t.dtype), jnp.diff(t)])
    coefficients = jnp.stack([(before + v) / 2, v - before], axis=1)
    count = len(t)
    blocks = Blocks(duration, coefficients, jnp.broadcast_to(jnp.asarray(i_max, v.dtype), count), jnp.arange(count), {})
    shape = np.broadcast_shapes(device.population, *(np.shape(x) for x in x0.values()))
    start = jnp.zeros((len(names), *shape), v.dtype)
    for k, name in enumerate(names):
        start = start.at[k].set(x0[name])
    atol = jnp.asarray(rtol if atol is None else atol, v.dtype)
    rtol = jnp.asarray(rtol, v.dtype)
    r = integrate(device, env, blocks, duration, count, start, rtol, atol, BUDGET, width=1, limited=limited)
    done = (jnp.arange(count) < r.block) & ~jnp.any(r.stuck)
    x, v, i = (
        jnp.moveaxis(jnp.where(done.reshape(-1, *[1] * (a.ndim - 1)), a[:count], jnp.nan), 0, -1)
        for a in (r.x, r.v, r.i)
    )
    return dict(zip(names, x, strict=True)), v, i


class _Samples:
    """Which samples are recorded: their piece, time within it and time since the start."""

    def __init__(self, pieces: list[Piece], save: Save | Any):
        durations = np.array([p.duration for p in pieces])
        starts = np.concatenate([[0.0], np.cumsum(durations)])
        if isinstance(save, str):
            self.piece, self.at = self._named(pieces, save)
        else:
            self.piece, self.at = self._times(starts, np.asarray(save, float).ravel())
        self.time = starts[self.piece] + self.at

    @staticmethod
    def _named(pieces: list[Piece], save: str) -> tuple[np.ndarray, np.ndarray]:
        if save == "final":
            return np.array([len(pieces) - 1]), np.array([pieces[-1].duration])
        if save not in ("every", "reads"):
            raise PinchedError(f'run: save = {save!r}; choose "auto", "every", "reads", "final" or times in s.')
        ats = [p.at if save == "every" or p.read else p.at[:0] for p in pieces]
        if save == "every" and not pieces[0].read:
            ats[0] = np.concatenate([[0.0], ats[0]])
        piece = np.repeat(np.arange(len(pieces)), [len(at) for at in ats])
        if not len(piece):
            raise PinchedError(
                f'run: the protocol records nothing with save = {save!r}; use save = "final" or times in s.'
            )
        return piece, np.concatenate(ats)

    @staticmethod
    def _times(starts: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        slack = 1e-9 * starts[-1]
        if not len(times) or not np.all((times >= 0) & (times <= starts[-1] + slack)) or np.any(np.diff(times) < 0):
            raise PinchedError(f"run: save times must increase within the protocol's 0 … {starts[-1]:g} s.")
        piece = np.clip(np.searchsorted(starts, times, side="left") - 1, 0, len(starts) - 2)
        return piece, np.clip(times - starts[piece], 0, np.diff(starts)[piece])


def _blocks(pieces: list[Piece], samples: _Samples, width: int, *, events: bool = False) -> tuple[Blocks, np.ndarray]:
    """Blocks of at most `width` samples and an eighth of a period, and each sample's time within its block.

    With `events` they are cut where the voltage crosses zero, too, and know their crossings and beginnings of steps.
    """
    bounds = np.searchsorted(samples.piece, np.arange(len(pieces) + 1))
    owner, begin, end, first = [], [], [], []
    at = samples.at.copy()
    for k, piece in enumerate(pieces):
        own = at[bounds[k] : bounds[k + 1]]
        cuts = [piece.duration, *own[width - 1 :: width]]
        if piece.amplitude:
            cuts.extend(np.arange(1, math.ceil(8 * piece.duration * piece.frequency)) / (8 * piece.frequency))
        edges = np.array([0.0, *sorted(set(cuts) - {0.0})]) if len(cuts) > 1 else np.array([0.0, piece.duration])
        if events:
            edges = np.union1d(edges, _zeros(piece, edges))
        block = np.maximum(np.searchsorted(edges, own, side="left") - 1, 0)
        owner += [k] * (len(edges) - 1)
        begin.append(edges[:-1])
        end.append(edges[1:])
        first.append(bounds[k] + np.searchsorted(block, np.arange(len(edges) - 1)))
        own -= edges[block]
    begin, end = np.concatenate(begin), np.concatenate(end)
    column = {
        name: np.array([getattr(p, name) for p in pieces], float)[owner]
        for name in ("duration", "v0", "v1", "amplitude", "frequency")
    }
    middle, length = (begin + end) / 2, end - begin
    slope = (column["v1"] - column["v0"]) / np.where(column["duration"] > 0, column["duration"], 1.0)
    omega = 2 * np.pi * column["frequency"] * (column["amplitude"] != 0)
    short = np.max(omega * length) < 0.12  # where degree 7 is exact to 4e-15
    powers = np.arange(1 + (DEGREES[1 if short else 2] if np.any(omega) else DEGREES[0]))
    derivative = np.sin((omega * middle)[:, None] + powers * np.pi / 2)
    voltage = (
        column["amplitude"][:, None]
        * derivative
        * (omega * length)[:, None] ** powers
        / [math.factorial(k) for k in powers]
    )
    voltage[:, 0] += column["v0"] + slope * middle
    voltage[:, 1] += slope * length
    changes = {name: np.array([_value(p, name) for p in pieces])[owner] for name in ENVIRONMENT}
    changes = {name: values for name, values in changes.items() if np.any(np.isfinite(values))}
    i_max = np.array([p.step.i_max for p in pieces])[owner]
    happenings = _events(pieces, np.asarray(owner), length, voltage[:, 0]) if events else ()
    return Blocks(length, voltage, i_max, np.concatenate(first), changes, *happenings), at


def _zeros(piece: Piece, edges: np.ndarray) -> np.ndarray:
    """Where the voltage of `piece` changes sign between two `edges`, by bisection."""

    def sign(t):
        v = piece.v0 + (piece.v1 - piece.v0) * t / (piece.duration or 1.0)
        return np.sign(v + piece.amplitude * np.sin(2 * np.pi * piece.frequency * t))

    low, high = edges[:-1], edges[1:]
    crosses = sign(low) * sign(high) < 0
    low, high = low[crosses], high[crosses]
    start = sign(low)
    for _ in range(60):
        middle = (low + high) / 2
        before = sign(middle) == start
        low, high = np.where(before, middle, low), np.where(before, high, middle)
    return high


def _events(pieces: list[Piece], owner: np.ndarray, length: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(crossing, begins) of blocks that lie in the pieces `owner` and have the voltage `v` in their middle."""
    sign = np.sign(np.where((length > 0) & (np.abs(v) > 1e-12 * np.max(np.abs(v))), v, 0.0))
    latest = np.maximum.accumulate(np.where(sign != 0, np.arange(len(sign)), -1))  # block of the last voltage
    before = np.concatenate([[0.0], np.where(latest >= 0, sign[latest], 0.0)[:-1]])
    crossing = np.where(sign * before < 0, sign, 0.0)

    def same_step(p, q):  # a waveform of samples is one step of many pieces
        return isinstance(p.step, Samples) and p.step is q.step and (p.cycle, p.number) == (q.cycle, q.number)

    new = np.array([True] + [not same_step(p, q) for p, q in itertools.pairwise(pieces)])
    begins = new[owner] & (np.diff(owner, prepend=-1) != 0) & (length > 0)
    return crossing, begins


def _value(piece: Piece, name: str) -> float:
    value = getattr(piece.step, name)
    return math.nan if value is None else float(value)


def _padded(array: np.ndarray) -> np.ndarray:
    """`array` with its first axis at one of few lengths, so that protocols of like size share one compilation."""
    size = len(array)
    grain = max(1024, 1 << max(size.bit_length() - 3, 0))
    return np.concatenate([array, np.repeat(array[-1:], -size % grain, axis=0)])


def _integrate(
    device: Device, env: Environment, blocks: Blocks, at: np.ndarray, x0: np.ndarray, rtol: float, width: int, keys=None
) -> Result:
    count = len(blocks.duration)
    limited = bool(np.any(np.isfinite(blocks.i_max)))
    tolerance = np.asarray(rtol)
    padded = jax.tree.map(_padded, blocks)
    return integrate(device, env, padded, _padded(at), np.asarray(count), x0, tolerance, tolerance, np.asarray(BUDGET),
                     keys, width=width, limited=limited)  # fmt: skip


def _keys(device: Device, seed: int):
    """A JAX key for every device, from its index alone; None for a deterministic model."""
    if not (device.jump or device.diffusion or device.noise):
        return None
    shape = device.population
    return each(functools.partial(jax.random.fold_in, jax.random.key(seed)), shape)(
        np.arange(math.prod(shape), dtype=np.uint32).reshape(shape)
    )


def _noise(
    device: Device, env: Environment, pieces: list[Piece], samples: _Samples, result: Result, keys
) -> np.ndarray:
    """What the current of every sample fluctuates by, (samples, ...), A."""
    size = len(samples.time)
    across = [1] * len(device.population)
    here = {}
    for name in ENVIRONMENT:
        values = np.array([_value(p, name) for p in pieces])[samples.piece].reshape(-1, *across)
        if np.any(np.isfinite(values)):
            here[name] = np.where(np.isnan(values), getattr(env, name), values)
    since = np.diff(samples.time, prepend=np.nan)
    since[0] = since[1] if size > 1 else 0.0
    reading = np.array([getattr(p.step, "width", 0.0) if p.read else 0.0 for p in pieces])[samples.piece]
    x, v, i = (np.asarray(a)[:size] for a in (result.x, result.v, result.i))
    states = {name: x[:, k] for k, name in enumerate(device.state())}
    return np.asarray(
        fluctuation(
            device,
            env.replace(**here),
            v,
            i,
            states,
            samples.time,
            np.where(reading > 0, reading, since),
            fold(keys, 2**32 - 1),
        )
    )


def _device(device: Device | str) -> Device:
    if isinstance(device, Device):
        return device
    if isinstance(device, str) or hasattr(device, "__fspath__"):
        from pinched.devices import device as by_name

        return by_name(device)
    raise PinchedError(f"run: {device!r} is no device; pass a Device, the name of a published one or a .toml file.")


def _start(device: Device, x0: Mapping[str, Any] | None) -> np.ndarray:
    """Initial states (states, population), checked against their boxes."""
    states, shape = device.state(), device.population
    given = {**device.rest(), **(x0 or {})}
    if unknown := set(given) - set(states):
        raise PinchedError(
            f"run: {type(device).__name__} has no state {sorted(unknown)[0]!r}; it has {', '.join(states) or 'none'}."
        )
    for name, (_, lo, hi) in states.items():
        value = np.asarray(given[name], float)
        if not np.all((value >= np.asarray(lo)) & (value <= np.asarray(hi))):
            raise PinchedError(
                f"run: initial state {name} = {given[name]} of {type(device).__name__} is outside {lo} … {hi}."
            )
    return (
        np.stack([np.broadcast_to(np.asarray(given[name], float), shape) for name in states])
        if states
        else np.zeros((0, *shape))
    )


def _refuse_failure(result: Result, device: Device, blocks: Blocks, rtol: float) -> None:
    block, stuck = int(result.block), np.asarray(result.stuck)
    if block == len(blocks.duration) and not stuck.any():
        return
    reached = f"t = {blocks.duration[:block].sum():.6g} s"
    if stuck.any():
        which = f" device {np.argwhere(stuck)[0].tolist()} of the population" if stuck.ndim else ""
        raise PinchedError(
            f"run: the step size of {type(device).__name__}{which} collapsed after {reached}: its rates there "
            "are not finite or jump; set a compliance (i_max), add a series resistance, or loosen rtol."
        )
    raise PinchedError(
        f"run: {BUDGET} steps brought {type(device).__name__} only to {reached} at rtol = {rtol:g}; "
        "loosen rtol, or shorten the protocol."
    )


def _dataset(device: Device, env: Environment, pieces: list[Piece], samples: _Samples, result: Result, noise: Any,
             reads: bool, attrs: dict[str, Any]) -> xr.Dataset:  # fmt: skip
    size = len(samples.piece)

    def of(name: str, source: list = pieces) -> np.ndarray:
        return np.array([getattr(p, name) for p in source])[samples.piece]

    x, v, i = (np.moveaxis(np.asarray(a)[:size], 0, -1) for a in (result.x, result.v, result.i))
    noisy = i + np.moveaxis(np.asarray(noise), 0, -1) if np.ndim(noise) else i
    variables: dict[str, Any] = {"voltage": v, "current": noisy}
    coords: dict[str, Any] = {"kind": of("kind")}
    if reads:
        coords["pulse"] = of("pulse")
        variables = {"conductance": noisy / v, "current": noisy, "read_voltage": of("v1")}
        variables |= {name: of(name) for name in ("pulse_voltage", "pulse_width")}
    else:
        coords["kind"] = np.where(coords["kind"] == "sweep", "sweep", "trace")
    variables |= {f"state_{name}": value for name, value in zip(device.state(), x, strict=True)}
    for name in ("temperature", "light"):
        values = np.array([_value(p, name) for p in pieces])
        if not np.all(np.isnan(values)):
            values = values[samples.piece]
            variables[name] = np.where(np.isnan(values), np.asarray(getattr(env, name))[..., None], values)
    i_max = of("i_max", [p.step for p in pieces])
    if np.any(np.isfinite(i_max)):
        limited = np.abs(i) >= i_max * (1 - 1e-9)
        variables["flag"] = np.where(limited, int(Flag.COMPLIANCE), 0)
        if np.any(limited):
            attrs["compliance"] = float(i_max[np.isfinite(i_max)].min())
    return make_dataset(
        variables,
        origin="simulated",
        time=samples.time,
        cycle=of("cycle"),
        step=of("number"),
        attrs=attrs,
        **coords,
    )


def parameter_hash(device: Device) -> str:
    """16 hexadecimal digits that change with the class of a device, its options and any parameter."""
    leaves, structure = jax.tree.flatten(device)
    digest = hashlib.sha256(f"{type(device).__qualname__} {structure}".encode())
    for leaf in leaves:
        digest.update(np.asarray(leaf, np.float64).tobytes())
    return digest.hexdigest()[:16]


@functools.cache
def _versions() -> str:
    return json.dumps({name: importlib.metadata.version(name) for name in ("pinched", "jax", "numpy")})
