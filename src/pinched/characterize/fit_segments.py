"""What a fit sees of a Dataset: loops cut into rows of equal length, and their noise floor."""

import dataclasses

import numpy as np
import xarray as xr

from pinched.characterize.branches import Excursion, excursions, noise_floor
from pinched.characterize.samples import kelvins
from pinched.core import Flag, PinchedError, check_dataset
from pinched.core.constants import ROOM_TEMPERATURE

RATE = 1.0  # V/s where no time was recorded; the Dataset's own sweep_rate goes before it
SAME_TEMPERATURE = 5.0  # K, what a chuck wanders; an activation energy of 1 eV then makes a factor of two
MIN_SAMPLES = 12  # fewer say nothing of a loop
FLOOR_RANGE = (
    1e-9  # the floor is at least this part of the largest current: clean simulated data have none of their own
)


@dataclasses.dataclass(frozen=True)
class Segments:
    """Unbroken sweeps of one cycle each, padded to one length (segment, sample).

    Attributes:
        t, v, i: s, V, A; `t` starts at 0, padding repeats the last sample.
        used: samples that enter the residual (no flag, not padding).
        clamped: samples in compliance: a model errs there only where it carries less current.
        i_max: compliance of the source at each sample, A; inf where none was seen.
        index: position of the sample in the Dataset, −1 for padding.
        cycle: number of the repetition, shared by a SET and a RESET sweep of one cycle.
        group: which voltages a segment sweeps, as text: only like is compared with like.
        floor: A, scale below which the residual is linear in the current.
        kelvin: K, temperature of the measurement.
        notes: what had to be assumed, as sentences.
    """

    t: np.ndarray
    v: np.ndarray
    i: np.ndarray
    used: np.ndarray
    clamped: np.ndarray
    i_max: np.ndarray
    index: np.ndarray
    cycle: np.ndarray
    group: np.ndarray
    floor: float
    kelvin: float = ROOM_TEMPERATURE
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.v)

    def __getitem__(self, rows) -> "Segments":
        picked = {f.name: getattr(self, f.name)[rows] for f in dataclasses.fields(self)[:9]}
        return dataclasses.replace(self, **picked)

    @property
    def y(self) -> np.ndarray:
        """asinh(i/floor): the logarithm of the current, linear below the noise floor."""
        return np.arcsinh(self.i / self.floor)

    def excursions(self, i: np.ndarray | None = None) -> list[list[Excursion]]:
        """The excursions of each segment; of the current `i` (segment, sample) instead of the measured one if given."""
        rows = []
        for k in range(len(self)):
            n = int((self.index[k] >= 0).sum())
            here = self.i[k, :n] if i is None else i[k, :n]
            limited = self.clamped[k, :n] if i is None else np.abs(here) >= 0.97 * self.i_max[k, :n]
            flag = np.where(
                limited, int(Flag.COMPLIANCE), np.where(self.used[k, :n] | self.clamped[k, :n], 0, int(Flag.RANGE))
            )
            rows.append(excursions(self.v[k, :n], here, self.t[k, :n], flag, self.floor))
        return rows

    @property
    def limited(self) -> bool:
        """Whether a compliance bound anywhere."""
        return bool(np.isfinite(self.i_max).any())


def segments(ds: xr.Dataset) -> Segments:
    """Cut the sweeps of `ds` into segments.

    Raises:
        PinchedError: where there is no sweep with voltage and current to fit.
    """
    check_dataset(ds)
    if ds["current"].ndim > 1 if "current" in ds else False:
        raise PinchedError("fit() takes one device; pick one with ds.isel(device_index=…).")
    kind = ds["kind"].values.astype(str)
    chosen = np.isin(kind, ("sweep",)) if (kind == "sweep").any() else kind == "forming"
    if not {"voltage", "current"} <= set(ds.data_vars) or not chosen.any():
        held = ", ".join(sorted(set(kind))) or "nothing"
        raise PinchedError(
            f"fit() needs current-voltage loops, and the data hold {held}: "
            "measure a sweep, or describe pulse data with pulse_response()."
        )
    v, i, time = (ds[k].values.astype(float) for k in ("voltage", "current", "time"))
    flag = ds["flag"].values if "flag" in ds else np.zeros(v.size, int)
    chosen &= np.isfinite(v) & np.isfinite(i)
    rows = np.flatnonzero(chosen)
    where = np.stack(
        [np.unique(ds[k].values[rows].astype(str), return_inverse=True)[1] for k in ("device", "record", "cycle")]
    )
    cuts = np.flatnonzero(np.any(np.diff(where, axis=1) != 0, axis=0)) + 1
    parts = [p for p in np.split(rows, cuts) if (flag[p] == 0).sum() >= MIN_SAMPLES and np.ptp(v[p]) > 0]
    if not parts:
        raise PinchedError(f"fit() needs a sweep of at least {MIN_SAMPLES} good samples; the data hold none.")
    notes = set()
    clocks = []
    for p in parts:
        clock, note = _clock(time[p], v[p], float(ds.attrs.get("sweep_rate", RATE)))
        clocks.append(clock)
        notes |= {note} - {""}
    kelvin, note = _temperature(ds, rows)
    notes |= {note} - {""}
    used = flag == 0
    floor = float(np.quantile([noise_floor(i[p][used[p]]) for p in parts], 0.25))
    floor = max(floor, FLOOR_RANGE * max(np.abs(i[p]).max() for p in parts), 1e-15)
    limits = [_limits(v[p], i[p], flag[p], float(ds.attrs.get("compliance", np.nan))) for p in parts]
    pad = lambda rows, dtype=float: _padded(rows, dtype)  # noqa: E731
    span = max(np.abs(v[p]).max() for p in parts)
    group = np.array([f"{v[p].min() / span:+.1f} … {v[p].max() / span:+.1f}" for p in parts])
    clamped = (flag & int(Flag.COMPLIANCE)) != 0
    limits = [_shared(limits, v, parts, group, k) for k in range(len(parts))]
    return Segments(
        t=pad(clocks), v=pad([v[p] for p in parts]), i=pad([i[p] for p in parts]), i_max=pad(limits),
        used=pad([used[p] for p in parts], bool), clamped=pad([clamped[p] for p in parts], bool),
        index=pad(parts, int), cycle=_repetitions(ds["cycle"].values[[p[0] for p in parts]], group),
        group=group, floor=floor, kelvin=kelvin, notes=tuple(sorted(notes)),
    )  # fmt: skip


