"""The Stanford–PKU model with gap and filament width."""

import numpy as np
import pytest

from pinched import run
from pinched.core import PinchedError, double
from pinched.devices import Environment, StanfordFilament, device
from pinched.experiments.protocols import Hold, sweep

ENV = Environment(temperature=300.0)
CELL = device("hfox-stanford-pku-v2")


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def resistance(v, **x):
    return v / float(CELL.current(v, x, ENV))


def test_resistances():
    closed = {"gap": 0.0, "width": 1.0}
    assert resistance(0.1, **closed) == pytest.approx(3000.0, rel=1e-5)
    assert resistance(-0.1, **closed) == pytest.approx(5033.7, rel=1e-4)


def test_the_current_solves_the_circuit():
    for v in (0.7, -0.7):
        x = {"gap": 0.2, "width": 0.6}
        gap, _, area, _ = (float(part) for part in CELL.geometry(x))
        v_g = float(CELL.gap_voltage(v, x))
        through = area * CELL.I0 * np.exp(-gap / CELL.X_T) * np.sinh(v_g / CELL.V_T)
        assert v_g + through * CELL.rho * (CELL.L0 - gap) / area == pytest.approx(v, rel=1e-12)


def test_loop_at_a_kilovolt_per_second(crossings):
    ds = run(CELL, sweep(1.5, -2.0, 1e3, points=500), ENV)
    gap, width = ds.state_gap.values, ds.state_width.values
    assert crossings(ds, 0.5, "state_gap")[0] == pytest.approx(0.694, rel=0.02)
    assert crossings(ds, 0.5 / 3, "state_gap")[-1] == pytest.approx(-0.524, rel=0.02)
    assert 3 * gap[-1] == pytest.approx(2.77, rel=0.02)
    end = {"gap": gap[-1], "width": width[-1]}
    assert resistance(-0.1, **end) / resistance(-0.1, gap=0.0, width=1.0) == pytest.approx(400, rel=0.02)
    assert np.all(width[:1000][gap[:1000] > 0.01] < 1e-9)  # the gap closes before the filament widens
    assert np.all(width[1000:] == width[1000])  # RESET leaves the width alone


def test_no_retention_under_positive_bias_unless_gated(crossings):
    closing = (Hold(1e-9, 1.0, 200),)
    ds = run(CELL, closing, ENV)
    t = ds.time.values[np.flatnonzero(ds.state_gap.values < 1e-3)[0]]
    assert t == pytest.approx(0.70, rel=0.02)  # s
    assert np.min(run(CELL.replace(V_gate=0.3), closing, ENV).state_gap.values) > 0.999
    ds = run(CELL, sweep(1.5, -2.0, 1.0, points=500), ENV)
    assert crossings(ds, 1e-3, "state_gap")[0] == pytest.approx(0.134, rel=0.05)  # the artefact that this makes


def test_the_slower_mechanism_limits_reset():
    for gap in (0.05, 0.5):
        x = {"gap": gap, "width": 1.0}
        kT = 8.617333262e-5 * (300 + 5e5 * abs(0.6 * float(CELL.current(-0.6, x, ENV))))
        v_g = float(CELL.gap_voltage(-0.6, x))
        leaving = 0.25e-9 * 1e13 * np.exp(-(0.82 + 1.5 * v_g) / kT)
        hopping = 0.25e-9 * 1e13 * np.exp(-1.12 / kT) * np.sinh(-0.75e-9 * v_g / (gap * 3e-9 * kT))
        assert float(CELL.rates(-0.6, x, ENV)["gap"]) * 3e-9 == pytest.approx(min(leaving, hopping), rel=1e-9)


def test_noise_acts_on_an_opening_gap_and_a_growing_width():
    noisy = CELL.replace(state_noise="on")
    sigma = noisy.diffusion(-1.0, {"gap": np.array([0.1, 0.5]), "width": 1.0}, ENV)
    assert np.asarray(sigma["gap"]) == pytest.approx([0.0, 4e-5 * np.sqrt(1e-9) / 3e-9])
    assert np.all(np.asarray(sigma["width"]) == 0)
    assert float(noisy.diffusion(1.0, {"gap": 0.0, "width": 0.5}, ENV)["width"]) == pytest.approx(
        1e-4 * np.sqrt(1e-9) / 4.5e-9
    )
    assert CELL.diffusion is None


def test_widths_are_checked():
    with pytest.raises(PinchedError, match="W_CF"):
        StanfordFilament(W_CF=0.4e-9)
