"""A schedule run electrically: every pulse of it on the crossbar solver, on lines of devices that differ."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from pinched.arrays.logic.gates import Style
from pinched.arrays.logic.line import Line
from pinched.arrays.logic.schedule import Init, Schedule
from pinched.core import PinchedError, Quantity, verb
from pinched.devices.base import Device

EXHAUSTIVE = 8  # inputs up to which all combinations are run
VECTORS = 64  # random combinations beyond
CV = 0.05  # spread of devices that state none (assumed)
SPREAD_UNITS = (
    "V",
    "V/m",
    "A",
    "ohm",
    "S",
    "eV",
)  # of parameters that say at what voltage and to what level it switches


@dataclasses.dataclass(frozen=True)
class LogicRun:
    """What lines of memristors computed, one column per line.

    Attributes:
        schedule, style: what was run, and with which pulses.
        inputs, expected, found: name -> truth values (lines,); `expected` by Boolean algebra, `found` read from cells.
        levels: 1 true, 0 false, of every cell after every step, (steps + 1, cells, lines).
        energy: of the pulses of the gates and of cells made fresh again, J (lines,).
        first_energy: of the first initialisation of all cells, J (lines,).
        samples: lines per combination of the inputs.
        spread: parameter -> standard deviation over mean (or a Spread), {} for equal devices.
    """

    schedule: Schedule
    style: Style
    inputs: dict[str, np.ndarray]
    expected: dict[str, np.ndarray]
    found: dict[str, np.ndarray]
    levels: np.ndarray
    energy: np.ndarray
    first_energy: np.ndarray
    samples: int
    spread: Mapping[str, Any]

    @property
    def wrong(self) -> np.ndarray:
        """Whether any output of a line is wrong, (lines,)."""
        return np.any([self.found[name] != self.expected[name] for name in self.expected], axis=0)

    @property
    def error_rate(self) -> Quantity:
        """Share of lines with any wrong output, with its 95 % interval (Clopper and Pearson)."""
        from scipy.stats import beta

        k, n = int(self.wrong.sum()), self.wrong.size
        low = float(beta.ppf(0.025, k, n - k + 1)) if k else 0.0
        high = float(beta.ppf(0.975, k + 1, n - k)) if k < n else 1.0
        return Quantity(k / n, "1", "derived", low, high, "95 % Clopper-Pearson", n, "error rate")

    @property
    def duration(self) -> float:
        """Of all cycles, s."""
        return self.schedule.cycles * self.style.width

    def truth_table(self) -> list[dict[str, Any]]:
        """A row per combination: inputs and expected outputs as 0 or 1, and the share of lines that were right."""
        rows = []
        for k in range(0, self.wrong.size, self.samples):
            row = {
                name: int(values[k]) for values_of in (self.inputs, self.expected) for name, values in values_of.items()
            }
            rows.append(row | {"right": 1 - float(self.wrong[k : k + self.samples].mean())})
        return rows

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        style, plan = self.style, self.schedule
        return {
            "gates": plan.gates, "gate": plan.kind.upper(), "cells": plan.row, "cycles": plan.cycles,
            "initialisations": plan.reuses, "family": type(style).__name__.lower(), "pulse_width_s": style.width,
            "drives": {k: float(getattr(style, k)) for k in style.window},
            "window": {k: list(map(float, v)) for k, v in style.window.items()}, "margin": float(style.margin),
            "energy_J": float(self.energy.mean()), "initialisation_energy_J": float(self.first_energy.mean()),
            "duration_s": self.duration, "error_rate": self.error_rate.value,
            "error_rate_interval": [self.error_rate.low, self.error_rate.high], "lines": int(self.wrong.size),
            "spread": {k: v if isinstance(v, (int, float)) else v._asdict() for k, v in self.spread.items()},
            "truth_table": self.truth_table(),
        }  # fmt: skip


@verb
def execute(
    schedule: Schedule,
    device: Device,
    style: Style,
    *,
    values: Mapping[str, Any] | None = None,
    samples: int = 1,
    spread: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> LogicRun:
    """Run a schedule on lines of memristors: write the inputs, pulse gate after gate, read the outputs.

    States are what the pulses left behind: nothing is restored to an ideal level in between.

    Args:
        schedule: of the kind of gates that `style` makes.
        device: the mean device.
        style: the pulses, from `design`.
        values: truth values of the inputs, name -> (combinations,); default all of up to 8 inputs, else 64 random ones.
        samples: lines per combination, each of its own devices.
        spread: of the devices, as `Device.sample` takes it; None or {} for equal ones.
        seed: of the devices and of random combinations.

    Raises:
        PinchedError: where the schedule is of other gates than the style, or an input has no values.
    """
    if schedule.kind != style.kind:
        raise PinchedError(
            f"The schedule is of {schedule.kind.upper()} gates, {type(style).__name__} makes {style.kind.upper()}: "
            f'map the netlist with kind="{style.kind}".'
        )
    values = combinations(schedule, seed) if values is None else values
    values = {name: np.repeat(np.asarray(v, bool), samples) for name, v in values.items()}
    expected = schedule.simulate(values)
    lines = max(np.size(v) for v in values.values()) if values else samples
    expected = {name: np.broadcast_to(v, lines) for name, v in expected.items()}
    cells = range(schedule.row)
    many = device.sample(seed, (schedule.row, lines), spread) if spread else device
    line = Line.fresh(many, schedule.row, lines)
    false, _ = style.write(line, cells, False)
    true, _ = style.write(false, cells, True)
    line = false
    for name, cell in schedule.inputs.items():
        x = {k: np.where(values[name], true.x[k][cell], false.x[k][cell])[None] for k in line.x}
        line = line.with_states([cell], x)
    levels, energies = [style.levels(line.device, line.x)], []
    for step in schedule.steps:
        if isinstance(step, Init):
            line, energy = style.fresh(line, step.cells)
        else:
            line, energy = style.gate(line, step.cell, step.sources)
        levels.append(style.levels(line.device, line.x))
        energies.append(energy)
    found = {name: levels[-1][cell] > 0.5 for name, cell in schedule.outputs.items()}
    inputs, (first, *others) = {name: values[name] for name in schedule.inputs}, energies
    return LogicRun(schedule, style, inputs, expected, found, np.stack(levels),
                    np.sum(others, axis=0) + np.zeros(lines), first, samples, dict(spread or {}))  # fmt: skip


def combinations(schedule: Schedule, seed: int = 0) -> dict[str, np.ndarray]:
    """All combinations of the inputs, the first slowest; of more than 8 inputs, 64 random ones."""
    n = len(schedule.inputs)
    if n > EXHAUSTIVE:
        bits = np.random.default_rng(seed).integers(0, 2, (n, VECTORS)) == 1
    else:
        bits = (np.arange(2**n) >> np.arange(n - 1, -1, -1)[:, None]) & 1 == 1
    return dict(zip(schedule.inputs, bits, strict=True))


def usual_spread(device: Device, cv: float = CV) -> dict[str, float]:
    """`cv` for every parameter that is a voltage, field, current, resistance or energy and not zero (assumed)."""
    from pinched.devices.parameter_file import flat

    return {
        name: cv
        for name, declared, value in flat(device)
        if declared.unit in SPREAD_UNITS and math.isfinite(float(np.mean(value))) and np.all(np.asarray(value) != 0)
    }
