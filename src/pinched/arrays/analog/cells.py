"""What devices make of the conductances that are asked of them."""

import numpy as np

from pinched.arrays.analog.converters import namespace
from pinched.arrays.analog.mapping import Mapping


def program_sigma(g, m: Mapping):
    """Standard deviation in S of the programmed conductance at targets `g`."""
    xp = namespace(g)
    table = xp.reshape(m.sigma_program, -1)
    at = (g - m.g_min) / (m.g_max - m.g_min)
    return (m.g_max - m.g_min) * xp.interp(at, xp.linspace(0, 1, table.size), table).astype(g.dtype)


def expected_error(g, m: Mapping):
    """Expected squared deviation in S² of a cell from the conductance `g` asked of it; to first order in the spread."""
    drawn = program_sigma(g, m) ** 2 + (m.sigma_device * g) ** 2
    return drawn + m.stuck_on * (m.g_max - g) ** 2 + m.stuck_off * (m.g_min - g) ** 2


def cells(g, m: Mapping, rng: np.random.Generator):
    """Conductances that devices take when `g` is asked of them: error, spread and stuck cells drawn for each cell."""
    xp = namespace(g)
    error, spread = rng.standard_normal((2, *g.shape), np.float32)
    fate = rng.random(g.shape)
    real = xp.maximum(g + program_sigma(g, m) * error, 0) * xp.exp(m.sigma_device * spread)
    real = xp.where(fate < m.stuck_on, m.g_max, real)
    return xp.where(1 - fate <= m.stuck_off, m.g_min, real).astype(g.dtype)
