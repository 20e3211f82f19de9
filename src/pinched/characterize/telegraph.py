"""Random telegraph noise and the spectrum of a current at rest."""

import dataclasses

import numpy as np
import xarray as xr

from pinched.characterize.samples import long
from pinched.core import Quantity

APART = 2.0  # of the standard deviation within a level, by which the two levels of a telegraph must differ
FEW = 5  # transitions in a record below which no mean time is stated


@dataclasses.dataclass(frozen=True)
class Telegraph:
    """A record split into two levels.

    Attributes:
        t, i: time (s) and current (A).
        low, high: mean current of the two levels, A.
        up: whether each sample is on the high level.
        tau_low, tau_high: mean time on each level, s; NaN with fewer than five transitions.
        transitions: how many.
    """

    t: np.ndarray
    i: np.ndarray
    low: float
    high: float
    up: np.ndarray
    tau_low: float
    tau_high: float
    transitions: int


def telegraph(ds: xr.Dataset) -> Telegraph | None:
    """The two levels of the current by two means, with a threshold that noise does not cross twice; None without two.

    The mean times come from the share of time on each level over the number of transitions away from it, as of a
    two-state Markov process: tau_high = T_high / transitions down.
    """
    rows = long(ds, "trace")
    t, i = rows["time"].to_numpy(), rows["current"].to_numpy()
    if i.size < 32 or np.ptp(i) == 0:
        return None
    low, high = np.quantile(i, [0.05, 0.95])
    near = i > (low + high) / 2
    for _ in range(50):
        if not near.any() or near.all():
            return None
        low, high = float(i[~near].mean()), float(i[near].mean())
        near = i > (low + high) / 2
    within = float(np.sqrt((i[near].var() * near.sum() + i[~near].var() * (~near).sum()) / i.size))
    if high - low < 2 * APART * within:  # two halves of one Gauss curve are 1.6 σ / 0.6 σ = 2.6 apart
        return None
    up = _hysteresis(i, low + (high - low) / 3, high - (high - low) / 3)
    step = np.diff(up.astype(int))
    downs, ups = int((step < 0).sum()), int((step > 0).sum())
    dt = float(np.median(np.diff(t)))
    many = downs + ups >= FEW
    return Telegraph(
        t, i, low, high, up,
        tau_low=float((~up).sum() * dt / ups) if many and ups else np.nan,
        tau_high=float(up.sum() * dt / downs) if many and downs else np.nan,
        transitions=downs + ups,
    )  # fmt: skip


def _hysteresis(i: np.ndarray, low: float, high: float) -> np.ndarray:
    """True from where `i` exceeds `high` until it falls below `low`."""
    sure = np.where(i > high, 1, np.where(i < low, 0, -1))
    known = np.flatnonzero(sure >= 0)
    last = known[np.maximum(np.searchsorted(known, np.arange(i.size), side="right") - 1, 0)]
    return sure[last] == 1


def spectrum(ds: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """(frequency in Hz, one-sided density of the current in A²/Hz) by Welch's method."""
    from scipy.signal import welch

    rows = long(ds, "trace")
    t, i = rows["time"].to_numpy(), rows["current"].to_numpy()
    f, power = welch(i, 1 / float(np.median(np.diff(t))), nperseg=min(1024, i.size), detrend="linear")
    return f[1:], power[1:]


def telegraph_metrics(ds: xr.Dataset) -> dict[str, Quantity]:
    """Relative noise, amplitude and mean times of the telegraph, and the exponent of the spectrum."""
    rows = long(ds, "trace")
    i = rows["current"].to_numpy()
    n = i.size
    found = {
        "noise": Quantity(float(i.std() / abs(i.mean())), "1", "derived", n=n, label="Noise over mean current"),
    }
    two = telegraph(ds)
    if two is None:
        found["rtn_amplitude"] = Quantity(
            np.nan,
            "1",
            "derived",
            n=n,
            label="Telegraph amplitude over mean current",
            note="no two levels in the record",
        )
    else:
        note = f"{two.transitions} transitions in {two.t[-1] - two.t[0]:.3g} s"
        found["rtn_amplitude"] = Quantity(
            (two.high - two.low) / abs(float(i.mean())), "1", "derived", n=n,
            label="Telegraph amplitude over mean current", note=note,
        )  # fmt: skip
        for name, value in (("low", two.tau_low), ("high", two.tau_high)):
            half = 1.96 * value / np.sqrt(max(two.transitions / 2, 1))
            found[f"tau_{name}"] = Quantity(
                value, "s", "derived", max(value - half, 0.0), value + half, "95 % of the number of transitions",
                two.transitions, f"Mean time on the {name} level", note,
            )  # fmt: skip
    f, power = spectrum(ds)
    use = power > 0
    if use.sum() > 8:
        slope = float(np.polyfit(np.log10(f[use]), np.log10(power[use]), 1)[0])
        found["noise_exponent"] = Quantity(
            -slope, "1", "fitted", n=int(use.sum()), label="Exponent α of a 1/f^α spectrum", note="Welch's method"
        )
    return found
