"""A network on a device, from its training to what it is worth: accuracy, robustness, cost."""

import dataclasses
import functools
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import numpy as np

from pinched.applications.architectures import (
    CLASSES,
    MODELS,
    TASKS,
    Part,
    architecture,
    images_of,
    joined,
    parted,
    shaped,
)
from pinched.arrays.analog.mapping import Mapping
from pinched.core import PinchedError, nearest
from pinched.devices import Device, PulseResponse
from pinched.networks import checkpoint as kept, insitu
from pinched.networks.accuracy import Accuracy
from pinched.networks.improve import perfect
from pinched.networks.insitu import train_in_situ
from pinched.networks.observe import forward
from pinched.networks.program import ROOM, Programmed, program
from pinched.networks.training import train
from pinched.networks.training_cost import TrainingCost, training_cost

WAYS = ("ex-situ", "aware", "in-situ", "hybrid")
SCHEMES = {
    "counts": insitu.Counts(),
    "trains": insitu.Trains(),
    "sign": insitu.Sign(),
    "mixed": insitu.MixedPrecision(),
    "tiki-taka": insitu.TikiTaka(),
    "tiki-taka-2": insitu.BufferedTikiTaka(),
    "chopped": insitu.ChoppedTikiTaka(),
}
EPOCHS = {"digits": 40, "mnist": 5, "fashion": 5}  # passes in floating point
PULSED = {"digits": 20, "mnist": 2, "fashion": 2}  # passes on the devices
PULSES = ("in-situ", "hybrid")  # ways that train by pulses
CALIBRATED = 256  # samples on which converters are calibrated
SCANNED = 1000  # test samples on which one property is varied


@dataclasses.dataclass(frozen=True, eq=False)
class Trial:
    """What a network is worth on a device.

    Attributes:
        accuracy: on the test samples, with those in floating point and on ideal devices beside it.
        aged: the same after some time, or None.
        confusion: (classes, classes) test samples of all seeds, by what they are and what they were taken for.
        programmed: the network of the first seed on its arrays, right after programming; trained on devices, a copy.
        cells: layer -> conductances (planes, rows, outputs) of the first seed, S.
        training: what training on the devices cost, of the layers that were, or None.
        test: the test samples.
    """

    accuracy: Accuracy
    aged: Accuracy | None
    confusion: np.ndarray
    programmed: Programmed
    cells: dict[str, np.ndarray]
    training: TrainingCost | None
    test: Part
    net: Any
    calibration: np.ndarray

    def against_time(self, seconds, temperature: float = ROOM) -> np.ndarray:
        """Accuracy (times,) of the first seed, `seconds` after programming, on SCANNED test samples at most.

        Raises:
            PinchedError: where nothing says how the device ages.
        """
        return np.array([self._scanned(self.programmed.age(float(t), temperature)) for t in seconds])

    def against(self, field: str, values, seeds=(0, 1, 2)) -> np.ndarray:
        """Accuracy (values, seeds) with a field of the Mapping varied, such as "sigma_program" or "r_wire"."""
        mapping = self.programmed.mapping
        return np.array([
            [self._scanned(program(self.net, mapping.replace(**{field: np.asarray(v)}), s, inputs=self.calibration))
             for s in seeds]
            for v in values
        ])  # fmt: skip

    def _scanned(self, programmed) -> float:
        x, labels = (a[:SCANNED] for a in self.test)
        return float(np.mean(np.argmax(programmed.read(x, 0), -1) == labels))


