"""A netlist of NOR gates, or of NAND gates: what a line of memristors computes, gate after gate."""

import dataclasses
from collections.abc import Mapping
from typing import Literal

import numpy as np

from pinched.core import PinchedError, nearest

Kind = Literal["nor", "nand"]


@dataclasses.dataclass(frozen=True)
class Netlist:
    """Gates of one kind; one with a single input is a NOT, one with none the constant 1 (NOR) or 0 (NAND).

    Attributes:
        kind: "nor" or "nand".
        inputs: names.
        gates: signal -> the signals that it is the NOR or NAND of; each is an input or an earlier gate.
        outputs: name -> signal.
    """

    kind: Kind
    inputs: tuple[str, ...]
    gates: dict[str, tuple[str, ...]]
    outputs: dict[str, str]

    def __post_init__(self):
        known = set(self.inputs)
        for signal, sources in self.gates.items():
            for source in sources:
                if source not in known:
                    raise PinchedError(f"Gate {signal!r} uses {source!r}, which is not there{nearest(source, known)}.")
            known.add(signal)
        for name, signal in self.outputs.items():
            if signal not in known:
                raise PinchedError(f"Output {name!r} has no gate.")

    def evaluate(self, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The outputs for arrays of truth values of the inputs."""
        known = {name: _values(values, name) for name in self.inputs}
        shape = np.broadcast_shapes(*(v.shape for v in known.values()))
        join, none = (np.logical_or, False) if self.kind == "nor" else (np.logical_and, True)
        for signal, sources in self.gates.items():
            joined = np.full(shape, none)
            for source in sources:
                joined = join(joined, known[source])
            known[signal] = ~joined
        return {name: known[signal] for name, signal in self.outputs.items()}

    def truth_table(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """(inputs, outputs) of all combinations, the first input slowest.

        Raises:
            PinchedError: for more than 16 inputs.
        """
        n = len(self.inputs)
        if n > 16:
            raise PinchedError(f"A truth table of {n} inputs has 2^{n} lines: give the inputs that you want.")
        rows = np.arange(2**n)
        given = {name: (rows >> (n - 1 - k)) & 1 == 1 for k, name in enumerate(self.inputs)}
        found = self.evaluate(given) if n else self.evaluate({})
        return given, {name: np.broadcast_to(value, rows.shape) for name, value in found.items()}


def _values(values: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    if name not in values:
        raise PinchedError(f"The input {name!r} has no value{nearest(name, values)}.")
    return np.asarray(values[name], bool)


def sorted_gates(gates: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The same gates, each after those that it uses.

    Raises:
        PinchedError: where they use each other in a circle.
    """
    done: dict[str, tuple[str, ...]] = {}
    for start in gates:
        path = [start]
        while path:
            signal = path[-1]
            waits = [s for s in gates[signal] if s in gates and s not in done]
            if not waits:
                done[path.pop()] = gates[signal]
            elif waits[0] in path:
                raise PinchedError(f"The gates of {waits[0]!r} feed back into it: only combinational logic is mapped.")
            else:
                path.append(waits[0])
    return done
