"""What a trial does for each seed: a network trained by gradients, put on devices, trained there by pulses."""

import dataclasses
import functools
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import numpy as np

from pinched.applications.architectures import Part, architecture, joined, parted
from pinched.arrays.analog.mapping import Mapping
from pinched.core import PinchedError
from pinched.devices import Device, PulseResponse
from pinched.networks import checkpoint as kept
from pinched.networks.insitu import Scheme, train_in_situ
from pinched.networks.mlp import MLP
from pinched.networks.observe import forward
from pinched.networks.program import Programmed, program
from pinched.networks.training import train
from pinched.networks.training_cost import TrainingCost, training_cost

PULSES = ("in-situ", "hybrid")  # ways that train by pulses
EPOCHS = {"digits": 40, "mnist": 5, "fashion": 5}  # passes in floating point
PULSED = {"digits": 20, "mnist": 2, "fashion": 2}  # passes on the devices
CALIBRATED = 256  # samples on which converters are calibrated
FILES = ("floating", "floating-epoch", "aware", "aware-epoch", "devices-pulses", "ideal-pulses")  # of a checkpoint


class Found(NamedTuple):
    """A network on devices, and what it says of the test samples."""

    logits: np.ndarray
    net: Any  # as it was programmed
    programmed: Programmed
    trained: Any = None  # Trained on devices


@dataclasses.dataclass(frozen=True)
class Runs:
    """What the runs of all seeds have in common; `epochs` are those of the last training, None for the usual."""

    device: Any
    model: str
    task: str
    way: str
    parts: tuple[Part, Part, Part]
    scheme: Scheme
    epochs: int | None
    checkpoint: Any
    known: dict[str, Any]

    @functools.cached_property
    def mapping(self) -> Mapping:
        """The arrays."""
        return Mapping.of(self.device if self.response is None else self.response, **self.known)

    @functools.cached_property
    def response(self) -> PulseResponse | None:
        """What pulses do to a device, where they train."""
        if self.way not in PULSES:
            return None
        if isinstance(self.device, PulseResponse):
            return self.device
        if not isinstance(self.device, Device):
            raise PinchedError("Programming statistics do not say what a pulse does: train on a device or a response.")
        from pinched.characterize.extract import extract

        return extract(self.device).response

    @property
    def passes(self) -> int:
        """Over the training images, by pulses."""
        return self.epochs or PULSED[self.task]

    def network(self, seed: int, aware: Mapping | None, tell: Callable[[str, float], None]):
        """The network of a seed, trained by gradients, `aware` of devices or in floating point."""
        x, labels = self.parts[0]
        epochs = (self.way not in PULSES and self.epochs) or EPOCHS[self.task]
        words = "floating" if aware is None else "aware"
        net = architecture(self.model, self.task, seed)
        weights, rest = eqx.partition(net, eqx.is_inexact_array)
        file = self._file(seed, words)
        tag = kept.fingerprint(weights, x, labels, aware, epochs, seed) if file else ""
        if file and (found := kept.load(file, weights, tag)) is not None:
            return eqx.combine(found, rest)
        net = train(
            net, x, labels, seed, epochs=epochs, aware=aware, checkpoint=self._file(seed, f"{words}-epoch"),
            progress=lambda done, of, loss: tell(f"{words}, epoch {done} of {of}", done / of),
        )  # fmt: skip
        if file:
            kept.save(file, eqx.filter(net, eqx.is_inexact_array), tag)
        return net

    def on_devices(self, net, seed: int, mapping, response, words: str, tell: Callable[[str, float], None]) -> Found:
        """`net` programmed and, where a response is given, trained by pulses in part or as a whole."""
        (x, labels), (x2, labels2), test = self.parts
        tell(f"{words}, programming", 0.0)
        if response is None:
            one = program(net, mapping, seed, inputs=x[:CALIBRATED])
            return Found(one.read(test.x, seed), net, one)
        seen, start = [x, x2, test.x], architecture(self.model, self.task, seed)
        if self.way == "hybrid":
            body, head = parted(net)
            one, start = program(body, mapping, seed, inputs=x[:CALIBRATED]), MLP.of([head])
            seen = [one.read(each, seed) for each in seen]
            seen = [np.maximum(each, 0) for each in seen] if isinstance(net, MLP) else seen
        done = self._pulsed(start, response, [(seen[0], labels), (seen[1], labels2)], seed, words, tell)
        last = done.nets[0]
        whole = joined(net, last.weights[0]) if self.way == "hybrid" else last
        return Found(forward(last, seen[2]), whole, program(whole, mapping, seed, inputs=x[:CALIBRATED]), done)

    def _pulsed(self, net, response, parts, seed: int, words: str, tell):
        """Trained on the devices, from the checkpoint where there is one."""
        file, save, start = self._file(seed, f"{words}-pulses"), None, None
        if file is not None:
            tag = kept.fingerprint(parts, net, response, self.scheme, self.passes, seed)
            save = functools.partial(_save, file, tag)
            if (packed := kept.load(file, (0,), tag)) is not None:
                with np.load(io.BytesIO(packed[0].tobytes())) as state:
                    start = dict(state)
        return train_in_situ(
            net, response, *parts[0], *parts[1], scheme=self.scheme, seeds=(seed,), epochs=self.passes,
            progress=lambda what, part: tell(f"{words}, {what}", part), save=save, start=start,
        )  # fmt: skip

    def price(self, pulses: float, net) -> TrainingCost:
        """Of the layers `net` that were trained on devices."""
        seen = np.ones((1, net.sizes[0]), np.float32) if isinstance(net, MLP) else self.parts[0].x[:CALIBRATED]
        on = program(net, self.response, inputs=seen)
        return training_cost(on, pulses, len(self.parts[0].x) * self.passes, arrays=self.scheme.arrays)

    def forget(self, seeds) -> None:
        """Remove the files of the checkpoint."""
        for seed in seeds:
            for words in FILES:
                if (file := self._file(seed, words)) is not None:
                    file.unlink(missing_ok=True)

    def _file(self, seed: int, words: str) -> Path | None:
        return None if self.checkpoint is None else Path(f"{os.fspath(self.checkpoint)}.{seed}-{words}.npz")


def _save(file: Path, tag: str, state: dict[str, np.ndarray]) -> None:
    """A dict of arrays, whose names are not known before, as one array of bytes."""
    stream = io.BytesIO()
    np.savez(stream, **state)
    kept.save(file, (np.frombuffer(stream.getvalue(), np.uint8),), tag)
