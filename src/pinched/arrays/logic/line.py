"""Cells that share a line, in many copies: pulsed on the crossbar solver, and read.

Row i of the crossbar drives cell i of every copy, column j is the common line of copy j. With ideal word lines the
copies do not see each other, and a cell whose word line floats carries nothing: it is left out.
"""

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np

from pinched.arrays.crossbar import Crossbar
from pinched.core import PinchedError
from pinched.devices.base import Device, Environment
from pinched.devices.wrappers.wrapper import ends

COPIES = 64  # solved at a time, always as many, so that one compilation serves all
EDGE = 0.02  # of a pulse's width: its rise, and its fall
POINTS = 64  # of a pulse at which its energy is summed
ALIKE = 6  # decimals to which states of order one are the same
TOLERANCE = 1e-4  # local error of a state: logic levels are apart by one


@dataclasses.dataclass(frozen=True)
class Levels:
    """What 1 and 0 are: the most and the least conductance of a device, and those in between on a logarithmic scale.

    Attributes:
        v_read: V at which conductance is read.
        on, off: the states, name -> value.
        g_on, g_off: their conductance, S.
    """

    v_read: float
    on: Mapping[str, Any]
    off: Mapping[str, Any]
    g_on: float
    g_off: float

    @classmethod
    def of(cls, device: Device, v_read: float = 0.1) -> "Levels":
        """The levels of a (single, mean) device.

        Raises:
            PinchedError: for a device without two levels at `v_read`.
        """
        env = Environment()
        on, off = ends(device, v_read, device.rest(), env)
        g_on, g_off = (float(device.conductance(v_read, x, env)) for x in (on, off))
        if not g_on > 2 * g_off > 0:
            raise PinchedError(
                f"{type(device).__name__} conducts {g_off:.3g} S at least and {g_on:.3g} S at most at {v_read:g} V: "
                "logic needs two levels, a factor of two apart."
            )
        on, off = ({k: np.asarray(v) for k, v in x.items()} for x in (on, off))
        return cls(v_read, on, off, g_on, g_off)

    def __call__(self, device: Device, x: Mapping[str, Any]) -> np.ndarray:
        """The level of each cell: 1 where it conducts `g_on`, 0 at `g_off`, logarithmic; true above 0.5."""
        g = np.asarray(device.conductance(self.v_read, x, Environment()))
        return np.log(g / self.g_off) / np.log(self.g_on / self.g_off)


