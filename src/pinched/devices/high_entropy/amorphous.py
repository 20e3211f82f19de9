"""Amorphous high-entropy oxide: oxygen vacancies that drift over a distribution of barriers."""

import functools
from collections.abc import Mapping
from typing import Any, Self

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from pinched.core.constants import K_B_EV
from pinched.core.errors import PinchedError
from pinched.core.params import param
from pinched.devices.base import Device, State, polarity
from pinched.devices.laws import exp_sinh
from pinched.materials.entropy import ANIONS, composition


class AmorphousHEO(Device):
    """Vacancies of a chemically disordered film: an ensemble of barriers E_k, each with its own profile x_k.

    Disorder makes the migration barrier Gaussian; E_k are its Gauss–Hermite nodes, with weights w_k, and X = Σ w_k x_k,
    1 = LRS. Mott–Gurney drift (r), diffusion to the uniform profile (d) and thermodiffusion (s, Soret) move them:

        dx_k/dt = r_k {1 − x_k, V > 0 | −x_k, V < 0} + d_k (1/2 − x_k) + s_k {1 − x_k, Q < 0 | −x_k, Q > 0}
        r_k = 2 (a nu0/t_act) e^(−E_k/kT) sinh u,   u = gamma z a e|V|/(2 kT t_act),   D_k = a² nu0 e^(−E_k/kT)
        d_k = π² D_k/t_act²,   s_k = D_k cosh(u) |Q| (T − T_ambient)/(kT² t_act²)
        I = [G_min + (G_max − G_min)(X + x_v)] V0 sinh(V/V0),   T = T_ambient + R_th V I

    Part f_v of what drifts is metastable, dx_v/dt = f_v (dX/dt)_drift − x_v/tau_v: short trains fade, long ones stay.
    Soret drives vacancies to the hot path (Q < 0) or out of it, whatever the polarity.

    A phenomenological proposal of the project for Ta/Pd/(Zr,Hf,Nb,Ta,Mo,W)2O5−x/Pd, tied to the figures of merit of Ahn
    et al. 2021 as reviewed in Nano-Micro Lett. 18, 41: ±1 V, on/off 6–15, > 20 h at 100 °C, 8 % between devices. It is
    not a fit; E0 and gamma are tied to each other. Valid |V| <= 1.5 V, 250–450 K.

    Attributes:
        nodes: number of barriers; 1 with sigma_E = 0 is a single-barrier oxide.
    """

    G_min: np.ndarray = param(1e-5, "S", "conductance at X = 0", gt=0)
    G_max: np.ndarray = param(1e-4, "S", "conductance at X = 1", gt=0)
    V0: np.ndarray = param(0.6, "V", "voltage scale of the current", gt=0)
    E0: np.ndarray = param(1.5, "eV", "mean migration barrier", gt=0)
    sigma_E: np.ndarray = param(0.035, "eV", "standard deviation of the barriers, the entropy knob", ge=0)
    a: np.ndarray = param(0.3e-9, "m", "hop length", gt=0)
    nu0: np.ndarray = param(1e13, "Hz", "attempt frequency", gt=0)
    z: np.ndarray = param(2.0, "1", "charge number of the vacancy", gt=0)
    t_act: np.ndarray = param(5e-9, "m", "thickness of the active layer", gt=0)
    gamma: np.ndarray = param(16.0, "1", "field enhancement", gt=0)
    R_th: np.ndarray = param(2e4, "K/W", "thermal resistance; 1e6 K/W and more for a confined path", ge=0)
    Q: np.ndarray = param(0.0, "eV", "heat of transport, negative drives vacancies to the hot path")
    f_v: np.ndarray = param(0.3, "1", "metastable part of the drift", ge=0, le=1)
    tau_v: np.ndarray = param(30.0, "s", "lifetime of the metastable part", gt=0)
    x0: np.ndarray = param(0.0, "1", "state of a new device", ge=0, le=1)
    eta: np.ndarray = polarity("positive voltage SETs")
    nodes: int = eqx.field(default=9, static=True)

    def __check_init__(self):
        if not (isinstance(self.nodes, int) and 1 <= self.nodes <= 32):
            raise PinchedError(f"AmorphousHEO.nodes = {self.nodes!r}; give a number of barriers from 1 to 32.")

    @classmethod
    def of_composition(cls, formula: str, barriers: Mapping[str, float], **parameters: Any) -> Self:
        """The device of a composition: E0 = Σ x_i E_i and sigma_E² = Σ x_i (E_i − E0)² over its cations.

        Args:
            formula: as "(Zr,Hf,Nb,Ta,Mo,W)2O5".
            barriers: migration barrier in eV of a vacancy next to each cation, for example from first principles.
            parameters: further parameters of the device.

        Raises:
            PinchedError: where the formula is none, or a cation has no barrier.
        """
        cations = {element: n for element, n in composition(formula).items() if element not in ANIONS}
        if missing := sorted(set(cations) - set(barriers)):
            raise PinchedError(f"barriers lacks {', '.join(missing)} of {formula}: give each cation's in eV.")
        if not cations:
            raise PinchedError(f"{formula!r} holds no cations: give an oxide, such as (Zr,Hf,Nb,Ta,Mo,W)2O5.")
        energy, share = np.array([barriers[element] for element in cations]), np.array(list(cations.values()))
        mean = np.average(energy, weights=share)
        spread = np.sqrt(np.average((energy - mean) ** 2, weights=share))
        return cls(**{"E0": mean, "sigma_E": spread} | parameters)

    def state(self):
        """`x_0` … `x_{nodes−1}`, and the metastable part `x_v`."""
        profiles = {f"x_{k}": State(self.x0, 0.0, 1.0) for k in range(self.nodes)}
        return profiles | {"x_v": State(0.0, -1.0, 1.0)}

    def lasting(self, x):
        """X, the state without its metastable part."""
        return jnp.sum(_barriers(self.nodes)[1] * self._profiles(x), axis=-1)

    def _profiles(self, x):
        """All x_k, along a last axis."""
        alike = jnp.broadcast_arrays(*(x[f"x_{k}"] for k in range(self.nodes)))
        return jnp.concatenate([x_k[..., None] for x_k in alike], axis=-1)

    def current(self, v, x, env):
        """Current of the observed state X + x_v, A."""
        observed = jnp.clip(self.lasting(x) + x["x_v"], 0.0, 1.0)
        return (self.G_min + (self.G_max - self.G_min) * observed) * self.V0 * exp_sinh(0.0, v / self.V0)

    def rates(self, v, x, env):
        """Rates of all states, 1/s."""
        rise = self.R_th * v * self.current(v, x, env)
        kT = K_B_EV * (env.temperature + rise)
        u = self.gamma * self.z * self.a * jnp.abs(v) / (2 * kT * self.t_act)
        up = self.eta * v > 0
        activation = jnp.log(self.nu0) - self.E0 / kT
        hop = exp_sinh(activation, u)  # nu0 e^(−E0/kT) sinh u; every barrier scales all three rates alike
        drift = 2 * self.a / self.t_act * hop
        diffusion = (jnp.pi * self.a / self.t_act) ** 2 * jnp.exp(activation)
        hot = (self.a / self.t_act) ** 2 * (hop + jnp.exp(activation - u))  # cosh u = sinh u + e^(−u)
        soret = hot * jnp.abs(self.Q) * K_B_EV * rise / kT**2

        deviations, weights = _barriers(self.nodes)
        drift, diffusion, soret, kT, up = (jnp.asarray(a)[..., None] for a in (drift, diffusion, soret, kT, up))
        profiles = self._profiles(x)
        ease = jnp.exp(-deviations * jnp.asarray(self.sigma_E)[..., None] / kT)
        moved = ease * drift * jnp.where(up, 1 - profiles, -profiles)
        heated = soret * jnp.where(jnp.asarray(self.Q)[..., None] < 0, 1 - profiles, -profiles)
        rates = moved + ease * (diffusion * (0.5 - profiles) + heated)
        lost = x["x_v"] / self.tau_v
        return {f"x_{k}": rates[..., k] for k in range(self.nodes)} | {
            "x_v": self.f_v * jnp.sum(weights * moved, axis=-1) - lost
        }


@functools.cache
def _barriers(nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Deviations from the mean in standard deviations, and weights, of the barriers: Gauss–Hermite quadrature."""
    at, weight = np.polynomial.hermite_e.hermegauss(nodes)
    return at, weight / weight.sum()
