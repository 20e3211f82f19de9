import equinox as eqx
import jax
import numpy as np
import pytest

from pinched.arrays import Macro
from pinched.core import PinchedError
from pinched.devices import ExponentialResponse
from pinched.networks import MLP, Mapping, program, reference, training_cost
from pinched.networks.cost import ACTIVATIONS, cost, multiplied
from pinched.networks.layers import lowered
from pinched.networks.models import LSTM, Transformer

BITS = Mapping(g_min=1e-6, g_max=1e-5, adc_bits=8, dac_bits=1, cycles=8)
X = np.random.default_rng(0).uniform(0, 1, (4, 6)).astype(np.float32)


@pytest.fixture(scope="module")
def perceptron():
    return program(MLP((6, 5, 3)), BITS, inputs=X)


def test_a_layer_costs_what_its_array_does(perceptron):
    found = perceptron.cost()
    for path, engine in zip(perceptron.products, perceptron.layers, strict=True):
        alone = engine.cost()
        assert found[path]["energy ADC"].value == alone["read_energy_ADC"].value
        assert found[path]["energy"].value == pytest.approx(alone["read_energy_total"].value)
        assert found[path]["write energy"].value == alone["write_energy_total"].value
    layers = [found[path] for path in perceptron.products]
    for name in ("MAC", "energy", "energy array", "latency", "area", "write energy"):
        assert found.total[name].value == pytest.approx(sum(layer[name].value for layer in layers))
    assert found.total["MAC"].value == 7 * 5 + 6 * 3
    assert found.total["write time"].value == max(layer["write time"].value for layer in layers)
    e, t, a = (found.total[name].value for name in ("energy", "latency", "area"))
    assert found.total["TOPS/W"].value == pytest.approx(2e-12 * 53 / e)
    assert found.total["TOPS/mm²"].value == pytest.approx(2e-12 * 53 / t / (1e6 * a))
    assert found.total["energy"].low < e < found.total["energy"].high
    assert set(found.table()["layer"]) == {*perceptron.products, "total"}


def test_a_batch_is_a_pipeline(perceptron):
    one, many = perceptron.cost(), perceptron.cost(10)
    slowest = max(one[path]["latency"].value for path in perceptron.products)
    assert many.total["latency"].value == pytest.approx(one.total["latency"].value + 9 * slowest)
    assert many.total["energy"].value == pytest.approx(10 * one.total["energy"].value)
    assert many.total["area"].value == one.total["area"].value
    assert many.total["TOPS/W"].value == pytest.approx(one.total["TOPS/W"].value)


def test_a_convolution_reads_its_array_once_a_patch():
    net = eqx.nn.Conv2d(1, 2, 3, key=jax.random.key(0))
    placed = program(net, BITS, inputs=np.ones((2, 1, 6, 6), np.float32))
    found = placed.cost()
    (engine,) = placed.layers
    assert found.total["MAC"].value == 16 * 10 * 2
    assert found.total["latency"].value == pytest.approx(16 * engine.cost()["read_delay_total"].value)


def test_attention_multiplies_activations_digitally_or_on_a_second_array():
    net = Transformer(3, 2, size=8, heads=2, hidden=4, layers=3, tokens=5)
    x = np.ones((2, 5, 3), np.float32)
    products = multiplied(lowered(net), x[0])
    assert sum(n * np.prod(size) for size, n in products.items()) == 3 * 2 * 5 * 5 * 8  # scores and their use
    placed = program(net, BITS, inputs=x)
    digital, second = (placed.cost(activations=way) for way in ("digital", "array"))
    assert digital[ACTIVATIONS]["MAC"].value == second[ACTIVATIONS]["MAC"].value == 1200
    energy = digital[ACTIVATIONS]["energy"]
    assert (energy.low, energy.high) == pytest.approx((1200 * 0.23e-12, 1200 * 4.6e-12))
    assert second[ACTIVATIONS]["energy writing"].value > second[ACTIVATIONS]["energy array"].value
    assert second.total["latency"].value > digital.total["latency"].value


