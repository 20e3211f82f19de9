"""The virtual lab: what a source-meter would record of a published device, spread and noise included."""

import os

import numpy as np
import xarray as xr

from pinched.core import make_dataset
from pinched.devices.parameter_file import flat

CYCLES = 20
SPREAD = 0.01  # std over mean of every parameter from cycle to cycle, assumed; 1 to 5 % is usual for mature oxides
NOISE = 0.01  # of the current from sample to sample, assumed
FLOOR = 1e-12  # A, resolution of the ammeter, as of a common source-measure unit
FIXED = ("eta", "x0", "p")  # a sign, a first state, an exponent: not what differs from cycle to cycle


def measure(source: str | os.PathLike, seed: int = 0, cycles: int = CYCLES) -> tuple[xr.Dataset, str]:
    """Sweep a published device or device.toml as a lab would.

    Returns:
        A Dataset of `cycles` loops, origin "simulated", and one sentence on what was assumed.

    Raises:
        PinchedError: for a device that does not exist, or that no voltage switches.
    """
    from pinched.devices import device

    one = device(source)
    sweep, second, drive = protocol(source, one)
    ds = loops(one, sweep, seed, cycles)
    limit = min(drive.i_set, drive.i_reset)
    limited = f" under {limit:g} A compliance" if np.isfinite(limit) else ""
    remark = (
        f"Simulated, not measured: the virtual lab swept {os.fspath(source)} to {drive.v_set:g} and "
        f"{second:g} V at {drive.rate:g} V/s{limited} ({drive.source}), with an assumed spread of "
        f"{SPREAD:.0%} in every parameter from cycle to cycle and {NOISE:.0%} current noise."
    )
    ds.attrs |= {"model": type(one).__name__, "assumptions": remark, "seed": seed, "sweep_rate": drive.rate}
    if np.isfinite(limit):
        ds.attrs["compliance"] = limit
    return ds, remark


def protocol(source: str | os.PathLike, one):
    """(two sweeps, their second turning point in V, the drive): SET first, as the file says or as opens the loop.

    Raises:
        PinchedError: where no sweep up to 5 V switches the device.
    """
    from pinched.devices import describe
    from pinched.experiments import protocols
    from pinched.experiments.drive import find_drive

    drive = find_drive(one, describe(source))
    second = -drive.v_set if drive.volatile else drive.v_reset
    return protocols.sweep(drive.v_set, second, drive.rate, 2, drive.i_set, drive.i_reset), second, drive


def loops(one, sweep, seed: int, cycles: int) -> xr.Dataset:
    """The second loop of `cycles` devices that differ a little, as cycles of one device; the first only conditions."""
    from pinched.experiments.engine import run

    spread = {path: SPREAD for path, _, value in flat(one) if path.rpartition(".")[2] not in FIXED and value.size == 1}
    many = one.sample(seed, cycles, spread)
    ds = run(many, sweep, seed=seed)
    ds = ds.isel(sample=np.flatnonzero(ds["cycle"].values == 1))
    rng = np.random.default_rng(seed)
    current = np.asarray(ds["current"])
    flag = np.broadcast_to(ds["flag"], current.shape) if "flag" in ds else np.zeros(current.shape, int)
    wander = np.where(
        flag == 0, 1 + NOISE * rng.standard_normal(current.shape), 1.0
    )  # a source in compliance holds still
    current = current * wander + FLOOR * rng.standard_normal(current.shape)
    clock = ds["time"].values - ds["time"].values[0]
    time = np.arange(cycles)[:, None] * (clock[-1] + clock[1]) + clock
    volts = np.broadcast_to(ds["voltage"], current.shape)
    variables = {"voltage": volts.ravel(), "current": current.ravel(), "flag": flag.ravel()}
    cycle = np.repeat(np.arange(cycles), ds.sizes["sample"])
    return make_dataset(variables, origin="simulated", cycle=cycle, time=time.ravel())
