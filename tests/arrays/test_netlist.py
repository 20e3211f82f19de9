import os
import shutil

import numpy as np
import pytest

import pinched as pn
from pinched.arrays import Crossbar
from pinched.arrays.netlist import export
from pinched.arrays.schemes import bias
from pinched.core import PinchedError
from pinched.devices import VTEAM
from pinched.devices.spice import simulate


@pytest.fixture
def ngspice():
    if not shutil.which("ngspice") and not os.environ.get("PINCHED_CI"):
        pytest.skip("ngspice is not installed: apt-get install ngspice")


def test_ohmic_array_with_a_broken_and_an_ideal_line(ngspice):
    rng = np.random.default_rng(0)
    g = rng.uniform(1e-5, 1e-3, (3, 4))
    r_word = np.full((3, 5), 20.0)
    r_word[1, 2] = np.inf
    x = Crossbar(g, r_word, np.array([10.0, 10.0, 0.0, 10.0]), r_source=5.0)
    ends = {"word_left": [1.0, 0.5, np.nan], "word_right": [np.nan, 0.2, np.nan], "bit_bottom": 0.0}
    found, ours = simulate(export(x, points=10, **ends)), x.solve(**ends)
    for j in range(4):
        assert found[f"i(v_bit_bottom_{j})"][-1] == pytest.approx(ours.i_bit_bottom[j], rel=1e-5)
    assert -found["i(v_word_right_1)"][-1] == pytest.approx(ours.i_word_right[1], rel=1e-5)


def test_half_select_write_of_devices_that_differ(ngspice):
    cell = VTEAM(R_on=1e4, R_off=1e5, k_on=-1e6, k_off=1e6, alpha_on=1.0, alpha_off=1.0, v_on=-0.3, v_off=0.3,
                 iv="exponential")  # fmt: skip
    rng = np.random.default_rng(1)
    cells = cell.replace(R_on=rng.uniform(1e4, 2e4, (2, 2)), v_on=rng.uniform(-0.35, -0.25, (2, 2)))
    x = Crossbar(cells, 50.0, 50.0, x={"x": rng.uniform(0.4, 0.9, (2, 2))})
    held = bias("V/2", (2, 2), 0, 1, -1.0)
    time = np.array([0.0, 1e-7, 1e-6])
    ramp = np.array([0.0, 1.0, 1.0])[:, None]
    ends = {name: ramp * volts for name, volts in held.items()}
    found = simulate(export(x, time=time, **ends))
    after, ds = x.run(time, **ends)
    for i, j in np.ndindex(2, 2):
        assert found[f"v(x_{i}_{j}.inner_x)"][-1] == pytest.approx(after.x["x"][i, j], abs=1e-5)
    assert -found["i(v_word_left_0)"][-1] == pytest.approx(float(ds["i_word_left"][0, -1]), rel=1e-5)


def test_a_cell_that_runs_away_does_so_at_the_same_instant(ngspice):
    shape, time = (2, 2), np.array([0.0, 1e-7, 2e-7])
    x = Crossbar(pn.device("generic-vteam-2015").sample(1, shape, {"k_on": 0.1}))
    ends = {name: np.array([0, 1.0, 1.0])[:, None] * v for name, v in bias("V/2", shape, 0, 0, -0.3).items()}
    found = simulate(export(x, time=time, points=200, **ends))
    _, ds = x.run(time, save=found["time"][1:-1], rtol=1e-8, **ends)
    ours = ds["i_word_left"].values[0]
    # ngspice is off by 2.7e-4, which falls with its tolerances.
    np.testing.assert_allclose(-found["i(v_word_left_0)"][1:-1], ours, atol=5e-4 * np.abs(ours).max())


def test_mistakes():
    with pytest.raises(PinchedError, match="compliance"):
        export(Crossbar(np.ones((2, 2)), i_max=1e-3), word_left=1.0)
    with pytest.raises(PinchedError, match="middle"):
        export(Crossbar(np.ones((2, 2))), middle=1.0)


def test_deck_lists_every_part():
    deck = export(Crossbar(np.array([[1e-3, 0.0]]), 2.0, 0.0, c_word=1e-15), word_left=1.0, bit_bottom=0.0)
    names = [line.split()[0] for line in deck.splitlines()]
    assert {"r_0_0", "r_word_0_1", "r_word_left_0", "v_word_left_0", "vs_bit_bottom_0", "c_word_0_1"} <= set(names)
    assert "r_0_1" not in names
