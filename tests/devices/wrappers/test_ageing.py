"""Retention, drift, endurance, read disturb and strain against their closed forms."""

import numpy as np
import pytest

import pinched as pn
from pinched.core import PinchedError, double
from pinched.devices import (
    VTEAM,
    Drift,
    Endurance,
    Environment,
    InSeries,
    Ohmic,
    Retention,
    Schottky,
    SeriesResistance,
    StanfordGap,
    Strain,
    complementary,
    read_disturb,
)
from pinched.devices.wrappers.wrapper import memory
from pinched.experiments.protocols import Loop, Pulse, Ramp, Read, Rest, retention
from pinched.materials import bending_strain

C85, C150 = 358.15, 423.15
# Moves at 1000 (|v|/0.2 - 1) 1/s beyond 0.2 V, so that rests and readings leave it alone.
CELL = VTEAM(v_on=-0.2, v_off=0.2, k_on=-1e3, k_off=1e3, alpha_on=1.0, alpha_off=1.0, x0=1.0)


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


# retention ------------------------------------------------------------------------------------------------------------


def test_acceleration_by_temperature():
    lost = Retention(inner=CELL, E_a=np.array([1.0, 1.2, 1.5]))
    assert lost.lifetime(C85) / lost.lifetime(C150) == pytest.approx([145.06, 392.52, 1747.13], rel=1e-4)
    assert float(Retention(inner=CELL).lifetime(C85)) == pytest.approx(3.156e8, rel=1e-4)


@pytest.mark.parametrize("beta", [1.0, 0.7, 0.4])
def test_stretched_exponential_whatever_the_steps(beta):
    cell = Retention(inner=CELL, beta=beta, x_eq=0.2)
    tau = float(cell.lifetime(C150))
    coarse, fine = tau * np.array([0.01, 0.1, 1.0, 3.0]), tau * np.geomspace(1e-6, 3, 60)
    for times in (coarse, fine):
        ds = pn.run(cell, retention(times, temperature=C150), rtol=1e-8)
        expected = 0.2 + 0.8 * np.exp(-((times / tau) ** beta))
        assert ds["state_inner.x"].values == pytest.approx(expected, abs=1e-7 + 2e-12**beta)


def test_both_of_a_complementary_pair_age_and_by_one_clock():
    cell = Retention(inner=complementary(CELL, CELL.replace(x0=0.7)), x_eq=0.2)
    tau = float(cell.lifetime(C150))
    ds = pn.run(cell, (Rest(tau, 1, temperature=C150),), save="final")
    for name, start in (("inner.inner.x", 1.0), ("inner.access.inner.x", 0.7)):
        assert ds[f"state_{name}"].item() == pytest.approx(0.2 + (start - 0.2) / np.e, abs=1e-6)
    both = InSeries(inner=CELL, access=CELL)
    assert "access.x" not in memory(both)  # a selector with states, which no retention law is about
    half_ago = {"age": 60.0, "inner.inner.x": 1.0, "inner.access.inner.x": 1.0}
    written = pn.run(cell, (Pulse(1.0, 1e-3),), x0=half_ago, save="final")  # moves one half or the other
    assert written["state_age"].item() < 55.0


def test_the_engine_finds_the_acceleration():
    cell = Retention(inner=CELL, x_eq=0.0)
    left = [
        pn.run(cell, (Rest(t, 1, temperature=T),), save="final")["state_inner.x"].item()
        for t, T in ((1e8, C85), (1e8 / 392.52, C150))
    ]
    assert left[0] == pytest.approx(left[1], rel=1e-4)
    assert left[0] == pytest.approx(np.exp(-1e8 / 3.156e8), rel=1e-4)


