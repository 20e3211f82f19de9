"""The steps of a report in their order, and what the reader is told first."""

import dataclasses
from collections.abc import Callable, Sequence

from pinched.reports import sections as step
from pinched.reports.section import Section, attempt
from pinched.reports.sources import Subject

SIZES = (8, 16, 32, 64, 128, 256)  # sides of the arrays that are solved
SEEDS = 3  # networks behind each accuracy; each draws its own weights, devices and noise


@dataclasses.dataclass(frozen=True)
class Choices:
    """How thoroughly, from which seed, and with which models."""

    quick: bool = False
    seed: int = 0
    models: Sequence[str] | None = None


def examine(subject: Subject, choices: Choices, tell: Callable[[str, float], None]) -> list[Section]:
    """Every section of the page, in order; what the data do not allow says so in its place."""
    ds, quick, seed = subject.data, choices.quick, choices.seed
    seeds = tuple(range(seed, seed + (1 if quick else SEEDS)))

    def run(done: float, function, key: str, title: str, *args, **options) -> Section:
        tell(title, done)
        return attempt(function, key, title, *args, **options)

    def fitting(stage: str, done: float) -> None:
        tell(f"Model and fit: {stage}", 0.10 + 0.45 * done)

    measured = run(0.02, step.measured, "measured", "What was measured", ds)
    merits = run(0.05, step.merits, "merits", "Figures of merit", ds)
    model = run(0.10, step.model, "model", "Model and fit", ds, choices.models, quick, seed, fitting)
    synapse = run(0.55, step.synapse, "synapse", "Synaptic behaviour", ds, model.result, seed)
    cell = step.cell(ds, merits.result, synapse.result)
    array = run(0.62, step.array, "array", "Arrays", cell, SIZES[: 4 if quick else None])
    network = run(0.66, step.network, "network", "Network", cell, synapse, seeds)
    cost = run(0.78, step.cost, "cost", "Cost", cell, merits.result, synapse.result)
    improve = run(0.80, step.improve, "improve", "What to improve first", cell, synapse, quick, seeds)
    standing = run(0.93, step.standing, "standing", "Among the published devices", merits.result)
    method = run(0.94, step.method, "method", "Method and provenance", ds, choices)
    return [measured, merits, model, synapse, array, network, cost, improve, standing, method]
