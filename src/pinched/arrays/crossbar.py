"""The crossbar: cells of any kind between resistive word and bit lines, read, solved and run exactly."""

import dataclasses
import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from pinched.arrays.effective import effective_matrix
from pinched.arrays.inputs import ENDS, conductances, end, numbers, pairs, refuse_shorts, states
from pinched.arrays.islands import islands
from pinched.arrays.lines import end_currents, lines
from pinched.arrays.nodal import gated
from pinched.arrays.nonlinear import solve_law
from pinched.arrays.static import solve
from pinched.core import PinchedError, is_traced, verb
from pinched.devices.base import Device, Environment

if TYPE_CHECKING:
    import xarray as xr

ROOM = Environment()  # made once: its checks take 0.3 ms


@dataclasses.dataclass(frozen=True)
class Solution:
    """The static state of a crossbar; leading axes are those of the inputs.

    Attributes:
        i_word_left, i_word_right: current into the array at the word lines' ends, A (..., rows); 0 where floating.
        i_bit_top, i_bit_bottom: current out of the array at the bit lines' ends, A (..., columns); 0 where floating.
        v_word, v_bit: potential of the word- and bit-line node of each cell, V (..., rows, columns); NaN on lines that
            no closed cell connects to a driven end, where it is not defined.
        i_device: current through each cell from word to bit line, A (..., rows, columns).
    """

    i_word_left: Any
    i_word_right: Any
    i_bit_top: Any
    i_bit_bottom: Any
    v_word: Any
    v_bit: Any
    i_device: Any


