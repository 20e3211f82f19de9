"""What a cell with its selector is worth in an array: its current when selected, half selected and reversed."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from pinched.core import PinchedError, verb
from pinched.devices import Device, Environment, device as named
from pinched.devices.wrappers.wrapper import ends
from pinched.experiments.engine import run
from pinched.experiments.protocols import Hold


@dataclasses.dataclass(frozen=True)
class CellMerits:
    """Currents at the end of readings, A, of a cell that is ON and of one that is OFF.

    Attributes:
        voltage: of the reading, V.
        on, off: at that voltage.
        half_on, half_off: at half of it, as half-selected cells of a V/2 scheme see it.
        reverse_on: at minus that voltage.
    """

    voltage: float
    on: float
    off: float
    half_on: float
    half_off: float
    reverse_on: float

    @property
    def window(self) -> float:
        """I_on/I_off."""
        return self.on / self.off

    @property
    def nonlinearity(self) -> float:
        """I(V)/I(V/2) of the ON cell."""
        return self.on / self.half_on

    @property
    def selectivity(self) -> float:
        """Current of the selected ON cell over that of the leakiest half-selected one."""
        return self.on / max(self.half_on, self.half_off)

    @property
    def resistance_selectivity(self) -> float:
        """Resistance of the leakiest half-selected cell over that of the selected ON cell: half the selectivity."""
        return self.selectivity / 2

    @property
    def rectification(self) -> float:
        """I(V)/I(−V) of the ON cell, in size."""
        return self.on / self.reverse_on


@verb
def cell_merits(
    cell: Device | str,
    voltage: float,
    width: float = 1e-6,
    *,
    on: Mapping[str, Any] | None = None,
    off: Mapping[str, Any] | None = None,
    env: Environment | None = None,
) -> CellMerits:
    """Read a cell at V, V/2 and −V, in both of its states, each time from rest, so that selectors do what they do.

    Args:
        cell: a two-terminal device, such as InSeries or Gated; or its name.
        voltage: of the reading, V.
        width: how long each voltage is held, s.
        on, off: states by name that differ from rest when ON and OFF; by default the ends of the innermost memory.
        env: surroundings.

    Raises:
        PinchedError: for a cell without memory whose states are not given, or a voltage of 0.
    """
    device = named(cell) if isinstance(cell, str) else cell
    env, rest = env or Environment(), device.rest()
    if not voltage:
        raise PinchedError("cell_merits reads at a voltage other than 0.")
    if on is None or off is None:
        if not rest:
            raise PinchedError(f"{type(device).__name__} has no states: there is no ON and OFF to read.")
        found = ends(device, voltage, rest, env)
        on, off = (given or state for given, state in zip((on, off), found, strict=True))
    x0 = {name: np.array([float(state.get(name, rest[name])) for state in (on, off)]) for name in rest}
    both = device.sample(0, 2, {})

    def held(v):
        return np.abs(run(both, (Hold(v, width),), env, save="final", x0=x0)["current"].values[:, -1])

    (i_on, i_off), (half_on, half_off), (reverse_on, _) = held(voltage), held(voltage / 2), held(-voltage)
    return CellMerits(voltage, *map(float, (i_on, i_off, half_on, half_off, reverse_on)))
