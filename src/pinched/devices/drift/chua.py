"""The ideal memristor (Chua, IEEE Trans. Circuit Theory 18, 507, 1971): a curve between charge and flux."""

import numpy as np

from pinched.core.params import param
from pinched.devices.base import Device, State


class ChargeMemristor(Device):
    """Charge-controlled: flux is a function of charge, the cubic φ(q) = a0 q + a2 q³/3.

        v = M(q) i,   M = dφ/dq = a0 + a2 q²,   dq/dt = i

    Passive by a0 > 0 and a2 >= 0. Defaults are phenomenological. Valid within |q| <= q_max, where charging stops.
    """

    a0: np.ndarray = param(1e3, "ohm", "memristance without charge", gt=0)
    a2: np.ndarray = param(1e13, "ohm/C**2", "its growth with the square of the charge", ge=0)
    q_max: np.ndarray = param(1e-4, "C", "largest charge, the unit of the state", gt=0)
    q0: np.ndarray = param(0.0, "1", "state of a new device", ge=-1, le=1)

    def state(self):
        """One state `q`, the charge over q_max."""
        return {"q": State(self.q0, -1.0, 1.0)}

    def memristance(self, x):
        """M in ohm at state `x`."""
        return self.a0 + self.a2 * (self.q_max * x["q"]) ** 2

    def current(self, v, x, env):
        """v/M(q), A."""
        return v / self.memristance(x)

    def rates(self, v, x, env):
        """i/q_max, 1/s."""
        return {"q": self.current(v, x, env) / self.q_max}


class FluxMemristor(Device):
    """Flux-controlled: charge is a function of flux, the cubic q(φ) = b0 φ + b2 φ³/3.

        i = W(φ) v,   W = dq/dφ = b0 + b2 φ²,   dφ/dt = v

    Passive by b0 > 0 and b2 >= 0. Defaults are phenomenological. Valid within |φ| <= phi_max, where the flux stops.
    """

    b0: np.ndarray = param(1e-4, "S", "memductance without flux", gt=0)
    b2: np.ndarray = param(1.0, "S/(V*s)**2", "its growth with the square of the flux", ge=0)
    phi_max: np.ndarray = param(0.1, "V*s", "largest flux, the unit of the state", gt=0)
    phi0: np.ndarray = param(0.0, "1", "state of a new device", ge=-1, le=1)

    def state(self):
        """One state `phi`, the flux over phi_max."""
        return {"phi": State(self.phi0, -1.0, 1.0)}

    def current(self, v, x, env):
        """W(φ) v, A."""
        return (self.b0 + self.b2 * (self.phi_max * x["phi"]) ** 2) * v

    def rates(self, v, x, env):
        """v/phi_max, 1/s."""
        return {"phi": v / self.phi_max}
