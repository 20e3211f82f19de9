import os
from pathlib import Path

import jax
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm

import pinched as pn
from pinched.arrays import waveforms
from pinched.arrays.crossbar import Crossbar
from pinched.core import PinchedError
from pinched.devices import VTEAM, Environment, Ohmic, ParallelCapacitance, StanfordGap

CASES = Path(os.environ.get("PINCHED_TEST_DATA", "../shared/data")) / ".." / "reference" / "crossbar"

CELL = VTEAM(R_on=1e3, R_off=1e5, k_on=-1 / 3, k_off=1 / 3, alpha_on=3.0, alpha_off=3.0, v_on=-0.3, v_off=0.3,
             window="joglekar", x0=0.5)  # fmt: skip


def array_of(cell, shape, **spread):
    return cell.sample(1, shape, spread)


@pytest.mark.parametrize(
    ("case", "cell", "x0", "amplitude", "frequency"),
    [("tran_vteam", CELL, 0.5, 1.0, 1.0), ("tran_stanford", StanfordGap(F_min=0.0), 0.4, -0.8, 1e3)],
)
def test_one_cell_follows_the_independent_reference(case, cell, x0, amplitude, frequency):
    if not (CASES / case).is_dir():
        pytest.skip(f"reference case {case} is not here: set PINCHED_TEST_DATA")
    t, _, i, x = np.load(next((CASES / case).glob("exact_*.npy"))).T
    first = t <= 1 / frequency
    t, i, x = t[first], i[first], x[first]
    time = np.linspace(0, 1 / frequency, 4001)  # straight lines, 3e-7 from the sine
    v = amplitude * np.sin(2 * np.pi * frequency * time)
    array = Crossbar(array_of(cell, (1, 1)), 0.0, 0.0, x={"x": np.full((1, 1), x0)})
    env = Environment(temperature=298.0)
    _, ds = array.run(time, word_left=v[:, None], bit_bottom=0.0, env=env, save=t[1:], rtol=1e-9)
    state = ds["state_x"].values[0, 0]
    state = 0.2 + 1.5 * state if case == "tran_stanford" else state
    assert np.abs(state - x[1:]).max() < 1e-6
    assert np.abs(ds["i_bit_bottom"].values[0] - i[1:]).max() < 1e-5 * np.abs(i).max()


def test_an_array_with_wires_agrees_with_a_static_solution_at_every_instant():
    shape, rng = (3, 2), np.random.default_rng(0)
    x0 = rng.uniform(0.2, 0.8, shape)
    cell = array_of(CELL, shape, R_on=0.3)
    wires = {"r_word": 40.0, "r_bit": np.array([20.0, 90.0]), "r_source": 100.0}
    v = np.array([1.0, 0.5, np.nan])

    def rates(t, x):
        x = np.clip(x.reshape(shape), 0.0, 1.0)
        s = Crossbar(cell, **wires, x={"x": x}).solve(word_left=v * t, bit_bottom=0.0)
        return np.asarray(cell.rates(s.v_word - s.v_bit, {"x": x}, Environment())["x"]).ravel()

    peer = solve_ivp(rates, (0, 1.0), x0.ravel(), rtol=1e-7, atol=1e-9, method="LSODA").y[:, -1].reshape(shape)
    line = np.where(np.isnan(v), np.nan, v * np.array([0.0, 1.0])[:, None])
    after, ds = Crossbar(cell, **wires, x={"x": x0}).run([0.0, 1.0], word_left=line, bit_bottom=0.0, rtol=1e-9)
    assert np.abs(after.x["x"] - peer).max() < 1e-6
    assert np.abs(peer - x0).max() > 0.01
    s = after.solve(word_left=v, bit_bottom=0.0)
    for name in ("i_word_left", "i_bit_bottom"):
        assert np.abs(ds[name].values[:, -1] - getattr(s, name)).max() < 1e-9
    assert not ds["i_word_right"].values.any()


