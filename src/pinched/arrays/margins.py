"""What a read can tell: currents of a column with the selected cell ON and OFF, and all that blurs them."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pinched.arrays.bits import gate_of, pair, stored
from pinched.arrays.crossbar import Crossbar, Solution
from pinched.arrays.schemes import bias
from pinched.core import PinchedError, verb
from pinched.devices import Device, device as named

if TYPE_CHECKING:
    import pandas as pd

BACKGROUNDS = ("on", "off", "random")
LARGEST = 512  # side of the largest array that is tried


@dataclasses.dataclass(frozen=True)
class Margin:
    """A read of one cell, ON and OFF.

    Attributes:
        on, off: current out of the selected bit line, A.
        through: part of `on` that came through the selected cell, A.
        voltage: across the selected cell while ON, V.
        power: that all line ends bring into the array while ON, W.
    """

    on: float
    off: float
    through: float
    voltage: float
    power: float

    @property
    def margin(self) -> float:
        """(I_on - I_off)/I_on."""
        return (self.on - self.off) / self.on

    @property
    def window(self) -> float:
        """I_on/I_off."""
        return self.on / self.off if self.off else np.inf

    @property
    def sense(self) -> float:
        """I_on - I_off, what a current sense amplifier has to tell, A."""
        return self.on - self.off

    @property
    def sneak(self) -> float:
        """Current of the column that did not pass the selected cell, A."""
        return self.on - self.through


@verb
def read_margin(
    cell,
    shape,
    v: float,
    scheme: str = "grounded",
    row: int = 0,
    column: int = -1,
    *,
    background="on",
    gate: float | None = None,
    seed: int = 0,
    **lines: Any,
) -> Margin:
    """Read one cell of an array, ON and OFF.

    The default cell is the farthest from its drivers, and all others are ON, which is the worst case.

    Args:
        cell: what `stored` takes.
        shape: (rows, columns).
        v: read voltage, V.
        scheme: a key of SCHEMES.
        row, column: the cell that is read.
        background: the other cells: "on", "off", "random" (half of them, by `seed`), or a matrix of 0 and 1.
        gate: V at the transistors of the selected word line, for cells that have them; default that of the cell.
        seed: of a random background.
        lines: r_word, r_bit, r_source of the Crossbar.

    Raises:
        PinchedError: for an unknown scheme or background, or a cell outside the array.
    """
    bits = background_bits(background, shape, seed)
    held = bias(scheme, shape, row, column, v, gate=gate_of(cell) if gate is None else gate)
    read = []
    for state in (1, 0):
        bits[row, column] = state
        read.append(stored(cell, bits, v, **lines).solve(**held))
    on, off = read
    return Margin(
        on=float(on.i_bit_bottom[column]),
        off=float(off.i_bit_bottom[column]),
        through=float(on.i_device[row, column]),
        voltage=float(on.v_word[row, column] - on.v_bit[row, column]),
        power=power(on, held),
    )


@verb
def margin_table(
    cell, v: float, schemes: Sequence[str] = ("grounded",), sizes: Sequence[int] = (8, 16, 32, 64, 128), **options: Any
) -> "pd.DataFrame":
    """Margins of square arrays against their side.

    Args:
        cell, v: as in `read_margin`.
        schemes, sizes: those to try.
        options: the others of `read_margin`.

    Returns:
        A DataFrame: scheme, size, margin, window, and on, off, sense, sneak (A), voltage (V), power (W).
    """
    import pandas as pd

    rows = []
    for name in schemes:
        for n in sizes:
            m = read_margin(cell, (int(n), int(n)), v, name, **options)
            told = ("margin", "window", "on", "off", "sense", "sneak", "voltage", "power")
            rows.append({"scheme": name, "size": int(n)} | {key: getattr(m, key) for key in told})
    return pd.DataFrame(rows)


@verb
def largest_array(cell, wanted: float, v: float, scheme: str = "grounded", limit: int = LARGEST, **options: Any) -> int:
    """Side of the largest square array whose worst cell keeps a margin of `wanted`; 0 where a single cell does not.

    Sides are doubled until one fails, then halved between; `limit` where none fails.

    Raises:
        PinchedError: for a margin that is not between 0 and 1.
    """
    if not 0 < wanted < 1:
        raise PinchedError(f"largest_array() wants a margin between 0 and 1, not {wanted:g}.")

    def enough(n):
        return read_margin(cell, (n, n), v, scheme, **options).margin >= wanted

    good, n = 0, 1
    while n <= limit and enough(n):
        good, n = n, 2 * n
    bad = min(n, limit + 1)
    while bad - good > 1:
        n = (good + bad) // 2
        good, bad = (n, bad) if enough(n) else (good, n)
    return good


@verb
def corners(
    cell,
    shape,
    v: float,
    scheme: str = "grounded",
    spread: Any = 0.1,
    n: int = 100,
    seed: int = 0,
    **options: Any,
) -> "pd.DataFrame":
    """Monte Carlo: reads of the worst cell in `n` arrays whose cells differ and hold random bits.

    Args:
        cell, shape, v, scheme: as in `read_margin`.
        spread: σ/μ of conductances, lognormal; or what `Device.sample` takes for a Device.
        n: number of arrays.
        seed: of everything random.
        options: the others of `read_margin`.

    Returns:
        A DataFrame with a row for each array: on, off (A), margin.
    """
    import pandas as pd

    if isinstance(cell, str):
        cell = named(cell)
    rows = []
    for k in range(n):
        rng = np.random.default_rng([seed, k])
        if isinstance(cell, Device):
            own = cell.sample(int(rng.integers(2**31)), tuple(shape), spread)
        else:
            s = np.sqrt(np.log1p(float(spread) ** 2))
            own = np.asarray([g * np.exp(s * rng.standard_normal(shape) - s**2 / 2) for g in pair(cell)])
            own = own.max(axis=0), np.minimum(own[1], own[0])
        bits = rng.integers(0, 2, shape)
        m = read_margin(own, shape, v, scheme, background=bits, **options)
        rows.append({"on": m.on, "off": m.off, "margin": m.margin})
    return pd.DataFrame(rows)


def gap(reads: "pd.DataFrame", sigmas: float = 3.0) -> float:
    """Sense margin of `corners`, A: between the lowest ON and the highest OFF at so many standard deviations."""
    on, off = reads["on"], reads["off"]
    return float(on.mean() - off.mean() - sigmas * (on.std() + off.std()))


@verb
def ir_drop(crossbar: Crossbar, v: float = 0.2, **ends: Any) -> np.ndarray:
    """Part of the voltage that each cell loses to the wires, (rows, columns), every row driven at `v` and read.

    Args:
        crossbar: the array.
        v: V at the left of all word lines, the bit lines grounded at the bottom.
        ends: other ends to hold, such as word_right=v or bit_top=0.0.
    """
    s = crossbar.solve(**{"word_left": v, "bit_bottom": 0.0, **ends})
    return 1 - (s.v_word - s.v_bit) / v


def power(solution: Solution, ends: dict[str, Any]) -> float:
    """Power that the driven line ends bring into the array, W."""
    signs = {"word_left": 1, "word_right": 1, "bit_top": -1, "bit_bottom": -1}
    into = (
        sign * np.nansum(np.asarray(ends[name]) * getattr(solution, f"i_{name}"))
        for name, sign in signs.items()
        if name in ends
    )
    return float(sum(into))


def background_bits(background, shape, seed: int = 0) -> np.ndarray:
    """What the other cells hold, (rows, columns): "on", "off", "random" by `seed`, or a matrix of 0 and 1.

    Raises:
        PinchedError: for another word, or a matrix of another shape.
    """
    if isinstance(background, str):
        if background not in BACKGROUNDS:
            raise PinchedError(f"There is no background {background!r}; choose {', '.join(BACKGROUNDS)}, or give bits.")
        fill = {"on": lambda: np.ones(shape, int), "off": lambda: np.zeros(shape, int)}
        return fill.get(background, lambda: np.random.default_rng(seed).integers(0, 2, shape))()
    bits = np.array(background)
    if bits.shape != tuple(shape):
        raise PinchedError(f"The background has shape {bits.shape}, the array {tuple(shape)}.")
    return bits
