"""Synapses at rest while a network learns, and columns moved to spare ones."""

import dataclasses

import numpy as np
import optax
import pytest

from pinched.applications.digits import samples
from pinched.core import PinchedError
from pinched.devices import response
from pinched.networks import MLP, Mapping, program, train, train_in_situ
from pinched.networks.insitu import Counts
from pinched.networks.sparing import Frozen, Stashed, frozen, spared


def test_a_share_of_weights_rests_in_every_update():
    step = frozen(0.25, 3)
    ones = {"a": np.ones((100, 50), np.float32)}
    first, state = step.update(ones, step.init(ones))
    second, _ = step.update(ones, state)
    rest = [np.asarray(x["a"]) == 0 for x in (first, second)]
    assert np.mean(rest[0]) == pytest.approx(0.25, abs=0.03)
    assert np.mean(rest[0] & rest[1]) == pytest.approx(0.0625, abs=0.015)  # drawn anew


def test_train_takes_it_behind_an_optimiser():
    data = samples()
    net = train(MLP((64, 16, 10), 0), *data.train, 0, epochs=5, optimiser=optax.chain(optax.adam(3e-3), frozen(0.15)))
    assert np.mean(net(data.test.images).argmax(1) == data.test.labels) > 0.85


def test_frozen_pulses_fewer_devices():
    data = samples()
    told = {}
    for share in (0.0, 0.9):
        scheme = Frozen(Counts(), share)
        done = train_in_situ((64, 10), response("ideal-exponential"), *data.train, *data.validation, scheme=scheme,
                             epochs=1, learning_rates=(0.3,))  # fmt: skip
        start = MLP((64, 10), 0).weights[0]
        told[share] = np.abs(done.nets[0].weights[0] - start).mean()
    plain = train_in_situ((64, 10), response("ideal-exponential"), *data.train, *data.validation, epochs=1,
                          learning_rates=(0.3,))  # fmt: skip
    assert told[0.9] < 0.6 * told[0.0]
    assert told[0.0] == pytest.approx(np.abs(plain.nets[0].weights[0] - start).mean(), rel=0.1)
    with pytest.raises(PinchedError, match="cannot rest"):
        Frozen(Counts(), 1.0)


def test_stashed_saves_pulses_and_keeps_what_was_learnt():
    data = samples()
    told = {}
    for share in (0.0, 0.5):
        done = train_in_situ((64, 10), response("ideal-exponential"), *data.train, *data.validation,
                             scheme=Stashed(Counts(), share), epochs=10, learning_rates=(0.3,))  # fmt: skip
        told[share] = done.pulses[0], done.history[0, -1]
    assert told[0.5][0] < 0.95 * told[0.0][0]
    assert told[0.5][1] > told[0.0][1] - 0.04


def test_spare_columns_take_the_worst():
    net = MLP((64, 32, 10), 0)
    mapping = Mapping(g_min=1e-6, stuck_off=0.05, stuck_on=0.05, sigma_device=0.05)
    before = program(net, mapping, 0)
    after = spared(before, 0.25, key=1)

    def missed(engine):
        return ((engine.cells - engine.asked) ** 2).sum((0, 1, 2, 3))

    for old, new in zip(before.layers, after.layers, strict=True):
        changed = missed(new) != missed(old)
        assert 0 < changed.sum() <= np.ceil(0.25 * changed.size)
        assert np.all(missed(new)[changed] < missed(old)[changed])
        assert missed(old)[changed].min() >= np.sort(missed(old))[-np.ceil(0.25 * changed.size).astype(int)]
    x = samples().test.images
    exact = net(x)
    assert np.std(after.read(x) - exact) < np.std(before.read(x) - exact)
    assert np.array_equal(spared(before, 0.25, key=1).read(x), after.read(x))


def test_what_cannot_be_spared_is_told():
    aged = dataclasses.replace(program(MLP((64, 10), 0), Mapping(), 0), history=((1.0, 300.0),))
    with pytest.raises(PinchedError, match="has not aged"):
        spared(aged, 0.1)
