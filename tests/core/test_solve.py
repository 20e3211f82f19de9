"""The bracketed solver: hard exponentials, flat starts, both precisions, implicit derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq

from pinched.core import double
from pinched.core.solve import root


def diode(v, i_s, r, v_t=0.0259):
    return lambda x: x + r * i_s * jnp.expm1(x / v_t) - v


@pytest.mark.parametrize("r", [1.0, 1e3, 1e9])
def test_series_resistance_of_a_diode_agrees_with_brent(r):
    v, i_s = np.array([-2.0, -0.1, 0.05, 0.4, 3.0]), 1e-14
    with double():
        got = root(diode(v, i_s, r), np.minimum(v, 0), np.maximum(v, 0))
    want = [
        brentq(lambda x, v=v: x + r * i_s * np.expm1(min(x / 0.0259, 700)) - v, min(v, 0), max(v, 0), xtol=1e-15)
        for v in v
    ]
    np.testing.assert_allclose(got, want, atol=4e-15)


def test_a_kinked_and_a_saturating_function_still_converge():
    with double():
        kinked = root(lambda x: jnp.where(x < 0.3, -1.0, 1e6 * (x - 0.3) + 1e-3), np.zeros(3), np.ones(3))
        flat = root(lambda x: jnp.arctan(1e4 * (x - 0.123)), np.zeros(3), np.array([1.0, 10.0, 1e3]))
    np.testing.assert_allclose(kinked, 0.3, atol=1e-14)
    np.testing.assert_allclose(flat, 0.123, atol=1e-12)


def test_no_change_of_sign_ends_at_the_nearer_end():
    with double():
        np.testing.assert_allclose(root(lambda x: x + 1.0, np.zeros(2), np.ones(2)), 0.0, atol=1e-15)
        np.testing.assert_allclose(root(lambda x: x - 2.0, np.zeros(2), np.ones(2)), 1.0, atol=1e-15)


def test_elements_outside_the_mask_are_not_waited_for():
    with double():
        x = root(
            lambda x: jnp.where(x > 5, jnp.nan, x**3 - 0.5), np.zeros(2), np.array([1.0, 20.0]), np.array([True, False])
        )
    np.testing.assert_allclose(x[0], 0.5 ** (1 / 3), rtol=1e-14)


def test_float32_stays_float32_and_is_accurate_to_its_precision():
    x = root(lambda x: x + 10.0 * jnp.sinh(4 * x) - 1.0, np.zeros(4, np.float32), np.ones(4, np.float32))
    assert x.dtype == np.float32
    np.testing.assert_allclose(x, brentq(lambda x: x + 10 * np.sinh(4 * x) - 1, 0, 1), rtol=1e-6)


def test_derivatives_follow_the_implicit_function_theorem_in_every_mode():
    def solved(r, v):
        return root(lambda x: x + r * jnp.sinh(3 * x) - v, jnp.zeros_like(v), v)

    with double():
        r, v = jnp.array([0.1, 1.0, 7.0]), jnp.array([0.5, 1.0, 2.0])
        x = solved(r, v)
        want = -jnp.sinh(3 * x) / (1 + 3 * r * jnp.cosh(3 * x))
        reverse = jax.grad(lambda r: solved(r, v).sum())(r)
        forward = jax.jvp(jax.jit(solved), (r, v), (jnp.ones_like(r), jnp.zeros_like(v)))[1]
        mapped = jax.vmap(jax.grad(lambda r, v: solved(r, v)))(r, v)
        for derivative in (reverse, forward, mapped):
            np.testing.assert_allclose(derivative, want, rtol=1e-10)
