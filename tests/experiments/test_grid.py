import equinox as eqx
import numpy as np
import pytest

from pinched.core import double
from pinched.devices import VTEAM, Environment, Ohmic, Schottky, SeriesResistance, SinhResistor, StanfordGap
from pinched.experiments.grid import STRIDE, march

T = np.linspace(0.0, 12.0, 601)
TRIANGLE = np.interp(T, [0, 3, 9, 12], [0.0, 3.0, -3.0, 0.0])


def drive(device, v=TRIANGLE, t=T, i_max=None, x0=None, **options):
    with double():
        start = x0 if x0 is not None else {k: s.hi for k, s in device.state().items()}
        run = eqx.filter_jit(lambda d, t, v: march(d, t, v, i_max, Environment(), start, **options))
        path = run(device, t, v)
        return {k: np.asarray(a) for k, a in path.x.items()}, np.asarray(path.v), np.asarray(path.i)


def test_a_static_device_gives_its_own_current():
    _, v, i = drive(SinhResistor(g=1e-3, b=2.0))
    np.testing.assert_allclose(v, TRIANGLE)
    np.testing.assert_allclose(i, 1e-3 * np.sinh(2 * TRIANGLE) / 2, rtol=1e-12, atol=1e-15)


def test_drift_at_constant_voltage_takes_the_time_of_the_closed_form():
    # VTEAM without window: dx/dt = k_off (v/v_off − 1)^alpha_off, MemTorch set; full traverse at +1 V 1.2245e-7 s
    device = VTEAM()
    t = np.linspace(0.0, 2e-7, 201)
    x, _, _ = drive(device, np.ones_like(t), t, x0={"x": 0.0})
    np.testing.assert_allclose(x["x"], np.clip(t / 1.22449e-7, 0, 1), atol=1e-4)


def test_a_switch_sixteen_decades_faster_than_the_grid_lands_on_its_bound():
    x, _, i = drive(VTEAM(), np.r_[0.0, -1.0, -1.0], np.array([0.0, 1.0, 2.0]))  # 4.7 ps at −1 V, sampled at 1 s
    assert x["x"][-1] == 0.0
    np.testing.assert_allclose(i[-1], -1 / 50, rtol=1e-9)


def test_relaxation_that_limits_itself_is_exact_for_a_linear_rate():
    # the Schottky ion law is (1 − x) at constant V > 0: one exponential, whatever the grid
    device = Schottky(rho_s=0.0, tau_ret=1e30)

    with double():
        rate = float(device.rates(1.0, {"x": np.float64(0.0)}, Environment())["x"])
    coarse = np.array([0.0, 0.5, 4.0])
    x, _, _ = drive(device, np.ones(3), coarse, x0={"x": 0.0})
    np.testing.assert_allclose(x["x"], 1 - np.exp(-rate * coarse), rtol=1e-6)


@pytest.mark.parametrize("i_max", [1e-5, 1e-4, 1e-3])
def test_compliance_holds_the_current_and_lowers_the_voltage(i_max):
    _, v, i = drive(StanfordGap(F_min=0.0, R_th=0.0, E_a=0.9), i_max=np.full(T.size, i_max))
    assert np.abs(i).max() <= i_max * (1 + 2e-3)  # the load line is left near enough, not exactly
    bound = np.abs(i) > 0.999 * i_max
    assert bound.any()
    assert np.all(np.abs(v) <= np.abs(TRIANGLE) + 1e-12)
    assert np.abs(v[bound]).mean() < np.abs(TRIANGLE[bound]).mean()


def test_series_resistance_stays_on_its_load_line():
    device = SeriesResistance(SinhResistor(g=1e-3, b=6.0), r=500.0)
    _, v, i = drive(device, x0={})
    inner = TRIANGLE - 500.0 * i
    np.testing.assert_allclose(i, 1e-3 * np.sinh(6 * inner) / 6, rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(v, TRIANGLE, rtol=1e-6, atol=1e-12)


def test_the_film_of_a_schottky_device_is_its_series_resistance():
    device = Schottky()
    x, _, i = drive(device, x0={"x": 0.3})
    with double():
        own = [float(device.current(TRIANGLE[k], {"x": x["x"][k]}, Environment())) for k in (40, 150, 300, 450)]
    np.testing.assert_allclose(i[[40, 150, 300, 450]], own, rtol=1e-5, atol=1e-60)


def test_a_population_is_the_loop_over_its_members():
    barriers = np.array([0.80, 0.95, 1.10])
    together, _, _ = drive(StanfordGap(F_min=0.0, E_a=barriers[:, None]), TRIANGLE[None], T[None])
    for k, barrier in enumerate(barriers):
        alone, _, _ = drive(StanfordGap(F_min=0.0, E_a=barrier))
        np.testing.assert_allclose(together["x"][k, 0], alone["x"], atol=0.5 * STRIDE)
        np.testing.assert_allclose(together["x"][k, 0][[150, 450, 600]], alone["x"][[150, 450, 600]], atol=1e-6)


def test_it_agrees_with_the_adaptive_engine():
    engine = pytest.importorskip("pinched.experiments.engine")
    device = VTEAM(k_on=-3.0, k_off=2.0, v_on=-0.5, v_off=0.5, alpha_on=2.0, alpha_off=2.0)
    x, _, _ = drive(device)
    with double():
        exact, *_ = engine.trajectory(device, T, TRIANGLE, np.inf, Environment(), {"x": np.float64(1.0)})
    np.testing.assert_allclose(x["x"], np.asarray(exact["x"]), atol=0.01)


def test_an_ohmic_device_needs_no_state():
    x, _, i = drive(Ohmic(g=1e-3))
    assert x == {}
    np.testing.assert_allclose(i, 1e-3 * TRIANGLE)
