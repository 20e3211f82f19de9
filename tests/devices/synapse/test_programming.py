"""Statistics of programmed cells: the published tables to their printed digits, and what draws make of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinched.core import PinchedError, double
from pinched.core.params import params
from pinched.devices import describe, device, programming, programming_names, provenance, response, save_device

HOUR, DAY = 3600.0, 86400.0


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def sigma(name, microsiemens):
    return np.asarray(programming(name).program_sigma(np.asarray(microsiemens) * 1e-6)) * 1e6


@pytest.mark.parametrize("name", programming_names())
def test_every_shipped_value_states_its_source(name):
    about = describe(name)
    assert about["name"] == name
    assert all((about["description"], about["status"], about["source"], about["notes"]))
    given = {key for key, entry in provenance(name).items() if entry["source"] != "default of the model class"}
    needed = {key for key, declared in params(type(programming(name))).items() if declared.unit == "S"}
    assert needed - {"g_min", "read_K"} <= given


def test_the_table_of_phase_change_memory():
    law = programming("pcm-nandakumar-2019")
    g = np.array([0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0])
    printed = [0.283, 0.3588, 0.4482, 0.6096, 0.8618, 1.0202, 1.0847, 1.0554]
    assert sigma("pcm-nandakumar-2019", 25 * g) == pytest.approx(printed, abs=5.1e-5)
    mean, spread = law.nu_law(25e-6 * g)
    assert mean == pytest.approx([0.0958, 0.0708, 0.0601, 0.0493, *4 * [0.049]], abs=5.1e-5)
    assert spread == pytest.approx([0.045, 0.0315, 0.0229, 0.0142, *4 * [0.008]], abs=5.1e-5)
    q = [0.1756, 0.0617, 0.0393, 0.0251, 0.016, 0.0123, 0.0102, 0.0088]
    assert law.noise_law(25e-6 * g) == pytest.approx(q, abs=5.1e-5)
    assert np.all(np.isfinite([*law.nu_law(jnp.zeros(1)), law.noise_law(jnp.zeros(1))]))


def test_two_sources_of_the_same_data_agree():
    g = np.linspace(5, 25, 81)
    ratio = sigma("pcm-joshi-2020", g) / sigma("pcm-nandakumar-2019", g)
    assert np.max(np.abs(ratio - 1)) < 0.025
    assert sigma("pcm-joshi-2020", 0) / sigma("pcm-nandakumar-2019", 0) == pytest.approx(1.09, abs=0.005)
    assert sigma("pcm-joshi-2020", [0, 12.5, 25]) == pytest.approx([0.2864, 0.9553, 1.0655], abs=5.1e-5)


def test_drift_and_noise_factors():
    law = programming("pcm-nandakumar-2019").replace(nu_mean=[0.05, 0, 0, 1], nu_sigma=[0.0, 0, 0, 1])
    cells = law.program(np.array([10e-6]))
    left = [float(cells.at(t)[0]) / 10e-6 for t in (0.0, HOUR, DAY, 300 * DAY)]
    assert left == pytest.approx([1.0, 0.7711, 0.6580, 0.4947], abs=5.1e-5)
    noise = float(cells.read_sigma(DAY)[0] / (cells.at(DAY)[0] * law.noise_law(10e-6)))
    assert noise == pytest.approx(5.087, abs=1e-3)


def test_many_cells_have_the_mean_and_spread_that_the_laws_say():
    law = programming("pcm-nandakumar-2019")
    cells = law.program(np.full(50_000, 10e-6), 1)
    programmed, day, month = (np.asarray(g) for g in (cells.programmed, cells.at(DAY), cells.at(30 * DAY)))
    assert np.mean(programmed) == pytest.approx(10e-6, rel=2e-3)
    assert np.std(programmed) == pytest.approx(0.8618e-6, rel=0.01)
    nu = -np.log(day / programmed) / np.log1p(DAY / 20)
    assert (np.mean(nu), np.std(nu)) == pytest.approx((0.049, 0.008), rel=0.01)
    assert -np.log(month / programmed) / np.log1p(30 * DAY / 20) == pytest.approx(nu, rel=1e-9)  # a cell keeps its own
    read = (np.asarray(cells.read(DAY, 2)) - day) / np.asarray(cells.read_sigma(DAY))
    assert (np.mean(read), np.std(read)) == pytest.approx((0, 1), abs=0.015)
    assert np.min(law.program(np.zeros(50_000), 3).programmed) == 0


@pytest.mark.parametrize(("name", "g_max"), [("pcm-hermes-1dev-2023", 10.35), ("pcm-hermes-2dev-2023", 20.7)])
def test_the_pieces_of_the_hermes_laws_meet(name, g_max):
    law = programming(name)
    for split, of in (
        (law.nu_mean_split, lambda g: law.nu_law(g)[0]),
        (law.nu_sigma_split, lambda g: law.nu_law(g)[1]),
        (law.noise_split, law.noise_law),
    ):
        below, above = np.asarray(of(g_max * 1e-6 * split * np.array([1 - 1e-9, 1 + 1e-9])))
        assert above == pytest.approx(below, rel=0.02)  # the printed coefficients leave a step of up to 1 %
    assert sigma(name, [0, g_max]) == pytest.approx([0.1578, 1.0076] if "1dev" in name else [0.1660, 1.0927], abs=5e-5)
    assert law.nu_law(g_max * 1e-6)[0] == pytest.approx(0.0736 - 0.0126 - 0.0436)


def test_resistive_memory_spreads_in_a_day():
    name, g = "hfox-wan-2022", 40 * np.array([0, 0.2, 0.4, 0.6, 0.8, 1])
    assert sigma(name, g) == pytest.approx([0.348, 2.136, 2.218, 1.805, 1.46, 1.103], abs=5.1e-4)
    law = programming(name)
    cells = law.program(np.full(100_000, 20e-6), 0)
    spread = [float(np.std(cells.at(t)) * 1e6) for t in (0.0, 1.0, DAY, 2 * DAY, 9 * DAY)]
    at = [np.polyval(p[::-1], 0.5) * 1e6 for p in (law.sigma, *law.sigma_later)]
    assert spread == pytest.approx([at[0], at[0], at[1], at[2], at[2]], rel=0.01)
    assert spread[2] / spread[1] > 1.5


def test_a_smaller_range_of_the_same_cells_has_the_same_errors():
    law = programming("hfox-wan-2022")
    assert law.replace(g_max=20e-6).program_sigma(10e-6) == law.program_sigma(10e-6)


def test_milo_is_not_ohmic():
    law = programming("hfo2-milo-2021")
    assert sigma("hfo2-milo-2021", [50, 225]) == pytest.approx([4.782321 - 0.45535, 4.782321 - 2.049075])
    g = np.array([62.5, 100, 225]) * 1e-6
    assert law.current(0.5, g) / (0.5 * g) == pytest.approx([0.8466, 0.9575, 0.9961], abs=1e-4)
    even = (law.current(0.1, g) + law.current(-0.1, g)) / 0.02  # the quadratic coefficient
    assert even[1] == pytest.approx(-8.2e-6, abs=1e-7)


def test_cmo_relaxes():
    law = programming("cmohfox-falcone-2024")
    assert sigma("cmohfox-falcone-2024", 50) == pytest.approx(0.0112185391 + 50 * 0.01129027418)
    assert sigma("cmohfox-falcone-fine-2024", 50) == pytest.approx(0.00081107 + 50 * 0.00106879)
    cells = law.program(np.full(100_000, 50e-6), 0)
    assert np.array_equal(cells.at(0.5), cells.programmed)
    moved = (cells.at(DAY) - cells.programmed) * 1e6
    assert np.mean(moved) == pytest.approx(-0.0890 * np.log(DAY), rel=0.01)
    assert np.std(moved) == pytest.approx(0.4118 + 0.04201 * np.log(DAY), rel=0.01)
    low = law.program(np.array([0.5e-6, 50e-6]))
    noise = np.asarray(low.read_sigma(1.0)) * 1e6
    assert noise == pytest.approx([0, 0.0277316 * np.log10(50) * np.sqrt(np.log(1e6 / 2))], rel=1e-4)


def test_it_keeps_the_precision_of_its_targets_and_works_under_jit():
    law = programming("hfox-wan-2022")

    @jax.jit
    def read(target, key):
        return law.program(target, key).read(np.array([1.0, DAY])[:, None], key)

    read32 = read(np.linspace(0, 40e-6, 5, dtype=np.float32), jax.random.key(0))
    assert (read32.dtype, read32.shape) == (np.float32, (2, 5))
    assert np.all(np.isfinite(read32))


def test_kinds_and_mistakes(tmp_path):
    law = programming("hfox-wan-2022")
    path = save_device(law, tmp_path / "mine.toml")
    assert np.array_equal(programming(path).sigma_later, law.sigma_later)
    with pytest.raises(PinchedError, match=r"use programming\(\)"):
        device("hfox-wan-2022")
    with pytest.raises(PinchedError, match=r"use device\(\)"):
        programming("gst-mushroom")
    with pytest.raises(PinchedError, match=r"use response\(\)"):
        programming("pcm-expstep-2020")
    with pytest.raises(PinchedError, match=r"use programming\(\)"):
        response("pcm-joshi-2020")
    with pytest.raises(PinchedError, match="rising times"):
        law.replace(times=[1.0, 2.0])
    with pytest.raises(PinchedError, match="four numbers"):
        programming("pcm-nandakumar-2019").replace(noise=[0.1])
    with pytest.raises(PinchedError, match="g_max must be above"):
        law.replace(g_max=0.0, g_min=1e-6)
