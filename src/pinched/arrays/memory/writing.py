"""Ways to write levels into a device: compliance, SET current, stop voltage, write-verify, and counted channels."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from pinched.core import verb
from pinched.devices.base import Device, Environment
from pinched.devices.library import device as by_name
from pinched.devices.quantum_point_contact import QuantumPointContact
from pinched.experiments.controllers import READ, OpenLoop, WriteVerify
from pinched.experiments.engine import run
from pinched.experiments.protocols import Read


@dataclasses.dataclass(frozen=True)
class Written:
    """Cells after writing.

    Attributes:
        conductance: S, (levels, cells).
        pulses: that each of them took.
    """

    conductance: np.ndarray
    pulses: np.ndarray

    def separable(self, apart: float = 0.0) -> np.ndarray:
        """Whether each level stays clear of the next, (levels − 1,), from the lowest up.

        The gap between the nearest cells of the two, less `apart` standard deviations of either, is positive.
        """
        g = self.conductance[np.argsort(np.median(self.conductance, axis=1))]
        spread = apart * g.std(axis=1)
        return g[1:].min(axis=1) - spread[1:] > g[:-1].max(axis=1) + spread[:-1]


@verb
def write(
    device: Device | str,
    voltage,
    width,
    i_max=np.inf,
    *,
    cells: int = 1,
    spread: Mapping[str, Any] | None = None,
    x0: Mapping[str, Any] | None = None,
    read: Read = READ,
    env: Environment | None = None,
    seed: int = 0,
) -> Written:
    """One pulse a level, each on `cells` devices that differ by `spread`.

    By compliance: `i_max` is the array and `voltage` that of a SET. By SET current: the same with so high a voltage
    that the source never follows it, which makes it a current source. By stop voltage: `voltage` is the array, of the
    sign of a RESET, and `x0` the ON state.

    Args:
        device: any device, or the name of a published one.
        voltage, width, i_max: of the pulses, V, s and A; scalars or (levels,).
        cells, spread, seed: as of `Device.sample`; spread {} gives equal devices, which differ by their own noise.
        x0: states before the pulse, default those of a new device.
        read: how conductance is read.
        env: surroundings.
    """  # fmt: skip
    parts = np.broadcast_arrays(*(np.asarray(a, float)[..., None] for a in np.atleast_1d(voltage, width, i_max)))
    shape = (len(parts[0]), cells)
    v, seconds, limit = (np.broadcast_to(p, shape) for p in parts)
    population = _sample(device, shape, spread, seed)
    ds = run(population, OpenLoop(pulses=1, v_set=v, width=seconds, i_max=limit, read=read), env, seed, x0=x0)
    return Written(ds["conductance"].values[..., -1], np.ones(shape, int))


@verb
def write_verified(
    device: Device | str,
    targets,
    tolerance,
    v_set,
    v_reset,
    *,
    cells: int = 1,
    spread: Mapping[str, Any] | None = None,
    x0: Mapping[str, Any] | None = None,
    env: Environment | None = None,
    seed: int = 0,
    **options: Any,
) -> Written:
    """Levels by write-verify: `targets` (S, (levels,)) within `tolerance` (S), each on `cells` devices.

    Args:
        device, cells, spread, x0, env, seed: as of `write`.
        targets, tolerance, v_set, v_reset, options: as of `WriteVerify`.
    """  # fmt: skip
    targets = np.asarray(targets, float)[:, None]
    shape = (len(targets), cells)
    tolerance = np.broadcast_to(np.asarray(tolerance, float).reshape(-1, 1), (len(targets), 1))
    verify = WriteVerify(target=np.broadcast_to(targets, shape), tolerance=np.broadcast_to(tolerance, shape),
                         v_set=v_set, v_reset=v_reset, **options)  # fmt: skip
    ds = run(_sample(device, shape, spread, seed), verify, env, seed, x0=x0)
    pulses = np.sum(ds["pulse_width"].values > 0, axis=-1)
    return Written(ds["conductance"].values[..., -1], pulses)


@verb
def quantised(n: int, read_voltage: float = 0.1, contact: QuantumPointContact | None = None) -> np.ndarray:
    """Conductances in S of 1 … `n` channels of a point contact without a barrier, n · 2e²/h."""
    contact = contact or QuantumPointContact(phi=-5.0)
    counted = contact.replace(N=np.arange(1.0, n + 1))
    return np.asarray(counted.conductance(read_voltage, {}, Environment()))


def _sample(device, shape, spread, seed) -> Device:
    return (by_name(device) if isinstance(device, str) else device).sample(seed, shape, spread or {})