@pytest.mark.parametrize("wide", [False, True])  # the elimination runs along the longer side
def test_rows_and_columns_are_alike(wide):
    shape = (2, 5) if wide else (5, 2)
    cell = CELL if wide else CELL.replace(R_on=1e3)
    t = np.linspace(0, 1, 3)
    v = np.array([0.0, 1.0, 0.2])[:, None] * np.linspace(0.4, 1, shape[0])
    after, _ = Crossbar(array_of(cell, shape), 30.0, 10.0).run(t, word_left=v, bit_bottom=0.0, rtol=1e-8)
    assert after.x["x"].shape == shape
    # The transposed array driven from below, where the device sees the opposite voltage.
    turned, _ = Crossbar(array_of(cell, shape[::-1]), 10.0, 30.0).run(t, bit_top=-v, word_right=0.0, rtol=1e-8)
    assert np.abs(after.x["x"] - turned.x["x"].T).max() < 1e-8


def test_a_line_capacitance_charges_through_its_source():
    c, r, g = 1e-12, 1e4, 1e-5
    t = np.array([0.0, 1e-15, 3e-8])
    _, ds = Crossbar(Ohmic(g=np.full((1, 1), g)), 0.0, 0.0, r_source=r, c_word=c).run(
        t, word_left=np.array([0.0, 1.0, 1.0])[:, None], bit_bottom=np.zeros((3, 1)), save=np.linspace(1e-9, 3e-8, 20)
    )
    both = 1 / r + 1 / (1 / g + r)  # S at the word line: its source, and the cell in series with the other source
    expected = (1 / r) / both * (1 - np.exp(-ds["time"].values * both / c))
    cell = ds["voltage"].values[0, 0] * (1 + g * r)  # of the word line over ground
    assert np.abs(cell - expected).max() < 1e-5


def test_cells_that_hold_charge_drive_lines_at_rest():
    g, c, r, u = 1e-5, 1e-12, 1e4, np.array([0.05, 0.1])
    cell = ParallelCapacitance(inner=Ohmic(g=np.full((2, 1), g)), c=c, r_series=r, v_max=1.0)
    array = Crossbar(cell, 0.0, 100.0, x={"u": u[:, None]})
    held = {"word_left": 0.0, "bit_bottom": 0.0}
    y = np.linalg.inv([[r + 200, 100], [100, r + 100]])  # S, from the stored voltages to their currents
    np.testing.assert_allclose(array.solve(**held).i_word_left, -y @ u, rtol=1e-9)
    after, ds = array.run([0.0, 1e-8], **held)
    left = expm(-(y + g * np.eye(2)) / c * 1e-8) @ u
    np.testing.assert_allclose(after.x["u"][:, 0], left, rtol=1e-5)
    np.testing.assert_allclose(ds["i_word_left"].values[:, 0], -y @ left, rtol=1e-5)


def test_compliance_of_the_driver_holds_in_time():
    _after, ds = Crossbar(array_of(CELL, (1, 1)), 0.0, 0.0, i_max=2e-5, x={"x": [[0.9]]}).run(
        np.linspace(0, 2, 5), word_left=np.array([0, -1, -2, -1, 0.0])[:, None], bit_bottom=0.0, save="every"
    )
    i = ds["i_bit_bottom"].values[0]
    assert np.abs(i).max() == pytest.approx(2e-5, rel=1e-6)
    alone = pn.run(CELL, pn.protocols.waveform(ds["time"].values, [0, -1, -2, -1, 0.0], i_max=2e-5), x0={"x": 0.9})
    assert np.abs(alone["state_x"].values - ds["state_x"].values[0, 0]).max() < 1e-5


