"""A netlist on one line of cells: which cell each gate takes, and when dead cells are made fresh again.

The order and the reuse of cells are those of SIMPLER (Ben-Hur et al., IEEE TCAD 39, 2434, 2020,
10.1109/TCAD.2019.2931188): deeper operands first; when no fresh cell is left, all dead ones are initialised at once.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from pinched.arrays.logic.netlist import Kind, Netlist
from pinched.core import PinchedError, nearest


class Init(NamedTuple):
    """Cells written at once to the state from which gates start: 1 for NOR, 0 for NAND."""

    cells: tuple[int, ...]


class Gate(NamedTuple):
    """A fresh cell becomes the NOR (NAND) of others."""

    cell: int
    sources: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Schedule:
    """What a line of cells does, step by step; the cells of the inputs are never written.

    Attributes:
        kind: "nor" or "nand".
        row: number of cells.
        inputs: name -> cell.
        outputs: name -> cell.
        steps: the first Init makes all other cells fresh.
    """

    kind: Kind
    row: int
    inputs: dict[str, int]
    outputs: dict[str, int]
    steps: tuple[Init | Gate, ...]

    @property
    def gates(self) -> int:
        """Number of gates."""
        return sum(isinstance(step, Gate) for step in self.steps)

    @property
    def reuses(self) -> int:
        """Number of initialisations after the first."""
        return len(self.steps) - self.gates - 1

    @property
    def cycles(self) -> int:
        """Pulses after the first initialisation: a NOR takes one, a NAND by implication one per operand."""
        pulses = sum(len(s.sources) if self.kind == "nand" else 1 for s in self.steps if isinstance(s, Gate))
        return pulses + self.reuses

    def simulate(self, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The outputs for arrays of truth values of the inputs, cell by cell as the schedule says.

        Raises:
            PinchedError: for an input without values.
        """
        for name in self.inputs:
            if name not in values:
                raise PinchedError(f"The input {name!r} has no value{nearest(name, values)}.")
        shape = np.broadcast_shapes(*(np.shape(values[name]) for name in self.inputs))
        cells = np.zeros((self.row, *shape), bool)
        for name, cell in self.inputs.items():
            cells[cell] = values[name]
        fresh = self.kind == "nor"
        for step in self.steps:
            if isinstance(step, Init):
                cells[list(step.cells)] = fresh
            elif step.sources:
                of = cells[list(step.sources)]
                cells[step.cell] = ~(of.any(axis=0) if fresh else of.all(axis=0))
        return {name: cells[cell] for name, cell in self.outputs.items()}

    def __str__(self) -> str:
        about = f"{self.gates} {self.kind.upper()} gates on {self.row} cells: {self.cycles} cycles"
        return about + (f", {self.reuses} of them initialisations" if self.reuses else "")


def schedule(netlist: Netlist, row: int | None = None) -> Schedule:
    """Place a netlist on one line of `row` cells; by default as many as it has inputs and gates.

    Raises:
        PinchedError: where the line is too short, with the least that is enough.
    """
    gates, row = netlist.gates, row or len(netlist.inputs) + len(netlist.gates)
    place = {name: cell for cell, name in enumerate(netlist.inputs)}
    fresh, dead = list(range(row - 1, len(place) - 1, -1)), []
    uses = _uses(netlist)
    steps: list[Init | Gate] = [Init(tuple(range(len(place), row)))]
    for signal in _order(netlist):
        if not fresh:
            if not dead:
                raise PinchedError(
                    f"A line of {row} cells is too short for this netlist: it takes {least_row(netlist)}."
                )
            steps.append(Init(tuple(sorted(dead))))
            fresh, dead = sorted(dead, reverse=True), []
        place[signal] = fresh.pop()
        steps.append(Gate(place[signal], tuple(place[source] for source in gates[signal])))
        dead += [place[source] for source in _last_used(netlist, signal, uses)]
    outputs = {name: place[signal] for name, signal in netlist.outputs.items()}
    return Schedule(netlist.kind, row, {name: place[name] for name in netlist.inputs}, outputs, tuple(steps))


def least_row(netlist: Netlist) -> int:
    """The fewest cells on which `schedule` can place a netlist."""
    uses, live, most = _uses(netlist), 0, 0
    for signal in _order(netlist):
        live += 1
        most = max(most, live)
        live -= len(list(_last_used(netlist, signal, uses)))
    return len(netlist.inputs) + most


def _uses(netlist: Netlist) -> dict[str, int]:
    """How often each signal is read; outputs once more, so that they stay."""
    uses = dict.fromkeys(netlist.gates, 0)
    for signals in (*netlist.gates.values(), set(netlist.outputs.values())):
        for signal in signals:
            if signal in uses:
                uses[signal] += 1
    return uses


def _last_used(netlist: Netlist, signal: str, uses: dict[str, int]) -> Iterator[str]:
    """The operands of a gate that nobody reads after it."""
    for source in netlist.gates[signal]:
        if source in uses:
            uses[source] -= 1
            if not uses[source]:
                yield source


def _order(netlist: Netlist) -> Iterator[str]:
    """The gates, output after output, operands that need more cells first."""
    gates, outputs = netlist.gates, set(netlist.outputs.values())
    read = {source for sources in gates.values() for source in sources}
    need: dict[str, int] = {}

    def operands(signal):
        return sorted((s for s in gates[signal] if s in gates), key=lambda s: -need[s])

    for signal in gates:
        needs = [need[s] for s in gates[signal] if s in gates]
        need[signal] = max((n + k for k, n in enumerate(sorted(needs, reverse=True))), default=1)
    done = set()
    for root in [s for s in gates if s in outputs and s not in read] + [s for s in gates if s in outputs]:
        path = [root]
        while path:
            waits = [s for s in operands(path[-1]) if s not in done]
            if waits:
                path.append(waits[0])
                continue
            signal = path.pop()
            if signal not in done:
                done.add(signal)
                yield signal
