"""How the devices of a population differ, as published or as told."""

import math
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr, ndtri

from pinched.core.errors import PinchedError, nearest
from pinched.core.params import params
from pinched.devices.base import Device, as_key

CUT = 3.0  # standard deviations, beyond which no device is drawn
KEPT = math.sqrt(1 - 2 * CUT * math.exp(-(CUT**2) / 2) / math.sqrt(2 * math.pi) / math.erf(CUT / math.sqrt(2)))
LAWS = ("normal", "lognormal")
NORMAL_UNITS = ("V", "eV", "J")  # energies and voltages are normal, what is positive by nature is lognormal


class Spread(NamedTuple):
    """The law of one parameter over devices: its standard deviation in the parameter's unit, and where it is cut."""

    sigma: float
    law: str = "lognormal"
    low: float = -math.inf
    high: float = math.inf


def cut_normal(key, shape=(), dtype=np.float64):
    """Normal numbers of mean 0 and standard deviation 1, none beyond three standard deviations of the uncut law."""
    return jax.random.truncated_normal(key, -CUT, CUT, shape, dtype) / KEPT


def lognormal(z, cv):
    """The factor of mean 1 and standard deviation `cv` that the normal number `z` stands for."""
    s2 = jnp.log1p(cv**2)
    return jnp.exp(jnp.sqrt(s2) * z - s2 / 2)


def sampled(device: Device, key, n, spread: Mapping[str, Any], correlation: Mapping[tuple[str, str], float]) -> Device:
    """`Device.sample`, which see."""
    shape = (n,) if isinstance(n, int) else tuple(n)
    if not spread:
        return jax.tree.map(lambda leaf: np.broadcast_to(leaf, shape), device)
    keys = jax.random.split(as_key(key), len(spread))
    z = np.stack([np.asarray(cut_normal(k, shape)) for k in keys])
    z = np.tensordot(_mixing(list(spread), correlation), z, 1)
    for (name, law), normal in zip(spread.items(), z, strict=True):
        device = _drawn(device, name.split("."), law, np.clip(normal, -CUT / KEPT, CUT / KEPT))
    return device


def _mixing(names: list[str], correlation: Mapping[tuple[str, str], float]) -> np.ndarray:
    """The matrix that makes independent normal numbers correlated."""
    matrix = np.eye(len(names))
    for pair, rho in correlation.items():
        for name in pair:
            if name not in names:
                raise PinchedError(f"A correlation names {name!r}, which is not spread{nearest(name, names)}.")
        a, b = map(names.index, pair)
        matrix[a, b] = matrix[b, a] = rho
    weights, vectors = np.linalg.eigh(matrix)
    if np.any(weights < -1e-9):
        raise PinchedError("The correlations contradict each other: their matrix is not positive definite.")
    return vectors * np.sqrt(np.maximum(weights, 0)) @ vectors.T if correlation else matrix


def _drawn(device, path, law, z):
    """`device` with the parameter at `path` drawn at the normal numbers `z`."""
    name, *deeper = path
    if deeper and isinstance(getattr(device, name, None), Device):
        return device.replace(**{name: _drawn(getattr(device, name), deeper, law, z)})
    declared = params(device)
    if name not in declared or deeper:
        raise PinchedError(
            f"{type(device).__name__} has no parameter {'.'.join(path)!r} to spread{nearest(name, declared)}."
        )
    mean, bounds = getattr(device, name), declared[name]
    if not isinstance(law, Spread):  # a number: standard deviation over mean
        law = Spread(law * np.abs(mean))
    value = np.clip(_at(law, mean, z, name), bounds.ge, bounds.le)
    return device.replace(**{name: value})


def _at(law: Spread, mean, z, name: str):
    """Values of the `law` around `mean` at the normal numbers `z`; a range cuts it without piling up at its ends."""
    if law.law not in LAWS:
        raise PinchedError(f"There is no law {law.law!r} to draw {name} from{nearest(law.law, LAWS)}.")
    normal = law.law == "normal"
    size = np.abs(np.where(mean == 0, 1.0, mean))
    width = law.sigma if normal else np.sqrt(np.log1p((law.sigma / size) ** 2))
    if math.isfinite(law.low) or math.isfinite(law.high):
        ends = np.sort([law.low, law.high] if normal or np.all(mean > 0) else [-law.high, -law.low])
        with np.errstate(divide="ignore", invalid="ignore"):
            ends = (ends - mean) / width if normal else np.log(np.maximum(ends, 0) / size) / width + width / 2
        below, above = ndtr(ends)
        z = ndtri(below + (above - below) * ndtr(z))
    return np.asarray(mean + width * z if normal else mean * np.exp(width * z - width**2 / 2))


def spread(name: str | os.PathLike) -> dict[str, Spread]:
    """How the devices of a published name or parameter file differ: parameter -> Spread, of every stated `sigma`.

    The law is the entry's own `law`, or else normal for voltages and energies and lognormal for all other units; the
    entry's `range` cuts it. In a file that a fit wrote, `sigma` is the spread over the cycles that were fitted.
    """
    from pinched.devices.library import provenance

    def law(entry):
        own = entry.get("law") or ("normal" if entry["unit"] in NORMAL_UNITS else "lognormal")
        return Spread(entry["sigma"], own, *entry.get("range", ()))

    return {key: law(entry) for key, entry in provenance(name).items() if "sigma" in entry}


def population(name: str | os.PathLike, n: int | tuple[int, ...], seed=0) -> Device:
    """`n` devices of a published name or parameter file that differ, and are correlated, as it states (see `spread`).

    Raises:
        PinchedError: where the file states no spread, or as `device`.
    """
    from pinched.devices.library import correlation, device

    if not (laws := spread(name)):
        raise PinchedError(f"{name} states no spread between its devices: use device(name).sample with one of yours.")
    return device(name).sample(seed, n, laws, correlation(name))