def test_a_recurrent_cell_multiplies_no_activations():
    assert not multiplied(lowered(LSTM(3, 4, 2)), np.ones((5, 3), np.float32))


def test_ideal_converters_are_priced_as_real_ones_and_it_says_so():
    ideal, given = (program(MLP((6, 3)), Mapping(), inputs=X).cost(**bits) for bits in ({}, {"adc_bits": 4}))
    assert ideal.total["energy ADC"].value > given.total["energy ADC"].value > 0
    assert any("ideal" in note for note in ideal.assumptions)


def test_training_counts_pulses_lines_and_reads(perceptron):
    def total(pulses, batch=10):
        return training_cost(perceptron, pulses, 1000, batch, write_voltage=2.0, write_width=1e-7)

    few, many = total(100.0), total(300.0)
    joule = 0.0
    for engine in perceptron.layers:
        g = float(np.mean(engine.cells))
        rows, columns = engine.cells.shape[-2], 2 * engine.cells.shape[-1]
        column = Macro(rows=rows, columns=columns).c_column
        joule += rows * columns * 200 * 4.0 * (g * 1e-7 + column)
    assert many.writes.value - few.writes.value == pytest.approx(joule)
    hidden = training_cost(perceptron, 100.0, 1000, 10, arrays=2, write_voltage=2.0, write_width=1e-7)
    assert hidden.writes.value == pytest.approx(2 * few.writes.value)
    read = perceptron.cost()
    first, second = (read[path]["energy"].value for path in perceptron.products)
    assert few.reads.value == pytest.approx(1000 * (first + 2 * second))  # the first layer needs no backward read
    assert few.energy.value == pytest.approx(few.reads.value + few.writes.value)
    assert total(100.0, 1).writes.value > few.writes.value  # every update drives the lines
    rows = 7 * 2 * 100 * 1e-7  # one pulse an update and phase, a row after the other
    assert few.time.value > rows


def test_lifetime_is_endurance_over_pulses(perceptron):
    life = training_cost(perceptron, 400.0, 1000).lifetime(1e6, per_day=5)
    assert life["trainings"].value == pytest.approx(2500)
    assert life["years"].value == pytest.approx(500 / 365.25)


def test_pulses_of_a_response_price_the_writing():
    response = ExponentialResponse(g_min=1e-6, g_max=1e-5, v_up=3.0, v_down=-2.0, width_up=1e-8, width_down=1e-8)
    told = program(MLP((6, 3)), response).cost()
    given = program(MLP((6, 3)), Mapping.of(response)).cost(write_voltage=3.0, write_width=1e-8)
    assert told.total["write energy"].value == given.total["write energy"].value


def test_published_energies_beside_the_network(perceptron):
    table = reference(perceptron.cost()).set_index("what")
    mac = table.loc["8-bit integer MAC, without memory"]
    assert (mac.low, mac.high) == pytest.approx((0.23e-12, 0.23e-12))
    dram = table.loc["8-bit integer MAC, its weight from DRAM"]
    assert (dram.low, dram.high) == pytest.approx((0.23e-12 + 1.3e-9 / 8, 0.23e-12 + 2.6e-9 / 8))
    own = table.loc["this network on arrays"]
    assert float(own.times_low) < 1 < float(own.times_high)
    assert len(reference()) == len(table) - 1
    assert reference()["source"].str.len().min() > 20


@pytest.mark.parametrize(
    ("options", "told"),
    [({"batch": 0}, "at least 1"), ({"activations": "analog"}, "digital or array"), ({"nodes": "32nm"}, "mean 'node'")],
)
def test_mistakes_are_told(perceptron, options, told):
    with pytest.raises(PinchedError, match=told):
        cost(perceptron, **options)
