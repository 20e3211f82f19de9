"""Features of current–voltage loops: one row per device, record and cycle."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pinched.characterize.branches import Branch, Excursion, excursions, noise_floor
from pinched.characterize.samples import LOOP, long
from pinched.characterize.switching import RESOLVED, Switching, hold, switching
from pinched.core import PinchedError

if TYPE_CHECKING:
    import pandas as pd

READ_VOLTAGES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.0)  # V, round numbers a lab would choose
READ_PART = 0.3  # the read voltage aimed at, as a part of the smaller switching voltage
PINCHED = 0.01  # |I(0)| as a part of the largest |I| below which a loop counts as pinched


def loop_features(ds: xr.Dataset, read_voltage: float | None = None) -> "pd.DataFrame":
    """What each loop of `ds` (kinds sweep and forming) says.

    Args:
        ds: a Dataset with `voltage` and `current`.
        read_voltage: V, signed, at which states are compared; None chooses the round number nearest below 0.3 of the
            smaller switching voltage at which both states are above the noise floor, in the quadrant that shows the
            larger ratio; of a volatile device one between hold and SET.

    Returns:
        One row per (device, record, cycle), in order of measurement. Voltages are signed, currents are magnitudes:
        kind; v_set, v_reset (V); i_set (just before a step) and i_reset (at the peak) (A); v_set_method, v_reset_method
        (as `switching` says); v_read (V, the one used in this row); r_lrs, r_hrs (ohm) and on_off at v_read; area (V A,
        of the gap between the two ways where both are clean); pinch (|I(0)|/max|I|) and pinched; nonlinearity
        (I(2 v_read)/I(v_read) in the low resistance state, 2 is ohmic); rectification (|I(+V)|/|I(-V)| there, at 0.95
        of the largest |V| swept in both signs);
        e_set, e_reset (J); polarity ("+" or "-": the sign that SETs; "unipolar"; "volatile": SET in both signs, of
        which v_set is the positive one); v_hold (V, where a volatile device drops back); style ("abrupt" or
        "gradual"); i_compliance (A, where the source limited); v_max, v_min (V); window (decades);
        switches; behaviour ("memristive", "ohmic", "capacitive", "noise", "no hysteresis") and reason (a sentence).

    Raises:
        PinchedError: where `ds` breaks the schema or holds no loops.
    """
    import pandas as pd

    rows = long(ds, "sweep", "forming")
    if rows.empty or not {"voltage", "current"} <= set(rows):
        raise PinchedError("No current-voltage loops here: the Dataset holds no sweep with both voltage and current.")
    limit = float(ds.attrs.get("compliance", np.nan))
    loops = [_Loop(key, part, limit) for key, part in rows.groupby(LOOP, sort=False)]
    volts = read_voltage if read_voltage is not None else _choose_read(loops)
    return pd.DataFrame([loop.row(volts) for loop in loops])


class _Loop:
    """One loop, cut and judged once, read at whatever voltage is chosen afterwards."""

    def __init__(self, key: tuple, part: "pd.DataFrame", limit: float):
        self.key, self.kind, self.limit = key, part["kind"].iloc[0], limit
        self.v, self.i, self.flag = (part[k].to_numpy() for k in ("voltage", "current", "flag"))
        clean = self.flag == 0
        self.floor = noise_floor(self.i[clean])
        self.zero, self.pinched = self.pinch()
        self.offset, self.opening = _displacement(self.v[clean], self.i[clean])
        if not self.pinched:  # a displacement current is no state of the device
            self.floor = max(self.floor, self.offset)
        self.parts = excursions(self.v, self.i, part["time"].to_numpy(), self.flag, self.floor)
        self.events = [switching(e) for e in self.parts]

    def event(self, sense: int) -> tuple[Excursion, Switching] | None:
        """The excursion with the widest event of one sense."""
        found = [
            (e, s) for e, s in zip(self.parts, self.events, strict=True) if s.sense == sense and s.window >= RESOLVED
        ]
        if sense > 0 and self.polarity() == "volatile":  # its two signs would average to nothing
            found = [(e, s) for e, s in found if e.sign > 0]
        return max(found, key=lambda pair: pair[1].window, default=None)

    def hold(self) -> float:
        """Where a volatile device drops back, V; NaN for any other."""
        up = self.event(+1)
        return hold(up[0]) if up and self.polarity() == "volatile" else np.nan

    def states(self, volts: float) -> tuple[float, float]:
        """(LRS, HRS) conductance in S at `volts` (signed); NaN where not measured on two ways."""
        found = [(_at(e.out, volts), _at(e.back, volts)) for e in self.parts if e.sign == np.sign(volts)]
        both = [(max(pair), min(pair)) for pair in found if np.isfinite(pair).all()]
        return max(both, key=lambda pair: pair[0] / pair[1], default=(np.nan, np.nan))

    def highest(self, volts: float) -> float:
        """The larger conductance in S at `volts` (signed) of whatever ways were measured there; NaN without any."""
        ways = [_at(b, volts) for e in self.parts if e.sign == np.sign(volts) for b in (e.out, e.back)]
        return max((g for g in ways if np.isfinite(g)), default=np.nan)

    def row(self, volts: float) -> dict:
        up, down = self.event(+1), self.event(-1)
        lrs, hrs = self.states(volts)
        if not np.isfinite(lrs):  # only the other quadrant was swept
            volts = -volts
            lrs, hrs = self.states(volts)
        behaviour, reason = self.behaviour()
        switches = behaviour == "memristive"
        set_, reset = (pair[1] if pair and switches else Switching(0, 0.0) for pair in (up, down))
        clamped = (self.flag & 2) != 0
        finite = self.v[np.isfinite(self.v)]
        v_max, v_min = finite.max(initial=-np.inf), finite.min(initial=np.inf)
        both = 0.95 * min(v_max, -v_min)
        return {
            **dict(zip(LOOP, self.key, strict=True)),
            "kind": self.kind,
            "v_set": set_.v,
            "v_reset": reset.v,
            "i_set": set_.i,
            "i_reset": reset.i,
            "v_hold": self.hold() if switches else np.nan,
            "v_set_method": set_.method,
            "v_reset_method": reset.method,
            "v_read": volts,
            "r_lrs": 1 / lrs,
            "r_hrs": 1 / hrs,
            "on_off": lrs / hrs,
            "area": self.area(),
            "pinch": self.zero,
            "pinched": self.pinched,
            "nonlinearity": 2 * self.states(2 * volts)[0] / lrs,
            "rectification": self.highest(both) / self.highest(-both),
            "e_set": set_.energy,
            "e_reset": reset.energy,
            "polarity": self.polarity() if switches else "",
            "style": ("abrupt" if (set_ if set_.sense else reset).abrupt else "gradual") if switches else "",
            "i_compliance": float(np.median(np.abs(self.i[clamped]))) if clamped.any() else self.limit,
            "v_max": v_max,
            "v_min": v_min,
            "window": max((s.window for s in self.events), default=np.nan),
            "switches": switches,
            "behaviour": behaviour,
            "reason": reason,
        }

    def polarity(self) -> str:
        """Which sign SETs."""
        up = {e.sign for e, s in zip(self.parts, self.events, strict=True) if s.sense > 0}
        down = {e.sign for e, s in zip(self.parts, self.events, strict=True) if s.sense < 0}
        if up & down:
            return "unipolar"
        if len(up) == 2:
            return "volatile"
        sets = up or {-s for s in down}
        return {1: "+", -1: "-"}[next(iter(sets))] if len(sets) == 1 else ""

    def area(self) -> float:
        """Area between the two ways over both quadrants, V A, where both are clean."""
        total, seen = 0.0, False
        for e in self.parts:
            (v_out, y_out), (v_back, y_back) = e.out.clean, e.back.clean
            grid, _ = e.gap()
            if grid.size:
                gap = 10 ** np.interp(grid, v_back, y_back) - 10 ** np.interp(grid, v_out, y_out)
                total, seen = total + abs(float(np.trapezoid(gap, grid))), True
        return total if seen else np.nan

    def pinch(self) -> tuple[float, bool]:
        """Largest |I| at 0 V over the largest |I|, and whether that is none; (NaN, False) where 0 V was not passed."""
        ok = (self.flag & ~2 == 0) & np.isfinite(self.v) & np.isfinite(self.i)
        v, i = self.v[ok], self.i[ok]
        if v.size < 4 or not np.any(i):
            return np.nan, False
        cross = np.flatnonzero(v[1:] * v[:-1] <= 0)
        if not cross.size:
            return np.nan, False
        run = v[cross + 1] - v[cross]
        weight = np.divide(-v[cross], run, out=np.zeros_like(run), where=run != 0)
        zero = np.abs(i[cross] + weight * (i[cross + 1] - i[cross]))
        largest = np.abs(i).max()
        return float(zero.max() / largest), bool(np.median(zero) <= max(PINCHED * largest, self.floor))

    def behaviour(self) -> tuple[str, str]:
        """What the loop shows, and why."""
        ok = (self.flag == 0) & np.isfinite(self.i) & np.isfinite(self.v)
        v, i = self.v[ok], self.i[ok]
        if i.size < 8:
            return "no hysteresis", f"only {i.size} clean samples"
        noise = 1.4826 * np.median(np.abs(np.diff(i, 2))) / np.sqrt(6)
        span = np.subtract(*np.quantile(i, [0.975, 0.025]))
        if span < 8 * noise:
            return "noise", f"the current spans {span:.2g} A over a noise of {noise:.2g} A: nothing above the noise"
        if not self.pinched and self.offset > max(0.5 * self.opening, 3 * noise):
            return "capacitive", f"the directions differ by {self.offset:.2g} A at 0 V as elsewhere: displacement"
        window = max((s.window for s in self.events if s.sense), default=0.0)
        if window >= RESOLVED:
            return "memristive", f"the two ways differ by up to a factor {10**window:.3g}"
        same = f"both ways agree within {100 * (10**RESOLVED - 1):.0f} %"
        slope, scatter = _slope(v, i, self.floor)
        if abs(slope - 1) < 0.05 and scatter < 0.05:
            return "ohmic", f"{same} and I is proportional to V (log-log slope {slope:.3f})"
        return "no hysteresis", f"{same} or the noise"


def _at(branch: Branch, volts: float) -> float:
    """Chord conductance in S at `volts`, from a power law through the samples within a fifth of it; NaN without any."""
    v, y = branch.clean
    target = abs(volts)
    if v.size < 2 or not v[0] <= target <= v[-1]:
        return np.nan
    near = (v >= 0.8 * target) & (v <= 1.2 * target)
    inside = np.abs(np.abs(branch.v) - target) <= 0.2 * target
    if inside.any() and np.mean(branch.ok[inside] | branch.clamped[inside]) < 0.7:
        return np.nan  # mostly noise there
    if near.sum() >= 3:
        x = np.log10(v[near] / target)
        log_i = np.polyfit(x, y[near], 1)[1] if np.ptp(x) > 0 else y[near].mean()
    else:
        log_i = np.interp(target, v, y)
    return float(10**log_i / target)


def _displacement(v: np.ndarray, i: np.ndarray) -> tuple[float, float]:
    """|I(rising) - I(falling)| at 0 V and its 90 % quantile over the voltages swept in both directions, A."""
    rising = np.gradient(v) > 0
    if min(rising.sum(), (~rising).sum()) < 4:
        return 0.0, np.inf
    grid = np.linspace(max(v[rising].min(), v[~rising].min()), min(v[rising].max(), v[~rising].max()), 41)
    if not grid[0] < 0 < grid[-1]:
        return 0.0, np.inf
    up, down = (np.interp(grid, v[m][np.argsort(v[m])], i[m][np.argsort(v[m])]) for m in (rising, ~rising))
    at_zero = abs(float(np.interp(0.0, grid, up - down)))
    return at_zero, float(np.quantile(np.abs(up - down), 0.9))


def _slope(v: np.ndarray, i: np.ndarray, floor: float) -> tuple[float, float]:
    """Log-log slope of |I| on |V| and the RMS residual in decades."""
    use = (v * i > 0) & (np.abs(i) > floor) & (np.abs(v) > 0.05 * np.abs(v).max())
    if use.sum() < 4:
        return np.nan, np.inf
    x, y = np.log10(np.abs(v[use])), np.log10(np.abs(i[use]))
    fit = np.polyfit(x, y, 1)
    return float(fit[0]), float(np.std(y - np.polyval(fit, x)))


def _choose_read(loops: list[_Loop]) -> float:
    """A round read voltage, below switching and above the noise, in the quadrant that shows the larger ratio."""
    switched = [abs(s.v) for loop in loops for s in loop.events if np.isfinite(s.v)]
    swept = [np.nanmax(np.abs(loop.v)) for loop in loops if np.isfinite(loop.v).any()]
    smaller = (
        min(
            (
                float(np.median(v))
                for sense in (1, -1)
                if (v := [abs(s.v) for loop in loops for s in loop.events if s.sense == sense and np.isfinite(s.v)])
            ),
            default=0.5 * float(np.median(swept)) if swept else 1.0,
        )
        if switched or swept
        else 1.0
    )
    low = [v for v in READ_VOLTAGES if v <= READ_PART * smaller] or [READ_VOLTAGES[0]]
    candidates = [low[-1], *(v for v in READ_VOLTAGES if low[-1] < v <= 0.7 * smaller)]
    some = loops[:: max(1, len(loops) // 200)]
    held = [loop.hold() for loop in some]
    if np.isfinite(held).mean() > 0.5:  # a volatile device has two states between hold and SET alone
        between = [v for v in READ_VOLTAGES if np.nanmedian(held) < v < smaller]
        candidates = [v for v in between if any(np.isfinite(loop.states(v)[0]) for loop in some)] or candidates
    read = {s * v: np.array([loop.states(s * v) for loop in some]) for v in candidates for s in (1, -1)}
    share = {v: np.isfinite(states[:, 0]).mean() for v, states in read.items()}
    enough = [v for v in read if share[v] >= 0.9 * max(share.values())]
    least = min(abs(v) for v in enough)
    return max((v for v in enough if abs(v) == least), key=lambda v: (_window(read[v]), v))


def _window(states: np.ndarray) -> float:
    """Median ratio of (LRS, HRS) rows, rounded so that a tie is a tie; 0 without any."""
    ratio = states[np.isfinite(states[:, 0])]
    return round(float(np.median(ratio[:, 0] / ratio[:, 1])), 2) if ratio.size else 0.0
