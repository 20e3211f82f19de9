"""The access transistor: an n-channel MOSFET from weak to strong inversion (Enz, Krummenacher and Vittoz)."""

import jax
import jax.numpy as jnp
import numpy as np

from pinched.core.constants import K_B_EV
from pinched.core.params import Parametrised, param


class Transistor(Parametrised):
    """A MOSFET, in which the bulk is the reference and drain and source are alike.

        v_p = (v_gate − v_t)/n,   q(v) = ln(1 + e^((v_p − v)/2U)),   U = kT/e
        I = I_spec (W/L) [q(v_source)² − q(v_drain)²]/{1 + (l_sat/2L) [q(v_source) + q(v_drain)]}

    In weak inversion the current follows e^(v_gate/nU), in saturation and strong inversion (v_gate − v_t)². The
    denominator, a symmetric form of ours, is there the velocity saturation of the simplified EKV model, which tends to
    I = 2 q I_spec W/l_sat; it keeps the current monotone in every voltage. With temperature v_t falls by `tcv` and the
    mobility as T^`bex`: I_spec = 2 n µ C_ox U².

    Enz, Krummenacher and Vittoz, Analog Integr. Circuits Signal Process. 8, 83 (1995); the defaults are those of the
    simplified EKV model extracted for the open 130 nm process IHP SG13G2 (chrisenz/sEKV-Design-in-IHP-SG13G2), a
    transistor for 1.2 V. Not in it: channel-length modulation, gate and junction leakage, breakdown, charge.
    """

    W: np.ndarray = param(0.13e-6, "m", "effective channel width", gt=0)
    L: np.ndarray = param(188.846e-9, "m", "effective channel length", gt=0)
    n: np.ndarray = param(1.22, "1", "slope factor", ge=1)
    i_spec: np.ndarray = param(708.3e-9, "A", "specific current of a square channel at T_ref", gt=0)
    v_t: np.ndarray = param(0.246, "V", "threshold voltage at T_ref")
    l_sat: np.ndarray = param(7.1e-9, "m", "length at which the velocity saturates everywhere", ge=0)
    tcv: np.ndarray = param(1.5e-3, "V/K", "fall of the threshold voltage with temperature")
    bex: np.ndarray = param(-1.5, "1", "exponent of the mobility over temperature")
    T_ref: np.ndarray = param(300.15, "K", "temperature of i_spec and v_t", gt=0)

    def current(self, v_drain, v_gate, v_bulk, env):
        """Current from drain to source, A; volts over the source."""
        U2 = 2 * K_B_EV * jnp.asarray(env.temperature)
        source = ((v_gate - v_bulk - self._threshold(env)) / self.n + v_bulk) / U2
        across = v_drain / U2
        drain = source - across
        low, near = jnp.minimum(source, drain), jnp.minimum(jnp.abs(across), 1.0)
        # ln(1 + e^source) − ln(1 + e^drain), where they are close without the difference
        close = jnp.where(across < 0, -1.0, 1.0) * jnp.log1p(jax.nn.sigmoid(low) * jnp.expm1(near))
        forward, backward = jax.nn.softplus(source), jax.nn.softplus(drain)
        net = jnp.where(jnp.abs(across) < 1, close, forward - backward)
        total = forward + backward
        return self._scale(env) * net * total / (1 + self.l_sat / (2 * self.L) * total)

    def saturation(self, v_gate, env):
        """Current in A that it passes at any large drain voltage, source and bulk at 0 V: the compliance it sets."""
        q = jax.nn.softplus((v_gate - self._threshold(env)) / self.n / (2 * K_B_EV * jnp.asarray(env.temperature)))
        return self._scale(env) * q**2 / (1 + self.l_sat / (2 * self.L) * q)

    def _threshold(self, env):
        return self.v_t - self.tcv * (env.temperature - self.T_ref)

    def _scale(self, env):
        return self.i_spec * self.W / self.L * (env.temperature / self.T_ref) ** (2 + self.bex)
