"""Crystalline high-entropy spinel: a region between the electrodes that turns into rock salt and back."""

import jax.numpy as jnp
import numpy as np

from pinched.core.constants import K_B_EV
from pinched.core.elementary import power
from pinched.core.params import param
from pinched.devices.base import Device, State, polarity
from pinched.devices.laws import exp_sinh


class SpinelHEO(Device):
    """A phase that nucleates and grows in the field, and conducts once it percolates.

    X is the part of the switching region that has turned from spinel into oxygen-deficient rock salt, 1 = LRS:

        dX/dt = A (1 − X)(s0 + X)  for V > 0,   −A X (s0 + 1 − X)  for V < 0
        1/A = 1/A_max + 1/[2 nu0 e^(−E_a/kT) sinh(q_alpha |V|/kT)]
        G = G_min + (G_max − G_min) [(X − X_c)/(1 − X_c)]^t  above X_c, else G_min;   I = G V

    The seed s0 starts what then feeds itself: X is reached when ∫A dt = ln{[(s0 + X)/(1 − X)]/s0}/(1 + s0).

    A phenomenological proposal of the project for Pt/(Cr,Mn,Fe,Co,Ni)3O4/Nb:SrTiO3, tied to the figures of merit of
    Tsai et al. (Adv. Mater. 2023, 10.1002/adma.202302979: ±3 V, on/off 1e5, > 1e4 s). It is not a fit, and its RESET is
    the mirror image of its SET, though the paper sees the spinel come back in part only.
    The conductance of the two phases does not depend on temperature here, so the measured on/off of 1e3 at 175 °C does
    not follow; nor is the junction with the substrate in it. Valid |V| < 3.1 V (the barrier is gone at E_a/q_alpha),
    250–450 K.
    """

    G_min: np.ndarray = param(1e-8, "S", "conductance below percolation, HRS", gt=0)
    G_max: np.ndarray = param(1e-3, "S", "conductance of the transformed region, LRS", gt=0)
    X_c: np.ndarray = param(0.16, "1", "percolation threshold", ge=0, lt=1)
    t: np.ndarray = param(2.0, "1", "percolation exponent", gt=1)
    nu0: np.ndarray = param(1e13, "Hz", "attempt frequency", gt=0)
    E_a: np.ndarray = param(2.5, "eV", "barrier of the transformation", gt=0)
    q_alpha: np.ndarray = param(0.8044, "eV/V", "lowering of the barrier per volt", gt=0)
    A_max: np.ndarray = param(1e9, "1/s", "fastest growth", gt=0)
    s0: np.ndarray = param(0.02, "1", "nucleation seed", gt=0)
    x0: np.ndarray = param(0.0, "1", "transformed part of a new device", ge=0, le=1)
    eta: np.ndarray = polarity("positive voltage SETs")

    def state(self):
        """One state `X`, the transformed part."""
        return {"X": State(self.x0, 0.0, 1.0)}

    def valence(self, x):
        """Mean charge of a cation in the switching region: 8/3 in M3O4, 2 in MO, in between by electroneutrality.

        It follows from the stoichiometry M3O4 → 3 MO + ½ O2 alone, and so does the part of the cations that are +3,
        2(1 − X)/3. Which elements take the electrons is measured (Mn, Fe, Co: +3 to +2) and not predicted.
        """
        return (8 - 2 * x["X"]) / 3

    def current(self, v, x, env):
        """Ohmic current through the percolating phase, A."""
        path = power(jnp.maximum(x["X"] - self.X_c, 0.0) / (1 - self.X_c), self.t)
        return (self.G_min + (self.G_max - self.G_min) * path) * v

    def rates(self, v, x, env):
        """dX/dt in 1/s."""
        kT = K_B_EV * env.temperature
        forward = self.eta * v > 0
        speed = exp_sinh(jnp.log(2 * self.nu0 / self.A_max) - self.E_a / kT, self.q_alpha * jnp.abs(v) / kT)
        growth = jnp.where(forward, (1 - x["X"]) * (self.s0 + x["X"]), -x["X"] * (self.s0 + 1 - x["X"]))
        return {"X": self.A_max * speed / (1 + speed) * growth}
