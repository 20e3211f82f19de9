import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinched.core import double
from pinched.core.elementary import log, power

X = np.concatenate([10.0 ** np.linspace(-300, 300, 4001), 1 + np.linspace(-1e-3, 1e-3, 1001)])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_log_and_power_agree_with_numpy(dtype):
    x = X[(np.finfo(dtype).tiny < X) & (np.finfo(dtype).max > X)].astype(dtype)
    with double():
        got, squared = jax.jit(log)(x), power(np.clip(x, 1e-10, 1e10).astype(dtype), dtype(1.7))
    assert got.dtype == dtype
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(got, np.log(x), rtol=4 * eps, atol=4 * eps)
    np.testing.assert_allclose(squared, np.clip(x, 1e-10, 1e10).astype(dtype) ** dtype(1.7), rtol=200 * eps)


def test_derivatives_of_any_order_and_mode():
    with double():
        assert power(0.0, 1.5) == 0
        assert jax.grad(power)(0.0, 1.5) == 0
        x = jnp.array([0.3, 1.0, 7.0])
        np.testing.assert_allclose(jax.vmap(jax.grad(jax.grad(log)))(x), -1 / x**2, rtol=1e-14)
        np.testing.assert_allclose(
            jax.vmap(jax.grad(power, argnums=1))(x, 2.5 + 0 * x), np.log(x) * x**2.5, rtol=1e-13, atol=1e-15
        )
