"""Cycle-to-cycle variation and populations: their statistics are those asked for, whatever the drive's time steps."""

import math

import numpy as np
import pytest

import pinched as pn
from pinched.core import PinchedError
from pinched.devices import VTEAM, CycleVariation, Spread, StanfordGap, device, population, save_device, spread
from pinched.devices.sampling import CUT, KEPT
from pinched.experiments.protocols import Loop, Pulse, Ramp, Read

N = 4000
READ = Read(-0.01)


def resistances(cycle, cycles=3, seed=0, **options):
    """R over (device, cycle) of VTEAM cells whose R_on varies, read after each `cycle` of steps."""
    cell = CycleVariation(inner=VTEAM(x0=0.0), parameters="R_on", **options)
    ds = pn.run(cell.sample(0, N, {}), (Loop((*cycle, READ), cycles),), seed=seed)
    return 1 / ds["conductance"].values


PULSES = Pulse(-0.01, 1e-3), Pulse(0.01, 1e-3)
RAMPS = tuple(Ramp(a, b, 1e-4, 3) for a, b in ((0, -0.01), (-0.01, 0), (0, 0.005), (0.005, 0.01), (0.01, 0)))


@pytest.mark.parametrize("cycle", [PULSES, RAMPS], ids=["pulses", "ramps"])
@pytest.mark.parametrize("cv", [0.036, 0.5])
def test_cycles_keep_the_mean_and_have_the_spread_asked_for(cycle, cv):
    r = resistances(cycle, cv=cv, when="cycle")
    error = 1 / np.sqrt(N)
    assert r.mean(0) == pytest.approx([50.0] * 3, rel=4 * cv * error)
    assert r.std(0) == pytest.approx([50.0 * cv] * 3, rel=4 * error * (1 + 4 * cv**2))  # heavier tails, larger error


def test_factors_stand_still_between_events_and_are_independent_between_cycles():
    r = resistances(PULSES, cv=0.1, when="cycle")
    assert np.all(np.abs(np.corrcoef(r.T) - np.eye(3)) < 4 / np.sqrt(N))
    cell = CycleVariation(inner=VTEAM(x0=0.0), parameters="R_on", when="cycle").sample(0, N, {})
    ds = pn.run(cell, (Loop((*PULSES, READ, READ, READ), 2),))
    g = ds["conductance"].values.reshape(N, 2, 3)
    assert np.all(g == g[..., :1])


def test_a_walk_has_the_correlation_and_the_width_asked_for():
    z = np.log(resistances(PULSES, cycles=4, cv=0.1, when="cycle", rho=0.8).T)
    assert np.diag(np.corrcoef(z), 1) == pytest.approx([0.8] * 3, abs=0.03)
    assert np.diag(np.corrcoef(z), 2) == pytest.approx([0.64] * 2, abs=0.04)
    assert z.std(1) == pytest.approx([np.sqrt(np.log1p(0.01))] * 4, rel=0.05)


def test_when_a_factor_is_redrawn():
    def draws(when):
        cell = CycleVariation(inner=VTEAM(x0=0.0), parameters="R_on", when=when).sample(0, N, {})
        steps = tuple(s for v in (0.01, 0.01, -0.01, 0.01, -0.01) for s in (Pulse(v, 1e-3), READ))
        z = pn.run(cell, steps, save="every")["state_z_R_on"].values[0]
        return len(np.unique(z[z != 0]))

    assert (draws("cycle"), draws("reversal"), draws("step")) == (1, 3, 5)  # an ideal reading is no event


