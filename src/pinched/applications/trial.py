"""A network on a device, from its training to what it is worth: accuracy, robustness, cost."""

import dataclasses
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from pinched.applications.architectures import CLASSES, MODELS, TASKS, Part, images_of, shaped
from pinched.applications.runs import CALIBRATED, PULSES, Found, Runs
from pinched.arrays.analog.ageing import ageing
from pinched.core import PinchedError, nearest
from pinched.devices import Device, PulseResponse
from pinched.networks import insitu
from pinched.networks.accuracy import Accuracy, accuracy_of
from pinched.networks.improve import perfect
from pinched.networks.observe import forward
from pinched.networks.program import ROOM, Programmed, program
from pinched.networks.training_cost import TrainingCost

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
        return accuracy_of(programmed.read(x, 0), labels)


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
    pulses: str | None = None,
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
            "in-situ", trained by pulses as a whole; "hybrid", the last layer trained by pulses on what the layers
            before it give, which are programmed.
        data: folder of the four IDX files of MNIST or Fashion-MNIST.
        seeds: each draws first weights, devices, the order of the samples and noise.
        age: seconds between programming and a second test, at `temperature` (K).
        pulses: how gradients become pulses, of SCHEMES; "counts" by default.
        epochs: passes over the data of the last training; by default `runs.EPOCHS`, or `runs.PULSED` on the devices.
        images: train with no more than so many.
        checkpoint: a name after which files are made from which a run that was stopped goes on; none is left.
        progress: called with a few words and the fraction done.
        **known: fields of the Mapping, such as adc_bits, r_wire, scheme.

    Raises:
        PinchedError: for an unknown word, what does not go together, or missing data.
    """
    scheme = "counts" if pulses is None else pulses
    asked = (("model", model, MODELS), ("task", task, TASKS), ("way to train", way, WAYS), ("scheme", scheme, SCHEMES))
    for name, word, words in asked:
        if word not in words:
            raise PinchedError(f"There is no {name} {word!r}{nearest(word, words)}; there are {', '.join(words)}.")
    if pulses is not None and way not in PULSES:
        raise PinchedError(f"A scheme of pulses trains {' or '.join(PULSES)}; {way} has no use for {pulses!r}.")
    if data is not None and task == "digits":
        raise PinchedError(f"The digits are carried: {data} holds images of another task, mnist or fashion.")
    if age and (way in PULSES or isinstance(device, PulseResponse)):
        raise PinchedError("A pulse response does not say how it ages: program a device or statistics, and age that.")
    if age and not isinstance(device, Device):
        ageing(device, 0.0, [(age, temperature)])  # tells before anything is trained that it cannot
    if not len(seeds):
        raise PinchedError("trial() needs at least one seed.")
    tell = progress or (lambda words, part: None)
    tell("Reading the data", 0.0)
    parts = shaped(images_of(task, data, images), model)
    runs = Runs(device, model, task, way, parts, SCHEMES[scheme], epochs, checkpoint, known)
    return _over(runs, tuple(map(int, seeds)), age, temperature, tell)


def _over(runs: Runs, seeds: tuple[int, ...], age: float, temperature: float, tell) -> Trial:
    """The trial of all seeds, one after the other."""
    test, found, aged, scores = runs.parts[2], [], [], []
    if runs.way in PULSES:
        tell("Response to pulses", 0.0)
    ideal = perfect(runs.mapping), runs.response and perfect(runs.response)
    for k, seed in enumerate(seeds):

        def part(low: float, high: float, k=k, seed=seed):
            """Progress of a stage that takes from `low` to `high` of this seed."""
            return lambda words, done: tell(f"seed {seed}: {words}", (k + low + (high - low) * done) / len(seeds))

        net = runs.network(seed, None, part(0, 0.4))
        taught = runs.network(seed, runs.mapping, part(0.4, 0.7)) if runs.way == "aware" else net
        on = runs.on_devices(taught, seed, runs.mapping, runs.response, "devices", part(0.4, 0.7))
        best = runs.on_devices(net, seed, *ideal, "ideal", part(0.7, 1))
        if age:
            older = dataclasses.replace(on.programmed, source=runs.device).age(age, temperature)
            aged.append(accuracy_of(older.read(test.x, seed), test.labels))
        found.append(on)
        scores.append([accuracy_of(logits, test.labels) for logits in (on.logits, forward(net, test.x), best.logits)])
    ours, exact, perfected = np.transpose(scores)
    trained = [on.trained for on in found if on.trained is not None]
    accuracy = Accuracy(
        ours, seeds, runs.way.replace("-", " "), floating=Accuracy(exact, seeds, "floating point"),
        ideal=Accuracy(perfected, seeds, "ideal devices"),
    )  # fmt: skip
    if trained:
        rate, pulses = (float(np.mean([getattr(t, name) for t in trained])) for name in ("learning_rate", "pulses"))
        history = np.concatenate([t.history for t in trained])
        accuracy = dataclasses.replace(accuracy, learning_rate=rate, pulses=pulses, history=history)
    confusion = np.zeros((CLASSES, CLASSES), int)
    for on in found:
        np.add.at(confusion, (test.labels, np.argmax(on.logits, -1)), 1)
    runs.forget(seeds)
    first = found[0]
    return Trial(
        accuracy,
        Accuracy(np.array(aged), seeds, "aged") if aged else None,
        confusion,
        dataclasses.replace(first.programmed, source=runs.device),
        _cells(first),
        runs.price(accuracy.pulses, trained[0].nets[0]) if trained else None,
        test,
        first.net,
        runs.parts[0].x[:CALIBRATED],
    )


def _cells(found: Found) -> dict[str, np.ndarray]:
    """Conductances by layer: those that were trained, else those that were programmed."""
    paths = list(found.programmed.products)
    cells = {path: e.cells[0, :, 0] for path, e in zip(paths, found.programmed.layers, strict=True)}
    for path, g in zip(reversed(paths), reversed(found.trained.cells if found.trained else ()), strict=False):
        cells[path] = np.asarray(g[0])
    return cells
