"""Cutting a loop into excursions from zero, and each of those into its way out and its way back."""

import dataclasses

import numpy as np

from pinched.core import Flag

MIN_SAMPLES = 4  # fewer do not make a branch
SMALL = 0.1  # an excursion below this part of the largest |V| is noise about zero


@dataclasses.dataclass(frozen=True)
class Branch:
    """One way between zero and the largest |V|: arrays (samples,) in time order.

    Attributes:
        v, i, t: V, A, s.
        ok: clean samples, above the noise floor, with current in the direction of the voltage.
        clamped: samples at which the source limited the current.
    """

    v: np.ndarray
    i: np.ndarray
    t: np.ndarray
    ok: np.ndarray
    clamped: np.ndarray

    def __len__(self) -> int:
        return self.v.size

    @property
    def clean(self) -> tuple[np.ndarray, np.ndarray]:
        """(|V|, log10 |I|) of the good samples, sorted by |V|; where V snapped back, only the outermost ones."""
        v, y = np.abs(self.v[self.ok]), np.log10(np.abs(self.i[self.ok]))
        outward = v.size < 2 or v[-1] >= v[0]
        v, y = (v, y) if outward else (v[::-1], y[::-1])
        kept = v >= np.maximum.accumulate(v) if v.size else np.zeros(0, bool)
        return v[kept], y[kept]


@dataclasses.dataclass(frozen=True)
class Excursion:
    """A way out and a way back (empty where not swept) in one quadrant.

    `joined` where the loop began and ended inside the quadrant, so that the way back came first.
    """

    sign: int
    out: Branch
    back: Branch
    joined: bool = False

    def gap(self) -> tuple[np.ndarray, np.ndarray]:
        """(|V|, log10(I_back/I_out)) where both ways were measured; empty where they do not overlap."""
        (v_out, y_out), (v_back, y_back) = self.out.clean, self.back.clean
        if min(v_out.size, v_back.size) < MIN_SAMPLES:
            return np.zeros(0), np.zeros(0)
        low, high = max(v_out[0], v_back[0]), min(v_out[-1], v_back[-1])
        if high <= low:
            return np.zeros(0), np.zeros(0)
        grid = np.linspace(low, high, 101)
        return grid, np.interp(grid, v_back, y_back) - np.interp(grid, v_out, y_out)


def noise_floor(i: np.ndarray) -> float:
    """Three standard deviations of the smallest currents of a loop (in time order), A, from second differences."""
    if i.size < 8:
        return 0.0
    rough = np.abs(np.diff(i, 2))
    least = np.abs(i[1:-1]) <= np.quantile(np.abs(i[1:-1]), 0.2)
    return float(3 * 1.4826 * np.median(rough[least]) / np.sqrt(6))


def excursions(v: np.ndarray, i: np.ndarray, t: np.ndarray, flag: np.ndarray, floor: float = 0.0) -> list[Excursion]:
    """Every excursion of one loop that has a way out.

    Args:
        v, i, t: voltage (V), current (A), time (s, may be NaN), each (samples,) in time order.
        flag: bits of `core.Flag`, (samples,).
        floor: |I| at or below which a sample says nothing, A.
    """
    finite = np.isfinite(v) & np.isfinite(i)
    v, i, t, flag = v[finite], i[finite], t[finite], flag[finite]
    if v.size < 2 * MIN_SAMPLES or not np.any(v):
        return []
    largest = np.abs(v).max()
    sign = np.where(np.abs(v) < 1e-3 * largest, 0, np.sign(v)).astype(int)
    starts = np.flatnonzero(np.diff(sign, prepend=2))
    clamped = (flag & int(Flag.COMPLIANCE)) != 0
    ok = (flag == 0) & (np.abs(i) > floor) & (v * i > 0)
    whole, opening, closing = [], {}, {}
    for a, b in zip(starts, np.append(starts[1:], v.size), strict=True):
        if sign[a] == 0 or b - a < MIN_SAMPLES or np.abs(v[a:b]).max() < SMALL * largest:
            continue
        turn = a + int(np.argmax(np.abs(v[a:b])))
        out, back = (Branch(v[s], i[s], t[s], ok[s], clamped[s]) for s in (slice(a, turn + 1), slice(turn, b)))
        if min(len(out), len(back)) >= MIN_SAMPLES:
            whole.append(Excursion(sign[a], out, back))
        elif len(back) >= MIN_SAMPLES:
            opening.setdefault(sign[a], back)
        elif len(out) >= MIN_SAMPLES:
            closing[sign[a]] = out
    nothing = slice(0, 0)
    empty = Branch(v[nothing], i[nothing], t[nothing], ok[nothing], clamped[nothing])
    whole += [Excursion(s, out, opening.get(s, empty), joined=s in opening) for s, out in closing.items()]
    return whole