@dataclasses.dataclass(frozen=True, eq=False)
class Crossbar:
    """An array of cells with resistive lines; row i is a word line, column j a bit line.

    Neighbouring nodes of a line are one wire segment apart, and so is a driven end from its first node, there with
    `r_source` in series. Everything can be differentiated with JAX (under `pinched.double()`): where a number is
    traced, so are the results, and a remedy that needs values (a line without a potential, a solution that does not
    converge) shows as NaN.

    Args:
        cell: conductance, S (..., rows, columns), at least 0, where 0 is an open cell and leading axes are a batch of
            arrays; or a Device whose parameters or states broadcast to (rows, columns). A device with the ports
            ("channel", "gate", "bulk") is a cell with a transistor, its bulk at 0 V.
        r_word: wire segment of a word line, ohm: one number, one a line (rows,), or every segment (rows, columns + 1),
            both ends' included. Lines of exactly 0 ohm are ideal; a segment of inf is broken.
        r_bit: the same of a bit line, (columns,) or (columns, rows + 1).
        x: states of the device, name -> (rows, columns); default at rest.
        r_source: resistance in series with every driven end, ohm.
        c_word, c_bit: capacitance to ground of a line at each cell, F; of use in `run`.
        i_max: compliance of the word lines' sources, A, or (of those, of the bit lines').

    Raises:
        PinchedError: for a conductance that is no such matrix, a device of no such shape, or a negative resistance.
    """

    cell: Any
    r_word: Any = 1.0
    r_bit: Any = 1.0
    _: dataclasses.KW_ONLY
    x: Mapping[str, Any] | None = None
    r_source: Any = 0.0
    c_word: Any = 0.0
    c_bit: Any = 0.0
    i_max: Any = None

    def __post_init__(self):
        if isinstance(self.cell, Device):
            object.__setattr__(self, "x", states(self.cell, self.x))
        else:
            object.__setattr__(self, "cell", conductances(self.cell))
        rows, columns = self.shape
        for name, shape in (("r_word", (rows, columns + 1)), ("r_bit", (columns, rows + 1))):
            r = numbers(name, getattr(self, name))
            if np.shape(r) not in ((), shape[:1], shape):
                raise PinchedError(
                    f"Crossbar.{name} has shape {np.shape(r)}: give one number, one a line {shape[:1]}, or every "
                    f"segment {shape}, ohm."
                )
            if not is_traced(r) and not (np.all(r >= 0) and (r.ndim == 2 or np.all(np.isfinite(r)))):
                raise PinchedError(
                    f"Crossbar.{name} = {r} ohm: give at least 0, finite except for single broken segments."
                )
            object.__setattr__(self, name, r)
        for name in ("r_source", "c_word", "c_bit"):
            value = numbers(name, getattr(self, name))
            if not is_traced(value) and (value.ndim or not np.isfinite(value) or value < 0):
                raise PinchedError(f"Crossbar.{name} = {value}: give one finite number of at least 0.")
            object.__setattr__(self, name, value)
        if self.i_max is not None:
            i_max = numbers("i_max", self.i_max)
            if i_max.shape not in ((), (2,)) or not (is_traced(i_max) or np.all(i_max > 0)):
                raise PinchedError(f"Crossbar.i_max = {self.i_max}: a compliance is a positive current in A, or two.")
            object.__setattr__(self, "i_max", i_max)

    @functools.cached_property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        if isinstance(self.cell, Device):
            return np.broadcast_shapes(self.cell.population, *(np.shape(x) for x in (self.x or {}).values()))
        return np.shape(self.cell)[-2:]

    @property
    def compliance(self) -> tuple[Any, Any]:
        """Largest current of the sources of word and of bit lines, A."""
        if self.i_max is None:
            return np.inf, np.inf
        return (self.i_max, np.inf) if self.i_max.ndim == 0 else tuple(self.i_max)

    @property
    def device(self) -> Device:
        """The cells as a device."""
        from pinched.devices import Ohmic

        return self.cell if isinstance(self.cell, Device) else Ohmic(g=self.cell)

    @verb
    def ohmic(self, v_read: float, env: Environment | None = None) -> "Crossbar":
        """The same array of ohmic cells: their chord conductance at `v_read` (V), states as they are.

        Raises:
            PinchedError: for cells with a gate, or a voltage of 0.
        """
        if not isinstance(self.cell, Device):
            return self
        if gated(self.cell):
            raise PinchedError(f"{type(self.cell).__name__} has a gate, so it is no resistor: take solve(gate=…).")
        if not is_traced(v_read) and not v_read:
            raise PinchedError("ohmic() needs a voltage other than 0 V.")
        v = v_read + np.zeros(self.shape)
        i, _ = _tangent(self.cell, self.x, env or ROOM, v)
        return dataclasses.replace(self, cell=jax.numpy.broadcast_to(i / v, self.shape), x=None)

    @verb
    def matrix(self) -> np.ndarray:
        """The read as a matrix, S (rows, columns), wires included: `v @ matrix()` are the column currents.

        Built once by block elimination, kept, and read-only; every later `read` is a product with it. Only ohmic cells
        without compliance have one.
        """
        return self._matrix

    @verb
    def read(self, voltage) -> Any:
        """Column currents with word lines driven at their left end and bit lines grounded at the bottom.

        Many inputs of ohmic cells at once (half as many as columns) are read through `matrix()`.

        Args:
            voltage: V (..., rows).

        Returns:
            A (..., columns), positive out of the array.

        Raises:
            PinchedError: for a wrong length, or a voltage that is not finite.
        """
        v = numbers("voltage", voltage)
        rows, columns = self.shape
        if v.ndim == 0 or v.shape[-1] != rows:
            raise PinchedError(f"read() got voltages of shape {v.shape}: the last axis must be the {rows} word lines.")
        if not is_traced(v) and not np.isfinite(v).all():
            raise PinchedError("read() got a voltage that is not finite: to float a line use solve().")
        if "_matrix" in self.__dict__ or (self._linear and 2 * (v.size // rows) >= columns):
            return v @ self._matrix
        return self.solve(word_left=v, bit_bottom=0.0).i_bit_bottom

    @verb
    def solve(
        self,
        *,
        word_left=None,
        word_right=None,
        bit_top=None,
        bit_bottom=None,
        gate=None,
        env: Environment | None = None,
    ) -> Solution:
        """Potentials and currents for any voltages at any line ends, the states of the cells as they are.

        Args:
            word_left, word_right: V (..., rows) or a scalar for all; NaN, or nothing given, floats an end.
            bit_top, bit_bottom: V (..., columns) or a scalar for all.
            gate: V (rows,), (rows, columns) or a scalar, of cells with a transistor.
            env: the surroundings of the devices.

        Returns:
            A Solution with the broadcast leading axes of the inputs, after those of a batch of conductances.

        Raises:
            PinchedError: for shapes that do not fit, when no end is driven, when zero ohms join two different
                sources, or when the currents cannot be balanced in double precision.
        """
        if not isinstance(self.cell, Device) and self.cell.ndim > 2:
            return self._batch(dict(zip(ENDS, (word_left, word_right, bit_top, bit_bottom), strict=True)))
        given = dict(zip(ENDS, (word_left, word_right, bit_top, bit_bottom), strict=True))
        drive, driven, batch = self._drives(given)
        alike: dict[bytes, list[int]] = {}
        for k, row in enumerate(driven):
            alike.setdefault(row.tobytes(), []).append(k)
        parts = [self._solve_driven(drive[np.array(k)], driven[k[0]], gate, env) for k in alike.values()]
        back = np.argsort(np.concatenate(list(alike.values())))
        join = jax.numpy.concatenate if any(map(is_traced, parts[0])) else np.concatenate
        joined = (join(pieces)[back] for pieces in zip(*parts, strict=True))
        return Solution(*(x.reshape(*batch, *x.shape[1:]) for x in joined))

    @verb
    def run(
        self,
        time,
        *,
        word_left=None,
        word_right=None,
        bit_top=None,
        bit_bottom=None,
        gate=None,
        env: Environment | None = None,
        save: Any = "final",
        rtol: float = 1e-6,
    ) -> tuple["Crossbar", "xr.Dataset"]:
        """What the array does under voltages that change in time: states of all cells and potentials of all nodes.

        The deterministic part of the cells' models; before `time[0]` the array has settled. Where a number is traced,
        a dict stands for the Dataset, and NaN tells of an integration that fails or takes more than 1024 steps.

        Args:
            time: s (n,), increasing.
            word_left, word_right: V, a scalar, (rows,), or (n, rows): straight lines between the times. NaN, or nothing
                given, floats an end for the whole run.
            bit_top, bit_bottom: V, a scalar, (columns,), or (n, columns).
            gate: V, a scalar, (rows,), (rows, columns), (n, rows) where that is another shape, or (n, rows, columns),
                of cells with a transistor.
            env: the surroundings of the devices.
            save: "final", "every" one of `time`, or times in s.
            rtol: local error of a step, of states of order one and of potentials over the largest voltage.

        Returns:
            (the Crossbar with its states at the end, a Dataset): `voltage` across and `current` through each cell and
            its `state_<name>` (row, column, sample), and the currents at the line ends, `i_word_left` (row, sample) to
            `i_bit_bottom` (column, sample), with those of the lines' capacitances where the lines have resistance.

        Raises:
            PinchedError: as `solve`, for times that do not increase, and where the integration fails.
        """
        from pinched.arrays.waveforms import run

        given = dict(zip(ENDS, (word_left, word_right, bit_top, bit_bottom), strict=True))
        return run(self, time, given, gate, env or ROOM, save, rtol)

    @property
    def _linear(self) -> bool:
        return not isinstance(self.cell, Device) and self.i_max is None and self.cell.ndim == 2 and not self._is_traced

    @property
    def _is_traced(self) -> bool:
        return is_traced((self.cell, self.x, self.r_word, self.r_bit, self.r_source, self.i_max))

    @functools.cached_property
    def _matrix(self) -> np.ndarray:
        if not self._linear:
            raise PinchedError("Only ohmic cells without compliance are a matrix: take `ohmic(v_read)` of the array.")
        if self.r_word.ndim or self.r_bit.ndim:
            matrix = self.solve(word_left=np.eye(self.shape[0]), bit_bottom=0.0).i_bit_bottom
        else:
            matrix = effective_matrix(self.cell, float(self.r_word), float(self.r_bit), float(self.r_source))
        matrix.flags.writeable = False
        return matrix

    def _batch(self, given) -> Solution:
        """Each array of a batch on its own, with the inputs whose leading axes broadcast to the batch's."""
        lead = self.cell.shape[:-2]
        solutions = []
        for k in np.ndindex(lead):
            own = {}
            for name, value in given.items():
                v = numbers(name, np.nan if value is None else value)
                extra = v.ndim - 1
                own[name] = v if extra <= 0 else np.broadcast_to(v, (*lead[: max(len(lead) - extra, 0)], *v.shape))[k]
            solutions.append(dataclasses.replace(self, cell=self.cell[k]).solve(**own))
        stack = jax.numpy.stack if self._is_traced else np.stack
        return Solution(*(
            stack(field).reshape(*lead, *field[0].shape)
            for field in zip(*(dataclasses.astuple(s) for s in solutions), strict=True)
        ))  # fmt: skip

    def _drives(self, given) -> tuple[Any, np.ndarray, tuple[int, ...]]:
        """(voltages, 0 where floating; which are driven), (inputs, all ends), and the leading axes of the inputs."""
        rows, columns = self.shape
        ends = {name: end(name, value, columns if name in ENDS[2:] else rows) for name, value in given.items()}
        try:
            batch = np.broadcast_shapes(*(v.shape[:-1] for v in ends.values()))
        except ValueError:
            shapes = ", ".join(f"{name} {v.shape}" for name, v in ends.items())
            raise PinchedError(f"solve() cannot broadcast the leading axes of {shapes}.") from None
        xp = jax.numpy if is_traced(ends) else np
        drive, driven = (
            xp.concatenate([xp.broadcast_to(v, (*batch, v.shape[-1])).reshape(-1, v.shape[-1]) for v in each], axis=1)
            for xp, each in (
                (xp, ends.values()),
                (np, [np.zeros(v.shape) if is_traced(v) else v for v in ends.values()]),
            )
        )
        driven = ~np.isnan(driven)
        if not driven.any(axis=1).all():
            raise PinchedError("solve() drives no line end: give at least one of " + ", ".join(ENDS) + ".")
        return xp.where(driven, drive, 0.0), driven, batch

    def _solve_driven(self, drive, driven, gate, env):
        """The fields of a Solution for inputs (batch, ends) that drive the same ends."""
        refuse_shorts(self, driven, drive)
        passive = self.i_max is None and gate is None and not (gated(self.cell) or getattr(self.cell, "stores", False))
        if self._is_traced or is_traced(drive) or not passive:
            from pinched.arrays.operating import solve_driven

            return solve_driven(self, drive, driven, gate, env or ROOM)
        rows, columns = self.shape
        word_driven, bit_driven = pairs(driven, rows, columns)
        word_drive, bit_drive = pairs(drive, rows, columns)
        wires = self.r_word, self.r_bit, float(self.r_source)
        law = None if not isinstance(self.cell, Device) else _law(self.cell, self.x, env or ROOM)
        g: Any = self.cell
        closed = (lambda: g) if law is None else (lambda: law(np.zeros(self.shape))[1])
        word_island, bit_island = islands(closed, self.shape, *wires[:2], word_driven, bit_driven)
        # A ground on an island carries no current and makes its potential (0 V until it is reported as NaN) unique.
        ground = 1.0 * word_island, 1.0 * bit_island
        if law is None:
            word = lines(g, wires[0], wires[2], word_driven, ground[0])
            bit = lines(np.ascontiguousarray(g.T), wires[1], wires[2], bit_driven, ground[1])
            w, b = solve(g, word, bit, word_drive, bit_drive)
            cell = g * (w - b)
        else:
            each = [
                solve_law(law, self.shape, wires, (word_driven, bit_driven), volts, ground)
                for volts in zip(word_drive, bit_drive, strict=True)
            ]
            w, b, cell = (np.stack(field) for field in zip(*each, strict=True))
        into = end_currents(cell, wires[0], wires[2], word_driven, word_drive)
        out = 0.0 - end_currents(-cell.swapaxes(1, 2), wires[1], wires[2], bit_driven, bit_drive)
        w[:, word_island] = np.nan
        b[:, bit_island.T] = np.nan
        return into[..., 0], into[..., 1], out[..., 0], out[..., 1], w, b, cell


def _law(device, x, env):
    """Current (A) and slope (S) of the cells at voltages (rows, columns), as NumPy arrays."""
    return lambda v: tuple(np.asarray(a) for a in _tangent(device, x, env, v))


@jax.jit
def _tangent(device, x, env, v):
    tangent = jax.jvp(lambda v: device.current(v, x, env), (v,), (jax.numpy.ones_like(v),))
    return tuple(jax.numpy.broadcast_to(a, v.shape) for a in tangent)