@dataclasses.dataclass(frozen=True)
class Line:
    """Cells on a line, in many copies.

    Attributes:
        device: parameters broadcast to (cells, copies).
        x: states, name -> (cells, copies).
    """

    device: Device
    x: Mapping[str, np.ndarray]

    @classmethod
    def fresh(cls, device: Device, cells: int, copies: int, states: Mapping[str, Any] | None = None) -> "Line":
        """Cells at rest, or in the given `states`; `device` is a single one, or has a parameter for each cell."""
        shape = (cells, copies)
        device = jax.tree.map(lambda leaf: np.broadcast_to(leaf, shape), device)
        return cls(device, {k: np.broadcast_to(v, shape).astype(float) for k, v in (states or device.rest()).items()})

    @functools.cached_property
    def shape(self) -> tuple[int, int]:
        """(cells, copies)."""
        return np.broadcast_shapes(self.device.population, *(np.shape(v) for v in self.x.values()))

    def with_states(self, cells: Sequence[int], states: Mapping[str, Any]) -> "Line":
        """The line with the states of some cells replaced."""
        x = {name: value.copy() for name, value in self.x.items()}
        for name, value in states.items():
            x[name][list(cells)] = value
        return dataclasses.replace(self, x=x)

    def pulse(
        self, cells: Sequence[int], volts, width: float, load=None, end=0.0, *, each: bool = False
    ) -> tuple["Line", np.ndarray]:
        """Drive some cells for `width` (s), all others floating.

        Args:
            cells: each once.
            volts: V on the word line of each of them.
            load: ohm, one or one a copy, from the line to its end; None floats the line.
            end: V at that end, one or one a copy; NaN floats it.
            each: whether to tell the energy of each cell.

        Returns:
            The line after the pulse, and the energy (J) that went into each copy, cells and load, (copies,), or from
            each driver (cells, copies).
        """
        cells, copies = list(cells), self.shape[1]
        part = self._part(cells, np.arange(copies))
        ohms, foot = (np.broadcast_to(np.nan if v is None else v, copies) for v in (load, end))
        first, alike = part._alike(ohms, foot)
        part, ohms, foot = self._part(cells, first), ohms[first], foot[first]
        x, energy = {name: value.copy() for name, value in part.x.items()}, np.zeros((len(cells), len(first)))
        for start in range(0, len(first), COPIES):
            some = np.minimum(np.arange(start, start + COPIES), len(first) - 1)  # the last one fills up
            chunk = part._part(range(len(cells)), some)
            end_x, joules = _pulsed(chunk, np.broadcast_to(volts, len(cells)), width, ohms[some], foot[some])
            energy[:, some] = joules
            for name, value in end_x.items():
                x[name][:, some] = value
        energy = energy[:, alike]
        after = self.with_states(cells, {name: value[:, alike] for name, value in x.items()})
        return after, energy if each else energy.sum(axis=0)

    def _alike(self, *drives: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(copies that differ, which of them each copy is like): equal devices in equal states are solved once."""
        leaves = [np.broadcast_to(leaf, self.shape) for leaf in jax.tree.leaves(self.device)]
        if any(np.any(leaf != leaf[:, :1]) for leaf in leaves):
            return np.arange(self.shape[1]), np.arange(self.shape[1])
        states = np.concatenate([*self.x.values(), *(np.nan_to_num(d, nan=-1.0)[None] for d in drives)])
        _, first, alike = np.unique(np.round(states, ALIKE), axis=1, return_index=True, return_inverse=True)
        return first, alike.ravel()

    def write(self, cells: Sequence[int], volts: float, width: float) -> tuple["Line", np.ndarray]:
        """Drive some cells at once for `width` (s), their line grounded: each sees the whole voltage (V).

        Returns:
            The line after the pulse, and the energy (J) that the cells took in each copy.
        """
        if not len(cells):
            return self, np.zeros(self.shape[1])
        part = self._part(list(cells), np.arange(self.shape[1]))
        count = part.shape[0] * part.shape[1]
        of = np.minimum(
            np.arange(-(-count // 2) * 2), count - 1
        )  # every cell stands alone: pairs of them, in any order

        def pairs(leaf):
            return np.broadcast_to(leaf, part.shape).ravel()[of].reshape(2, -1)

        alone = Line(jax.tree.map(pairs, part.device), {name: pairs(value) for name, value in part.x.items()})
        after, energy = alone.pulse((0, 1), volts, width, load=0.0, each=True)
        x = {name: value.ravel()[:count].reshape(part.shape) for name, value in after.x.items()}
        return self.with_states(cells, x), energy.ravel()[:count].reshape(part.shape).sum(axis=0)

    def _part(self, cells: Sequence[int], copies: np.ndarray) -> "Line":
        def of(leaf):
            return np.broadcast_to(leaf, self.shape)[np.asarray(cells)[:, None], copies]

        return Line(jax.tree.map(of, self.device), {name: of(value) for name, value in self.x.items()})


def _pulsed(line: Line, volts, width, load, end) -> tuple[Mapping[str, np.ndarray], np.ndarray]:
    """States after a pulse on all cells, and the energy from each driver to the end of the line."""
    wave = np.array([0.0, 1.0, 1.0, 0.0])
    time = width * np.array([0.0, EDGE, 1.0, 1.0 + EDGE])
    save = np.linspace(0.0, time[-1], POINTS)
    r_bit: Any = 0.0
    if np.any(load > 0):  # in the last segment of the line
        r_bit = np.zeros((line.shape[1], line.shape[0] + 1))
        r_bit[:, -1] = load
    bottom = None if np.isnan(load).all() else np.outer(wave, end)
    array = Crossbar(line.device, 0.0, r_bit, x=line.x)
    after, ds = array.run(time, word_left=np.outer(wave, volts), bit_bottom=bottom, save=save, rtol=TOLERANCE)
    shape = np.interp(save, time, wave)
    drop = volts[:, None] - np.nan_to_num(end)
    power = np.broadcast_to(drop, line.shape)[..., None] * ds["current"].values * shape
    return after.x or {}, np.trapezoid(power, save, axis=2)
