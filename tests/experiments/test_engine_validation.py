"""The published sweeps of validation/sweeps.py, to 2 %."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "validation" / "sweeps.py"


@pytest.mark.slow
def test_simulated_sweeps_give_the_published_figures():
    spec = importlib.util.spec_from_file_location("sweeps", SCRIPT)
    sweeps = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sweeps)
    rows = list(sweeps.rows())
    assert len(rows) == 10
    for name, figure, got, published in rows:
        assert got == pytest.approx(published, rel=0.02), (name, figure)