def _temperature(ds, rows):
    """The median temperature of the samples in K, and the sentence that says where it does not hold for all."""
    low, middle, high = kelvins(ds["temperature"].values[..., rows] if "temperature" in ds else ())
    several = f"The loops were measured at {low:.4g} to {high:.4g} K; the fit takes {middle:.4g} K for all."
    return middle, several if high - low > SAME_TEMPERATURE else ""


def _repetitions(cycle, group):
    """Number the cycles anew, so that one number never stands for two segments of the same group."""
    seen, numbers = {}, []
    for key in zip(cycle.tolist(), group.tolist(), strict=True):
        seen[key] = seen.get(key, -1) + 1
        numbers.append((seen[key], key[0]))
    order = {pair: n for n, pair in enumerate(sorted(set(numbers)))}
    return np.array([order[pair] for pair in numbers])


def _padded(rows, dtype):
    width = max(map(len, rows))
    tail = {int: -1, bool: False}
    return np.stack([np.concatenate([r, np.full(width - len(r), tail.get(dtype, r[-1]))]).astype(dtype) for r in rows])


def _clock(time, v, rate):
    """Seconds since the first sample, and the sentence that says when they had to be assumed."""
    if np.isfinite(time).all() and np.all(np.diff(time) >= 0) and np.median(np.diff(time)) > 0:
        return time - time[0], ""
    step = np.maximum(np.abs(np.diff(v, prepend=v[0])), 1e-6 * np.ptp(v))
    return np.cumsum(step) / rate, f"No usable time was recorded: the fit assumes a sweep rate of {rate:g} V/s."


def _limits(v, i, flag, compliance):
    """The compliance of the source at each sample: seen where samples are clamped, and only at that sign of voltage."""
    limit = np.full(v.size, np.inf)
    clamped = (flag & int(Flag.COMPLIANCE)) != 0
    for sign in (-1, 1):
        at = clamped & (v * sign > 0)
        if at.any():
            highest = np.median(np.abs(i[at]))
            near = np.isfinite(compliance) and 0.5 < highest / compliance < 2
            limit[v * sign > 0] = compliance if near else highest
    return limit


def _shared(limits, v, parts, group, k):
    """The limits of segment `k`, with those of its group at a sign of voltage where it never reached its own."""
    own = limits[k].copy()
    for sign in (-1, 1):
        at = v[parts[k]] * sign > 0
        if at.any() and np.isinf(own[at]).all():
            like = [limits[j][v[parts[j]] * sign > 0] for j in np.flatnonzero(group == group[k])]
            own[at] = np.median([x[0] for x in like if x.size and np.isfinite(x[0])] or [np.inf])
    return own


def thin(s: Segments, width: int) -> Segments:
    """At most `width` samples a segment, evenly along the curve in (v, y): where it switches, all are kept."""
    if s.v.shape[1] <= width:
        return s
    picks = []
    scale_v, scale_y = np.ptp(s.v), np.ptp(s.y)
    for k in range(len(s)):
        n = int((s.index[k] >= 0).sum())
        length = np.hypot(np.diff(s.v[k, :n]) / scale_v, np.minimum(np.abs(np.diff(s.y[k, :n])) / scale_y, 0.05))
        along = np.concatenate([[0.0], np.cumsum(length + 0.25 * length.mean())])
        pick = np.searchsorted(along, np.linspace(0, along[-1], width))
        pick = np.unique(np.minimum(pick, n - 1))
        picks.append(np.concatenate([pick, np.full(width - pick.size, -1)]))
    pick = np.array(picks)
    take = lambda a: np.take_along_axis(a, np.where(pick < 0, pick.max(1, keepdims=True), pick), 1)  # noqa: E731
    return dataclasses.replace(
        s, t=take(s.t), v=take(s.v), i=take(s.i), i_max=take(s.i_max), used=take(s.used) & (pick >= 0),
        clamped=take(s.clamped) & (pick >= 0),
        index=np.where(pick >= 0, take(s.index), -1),
    )  # fmt: skip
