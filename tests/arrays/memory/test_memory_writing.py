import numpy as np
import pytest

from pinched.arrays.memory import quantised, write, write_verified
from pinched.core.constants import G_QUANTUM
from pinched.devices import VTEAM

CELL = VTEAM(R_on=1e4, R_off=1e6, k_on=-3e9, k_off=3e9, alpha_on=3.0, alpha_off=3.0, v_on=-0.5, v_off=0.5,
             iv="exponential")  # fmt: skip


def test_compliance_sets_the_level():
    """A silver filament in compliance stops where R_on I_c is about a voltage of its own, over 64 times the current."""
    limits = np.geomspace(25e-6, 1.6e-3, 6)
    done = write("ag-ecm", 1.2, 1e-3, limits)
    g = done.conductance[:, 0]
    assert np.all(np.diff(g) > 0)
    assert np.ptp(np.log(limits / g)) < np.log(1.3)
    assert done.separable().all()


def test_stop_voltage_sets_the_level():
    done = write(CELL, [0.55, 0.57, 0.59, 0.61], 1e-8, x0={"x": 0.0}, cells=3, spread={"k_off": 0.02})
    assert np.all(np.diff(np.median(done.conductance, axis=1)) < 0)
    assert done.conductance.shape == (4, 3)


def test_write_verify_holds_its_tolerance():
    targets = np.geomspace(2, 80, 6) * 1e-6
    done = write_verified(CELL, targets, 0.1 * targets, -0.56, 0.56, cells=4, spread={"k_on": 0.1}, seed=1, step=0.02,
                          width=1e-8, v_max=0.9)  # fmt: skip
    assert np.all(np.abs(done.conductance / targets[:, None] - 1) <= 0.1)
    assert np.all(done.pulses >= 1)
    assert done.separable(1.0).all()


def test_channels_are_counted():
    assert quantised(16) == pytest.approx(np.arange(1, 17) * G_QUANTUM, rel=1e-9)
