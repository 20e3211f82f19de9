"""Weights as conductances: what is known of the devices that hold them, and how a weight is laid out on several."""

import dataclasses
from typing import Any

import equinox as eqx
import jax
import numpy as np

from pinched.arrays.analog.converters import namespace
from pinched.core import Origin, Parametrised, PinchedError, Quantity, nearest, param, params
from pinched.core.params import values

PLANES = {"differential": 2, "offset": 1, "reference": 1}  # scheme -> columns of a weight
SLICINGS = ("digits", "residual")


def _sides(tile):
    return (tile, tile) if np.ndim(tile) == 0 else tuple(tile)


class Mapping(Parametrised):
    """What is known of the devices that hold the weights, and how a weight is laid out on them.

    Every default but the conductance range and the read voltage is the ideal value: a property that was not measured
    is taken as ideal, and `table()` says so.

    The layout, of weights w in [-1, 1] on fractions p in [0, 1] of the conductance range:

    - `scheme`: "differential", two columns with p+ = max(w, 0) and p- = max(-w, 0), subtracted before conversion;
      "offset", one column with p = z (1 + w), its share of z subtracted as a number after conversion;
      "reference", the same with a column of cells at z in every tile, subtracted before conversion.
      z is the middle of the range, or the level just below it, so that a weight of zero is a level.
    - `slices`: so many cells hold one p, side by side, each converted. With `slicing` "digits" they are its digits
      with as many values as the device has levels. With "residual" they are sub-arrays, each of which holds what the
      ones before it, read back, missed; their currents are summed with falling weights and converted once
      (Song et al., Science 383, 903, 2024).
    - `devices`: so many in parallel for every cell.
    - `cycles`: the input comes in that many digits of `dac_bits`, largest first, each at the polarity of the input.
    - `tile`: word and bit lines of the largest array, or one number for both; larger matrices are summed after
      conversion.

    Raises:
        PinchedError: for a value out of its bounds, an empty conductance range, more stuck cells than cells, or a
            layout that cannot be.
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
    nonlinearity: np.ndarray = param(2.0, "1", "I(V)/I(V/2) of a cell at the read voltage (sinh law); 2 is ohmic", ge=2)
    scheme: str = eqx.field(default="differential", static=True)
    slices: int = eqx.field(default=1, static=True)
    slicing: str = eqx.field(default="digits", static=True)
    devices: int = eqx.field(default=1, static=True)
    cycles: int = eqx.field(default=1, static=True)
    tile: tuple[int, int] = eqx.field(default=(128, 128), converter=_sides, static=True)
    known: tuple[tuple[str, Origin, str], ...] = eqx.field(default=(), static=True)  # (property, origin, note) as given

    def __check_init__(self) -> None:
        for name, _, value in values(self):
            if np.ndim(value) and name != "sigma_program":
                raise PinchedError(
                    f"Mapping.{name} is one number, not {np.shape(value)}; only sigma_program is a table."
                )
        concrete = [np.asarray(v) for v in (self.g_min, self.g_max, self.stuck_on, self.stuck_off) if np.ndim(v) == 0]
        if len(concrete) == 4:
            g_min, g_max, on, off = concrete
            if not g_max > g_min:
                raise PinchedError(f"Mapping: g_max = {g_max:g} S must be above g_min = {g_min:g} S.")
            if on + off > 1:
                raise PinchedError(f"Mapping: stuck_on + stuck_off = {on + off:g} is more than all cells.")
        for name, choices in (("scheme", PLANES), ("slicing", SLICINGS)):
            if (chosen := getattr(self, name)) not in choices:
                raise PinchedError(f"No {name} {chosen!r} ({', '.join(choices)}){nearest(chosen, choices)}.")
        counts = self.slices, self.devices, self.cycles, *self.tile
        if len(counts) != 5 or any(not isinstance(n, (int, np.integer)) or n < 1 for n in counts):
            raise PinchedError("Mapping: slices, devices, cycles and both sides of a tile are whole numbers above 0.")
        if self.columns * (1 + (self.scheme == "reference")) > self.tile[1]:
            raise PinchedError(f"Mapping: a weight takes {self.columns} columns, a tile has {self.tile[1]}.")
        if self.slicing == "digits" and self.slices > 1 and np.any(np.isinf(self.levels)):
            raise PinchedError("Mapping: digits need finite `levels`; without, slices are `slicing='residual'`.")
        if self.cycles > 1 and np.any(np.isinf(self.dac_bits)):
            raise PinchedError("Mapping: several cycles need `dac_bits`, the bits of each.")
        if self.scheme == "reference" and self.digits == 1 and np.any(self.levels == 2):
            raise PinchedError("Mapping: a reference column needs a level between two, so at least three `levels`.")

    @property
    def digits(self) -> int:
        """Cells of one fraction that are read together, as its digits."""
        return self.slices if self.slicing == "digits" else 1

    @property
    def columns(self) -> int:
        """Physical columns of one weight in one array."""
        return self.digits * PLANES[self.scheme] * self.devices

    @property
    def zero(self):
        """The fraction z that stands for a weight of zero; 0 for a difference of two."""
        if self.scheme == "differential":
            return namespace(self.g_max).zeros_like(self.g_max)
        xp = namespace(self.levels)
        analog = xp.isinf(self.levels)
        highest = xp.where(analog, 3, self.levels) ** self.digits - 1
        return xp.where(analog | (highest == 1), 0.5, xp.floor(highest / 2) / highest).astype(self.g_max.dtype)

    @property
    def span(self):
        """Fractions that a weight of one takes."""
        return namespace(self.g_max).ones_like(self.g_max) if self.scheme == "differential" else self.zero

    @classmethod
    def of(cls, source=None, **known) -> "Mapping":
        """A mapping from what is known of a device.

        Args:
            source: None, a Mapping, a Device (its ON and OFF conductance at `read_voltage`), a PulseResponse, or the
                Programming of an array (its range, errors and read noise).
            **known: properties by name, each a number or a Quantity, whose origin and note `table()` repeats; they
                win over `source`. A Quantity without a value counts as not measured.

        Returns:
            The mapping; whatever neither `source` nor `known` says is ideal.

        Raises:
            PinchedError: for an unknown property or source, or a value out of bounds.
        """
        from pinched.arrays.analog.source import properties

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


def bare(module, dtype=np.float32):
    """A Mapping or PulseResponse without notes and with values of one type, for arithmetic that stays in it."""
    module = dataclasses.replace(module, known=()) if isinstance(module, Mapping) else module
    return jax.tree.map(lambda leaf: leaf if isinstance(leaf, jax.Array) else np.asarray(leaf, dtype)[()], module)


_IDEAL = Mapping()
