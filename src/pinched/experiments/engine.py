"""Run a protocol on a device: `run` for a Dataset, `trajectory` for arrays inside other code."""

import functools
import hashlib
import importlib.metadata
import json
import math
from collections.abc import Mapping
from typing import Any

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
import xarray as xr

from pinched.core import Flag, PinchedError, make_dataset, verb
from pinched.devices.base import Device, Environment
from pinched.experiments.blocks import ENVIRONMENT, Recorded, Save, cut, value
from pinched.experiments.controllers import Controller, Programmed, program
from pinched.experiments.integrate import Blocks, Result, check_completed, each, fold, integrate
from pinched.experiments.noise import NOISE, fluctuation
from pinched.experiments.population import SMALL, integrate_population
from pinched.experiments.protocols import Piece, Protocol, Read, describe, unfold

WIDTH = 16  # samples of a block: few enough to be interpolated at every step, many enough for a step to span
BUDGET = 1_000_000  # trial steps before a run gives up
SOLVER = "Rodas5P (doi:10.1007/s10543-023-00967-x), adaptive per device"


@verb
def run(
    device: Device | str,
    protocol: Protocol | Controller,
    env: Environment | None = None,
    seed: int = 0,
    save: Save | Any = "auto",
    rtol: float = 1e-6,
    *,
    x0: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """What `device` does under `protocol`, or programmed by a controller.

    States are integrated adaptively with the local error per step below `rtol` (states are of order one), projected on
    the bounds of their box; in compliance the terminal voltage solves i(v) = i_max. So every sample obeys the model.
    The noise of a model adds to its recorded current: white noise as its mean over the `width` of a Read, else over the
    time since the sample before (0: none); 1/f and telegraph noise as they stand at that instant.

    Args:
        device: a Device, its parameters scalars or leading axes of a population; or the name or file of one.
        protocol: a tuple of steps (`pinched.protocols`), or a controller (`pinched.experiments.controllers`), which
            sees each reading before it says the next pulse; then there is one sample a reading.
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
    env, start, keys = env or Environment(), _start(device, x0), _keys(device, seed)
    attrs = {
        "model": type(device).__name__, "parameter_hash": parameter_hash(device), "solver": SOLVER,
        "rtol": float(rtol), "seed": int(seed), "versions": _versions(),
    }  # fmt: skip
    if callable(protocol):
        with np.printoptions(threshold=8):
            attrs["protocol"] = str(protocol)
        return _programmed(device, program(device, env, protocol, start, rtol, keys), attrs)
    pieces = unfold(protocol)
    if isinstance(save, str) and save == "auto":
        save = "reads" if any(p.read for p in pieces) else "every"
    samples = Recorded(pieces, save)
    width = WIDTH if len(samples.at) > 4 * len(pieces) else 4
    blocks, at = cut(pieces, samples, width, events=bool(device.jump), every=bool(device.diffusion))
    result = _integrate(device, env, blocks, at, start, rtol, width, keys)
    check_completed(result, device, blocks.duration, rtol, BUDGET)
    noise = _noise(device, env, pieces, samples, result, keys) if device.noise else 0.0
    attrs |= {
        "protocol": describe(protocol), "state_error": float(np.max(result.error)), "steps": int(result.steps),
    }  # fmt: skip
    return _dataset(device, env, pieces, samples, result, noise, isinstance(save, str) and save == "reads", attrs)


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


def _padded(array: np.ndarray, least: int = 1024) -> np.ndarray:
    """`array` with its first axis at one of few lengths, so that protocols of like size share one compilation."""
    size = len(array)
    grain = max(least, 1 << max(size.bit_length() - 3, 0))
    return np.concatenate([array, np.repeat(array[-1:], -size % grain, axis=0)])


def _integrate(
    device: Device, env: Environment, blocks: Blocks, at: np.ndarray, x0: np.ndarray, rtol: float, width: int, keys=None
) -> Result:
    count = len(blocks.duration)
    limited = bool(np.any(np.isfinite(blocks.i_max)))
    tolerance = np.asarray(rtol)
    padded = jax.tree.map(_padded, blocks)
    at = _padded(at, 1024 if math.prod(device.population) < SMALL else 128)  # every device has its own samples
    return integrate_population(device, env, padded, at, np.asarray(count), x0, tolerance, tolerance,
                                np.asarray(BUDGET), keys, width=width, limited=limited)  # fmt: skip


def _keys(device: Device, seed: int):
    """A JAX key for every device, from its index alone; None for a deterministic model."""
    if not (device.jump or device.diffusion or device.noise):
        return None
    shape = device.population
    return each(functools.partial(jax.random.fold_in, jax.random.key(seed)), shape)(
        np.arange(math.prod(shape), dtype=np.uint32).reshape(shape)
    )


def _noise(device: Device, env: Environment, pieces: list[Piece], samples: Recorded, result: Result, keys) -> Any:
    """What the current of every sample fluctuates by, (samples, ...), A."""
    size = len(samples.time)
    here = {}
    for name in ENVIRONMENT:
        values = np.array([value(p, name) for p in pieces])[samples.piece]
        if np.any(np.isfinite(values)):
            values = values.reshape(-1, *[1] * len(device.population))
            here[name] = np.where(np.isnan(values), getattr(env, name), values)
    since = np.diff(samples.time, prepend=2 * samples.time[0] - samples.time[min(1, size - 1)])
    reading = np.array([p.step.width if isinstance(p.step, Read) else 0.0 for p in pieces])[samples.piece]
    x, v, i = (a[:size] for a in (result.x, result.v, result.i))
    states = {name: x[:, k] for k, name in enumerate(device.state())}
    width = np.where(reading > 0, reading, since)
    return fluctuation(device, env.replace(**here), v, i, states, since, width, fold(keys, NOISE))[1]


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


def _dataset(device: Device, env: Environment, pieces: list[Piece], samples: Recorded, result: Result, noise: Any,
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
        values = np.array([value(p, name) for p in pieces])
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


def _programmed(device: Device, done: Programmed, attrs: dict[str, Any]) -> xr.Dataset:
    """The readings of a closed loop."""
    x, g, i, voltage, width = (np.moveaxis(a, 0, -1) for a in (done.x, done.g, done.i, done.voltage, done.width))
    variables = {"conductance": g, "current": i, "pulse_voltage": voltage, "pulse_width": width,
                 "read_voltage": np.full(len(done.time), done.read_voltage)}  # fmt: skip
    variables |= {f"state_{name}": values for name, values in zip(device.state(), x, strict=True)}
    attrs |= {"state_error": float(np.max(done.error)), "steps": done.steps}
    return make_dataset(variables, origin="simulated", kind="program", time=done.time, pulse=np.arange(len(done.time)),
                        cycle=0, attrs=attrs)  # fmt: skip


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
