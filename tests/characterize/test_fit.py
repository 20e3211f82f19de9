"""Fits recover what made the data, and say so where there is nothing to recover."""

import jax
import numpy as np
import pytest

from pinched.characterize import fit_spread
from pinched.characterize.fit import fit
from pinched.characterize.fit_glance import glance
from pinched.characterize.fit_models import Candidate, Free
from pinched.characterize.fit_search import Problem
from pinched.characterize.fit_segments import segments, thin
from pinched.core import Flag, PinchedError, check_dataset, double, make_dataset, param
from pinched.devices import (
    VTEAM,
    Device,
    Environment,
    Ohmic,
    Schottky,
    SinhResistor,
    StanfordGap,
    State,
    Yakopcic,
    device,
)
from pinched.experiments.grid import march

SPREAD = 0.05


def loops(members, x0, v_max=2.0, v_min=-2.0, i_max=None, n=201, noise=0.02, floor=1e-11, seed=0, kelvin=None):
    """One loop of each device of `members`, with relative and absolute noise, as measured data."""
    rng = np.random.default_rng(seed)
    knots = np.array([0.0, v_max, v_min, 0.0])
    t = np.linspace(0.0, np.abs(np.diff(knots)).sum(), n)
    v = np.interp(t, np.r_[0.0, np.cumsum(np.abs(np.diff(knots)))], knots)
    parts = {k: [] for k in ("voltage", "current", "flag", "cycle", "time")}
    limit = np.where(v > 0, np.inf if i_max is None else i_max, np.inf)  # the source limits the SET alone
    for cycle, member in enumerate(members):
        with double():
            env = Environment(temperature=kelvin or 298.15)
            path = jax.jit(lambda d, env: march(d, t, v, limit, env, dict.fromkeys(d.state(), x0)))(member, env)
        i = np.asarray(path.i) * (1 + noise * rng.normal(size=n)) + floor * rng.normal(size=n)
        clamped = np.abs(np.asarray(path.i)) > 0.99 * limit
        parts["voltage"].append(v)
        parts["current"].append(np.where(clamped, np.asarray(path.i), i))
        parts["flag"].append(np.where(clamped, int(Flag.COMPLIANCE), 0))
        parts["cycle"].append(np.full(n, cycle))
        parts["time"].append(t)
    joined = {k: np.concatenate(p) for k, p in parts.items()}
    known = {} if kelvin is None else {"temperature": np.full(joined["time"].size, kelvin)}
    return make_dataset(
        {k: joined[k] for k in ("voltage", "current", "flag")} | known,
        origin="measured", cycle=joined["cycle"], time=joined["time"],
    )  # fmt: skip


def spread(model, names, n, seed=0, **values):
    rng = np.random.default_rng(seed)
    return [model(**{k: v * np.exp(SPREAD * rng.normal() * (k in names)) for k, v in values.items()}) for _ in range(n)]


@pytest.fixture(scope="module")
def filament():
    """Five cycles of a VTEAM device with abrupt SET, 5 % spread of the thresholds."""
    members = spread(
        _exponential, ("v_on", "v_off", "R_off"), 5,
        R_on=1e3, R_off=1e6, k_on=-30.0, k_off=3.0, alpha_on=3.0, alpha_off=1.5, v_on=-0.9, v_off=0.7, eta=-1.0,
    )  # fmt: skip
    return loops(members, 1.0)


def _exponential(**values):
    return VTEAM(iv="exponential", **values)


@pytest.fixture(scope="module")
def found(filament):
    return fit(filament, models=["VTEAM", "Schottky"], seed=1)


def test_the_model_that_made_the_data_wins_and_gives_its_parameters_back(found):
    assert found.model == "VTEAM"
    assert found.explains
    p = found.parameters
    assert p["R_on"].value == pytest.approx(1e3, rel=0.1)
    assert p["R_off"].value == pytest.approx(1e6, rel=0.2)
    assert found.thresholds["v_set"]["shift"] == pytest.approx(0, abs=2)
    assert found.thresholds["v_set"]["simulated"] == pytest.approx(found.thresholds["v_set"]["measured"], rel=0.07)
    assert found.thresholds["v_reset"]["simulated"] == pytest.approx(found.thresholds["v_reset"]["measured"], rel=0.1)


