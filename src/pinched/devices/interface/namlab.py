"""NaMLab's bilayer analog memristor (Schroedter et al., MOCAST 2022)."""

import jax.numpy as jnp
import numpy as np

from pinched.core.errors import PinchedError
from pinched.core.params import param
from pinched.devices.base import Device, State, polarity

MARGIN = 10.0  # of the box beyond x_on and x_off, in 1/w_c: the walls are soft, and the state settles a little outside


class NaMLab(Device):
    """Conduction over two image-force lowered barriers; the signed current drives the state between soft walls.

        I = V x {A_r exp[B_r sgn(V) √(|V|/x)] + A_s exp[−B_s sgn(V) √|V|]}
        dx/dt = c1 {exp[c2 x I − e^(w_c (x − x_off))] − exp[−c3 x I − e^(−w_c (x − x_on))]}

    Positive voltage RESETs: x_off is the larger x. Defaults: Al2O3/Nb2O5 bilayer, SchroedterR/Memristor @2b48227,
    MEM_NAMLAB_CORE.sub. Fitted at 0.02 Hz; valid for |V| < 3 V behind the 278 Ω of the bench, quasi-static, 300 K.
    """

    A_r: np.ndarray = param(4.7447e-8, "S", "conductance scale of the forward branch", gt=0)
    A_s: np.ndarray = param(1.1253e-8, "S", "conductance scale of the reverse branch", gt=0)
    B_r: np.ndarray = param(2.6831, "V**-0.5", "barrier lowering of the forward branch", gt=0)
    B_s: np.ndarray = param(9.3348, "V**-0.5", "barrier lowering of the reverse branch", gt=0)
    c1: np.ndarray = param(2.9457e-4, "1/s", "rate scale", gt=0)
    c2: np.ndarray = param(57414.0, "1/A", "drive of the RESET by the current", gt=0)
    c3: np.ndarray = param(11103.0, "1/A", "drive of the SET by the current", gt=0)
    w_c: np.ndarray = param(1000.0, "1", "steepness of the walls", gt=0)
    x_on: np.ndarray = param(0.1, "1", "state of the LRS", gt=0)
    x_off: np.ndarray = param(0.284, "1", "state of the HRS", gt=0)
    x0: np.ndarray = param(0.1, "1", "state of a new device", gt=0)
    eta: np.ndarray = polarity("positive voltage RESETs")

    def __check_init__(self):
        ends = (MARGIN / self.w_c, self.x_on, self.x_off)
        if all(isinstance(end, np.ndarray) for end in ends) and np.any((ends[0] >= ends[1]) | (ends[1] >= ends[2])):
            raise PinchedError(f"NaMLab needs {MARGIN:g}/w_c < x_on < x_off.")

    def state(self):
        """One state `x`, from x_on (LRS) to x_off (HRS)."""
        return {"x": State(self.x0, self.x_on - MARGIN / self.w_c, self.x_off + MARGIN / self.w_c)}

    def current(self, v, x, env):
        """Current over both barriers, A."""
        v, x = self.eta * v, x["x"]
        sign = jnp.where(v < 0, -1.0, 1.0)
        root = sign * jnp.sqrt(jnp.where(v == 0, 1e-30, sign * v))  # an infinite slope at 0, times V = 0
        return (
            self.eta
            * v
            * x
            * (self.A_r * jnp.exp(self.B_r * root / jnp.sqrt(x)) + self.A_s * jnp.exp(-self.B_s * root))
        )

    def rates(self, v, x, env):
        """dx/dt in 1/s."""
        i, x = self.eta * self.current(v, x, env), x["x"]
        up = self.c2 * x * i - jnp.exp(self.w_c * (x - self.x_off))
        down = -self.c3 * x * i - jnp.exp(-self.w_c * (x - self.x_on))
        cap = 700.0 if jnp.result_type(v, x) == jnp.float64 else 80.0
        return {"x": self.c1 * (jnp.exp(jnp.minimum(up, cap)) - jnp.exp(jnp.minimum(down, cap)))}
