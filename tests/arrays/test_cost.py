import numpy as np
import pytest

from pinched.arrays.converters import adc, dac, integrate_and_fire, mnsim, sar
from pinched.arrays.cost import PARTS, cost, settling, together
from pinched.arrays.layout import ADDER, CELL_HEIGHT, PASS_GATES, REGISTER, SUBTRACTOR, decoder, packed
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


def test_areas_around_the_neurosim_default_array():
    p, um = DEFAULT.process, 1e-6
    f, width = p.feature, DEFAULT.length[0]
    bits = CELL_HEIGHT * f
    assert DEFAULT.converters == 7
    energy, along, deep = integrate_and_fire(p, 8)
    assert DEFAULT.converters * energy == pytest.approx(9.42e-12, rel=1e-3)
    printed = {
        206.4: packed(7, along, deep, width),
        275.3: packed(7, SUBTRACTOR * f, 8 * bits, width),
        344.1: packed(7, ADDER * f, 10 * bits, width),
        286.7: packed(100, REGISTER * f, bits, width),
        674.0 + 448.3: decoder(400, f, DEFAULT.length[1]),
        1394.6: packed(400, bits, (REGISTER + PASS_GATES) * f, DEFAULT.length[1]),
    }
    for area, ours in printed.items():
        assert ours == pytest.approx(area * um**2, rel=5e-4)


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


def test_published_converters_of_other_bits():
    for bits, energy in ((6, 10.1e-12), (8, 15.6e-12), (10, 55e-12)):
        assert mnsim(bits)[0] == pytest.approx(energy, rel=1e-2)
    assert mnsim(8)[0] < mnsim(9)[0] < mnsim(10)[0]
    assert mnsim(11)[2] == pytest.approx(2 * mnsim(10)[2])
    one, four = (dac(1e-9, bits)[1].value for bits in (1, 4))
    assert (one, four) == pytest.approx((0.166e-12, 1.328e-12))


def test_several_input_bits_at_a_time_take_fewer_steps():
    serial, parallel = (cost(Macro(dac_bits=n, read_time=1e-8)) for n in (1, 4))
    assert serial["read_energy_ADC"].value == pytest.approx(4 * parallel["read_energy_ADC"].value)
    assert serial["read_delay_total"].value == pytest.approx(4 * parallel["read_delay_total"].value)


def test_columns_that_are_summed_first_share_a_conversion():
    each, pairs = cost(Macro()), cost(Macro(conversions=64))
    assert each["read_energy_ADC"].value == pytest.approx(2 * pairs["read_energy_ADC"].value)
    assert each["area_ADC"].value == pytest.approx(2 * pairs["area_ADC"].value)
    assert each["write_energy_total"].value == pairs["write_energy_total"].value


def test_macros_side_by_side_add_up_and_wait_for_the_slowest():
    large, small = cost(Macro()), cost(Macro(rows=32))
    both = together([(large, 3), (small, 1)])
    for group in ("read_energy", "write_energy", "area"):
        expected = 3 * large[f"{group}_total"].value + small[f"{group}_total"].value
        assert both[f"{group}_total"].value == pytest.approx(expected)
        parts = [both[name].value for part in PARTS if (name := f"{group}_{part}") in both]
        assert sum(parts) == pytest.approx(expected)
    assert both["write_delay_total"].value == large["write_delay_total"].value
    assert both["read_energy_ADC"].low < both["read_energy_ADC"].value < both["read_energy_ADC"].high


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
