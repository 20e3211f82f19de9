"""What is broken in an array: cells that are stuck or open, lines that are interrupted."""

import dataclasses

import numpy as np

from pinched.arrays.crossbar import Crossbar
from pinched.core import PinchedError, nearest
from pinched.devices.wrappers.stuck import FAULTS, Faults

GOOD, ON, OFF, OPEN = range(4)


@dataclasses.dataclass(frozen=True, eq=False)
class FaultMap:
    """The faults of one array.

    Attributes:
        cells: GOOD, ON, OFF or OPEN, (rows, columns).
        word: interrupted segments of word lines, bool (rows, columns + 1), the one before the first cell first.
        bit: interrupted segments of bit lines, bool (columns, rows + 1).
    """

    cells: np.ndarray
    word: np.ndarray
    bit: np.ndarray

    @property
    def stuck(self) -> np.ndarray:
        """Cells that keep what they are, whatever is written, bool (rows, columns)."""
        return self.cells != GOOD

    @property
    def reached(self) -> np.ndarray:
        """Cells that both the left end of their word line and the bottom end of their bit line reach."""
        from_left = ~np.logical_or.accumulate(self.word[:, :-1], axis=1)
        from_bottom = ~np.logical_or.accumulate(self.bit[:, :0:-1], axis=1)[:, ::-1]
        return from_left & from_bottom.T

    @property
    def usable(self) -> np.ndarray:
        """Cells that are neither stuck nor cut off, bool (rows, columns); its mean is the yield of the array."""
        return ~self.stuck & self.reached

    def conductance(self, wanted, g_on: float, g_off: float) -> np.ndarray:
        """What cells have of which `wanted` (S) is asked: the fault where they are stuck."""
        return np.choose(self.cells, [wanted, g_on, g_off, 0.0])

    def lines(self, r_word=1.0, r_bit=1.0) -> dict[str, np.ndarray | float]:
        """r_word and r_bit of a Crossbar with these interruptions, ohm per segment."""
        return {"r_word": _cut(r_word, self.word), "r_bit": _cut(r_bit, self.bit)}

    def apply(self, crossbar: Crossbar, g_on: float, g_off: float) -> Crossbar:
        """An array of conductances with these faults; for cells that are Devices take `with_faults` and `lines`."""
        wires = self.lines(crossbar.r_word, crossbar.r_bit)
        return dataclasses.replace(crossbar, cell=self.conductance(crossbar.cell, g_on, g_off), **wires)


def fault_map(shape, faults: Faults | str = "generic", *, broken: float = 0.0, seed: int = 0) -> FaultMap:
    """Draw the faults of an array.

    Args:
        shape: (rows, columns).
        faults: probabilities that a cell is stuck ON, stuck OFF or open, or the name of published ones.
        broken: probability that a line is interrupted; where, is uniform over its segments.
        seed: of the map.

    Raises:
        PinchedError: for an unknown name, or numbers that are no probabilities.
    """
    if isinstance(faults, str):
        if faults not in FAULTS:
            raise PinchedError(f"There are no faults {faults!r} ({', '.join(FAULTS)}){nearest(faults, FAULTS)}.")
        faults = FAULTS[faults]
    if min(faults) < 0 or sum(faults) > 1 or not 0 <= broken <= 1:
        raise PinchedError(f"fault_map: {faults} and broken = {broken:g} are no probabilities of exclusive faults.")
    rng = np.random.default_rng(seed)
    rows, columns = shape
    cells = np.digitize(rng.random(shape), np.cumsum([faults.on, faults.off, faults.open]))
    cells = np.array([ON, OFF, OPEN, GOOD])[cells]
    return FaultMap(cells, _breaks(rng, rows, columns + 1, broken), _breaks(rng, columns, rows + 1, broken))


def _breaks(rng, lines, segments, broken):
    where = rng.integers(0, segments, lines)
    return (rng.random(lines) < broken)[:, None] & (np.arange(segments) == where[:, None])


def _cut(r, broken):
    """Segments of `r` ohm, infinite where broken; as it was where nothing is."""
    if not broken.any():
        return r
    r = np.asarray(r, float)
    return np.where(broken, np.inf, r[:, None] if r.ndim == 1 else r)
