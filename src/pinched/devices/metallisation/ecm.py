"""Electrochemical metallisation: a metal filament that an electrode reaction grows, first across the gap, then wide."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pinched.core.constants import E_CHARGE, K_B_EV
from pinched.core.errors import PinchedError
from pinched.core.params import param
from pinched.core.solve import root
from pinched.devices.base import Device, State, polarity, traced
from pinched.devices.laws import exp_sinh

VIBRATION = 1e-13  # s: no nucleus forms faster than atoms vibrate
LAST = 0.01  # of the nucleation, over which growth sets in (assumed: smooth, and far below its spread)


class ECM(Device):
    """Butler–Volmer growth of a filament across a tunnel gap, then of its radius (reduced form of Menzel et al.).

    One coordinate y = x d follows the metal surface: below 0 it is minus the gap, above 0 the growth of the radius
    beyond r_c, at which the bridge conducts G_c. With eta_et the overpotential of the electrode reaction:

        dy/dt = Ω J/(ze)
        J = j0 e^(−dG_et/kT) [e^(α z eta_et/kT) − e^(−(1 − α) z eta_et/kT)]
        I = V {G_off + G_c e^(−2κ gap) (r/r_c)²},   r = r_c + max(y, 0)

    The whole voltage drives the reaction, except with hopping = "mott-gurney": then ions hop through the gap in series,
    J = 2 j_hop e^(−dG_hop/kT) sinh[a_hop z (V − eta_et)/(2 kT gap)]. With nucleation = "atomistic" growth waits for a
    nucleus, t_nuc = t0 exp{[dG_nuc − (N_c + α) z V]/kT}.

    Under compliance the filament widens until I_c/G(r) no longer drives growth, so R_on I_c changes with the logarithm
    of time alone and r ∝ √I_c. Default r_c: the Sharvin contact of one quantum in silver, 2/k_F. Source of the physics:
    Menzel et al., Phys. Chem. Chem. Phys. 15, 6945 (2013), whose own kinetics could not be confirmed; the default
    values are phenomenological. The emf at open circuit is left out; the ionic current (`ionic_current`) is far below
    the electronic one and is not added to it. Valid 0.05–1.5 V, 1e-8–1e4 s.
    """

    choices: ClassVar[dict[str, tuple[str, ...]]] = {
        "hopping": ("none", "mott-gurney"),
        "nucleation": ("none", "atomistic"),
    }

    z: np.ndarray = param(1.0, "1", "charge number of the ion", gt=0)
    omega: np.ndarray = param(1.03e-5 / 6.02214076e23, "m**3", "volume of a metal atom", gt=0)
    j0: np.ndarray = param(0.01, "A/m**2", "exchange current density, prefactor of exp(−dG_et/kT)", gt=0)
    dG_et: np.ndarray = param(0.0, "eV", "barrier of the electron transfer", ge=0)
    alpha: np.ndarray = param(0.5, "1", "share of the overpotential that eases deposition", gt=0, lt=1)
    d: np.ndarray = param(20e-9, "m", "electrolyte thickness, the gap of a new device", gt=0)
    two_kappa: np.ndarray = param(1e10, "1/m", "decay of the conductance with the gap", gt=0)
    G_c: np.ndarray = param(7.748e-5, "S", "conductance of the bridge at radius r_c", gt=0)
    G_off: np.ndarray = param(1e-12, "S", "leakage in parallel", ge=0)
    r_c: np.ndarray = param(2 / 1.2e10, "m", "radius of a bridge that conducts G_c", gt=0)
    r_max: np.ndarray = param(50e-9, "m", "largest radius, the end of the box", gt=0)
    j_hop: np.ndarray = param(1.1e11, "A/m**2", "hopping current density, prefactor of exp(−dG_hop/kT)", gt=0)
    dG_hop: np.ndarray = param(0.32, "eV", "barrier of hopping", ge=0)
    a_hop: np.ndarray = param(2.5e-10, "m", "hop length", gt=0)
    t0: np.ndarray = param(2e-8, "s", "nucleation time scale", gt=0)
    dG_nuc: np.ndarray = param(0.8, "eV", "barrier of nucleation", ge=0)
    N_c: np.ndarray = param(3.0, "1", "atoms of the critical nucleus", ge=0)
    x0: np.ndarray = param(-1.0, "1", "state of a new device", ge=-1)
    eta: np.ndarray = polarity("positive voltage SETs")
    hopping: str = eqx.field(default="none", static=True)
    nucleation: str = eqx.field(default="none", static=True)

    def __check_init__(self):
        for name, known in self.choices.items():
            if getattr(self, name) not in known:
                raise PinchedError(
                    f"ECM has no {name} {getattr(self, name)!r}; choose {' or '.join(map(repr, known))}."
                )
        if all(isinstance(r, np.ndarray) for r in (self.r_c, self.r_max)) and np.any(self.r_c >= self.r_max):
            raise PinchedError("ECM.r_max must be above r_c, in metres.")

    def state(self):
        """`x` = −gap/d before the filament bridges, (r − r_c)/d after; `nucleus`, its progress, where asked for."""
        nucleus = {"nucleus": State(0.0, 0.0, 1.0)} if self.nucleation == "atomistic" else {}
        return {"x": State(self.x0, -1.0, (self.r_max - self.r_c) / self.d)} | nucleus

    def gap(self, x):
        """Gap in m; 0 once the filament bridges."""
        return -self.d * jnp.minimum(x["x"], 0.0)

    def radius(self, x):
        """Radius in m of the bridge; r_c before."""
        return self.r_c + self.d * jnp.maximum(x["x"], 0.0)

    def current(self, v, x, env):
        """Electronic current, A."""
        bridge = self.G_c * jnp.exp(-self.two_kappa * self.gap(x)) * (self.radius(x) / self.r_c) ** 2
        return (self.G_off + bridge) * v

    def transfer(self, overpotential, env):
        """Current density in A/m² of the electrode reaction at `overpotential` in V."""
        kT = K_B_EV * env.temperature / self.z
        return (
            2
            * self.j0
            * exp_sinh((self.alpha - 0.5) * overpotential / kT - self.dG_et / (self.z * kT), overpotential / (2 * kT))
        )

    def ionic_density(self, v, x, env):
        """Current density in A/m² of the ions at terminal voltage `v`, polarity removed."""
        v = self.eta * v
        if self.hopping == "none":
            return self.transfer(v, env)
        self, kT = traced(self), K_B_EV * env.temperature
        scale = 2 * self.j_hop * jnp.exp(-self.dG_hop / kT)
        volts = 2 * kT * self.gap(x) / (self.a_hop * self.z)
        v = v + jnp.zeros_like(scale * volts)
        overpotential = root(
            lambda u: u + volts * jnp.arcsinh(self.transfer(u, env) / scale) - v,
            jnp.minimum(v, 0.0),
            jnp.maximum(v, 0.0),
        )
        return self.transfer(overpotential, env)

    def ionic_current(self, v, x, env):
        """Current in A of the ions that are deposited: on the tip, once bridged on the side of the filament."""
        r = self.radius(x)
        surface = jnp.where(x["x"] < 0, jnp.pi * r**2, 2 * jnp.pi * r * self.d)
        return self.eta * surface * self.ionic_density(v, x, env)

    def rates(self, v, x, env):
        """dx/dt in 1/s, the velocity of the metal surface over d; and the progress of nucleation."""
        grown = self.omega / (self.z * E_CHARGE * self.d) * self.ionic_density(v, x, env)
        if self.nucleation == "none":
            return {"x": grown}
        kT = K_B_EV * env.temperature
        exponent = (self.dG_nuc - (self.N_c + self.alpha) * self.z * self.eta * v) / kT
        cap = 600.0 if jnp.result_type(exponent) == jnp.float64 else 60.0
        t_nuc = self.t0 * jnp.exp(jnp.minimum(exponent, cap))
        ready = jax.nn.sigmoid((x["nucleus"] - 1 + LAST / 2) * (20 / LAST))
        return {"x": ready * grown, "nucleus": 1 / (VIBRATION + t_nuc)}
