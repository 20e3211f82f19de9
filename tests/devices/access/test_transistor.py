"""The EKV transistor against its closed forms, and the cells it gates."""

import numpy as np
import pytest

import pinched as pn
from pinched.core import PinchedError, double
from pinched.core.constants import K_B_EV
from pinched.devices import (
    Environment,
    Gated,
    Ohmic,
    OneTransistor,
    Transistor,
    check_device,
    describe,
    device,
    provenance,
    transistor,
    transistor_names,
)

ENV = Environment()
U = K_B_EV * float(ENV.temperature)
T = Transistor()


@pytest.fixture(autouse=True)
def in_float64():
    with double():
        yield


@pytest.mark.parametrize("name", transistor_names())
def test_published_transistors_state_their_sources(name):
    assert describe(name)["name"] == name
    assert all(entry["source"] for entry in provenance(name).values())


def test_class_defaults_are_the_130_nm_process():
    assert transistor("sg13g2-130nm") == T


def test_weak_inversion_slope_is_n_kt_over_e():
    v_gate = np.array([-0.3, -0.2])
    i = T.current(1.0, v_gate, 0.0, ENV)
    swing = np.diff(v_gate) / np.diff(np.log(i))
    assert swing == pytest.approx(T.n * U, rel=2e-4)
    # Source and drain raised together, gate and bulk as they are: the source counts in full, not over n.
    raised = T.current(1.0, -0.1 - np.array([0.0, 0.1]), -np.array([0.0, 0.1]), ENV)
    assert np.log(raised[0] / raised[1]) == pytest.approx(0.1 / U, rel=1e-2)


def test_strong_inversion_is_the_square_law():
    slow, v_gate = T.replace(l_sat=0.0), np.array([3.0, 5.0])
    over = v_gate - float(slow.v_t) - float(slow.tcv) * (300.15 - float(ENV.temperature))
    square = slow.i_spec * slow.W / slow.L * (over / (2 * slow.n * U)) ** 2
    scale = (float(ENV.temperature) / 300.15) ** (2 + float(slow.bex))
    saturated = slow.current(10.0, v_gate, 0.0, ENV)
    assert saturated == pytest.approx(scale * square, rel=1e-4)
    assert saturated == pytest.approx(np.asarray(slow.saturation(v_gate, ENV)), rel=1e-12)


def test_velocity_saturation_makes_it_linear_in_the_charge():
    short = T.replace(L=1e-12)
    charge = (60.0 - float(T.v_t)) / (2 * float(T.n) * U)
    limit = 2 * charge * float(T.i_spec) * float(T.W) / float(T.l_sat)
    assert short.saturation(60.0, ENV) == pytest.approx(float(limit), rel=5e-3)


def test_drain_and_source_are_alike():
    v = np.linspace(-0.5, 1.5, 9)
    there = np.asarray(T.current(v, 0.7, -0.1, ENV))
    back = np.asarray(T.current(-v, 0.7 - v, -0.1 - v, ENV))
    assert there == pytest.approx(-back, rel=1e-9, abs=0)
    assert T.current(0.0, 0.7, -0.1, ENV) == 0


def test_a_femtovolt_is_not_lost():
    small = np.array([1e-15, 1e-3])
    g = np.asarray(T.current(small, 0.8, 0.0, ENV)) / small
    assert g[0] == pytest.approx(g[1], rel=0.02)


def test_current_rises_with_the_drain_and_the_gate_everywhere():
    v = np.linspace(-1.5, 3, 91)
    i = np.asarray(T.current(v[:, None], v[None, :], 0.0, ENV))
    assert np.all(np.diff(i, axis=0) >= -1e-15 * np.abs(i[1:]))
    assert np.all(np.diff(T.current(1.0, v, 0.0, ENV)) > 0)


def test_the_cell_shares_one_current():
    cell = OneTransistor(inner=Ohmic(g=1e-4), transistor=T)
    v = (np.array([-1.0, -0.1, 1e-3, 0.5, 1.2]), 0.8, -0.1)
    i, gate, bulk = cell.current(v, {}, ENV)
    _, u, w = cell.share(v, {}, ENV)
    assert u + w == pytest.approx(v[0], rel=1e-14)
    assert i == pytest.approx(1e-4 * np.asarray(u), rel=1e-9)
    assert i == pytest.approx(np.asarray(T.current(w, 0.8, -0.1, ENV)), rel=1e-9)
    assert not np.any(gate)
    assert not np.any(bulk)


def test_a_closed_transistor_leaves_its_leakage():
    cell = OneTransistor(inner=Ohmic(g=1e-3), transistor=T)
    i = cell.current((1.0, -0.8, 0.0), {}, ENV)[0]
    assert i == pytest.approx(float(T.current(1.0, -0.8, 0.0, ENV)), rel=1e-12)


def test_a_negative_channel_is_a_source_follower():
    cell = Gated(inner=OneTransistor(inner=Ohmic(g=1e-9), transistor=T), gate=0.7)
    u = float(cell.current(-2.0, {}, ENV)) / 1e-9
    assert -0.75 < u < -0.35  # about (0.7 V − v_t)/n over the grounded bit line, and a few kT/e


def test_the_gate_is_a_compliance():
    memory = device("hfo2-memdiode")
    for gate in (0.5, 0.8):
        cell = Gated(inner=OneTransistor(inner=memory, transistor=T), gate=gate)
        ds = pn.run(cell, pn.protocols.sweep(1.4, -0.1, 0.1))
        assert float(ds["current"].max()) < float(T.saturation(gate, ENV))
        assert float(ds["current"].max()) > 0.3 * float(T.saturation(gate, ENV))


def test_a_population_of_cells_broadcasts():
    cell = OneTransistor(inner=Ohmic(g=np.array([1e-4, 2e-4])), transistor=T)
    i = cell.current((np.array([0.2, 0.2]), np.array([1.0, 0.1]), 0.0), {}, ENV)[0]
    alone = OneTransistor(inner=Ohmic(g=2e-4), transistor=T).current((0.2, 0.1, 0.0), {}, ENV)[0]
    assert i.shape == (2,)
    assert i[1] == pytest.approx(float(alone), rel=1e-12)


def test_a_cell_with_a_gate_is_a_device():
    assert check_device(OneTransistor(inner=Ohmic(g=1e-4), transistor=T)).model == "OneTransistor"


def test_only_cells_with_a_gate_are_gated():
    with pytest.raises(PinchedError, match="not a Ohmic"):
        Gated(inner=Ohmic(g=1e-4), gate=1.0)
