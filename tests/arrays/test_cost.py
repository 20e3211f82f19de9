import numpy as np
import pytest

from pinched.arrays.converters import adc, sar
from pinched.arrays.cost import PARTS, cost, settling
from pinched.arrays.macro import Macro
from pinched.core import PinchedError
from pinched.materials.process import process

# NeuroSim MLP V3.0's default input-to-hidden array, Ag:a-Si (26 and 325 Mohm), as run
DEFAULT = Macro(rows=400, columns=100, conductance=1 / 175.5e6, read_voltage=0.5)


def test_geometry_of_the_neurosim_default_array():
    um, ff = 1e-6, 1e-15
    assert DEFAULT.length == pytest.approx((12.8 * um, 51.2 * um))
    assert DEFAULT.wire_resistance == pytest.approx((15.19, 60.77), rel=1e-3)
    assert DEFAULT.c_input == pytest.approx(2.56 * ff)
    assert DEFAULT.area == pytest.approx(655.36e-12)
    # NeuroSim takes the on-current at 301 K, 0.2 % below the 300 K card
    assert DEFAULT.access_width / DEFAULT.process.feature == pytest.approx(2.052, rel=3e-3)
    assert DEFAULT.c_word == pytest.approx(8.625 * ff, rel=3e-3)
    assert DEFAULT.c_column == pytest.approx(70.80 * ff, rel=3e-3)


def test_column_delay_of_the_neurosim_default_array():
    assert 16 * settling(DEFAULT, resistance=175.5e6) == pytest.approx(198.8e-9, rel=3e-3)


def test_sar_converter():
    energy, latency, area = sar(process(32), 8, 100e3)
    assert energy == pytest.approx(149e-15, rel=5e-3)
    assert latency == pytest.approx(9e-9)
    assert area == pytest.approx(382e-12, rel=1e-3)


def test_adc_energy_is_a_range_with_its_sources():
    energy, _, _ = adc(process(32), 8, 100e3, 0.5)
    assert energy.low == pytest.approx(149e-15, rel=5e-3)
    assert energy.high == pytest.approx(15.6e-12, rel=5e-3)
    assert energy.low < energy.value < energy.high
    for source in ("NeuroSim", "ISAAC", "analogsim"):
        assert source in energy.note


@pytest.mark.parametrize("cell", ["1T1R", "crosspoint"])
def test_totals_are_the_sums_of_their_items(cell):
    c = cost(Macro(rows=64, columns=32, cell=cell))
    for group in ("read_energy", "read_delay", "write_energy", "write_delay", "area"):
        parts = [c[f"{group}_{part}"] for part in PARTS if f"{group}_{part}" in c]
        total = c[f"{group}_total"]
        assert total.value == pytest.approx(sum(q.value for q in parts))
        assert all(q.value > 0 for q in parts)
        if total.low is not None:
            assert total.low < total.value < total.high
    table = c.table()
    assert len(table) == len(c)
    assert set(table["group"]) == {"read_energy", "read_delay", "write_energy", "write_delay", "area"}
    assert len(c.assumptions) >= 6


def test_word_lines_are_charged_once_per_input_bit():
    one, eight = (cost(Macro(input_bits=n, read_time=1e-8))["read_energy_lines"].value for n in (1, 8))
    m = Macro(input_bits=1)
    expected = m.rows * m.c_word * 0.9**2 + 0.5 * m.rows * m.c_input * 0.2**2
    assert one == pytest.approx(expected)
    assert eight == pytest.approx(8 * one)


def test_write_energy_counts_joule_heat_lines_and_half_selected_cells():
    m = Macro(rows=10, columns=20, conductance=1e-4, write_voltage=2.0, write_width=1e-6, pulses=3)
    joule = 200 * 3 * 4.0 * 1e-4 * 1e-6
    assert cost(m)["write_energy_array"].value == pytest.approx(joule)
    assert cost(m.replace(write_energy=1e-12))["write_energy_array"].value == pytest.approx(200 * 3 * 1e-12)
    passive = m.replace(cell="crosspoint")
    half_selected = 9 + 2 * 10 - 1  # per written cell: 9 other rows once, its own row in 10 batches of 2 phases but one
    assert cost(passive)["write_energy_array"].value == pytest.approx(joule * (1 + half_selected / 4))  # (V/2)² G
    selected = passive.replace(nonlinearity=10.0)
    assert cost(selected)["write_energy_array"].value == pytest.approx(joule * (1 + half_selected / 4 / 5))


def test_given_read_time_sets_the_array_energy():
    m = Macro(
        rows=10,
        columns=10,
        cell="crosspoint",
        conductance=1e-5,
        read_voltage=0.1,
        read_time=1e-7,
        activity=1.0,
        input_bits=1,
    )
    assert cost(m)["read_energy_array"].value == pytest.approx(100 * 0.01 * 1e-5 * 1e-7)


def test_a_more_conductive_device_needs_larger_switches():
    assert cost(Macro(conductance=1e-3))["area_lines"].value > 1.5 * cost(Macro(conductance=1e-6))["area_lines"].value


def test_a_node_without_sar_fit_falls_back_on_the_other_sources():
    c = cost(Macro(node="10nm"))
    assert "SAR" not in c["read_energy_ADC"].note
    assert np.isfinite(c["read_energy_total"].value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"cell": "1T1S"}, "did you mean"),
        ({"node": "28nm"}, "process card"),
        ({"wire_width": "33nm"}, "width"),
        ({"rows": 0}, "rows"),
        ({"columns": 2.5}, "columns"),
        ({"conductance": 0.0}, "conductance"),
    ],
)
def test_mistakes(change, says):
    with pytest.raises(PinchedError, match=says):
        Macro(**change)
