"""What training on the devices costs: energy and time, and how often it can be done."""

import dataclasses
import math
from typing import TYPE_CHECKING

from pinched.arrays.analog.budget import budget
from pinched.arrays.cost import Cost, scaled, summed
from pinched.core import Quantity
from pinched.networks.cost import cost, known
from pinched.networks.layers import maps

if TYPE_CHECKING:
    from pinched.networks.program import Programmed


@dataclasses.dataclass(frozen=True)
class TrainingCost:
    """What one training on the devices costs.

    Attributes:
        reads, writes: energy of forward and backward reads, and of the pulses with their lines, J.
        time: of all, s.
        pulses: that a device receives on average.
    """

    reads: Quantity
    writes: Quantity
    time: Quantity
    pulses: float

    @property
    def energy(self) -> Quantity:
        """Of reads and writes, J."""
        return summed([self.reads, self.writes], "Energy of training")

    def lifetime(self, endurance: float, per_day: float = 1.0) -> dict[str, Quantity]:
        """How often, and how long, the devices can be trained anew.

        Every pulse counts as one of those that `endurance` allows (endurance is measured with full switching, which
        wears more), and devices count as equally used (the busiest receive several times more pulses).

        Args:
            endurance: pulses that a device survives.
            per_day: trainings a day.

        Returns:
            "trainings", and "years" at that schedule.
        """
        times = endurance / self.pulses if self.pulses > 0 else math.inf
        note = f"endurance of {endurance:g} over {self.pulses:.3g} pulses a training"
        return {
            "trainings": Quantity(times, "1", "derived", label="Trainings until the endurance is spent", note=note),
            "years": Quantity(
                times / per_day / 365.25, "years", "derived", label=f"Years at {per_day:g} trainings a day", note=note
            ),
        }


def training_cost(
    programmed: "Programmed", pulses: float, samples: int, batch: int = 32, *, arrays: int = 1, **macro
) -> TrainingCost:
    """What it costs to train a network on its devices by pulses.

    Energy of the pulses V² G t, with the lines that each charges; each update drives rows one after the other, in two
    phases (MLP+NeuroSim V3.0). Every sample is read forward through all layers and backward through all but the first.

    Args:
        programmed: the network on devices like those that are trained.
        pulses: that a device receives on average, as Accuracy.pulses or Trained.pulses tell.
        samples: that are shown in all, those of every epoch.
        batch: samples of an update.
        arrays: of devices behind each weight, as Scheme.arrays tells; written at the same time.
        **macro: as of `cost`; `write_voltage` and `write_width` by default those of a PulseResponse that tells them.
    """
    engines = [each.engine for each in maps(programmed.net).values()]
    read = cost(programmed, **macro)
    paths = [path for path in read if path in programmed.products]
    twice = [read[path] for path in paths] + [read[path] for path in paths[1:]]
    updates = max(math.ceil(samples / batch), 1)

    def written(engine, n: float) -> Cost:
        return budget(engine, **known(programmed, engine) | macro | {"pulses": n})

    energy, seconds = [], []
    for engine in engines:
        once, none = written(engine, pulses), written(engine, 0.0)
        fixed = none["write_energy_total"]  # lines that an update drives whether or not a device is pulsed
        energy.append(scaled(once["write_energy_total"], 1, "J", "", add=(updates - 1) * fixed.value))
        one = written(engine, max(pulses / updates, 1.0))["write_delay_total"].value
        seconds.append(updates * one)
    reads = scaled(summed([q["energy"] for q in twice], ""), samples, "J", "forward and backward, every sample")
    time = scaled(
        summed([q["latency"] for q in twice], ""), samples, "s", "rows in turn, two phases, a pulse each at least",
        add=max(seconds),
    )  # fmt: skip
    writes = scaled(summed(energy, ""), arrays, "J", f"{pulses:.3g} pulses a device in {updates} updates")
    return TrainingCost(
        dataclasses.replace(reads, label="Reads"),
        dataclasses.replace(writes, label="Writes"),
        dataclasses.replace(time, label="Time of training"),
        float(pulses),
    )