def trial(
    device: Any,
    model: str = "mlp",
    task: str = "digits",
    way: str = "ex-situ",
    *,
    data: str | os.PathLike | None = None,
    seeds=(0, 1, 2),
    age: float = 0.0,
    temperature: float = ROOM,
    scheme: str = "counts",
    epochs: int | None = None,
    images: int | None = None,
    checkpoint: str | os.PathLike | None = None,
    progress: Callable[[str, float], None] | None = None,
    **known,
) -> Trial:
    """Train a network, put it on a device, test it.

    Args:
        device: a Device, PulseResponse or Programming. Training on the devices needs their response to pulses: a Device
            is pulsed in the virtual lab first.
        model: "mlp" (one hidden layer), "lenet", "resnet" (8 layers), "lstm" (rows of the image in time), "transformer"
            (rows as tokens).
        task: "digits" (8 x 8, carried), "mnist" or "fashion".
        way: "ex-situ", trained in floating point and programmed; "aware", the same with the devices in the training;
            "in-situ", an mlp trained by pulses; "hybrid", the last layer trained by pulses on what the layers before it
            give, which are programmed.
        data: folder of the four IDX files of MNIST or Fashion-MNIST.
        seeds: each draws first weights, devices, the order of the samples and noise.
        age: seconds between programming and a second test, at `temperature` (K).
        scheme: how gradients become pulses, of SCHEMES.
        epochs: passes over the data; by default EPOCHS, or PULSED on the devices.
        images: train with no more than so many.
        checkpoint: a name after which files are made from which a run that was stopped goes on; none is left.
        progress: called with a few words and the fraction done.
        **known: fields of the Mapping, such as adc_bits, r_wire, scheme.

    Raises:
        PinchedError: for an unknown word, a model that cannot be trained so, or missing data.
    """
    asked = (("model", model, MODELS), ("task", task, TASKS), ("way to train", way, WAYS), ("scheme", scheme, SCHEMES))
    for name, word, words in asked:
        if word not in words:
            raise PinchedError(f"There is no {name} {word!r}{nearest(word, words)}; there are {', '.join(words)}.")
    if way == "in-situ" and model != "mlp":
        raise PinchedError(f"Only an mlp is trained in situ as a whole: train the last layer of {model} with hybrid.")
    if age and way in PULSES:
        raise PinchedError("A pulse response does not say how it ages: give an age to ex-situ or aware networks.")
    if not len(seeds):
        raise PinchedError("trial() needs at least one seed.")
    tell = progress or (lambda words, part: None)
    tell("Reading the data", 0.0)
    parts = shaped(images_of(task, data, images), model)
    pulses = SCHEMES[scheme]
    return _Run(device, model, task, way, parts, pulses, epochs, checkpoint, tell, known).over(seeds, age, temperature)


class _Found(NamedTuple):
    """Of one seed."""

    logits: np.ndarray
    net: Any  # as it was programmed
    programmed: Programmed
    trained: Any = None  # Trained on devices