def test_a_model_as_good_as_the_device_errs_by_about_one_spread_on_unseen_cycles(found):
    assert 0.3 < found.left_out_error.value < 2
    worst = next(row for row in found.ranking if row.model == "Ohmic")
    assert worst.left_out_error.value > 3 * found.left_out_error.value


def test_loops_are_fitted_at_the_temperature_at_which_they_were_measured():
    """A filament at 400 K: at its own parameters the misfit is the noise, which at 25 °C it is not."""
    made = StanfordGap(x0=0.9)
    hot = loops([made], 0.9, 1.5, -1.5, i_max=1e-3, kelvin=400.0)
    candidate = Candidate("own", made, {"E_a": Free(float(made.E_a), 0.1, 0.1, 3.0)}, {})
    with double():
        cost = [Problem(candidate, s).cost(np.full((1, 1), Problem(candidate, s).guess[0]))[0]
                for s in (segments(hot), segments(hot.drop_vars("temperature")))]  # fmt: skip
    assert cost[0] < 2 * 0.02**2
    assert cost[1] > 10 * cost[0]


def test_origins_and_intervals_are_stated(found):
    fitted = [q for q in found.parameters.values() if q.origin == "fitted" and q.low is not None]
    assert len(fitted) == 8
    assert all(q.low <= q.high for q in fitted)
    assert found.parameters["p"].origin == "assumed"
    assert set(found.spread) == {"R_on", "R_off", "v_on", "v_off"}
    assert all(0 <= s < 0.5 for s in found.spread.values())


def test_the_simulation_lies_over_the_same_samples(found, filament):
    simulated = check_dataset(found.simulated)
    assert simulated.attrs["origin"] == "simulated"
    np.testing.assert_array_equal(simulated["cycle"], filament["cycle"])
    np.testing.assert_allclose(simulated["voltage"], filament["voltage"])
    far = np.abs(filament["voltage"].values) > 0.1
    ratio = simulated["current"].values[far] / filament["current"].values[far]
    assert np.median(np.abs(np.log(np.abs(ratio)))) < 0.2


def test_the_saved_device_reads_back(found, tmp_path):
    back = device(found.save(tmp_path / "device.toml"))
    assert isinstance(back, VTEAM)
    np.testing.assert_array_equal(back.v_on, found.device.v_on)
    assert found.data_hash in (tmp_path / "device.toml").read_text()


def test_the_same_seed_gives_the_same_fit(filament, found):
    again = fit(filament, models=["VTEAM", "Schottky"], seed=1)
    assert {k: q.value for k, q in again.parameters.items()} == {k: q.value for k, q in found.parameters.items()}


def test_compliance_does_not_hide_where_the_gap_model_sets():
    members = spread(StanfordGap, ("E_a",), 3, F_min=0.0, E_a=1.0, I0=1e-5, V0=0.4)
    ds = loops(members, 1.0, v_max=1.8, v_min=-1.8, i_max=2e-5)
    assert (ds["flag"].values == int(Flag.COMPLIANCE)).any()
    result = fit(ds, models=["StanfordGap"])
    assert result.explains
    assert result.thresholds["v_set"]["simulated"] == pytest.approx(result.thresholds["v_set"]["measured"], rel=0.15)
    assert result.simulated["current"].values.max() < 2e-5 * 1.01


def test_a_gradual_rectifier_is_told_from_a_filament():
    maker = Yakopcic(
        gmax_p=1e-6, bmax_p=6.0, gmax_n=1e-7, bmax_n=3.0, gmin_p=2e-8, bmin_p=6.0, gmin_n=1e-9, bmin_n=3.0,
        A_p=1.5, A_n=0.5, V_p=0.5, V_n=0.6, V1=0.5, x_p=0.3, x_n=0.5, alpha_p=1.0, alpha_n=2.0,
    )  # fmt: skip
    result = fit(loops([maker], 0.05, v_max=1.2, v_min=-2.0), models=["Yakopcic", "VTEAM"])
    assert result.model.startswith("Yakopcic")
    assert result.ranking[0].explained > 0.95
    assert not result.left_out_error.available
    assert "one cycle" in result.left_out_error.note
    threshold = next(q for name, q in result.parameters.items() if name.endswith("V_p"))
    assert threshold.low is None
    assert "one cycle" in threshold.note


