import numpy as np
import pytest


def _crossings(ds, level, state="state_x"):
    x, v = ds[state].values, ds.voltage.values
    k = np.flatnonzero((x[:-1] - level) * (x[1:] - level) < 0)
    return v[k] + (v[k + 1] - v[k]) * (level - x[k]) / (x[k + 1] - x[k])


@pytest.fixture
def crossings():
    """(dataset, level, state) -> the terminal voltages at which the state crosses the level, in order of time."""
    return _crossings