def test_gradients_agree_with_finite_differences():
    shape = (2, 3)
    x0 = np.linspace(0.3, 0.7, 6).reshape(shape)
    g = np.linspace(1e-5, 1e-3, 6).reshape(shape)

    def read(p):
        return Crossbar(g * p[0], 50.0 * p[1], 10.0, r_source=20.0).read(np.array([0.2, 0.1]) * p[2]).sum()

    def wired(p):  # only the word lines' resistance is traced
        return Crossbar(g, 50.0 * p[1], 10.0).read(np.array([0.2, 0.1])).sum()

    def bent(p):
        from pinched.devices import SinhResistor

        array = Crossbar(SinhResistor(g=g * p[0], b=3.0), 50.0 * p[1], 0.0, r_source=9.0 * p[1])
        s = array.solve(word_left=p[2], bit_bottom=0.0)
        return s.i_bit_bottom[1] + s.v_word[1, 2] * 1e-3

    def written(p):
        cell = CELL.replace(k_off=np.full(shape, 1 / 3) * p[0])
        array = Crossbar(cell, 50.0 * p[1], 10.0, x={"x": x0})
        after, _ = array.run(
            [0.0, 0.5, 1.0], word_left=np.array([0, 1.0, 0])[:, None] * p[2] * np.ones(2), bit_bottom=0.0, rtol=1e-9
        )
        return (after.x["x"] ** 2).sum()

    for function, size in ((read, 1e-6), (wired, 1e-4), (bent, 1e-6), (written, 1e-3)):
        with pn.double():
            slope = jax.jit(jax.grad(function))(jax.numpy.ones(3))  # one program instead of hundreds
        for k in range(3):
            step = size * np.eye(3)[k]
            difference = (function(1 + step) - function(1 - step)) / (2 * size)
            assert slope[k] == pytest.approx(float(difference), rel=1e-4, abs=1e-9), (function.__name__, k)


@pytest.mark.parametrize("gate", [0.9, [0.9, 0.8], [[0.9, 0.8], [0.9, 0.8], [0.9, 0.8]], [[[0.9], [0.8]]] * 3])
def test_gates_are_given_as_lists(gate):
    cell = pn.device("hfo2-sky130-1t1r").inner.sample(0, (2, 1), {})
    waveform = waveforms._gate_waveform(Crossbar(cell), np.arange(3.0), gate)
    assert np.broadcast_to(waveform[1], (2, 1))[:, 0].tolist() == [0.9, 0.8 if np.ndim(gate) else 0.9]


def test_a_traced_run_of_too_many_steps_is_nan(monkeypatch):
    monkeypatch.setattr(waveforms, "LOG", 8)

    def charged(r):
        line = Crossbar(Ohmic(g=np.full((1, 1), 1e-5)), 0.0, 0.0, r_source=r, c_word=1e-12)
        return line.run([0.0, 1e-15, 3e-8], word_left=[[0.0], [1.0], [1.0]], bit_bottom=0.0)[1]["voltage"][0, 0, 0]

    with pn.double():
        assert np.isnan(jax.jit(charged)(1e4))


@pytest.mark.parametrize(
    ("mistake", "says"),
    [
        ({"time": [0.0, 0.0]}, "increase"),
        ({"word_left": np.ones((3, 2))}, "word_left"),
        ({"save": "all"}, "save"),
        ({"save": [2.0]}, "within"),
        ({"word_left": None, "bit_bottom": None}, "no line end"),
        ({"word_left": [[1.0, np.nan], [1.0, 1.0]]}, "floats only some"),
        ({"gate": 1.0}, "no gate"),
        ({"time": ["now", "then"]}, "numbers for time"),
        ({"time": [-np.inf, 1.0]}, "increase"),
        ({"save": "0.5"}, "save"),
        ({"save": [[0.1], [0.2, 0.3]]}, "numbers for save"),
        ({"word_left": [[1.0], [1.0, 2.0]]}, "numbers for word_left"),
        ({"word_right": [[1.0, 1.0], [1.0, 0.9]]}, "Line 1 joins"),
    ],
)
def test_mistakes_are_told_in_one_sentence(mistake, says):
    given = {"time": [0.0, 1.0], "word_left": 1.0, "bit_bottom": 0.0} | mistake
    with pytest.raises(PinchedError, match=says) as told:
        Crossbar(array_of(CELL, (2, 2)), 0.0).run(given.pop("time"), **given)
    assert "\n" not in str(told.value)
