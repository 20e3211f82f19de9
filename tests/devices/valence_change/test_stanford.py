"""The Stanford gap model: loops, ramps and the gap noise."""

import numpy as np
import pytest

from pinched import run
from pinched.core import PinchedError, double
from pinched.devices import Environment, StanfordGap, device
from pinched.experiments.protocols import Hold, Ramp, sweep

ENV = Environment(temperature=298.0)
MIDDLE, STEP = 0.5, 0.2 / 1.5  # gap 0.95 nm and 0.4 nm


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def resistance(device, env, **x):
    return 0.1 / float(device.current(0.1, x, env))


def first_below(ds, level):
    """Source voltage at which x first falls below `level`: the last sample before, since compliance folds it back."""
    return ds.voltage.values[np.flatnonzero(ds.state_x.values < level)[0] - 1]


def test_hfox_loop(crossings):
    cell = device("hfox-stanford-pku")
    ds = run(cell, sweep(3.0, -3.0, 1.0, points=500, i_max=0.02), ENV, x0={"x": 1.0})
    assert first_below(ds, MIDDLE) == pytest.approx(1.392, rel=0.02)
    assert [v for v in crossings(ds, STEP) if v < 0] == pytest.approx([-1.054], rel=0.02)
    assert [v for v in crossings(ds, MIDDLE) if v < 0] == pytest.approx([-1.098], rel=0.02)
    ends = [resistance(cell, ENV, x=x) for x in ds.state_x.values[[-1, 1000]]]
    assert ends[0] / ends[1] == pytest.approx(403, rel=0.02)


def test_alon_loop(crossings):
    cell, env = device("alon-stanford-pku"), Environment(temperature=300.15)
    ds = run(cell, sweep(3.0, -2.0, 3e4, points=500), env)
    v_set, v_reset = crossings(ds, MIDDLE)
    assert v_set == pytest.approx(2.59, rel=0.02)
    assert v_reset == pytest.approx(-0.925, rel=0.02)
    low, high = (resistance(cell, env, x=x) for x in ds.state_x.values[[1000, -1]])
    assert low == pytest.approx(413770, rel=1e-3)
    assert high == pytest.approx(1.70e9, rel=0.02)


@pytest.mark.parametrize(("rate", "v_set", "v_reset"), [(1e6, 1.5656, -1.172), (1e9, 2.2113, -1.6456)])
def test_ramps(crossings, rate, v_set, v_reset):
    ds = run(device("hfox-stanford-pku"), (Ramp(0.0, -2.0, 2 / rate, 500),), ENV)
    assert crossings(ds, STEP)[0] == pytest.approx(v_reset, rel=2e-3)
    cool = device("hfox-stanford-pku").replace(R_th=0.0)  # the printed ramps limit the heating to 100 µA
    ds = run(cool, (Ramp(0.0, 2.5, 2.5 / rate, 500),), ENV, x0={"x": 1.0})
    assert first_below(ds, MIDDLE) == pytest.approx(v_set, rel=0.02)


def test_the_gap_noise_spreads_as_the_square_root_of_time_whatever_the_step():
    still = device("hfox-stanford-pku").replace(state_noise="on", nu0=1e-30, R_th=0.0)
    many = still.replace(x0=np.full(1000, 0.5))
    delta = 0.02 / (1 + np.exp((450 - 298) / 500)) * np.sqrt(1e-9) / 1.5e-9  # 1/√s
    for points in (1, 8):
        ds = run(many, (Hold(1.6, 1e-6, points),), ENV, seed=3)
        assert np.std(ds.state_x.values[:, -1]) == pytest.approx(delta * 1e-3, rel=0.09)
    assert np.all(run(many, (Hold(0.5, 1e-6, 1),), ENV, seed=3).state_x.values == 0.5)  # below the field gate


def test_noise_is_off_unless_asked_for():
    assert StanfordGap().diffusion is None
    with pytest.raises(PinchedError, match="state_noise"):
        StanfordGap(state_noise="yes")
