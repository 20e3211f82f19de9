"""Window functions f(x, towards) of drift models, x in [0, 1], `towards` the sign of dx/dt.

Formulas as in the papers, not as in the public codes that misplace a bracket or the direction of the step.
"""

from collections.abc import Callable

import jax.numpy as jnp

from pinched.core.elementary import power
from pinched.core.errors import PinchedError, nearest

MARGIN = 1e-6  # Joglekar's and Prodromakis's vanish at both bounds, and a state that reached one would stick there


def none(x, towards, p):
    """1 everywhere: the hard bounds alone stop the state."""
    return jnp.ones_like(x)


def joglekar(x, towards, p):
    """1 − (2x − 1)^2p (Joglekar & Wolf, Eur. J. Phys. 30, 661, 2009); never below what it is `MARGIN` from a bound."""
    x = jnp.clip(x, MARGIN, 1 - MARGIN)
    return 1 - power((2 * x - 1) ** 2, p)


def biolek(x, towards, p):
    """1 − (x − step(−towards))^2p (Biolek, Radioengineering 18, 210, 2009); vanishes only at the bound ahead."""
    return 1 - power((x - jnp.where(towards < 0, 1.0, 0.0)) ** 2, p)


def prodromakis(x, towards, p):
    """1 − [(x − ½)² + ¾]^p (Prodromakis et al., IEEE TED 58, 3099, 2011), its scale j left to the rate; `MARGIN`."""
    x = jnp.clip(x, MARGIN, 1 - MARGIN)
    return 1 - power((x - 0.5) ** 2 + 0.75, p)


WINDOWS: dict[str, Callable] = {"none": none, "joglekar": joglekar, "biolek": biolek, "prodromakis": prodromakis}


def check_window(name: str, *more: str) -> None:
    """Raise PinchedError where no window has this name; `more` are those that a model adds."""
    known = (*WINDOWS, *more)
    if name not in known:
        raise PinchedError(f"There is no window {name!r}{nearest(name, known)}; known are {', '.join(known)}.")
