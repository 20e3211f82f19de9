"""Pulse trains: potentiation and depression, tidied and fitted with the exponential response."""

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pinched.characterize.samples import conductance, long
from pinched.core import engineering
from pinched.devices.synapse.pulse_response import curvature, label

if TYPE_CHECKING:
    import pandas as pd

MIN_READS = 5  # reads in a train worth a curve
# P_max/A of the exponential response: 0 is linear, positive steep first; the ends are NeuroSim's labels of 9
STEEP = np.geomspace(0.02, curvature(9), 120)
CURVATURES = np.concatenate([-STEEP[::-1], [0.0], STEEP])


COLUMNS = ["device", "record", "cycle", "step", "train", "direction", "pulse", "conductance_S", "pulse_voltage",
           "pulse_width", "protocol"]  # fmt: skip


def trains(ds: xr.Dataset) -> "pd.DataFrame":
    """Every read of every pulse train.

    Returns:
        One row per read: device, record, cycle, step, train (number within its device, in order of measurement),
        direction ("up" or "down"), pulse (write pulses applied before this read), conductance_S, pulse_voltage (V)
        and pulse_width (s), NaN where not recorded, and protocol (pulses and reading of the record, in words). Trains
        of fewer than five reads are left out. The direction follows the sign of the pulses (all trains of one sign
        share the direction of their summed trend; of one amplitude, where a device saw one sign only), else the
        train's own trend.

    Raises:
        PinchedError: where `ds` breaks the schema.
    """
    import pandas as pd

    rows = conductance(long(ds, "pulse")).rename(columns={"conductance": "conductance_S"})
    for name in ("pulse_voltage", "pulse_width", "read_voltage"):
        if name not in rows:
            rows[name] = np.nan
    found = []
    for key, part in rows.groupby(["device", "record", "cycle", "step"], sort=False):
        if len(part) < MIN_READS:
            continue
        if (part["pulse"] < 0).all():
            part = part.assign(pulse=np.arange(len(part)))
        part = part.sort_values("pulse", kind="stable")
        log_g = np.log(part["conductance_S"].to_numpy())
        edge = max(len(part) // 5, 1)
        trend = float(np.mean(log_g[-edge:]) - np.mean(log_g[:edge]))
        found.append((key[0], part, trend, float(part["pulse_voltage"].median())))
    if not found:
        return pd.DataFrame(columns=COLUMNS)
    signs: dict[str, set] = {}
    for device, _, _, volts in found:
        signs.setdefault(device, set()).add(np.sign(volts))
    # Of one sign alone, as phase change is written, the amplitude tells potentiation from depression.
    pulses = [round(v, 9) if len(signs[device]) == 1 else np.sign(v) for device, _, _, v in found]
    votes: dict[tuple, float] = {}
    for (device, _, trend, _), pulse in zip(found, pulses, strict=True):
        votes[device, pulse] = votes.get((device, pulse), 0.0) + trend
    count: dict[str, int] = {}
    tidy = []
    for (device, part, trend, _), pulse in zip(found, pulses, strict=True):
        rises = votes[device, pulse] > 0 if np.isfinite(pulse) and pulse else trend > 0
        tidy.append(part.assign(train=count.get(device, 0), direction="up" if rises else "down"))
        count[device] = count.get(device, 0) + 1
    table = pd.concat(tidy, ignore_index=True)
    words = {key: _protocol(part) for key, part in table.groupby(["device", "record"], sort=False)}
    table["protocol"] = [words[key] for key in zip(table["device"], table["record"], strict=True)]
    return table[COLUMNS]


def main_protocol(table: "pd.DataFrame") -> tuple["pd.DataFrame", str]:
    """The trains of the protocol with the most reads (of equals the widest range), and a note where there are more."""
    groups = [(len(part), float(np.ptp(np.log(part["conductance_S"]))), key) for key, part in table.groupby("protocol")]
    if len(groups) < 2:
        return table, ""
    best = max(groups)[2]
    return table[table["protocol"] == best], f"{best}, one of {len(groups)} protocols measured"


def _protocol(part: "pd.DataFrame") -> str:
    """The amplitudes, widths and reading of one record in words; empty where nothing is known."""
    words = []
    for direction in ("up", "down"):
        one = part[part["direction"] == direction]
        volts, width = one["pulse_voltage"].median(), one["pulse_width"].median()
        text = engineering(volts, "V") if np.isfinite(volts) else ""
        text += f" {engineering(width, 's')}" if np.isfinite(width) else ""
        words += [f"{direction} {text.strip()}"] if text else []
    read = part["read_voltage"].median()
    return ", ".join(words + ([f"read at {engineering(read, 'V')}"] if np.isfinite(read) else []))


@dataclasses.dataclass(frozen=True)
class Curve:
    """The mean train of one direction and the exponential response through it.

    Attributes:
        g: mean conductance after pulse 0 … n, S, (n + 1,); a train that ended earlier counts with its last value.
        std: standard deviation over trains, S, (n + 1,), zero for one train.
        trains: how many.
        curvature: P_max/A of the exponential response, positive is steep first.
        low, high: its 95 % interval by profile likelihood.
        rises: whether the train potentiates.
        start, end: fitted conductance at the first and last pulse, S.
        residual: RMS of the fit as a part of |end - start|.
    """

    g: np.ndarray
    std: np.ndarray
    trains: int
    curvature: float
    low: float
    high: float
    rises: bool
    start: float
    end: float
    residual: float

    @property
    def pulses(self) -> int:
        """Number of pulses of the mean train."""
        return self.g.size - 1

    @property
    def labels(self) -> tuple[float, float, float]:
        """NeuroSim's nonlinearity label and its 95 % interval; steep first is positive up and negative down."""
        low, value, high = sorted((1 if self.rises else -1) * label(c) for c in (self.low, self.curvature, self.high))
        return value, low, high

    def fitted(self) -> np.ndarray:
        """The fitted response after pulse 0 … n, S."""
        return self.start + (self.end - self.start) * normalised(self.g.size, self.curvature)[0]

    def step(self, g: np.ndarray) -> np.ndarray:
        """Fitted change per pulse at conductance `g`, S: linear in g, since the response is exponential."""
        c = self.curvature or 1e-9
        return ((self.end - self.start) * c / -np.expm1(-c) - c * (g - self.start)) / self.pulses

    def to_saturation(self, part: float = 0.9) -> int:
        """Pulses to the given part of the fitted change."""
        return int(np.argmax(normalised(self.g.size, self.curvature)[0] >= part))


def normalised(n: int, curvatures: np.ndarray | float) -> np.ndarray:
    """y(x) = (1 - exp(-c x))/(1 - exp(-c)) at `n` evenly spaced x in [0, 1], (curvatures, n) (MLP+NeuroSim V3.0)."""
    c = np.atleast_1d(curvatures)[:, None]
    c = np.where(c == 0, 1e-9, c)
    return np.expm1(-c * np.linspace(0, 1, n)) / np.expm1(-c)


def curve(part: "pd.DataFrame") -> Curve | None:
    """The mean train of the rows of `trains` with one direction; None without a trend or with too few pulses.

    The response is G(p) = G0 + (G1 - G0) y(p/P) with y of MLP+NeuroSim V3.0 (exponential), found by trying every
    curvature of a fine grid with the two conductances in closed form.
    """
    table, _ = _table(part)
    n = table.shape[1]
    if n < MIN_READS:
        return None
    mean = table.mean(0)
    std = table.std(0, ddof=1) if len(table) > 1 else np.zeros(n)
    rises = part["direction"].iloc[0] == "up"
    start, end, rss = _through(mean, CURVATURES)
    k = int(np.argmin(rss))
    fine = np.linspace(CURVATURES[max(k - 2, 0)], CURVATURES[min(k + 2, CURVATURES.size - 1)], 201)
    tried = np.union1d(CURVATURES, fine)
    start, end, rss = _through(mean, tried)
    best = int(np.argmin(rss))
    start, end = float(start[best]), float(end[best])
    slack = 2 * np.sqrt(rss[best] / n)
    inside = np.clip([start, end], max(mean.min() - slack, 0.0), mean.max() + slack)
    if list(inside) != [start, end]:  # no response goes where nothing was read
        start, end = np.clip(inside, mean.min(), mean.max()).tolist()
        rss = ((mean - start - (end - start) * normalised(n, tried)) ** 2).sum(1)
        best = int(np.argmin(rss))
    near = tried[rss <= rss[best] * (1 + 3.84 / max(n - 3, 1))]
    if end == start or (end > start) != rises:
        return None
    return Curve(
        g=mean,
        std=std,
        trains=len(table),
        curvature=float(tried[best]),
        low=float(near.min()),
        high=float(near.max()),
        rises=rises,
        start=start,
        end=end,
        residual=float(np.sqrt(rss[best] / n) / abs(end - start)),
    )


KEPT, KEPT_VARIANCE = 0.95, 0.7590  # the inner 95 % of a normal sample has this part of its variance


def noise(part: "pd.DataFrame", lags: int = 5) -> tuple[float, float]:
    """(sigma per pulse, sigma per read) in S of the trains of one direction, told apart by their growth with distance.

    A walk of sigma_w per pulse under a read noise sigma_r gives var(G(p + k) - 2 G(p) + G(p - k)) = 2 k sigma_w² +
    6 sigma_r², taken after the mean train is subtracted (below three trains, the exponential response through each);
    the largest 5 % of the differences are left out.
    """
    from scipy.optimize import nnls

    table, sizes = _table(part)
    if len(table) >= 3:
        rest, lost = table - table.mean(0), 1 - 1 / len(table)
    else:
        rest, lost = table - np.array([_smooth(g) for g in table]), 1.0
    tracks = [r[:size] for r, size in zip(rest, sizes, strict=True)]
    variance = np.full(lags, np.nan)
    k = np.arange(1, lags + 1)
    for j in k:
        steps = [g[2 * j :] - 2 * g[j:-j] + g[: -2 * j] for g in tracks if g.size >= 2 * j + 8]
        if steps:
            step = np.abs(np.concatenate(steps))
            variance[j - 1] = np.mean(step[step <= np.quantile(step, KEPT)] ** 2) / KEPT_VARIANCE / lost
    known = np.isfinite(variance)
    if known.sum() < 2:
        return np.nan, np.nan
    a = np.column_stack([2 * k[known], np.full(known.sum(), 6.0)])
    walk, read = nnls(a, variance[known])[0]
    return float(np.sqrt(walk)), float(np.sqrt(read))


def _through(g: np.ndarray, curvatures: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(start, end, residual sum of squares) of the least-squares response of every curvature through one train."""
    shape = normalised(g.size, curvatures)
    s, m = shape.mean(1), g.mean()
    centred = shape - s[:, None]
    power = (centred**2).sum(1)
    change = centred @ (g - m) / power
    start = m - change * s
    return start, start + change, np.maximum(((g - m) ** 2).sum() - change**2 * power, 0.0)


def _smooth(g: np.ndarray) -> np.ndarray:
    """The exponential response through one train."""
    start, end, rss = _through(g, CURVATURES)
    k = int(np.argmin(rss))
    return start[k] + (end[k] - start[k]) * normalised(g.size, CURVATURES[k])[0]


def _table(part: "pd.DataFrame") -> tuple[np.ndarray, np.ndarray]:
    """(trains, reads) in S up to the median length, a shorter train held at its last value, and their own lengths."""
    tracks = [t["conductance_S"].to_numpy() for _, t in part.groupby(["device", "train"], sort=False)]
    n = int(np.median([t.size for t in tracks]))
    table = np.array([np.append(t[:n], np.full(max(n - t.size, 0), t[-1])) for t in tracks])
    return table, np.array([min(t.size, n) for t in tracks])
