"""The virtual lab: what a source-meter would record of a published device, spread and noise included."""

import os

import numpy as np
import xarray as xr

from pinched.core import PinchedError, make_dataset, params

CYCLES = 20
SPREAD = 0.01  # std over mean of every parameter from cycle to cycle, assumed; 1 to 5 % is usual for mature oxides
NOISE = 0.01  # of the current from sample to sample, assumed
FLOOR = 1e-12  # A, resolution of the ammeter, as of a common source-measure unit
RATE = 1.0  # V/s
AMPLITUDES = (0.5, 1.0, 1.5, 2.0, 3.0, 5.0)  # V, tried until the loop opens both ways
COMPLIANCES = (1e-4, 1e-3, 1e-2, np.inf)  # A on the SET side, tried from the gentlest
FIXED = ("eta", "x0", "p")  # a sign, a first state, an exponent: not what differs from cycle to cycle


def measure(source: str | os.PathLike, seed: int = 0, cycles: int = CYCLES) -> tuple[xr.Dataset, str]:
    """Sweep a published device or device.toml as a lab would.

    Returns:
        A Dataset of `cycles` loops, origin "simulated", and one sentence on what was assumed.

    Raises:
        PinchedError: for a device that does not exist, or that no voltage up to 5 V switches.
    """
    from pinched.devices import device

    one = device(source)
    sweep, volts, limit = protocol(one)
    ds = loops(one, sweep, seed, cycles)
    limited = f" under {limit:g} A compliance" if np.isfinite(limit) else ""
    remark = (
        f"Simulated, not measured: the virtual lab swept {os.fspath(source)} to ±{volts:g} V at {RATE:g} V/s{limited}, with an assumed "
        f"spread of {100 * SPREAD:g} % in every parameter from cycle to cycle and {100 * NOISE:g} % current noise."
    )
    ds.attrs |= {"model": type(one).__name__, "assumptions": remark, "seed": seed, "sweep_rate": RATE}
    if np.isfinite(limit):
        ds.attrs["compliance"] = limit
    return ds, remark


def protocol(one):
    """(sweep, amplitude in V, compliance in A on the SET side) at the lowest of both that switch the device each way."""
    from pinched.characterize.loops import loop_features
    from pinched.experiments import protocols
    from pinched.experiments.engine import run

    for limit in COMPLIANCES:
        for volts in AMPLITUDES:
            sign = -1.0 if float(np.mean(getattr(one, "eta", 1.0))) < 0 else 1.0
            sweep = protocols.sweep(sign * volts, -sign * volts, rate=RATE, i_max=limit, i_max_second=np.inf)
            features = loop_features(run(one, sweep))
            if features[["v_set", "v_reset"]].notna().all(axis=None):
                return sweep, volts, limit
    raise PinchedError(f"{type(one).__name__} does not switch both ways up to {AMPLITUDES[-1]:g} V at {RATE:g} V/s.")


def loops(one, sweep, seed: int, cycles: int) -> xr.Dataset:
    """`cycles` loops of devices that differ a little, as one record of one device."""
    from pinched.experiments.engine import run

    many = one.sample(seed, cycles, {name: SPREAD for name in params(type(one)) if name not in FIXED})
    ds = run(many, sweep, seed=seed)
    n = ds.sizes["sample"]
    rng = np.random.default_rng(seed)
    current = np.asarray(ds["current"])
    current = current * (1 + NOISE * rng.standard_normal(current.shape)) + FLOOR * rng.standard_normal(current.shape)
    time = np.arange(cycles)[:, None] * ds["time"].values[-1] + ds["time"].values
    variables = {"voltage": np.broadcast_to(ds["voltage"], current.shape).ravel(), "current": current.ravel()}
    if "flag" in ds:
        variables["flag"] = np.broadcast_to(ds["flag"], current.shape).ravel()
    return make_dataset(variables, origin="simulated", cycle=np.repeat(np.arange(cycles), n), time=time.ravel())