def test_time_counts_in_units_of_the_present_lifetime():
    cell = Retention(inner=CELL, x_eq=0.0, beta=0.5)
    u = [1e7 / cell.lifetime(C85), 1e5 / cell.lifetime(C150)]
    for steps in ((C85, 1e7), (C150, 1e5)), ((C150, 1e5), (C85, 1e7)):
        ds = pn.run(cell, tuple(Rest(t, 1, temperature=T) for T, t in steps), save="final")
        assert ds["state_inner.x"].item() == pytest.approx(np.exp(-np.sqrt(sum(u))), rel=1e-4)


def test_writing_starts_retention_anew_and_reading_does_not():
    cell = Retention(inner=CELL, x_eq=0.0, beta=0.5)
    rest, write = Rest(1e8, 1, temperature=C85), Pulse(0.4, 2e-3)
    read = tuple(s for _ in range(5) for s in (Rest(2e7, 1, temperature=C85), Read(0.1, 1.0, temperature=C85)))
    once = pn.run(cell, (rest,), save="final")["state_inner.x"].item()
    assert pn.run(cell, read, save="final")["state_inner.x"].item() == pytest.approx(once, rel=1e-4)
    again = pn.run(cell, (rest, write, rest), save="final")["state_inner.x"].item()
    assert again == pytest.approx(once, rel=1e-3)
    assert pn.run(cell, (rest, rest), save="final")["state_inner.x"].item() < 0.9 * once


def test_a_new_device_rests_where_it_is_unless_told_otherwise():
    ds = pn.run(Retention(inner=CELL), (Rest(1e12, 1),), save="final")
    assert ds["state_inner.x"].item() == 1.0


# drift ----------------------------------------------------------------------------------------------------------------


def test_drift_is_a_power_law_of_the_time_since_programming():
    cell = Drift(inner=CELL, nu=0.1, t0=1.0)
    times = np.array([1.0, 10.0, 1e3, 1e6])
    ds = pn.run(cell, (*retention(times), Pulse(-0.4, 2e-4), *retention(times)))
    g = ds["conductance"].values.reshape(2, 4)
    assert g[0] * 1000 == pytest.approx((1 + times) ** -0.1, rel=1e-5)
    assert g[1] / g[1, 0] == pytest.approx(((1 + times) / 2) ** -0.1, rel=1e-4)  # the pulse made it young again
    decades = np.log(g[0, -1] / g[0, -2]) / np.log(times[-1] / times[-2])
    assert decades == pytest.approx(-0.1, rel=2e-3)


# endurance ------------------------------------------------------------------------------------------------------------


def window(cell, x_on=0.0, x_off=1.0, v=0.1):
    """log10 of the ON and OFF currents."""
    age = {name: value for name, value in cell.rest().items() if name != "inner.x"}
    return [np.log10(np.asarray(cell.current(v, age | {"inner.x": x}, Environment()))) for x in (x_on, x_off)]


def test_the_window_closes_symmetrically_by_the_published_law():
    n = np.array([0.0, 1e8, 1e9, 1e11, 1e13, 1e16])
    new, cell = StanfordGap(), Endurance(inner=StanfordGap(), n0=1e9, slope=0.5, cycles=n)
    on, off = window(cell)
    on0, off0 = (np.log10(np.asarray(new.current(0.1, {"x": x}, Environment()))) for x in (0.0, 1.0))
    left = np.maximum(on0 - off0 - 0.5 * np.log10(1 + n / 1e9), 0.0)
    assert on0 - off0 == pytest.approx(np.log10(403.429), rel=1e-6)
    assert on - off == pytest.approx(left, abs=1e-7)
    assert on + off == pytest.approx(np.full(6, on0 + off0), rel=1e-7)
    assert left[-1] == 0


def test_the_lifetime_is_where_the_ratio_falls_to_two():
    cell = Endurance(inner=StanfordGap(), n0=1e9, slope=0.5)
    on, off = window(cell.replace(cycles=cell.lifetime()))
    assert on - off == pytest.approx(np.log10(2), abs=1e-6)
    assert float(Endurance(inner=Ohmic(g=1.0)).lifetime()) == 0


