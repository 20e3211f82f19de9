import numpy as np
import pytest

from pinched.arrays import Engine, Macro, Mapping, cost
from pinched.core import PinchedError

W = np.random.default_rng(0).normal(0, 0.3, (100, 20))


def engine(**known):
    return Engine.of(W, Mapping(**{"g_min": 1e-6, "g_max": 1e-4, "dac_bits": 4, "adc_bits": 8} | known))


def test_one_tile_is_the_macro_of_its_cells():
    e = engine()
    alone = cost(Macro(rows=100, columns=40, conversions=20, conductance=e.cells.mean(), dac_bits=4, input_bits=4))
    assert {k: q.value for k, q in e.cost().items()} == pytest.approx({k: q.value for k, q in alone.items()})


def test_every_cycle_slice_and_tile_of_rows_is_converted():
    single = engine().cost()
    assert engine(slices=3, levels=4).cost()["area_array"].value == pytest.approx(3 * single["area_array"].value)
    for known, factor in (({"slices": 3, "levels": 4}, 3), ({"tile": (50, 128)}, 2)):
        found = engine(**known).cost()["read_energy_digital"].value
        assert found == pytest.approx(factor * single["read_energy_digital"].value)
    serial = engine(cycles=2).cost(input_bits=4, dac_bits=2)["read_energy_digital"].value
    assert serial == pytest.approx(2 * single["read_energy_digital"].value)


def test_a_reference_is_written_but_not_converted():
    offset, reference = (engine(scheme=s, tile=(128, 11)).cost() for s in ("offset", "reference"))
    assert reference["area_array"].value == pytest.approx(22 / 20 * offset["area_array"].value)
    assert reference["read_energy_digital"].value == pytest.approx(offset["read_energy_digital"].value)


def test_compensating_sub_arrays_are_written_in_turn_and_converted_once():
    one, four = (engine(slicing="residual", slices=n).cost() for n in (1, 4))
    for name, factor in (("area_array", 4), ("write_delay_total", 4), ("area_ADC", 1)):
        assert four[name].value == pytest.approx(factor * one[name].value)


def test_ideal_converters_have_no_cost_until_their_bits_are_given():
    ideal = Engine.of(W, Mapping())
    with pytest.raises(PinchedError, match="give `dac_bits`"):
        ideal.cost()
    assert ideal.cost(dac_bits=1, adc_bits=8, input_bits=8, node="22nm")["area_total"].value > 0
