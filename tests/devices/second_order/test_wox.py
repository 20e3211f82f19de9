"""Tungsten oxide and its kin: short-term memory, first and second order."""

import equinox as eqx
import numpy as np
import pytest

import pinched
from pinched.core import PinchedError, double
from pinched.devices import Environment, WOx, WOxGatedDecay, WOxGatedGrowth, describe, device
from pinched.experiments.protocols import Hold, Loop, Pulse, Read, Rest, sweep

ROOM = Environment(temperature=300.0)
PULSE = Pulse(1.4, 1e-3)
GAPS = (1e-3, 5e-3, 20e-3, 50e-3, 200e-3)  # s


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def rate(model, v, name="w", **x):
    return float(model.rates(v, {state: s.rest for state, s in model.state().items()} | x, ROOM)[name])


def pair(name, gap):
    """w before and after each of two pulses."""
    data = pinched.run(name, (Read(0.1), PULSE, Read(0.1), Rest(gap), Read(0.1), PULSE, Read(0.1)), ROOM, rtol=1e-9)
    return data.state_w.values


@pytest.mark.parametrize(
    ("name", "cls"),
    [("wox-du-2017", WOx), ("wox-du-2015", WOxGatedDecay), ("wox-second-order-phenom", WOxGatedGrowth)],
)
def test_class_defaults_are_the_published_set(name, cls):
    assert eqx.tree_equal(device(name), cls())


def test_chang_growth_and_decay():
    model = device("wox-chang-2011")
    assert [rate(model, v) for v in (0.5, 1.0, 1.5)] == pytest.approx([0.0653, 0.491, 3.63], rel=2e-3)
    assert -1 / (rate(model, 0.0, w=0.6) / 0.6) == pytest.approx(2.222, abs=1e-3)


def test_chang_three_sweeps():
    model = device("wox-chang-2011")
    w = pinched.run(model, sweep(1.2, 0.0, rate=2.0, cycles=3), ROOM).state_w.values[[200, 400, 600]]  # after each
    assert w == pytest.approx([0.207, 0.328, 0.398], rel=0.008)  # 0.2058, 0.3257, 0.3956
    i = model.current(1.2, {"w": w}, ROOM)
    assert np.asarray(i) == pytest.approx([4.7e-6, 7.3e-6, 8.8e-6], rel=0.01)


def test_du_2017_one_pulse_and_ten():
    model = device("wox-du-2017")
    assert rate(model, 1.4) * 1e-3 == pytest.approx(0.0366, abs=5e-5)
    data = pinched.run(model, (Loop((PULSE, Read(0.1), Rest(9e-3), Read(0.1)), 10),), ROOM)
    w = data.state_w.values
    assert w[0] - 0.1 == pytest.approx(0.0362, abs=5e-5)
    assert w[-1] == pytest.approx(0.2442, abs=2e-4)


def test_paired_pulse_facilitation_is_exact():
    for gap, printed in zip(GAPS, (1.961, 1.887, 1.657, 1.361, 1.018), strict=True):
        w = pair("wox-du-2017", gap) - 0.1
        assert w[3] / w[1] == pytest.approx(1 + np.exp(-(gap + 1e-3) / 0.05), rel=1e-6)
        assert w[3] / w[1] == pytest.approx(printed, abs=6e-4)


def test_four_bits_in_time_are_sixteen_even_states():
    slot = 0.05 * np.log(2)
    last = []
    for bits in range(16):
        steps = [PULSE if bits >> k & 1 else Rest(1e-3) for k in range(4)]
        protocol = tuple(step for pulse in steps for step in (pulse, Rest(slot - 1e-3)))
        last.append(float(pinched.run("wox-du-2017", (*protocol, Read(0.1)), ROOM, rtol=1e-9).state_w[-1]) - 0.1)
    assert np.diff(last) == pytest.approx(np.full(15, last[1]), rel=1e-6)  # the last bit counts most


def test_nbox_settles_where_the_window_does_not_matter():
    model = device("nbox-volatile")
    assert rate(model.replace(window="none"), 1.0) == pytest.approx(12.13, rel=1e-3)
    for v, settled in ((1.0, 0.2159), (2.0, 0.4209)):
        assert float(pinched.run(model, (Hold(v, 1.0),), ROOM).state_w[-1]) == pytest.approx(settled, abs=1e-4)