@pytest.mark.parametrize("points", [2, 50])
def test_cycles_are_counted_whatever_the_sampling(points):
    cycle = tuple(Ramp(a, b, 1e-3, points) for a, b in ((0, 0.1), (0.1, 0), (0, -0.1), (-0.1, 0)))
    ds = pn.run(Endurance(inner=CELL, n0=10.0, cycles=5.0), (Loop(cycle, 20),), save="final")
    done = 10 * np.expm1(ds["state_wear"].item())
    assert done == pytest.approx(5 + 39 / 2)  # 20 loops reverse the voltage 39 times


def test_a_state_between_keeps_its_place_in_the_window():
    cell = Endurance(inner=StanfordGap(), n0=1e9, slope=0.5, cycles=np.array([0.0, 1e11]))
    (on, off), (half, _) = window(cell), window(cell, x_on=0.5)
    place = (half - off) / (on - off)
    assert place[1] == pytest.approx(place[0], rel=1e-6)


# read disturb ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", [CELL.replace(x0=0.0), SeriesResistance(inner=CELL.replace(x0=0.0), r=10.0)])
def test_read_disturb_is_what_the_readings_do(cell):
    n = float(read_disturb(cell, 0.25, 1e-6, shift=0.05))
    name = next(iter(cell.state()))
    once = pn.run(cell, (Read(0.25, n * 1e-6),))[f"state_{name}"].values[-1]
    often = pn.run(cell, tuple(Read(0.25, n / 8 * 1e-6) for _ in range(8)))[f"state_{name}"].values[-1]
    assert (once, often) == pytest.approx((0.05, 0.05), rel=1e-3)


def test_read_disturb_of_an_interface_device_falls_with_voltage():
    n = [float(read_disturb(Schottky(), v, 1e-6)) for v in (0.2, 0.4, 0.8)]
    assert n[0] > n[1] > n[2] > 0
    assert float(read_disturb(CELL, 0.1, 1e-6)) == np.inf  # below its threshold
    assert float(read_disturb(CELL, 0.5, 1e-6)) == np.inf  # already as far as reading would bring it
    with pytest.raises(PinchedError, match="no state"):
        read_disturb(Ohmic(g=1e-3), 0.1, 1e-6)


# strain ---------------------------------------------------------------------------------------------------------------


def test_published_bends():
    assert bending_strain(np.array([10e-3, 5e-3, 2e-3]), 125e-6) == pytest.approx([0.00625, 0.0125, 0.03125])
    assert bending_strain(-5e-3, 125e-6) == pytest.approx(-0.0125)
    with pytest.raises(PinchedError, match="radius"):
        bending_strain(0.0, 125e-6)


def test_strain_on_current_and_rates():
    cell = Strain(inner=CELL)
    x = {"inner.x": 0.3}
    flat, bent, squeezed = (Environment(temperature=300.0, strain=e) for e in (0.0, 0.0125, -0.0125))
    assert cell.rates(0.5, x, bent)["inner.x"] / cell.rates(0.5, x, flat)["inner.x"] == pytest.approx(0.785, abs=5e-4)
    change = [float(cell.current(0.1, x, e) / cell.current(0.1, x, flat)) - 1 for e in (bent, squeezed)]
    assert change == pytest.approx([-0.025, 0.025], rel=0.02)
    assert cell.rates(0.5, x, flat)["inner.x"] == CELL.rates(0.5, {"x": 0.3}, flat)["x"]


def test_a_protocol_bends():
    steps = [(Pulse(0.4, 1e-4, strain=e), Read(0.1, strain=0.0)) for e in (0.0, bending_strain(5e-3, 125e-6))]
    cell = Strain(inner=CELL.replace(x0=0.0))
    flat, bent = (pn.run(cell, s, Environment(temperature=300.0))["state_inner.x"].item() for s in steps)
    assert bent / flat == pytest.approx(0.785, abs=5e-4)
