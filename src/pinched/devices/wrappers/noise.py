"""Noise of the recorded current."""

import jax.numpy as jnp
import numpy as np

from pinched.core.constants import K_B
from pinched.core.params import param
from pinched.devices.base import Noise
from pinched.devices.wrappers.wrapper import Wrapper

PROBE = 1e-4  # V, at which the conductance of a device without voltage is taken


class ReadNoise(Wrapper):
    """Thermal, 1/f and random telegraph noise of the current of `inner`, on the record only, never on its states.

        white    S_I = 4 kT G,   G = i/v
        1/f      S_I = c i²/f,   so σ_G/G = √(c ln(f_high/f_low)) over the band
        RTN      one trap, that lowers the current by ΔG/G while it is filled: mean times τ_capture e^(−|v|/v_capture)
                 until it fills, τ_emission e^(|v|/v_emission) until it empties; bias does nothing at infinite voltages

    The noise that `inner` has of its own adds to it, except that of its trap, which this one replaces. Defaults are
    generic ones, assumed.
    """

    c: np.ndarray = param(1e-4, "1", "relative 1/f noise, S_G/G^2 = c/f", ge=0)
    rtn: np.ndarray = param(0.05, "1", "telegraph amplitude over conductance", ge=0, le=1)
    tau_capture: np.ndarray = param(1e-3, "s", "mean time until the trap fills", gt=0)
    tau_emission: np.ndarray = param(1e-3, "s", "mean time until it empties", gt=0)
    v_capture: np.ndarray = param(np.inf, "V", "voltage that makes capture faster by e", gt=0)
    v_emission: np.ndarray = param(np.inf, "V", "voltage that makes emission slower by e", gt=0)
    f_low: np.ndarray = param(1e-6, "Hz", "lower end of the 1/f noise", gt=0)
    f_high: np.ndarray = param(1e6, "Hz", "upper end of the 1/f noise", gt=0)

    def noise(self, v, i, x, env):
        """The densities at the current `i`."""
        inner = self.inner_noise(v, i, x, env)
        still = v == 0
        conductance = jnp.where(still, self.conductance(PROBE, x, env), i / jnp.where(still, 1.0, v))
        bias = jnp.abs(v)
        return Noise(
            white=inner.white + 4 * K_B * env.temperature * conductance,
            flicker=inner.flicker + self.c * i**2,
            rtn=self.rtn * i,
            tau_capture=self.tau_capture * jnp.exp(-bias / self.v_capture),
            tau_emission=self.tau_emission * jnp.exp(bias / self.v_emission),
            f_low=self.f_low,
            f_high=self.f_high,
        )
