"""The JART VCM model: resistances, switching times and loops of v1b and v1a; variability of v1b."""

import numpy as np
import pytest
from scipy.integrate import simpson

from pinched import run
from pinched.core import PinchedError, double
from pinched.devices import JART, Environment, JARTVariable, device
from pinched.devices.sampling import population
from pinched.experiments.protocols import sweep

ENV = Environment(temperature=293.0)
V1B, V1A, VARIABLE = (
    device(f"hfo2{name}") for name in ("-jart-v1b-2020", "tiox-jart-v1a-2018", "-jart-v1b-variable-2020")
)


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def x(cell, density):
    return np.log(density / cell.N_disc_min) / np.log(cell.N_disc_max / cell.N_disc_min)


def resistance(cell, v, state):
    return v / float(cell.current(v, {"x": state}, ENV))


def test_resistances():
    assert resistance(V1B, -0.2, 0.0) == pytest.approx(104727.9, rel=1e-6)
    assert resistance(V1B, -0.2, 1.0) == pytest.approx(1589.4, rel=2e-5)
    assert resistance(V1A, -0.1, 0.0) == pytest.approx(87302.0, rel=1e-5)


@pytest.mark.parametrize(("v", "start", "end", "time"), [
    (-0.6, 8e23, 1e27, 0.01729), (-0.8, 8e23, 1e27, 1.014e-5), (-1.0, 8e23, 1e27, 2.208e-8),
    (1.0, 0.99995 * 2e27, 1e26, 6.454e-3), (1.2, 0.99995 * 2e27, 1e26, 1.073e-4), (1.4, 0.99995 * 2e27, 1e26, 4.713e-6),
])  # fmt: skip
def test_switching_times(v, start, end, time):
    states = np.linspace(x(V1B, start), x(V1B, end), 4001)
    assert simpson(1 / np.asarray(V1B.rates(v, {"x": states}, ENV)["x"]), x=states) == pytest.approx(time, rel=5e-4)


@pytest.mark.parametrize(("cell", "turns", "rate", "set_at", "printed"), [
    (V1B, (-1.5, 1.8), 1.0, 4e25, (-0.598, 0.933)), (V1B, (-1.5, 1.8), 1e3, 4e25, (-0.780, 1.245)),
    (V1A, (-1.0, 1.4), 0.67, 1e26, (-0.600, 1.026)),
])  # fmt: skip
def test_loops(crossings, cell, turns, rate, set_at, printed):
    ds = run(cell, sweep(*turns, rate, points=400), ENV)
    v_set = crossings(ds, x(cell, set_at))[0]
    v_reset = next(v for v in crossings(ds, x(cell, 4e26)) if v > 0)
    assert (v_set, v_reset) == pytest.approx(printed, rel=0.02)
    on, off = ds.state_x.values[[800, -1]]
    if cell is V1A:
        assert resistance(cell, -0.1, on) == pytest.approx(1457, rel=5e-3)
        assert resistance(cell, -0.1, off) / resistance(cell, -0.1, on) == pytest.approx(60, rel=0.02)
    elif rate == 1.0:
        assert resistance(cell, -0.2, off) / resistance(cell, -0.2, on) == pytest.approx(66, rel=0.02)
        assert ds.current.values.min() == pytest.approx(-0.86e-3, rel=0.02)
        assert ds.current.values.max() == pytest.approx(0.56e-3, rel=0.02)


def test_nothing_moves_at_rest():
    assert np.all(np.asarray(V1B.rates(0.0, {"x": np.linspace(0, 1, 11)}, ENV)["x"]) == 0)


