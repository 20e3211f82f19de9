"""What a fit sees of a Dataset: loops cut into equal-length rows, their noise floor, and what they show at a glance."""

import dataclasses

import numpy as np
import xarray as xr

from pinched.characterize.branches import excursions, noise_floor
from pinched.core import Flag, PinchedError, check_dataset

RATE = 1.0  # V/s where no time was recorded; the Dataset's own sweep_rate goes before it
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
    used = flag == 0
    floor = float(np.quantile([noise_floor(i[p][used[p]]) for p in parts], 0.25))
    floor = max(floor, FLOOR_RANGE * max(np.abs(i[p]).max() for p in parts), 1e-15)
    limits = [_limits(v[p], i[p], flag[p], float(ds.attrs.get("compliance", np.nan))) for p in parts]
    pad = lambda rows, dtype=float: _padded(rows, dtype)  # noqa: E731
    span = max(np.abs(v[p]).max() for p in parts)
    group = np.array([f"{v[p].min() / span:+.1f} … {v[p].max() / span:+.1f}" for p in parts])
    clamped = (flag & int(Flag.COMPLIANCE)) != 0
    return Segments(
        t=pad(clocks), v=pad([v[p] for p in parts]), i=pad([i[p] for p in parts]), i_max=pad(limits),
        used=pad([used[p] for p in parts], bool), clamped=pad([clamped[p] for p in parts], bool),
        index=pad(parts, int), cycle=_repetitions(ds["cycle"].values[[p[0] for p in parts]], group),
        group=group, floor=floor, notes=tuple(sorted(notes)),
    )  # fmt: skip


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


@dataclasses.dataclass(frozen=True)
class Glance:
    """Features of the loops from which a search starts; no fit is needed for them.

    Attributes:
        set_sign: +1 or −1, the polarity at which the current rises; 0 where nothing switches.
        v_set, v_reset: |V| at which half of the loop's opening has closed, V.
        low, high: (g, b) of i = g sinh(b v)/b in the low and the high resistance state at each polarity: {+1: …, −1: …}.
        opening: median |ln I_back/I_out| over the loops' own range.
        abrupt: whether most of the rise happens within three samples.
        rectifying: decades between the currents at ±V in the low resistance state.
        series: resistance in ohm at which the current saturates, 0 where none shows.
        span: largest |V|.
        i_span: largest clean |I|, A.
        duration: s, of a median segment.
    """

    set_sign: int
    v_set: float
    v_reset: float
    low: dict
    high: dict
    opening: float
    abrupt: bool
    rectifying: float
    series: float
    span: float
    i_span: float
    duration: float


