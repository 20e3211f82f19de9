"""Stand-ins: a lab-like Dataset drawn from a threshold switch with spread."""

import numpy as np
import pytest

from pinched.core import Flag, make_dataset


@pytest.fixture
def lab_loops():
    """30 bipolar loops of 160 samples; SET near +0.9 V under 100 µA compliance, RESET near -1.1 V."""
    rng = np.random.default_rng(7)
    volts = np.concatenate(
        [np.linspace(0, 1.5, 40), np.linspace(1.5, 0, 40), np.linspace(0, -1.5, 40), np.linspace(-1.5, 0, 40)]
    )
    rows = []
    for cycle in range(30):
        v_set, v_reset = rng.normal(0.9, 0.05), rng.normal(-1.1, 0.06)
        g_on, g_off = rng.lognormal(np.log(2e-4), 0.1), rng.lognormal(np.log(3e-6), 0.2)
        on = False
        for v in volts:
            on = (on or v > v_set) and not v < v_reset
            rows.append((cycle, v, v * (g_on if on else g_off)))
    cycle, voltage, current = map(np.array, zip(*rows, strict=True))
    limited = current > 1e-4
    return make_dataset(
        {"voltage": voltage, "current": np.minimum(current, 1e-4), "flag": np.where(limited, Flag.COMPLIANCE, 0)},
        origin="measured", cycle=cycle, time=np.arange(voltage.size) * 0.02,
        attrs={"source_files": "sweep.csv", "assumptions": "sweep rate 1 V/s assumed", "compliance": 1e-4},
    )  # fmt: skip
