"""Cells of exponential R(x), whose threshold no half-selected cell reaches: ln G moves evenly under a voltage."""

import numpy as np
import pytest

import pinched as pn
from pinched.arrays import Crossbar
from pinched.arrays.bits import stored
from pinched.arrays.disturb import write_disturb, writes_until
from pinched.arrays.programming import _by_row, planned, program, readings, summary
from pinched.core import PinchedError
from pinched.devices import VTEAM
from pinched.experiments.controllers import ISPP, OpenLoop, WriteVerify

CELL = VTEAM(R_on=1e4, R_off=1e6, k_on=-3e9, k_off=3e9, alpha_on=3.0, alpha_off=3.0, v_on=-0.5, v_off=0.5,
             iv="exponential")  # fmt: skip
TARGET = np.array([[4e-6, 8e-6], [2e-5, 6e-5]])
VERIFY = {"v_set": -0.56, "v_reset": 0.56, "step": 0.02, "width": 1e-8, "v_max": 0.9, "limit": 40}


def off(r=0.0, cell=CELL):
    return stored(cell, np.zeros(TARGET.shape, int), r_word=r, r_bit=r)


def test_ideal_wires_program_each_cell_as_if_alone():
    verify = WriteVerify(target=TARGET, tolerance=0.1 * TARGET, **VERIFY)
    after, ds = program(off(), verify, edge=1e-4)
    alone = pn.run(CELL.sample(0, TARGET.shape, {}), verify, x0={"x": 1.0})
    assert ds.sizes == alone.sizes
    np.testing.assert_allclose(ds["conductance"], alone["conductance"], rtol=1e-2)
    np.testing.assert_array_equal(ds["pulse_voltage"], alone["pulse_voltage"])
    np.testing.assert_allclose(readings(after, 0.1), ds["conductance"][..., -1])
    told = summary(ds, TARGET, 0.1 * TARGET)
    assert told["within"] == np.mean(np.abs(alone["conductance"][..., -1] - TARGET) <= 0.1 * TARGET) >= 0.75
    assert told["most"] == ds.sizes["sample"] - 1
    assert told["time"] == pytest.approx(told["pulses"] * TARGET.size * 1e-8, rel=1e-3)


def test_wires_lower_what_is_read_and_verification_makes_up_for_it():
    after, ds = program(off(r=50.0), WriteVerify(target=TARGET, tolerance=0.1 * TARGET, **VERIFY))
    read = ds["conductance"].values[..., -1]
    assert np.all(np.abs(read - TARGET) <= 0.1 * TARGET)
    assert np.all(after.ohmic(0.1).cell > read)


def test_tolerance_of_a_pulse_is_far_below_what_it_moves():
    train = OpenLoop(pulses=np.array([[2, 0], [0, 1]]), v_set=-0.7, width=1e-8)
    loose, exact = (program(off(r=50.0), train, rtol=rtol)[0].x["x"] for rtol in (1e-4, 1e-9))
    moved = 1 - exact
    assert moved.max() > 0.1
    assert np.abs(loose - exact).max() < 5e-3 * moved.max()


def test_energy_of_half_selected_cells_is_counted():
    """Cells that hardly move: V² G t of the selected one, a quarter of it of each of the two that share a line."""
    still = CELL.replace(k_on=-1e-3, k_off=1e-3)
    _, ds = program(off(cell=still), OpenLoop(pulses=np.array([[1, 0], [0, 0]]), v_set=-0.6, width=1e-8), edge=1e-3)
    assert float(ds["energy"][-1]) == pytest.approx(0.36 * 1e-6 * 1e-8 * 1.5, rel=2e-3)
    assert ds.sizes["sample"] == 2


def test_ispp_passes_every_target():
    _, ds = program(off(), ISPP(target=TARGET, v_start=-0.56, step=0.01, width=1e-8), scheme="V/3")
    g, count = ds["conductance"].values, np.isfinite(ds["pulse_voltage"].values).sum(axis=-1)
    last = np.take_along_axis(g, count[..., None], -1)[..., 0]
    before = np.take_along_axis(g, count[..., None] - 1, -1)[..., 0]
    assert np.all((before < TARGET) & (last >= TARGET))


def test_open_loop_is_planned_on_the_nominal_curve():
    plan = planned(CELL, TARGET, -0.6, 0.6, 1e-8, x0={"x": 1.0}, limit=30)
    # ln G rises by ln(100) |k| (0.6/0.5 - 1)³ w = 1.105 a pulse
    wanted = np.log(TARGET / 1e-6) / (np.log(100) * 3e9 * 0.2**3 * 1e-8)
    np.testing.assert_allclose(plan.pulses, wanted, atol=0.51)
    _, ds = program(off(), plan)
    assert summary(ds, TARGET)["most"] == plan.pulses.max()


def test_disturb_of_half_selected_cells_in_closed_form():
    """At 0.6 V in half-selected cells ln G rises at ln(100) |k| (0.6/0.5 - 1)³."""
    slow = CELL.replace(k_on=-3e3, k_off=3e3)
    writes = np.array([1.0, 10.0, 100.0])
    table = write_disturb(off(cell=slow), -1.2, 1e-6, writes)
    wanted = np.expm1(np.log(100) * 3e3 * 0.2**3 * 1e-6 * writes)
    np.testing.assert_allclose(table["row"], wanted, rtol=1e-3)
    np.testing.assert_allclose(table["column"], wanted, rtol=1e-3)
    np.testing.assert_allclose(table["rest"], 0, atol=1e-12)
    at = writes_until(table, 1e-3)
    assert 1 < at < 100
    assert writes_until(table, 10.0) == np.inf
    assert (
        (write_disturb(off(cell=slow), -1.2, 1e-6, writes, "V/3")[["row", "column", "rest"]].abs() < 1e-9).all().all()
    )


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: program(Crossbar(TARGET), OpenLoop(pulses=1, v_set=1.0)), "states"),
        (lambda: program(off(), OpenLoop(pulses=TARGET > 0, v_set=-0.6), scheme="floating"), "cannot float"),
        (lambda: program(off(), OpenLoop(pulses=np.ones(3), v_set=-0.6)), "array of 2 x 2"),
        (lambda: program(off(), OpenLoop(pulses=TARGET > 0, v_set=-0.6), rtol=0.1), "rtol"),
        (lambda: write_disturb(Crossbar(TARGET), 1.0, 1e-6), "states"),
        (lambda: write_disturb(off(), 1.0, 1e-6, [3, 2]), "increase"),
    ],
)
def test_mistakes(call, says):
    with pytest.raises(PinchedError, match=says):
        call()


def test_rows_with_transistors_are_pulsed_at_once_each_cell_with_its_own_voltage():
    volts, widths = np.array([[0.0, 1.2, 1.0, -0.8], [0.5, 0.0, 0.0, 0.0]]), np.full((2, 4), 1e-8)
    widths[volts == 0] = 0.0
    events = list(_by_row(volts, widths, (2.0, 3.0)))
    assert [(e.gate.argmax(), e.gate.max()) for e in events] == [(0, 2.0), (0, 3.0), (1, 2.0)]
    seen = [e.word[e.gate.argmax()] - e.bit for e in events]
    np.testing.assert_allclose(seen, [[0, 1.2, 1.0, 0], [0, 0, 0, -0.8], [0.5, 0, 0, 0]])
    assert all((e.bit >= 0).all() and (e.word >= 0).all() for e in events)  # the bulk is the lowest potential
