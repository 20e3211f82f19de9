import numpy as np
import pytest

from pinched.characterize.conduction import conduction, fit_laws
from pinched.core import PinchedError
from pinched.core.constants import E_CHARGE, EPSILON_0, K_B_EV

V = np.linspace(0.2, 2.0, 60)
LAWS = {
    "ohmic": (1e-6 * V, 1.0),
    "power law": (1e-6 * V**2, 2.0),
    "Schottky": (1e-9 * np.exp(4.0 * np.sqrt(V)), 4.0),
    "Poole-Frenkel": (1e-9 * V * np.exp(8.0 * np.sqrt(V)), 8.0),
    "hopping": (1e-9 * np.exp(3.0 * V), 3.0),
    "Fowler-Nordheim": (1e-6 * V**2 * np.exp(-5.0 / V), -5.0),
}


@pytest.mark.parametrize("law", LAWS)
def test_each_law_is_told_and_its_slope_returned(law):
    current, slope = LAWS[law]
    noisy = current * np.exp(0.005 * np.random.default_rng(0).standard_normal(V.size))
    best = fit_laws(V, noisy).iloc[0]
    assert best["law"] == law
    assert best["slope"] == pytest.approx(slope, rel=0.01)


def test_poole_frenkel_lowers_twice_as_much_as_schottky():
    d, kt, eps = 20e-9, K_B_EV * 300.0, 20.0
    beta = np.sqrt(E_CHARGE / (4 * np.pi * EPSILON_0 * eps))
    field = np.sqrt(V / d)
    tables = {
        "Schottky": fit_laws(V, 1e-9 * np.exp(beta * field / kt), d, 300.0),
        "Poole-Frenkel": fit_laws(V, 1e-9 * V * np.exp(2 * beta * field / kt), d, 300.0),
    }
    slope = {}
    for law, table in tables.items():
        row = table.set_index("law").loc[law]
        assert row["epsilon_r"] == pytest.approx(eps, rel=0.01)
        slope[law] = row["slope"]
    assert slope["Poole-Frenkel"] == pytest.approx(2 * slope["Schottky"], rel=0.01)


def test_an_impossible_permittivity_disqualifies_a_law():
    table = fit_laws(V, LAWS["Schottky"][0] ** 6, thickness=5e-9).set_index("law")
    assert table.loc["Schottky", "epsilon_r"] < 1
    assert not table.loc["Schottky", "possible"]
    assert table.index[0] != "Schottky"


def test_too_few_points():
    with pytest.raises(PinchedError, match="five points"):
        fit_laws([1, 2], [1, 2])


def test_states_of_a_loop_are_ohmic(abrupt):
    table = conduction(abrupt([1.0, 1.1], [-0.8, -0.9]))
    assert set(table["law"]) == {"ohmic"}
    assert set(table["state"]) == {"LRS", "HRS"}
    assert table["slope"].to_numpy() == pytest.approx(1.0, abs=1e-6)
