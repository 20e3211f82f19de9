"""Weights on pairs of devices: what the devices of an array make of a weight matrix."""

import dataclasses
from typing import Any

import equinox as eqx
import jax
import numpy as np

from pinched.core import Origin, Parametrised, PinchedError, Quantity, param, params

TILE = 128  # word lines and bit lines of one array, the usual size of the published macros


class Mapping(Parametrised):
    """What is known of the devices that hold the weights. A weight is the difference of two: G+ - G-.

    Every default but the conductance range and the read voltage is the ideal value: a property that was not measured
    is taken as ideal, and `table()` says so.

    Raises:
        PinchedError: for a value out of its bounds, an empty conductance range, or more stuck cells than cells.
    """

    g_min: np.ndarray = param(0.0, "S", "conductance of the OFF state", ge=0)
    g_max: np.ndarray = param(100e-6, "S", "conductance of the ON state", gt=0)
    levels: np.ndarray = param(np.inf, "1", "levels that programming tells apart, evenly spaced", ge=2)
    sigma_program: np.ndarray = param(
        0.0, "1", "programming error over the range g_max - g_min; an array runs evenly from g_min to g_max", ge=0
    )
    sigma_device: np.ndarray = param(0.0, "1", "spread of ln(conductance) from device to device", ge=0)
    stuck_on: np.ndarray = param(0.0, "1", "fraction of cells stuck at g_max", ge=0, le=1)
    stuck_off: np.ndarray = param(0.0, "1", "fraction of cells stuck at g_min", ge=0, le=1)
    sigma_read: np.ndarray = param(0.0, "1", "read noise of a cell over its current", ge=0)
    r_wire: np.ndarray = param(0.0, "ohm", "wire resistance between neighbouring cells", ge=0)
    dac_bits: np.ndarray = param(np.inf, "1", "bits of the input voltages", ge=1)
    adc_bits: np.ndarray = param(np.inf, "1", "bits of the column currents", ge=2)
    read_voltage: np.ndarray = param(0.2, "V", "word-line voltage of the largest input", gt=0)
    known: tuple[tuple[str, Origin, str], ...] = eqx.field(default=(), static=True)  # (property, origin, note) as given

    def __check_init__(self) -> None:
        concrete = [np.asarray(v) for v in (self.g_min, self.g_max, self.stuck_on, self.stuck_off) if np.ndim(v) == 0]
        if len(concrete) == 4:
            g_min, g_max, on, off = concrete
            if not g_max > g_min:
                raise PinchedError(f"Mapping: g_max = {g_max:g} S must be above g_min = {g_min:g} S.")
            if on + off > 1:
                raise PinchedError(f"Mapping: stuck_on + stuck_off = {on + off:g} is more than all cells.")

    @classmethod
    def of(cls, source=None, **known) -> "Mapping":
        """A mapping from what is known of a device.

        Args:
            source: None, a Mapping, a Device (its ON and OFF conductance at `read_voltage`) or a PulseResponse.
            **known: properties by name, each a number or a Quantity, whose origin and note `table()` repeats; they
                win over `source`. A Quantity without a value counts as not measured.

        Returns:
            The mapping; whatever neither `source` nor `known` says is ideal.

        Raises:
            PinchedError: for an unknown property or source, or a value out of bounds.
        """
        from pinched.networks.source import properties

        base = source if isinstance(source, Mapping) else cls()
        given = {k: v for k, v in known.items() if not (isinstance(v, Quantity) and not v.available)}
        read_voltage = _number(given.get("read_voltage", base.read_voltage))
        found = {**({} if base is source else properties(source, float(read_voltage))), **given}
        notes = {name: (name, origin, note) for name, origin, note in base.known}
        for name, value in found.items():
            q = value if isinstance(value, Quantity) else Quantity(0, "", "assumed", note="given as a number")
            notes[name] = (name, q.origin, q.note or q.label)
        made: Any = base.replace(known=tuple(notes.values()), **{k: _number(v) for k, v in found.items()})
        return made

    def table(self) -> list[Quantity]:
        """Every property with its value and origin, in order; NaN with the note "not measured" where none was given."""
        origins: dict[str, tuple[Origin, str]] = {name: (origin, note) for name, origin, note in self.known}
        rows = []
        for name, declared in params(type(self)).items():
            value = float(np.mean(getattr(self, name)))
            changed = not np.array_equal(getattr(self, name), getattr(_IDEAL, name))
            if name in origins or changed:
                origin, note = origins.get(name, ("assumed", "given as a number"))
                rows.append(Quantity(value, declared.unit, origin, label=declared.doc, note=note))
            else:
                note = f"not measured, taken as {value:g} {declared.unit}".rstrip(" 1")
                rows.append(Quantity(np.nan, declared.unit, "assumed", label=declared.doc, note=note))
        return rows


