"""Pulse by pulse: steps that depend exponentially on the weight (aihwkit's exp-step device)."""

import jax
import jax.numpy as jnp
import numpy as np

from pinched.core.params import param
from pinched.devices.synapse.pulse_response import PulseResponse


class ExpStepResponse(PulseResponse):
    """Steps that an exponential of the weight shrinks: the part of the range that one pulse covers is

        up:    step_up max(1 − A_up e^(γ_up z), 0)
        down:  step_down max(1 − A_down e^(−γ_down z), 0),    z = z0 + slope u

    with u = 0 at g_min and 1 at g_max. A is negative where the exponential lengthens steps. aihwkit's ExpStepDevice
    (update rule in rpucuda_expstep_device.cpp; Gong et al., Nat. Commun. 9, 2102, 2018; Nandakumar et al., Front.
    Neurosci. 14, 406, 2020): z0 = b + 2 a w_min/(w_max − w_min), slope = 2 a.
    """

    step_up: np.ndarray = param(1e-3, "1", "step scale of potentiation over the range", gt=0)
    step_down: np.ndarray = param(1e-3, "1", "step scale of depression over the range", gt=0)
    A_up: np.ndarray = param(0.0, "1", "share that the exponential takes off a step up")
    A_down: np.ndarray = param(0.0, "1", "share that the exponential takes off a step down")
    gamma_up: np.ndarray = param(1.0, "1", "exponent up")
    gamma_down: np.ndarray = param(1.0, "1", "exponent down")
    z0: np.ndarray = param(0.0, "1", "weight coordinate at g_min")
    slope: np.ndarray = param(1.0, "1", "weight coordinate gained from g_min to g_max")

    def advance(self, done, pulses, up):
        """One step after another; the last one in part where the number of pulses is no integer."""

        def one(k, done):
            z = self.z0 + self.slope * jnp.where(up, done, 1 - done)
            share = 1 - jnp.where(
                up, self.A_up * jnp.exp(self.gamma_up * z), self.A_down * jnp.exp(-self.gamma_down * z)
            )
            step = jnp.where(up, self.step_up, self.step_down) * jnp.maximum(share, 0.0)
            return jnp.clip(done + step * jnp.clip(pulses - k, 0.0, 1.0), 0.0, 1.0)

        done = jnp.broadcast_to(done, jnp.broadcast_shapes(jnp.shape(done), jnp.shape(pulses)))
        return jax.lax.fori_loop(0, jnp.ceil(jnp.max(pulses)).astype(int), one, done)
