"""The Simmons tunnel barrier of HP's TiO2 device (Pickett et al., J. Appl. Phys. 106, 074508, 2009)."""

import math

import jax
import jax.numpy as jnp
import numpy as np

from pinched.core.constants import E_CHARGE, EPSILON_0
from pinched.core.errors import PinchedError
from pinched.core.params import param
from pinched.core.solve import root
from pinched.devices.base import Device, State, polarity, traced
from pinched.devices.conduction import simmons
from pinched.devices.laws import exp_sinh_below

EDGE = 0.98  # of phi0: as far as the image formula rises with voltage at every gap of 1.1 nm and more


class PickettSimmons(Device):
    """A tunnel gap w that current opens and closes, in series with a channel R_s.

    The current is Simmons's with image lowering (J. Appl. Phys. 34, 1793, 1963) at the voltage u = v − R_s i of the
    gap; from u = 0.98 phi0 on, where that formula ends, it goes on as Fowler–Nordheim, i ∝ u² e^(−const/u), with the
    same value and slope. Positive current turns it OFF:

        dw/dt =  f_off sinh(i/i_off)  exp{−exp[(w − a_off)/w_c − |i|/b] − w/w_c}    for i > 0
        dw/dt =  f_on  sinh(i/i_on)   exp{−exp[(a_on − w)/w_c − |i|/b] − w/w_c}     for i < 0

    The state is x = (w − w_min)/(w_max − w_min). Below w = 1.1 nm the formula turns non-monotone, so w_min may not go
    there. The rate saturates at v_max, an addition that stands for the speed of sound. Valid for |u| < 0.9 V and
    |i| < 1 mA: beyond, the end state of a sweep hangs on that continuation.
    """

    f_off: np.ndarray = param(3.5e-6, "m/s", "velocity of RESET", gt=0)
    i_off: np.ndarray = param(115e-6, "A", "current scale of RESET", gt=0)
    a_off: np.ndarray = param(1.2e-9, "m", "gap above which RESET slows down", gt=0)
    f_on: np.ndarray = param(40e-6, "m/s", "velocity of SET", gt=0)
    i_on: np.ndarray = param(8.9e-6, "A", "current scale of SET", gt=0)
    a_on: np.ndarray = param(1.8e-9, "m", "gap below which SET slows down", gt=0)
    b: np.ndarray = param(500e-6, "A", "current that moves those gaps by w_c", gt=0)
    w_c: np.ndarray = param(107e-12, "m", "width of the windows", gt=0)
    phi0: np.ndarray = param(0.95, "eV", "barrier", gt=0)
    kappa: np.ndarray = param(5.0, "1", "relative permittivity of the gap", gt=0)
    area: np.ndarray = param(1e-14, "m**2", "area of the gap", gt=0)
    R_s: np.ndarray = param(215.0, "ohm", "resistance of the channel", ge=0)
    w_min: np.ndarray = param(1.1e-9, "m", "smallest gap", ge=1.1e-9)
    w_max: np.ndarray = param(1.95e-9, "m", "largest gap", gt=1.1e-9)
    v_max: np.ndarray = param(1e4, "m/s", "largest velocity of the gap's edge", gt=0)
    x0: np.ndarray = param(2 / 17, "1", "state of a new device", ge=0, le=1)
    eta: np.ndarray = polarity("positive voltage turns it OFF")

    def __check_init__(self):
        ends = (self.w_min, self.w_max)
        if all(isinstance(end, np.ndarray) for end in ends) and np.any(ends[0] >= ends[1]):
            raise PinchedError("PickettSimmons.w_max must be above w_min, in metres.")

    def state(self):
        """One state `x`, 1 = OFF."""
        return {"x": State(self.x0, 0.0, 1.0)}

    def gap(self, x):
        """Tunnel gap in m at state `x`."""
        return self.w_min + (self.w_max - self.w_min) * x["x"]

    def _image(self, u, w):
        """Simmons's current in A at 0 <= u < phi0."""
        lam = E_CHARGE * math.log(2) / (8 * math.pi * EPSILON_0) / (self.kappa * w)
        w1 = 1.2 * lam * w / self.phi0
        w2 = w1 + w * (1 - 9.2 * lam / (3 * self.phi0 + 4 * lam - 2 * u))
        image = 1.15 * lam * w / (w2 - w1) * jnp.log(w2 * (w - w1) / (w1 * (w - w2)))
        return self.area * simmons(u, w2 - w1, self.phi0 - u * (w1 + w2) / (2 * w) - image)

    def _end(self, w):
        """Voltage, current and exponent of the Fowler–Nordheim branch where it takes over at a gap of `w` m."""
        edge = jnp.broadcast_to(EDGE * self.phi0, jnp.shape(self.kappa * self.area * w))
        i, slope = jax.jvp(lambda u: self._image(u, w), (edge,), (jnp.ones_like(edge),))
        return edge, i, slope * edge / i - 2

    def _tunnel(self, u, w, end):
        edge, i, steepness = end
        past = jnp.maximum(u, edge) / edge
        beyond = i * past**2 * jnp.exp(steepness * (1 - 1 / past))
        return jnp.where(u < edge, self._image(jnp.minimum(u, edge), w), beyond)

    def tunnel(self, u, w):
        """Current in A at `u` volts >= 0 over a gap of `w` m."""
        return self._tunnel(u, w, self._end(w))

    def current(self, v, x, env):
        """Current of gap and channel in series, A."""
        self, w = traced(self), self.gap(x)
        end = self._end(w)
        sign = jnp.where(v < 0, -1.0, 1.0)
        size = sign * v + jnp.zeros_like(self.R_s * end[1])
        u = root(lambda u: u + self.R_s * self._tunnel(u, w, end) - size, jnp.zeros_like(size), size)
        return sign * self._tunnel(u, w, end)

    def rates(self, v, x, env):
        """dx/dt in 1/s."""
        i, w = self.eta * self.current(v, x, env), self.gap(x)
        off = i > 0
        beyond = jnp.where(off, w - self.a_off, self.a_on - w) / self.w_c - jnp.abs(i) / self.b
        exponent = jnp.log(jnp.where(off, self.f_off, self.f_on)) - jnp.exp(beyond) - w / self.w_c
        velocity = exp_sinh_below(exponent, i / jnp.where(off, self.i_off, self.i_on), self.v_max)
        return {"x": velocity / (self.w_max - self.w_min)}
