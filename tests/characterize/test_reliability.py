import numpy as np
import pytest

from pinched.characterize.reliability import (
    TEN_YEARS,
    drift,
    endurance_metrics,
    level_metrics,
    level_table,
    noise_metrics,
    program_metrics,
    retention_metrics,
)
from pinched.core import concat, make_dataset


def retention(nu, noise=0.0, n=60, record="0", seed=0):
    t = np.geomspace(1.0, 1e4, n)
    g = 1e-5 * t**-nu * np.exp(noise * np.random.default_rng(seed).standard_normal(n))
    return make_dataset({"conductance": g}, origin="measured", kind="retention", record=record, time=t)


def test_drift_exponent_and_ten_years():
    found = retention_metrics(retention(0.05, noise=0.005))
    assert found["drift_exponent"].value == pytest.approx(0.05, rel=0.05)
    assert found["drift_exponent"].low < 0.05 < found["drift_exponent"].high
    assert found["g_ten_years"].value == pytest.approx(TEN_YEARS**-0.05, rel=0.05)
    assert "extrapolation" in found["g_ten_years"].note


def test_many_traces_keep_their_own_exponents():
    table = drift(concat([retention(nu, record=str(nu)) for nu in (0.01, 0.1, -0.02)]))
    assert table["nu"].to_numpy() == pytest.approx([0.01, 0.1, -0.02])
    assert table["n"].tolist() == [60, 60, 60]


def test_a_short_record_makes_no_trend():
    t = np.linspace(100, 110, 20)
    found = retention_metrics(make_dataset({"conductance": np.ones(20)}, origin="measured", kind="retention", time=t))
    assert set(found) == {"relaxation"}


@pytest.mark.parametrize(("alpha", "near"), [(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)])
def test_colour_of_the_noise(alpha, near):
    rng = np.random.default_rng(0)
    n = 8192
    spectrum = (rng.standard_normal(n // 2 + 1) + 1j * rng.standard_normal(n // 2 + 1)) / np.maximum(
        np.arange(n // 2 + 1), 1
    ) ** (alpha / 2)
    rest = np.fft.irfft(spectrum)
    g = 1e-5 * (1 + 0.01 * rest / rest.std())
    ds = make_dataset({"conductance": g}, origin="measured", kind="trace", time=np.arange(g.size) * 0.01)
    assert noise_metrics(ds)["noise_exponent"].value == pytest.approx(near, abs=0.15)


def test_read_noise_ignores_the_drift():
    rng = np.random.default_rng(1)
    g = 1e-5 * (1 + 0.5 * np.linspace(0, 1, 2000)) * (1 + 0.01 * rng.standard_normal(2000))
    ds = make_dataset({"conductance": g}, origin="measured", kind="read", time=np.arange(2000.0))
    assert noise_metrics(ds)["read_noise"].value == pytest.approx(0.01, rel=0.1)


def test_endurance_and_its_first_failure():
    n = np.arange(1000)
    window = 100.0 / (1 + n / 10) ** 0.9
    g = np.column_stack([np.full(1000, 1e-6), 1e-6 * window]).ravel()
    ds = make_dataset(
        {"conductance": g}, origin="measured", kind="endurance", cycle=np.repeat(n, 2), step=np.tile([0, 1], 1000)
    )
    found = endurance_metrics(ds)
    assert found["endurance_cycles"].value == 1000
    assert found["first_failure"].value == 1 + np.argmax(window < 2)
    healthy = endurance_metrics(ds.isel(sample=slice(0, 20)))["first_failure"]
    assert not healthy.available
    assert "none of 10" in healthy.note


def test_levels_margin_and_error():
    rng = np.random.default_rng(2)
    means, n = np.array([1e-6, 2e-6, 3e-6]), 4000
    g = (means[:, None] + 0.25e-6 * rng.standard_normal((3, n))).ravel()
    ds = make_dataset({"conductance": np.abs(g)}, origin="measured", kind="read", step=np.repeat(np.arange(3), n))
    table = level_table(ds)
    assert table["margin"][:2].to_numpy() == pytest.approx(2.0, rel=0.05)
    assert table["error"][0] == pytest.approx(0.02275, rel=0.2)  # the normal tail beyond two standard deviations
    found = level_metrics(ds)
    assert found["levels_programmed"].value == 3
    assert found["read_margin"].value == pytest.approx(2.0, rel=0.06)


def test_a_bake_says_what_each_temperature_changed():
    parts = []
    for kelvin, left in ((373.0, 1.0), (533.0, 0.6)):
        g, n = np.ravel([(1e-5, 1e-5 * left)] * 20), 40
        parts.append(
            make_dataset(
                {"conductance": g, "temperature": np.full(n, kelvin)},
                origin="measured",
                kind="retention",
                device=np.repeat(np.arange(20), 2),
                time=np.tile([0.0, 3600.0], 20),
            )
        )
    found = retention_metrics(concat(parts))
    assert found["relaxation_373K"].value == pytest.approx(0.0)
    assert found["relaxation_533K"].value == pytest.approx(-0.4)
    assert "drift_exponent" not in found


def test_write_noise_after_one_voltage():
    rng = np.random.default_rng(3)
    volts = np.repeat([1.0, 2.0, 3.0], 200)
    log_g = -6 + volts + 0.05 * rng.standard_normal(600)
    found = program_metrics(
        make_dataset({"conductance": 10**log_g, "pulse_voltage": volts}, origin="measured", kind="program")
    )
    assert found["program_window"].value == pytest.approx(100, rel=0.05)
    assert found["program_spread"].value == pytest.approx(0.05, rel=0.1)
