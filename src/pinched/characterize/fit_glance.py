"""What loops show at a glance: the values from which a search starts."""

import dataclasses
import itertools

import numpy as np

from pinched.characterize.fit_segments import Segments
from pinched.characterize.switching import switching
from pinched.core.constants import K_B_EV


@dataclasses.dataclass(frozen=True)
class Glance:
    """Features of the loops from which a search starts; no fit is needed for them.

    Attributes:
        set_sign: +1 or −1, the polarity at which the current rises; 0 where nothing switches.
        v_set, v_reset: median |V| of the switching events, V; half the span where there are none.
        low, high: (g, b) of i = g sinh(b v)/b in the low and the high resistance state at each polarity {+1: …, −1: …}.
        opening: median of the largest ln(I_back/I_out), 0 where no hysteresis is resolved.
        abrupt: whether most SETs happen in one step, or run away until the source limits the current.
        rectifying: decades between the currents at ±V in the low resistance state.
        series: resistance in ohm at which the current saturates, 0 where none shows.
        span: largest |V|.
        i_span: largest clean |I|, A.
        duration: s, of a median segment.
        kelvin: K, temperature of the measurement.
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
    kelvin: float

    @property
    def kt(self) -> float:
        """Thermal energy, eV."""
        return K_B_EV * self.kelvin


def glance(s: Segments) -> Glance:
    """Read the starting values of a search off the curves."""
    found = {1: [], -1: []}
    for e in itertools.chain(*s.excursions()):
        found[e.sign].append((e, switching(e)))
    weight = {sign: sum(event.sense * event.window for _, event in found[sign]) for sign in found}
    set_sign = int(np.sign(weight[1] - weight[-1]))
    rise = [event for _, event in found.get(set_sign, []) if event.sense > 0]
    fall = [event for _, event in found.get(-set_sign, []) if event.sense < 0]
    span, i_span = float(np.abs(s.v[s.used]).max()), float(np.abs(s.i[s.used]).max())
    v_set, v_reset = _median([abs(e.v) for e in rise], 0.5 * span), _median([abs(e.v) for e in fall], 0.5 * span)

    low, high, bends, tops = {}, {}, [], []
    for sign in (1, -1):
        out, back = [e.out for e, _ in found[sign]], [e.back for e, _ in found[sign]]
        sets, below = sign == (set_sign or 1), 0.9 * (v_set if sign == set_sign else v_reset)
        low[sign] = _sinh(back, np.inf) if sets else _sinh(out, below)
        high[sign] = _sinh(out, below) if sets else _sinh(back, np.inf)
        bends.append(_bend(back if sets else out))
        tops.append(_bend(out if sets else back)[0])
    for state in (low, high):  # a polarity that was not swept borrows from the other
        for sign in (1, -1):
            state[sign] = state[sign] or state[-sign] or (i_span / span, 1 / span)

    saturating = [r for top, steepest, r in bends if steepest > 1.8 and top < 0.6 * steepest]
    ohmic_low = max(top for top, *_ in bends) < 1.25 and max(tops) > 1.8
    series = (
        0.8 / max(g * max(1.0, b * span / 5) for g, b in low.values()) if ohmic_low else min(saturating, default=0.0)
    )
    currents = [g / b * np.sinh(min(0.5 * b * span, 50.0)) for g, b in (low[1], low[-1])]
    opened = [_median([event.window * abs(event.sense) for _, event in found[sign]], 0.0) for sign in found]
    return Glance(
        set_sign=set_sign, v_set=v_set, v_reset=v_reset, low=low, high=high, opening=max(opened) * np.log(10),
        abrupt=s.limited or _median([event.abrupt for event in rise], 0.0) > 0.5,
        rectifying=float(abs(np.log10(currents[0] / currents[1]))), series=float(min(series, 0.9 * span / i_span)),
        span=span, i_span=i_span, duration=float(np.median(np.ptp(s.t, axis=1))),
        kelvin=s.kelvin,
    )  # fmt: skip


def _median(values, otherwise: float) -> float:
    finite = [v for v in values if np.isfinite(v)]
    return float(np.median(finite)) if finite else otherwise


def _pooled(branches):
    """(|V|, ln |I|) of the clean samples of branches."""
    points = [b.clean for b in branches] or [(np.zeros(0), np.zeros(0))]
    return np.concatenate([v for v, _ in points]), np.concatenate([y for _, y in points]) * np.log(10)


def _bend(branches):
    """(d ln I/d ln V at the largest |V|, its largest value, dV/dI at the largest |V|); zeros without data."""
    v, y = _pooled(branches)
    if v.size < 24:
        return 0.0, 0.0, 0.0
    edges = np.linspace(0.1, 1, 10) * v.max()
    inside = [(v >= a) & (v <= b) for a, b in itertools.pairwise(edges)]
    slopes = [np.polyfit(np.log(v[k]), y[k], 1)[0] for k in inside if k.sum() >= 3 and np.ptp(v[k]) > 0]
    top = v >= 0.9 * v.max()
    return slopes[-1], max(slopes), float(np.median(v[top] / np.exp(y[top])) / max(slopes[-1], 0.1))


def _sinh(branches, below):
    """(g, b) of g sinh(b v)/b through branches at |V| < `below`; None without data."""
    v, y = _pooled(branches)
    keep = (v > 0) & (v < below)
    if keep.sum() < 4:
        return None
    v, y = v[keep], y[keep]
    b = np.geomspace(0.01, 30, 80)[:, None] / v.max()
    shape = b * v + np.log(-np.expm1(-2 * b * v) / (2 * b))
    offset = np.median(y - shape, axis=1)
    best = int(np.argmin(np.mean(np.abs(y - shape - offset[:, None]), axis=1)))
    return float(np.exp(offset[best])), float(b[best, 0])
