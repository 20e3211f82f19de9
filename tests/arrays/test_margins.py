import numpy as np
import pytest

from pinched.arrays import Crossbar
from pinched.arrays.bits import stored
from pinched.arrays.margins import corners, gap, ir_drop, largest_array, read_margin
from pinched.core import PinchedError
from pinched.devices import SinhResistor

CELL = (1e-4, 1e-6)


def test_bits_choose_the_state():
    np.testing.assert_allclose(stored(CELL, [[1, 0], [0, 1]]).cell, [[1e-4, 1e-6], [1e-6, 1e-4]])


def test_bits_choose_between_two_devices():
    on, off = (SinhResistor(g=g, b=2.0) for g in CELL)
    np.testing.assert_allclose(stored((on, off), [[1, 0], [0, 1]]).ohmic(1e-6).cell, [[1e-4, 1e-6], [1e-6, 1e-4]])


def test_floating_margin_of_ideal_wires_is_the_textbook_one():
    n, (on, off) = 8, CELL
    sneak = on / (2 / (n - 1) + 1 / (n - 1) ** 2)
    m = read_margin(CELL, (n, n), 0.2, "floating", r_word=0.0, r_bit=0.0)
    assert m.margin == pytest.approx((on - off) / (on + sneak))
    assert m.sneak == pytest.approx(0.2 * sneak)
    assert m.sense == pytest.approx(0.2 * (on - off))
    assert m.window == pytest.approx((on + sneak) / (off + sneak))


def test_half_select_power_of_ideal_wires():
    """The selected cell at V, and 2 (n - 1) at V/2."""
    n, (on, _) = 6, CELL
    m = read_margin(CELL, (n, n), 0.4, "V/2", r_word=0.0, r_bit=0.0)
    assert m.power == pytest.approx(0.16 * on * (1 + 2 * (n - 1) / 4))


def test_background_matters_and_off_is_kind():
    worst, best, mean = (
        read_margin(CELL, (16, 16), 0.2, "floating", background=b).margin for b in ("on", "off", "random")
    )
    assert worst < mean < best


def test_largest_array_is_the_last_that_holds():
    n = largest_array(CELL, 0.5, 0.2, "V/2", r_word=0.0, r_bit=0.0)
    # (on - off)/(on + (n - 1) on/2) >= 1/2
    assert n == int(np.floor(1 + 2 * (2 * 0.99 - 1)))
    assert largest_array(CELL, 0.98, 0.2, "grounded", limit=20, r_word=0.0, r_bit=0.0) == 20
    assert largest_array((1e-4, 5e-5), 0.98, 0.2) == 0


def test_ir_drop_of_a_single_cell_and_of_a_row():
    assert ir_drop(Crossbar([[1e-3]], 10.0, 20.0)) == pytest.approx(0.03 / 1.03)
    drop = ir_drop(Crossbar(np.full((1, 6), 1e-5), 5.0, 0.0))
    assert (np.diff(drop[0]) > 0).all()
    assert drop[0, 0] == pytest.approx(5.0 * 1e-5 * 6, rel=1e-3)  # the first segment carries all six


def test_corners_repeat_from_the_seed_and_narrow_with_the_spread():
    wide = corners(CELL, (8, 8), 0.2, spread=0.2, n=20, seed=3)
    assert wide.equals(corners(CELL, (8, 8), 0.2, spread=0.2, n=20, seed=3))
    tight = corners(CELL, (8, 8), 0.2, spread=0.02, n=20, seed=3)
    assert gap(tight) > gap(wide)
    assert wide["on"].std() / wide["on"].mean() == pytest.approx(0.2, rel=0.5)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: read_margin((1e-6, 1e-4), (4, 4), 0.2), "g_off < g_on"),
        (lambda: read_margin("nonesuch", (4, 4), 0.2), "nonesuch"),
        (lambda: read_margin(CELL, (4, 4), 0.2, background="half"), "background"),
        (lambda: read_margin(CELL, (4, 4), 0.2, background=np.ones((2, 2))), "shape"),
        (lambda: largest_array(CELL, 1.5, 0.2), "between 0 and 1"),
        (lambda: stored(CELL, [0, 1]), "matrix"),
    ],
)
def test_mistakes(call, says):
    with pytest.raises(PinchedError, match=says):
        call()