def test_runs_repeat_from_their_seed():
    first, again, other = (resistances(PULSES, cv=0.1, when="cycle", seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.any(first[:, -1] == other[:, -1])


def test_what_does_not_exist_cannot_vary():
    with pytest.raises(PinchedError, match="did you mean 'R_on'"):
        CycleVariation(inner=VTEAM(), parameters="Ron")
    with pytest.raises(PinchedError, match="says ''"):
        CycleVariation(inner=VTEAM())
    with pytest.raises(PinchedError, match="choose cycle"):
        CycleVariation(inner=VTEAM(), parameters="R_on", when="never")


# populations ----------------------------------------------------------------------------------------------------------


def test_the_published_population_of_the_high_entropy_oxide():
    laws = spread("heo-amorphous-phenom")
    assert laws["E0"] == Spread(0.008, "normal")
    assert laws["G_min"] == Spread(8e-7, "lognormal")
    cells = population("heo-amorphous-phenom", 20_000)
    assert np.std(cells.E0) == pytest.approx(0.008, rel=0.02)
    assert np.mean(cells.E0) == pytest.approx(1.5, abs=4 * 0.008 / np.sqrt(20_000))
    for g, mean in ((cells.G_min, 1e-5), (cells.G_max, 1e-4)):
        assert np.std(g) / np.mean(g) == pytest.approx(0.08, rel=0.02)
        assert np.mean(g) == pytest.approx(mean, rel=4 * 0.08 / np.sqrt(20_000))
        assert np.std(np.log(g)) == pytest.approx(0.0798724, rel=0.02)  # sqrt(ln(1 + 0.08^2))
    assert np.max(np.abs(cells.E0 - 1.5)) <= 0.008 * CUT / KEPT


def test_the_published_ranges_of_jart_cut_its_population():
    cells = population("hfo2-jart-v1b-variable-2020", 5000)
    assert np.all((cells.r_fil >= 4.05e-8) & (cells.r_fil <= 4.95e-8))
    assert np.mean(cells.r_fil) == pytest.approx(4.5e-8, rel=0.003)
    a = 0.9  # of sigma, where the law is cut: its standard deviation there, as of a truncated normal law
    density = np.exp(-(a**2) / 2) / np.sqrt(2 * np.pi)
    kept = np.sqrt(1 - 2 * a * density / math.erf(a / np.sqrt(2)))
    assert np.std(cells.r_fil) == pytest.approx(5e-9 * kept, rel=0.03)


def written(tmp_path, text):
    path = tmp_path / "d.toml"
    path.write_text(text, encoding="utf-8")
    return path


FILE = """
model = "StanfordGap"
[parameters]
E_a = {value = 0.6, unit = "eV", origin = "measured", sigma = 0.006}
R_th = {value = 2.1, unit = "K/mW", origin = "measured", sigma = 0.105, law = "normal", range = [2.0, 2.2]}
I0 = {value = 1.0, unit = "mA", origin = "measured", sigma = 0.5}
[correlation]
E_a = {I0 = -0.7}
"""


def test_laws_ranges_and_correlations_come_from_the_file(tmp_path):
    path = written(tmp_path, FILE)
    cells = population(path, 20_000, seed=3)
    assert np.corrcoef(cells.E_a, np.log(cells.I0))[0, 1] == pytest.approx(-0.7, abs=0.02)
    assert np.corrcoef(cells.E_a, cells.R_th)[0, 1] == pytest.approx(0, abs=0.03)
    assert np.std(cells.I0) / np.mean(cells.I0) == pytest.approx(0.5, rel=0.04)
    assert (cells.R_th.min(), cells.R_th.max()) == pytest.approx((2000, 2200), rel=1e-3)
    inside = np.mean(np.abs(cells.R_th - 2100) < 50)  # a normal law between -s and s, not piled up at its ends
    assert inside == pytest.approx(0.34 / 0.64, abs=0.03)
    assert np.array_equal(population(path, 20_000, seed=3).I0, cells.I0)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{I0 = -0.7}", "{I1 = -0.7}", "did you mean 'I0'"),
        ("{I0 = -0.7}", "{I0 = 1.7}", "contradict"),
        ('"normal"', '"norml"', "did you mean 'normal'"),
    ],
)
def test_mistakes_of_a_spread_are_named(tmp_path, old, new, told):
    with pytest.raises(PinchedError, match=told):
        population(written(tmp_path, FILE.replace(old, new)), 10)


def test_a_file_without_spread_gives_no_population(tmp_path):
    with pytest.raises(PinchedError, match="states no spread"):
        population(save_device(VTEAM(), tmp_path / "d.toml"), 10)


def test_fully_correlated_parameters_move_together():
    cells = StanfordGap().sample(0, 500, {"I0": 0.1, "g0": 0.1}, {("I0", "g0"): 1.0})
    assert pytest.approx(cells.g0 / 0.25e-9, rel=1e-9) == cells.I0 / 1e-3


def test_the_sigmas_of_a_wrapped_file_reach_the_inner_device(tmp_path):
    path = save_device(device("heo-amorphous-phenom"), tmp_path / "d.toml", sigmas={"E0": 0.01})
    cells = population(path, 50)
    assert cells.E0.shape == (50,)
    cycling = CycleVariation(inner=cells, parameters="E0", cv=0.001)
    assert cycling.population == (50,)