def test_tiox_write_and_read():
    model = device("tiox-zhong-2021")
    write = pinched.run(model, (Hold(3.0, 1e-3),), ROOM)
    read = pinched.run(model, (Hold(1.9, 1e-5),), ROOM)
    assert float(write.state_w[-1]) == pytest.approx(0.8256, abs=1e-4)
    assert float(read.state_w[-1]) == pytest.approx(8.29e-4, rel=0.015)  # printed without the decay during the read
    kept = pinched.run(model, (Rest(4e-4),), ROOM, x0={"w": 0.5})
    assert float(kept.state_w[-1]) == pytest.approx(0.5 / np.e, rel=1e-5)


def test_gated_decay_rates():
    model = device("wox-du-2015")
    assert rate(model, 1.0) == pytest.approx(1342.0, rel=1e-3)
    assert rate(model, 1.0, "m") == pytest.approx(0.0010017, rel=1e-4)
    for m, lifetime in ((0.001, 975.6), (1.0, 38.46)):
        assert -0.499 / rate(model, 0.0, w=0.5, m=m) == pytest.approx(lifetime, rel=1e-3)


def test_the_fit_of_2015_shows_no_facilitation_and_says_so():
    assert "I-V curves only" in describe("wox-du-2015")["notes"]
    pulse = Pulse(0.5, 1e-3)  # far from saturation
    ratios = []
    for gap in (1e-3, 50e-3):
        steps = (Read(0.1), pulse, Read(0.1), Rest(gap), Read(0.1), pulse, Read(0.1))
        w = pinched.run("wox-du-2015", steps, ROOM, rtol=1e-9).state_w.values
        ratios.append((w[3] - w[2]) / (w[1] - w[0]))
    assert ratios == pytest.approx([1.0, 1.0], abs=1e-3)


def test_gated_growth_first_pulse():
    data = pinched.run("wox-second-order-phenom", (PULSE,), ROOM, rtol=1e-9)
    assert float(data.state_w[-1]) == pytest.approx(0.008879, abs=1e-6)
    assert float(data.state_m[-1]) == pytest.approx(0.3312, abs=1e-4)


def test_gated_growth_facilitates_without_overlap():
    for gap, ratio in zip(GAPS, (1.851, 1.785, 1.580, 1.314, 1.007), strict=True):
        w = pair("wox-second-order-phenom", gap)
        assert (w[3] - w[2]) / (w[1] - w[0]) == pytest.approx(ratio, abs=6e-4)


def test_gated_growth_learns_the_rate():
    after = {}
    for frequency in (1, 5, 20, 50, 100):
        train = Loop((PULSE, Read(0.1), Rest(1 / frequency - 1e-3)), 20)
        data = pinched.run("wox-second-order-phenom", (train, Rest(10.0 - 1 / frequency + 1e-3), Read(0.1)), ROOM)
        after[frequency] = data.state_w.values[-2:]
    w20 = [after[f][0] for f in after]
    assert w20 == pytest.approx([0.1617, 0.1654, 0.2248, 0.3113, 0.377], abs=2e-4)
    assert after[100][1] == pytest.approx(0.373, abs=5e-4)  # 10 s later


def test_gated_growth_is_a_proposal():
    about = describe("wox-second-order-phenom")
    assert about["status"] == "phenomenological"
    assert "not a fit" in " ".join(WOxGatedGrowth.__doc__.split())


def test_current_at_rest_and_ends():
    model, v = WOx(), np.array([-1.0, 0.0, 1.0])
    i = {w: np.asarray(model.current(v, {"w": w}, ROOM)) for w in (0.0, 1.0)}
    assert i[0.0] == pytest.approx(1e-8 * -np.expm1(-0.5 * v))
    assert i[1.0] == pytest.approx(1e-5 * np.sinh(4 * v))


def test_wrong_windows_and_ranges_are_refused():
    with pytest.raises(PinchedError, match="exponential"):
        WOx(window="exponental")
    with pytest.raises(PinchedError, match="w_max"):
        WOx(w_min=0.5, w_max=0.4)
