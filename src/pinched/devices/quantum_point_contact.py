"""The quantum point contact: a filament so narrow that its conductance counts its channels."""

import jax
import numpy as np

from pinched.core.constants import G_QUANTUM
from pinched.core.params import param
from pinched.devices.base import Device, polarity


class QuantumPointContact(Device):
    """N channels through a parabolic constriction (Miranda & Suñé, IRPS 2001).

        I = G0 N {V + (1/alpha) ln[(1 + e^(alpha (phi − beta V)))/(1 + e^(alpha (phi + (1 − beta) V)))]},   G0 = 2e²/h

    evaluated as the difference of two softplus functions that it equals, without cancellation. A constriction has no
    memory: it is a static device. phi far below 0 gives N plateaus of G0, phi above 0 a gap through which electrons
    tunnel. At 0 V, G = G0 N/(1 + e^(alpha phi)); odd in V only for beta = ½. Valid below about 1 V.
    """

    N: np.ndarray = param(1.0, "1", "number of channels", gt=0)
    alpha: np.ndarray = param(8.0, "1/V", "width of the constriction: 1/alpha is the energy over which it opens", gt=0)
    phi: np.ndarray = param(0.5, "V", "top of the barrier above the Fermi level")
    beta: np.ndarray = param(0.5, "1", "part of the voltage that drops before the constriction", ge=0, le=1)
    eta: np.ndarray = polarity("beta is counted from the first terminal")

    def state(self):
        """No state."""
        return {}

    def current(self, v, x, env):
        """Current of N channels, A."""
        v = self.eta * v
        forward = jax.nn.softplus(self.alpha * (self.beta * v - self.phi))
        backward = jax.nn.softplus(-self.alpha * ((1 - self.beta) * v + self.phi))
        return self.eta * G_QUANTUM * self.N / self.alpha * (forward - backward)

    def rates(self, v, x, env):
        """No rates."""
        return {}
