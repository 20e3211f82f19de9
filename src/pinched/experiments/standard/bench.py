"""What every experiment stands on: a device on the chuck, its drive, and how runs become one Dataset."""

import dataclasses
import inspect
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from pinched.core import PinchedError, concat
from pinched.devices import Device, Environment
from pinched.experiments.drive import Drive, conducts
from pinched.experiments.engine import run
from pinched.experiments.protocols import Protocol, delayed


@dataclasses.dataclass(frozen=True)
class Experiment:
    """One experiment of the probe station.

    Attributes:
        name: what `probe` calls it.
        description: one line.
        conduct: (bench, **settings) -> Dataset.
    """

    name: str
    description: str
    conduct: Callable[..., xr.Dataset]

    @property
    def settings(self) -> dict[str, Any]:
        """Its own settings and their defaults; None follows from the device."""
        parameters = list(inspect.signature(self.conduct).parameters.values())[1:]
        return {p.name: p.default for p in parameters}

    @property
    def documentation(self) -> str:
        """What it does, its settings and the conventions of its Dataset."""
        return inspect.getdoc(self.conduct) or self.description


@dataclasses.dataclass(frozen=True)
class Bench:
    """A device under the needles.

    Attributes:
        device: a single one.
        drive: how to drive it.
        env: its surroundings.
        seed: of everything random; each record draws its own.
    """

    device: Device
    drive: Drive
    env: Environment
    seed: int = 0

    def run(
        self,
        protocol: Protocol,
        record: float | str = "0",
        step: int | None = None,
        x0: Mapping[str, float] | None = None,
        env: Environment | None = None,
        save: Any = "auto",
    ) -> xr.Dataset:
        """One run as one record.

        Args:
            protocol: what is done.
            record: its name, or the number that tells it from the other records of a series.
            step: what `step` shall say, None to keep the protocol's.
            x0: states at the start, default those of a new device.
            env: other surroundings.
            save: as in `engine.run`.
        """
        name = record if isinstance(record, str) else f"{record:.12g}"
        seed = zlib.crc32(f"{self.seed} {name} {step}".encode()) % 2**31
        protocol = delayed(protocol, self.drive.pause)
        ds = run(self.device, protocol, env or self.env, seed, save, x0=x0)
        size = ds.sizes["sample"]
        ds = ds.assign_coords(record=("sample", np.full(size, name), ds["record"].attrs))
        if step is not None:
            ds = ds.assign_coords(step=("sample", np.full(size, step), ds["step"].attrs))
        ds.attrs["seed"] = self.seed
        return ds

    def conducts(self, x: Mapping[str, float]) -> float:
        """Conductance in S at the read voltage in the states `x`."""
        return float(conducts(self.device, self.drive.read_voltage, x, self.env))

    def amplitude(self, up: bool) -> float:
        """Pulse amplitude in V that potentiates (`up`) or depresses."""
        return self.drive.v_up if up else self.drive.v_down

    def start(self, up: bool) -> Mapping[str, float]:
        """The state before potentiation (`up`: OFF) or depression (ON)."""
        return self.drive.off if up else self.drive.on


def series(make: Callable[..., xr.Dataset], cases: Iterable[Any], name: str, unit: str) -> xr.Dataset:
    """The records `make(case)` as one Dataset; `name` and `unit` say what the number in `record` is.

    A case that the model does not survive is left out, and attrs["failed"] says so.

    Raises:
        PinchedError: where all fail.
    """
    parts, failed = [], []
    for case in cases:
        try:
            parts.append(make(case))
        except PinchedError as error:
            failed.append(f"{name} {case if isinstance(case, float) else case[0]:g} {unit}: {error}")
    if not parts:
        raise PinchedError(failed[0] if failed else f"No {name} to measure at is left: give one other than 0.")
    joined = concat(parts)
    if failed:
        joined.attrs["failed"] = "\n".join(failed)
    if len(parts) > 1:
        joined.attrs["protocol"] = parts[0].attrs["protocol"]
        joined.attrs["steps"] = sum(int(part.attrs["steps"]) for part in parts)
        joined.attrs["state_error"] = max(float(part.attrs["state_error"]) for part in parts)
    joined.attrs |= {"series": name, "series_unit": unit}
    return joined


def numbers(value: Any, name: str) -> np.ndarray:
    """`value` as a sorted one-dimensional array of finite numbers.

    Raises:
        PinchedError: where it is anything else; `name` is what the user calls it.
    """
    try:
        array = np.unique(np.atleast_1d(np.asarray(value, float)))
    except (TypeError, ValueError):
        raise PinchedError(f"{name} = {value!r}: give a number or a list of numbers.") from None
    if array.ndim != 1 or not array.size or not np.all(np.isfinite(array)):
        raise PinchedError(f"{name} = {value!r}: give a number or a list of finite numbers.")
    return array
