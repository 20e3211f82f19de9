"""Mott threshold switch: a metallic core that Joule heat melts into an insulating channel (Pickett and Williams)."""

import jax.numpy as jnp
import numpy as np

from pinched.core.errors import PinchedError
from pinched.core.params import param
from pinched.devices.base import Device, State

# Cores between which ln u stays well conditioned, over the channel radius: a cold device, and one that is all metal.
COLDEST, HOTTEST = 1e-6, 0.9999
SPAN = -np.log(COLDEST)


class Mott(Device):
    """A cylinder of radius r_ch and length L with a metallic core of radius u r_ch, held at the transition temperature.

    With ΔT = T_mit − T_ambient and ℓ = ln(1/u):

        R(u) = ρ_i L/(π r_ch²)/[1 + (ρ_i/ρ_m − 1) u²],   Γ(u) = 2π L κ/ℓ
        dH/du = π L r_ch² {c_p ΔT (1 − u² − 2u² ℓ)/(2u ℓ²) + 2 Δh u}
        du/dt = (V²/R − Γ ΔT)/(dH/du)

    The static V(u)² = 2 L² ρ_i κ ΔT/r_ch²/{[1 + b u²] ℓ}, b = ρ_i/ρ_m − 1, has its extrema V_th and V_hold at
    2 b u² ℓ = 1 + b u². Between them only a load line is stable; without one the core runs away above V_th.

    The state is the logarithm of u, in which cooling and growth are both well conditioned; where no power keeps a core
    it shrinks to 1e-6 and waits there. Pickett and Williams, Nanotechnology 23, 215202 (2012); the default values, of
    NbO2, are recalled from memory. Valid well below T_mit, in ps to µs; symmetric in V.
    """

    r_ch: np.ndarray = param(30e-9, "m", "channel radius", gt=0)
    L: np.ndarray = param(10e-9, "m", "channel length", gt=0)
    rho_i: np.ndarray = param(1e-2, "ohm*m", "resistivity of the insulator", gt=0)
    rho_m: np.ndarray = param(3e-4, "ohm*m", "resistivity of the metal", gt=0)
    kappa: np.ndarray = param(1.5, "W/m/K", "thermal conductivity of the insulator", gt=0)
    c_p: np.ndarray = param(2.6e6, "J/m**3/K", "heat capacity per volume", gt=0)
    dh: np.ndarray = param(1.6e8, "J/m**3", "latent heat per volume", ge=0)
    T_mit: np.ndarray = param(1100.0, "K", "transition temperature", gt=0)

    def __check_init__(self):
        if all(isinstance(rho, np.ndarray) for rho in (self.rho_i, self.rho_m)) and np.any(self.rho_m >= self.rho_i):
            raise PinchedError("Mott.rho_m must be below rho_i: the core is the conductor.")

    def state(self):
        """`x` = 1 − ln u/ln 1e-6: 0 a cold device, towards 1 a channel that is all metal."""
        return {"x": State(0.0, 0.0, 1 + np.log(HOTTEST) / SPAN)}

    def depth(self, x):
        """ℓ = ln(1/u)."""
        return SPAN * (1 - x["x"])

    def core(self, x):
        """u, radius of the metallic core over that of the channel."""
        return jnp.exp(-self.depth(x))

    def current(self, v, x, env):
        """v/R(u), A."""
        insulator = np.pi * self.r_ch**2 / (self.rho_i * self.L)
        return v * insulator * (1 + (self.rho_i / self.rho_m - 1) * self.core(x) ** 2)

    def rates(self, v, x, env):
        """dx/dt in 1/s."""
        ell = self.depth(x)
        u2 = jnp.exp(-2 * ell)
        below = jnp.maximum(self.T_mit - env.temperature, 1e-3 * self.T_mit)
        loss = 2 * np.pi * self.L * self.kappa * below / ell
        sensible = self.c_p * below * (-jnp.expm1(-2 * ell) - 2 * u2 * ell) / (2 * ell**2)
        enthalpy = np.pi * self.L * self.r_ch**2 * (sensible + 2 * self.dh * u2)  # u dH/du
        return {"x": (v * self.current(v, x, env) - loss) / (SPAN * enthalpy)}
