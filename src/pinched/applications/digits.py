"""Handwritten digits on a device: trained in floating point and programmed, or trained on the devices themselves.

The images are the test part of "Optical Recognition of Handwritten Digits" (Alpaydin & Kaynak, UCI 1998,
doi 10.24432/C50P49, CC BY 4.0): 1797 images of 8 x 8 pixels in 17 grey levels. Every fifth is a test sample and every
tenth a validation sample, so all 13 writers are in each part.
"""

import dataclasses
import functools
from importlib import resources
from typing import NamedTuple

import numpy as np

from pinched.arrays.analog.mapping import Mapping
from pinched.core import PinchedError
from pinched.networks.accuracy import Accuracy, accuracy_of
from pinched.networks.improve import perfect
from pinched.networks.insitu import Counts, Scheme, train_in_situ
from pinched.networks.mlp import MLP
from pinched.networks.program import program
from pinched.networks.training import train

SIZES = (64, 32, 10)
SEEDS = (0, 1, 2, 3, 4)


class Part(NamedTuple):
    """Samples: pixels (n, 64) in float32 from 0 to 1, and digits (n,)."""

    images: np.ndarray
    labels: np.ndarray


class Digits(NamedTuple):
    """The fixed split: 1258 samples to train on, 180 to choose with, 359 to test with."""

    train: Part
    validation: Part
    test: Part


@functools.cache
def samples() -> Digits:
    """The digits with their fixed split."""
    file = resources.files("pinched.applications").joinpath("data/digits.npz")
    with file.open("rb") as stream, np.load(stream) as data:
        images, labels = data["images"].astype(np.float32) / 16, data["labels"].astype(np.int32)
    number = np.arange(len(labels))
    test, validation = number % 5 == 4, number % 10 == 0
    return Digits(*(Part(images[part], labels[part]) for part in (~test & ~validation, validation, test)))


def floating(seeds=SEEDS) -> Accuracy:
    """The reference: the same networks, trained and tested in floating point."""
    test = samples().test
    return Accuracy(
        np.array([_score(net(seed)(test.images)) for seed in _seeds(seeds)]),
        _seeds(seeds),
        "floating point",
        note="64-32-10 rectified linear units, Adam",
    )


def ex_situ(device, seeds=SEEDS, *, references: bool = True) -> Accuracy:
    """Accuracy of networks trained in floating point and then programmed onto a device.

    Args:
        device: a Mapping, or a Device or PulseResponse, of which `Mapping.of` takes what it tells.
        seeds: each draws first weights, programming errors, device spread, stuck cells and read noise.
        references: whether to run the references too; `sensitivity` needs none.

    Returns:
        The accuracy, with `floating` and `ideal` (continuous, noiseless devices that insulate when OFF).
    """
    mapping = device if isinstance(device, Mapping) else Mapping.of(device)
    known = [origin for _, origin, _ in mapping.known]
    origin = next((o for o in ("assumed", "derived", "fitted", "measured") if o in known), "assumed")
    return Accuracy(
        _programmed(mapping, seeds),
        _seeds(seeds),
        "programmed",
        origin,
        floating=floating(seeds) if references else None,
        ideal=Accuracy(_programmed(perfect(mapping), seeds), _seeds(seeds), "ideal devices") if references else None,
    )


def in_situ(
    response,
    seeds=SEEDS,
    *,
    scheme: Scheme = Counts(),  # noqa: B008  frozen
    pair: bool = True,
    origin: str = "derived",
    note: str = "",
    references: bool = True,
) -> Accuracy:
    """Accuracy of networks trained on the devices by pulses.

    Args:
        response: the PulseResponse of the device.
        seeds: each draws first weights, devices, the order of the samples and the pulses.
        scheme: how gradients become pulses, one of `pinched.networks.insitu`.
        pair: whether a weight is the difference of two devices, or one device against a reference.
        origin: where `response` comes from (measured, fitted, derived, assumed); repeated in the result.
        note: what a reader must know, such as "prediction: no pulses were measured"; repeated in the result.
        references: whether to run the references too; `sensitivity` needs none.

    Returns:
        The accuracy, with `floating` and `ideal` (the same training on linear, symmetric, noiseless, equal devices).
    """
    seeds = _seeds(seeds)
    return dataclasses.replace(
        _trained(response, seeds, "trained on the devices", scheme, pair),
        origin=origin,
        note=note,
        floating=floating(seeds) if references else None,
        ideal=_trained(perfect(response), seeds, "ideal devices", scheme, pair) if references else None,
    )


def _seeds(seeds) -> tuple[int, ...]:
    seeds = (seeds,) if isinstance(seeds, (int, np.integer)) else tuple(seeds)
    if not seeds or any(not isinstance(s, (int, np.integer)) or s < 0 for s in seeds):
        raise PinchedError(f"seeds = {seeds}: give one whole number of at least 0, or several.")
    return tuple(int(s) for s in seeds)


@functools.cache
def net(seed: int = 0) -> MLP:
    """The network of a seed, trained in floating point."""
    return train(MLP(SIZES, seed), *samples().train, seed)


def _score(logits) -> float:
    return accuracy_of(logits, samples().test.labels)


def _programmed(mapping: Mapping, seeds) -> np.ndarray:
    calibration, test = samples().train.images, samples().test.images
    nets = {s: program(net(s), mapping, s, inputs=calibration) for s in _seeds(seeds)}
    return np.array([_score(each(test, s)) for s, each in nets.items()])


def _trained(response, seeds, label: str, scheme: Scheme, pair: bool) -> Accuracy:
    data = samples()
    done = train_in_situ(SIZES, response, *data.train, *data.validation, scheme=scheme, pair=pair, seeds=seeds)
    values = np.array([_score(done.nets[i](data.test.images)) for i in range(len(seeds))])
    return Accuracy(
        values,
        seeds,
        label,
        learning_rate=done.learning_rate,
        pulses=float(done.pulses.mean()),
        history=done.history,
    )
