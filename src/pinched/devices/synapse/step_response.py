"""Pulse by pulse: steps that depend exponentially on the weight (aihwkit's exp-step device)."""

import jax
import jax.numpy as jnp
import numpy as np

from pinched.core.params import param
from pinched.devices.synapse.pulse_response import PulseResponse, choose, namespace

LEAP = 0.1  # by what part steps may change in a leap of several; the error is then of the order of its square


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
        """One step after another, the last taking what is left of the pulses; in leaps where steps hardly change."""
        xp = namespace(done, pulses)
        if xp is np and not isinstance(up, bool):
            return np.where(up, self.advance(done, pulses, True), self.advance(done, pulses, False))
        gamma, A, step = (choose(up, *both) for both in self._directions)
        # counted from where the way starts, both directions are alike: step max(1 − C e^(K done), 0)
        C, K = A * xp.exp(gamma * choose(up, self.z0, -self.z0 - self.slope)), gamma * self.slope

        def leap(done, left):
            bent = C * xp.exp(K * done)
            first, change = step * xp.maximum(1 - bent, 0), -step * K * bent  # the step, and its slope over `done`
            n = xp.maximum(xp.floor(LEAP / xp.maximum(abs(change) + abs(K) * first, 1e-9)), 1)
            n = xp.where(left < 1.5, left, xp.minimum(n, left))
            return xp.clip(done + n * first * (1 + (n - 1) / 2 * change), 0, 1), left - n

        if xp is jnp:
            shape = jnp.broadcast_shapes(jnp.shape(done), jnp.shape(pulses))
            start = jnp.broadcast_to(done, shape), jnp.broadcast_to(pulses, shape)
            return jax.lax.while_loop(lambda s: jnp.any(s[1] > 0), lambda s: leap(*s), start)[0]
        left = pulses
        while np.any(left):
            before, (done, left) = done, leap(done, left)
            left = left * (done != before)  # where nothing moves any more, nothing will
        return done

    @property
    def _directions(self):
        return (self.gamma_up, self.gamma_down), (self.A_up, self.A_down), (self.step_up, self.step_down)
