"""One circuit, many functions: what the trigger voltage on two inputs and an output makes of the output.

Inputs in parallel divide the voltage with the output, their line floating. One polarity RESETs the output (NOR where
one input that is 1 is enough, NAND where it takes both), the other SETs it (OR, AND); with one input they are NOT and
COPY, and an OR pulse followed by a NAND pulse is XOR (Gupta et al., FELIX, ICCAD 2018, 10.1145/3240765.3240811).
"""

import dataclasses

import numpy as np

from pinched.arrays.logic.design import CASES, edges
from pinched.arrays.logic.gates import trigger
from pinched.arrays.logic.line import Levels, Line
from pinched.arrays.logic.thresholds import Thresholds, thresholds
from pinched.core import PinchedError, verb
from pinched.devices.base import Device

CRISP = 0.15  # how near its level a cell must end: a second pulse may follow
TRUTH = {"NOR": (1, 0, 0, 0), "NAND": (1, 1, 1, 0), "OR": (0, 1, 1, 1), "AND": (0, 0, 0, 1)}  # at 00, 01, 10, 11
STARTS = {"NOR": True, "NAND": True, "OR": False, "AND": False}
COMPOSED = {"NOT": ("NOR",), "COPY": ("OR",), "XOR": ("OR", "NAND")}


@dataclasses.dataclass(frozen=True)
class Triggers:
    """The trigger voltages of a device.

    Attributes:
        levels: what 1 and 0 are.
        reset, set: thresholds for the pulses that RESET and SET the output.
        window: function -> (lowest, highest) V; functions that no voltage makes are missing.
    """

    levels: Levels
    reset: Thresholds
    set: Thresholds
    window: dict[str, tuple[float, float]]

    @property
    def functions(self) -> tuple[str, ...]:
        """What the circuit can do."""
        return (*self.window, *(name for name, parts in COMPOSED.items() if set(parts) <= set(self.window)))

    def volts(self, name: str) -> float:
        """Of a single pulse, on the inputs, signed: the middle of its window."""
        return self._sign(name) * float(np.mean(self.window[name]))

    def pulse(self, name: str) -> Thresholds:
        """What the device does under pulses as long as those of a function."""
        return self.reset if STARTS[name] else self.set

    def divider(self, name: str) -> tuple[float, float]:
        """(lowest, highest) V by Ohm's law on cells at their levels: a first guess."""
        t, on, off = self.pulse(name), self.levels.g_on, self.levels.g_off
        just, not_yet = (t.reset_at, t.reset_below) if STARTS[name] else (t.set_at, t.set_below)
        out = on if STARTS[name] else off
        none, one, two = ((out + g) / g for g in (2 * off, on + off, 2 * on))  # inputs that are 1: volts per volt on it
        most = min(not_yet * none, t.set_below * (on + 2 * off) / on if STARTS[name] else np.inf)
        return (just * one, most) if name in ("NOR", "OR") else (just * two, not_yet * one)

    def _sign(self, name: str) -> int:
        return self.reset.polarity * (1 if STARTS[name] else -1)

    @verb
    def apply(self, name: str, line: Line, cell: int, sources: tuple[int, ...]) -> tuple[Line, np.ndarray]:
        """Write the cell to where the function starts, and trigger it.

        Returns:
            The line after it, and the energy of the triggers in each copy, J.

        Raises:
            PinchedError: for a function that the device cannot make.
        """
        if name not in self.functions:
            raise PinchedError(
                f"This circuit has no trigger voltage for {name!r}: it makes {', '.join(self.functions)}."
            )
        parts = COMPOSED.get(name, (name,))
        line, _ = line.write([cell], self.set.v_set if STARTS[parts[0]] else self.reset.v_reset, self.reset.width)
        total = np.zeros(line.shape[1])
        for part in parts:
            line, energy = trigger(line, cell, sources, self.volts(part), self.pulse(part).width)
            total += energy
        return line, total


@verb
def triggers(device: Device, reset_width: float, set_width: float, v_read: float = 0.1) -> Triggers:
    """Find the trigger voltages of all functions.

    Args:
        device: a single bipolar device.
        reset_width, set_width: of the pulses that RESET the output, and of those that SET it, s.
        v_read: at which conductance tells 1 from 0, V.

    Raises:
        PinchedError: where pulses of that width do not switch the device.
    """
    levels = Levels.of(device, v_read)
    reset, set_ = (thresholds(device, levels, w) for w in (reset_width, set_width))
    found = Triggers(levels, reset, set_, {})
    window = {}
    for name, truth in TRUTH.items():
        sign = found._sign(name)

        def good(v: float, name=name, truth=truth, sign=sign) -> bool:
            out, inputs = response(device, found, sign * v, STARTS[name])
            return max(np.abs(out - truth).max(), np.abs(inputs - CASES).max()) < CRISP

        low, high = found.divider(name)
        if ends := edges(good, 0.85 * min(low, high), 1.15 * max(low, high), points=16):
            window[name] = ends
    return dataclasses.replace(found, window=window)


def response(device: Device, of: Triggers, volts: float, start: bool) -> tuple[np.ndarray, np.ndarray]:
    """Levels of the output (4,) and of the inputs (2, 4) after a trigger, for the inputs 00, 01, 10, 11."""
    truth = np.vstack([CASES, np.full(4, start)]) == 1
    states = {k: np.where(truth, of.levels.on[k], of.levels.off[k]) for k in of.levels.on}
    after, _ = trigger(Line.fresh(device, 3, 4, states), 2, (0, 1), volts, of.pulse("NOR" if start else "OR").width)
    level = np.clip(of.levels(device, after.x), 0, 1)
    return level[2], level[:2]
