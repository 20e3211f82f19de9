"""The conduction laws: reference numbers, and the fitter that has to find them again."""

import numpy as np
import pytest
from scipy.integrate import quad

from pinched.characterize.conduction import fit_laws
from pinched.core import double
from pinched.core.constants import E_CHARGE, ELECTRON_MASS, EPSILON_0, G_QUANTUM, K_B_EV, PLANCK, RICHARDSON
from pinched.devices import conduction as law

T, D, EPS = 300.0, 20e-9, 20.0
KT = K_B_EV * T
V = np.linspace(0.2, 2.0, 60)
TRAP = {"T": T, "L": D, "mu": 1e-9, "eps_r": EPS, "n0": 1e18, "N_t": 1e24, "E_t": 0.35, "N_c": 2.5e25}


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def test_constants():
    assert pytest.approx(7.7480917e-5, rel=1e-7) == G_QUANTUM
    assert pytest.approx(1201730.0) == RICHARDSON
    assert pytest.approx(1.541434e-6, rel=1e-6) == law.FOWLER_NORDHEIM_A
    assert pytest.approx(6830890000.0, rel=1e-6) == law.FOWLER_NORDHEIM_B
    assert float(law.lowering(1.0, 4.0)) == pytest.approx(1.89734e-5, rel=1e-5)
    assert pytest.approx(2.443e-8, rel=1e-3) == law.LORENZ
    assert float(law.hot_spot(0.1624, 300.0)) == pytest.approx(600, rel=1e-3)


def test_poole_frenkel_lowers_exactly_twice_as_much_as_schottky():
    f = np.array([1e7, 4e7])
    schottky = np.diff(np.log(law.schottky(f, T, 0.8, EPS) / T**2))
    frenkel = np.diff(np.log(law.poole_frenkel(f, T, 1.0, 0.8, EPS) / f))
    assert frenkel == pytest.approx(2 * schottky, rel=1e-12)


def test_single_trap_numbers():
    assert law.trap_filled_limit(D, 1e24, EPS) == pytest.approx(0.1809512817972783)
    assert float(law.free_fraction(T, 0.35, 1e24, 2.5e25)) == pytest.approx(3.2975e-5, rel=1e-3)
    assert float(law.space_charge_limited(1.0, D, 1e-9, EPS)) == pytest.approx(24902.403223499998)
    theta = float(law.free_fraction(T, 0.35, 1e24, 2.5e25))
    crossing = 8 * E_CHARGE * 1e18 * D**2 / (9 * EPSILON_0 * EPS * theta)
    assert crossing == pytest.approx(0.009756, rel=1e-3)


def test_single_trap_slopes():
    slope = lambda v: np.diff(np.log(law.single_trap(v * np.array([1, 1.001]), **TRAP)))[0] / np.log(1.001)  # noqa: E731
    assert slope(1e-5) == pytest.approx(1, abs=0.01)
    few = TRAP | {"n0": 1e15}
    at = law.single_trap(np.array([2e-3, 2.002e-3]), **few)
    assert np.diff(np.log(at))[0] / np.log(1.001) == pytest.approx(2, abs=0.03)
    assert slope(0.1808) > 10
    assert slope(1.0) == pytest.approx(2, abs=0.01)


def test_space_charge_falls_with_the_cube_of_the_thickness():
    thin, thick = (float(law.space_charge_limited(1.0, d, 1e-9, EPS)) for d in (D, 2 * D))
    assert thin / thick == pytest.approx(8)


def test_direct_tunnelling():
    v = 1e-6
    b = 4 * np.pi / PLANCK * 1e-9 * np.sqrt(2 * ELECTRON_MASS * E_CHARGE)
    ohmic = E_CHARGE**2 * np.sqrt(2 * ELECTRON_MASS * E_CHARGE) / (PLANCK**2 * 1e-9) * (1 - 2 / b) * np.exp(-b) * v
    assert 1 - 2 / b == pytest.approx(0.8048, abs=5e-5)
    assert float(law.direct_tunnelling(v, 1e-9, 1.0)) == pytest.approx(ohmic, rel=1e-5)
    assert b * 0.1 / np.log(10) == pytest.approx(0.445, abs=5e-4)  # decades per 0.1 nm
    v = np.linspace(0.01, 0.9, 20)
    assert np.asarray(law.direct_tunnelling(-v, 1e-9, 1.0)) == pytest.approx(-law.direct_tunnelling(v, 1e-9, 1.0))


def test_fowler_nordheim_meets_wkb_at_the_barrier():
    phi, d = 1.2, 3e-9
    kappa = lambda z: np.sqrt(2 * ELECTRON_MASS * E_CHARGE * phi * (1 - z / d)) * 2 * np.pi / PLANCK  # noqa: E731
    wkb = -2 * quad(kappa, 0, d)[0]
    field = phi / d
    exponent = np.log(float(law.fowler_nordheim(field, phi)) / (law.FOWLER_NORDHEIM_A * field**2 / phi))
    assert exponent == pytest.approx(wkb, rel=1e-6)


def beta(scale):
    return scale * float(law.lowering(1.0, EPS)) / (KT * np.sqrt(D))


LAWS = {
    "ohmic": (lambda: law.ohmic(V / D, 1e22, 1e-6), "ohmic", 1.0),
    "Mott-Gurney": (lambda: law.space_charge_limited(V, D, 1e-9, EPS), "power law", 2.0),
    "Schottky": (lambda: law.schottky(V / D, T, 0.8, EPS), "Schottky", beta(1)),
    "Poole-Frenkel": (lambda: law.poole_frenkel(V / D, T, 1.0, 0.8, EPS), "Poole-Frenkel", beta(2)),
    "hopping": (lambda: law.hopping((V + 3) / D, T, 2e-9, 1e26, 1e12, 0.5), "hopping", 2e-9 / (2 * KT * D)),
    "Fowler-Nordheim": (
        lambda: law.fowler_nordheim(V / 2e-9, 1.0), "Fowler-Nordheim", -law.FOWLER_NORDHEIM_B * 2e-9
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LAWS)
def test_the_fitter_returns_each_slope(name):
    current, found, slope = LAWS[name]
    v = V + 3 if name == "hopping" else V  # a sinh is an exponential only beyond kT
    best = fit_laws(v, np.asarray(current()), D if name != "Fowler-Nordheim" else 2e-9, T).iloc[0]
    assert best["law"] == found
    assert best["slope"] == pytest.approx(slope, rel=0.01)
    if found in ("Schottky", "Poole-Frenkel"):
        assert best["epsilon_r"] == pytest.approx(EPS, rel=0.01)
