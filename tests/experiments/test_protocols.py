"""Protocols unfold into the samples that the Dataset promises, and refuse what makes no sense."""

import math

import numpy as np
import pytest

from pinched.core import PinchedError
from pinched.experiments import protocols
from pinched.experiments.protocols import Hold, Loop, Pulse, Ramp, Read, Sine, Train, describe, unfold


def test_a_sweep_is_four_ramps_a_cycle_at_the_stated_rate():
    pieces = unfold(protocols.sweep(1.5, -1.0, rate=0.5, cycles=2, i_max=1e-3, i_max_second=1e-2, points=10))
    assert [(p.v0, p.v1) for p in pieces] == [(0, 1.5), (1.5, 0), (0, -1.0), (-1.0, 0)] * 2
    assert [p.cycle for p in pieces] == [0] * 4 + [1] * 4
    assert [p.number for p in pieces] == [0, 1, 2, 3] * 2
    assert [p.step.i_max for p in pieces][:4] == [1e-3, 1e-3, 1e-2, 1e-2]
    np.testing.assert_allclose([p.duration for p in pieces][:4], [3, 3, 2, 2])
    assert all(len(p.at) == 10 and p.at[-1] == p.duration for p in pieces)


def test_a_branch_of_zero_volts_is_left_out():
    assert [(p.v0, p.v1) for p in unfold(protocols.sweep(1.0, 0.0))] == [(0, 1.0), (1.0, 0)]


def test_trains_count_pulses_and_name_the_pulse_before_each_reading():
    reads = [p for p in unfold(protocols.potentiation_depression(1, -2, 1e-6, 2, cycles=2, gap=1e-6)) if p.read]
    assert [p.pulse for p in reads] == [0, 1, 2] * 4
    assert [p.number for p in reads] == [0, 0, 0, 1, 1, 1] * 2
    assert [p.cycle for p in reads] == [0] * 6 + [1] * 6
    np.testing.assert_array_equal([p.pulse_voltage for p in reads[:6]], [math.nan, 1, 1, math.nan, -2, -2])
    assert {p.kind for p in reads} == {"pulse"}


def test_endurance_and_retention_name_their_readings():
    reads = [p for p in unfold(protocols.endurance(1, -1, 1e-6, 3)) if p.read]
    assert [p.number for p in reads] == [1, 0] * 3
    assert [p.cycle for p in reads] == [0, 0, 1, 1, 2, 2]
    pieces = unfold(protocols.retention([10, 1, 100], temperature=358.0))
    assert [p.duration for p in pieces if not p.read] == [1, 9, 90]
    assert all(p.step.temperature == 358.0 for p in pieces)


def test_the_text_of_a_protocol_says_what_differs_from_the_defaults():
    text = describe((*protocols.sweep(1.0, -1.0, i_max=1e-3), Read(0.2)))
    assert text.startswith("Loop(1 x [Ramp(start=0.0, stop=1.0")
    assert "i_max=0.001" in text
    assert text.endswith("\nRead(voltage=0.2, width=0.0, kind=read, level=-1)")


def test_the_last_sample_of_a_step_is_its_end_whatever_the_rounding():
    for duration in (0.007, *np.geomspace(1e-9, 1e3, 200)):
        for points in (1, 3, 20, 49):
            assert unfold((Hold(1.0, float(duration), points),))[0].at[-1] == duration


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: protocols.sweep(1, -1, rate=0), "rate"),
        (lambda: Ramp(0.0, math.nan, 1.0), "stop = nan"),
        (lambda: Hold(1.0, -1.0), "duration"),
        (lambda: Pulse(1.0, 1e-6, i_max=0.0), "compliance"),
        (lambda: Sine(1.0, 0.0), "frequency"),
        (lambda: protocols.waveform([0, 1], [0, 1, 2]), "same length"),
        (lambda: protocols.waveform([0, 2, 1], [0, 1, 2]), "backwards"),
        (lambda: protocols.waveform([0, 1], [0, math.nan]), "NaN"),
        (lambda: protocols.retention([-1.0, 2.0]), "duration"),
        (lambda: unfold(()), "at least one"),
        (lambda: unfold((1.0,)), "no step"),
        (lambda: unfold((Loop((Train(Pulse(1, 1), Read(), 1), "rest")),)), "no step"),
    ],
)
def test_nonsense_is_refused_in_words(make, words):
    with pytest.raises(PinchedError, match=words):
        make()