@dataclasses.dataclass(frozen=True)
class _Run:
    device: Any
    model: str
    task: str
    way: str
    parts: tuple[Part, Part, Part]
    scheme: insitu.Scheme
    epochs: int | None
    checkpoint: Any
    tell: Callable
    known: dict[str, Any]

    @functools.cached_property
    def mapping(self) -> Mapping:
        return Mapping.of(self.response if self.way in PULSES else self.device, **self.known)

    @functools.cached_property
    def response(self) -> PulseResponse:
        if isinstance(self.device, PulseResponse):
            return self.device
        if not isinstance(self.device, Device):
            raise PinchedError("Programming statistics do not say what a pulse does: train on a device or a response.")
        from pinched.characterize.extract import extract

        self.tell("Pulsing the device", 0.0)
        return extract(self.device).response

    def over(self, seeds, age: float, temperature: float) -> Trial:
        test, runs, aged, scores = self.parts[2], [], [], []
        ideal = perfect(self.mapping), perfect(self.response) if self.way in PULSES else None
        own = self.mapping, self.response if self.way in PULSES else None
        for k, seed in enumerate(map(int, seeds)):

            def tell(words, part, k=k, seed=seed):
                self.tell(f"{words}, seed {seed}", (k + min(part, 1.0)) / len(seeds))

            net = self._trained(seed, None, lambda words, part: tell(words, 0.4 * part))
            aware = net
            if self.way == "aware":
                aware = self._trained(seed, self.mapping, lambda w, part: tell(f"{w}, aware", 0.4 + 0.3 * part))
            found = self._on_devices(net, aware, seed, *own, "devices", lambda w, part: tell(w, 0.4 + 0.3 * part))
            best = self._on_devices(
                net, net, seed, *ideal, "ideal", lambda w, part: tell("ideal, " + w, 0.7 + 0.3 * part)
            )
            if age:
                tell("Ageing", 0.95)
                older = dataclasses.replace(found.programmed, source=self.device).age(age, temperature)
                aged.append(_right(older.read(test.x, seed), test))
            runs.append(found)
            scores.append((found.logits, forward(net, test.x), best.logits))
        values = [np.array([_right(each, test) for each in of]) for of in zip(*scores, strict=True)]
        seeds = tuple(map(int, seeds))
        done = [run.trained for run in runs if run.trained is not None]
        accuracy = Accuracy(
            values[0], seeds, self.way.replace("-", " "), floating=Accuracy(values[1], seeds, "floating point"),
            ideal=Accuracy(values[2], seeds, "ideal devices"),
            learning_rate=float(np.mean([d.learning_rate for d in done])) if done else np.nan,
            pulses=float(np.mean([d.pulses for d in done])) if done else np.nan,
            history=np.concatenate([d.history for d in done]) if done else None,
        )  # fmt: skip
        confusion = np.zeros((CLASSES, CLASSES), int)
        for run in runs:
            np.add.at(confusion, (test.labels, np.argmax(run.logits, -1)), 1)
        self._forget()
        first = runs[0]
        return Trial(
            accuracy, Accuracy(np.array(aged), seeds, "aged") if aged else None, confusion,
            dataclasses.replace(first.programmed, source=self.device), _cells(first),
            self._price(accuracy.pulses, first.trained) if done else None, test, first.net,
            self.parts[0].x[:CALIBRATED],
        )  # fmt: skip

    def _trained(self, seed: int, aware, tell):
        """The network of a seed, trained by gradients."""
        (x, labels), epochs = (
            self.parts[0],
            self.epochs if self.epochs and self.way not in PULSES else EPOCHS[self.task],
        )
        net = architecture(self.model, self.task, seed)
        if self.way == "in-situ":
            epochs = EPOCHS[self.task]
        words = "aware" if aware is not None else "floating"
        weights, rest = eqx.partition(net, eqx.is_inexact_array)
        file = self._file(f"{seed}-{words}")
        tag = file and kept.fingerprint(weights, x, labels, aware, epochs, seed)
        if file and (found := kept.load(file, weights, tag)) is not None:
            return eqx.combine(found, rest)
        net = train(
            net, x, labels, seed, epochs=epochs, aware=aware, checkpoint=self._file(f"{seed}-{words}-epoch"),
            progress=lambda done, of, loss: tell(f"epoch {done} of {of}", done / of),
        )  # fmt: skip
        if file:
            kept.save(file, eqx.filter(net, eqx.is_inexact_array), tag)
        return net

    def _on_devices(self, net, aware, seed: int, mapping, response, words: str, tell) -> _Found:
        """Programmed onto devices and, where they are given, trained by pulses in part or as a whole."""
        (x, labels), (x2, labels2), test = self.parts
        if response is None:
            tell("programming", 0.0)
            one = program(aware, mapping, seed, inputs=x[:CALIBRATED])
            return _Found(one.read(test.x, seed), aware, one)
        sizes, weights = getattr(net, "sizes", None), None
        seen = [x, x2, test.x]
        if self.way == "hybrid":
            body, head = parted(net)
            tell("programming", 0.0)
            one = program(body, mapping, seed, inputs=x[:CALIBRATED])
            seen = [
                np.maximum(one.read(each, seed), 0) if self.model == "mlp" else one.read(each, seed) for each in seen
            ]
            sizes, weights = (len(head) - 1, CLASSES), [head]
        file = self._file(f"{seed}-{words}-pulses")
        tag = file and kept.fingerprint(seen, labels, response, self.scheme, self.epochs, seed)
        packed = kept.load(file, (0,), tag) if file else None
        done = train_in_situ(
            sizes, response, seen[0], labels, seen[1], labels2, scheme=self.scheme, seeds=(seed,), weights=weights,
            epochs=self.epochs or PULSED[self.task], progress=lambda words, part: tell(f"pulses, {words}", part),
            save=file and (lambda state: kept.save(file, (_packed(state),), tag)),
            start=None if packed is None else dict(np.load(io.BytesIO(packed[0].tobytes()))),
        )  # fmt: skip
        last = done.net(0)
        whole = last if self.way == "in-situ" else joined(net, last.weights[0])
        return _Found(last(seen[2]), whole, program(whole, mapping, seed, inputs=x[:CALIBRATED]), done)

    def _price(self, pulses: float, trained) -> TrainingCost:
        """Of the layers that were trained on devices."""
        one = program(trained.net(0), self.response, inputs=np.ones((1, trained.net(0).sizes[0]), np.float32))
        return training_cost(one, pulses, len(self.parts[0].x) * (self.epochs or PULSED[self.task]))

    def _file(self, words: str) -> Path | None:
        return self.checkpoint and Path(f"{os.fspath(self.checkpoint)}.{words}.npz")

    def _forget(self) -> None:
        if self.checkpoint:
            path = Path(self.checkpoint)
            for file in path.parent.glob(f"{path.name}.*.npz"):
                file.unlink()


def _right(logits, test) -> float:
    return float(np.mean(np.argmax(logits, -1) == test.labels))


def _cells(found: _Found) -> dict[str, np.ndarray]:
    """Conductances by layer: those that were trained, else those that were programmed."""
    paths = list(found.programmed.products)
    cells = {path: e.cells[0, :, 0] for path, e in zip(paths, found.programmed.layers, strict=True)}
    for path, g in zip(reversed(paths), reversed(found.trained.cells if found.trained else ()), strict=False):
        cells[path] = np.asarray(g[0])
    return cells


def _packed(state) -> np.ndarray:
    """A dict of arrays as one array of bytes."""
    stream = io.BytesIO()
    np.savez(stream, **state)
    return np.frombuffer(stream.getvalue(), np.uint8)