@pytest.mark.parametrize("resistor", [Ohmic(g=1e-4), SinhResistor(g=1e-6, b=3.0)])
def test_a_resistor_does_not_switch(resistor):
    result = fit(loops([resistor] * 2, 0.0), models=["VTEAM"])
    assert result.model in ("Ohmic", "SinhResistor")
    assert not result.explains
    assert "does not switch" in result.verdict


def test_noise_does_not_switch():
    result = fit(loops([Ohmic(g=1e-15)] * 2, 0.0, floor=1e-11), models=["VTEAM"])
    assert not result.explains
    assert "does not switch" in result.verdict or "No model explains" in result.verdict


class Mine(Device):
    """A user's model: a conductance that the voltage drives between two values."""

    g_low: np.ndarray = param(1e-5, "S", "conductance at x = 0", gt=0)
    g_high: np.ndarray = param(1e-3, "S", "conductance at x = 1", gt=0)
    k: np.ndarray = param(1.0, "1/s", "rate at 1 V", gt=0)

    def state(self):
        return {"x": State(0.0, 0.0, 1.0)}

    def current(self, v, x, env):
        return v * (self.g_low + (self.g_high - self.g_low) * x["x"])

    def rates(self, v, x, env):
        return {"x": self.k * v**3}


def test_a_model_of_the_users_own_is_fitted_by_its_declaration():
    result = fit(loops([Mine(g_low=3e-6, g_high=3e-4, k=0.4)] * 2, 0.02, v_max=1.5, v_min=-1.5), models=[Mine])
    assert result.model == "Mine"
    assert result.parameters["g_high"].value == pytest.approx(3e-4, rel=0.15)
    assert result.parameters["k"].value == pytest.approx(0.4, rel=0.25)


def test_half_loops_of_one_cycle_are_fitted_together(filament):
    """A SET record and a RESET record, as two files give them."""
    v = filament["voltage"].values
    half = filament.assign_coords(record=("sample", np.where(v >= 0, "set", "reset")))
    order = np.lexsort((np.arange(v.size), np.where(v >= 0, 0, 1), half["cycle"].values))
    s = segments(half.isel(sample=order))
    assert len(np.unique(s.group)) == 2
    rows, left = fit_spread.split(thin(s, 100), 6)
    assert set(s.cycle[rows]).isdisjoint(s.cycle[left])
    assert set(s.group[rows]) == set(s.group)


def test_quick_takes_two_models_by_kind_of_data(filament):
    from pinched.characterize.fit_models import candidates

    look = glance(segments(filament))
    assert look.set_sign == 1
    assert look.v_set == pytest.approx(1.5, rel=0.1)  # 30/s (v/0.9 V − 1)³ traverses in 0.1 s at 1.5 V
    quick = [c.name for c in candidates(look, quick=True)]
    assert len(quick) == 4
    assert quick[2:] == ["SinhResistor", "Ohmic"]


def test_pulse_data_are_refused_in_one_sentence():
    ds = make_dataset({"conductance": np.linspace(1e-6, 2e-6, 20)}, origin="measured", kind="pulse")
    with pytest.raises(PinchedError, match="pulse_response"):
        fit(ds)


def test_an_unknown_model_names_the_nearest(filament):
    with pytest.raises(PinchedError, match="VTEAM"):
        fit(filament, models=["VTEAN"])


def test_missing_time_is_assumed_and_said(filament):
    s = segments(filament.assign_coords(time=("sample", np.full(filament.sizes["sample"], np.nan), {"units": "s"})))
    assert any("1 V/s" in note for note in s.notes)
    np.testing.assert_allclose(s.t[0, -1], 8.0, rtol=1e-6)


def test_flagged_samples_do_not_enter(filament):
    flag = filament["flag"].values.copy()
    flag[10:20] = int(Flag.OVERFLOW)
    spoiled = filament.assign(flag=("sample", flag, {"units": "1"}))
    s = segments(spoiled)
    assert not s.used[0, 10:20].any()
    assert s.used.sum() == filament.sizes["sample"] - 10


def test_schottky_is_fitted_with_its_own_film():
    result = fit(loops([Schottky()], 0.05, v_max=2.0, v_min=-2.0, floor=1e-13), models=["Schottky"], quick=True)
    assert result.model == "Schottky"
    assert result.ranking[0].explained > 0.9
