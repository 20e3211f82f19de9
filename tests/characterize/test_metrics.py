import numpy as np
import pytest

from pinched.characterize.metrics import metrics, recognised
from pinched.core import concat, make_dataset


def test_an_ordered_immutable_mapping(abrupt):
    m = metrics(abrupt(np.linspace(0.9, 1.1, 9), np.linspace(-0.7, -0.9, 9)))
    assert m["v_set"].value == pytest.approx(1.0, abs=0.01)
    assert m["v_set"].low < 1.0 < m["v_set"].high
    assert m["cv_c2c_v_set"].available
    assert "cv_d2d_v_set" not in m
    assert "three devices" in m.not_measured["cv_d2d_v_set"]
    with pytest.raises(TypeError):
        m["v_set"] = 1
    with pytest.raises(KeyError, match="three devices"):
        m["cv_d2d_v_set"]
    table = m.table()
    assert table.loc["v_set", "unit"] == "V"
    assert set(table["origin"]) <= {"measured", "derived", "fitted", "assumed"}
    assert all(np.isfinite(table["value"]))


def test_it_shows_itself(abrupt):
    m = metrics(abrupt(1.0, -0.8))
    assert "SET voltage" in m._repr_html_()
    assert "SET voltage" in repr(m)
    assert "resistive switching" in m.verdict[0]


def test_a_resistor_is_no_memristor():
    v = np.concatenate([np.linspace(0, 1, 51), np.linspace(1, -1, 101), np.linspace(-1, 0, 51)])
    m = metrics(make_dataset({"voltage": v, "current": 1e-3 * v}, origin="measured", cycle=0))
    assert "Not a memristor" in m.verdict[0]
    assert "v_set" not in m
    assert "ohmic" in m.not_measured["v_set"]


def test_yield_counts_the_cycles_that_switch(abrupt):
    dead = abrupt([9.0, 9.0], [-9.0, -9.0])
    dead = dead.assign_coords(cycle=("sample", dead["cycle"].values + 6))
    m = metrics(concat([abrupt(np.full(6, 1.0), np.full(6, -0.8)), dead]))
    assert m["cycle_yield"].value == pytest.approx(0.75)
    assert m["cycle_yield"].low < 0.75 < m["cycle_yield"].high


def test_forming_and_the_first_reset(abrupt):
    v = np.concatenate([np.linspace(0, 4, 401), np.linspace(4, 0, 401)[1:]])
    on = np.arange(v.size) >= 330
    forming = make_dataset(
        {"voltage": v, "current": np.where(on, 1e-3, 1e-9) * v, "flag": np.zeros(v.size)},
        origin="measured", kind="forming", record="forming", cycle=0,
    )  # fmt: skip
    m = metrics(concat([forming, abrupt([1.0, 1.1], [-0.6, -0.8])]))
    assert m["v_forming"].value == pytest.approx(3.3, abs=0.01)
    assert m["v_first_reset"].value == pytest.approx(-0.6, abs=0.02)


def test_time_decides_whether_there_is_an_energy(abrupt):
    ds = abrupt(1.0, -0.8)
    assert metrics(ds)["e_set"].origin == "derived"
    without = ds.assign_coords(time=("sample", np.full(ds.sizes["sample"], np.nan), {"units": "s"}))
    assert "time" in metrics(without).not_measured["e_set"]
    ds.attrs["assumptions"] = "No time column: sweep rate 1 V/s assumed."
    assert metrics(ds)["e_set"].origin == "assumed"


def test_measured_and_simulated_read_alike(abrupt):
    measured = abrupt(1.0, -0.8)
    simulated = measured.assign_attrs(origin="simulated")
    assert metrics(measured).table().equals(metrics(simulated).table())


def test_every_section_is_measured_or_said_not_to_be(pulsed):
    have, lack = recognised(pulsed(cycles=2))
    assert set(have) == {"synapse"}
    assert set(lack) == {"loops", "forming", "levels", "retention", "endurance", "read noise"}
    assert "4 trains" in have["synapse"]
