"""Distributions of a figure of merit over cycles and devices."""

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from pinched.core import PinchedError, Quantity

Z95 = 1.959963985  # normal quantile of a two-sided 95 % interval


@dataclasses.dataclass(frozen=True)
class Distribution:
    """The sorted finite values of a sample and what describes them.

    Attributes:
        values: sorted, (n,), in `unit`.
        cdf: plotting positions (k - 0.3)/(n + 0.4), Benard's median ranks, (n,).
        unit: of the values.
    """

    values: np.ndarray
    cdf: np.ndarray
    unit: str = "1"

    @property
    def n(self) -> int:
        """Number of values."""
        return self.values.size

    def median(self, label: str = "", origin: str = "measured", note: str = "") -> Quantity:
        """The median, with the 5 to 95 % range of the values where there are at least five."""
        value = float(np.median(self.values))
        if self.n < 5 or self.values[0] == self.values[-1]:
            return Quantity(value, self.unit, origin, n=self.n, label=label, note=note)  # type: ignore[arg-type]
        low, high = map(float, np.quantile(self.values, [0.05, 0.95]))
        return Quantity(value, self.unit, origin, low, high, "5-95 % of values", self.n, label, note)  # type: ignore[arg-type]

    def cv(self, label: str = "", lognormal: bool = False) -> Quantity:
        """Coefficient of variation with its 95 % interval; needs three values.

        std/|mean| with the interval of a normal sample (delta method); with `lognormal` √(exp(σ²) - 1) of the standard
        deviation σ of ln |x| with its chi-square interval, which a few huge resistances do not swamp.
        """
        from scipy.stats import chi2

        if self.n < 3:
            return Quantity(np.nan, "1", "derived", n=self.n, label=label, note="needs at least three values")
        if lognormal and np.all(self.values):
            sigma = np.std(np.log(np.abs(self.values)), ddof=1)
            ends = sigma * np.sqrt((self.n - 1) / chi2.ppf([0.975, 0.025], self.n - 1))
            low, value, high = map(float, np.sqrt(np.expm1(np.square([ends[0], sigma, ends[1]]))))
            return Quantity(value, "1", "derived", low, high, "95 %, lognormal sample", self.n, label)
        value = float(np.std(self.values, ddof=1) / abs(np.mean(self.values)))
        half = Z95 * np.sqrt((0.5 + value**2) / (self.n - 1))
        low, high = max(value * (1 - half), 0.0), value * (1 + half)
        return Quantity(value, "1", "derived", low, high, "95 %, normal sample", self.n, label)

    def weibull(self) -> tuple[Quantity, Quantity]:
        """(shape, scale) of the two-parameter Weibull distribution of |values| by maximum likelihood.

        Intervals are the large-sample ones, var(ln shape) = 0.6079/n and var(ln scale) = 1.1087/(n shape^2)
        (Lawless, Statistical Models and Methods for Lifetime Data, 2003, ch. 5).
        """
        from scipy.optimize import brentq

        labels = ("Weibull shape", "Weibull scale")
        x = np.abs(self.values)
        if self.n < 5 or np.any(x == 0) or np.ptp(x) <= 1e-9 * x.max():
            why = "needs at least five values" if self.n < 5 else "the values do not spread"
            nothing = [
                Quantity(np.nan, u, "fitted", n=self.n, label=k, note=why)
                for k, u in zip(labels, ("1", self.unit), strict=True)
            ]
            return nothing[0], nothing[1]
        log = np.log(x / x.max())

        def score(ln_shape: float) -> float:
            weight = np.exp(np.exp(ln_shape) * log)
            return np.sum(weight * log) / np.sum(weight) - np.exp(-ln_shape) - log.mean()

        shape = float(np.exp(float(brentq(score, -5.0, 15.0))))  # type: ignore[arg-type]
        scale = float(x.max() * np.mean(np.exp(shape * log)) ** (1 / shape))
        widths = Z95 * np.sqrt(0.6079 / self.n), Z95 * np.sqrt(1.1087 / self.n) / shape
        first, second = (
            Quantity(v, u, "fitted", v * np.exp(-w), v * np.exp(w), "95 %, large sample", self.n, k)
            for v, u, w, k in zip((shape, scale), ("1", self.unit), widths, labels, strict=True)
        )
        return first, second


def distribution(values: ArrayLike, unit: str = "1") -> Distribution:
    """The distribution of the finite ones among `values`.

    Raises:
        PinchedError: where none is finite.
    """
    x = np.asarray(values, float).ravel()
    x = np.sort(x[np.isfinite(x)])
    if not x.size:
        raise PinchedError("A distribution needs at least one finite value.")
    return Distribution(x, (np.arange(1, x.size + 1) - 0.3) / (x.size + 0.4), unit)


def spread(values: ArrayLike, devices: ArrayLike, what: str, lognormal: bool = False) -> tuple[Quantity, Quantity]:
    """Cycle-to-cycle and device-to-device coefficients of variation, apart from each other.

    Args:
        values: (n,) one per cycle; NaN where not measured.
        devices: (n,) the name of the device of each.
        what: for the labels, such as "SET voltage".
        lognormal: for quantities that spread over decades, such as resistances.

    Returns:
        The mean over devices of the variation between the cycles of one device (devices with three or more cycles), and
        the variation of the device medians (three or more devices).
    """
    x, names = np.asarray(values, float), np.asarray(devices).astype(str)
    groups = [distribution(x[names == d]) for d in dict.fromkeys(names) if np.isfinite(x[names == d]).any()]
    within = [g.cv(lognormal=lognormal) for g in groups if g.n >= 3]
    label = f"{what}, cycle-to-cycle variation"
    if not within:
        c2c = Quantity(np.nan, "1", "derived", label=label, note="needs at least three cycles of one device")
    elif len(within) == 1:
        c2c = dataclasses.replace(within[0], label=label)
    else:
        cvs = [q.value for q in within]
        c2c = Quantity(float(np.mean(cvs)), "1", "derived", min(cvs), max(cvs), "range over devices", len(cvs), label)
    label = f"{what}, device-to-device variation"
    medians = [float(np.median(g.values)) for g in groups]
    if len(medians) < 3:
        return c2c, Quantity(np.nan, "1", "derived", n=len(medians), label=label, note="needs at least three devices")
    return c2c, distribution(medians).cv(label, lognormal)
