"""The analog CAM against closed forms of its parts: dividers, discharge, crosstalk, and the crossbar's transient."""

import numpy as np
import pytest

import pinched as pn
from pinched.arrays.logic.acam import MATCHING, AnalogCAM, misread
from pinched.core import PinchedError, double
from pinched.core.constants import K_B_EV

INF = np.inf
LOWER = np.array([[0.30, 0.35, 0.25], [0.25, -INF, 0.40]])
UPPER = np.array([[0.45, 0.60, 0.35], [INF, 0.40, 0.55]])


@pytest.fixture(scope="module")
def memory():
    return pn.device("hfo2-sky130")


@pytest.fixture(scope="module")
def cam(memory):
    return AnalogCAM.stored(memory, LOWER, UPPER)


def test_programming_is_the_inverse_of_the_divider(cam):
    finite = np.isfinite(LOWER), np.isfinite(UPPER)
    for bound, wanted, f in zip(cam.bounds, (LOWER, UPPER), finite, strict=True):
        assert bound[f] == pytest.approx(wanted[f], abs=1e-9)
    low, high = cam.reach
    assert cam.bounds[0, 1, 1] <= low < high <= cam.bounds[1, 1, 0]


def test_a_word_matches_inside_all_of_its_intervals(cam):
    """Searches at random, none nearer to a bound than what the other cells of a word shift it by."""
    rng = np.random.default_rng(0)
    low, high = cam.reach
    search = rng.uniform(low, high, (200, 3))
    low, high = cam.bounds
    clear = np.all((np.abs(search[:, None] - low) > 0.04) & (np.abs(search[:, None] - high) > 0.005), axis=2)
    inside = np.all((search[:, None] > low) & (search[:, None] < high), axis=2)
    assert clear.sum() > 100
    assert inside[clear].sum() > 5
    np.testing.assert_array_equal(cam.match(search)[clear], inside[clear])


def test_in_weak_inversion_a_bound_follows_the_logarithm_of_the_conductance():
    """I_n grows as exp(v/nU): e times the conductance, nU more."""
    memory = pn.devices.VTEAM(R_on=1e4, R_off=1e12)
    cam = AnalogCAM.stored(memory, [[0.0, 0.02]], [[INF, INF]])
    with double():
        r = cam.cell.v_hi / np.asarray(memory.current(cam.cell.v_hi, cam.x, cam.env))[0, 0]
    slope = 0.02 / np.log(r[0] / r[1])
    assert slope == pytest.approx(float(cam.cell.n.n) * K_B_EV * float(cam.env.temperature), rel=0.03)


def test_one_cell_at_its_bound_discharges_its_line_just_in_time(memory):
    for half, bound in ((0, 0.35), (1, 0.5)):
        cam = AnalogCAM.stored(memory, [[0.35]], [[0.5]])
        at = bound + np.array([0.0, 1e-3, -1e-3] if half == 0 else [0.0, -1e-3, 1e-3])
        t = cam.delay(at[:, None])[:, 0]
        assert t[0] == pytest.approx(cam.time, rel=5e-3)
        assert t[2] < cam.time < t[1]


def test_a_line_falls_at_the_saturated_current_of_what_pulls_it(memory):
    """t = C v_dd/2 / I_sat, as long as the transistor saturates; the rest of the line is off."""
    cam = AnalogCAM.stored(memory, np.full((1, 8), 0.3), np.full((1, 8), 0.5))
    search = np.full(8, 0.42)
    search[3] = 0.29
    with double():
        gates, _ = cam.cell.gates(cam.x, cam.shift, search, cam.env)
        i = float(cam.cell.n.saturation(gates[0, 0, 3], cam.env))
    expected = 8 * float(cam.cell.c_line) * float(cam.cell.v_dd) / 2 / i
    assert cam.delay(search)[0] == pytest.approx(expected, rel=0.02)


def test_the_crossbars_transient_says_the_same(cam):
    t = cam.delay(search := np.array([0.30, 0.38, 0.30]))
    volts = cam.transient(search, np.array([0.0, *np.sort(t)]))
    assert volts[:, 0] == pytest.approx(float(cam.cell.v_dd), rel=1e-3)
    half, late = float(cam.cell.v_dd) / 2, 0.01 * cam.time  # the rise of the search
    for line, k in enumerate(np.argsort(np.argsort(t))):
        assert volts[line, 1 + k] == pytest.approx(half, abs=half * late / t[line])


def test_lines_take_the_charge_that_they_lost(cam):
    search = np.array([0.2, 0.2, 0.2])  # far below all bounds but one: both lines are empty when they are sensed
    parts, c = cam.energy(search), cam.cell
    assert parts["lines"] == pytest.approx(2 * 3 * c.c_line * c.v_dd**2, rel=1e-3)
    assert parts["data"] == pytest.approx(2 * c.c_data * 3 * 0.04)
    held = cam.energy(np.array([0.4, 0.4, 0.4]))["cells"]  # current flows through the dividers during all of a search
    assert held > parts["lines"] > parts["cells"]


def test_thresholds_that_differ_move_bounds(memory):
    """The divider's own threshold adds in full; σ = A_VT/√(WL)."""
    cam = AnalogCAM.stored(memory, np.full((20, 20), 0.3), np.full((20, 20), 0.5))
    other = cam.spread(1)
    n = cam.cell.n
    assert other.shift[0].std() == pytest.approx(MATCHING / np.sqrt(float(n.W * n.L)), rel=0.1)
    with_own = other.bounds[1] - other.shift[1]  # the inverter's own count for less, behind the gain of the divider
    assert with_own.std() < 0.5 * other.bounds[1].std()
    assert cam.spread(1, memory=0.1, matching=0.0).bounds[0].std() > 0


def test_a_single_cell_resolves_more_than_a_long_word(memory):
    assert misread(memory, 4, 1) == 0
    assert misread(memory, 4, 64) > 0.1  # the lower half has no inverter: 128 pull-downs that are nearly off sum up


@pytest.mark.parametrize(
    ("lower", "upper", "told"),
    [
        ([0.3], [0.4], "matrices"),
        ([[0.4]], [[0.3]], "below its upper"),
        ([[0.01]], [[0.3]], "stores bounds from"),
    ],
)
def test_mistakes_are_told(memory, lower, upper, told):
    with pytest.raises(PinchedError, match=told):
        AnalogCAM.stored(memory, lower, upper)


def test_a_search_has_one_voltage_a_cell(cam):
    with pytest.raises(PinchedError, match="3 voltages"):
        cam.match([0.3, 0.4])
