"""How long a read takes: the RC of the lines, seen through every cell."""

import dataclasses
import math
from typing import Any

import numpy as np

from pinched.arrays.crossbar import Crossbar
from pinched.arrays.inputs import ENDS
from pinched.core import PinchedError, verb
from pinched.devices import Device


@verb
def elmore(crossbar: Crossbar, ends: dict[str, Any], column: int, c_word=None, c_bit=None) -> float:
    """Elmore delay of the current out of a bit line when all driven ends step from 0 V to `ends`, s.

    The first moment of the step response, exact for ohmic cells: with potentials φ of the read, and u of all nodes when
    1 V is put at the output and 0 V at every other driven end, T = Σ C u φ / I (reciprocity). Cells of another law
    count with their chord conductance at the read. A single pole settles to a part ε of its step in T ln(1/ε).

    Args:
        crossbar: the array.
        ends: what is driven, as in `Crossbar.solve`; `bias(...)` gives it. The output must be driven, usually at 0 V.
        column: whose bottom end is the output.
        c_word, c_bit: F per node; by default those of the crossbar.

    Raises:
        PinchedError: where there is no capacitance, or the column carries no current.
    """
    c_word = crossbar.c_word if c_word is None else c_word
    c_bit = crossbar.c_bit if c_bit is None else c_bit
    if not (np.any(np.asarray(c_word) > 0) or np.any(np.asarray(c_bit) > 0)):
        raise PinchedError("elmore() needs the capacitance of the lines: give c_word and c_bit in F per node.")
    read = crossbar.solve(**ends)
    current = read.i_bit_bottom[column]
    if not abs(current) > 0:
        raise PinchedError(f"elmore(): bit line {column} carries no current at its bottom end; drive it there.")
    rows, columns = crossbar.shape
    zero = {
        name: np.where(np.isnan(np.broadcast_to(ends[name], (rows if "word" in name else columns,))), np.nan, 0.0)
        for name in ENDS
        if ends.get(name) is not None
    }
    zero["bit_bottom"][column] = 1.0
    unit = _ohmic(crossbar, read).solve(**zero)
    charge = sum(
        np.nansum(np.asarray(c) * getattr(unit, v) * getattr(read, v))
        for c, v in ((c_word, "v_word"), (c_bit, "v_bit"))
    )
    return float(charge / current)


@verb
def settled(
    crossbar: Crossbar,
    ends: dict[str, Any],
    column: int,
    accuracy: float = 0.01,
    *,
    points: int = 400,
    span: float = 10.0,
) -> float:
    """Time until the current out of a bit line stays within `accuracy` of its end, from the transient itself, s.

    All ends rise together, in a thousandth of the Elmore delay; the states of cells move as they would.

    Args:
        crossbar: the array, with c_word or c_bit.
        ends: as in `elmore`, one input, no floating lines.
        column: whose bottom end is the output.
        accuracy: relative.
        points: recorded samples, which resolve the answer.
        span: length of the transient, Elmore delays.
    """
    delay = elmore(crossbar, ends, column)
    at = np.linspace(0.0, span * delay, points + 1)[1:]
    ramp = np.array([0.0, 1.0, 1.0])[:, None]
    time = np.array([0.0, 1e-3 * delay, at[-1]])
    driven = {name: v if name == "gate" else ramp * np.asarray(v) for name, v in ends.items()}
    _, ds = crossbar.run(time, save=at, **driven)
    current = ds["i_bit_bottom"].values[column]
    outside = np.flatnonzero(np.abs(current - current[-1]) > accuracy * abs(current[-1]))
    return float(at[outside[-1] + 1]) if outside.size else float(at[0])


def settling(delay: float, accuracy: float = 0.01) -> float:
    """Time until a single pole of `delay` (s) is within `accuracy` of its step, s."""
    return delay * math.log(1 / accuracy)


def sense_time(sense: float, capacitance: float, swing: float = 0.1) -> float:
    """Time until a difference of currents `sense` (A) has moved a bit line by `swing` (V), s: C ΔV / ΔI.

    0.1 V is what NeuroSim's voltage sense amplifier asks for.
    """
    if not sense > 0:
        return math.inf
    return capacitance * swing / sense


def _ohmic(crossbar: Crossbar, read) -> Crossbar:
    """The same wires around the chord conductances of a read."""
    if not isinstance(crossbar.cell, Device):
        return crossbar
    across = read.v_word - read.v_bit
    at_rest = np.abs(across) < 1e-3 * np.nanmax(np.abs(across))
    chord = np.where(at_rest, 0.0, read.i_device / np.where(at_rest, 1.0, across))
    if at_rest.any() and not hasattr(crossbar.cell, "ports"):
        chord = np.where(at_rest, crossbar.ohmic(1e-3 * float(np.nanmax(np.abs(across)))).cell, chord)
    return dataclasses.replace(crossbar, cell=np.maximum(chord, 0.0), x=None)