def glance(s: Segments) -> Glance:
    """Read the starting values of a search off the curves."""
    found = {1: [], -1: []}
    for k in range(len(s)):
        n = int((s.index[k] >= 0).sum())
        flag = np.where(s.used[k, :n], 0, np.where(s.clamped[k, :n], 2, 1))
        for e in excursions(s.v[k, :n], s.i[k, :n], s.t[k, :n], flag, s.floor):
            found[e.sign].append(e)
    gaps = {sign: [e.gap() for e in found[sign]] for sign in found}
    opened = {sign: np.median([np.median(d) for v, d in gaps[sign] if v.size] or [0.0]) * np.log(10) for sign in gaps}
    set_sign = int(np.sign(opened[1] - opened[-1])) if max(opened[1], -opened[1], opened[-1], -opened[-1]) > 0 else 0
    span = float(np.abs(s.v[s.used]).max())
    closed = {sign: [closing(v, d) for v, d in gaps[sign] if v.size] for sign in gaps}
    v_set = float(np.median(closed.get(set_sign) or [0.5 * span]))
    v_reset = float(np.median(closed.get(-set_sign) or [0.5 * span]))
    low, high = {}, {}
    for sign in (1, -1):
        rises = (sign == set_sign) if set_sign else True
        before = [e.out for e in found[sign]]
        after = [e.back for e in found[sign]]
        low[sign] = _sinh(after if rises else before, v_set if rises else v_reset, rises)
        high[sign] = _sinh(before if rises else after, v_set if rises else v_reset, not rises)
    for state in (low, high):  # a polarity that was not swept borrows from the other
        for sign in (1, -1):
            state[sign] = state[sign] or state[-sign] or (float(np.abs(s.i[s.used]).max() / span), 1 / span)
    at = 0.5 * span
    current = {sign: low[sign][0] / low[sign][1] * np.sinh(min(low[sign][1] * at, 50.0)) for sign in (1, -1)}
    bends = [_bend([e.back if sign == set_sign else e.out for e in found[sign]]) for sign in (1, -1)]
    tops = [_bend([e.out if sign == set_sign else e.back for e in found[sign]])[0] for sign in (1, -1)]
    ohmic_low = max(b[0] for b in bends) < 1.25 and max(tops) > 1.8
    saturating = [b for b in bends if b[1] > 1.8 and b[0] < 0.6 * b[1]]
    steepest = max(g * max(1.0, b * span / 5) for g, b in low.values())
    series = 0.8 / steepest if ohmic_low else min((b[2] for b in saturating), default=0.0)
    series = min(series, 0.9 * span / np.abs(s.i[s.used]).max())
    jumps = [np.abs(np.diff(y)).max(initial=0) for e in found.get(set_sign, []) for y in [_decades(e.out)]]
    return Glance(
        set_sign=set_sign, v_set=v_set, v_reset=v_reset, low=low, high=high,
        opening=float(max(abs(opened[1]), abs(opened[-1]))),
        abrupt=bool(np.median(jumps or [0.0]) * np.log(10) > max(0.3 * opened[set_sign], 0.7)) if set_sign else False,
        rectifying=float(abs(np.log10(current[1] / current[-1]))),
        series=float(series), span=span, i_span=float(np.abs(s.i[s.used]).max()), duration=float(np.median(np.ptp(s.t, axis=1))),
    )  # fmt: skip


def closing(v, gap):
    """The largest |V| at which the opening is still half its largest."""
    wide = np.abs(gap) > 0.5 * np.abs(gap).max()
    return float(v[np.flatnonzero(wide)[-1]])


def _decades(branch):
    """log10 |I| of a branch in time order, samples in compliance included."""
    seen = branch.ok | branch.clamped
    return np.log10(np.abs(branch.i[seen]) + 1e-30)


def _bend(branches):
    """(d ln I/d ln V at the largest |V|, its largest value, dV/dI there) of branches in one state; zeros without data."""
    points = [b.clean for b in branches]
    v = np.concatenate([p[0] for p in points]) if points else np.zeros(0)
    y = np.concatenate([p[1] for p in points]) * np.log(10) if points else np.zeros(0)
    if v.size < 24:
        return 0.0, 0.0, 0.0
    edges = np.linspace(0.1, 1, 10) * v.max()
    inside = [(v >= a) & (v <= b) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    slopes = [np.polyfit(np.log(v[k]), y[k], 1)[0] for k in inside if k.sum() >= 3 and np.ptp(v[k]) > 0]
    top = v >= 0.9 * v.max()
    return slopes[-1], max(slopes), float(np.median(v[top] / np.exp(y[top])) / max(slopes[-1], 0.1))


def _sinh(branches, v_switch, whole):
    """(g, b) of g sinh(b v)/b through branches, below the switching voltage unless they are `whole`; None without data."""
    points = [b.clean for b in branches]
    v = np.concatenate([p[0] for p in points]) if points else np.zeros(0)
    y = np.concatenate([p[1] for p in points]) * np.log(10) if points else np.zeros(0)
    keep = (v > 0) & (whole | (v < 0.9 * v_switch))
    if keep.sum() < 4:
        return None
    v, y = v[keep], y[keep]
    b = np.geomspace(0.01, 30, 80)[:, None] / v.max()
    shape = b * v + np.log(-np.expm1(-2 * b * v) / (2 * b))
    offset = np.median(y - shape, axis=1)
    best = int(np.argmin(np.mean(np.abs(y - shape - offset[:, None]), axis=1)))
    return float(np.exp(offset[best])), float(b[best, 0])
