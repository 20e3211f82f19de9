"""What a network scores over several seeds, beside its references."""

import dataclasses

import numpy as np

from pinched.core import Quantity


def accuracy_of(outputs, labels) -> float:
    """Fraction of `labels` (n,) that have the largest of `outputs` (n, classes)."""
    return float(np.mean(np.argmax(outputs, -1) == labels))


@dataclasses.dataclass(frozen=True, eq=False)
class Accuracy:
    """Fraction of test samples classified rightly, one value a seed.

    Attributes:
        values: (seeds,) accuracy.
        seeds: what drew the weights, the devices and the noise of each.
        label: what was run, for a reader.
        origin: of the device behind it (measured, fitted, derived, assumed).
        note: what a reader must know of it, such as that it is a prediction.
        floating: the same networks in floating point, on the same seeds.
        ideal: the same on ideal devices.
        learning_rate, pulses: in situ, the rate that was chosen and the pulses a device received, on average.
        history: in situ, (seeds, epochs) accuracy on the validation samples.
    """

    values: np.ndarray
    seeds: tuple[int, ...]
    label: str = ""
    origin: str = "derived"
    note: str = ""
    floating: "Accuracy | None" = None
    ideal: "Accuracy | None" = None
    learning_rate: float = np.nan
    pulses: float = np.nan
    history: np.ndarray | None = None

    @property
    def n(self) -> int:
        """Number of seeds."""
        return len(self.values)

    @property
    def mean(self) -> float:
        """Mean over the seeds."""
        return float(np.mean(self.values))

    @property
    def std(self) -> float:
        """Standard deviation over the seeds; NaN for one seed."""
        return float(np.std(self.values, ddof=1)) if self.n > 1 else np.nan

    def quantity(self) -> Quantity:
        """The mean with its spread over the seeds, for a report."""
        low, high = (self.mean - self.std, self.mean + self.std) if self.n > 1 else (None, None)
        interval = f"±1 standard deviation over {self.n} seeds" if self.n > 1 else ""
        return Quantity(self.mean, "1", self.origin, low, high, interval, self.n, self.label, self.note)  # type: ignore[arg-type]