@pytest.mark.parametrize("cell", [V1B, V1A])
@pytest.mark.parametrize("v", [-2.0, -0.3, 0.2, 0.6, 2.0])
def test_the_branch_has_one_solution(cell, v):
    """The balance of contact and heat crosses zero once, where the published barrier gives three currents at V > 0."""
    for state in np.linspace(0, 1, 9):
        part = cell.cell({"x": state})
        found = cell.operation(v, part, ENV)
        q = 1.602176634e-19 * 2 * cell.mu_n * np.pi * part.r**2
        ions = part.l / (q * float(part.N)) + (cell.l_cell - part.l) / (q * cell.N_plug)
        i = np.linspace(0, 1, 20001)[1:] * abs(v) / (ions + cell.R_TiOx + cell.R_line0)
        lines = cell.R_line0 * (1 + cell.R_line0 * cell.alpha_line * cell.R_th_line * i**2)
        inside = np.maximum(abs(v) - i * (cell.R_TiOx + lines), 0)
        T = 293.0 + cell.R_th0 * (cell.R_th_scaling if v > 0 else 1.0) * i * inside
        emitted = np.pi * part.r**2 * np.asarray(cell.emission(np.maximum(inside - i * ions, 0), T, part.N, v > 0))
        crossed = np.flatnonzero(np.diff(np.sign(i - emitted)))
        assert len(crossed) == 1
        assert i[crossed[0]] <= float(found.i) * (1 + 1e-9)
        assert float(found.i) <= i[crossed[0] + 1] * (1 + 1e-9)


def test_cycles_differ_within_the_published_bounds():
    ds = run(VARIABLE.replace(x0=np.zeros(40)), sweep(-1.5, 1.8, 1.0, cycles=3, points=20), ENV, seed=2)
    ends = {name: ds[f"state_{name}"].values[:, 20::20] for name in ("r", "l", "N_min", "N_max")}
    for name in ("r", "l"):
        assert np.ptp(ends[name]) > 0.1
        assert np.all(np.abs(ends[name] - 1) <= 0.1 + 1e-9)
        # SET and RESET end where r and l have reached their targets
        assert ds[f"state_{name}"].values[:, 40] == pytest.approx(ds[f"state_{name}_new"].values[:, 40], abs=5e-3)
    drawn = ends["N_min"][:, -1]
    assert np.std(drawn) == pytest.approx(0.5 * 0.743, rel=0.25)  # a normal law cut at 1.5 deviations
    assert np.all(np.abs(drawn - 1) <= 0.75)
    high = -0.2 / np.asarray(
        VARIABLE.current(-0.2, {k[6:]: ds[k].values[:, -1] for k in ds if k.startswith("state_")}, ENV)
    )
    assert 0.1 < np.std(np.log(high)) < 1.0


def test_without_variability_the_variable_model_is_the_deterministic_one():
    fixed = JART(N_disc_min=VARIABLE.N_disc_min, N_disc_max=VARIABLE.N_disc_max)
    rest = VARIABLE.rest() | {"x": 0.4}
    for v in (-0.8, 0.9):
        assert float(VARIABLE.rates(v, rest, ENV)["x"]) == pytest.approx(float(fixed.rates(v, {"x": 0.4}, ENV)["x"]))
        assert float(VARIABLE.current(v, rest, ENV)) == pytest.approx(float(fixed.current(v, {"x": 0.4}, ENV)))
    with pytest.raises(PinchedError, match="v1b"):
        JARTVariable(ions="v1a")


def test_devices_differ_as_published():
    many = population("hfo2-jart-v1b-variable-2020", 500, seed=1)
    assert np.all((many.r_fil >= 40.5e-9) & (many.r_fil <= 49.5e-9))
    assert np.all((many.l_disc >= 0.36e-9) & (many.l_disc <= 0.44e-9))
    assert np.all((many.N_disc_min >= 1e23) & (many.N_disc_min <= 7e23))
    assert np.mean(many.N_disc_max) == pytest.approx(2.2e27, rel=5e-3)


def test_a_wrong_ion_law_or_range_is_told():
    with pytest.raises(PinchedError, match="v1b"):
        JART(ions="v2")
    with pytest.raises(PinchedError, match="N_disc_max"):
        JART(N_disc_min=3e27)
