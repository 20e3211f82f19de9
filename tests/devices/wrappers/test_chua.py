"""Chua's circuit and two devices in parallel, against linear algebra."""

import jax
import numpy as np
import pytest
from scipy.linalg import expm

from pinched import protocols, run
from pinched.core import double
from pinched.devices import ChuaCircuit, Environment, InParallel, Ohmic, ReadNoise, Reversed, device
from pinched.devices.wrappers.wrapper import memory

ENV = Environment()
HP = device("tio2-strukov-2008")


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


def test_around_a_resistor_it_is_linear():
    circuit = ChuaCircuit(inner=Ohmic(g=1e-3), w0=0.05)
    r, g, c_1, c_2, l = (float(getattr(circuit, name)) for name in ("r", "g", "c_1", "c_2", "l"))
    matrix = np.array([
        [(-1 / r - 1e-3 + g) / c_1, 1 / r / c_1, 0],
        [1 / r / c_2, -1 / r / c_2, 1 / c_2],
        [0, -1 / l, 0],
    ])  # fmt: skip
    ds = run(circuit, (protocols.Hold(0.0, 5e-4, points=20),), rtol=1e-8)
    expected = np.array([expm(matrix * t) @ [0.0, 1.0, 0.0] for t in ds["time"].values])
    v_max, i_max = float(circuit.v_max), float(circuit.i_max)
    assert v_max * ds["state_u"].values == pytest.approx(expected[:, 0], abs=1e-5)
    assert v_max * ds["state_w"].values == pytest.approx(expected[:, 1], abs=1e-5)
    assert i_max * ds["state_i"].values == pytest.approx(expected[:, 2], abs=1e-8)
    assert ds["current"].values == pytest.approx(expected[:, 2], abs=1e-8)


def test_a_constant_voltage_drives_the_current_that_the_resistances_allow():
    ds = run(ChuaCircuit(inner=Ohmic(g=1e-3), g=0.0), (protocols.Hold(1.0, 0.02, points=2),), save="final")
    assert ds["current"].item() == pytest.approx(1 / (2e3 + 1e3), rel=1e-4)


def test_two_memristors_back_to_back_are_symmetric_and_both_remember():
    pair = InParallel(inner=HP, beside=Reversed(inner=HP))
    assert set(memory(pair)) == set(pair.state()) == {"inner.x", "beside.inner.x"}
    one, other = {"inner.x": 0.2, "beside.inner.x": 0.7}, {"inner.x": 0.7, "beside.inner.x": 0.2}
    assert float(pair.current(0.3, one, ENV)) == pytest.approx(-float(pair.current(-0.3, other, ENV)))
    i = [float(HP.current(0.3, {"x": x}, ENV)) for x in (0.2, 0.7)]
    assert float(pair.current(0.3, one, ENV)) == pytest.approx(sum(i))
    rates = pair.rates(0.3, {"inner.x": 0.5, "beside.inner.x": 0.5}, ENV)
    assert float(rates["inner.x"]) == pytest.approx(-float(rates["beside.inner.x"]))


def test_jumps_of_both_come_through():
    noisy = device("hfo2-jart-v1b-variable-2020")
    pair = InParallel(inner=ReadNoise(inner=Ohmic(g=1e-6)), beside=noisy)
    changed = pair.jump(pair.rest(), jax.random.key(0), 1)
    assert changed
    assert all(name.startswith("beside.") for name in changed)
