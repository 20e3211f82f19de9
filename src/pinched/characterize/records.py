"""Series of records: what tells them apart, and lines and decays through what they show."""

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pinched.characterize.samples import long
from pinched.core import PinchedError, Quantity

if TYPE_CHECKING:
    import pandas as pd


def series(ds: xr.Dataset, *kinds: str) -> "pd.DataFrame":
    """The samples of the given kinds as `samples.long`, with the number in `record` (SI) as the column `at`.

    Raises:
        PinchedError: where the records of `ds` are not told apart by numbers.
    """
    import pandas as pd

    rows = long(ds, *kinds)
    try:
        return rows.assign(at=pd.to_numeric(rows["record"]))
    except ValueError:
        raise PinchedError("The records of this Dataset are no series: their names are not numbers.") from None


def crossing(t: np.ndarray, y: np.ndarray, level: float) -> float:
    """The first t at which y crosses `level`, interpolated along log t; NaN where it never does."""
    y = np.asarray(y, float) - level
    at = np.flatnonzero((y[1:] * y[:-1] <= 0) & (y[1:] != y[:-1]))
    if not at.size:
        return math.nan
    k = int(at[0])
    part = y[k] / (y[k] - y[k + 1])
    return float(t[k] ** (1 - part) * t[k + 1] ** part) if t[k] > 0 else float(part * t[k + 1])


@dataclasses.dataclass(frozen=True)
class Line:
    """y = intercept + slope x by least squares, with the half-width of the slope's 95 % interval."""

    slope: float
    intercept: float
    half: float
    n: int
    r2: float

    def __call__(self, x):
        """y at x."""
        return self.intercept + self.slope * np.asarray(x)

    def quantity(self, scale: float, unit: str, label: str, note: str = "") -> Quantity:
        """The slope times `scale`."""
        value, half = scale * self.slope, abs(scale) * self.half
        said = f"{note}{', ' if note else ''}R² = {self.r2:.4f}"
        if not math.isfinite(half):
            return Quantity(value, unit, "fitted", n=self.n, label=label, note=said)
        return Quantity(
            value, unit, "fitted", value - half, value + half, "95 % of the regression", self.n, label, said
        )


def line(x, y) -> Line | None:
    """The regression line through the finite pairs; None with fewer than two different x."""
    from scipy.stats import t

    x, y = np.asarray(x, float), np.asarray(y, float)
    ok = np.isfinite(x) & np.isfinite(y)
    x, y = x[ok], y[ok]
    if x.size < 2 or np.ptp(x) == 0:
        return None
    dx, dy = x - x.mean(), y - y.mean()
    slope = float(dx @ dy / (dx @ dx))
    rss, total = float(np.sum((dy - slope * dx) ** 2)), float(dy @ dy)
    spare = x.size - 2
    half = float(t.ppf(0.975, spare)) * math.sqrt(rss / spare / (dx @ dx)) if spare else math.nan
    return Line(slope, float(y.mean() - slope * x.mean()), half, x.size, 1 - rss / total if total else 1.0)


@dataclasses.dataclass(frozen=True)
class Decay:
    """y(t) = end + (start − end) exp(−(t/tau)^beta), the stretched exponential of Kohlrausch.

    Attributes:
        start, end: in the unit of y.
        tau: s.
        beta: 1 is a plain exponential.
        residual: RMS of the fit as a part of |start − end|.
    """

    start: float
    end: float
    tau: float
    beta: float
    residual: float

    def __call__(self, t):
        """y at t."""
        return self.end + (self.start - self.end) * np.exp(-((np.asarray(t) / self.tau) ** self.beta))


def stretched(t, y) -> Decay | None:
    """The stretched exponential through y(t), t > 0; start and end in closed form for each (tau, beta).

    None where y changes by less than a ten-thousandth, has fewer than six samples, or has hardly begun to decay (a tau
    beyond five times the record is a guess).
    """
    from scipy.optimize import least_squares

    t, y = np.asarray(t, float), np.asarray(y, float)
    t, y = t[t > 0], y[t > 0]
    span = np.ptp(y) if y.size else 0.0
    if y.size < 6 or span <= 1e-4 * np.max(np.abs(y)):
        return None

    def ends(p):
        shape = np.exp(-((t / math.exp(p[0])) ** p[1]))
        columns = np.stack([shape, 1 - shape], axis=1)
        return columns, np.linalg.lstsq(columns, y, rcond=None)[0]

    def misfit(p):
        columns, coefficients = ends(p)
        return (columns @ coefficients - y) / span

    low, high = math.log(t[0]) - 2, math.log(t[-1]) + 3
    middle = math.log(crossing(t, np.abs(y - y[-1]), 0.4 * abs(y[0] - y[-1])) or t[-1])
    middle = min(max(middle if math.isfinite(middle) else (low + high) / 2, low), high)
    tried = [
        least_squares(misfit, (middle, beta), bounds=((low, 0.15), (high, 1.5)), x_scale=(1.0, 0.3))
        for beta in (1.0, 0.5)
    ]
    best = min(tried, key=lambda r: r.cost)
    start, end = ends(best.x)[1]
    if start == end or math.exp(best.x[0]) > 5 * t[-1]:
        return None
    rms = float(np.sqrt(np.mean(best.fun**2)) * span / abs(start - end))
    return Decay(float(start), float(end), math.exp(best.x[0]), float(best.x[1]), rms)