def _number(value):
    return value.value if isinstance(value, Quantity) else value


def single(module):
    """A Mapping or PulseResponse with float32 values and without notes, for arithmetic that stays in float32."""
    bare = dataclasses.replace(module, known=()) if isinstance(module, Mapping) else module
    return jax.tree.map(lambda leaf: np.asarray(leaf, np.float32)[()], bare)


def ideal(mapping: Mapping) -> Mapping:
    """The ideal device with the ON state and read voltage of `mapping`: all else improved, its OFF state insulates."""
    return Mapping(g_max=mapping.g_max, read_voltage=mapping.read_voltage)


def quantise(x, lo, hi, n):
    """`x` clipped to [lo, hi] and rounded to the nearest of `n` even steps of it; as it is where `n` is infinite."""
    xp = x.__array_namespace__()
    even = xp.isinf(n)
    step = xp.where(even, 1, (hi - lo) / (xp.where(even, 2, n) - 1)).astype(x.dtype)
    return xp.where(even, x, lo + xp.round((xp.clip(x, lo, hi) - lo) / step) * step)


def program_sigma(g, m: Mapping):
    """Standard deviation in S of the programmed conductance at targets `g`."""
    table = np.reshape(m.sigma_program, -1)
    at = (g - m.g_min) / (m.g_max - m.g_min)
    return (m.g_max - m.g_min) * np.interp(at, np.linspace(0, 1, table.size), table).astype(g.dtype)


def expected_error(g, m: Mapping):
    """Expected squared deviation in S² of a cell from the conductance `g` asked of it; to first order in the spread."""
    drawn = program_sigma(g, m) ** 2 + (m.sigma_device * g) ** 2
    return drawn + m.stuck_on * (m.g_max - g) ** 2 + m.stuck_off * (m.g_min - g) ** 2


def targets(w, w_max, m: Mapping):
    """Conductances (2, rows, outputs) of G+ and G- that stand for weights `w` in [-w_max, w_max], on the levels."""
    up = np.minimum(np.stack([np.maximum(w, 0), np.maximum(-w, 0)]) / w_max, 1)
    return quantise(m.g_min + up * (m.g_max - m.g_min), m.g_min, m.g_max, m.levels)


def weight_range(w, m: Mapping):
    """The weight that g_max stands for: least expected squared error of weights, by clipping, levels and devices."""

    def error(w_max):
        g = targets(w, w_max, m)
        per_siemens = w_max / (m.g_max - m.g_min)
        return np.mean(((g[0] - g[1]) * per_siemens - w) ** 2) + 2 * np.mean(expected_error(g, m)) * per_siemens**2

    largest = np.max(np.abs(w)) or w.dtype.type(1)
    candidates = largest * np.linspace(1, 0.1, 19, dtype=w.dtype)
    return candidates[np.argmin([error(c) for c in candidates])]


def cells(g, m: Mapping, rng: np.random.Generator):
    """Conductances that devices take when `g` is asked of them: error, spread and stuck cells drawn for each cell."""
    error, spread = rng.standard_normal((2, *g.shape), np.float32)
    fate = rng.random(g.shape)
    real = np.maximum(g + program_sigma(g, m) * error, 0) * np.exp(m.sigma_device * spread)
    real = np.where(fate < m.stuck_on, m.g_max, real)
    return np.where(fate >= 1 - np.float64(m.stuck_off), m.g_min, real).astype(g.dtype)


def tiles(rows: int) -> list[slice]:
    """Slices of at most TILE rows that cover `rows`."""
    return [slice(i, min(i + TILE, rows)) for i in range(0, rows, TILE)]


def effective(g: np.ndarray, r_wire: float) -> np.ndarray:
    """What the columns see of cells `g` (2, rows, outputs) through wires of `r_wire` ohm per cell pitch.

    The two devices of a pair lie side by side; tiles of at most 128 x 128 cells, driven at the left and read at the
    bottom, each solved exactly.
    """
    from pinched.arrays.crossbar import Crossbar

    seen = np.empty_like(g)
    width = TILE // 2
    for rows in tiles(g.shape[1]):
        for first in range(0, g.shape[2], width):
            columns = slice(first, first + width)
            block = np.moveaxis(g[:, rows, columns], 0, -1)  # (rows, outputs, 2): pairs side by side
            flat = block.reshape(block.shape[0], -1).astype(np.float64)
            matrix = Crossbar(flat, r_word=r_wire, r_bit=r_wire).matrix()
            seen[:, rows, columns] = np.moveaxis(np.asarray(matrix).reshape(block.shape), -1, 0)
    return seen


_IDEAL = Mapping()
