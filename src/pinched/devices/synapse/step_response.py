"""Pulse by pulse: steps that depend exponentially on the weight (aihwkit's exp-step device)."""

import jax
import jax.numpy as jnp
import numpy as np

from pinched.core.params import param
from pinched.devices.synapse.pulse_response import PulseResponse, choose, namespace


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
        """One step after another, as many as `pulses` rounded; the last takes what is left of them."""
        steps = namespace(pulses).maximum(namespace(pulses).round(pulses), 1)
        if namespace(done, pulses) is jnp:
            done = jnp.broadcast_to(done, jnp.broadcast_shapes(jnp.shape(done), jnp.shape(pulses)))
            last = jnp.max(steps).astype(int)
            return jax.lax.fori_loop(0, last, lambda k, done: self._one(done, _part(k, steps, pulses), up), done)
        done = np.asarray(self._one(done, _part(0, steps, pulses), up))
        for k in range(1, int(steps.max(initial=1))):
            left, steps, pulses, up = (np.broadcast_to(a, done.shape) for a in (steps > k, steps, pulses, up))
            done[left] = self._one(done[left], _part(k, steps[left], pulses[left]), up[left])
        return done

    def _one(self, done, part, up):
        """After a `part` of one step."""
        xp = namespace(done, part, up)
        z = self.z0 + self.slope * choose(up, done, 1 - done)
        A, gamma = choose(up, self.A_up, self.A_down), choose(up, self.gamma_up, -self.gamma_down)
        share = xp.maximum(1 - A * xp.exp(gamma * z), 0)
        return xp.clip(done + part * choose(up, self.step_up, self.step_down) * share, 0, 1)


def _part(k, steps, pulses):
    """How much of step `k` is made: all of it, what is left of the pulses in the last one, nothing afterwards."""
    return choose(steps > k + 1, 1.0, choose(steps > k, pulses - k, 0.0)).astype(pulses.dtype)
