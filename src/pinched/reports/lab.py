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
COMPLIANCES = (1e-3, 1e-5, np.inf)  # A on the SET side, in the order tried
WIDE = 10.0  # on/off ratio that ends the search
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
        f"Simulated, not measured: the virtual lab swept {os.fspath(source)} to ±{volts:g} V at {RATE:g} V/s{limited}, "
        f"with an assumed spread of {SPREAD:.0%} in every parameter from cycle to cycle and {NOISE:.0%} current noise."
    )
    ds.attrs |= {"model": type(one).__name__, "assumptions": remark, "seed": seed, "sweep_rate": RATE}
    if np.isfinite(limit):
        ds.attrs["compliance"] = limit
    return ds, remark


def protocol(one):
    """(two sweeps, amplitude in V, compliance in A on the SET side): the first wide loop, else the widest.

    Raises:
        PinchedError: where no amplitude switches the device both ways.
    """
    from pinched.characterize.loops import loop_features
    from pinched.experiments import protocols
    from pinched.experiments.engine import run

    sign, tried = set_sign(one), []
    for limit in COMPLIANCES:
        for volts in AMPLITUDES:
            sweep = protocols.sweep(sign * volts, -sign * volts, RATE, 2, i_max=limit, i_max_second=np.inf)
            second = loop_features(run(one, sweep)).iloc[-1]
            if np.isfinite(second["v_set"]) and np.isfinite(second["v_reset"]):
                tried.append((second["on_off"], (sweep, volts, limit)))
                if second["on_off"] > WIDE:
                    return tried[-1][1]
    if not tried:
        raise PinchedError(
            f"{type(one).__name__} does not switch both ways up to {AMPLITUDES[-1]:g} V at {RATE:g} V/s."
        )
    return max(tried, key=lambda pair: np.nan_to_num(pair[0]))[1]


def set_sign(one) -> float:
    """The sign of voltage that raises the conductance of the device from the middle of its states."""
    from pinched.devices import Environment

    env = Environment()
    x = {k: np.asarray((s.lo + s.hi) / 2, np.float64) for k, s in one.state().items()}
    gain = []
    for volts in (1.0, -1.0):
        moved = {k: x[k] + 1e-3 * np.sign(np.asarray(rate)) for k, rate in one.rates(volts, x, env).items()}
        gain.append(float(np.mean(np.abs(one.current(volts, moved, env)) - np.abs(one.current(volts, x, env)))))
    return 1.0 if gain[0] >= gain[1] else -1.0


def loops(one, sweep, seed: int, cycles: int) -> xr.Dataset:
    """The second loop of `cycles` devices that differ a little, as cycles of one device; the first only conditions."""
    from pinched.experiments.engine import run

    many = one.sample(seed, cycles, {name: SPREAD for name in params(type(one)) if name not in FIXED})
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
