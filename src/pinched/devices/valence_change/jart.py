"""The JART VCM model of bipolar valence-change cells: v1b (Cüppers 2019, Bengel 2020) and v1a (Hardtdegen 2018)."""

from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from pinched.core.constants import E_CHARGE, EPSILON_0, K_B_EV, PLANCK
from pinched.core.errors import PinchedError
from pinched.core.params import param
from pinched.core.solve import root
from pinched.devices.base import Device, State, polarity, traced
from pinched.devices.laws import exp_sinh


class Cell(NamedTuple):
    """What the states fix: vacancy density N (1/m³), ln(N_min/N), ln(N/N_max), filament radius and disc length (m)."""

    N: Any
    to_min: Any
    to_max: Any
    r: Any
    l: Any


class Operation(NamedTuple):
    """The branch at a terminal voltage: current magnitude (A), temperature (K), magnitude of the ion field (V/m)."""

    i: Any
    T: Any
    field: Any


def _root4(x):
    return jnp.sqrt(jnp.sqrt(x))


class JART(Device):
    """Oxygen vacancies drift between a plug and a thin disc at a Schottky contact, heated by the current.

    The state is x = ln(N/N_min)/ln(N_max/N_min) of the vacancy density N in the disc; SET at V < 0. In series stand the
    contact, the disc, the plug and R_series(I) = R_TiOx + R_line0 (1 + R_line0 alpha_line R_th_line I²):

        R_disc = l/(N z e mu_n A),  R_plug = (l_cell − l)/(N_plug z e mu_n A),  A = π r²
        V_s > 0:  I = A A* T² exp(−φ/kT) [exp(V_s/kT) − 1]
        V_s < 0: |I| = (A A* T/k) √(π W00 [|V_s| + φ/cosh²(W00/kT)]) exp(−φ/W0) [exp(|V_s|/ξ) − 1]
        φ = phi_Bn0 − [e³ z N (phi_Bn0 − phi_n − V_s)/(8π² ε_φB³)]^¼,  never below 0
        T = T_ambient + R_th |I (V − I R_series)|,  R_th = R_th0 (r_ref/r)², times R_th_scaling in RESET
        dN/dt = −(a nu0/l) (N_plug + N)/2 F [exp(−ΔW_f/kT) − exp(−ΔW_r/kT)],

    where W00, W0, ξ are those of thermionic field emission. In "v1b" the field is V_disc/l (SET) or that over the whole
    cell (RESET), ΔW bends with the field, and F = 1 − (N/N_max)^10 or 1 − (N_min/N)^10; in "v1a" ΔW is lowered linearly
    and F = 1 up to hard bounds. Beyond the forward V_s at which the barrier would recover faster than the bias rises,
    φ is held: there the published current falls again and the branch would have three solutions; the one of smallest
    V_s, which a sweep from 0 follows, is this one. Valid for |V| < 2 V, |I| below about 1 mA.

    Attributes:
        ions: "v1b" or "v1a", the law of ion motion.
    """

    choices: ClassVar[dict[str, tuple[str, ...]]] = {"ions": ("v1b", "v1a")}

    A_rich: np.ndarray = param(6.01e5, "A/(m**2*K**2)", "effective Richardson constant A*", gt=0)
    m_eff: np.ndarray = param(9.10938e-31, "kg", "effective electron mass", gt=0)
    z: np.ndarray = param(2.0, "1", "charge number of a vacancy", gt=0)
    eps_r: np.ndarray = param(17.0, "1", "static permittivity of the oxide", gt=0)
    eps_phiB: np.ndarray = param(5.5, "1", "permittivity of the image-force lowering", gt=0)
    phi_Bn0: np.ndarray = param(0.18, "V", "nominal Schottky barrier", gt=0)
    phi_n: np.ndarray = param(0.1, "V", "Fermi level below the conduction band", ge=0)
    mu_n: np.ndarray = param(4e-6, "m**2/(V*s)", "electron mobility", gt=0)
    N_disc_max: np.ndarray = param(2e27, "1/m**3", "largest vacancy density in the disc", gt=0)
    N_disc_min: np.ndarray = param(8e23, "1/m**3", "smallest vacancy density in the disc", gt=0)
    N_plug: np.ndarray = param(2e27, "1/m**3", "vacancy density in the plug", gt=0)
    a: np.ndarray = param(0.25e-9, "m", "hop distance", gt=0)
    nu0: np.ndarray = param(2e13, "Hz", "attempt frequency", gt=0)
    dW_A: np.ndarray = param(1.35, "eV", "hop barrier", gt=0)
    r_fil: np.ndarray = param(45e-9, "m", "radius of the filament", gt=0)
    l_cell: np.ndarray = param(3e-9, "m", "length of disc and plug", gt=0)
    l_disc: np.ndarray = param(0.4e-9, "m", "length of the disc", gt=0)
    R_th0: np.ndarray = param(15.72e6, "K/W", "thermal resistance at radius r_ref", ge=0)
    r_ref: np.ndarray = param(45e-9, "m", "radius at which R_th0 holds, R_th ~ 1/r²", gt=0)
    R_th_scaling: np.ndarray = param(0.27, "1", "that in RESET over that in SET", ge=0)
    R_TiOx: np.ndarray = param(650.0, "ohm", "series resistance", ge=0)
    R_line0: np.ndarray = param(719.2437, "ohm", "resistance of the lines when cold", ge=0)
    R_th_line: np.ndarray = param(90471.47, "K/W", "thermal resistance of the lines", ge=0)
    alpha_line: np.ndarray = param(3.92e-3, "1/K", "temperature coefficient of the lines", ge=0)
    x0: np.ndarray = param(0.0, "1", "state of a new device, 0 = HRS", ge=0, le=1)
    eta: np.ndarray = polarity("negative voltage SETs")
    ions: str = eqx.field(default="v1b", static=True)

    def __check_init__(self):
        if self.ions not in self.choices["ions"]:
            raise PinchedError(f"JART has no ion law {self.ions!r}; choose 'v1b' or 'v1a'.")
        ends = (self.N_disc_min, self.N_disc_max)
        if all(isinstance(end, np.ndarray) for end in ends) and np.any(ends[0] >= ends[1]):
            raise PinchedError("JART.N_disc_max must be above N_disc_min, in 1/m**3.")

    def state(self):
        """One state `x`, 0 = HRS, 1 = LRS, logarithmic in the vacancy density."""
        return {"x": State(self.x0, 0.0, 1.0)}

    @property
    def span(self):
        """ln(N_max/N_min), over which the state runs."""
        return jnp.log(self.N_disc_max / self.N_disc_min)

    def cell(self, x):
        """The Cell at the states `x`."""
        up = x["x"] * self.span
        return Cell(self.N_disc_min * jnp.exp(up), -up, up - self.span, self.r_fil, self.l_disc)

    def current(self, v, x, env):
        """Current of the branch, A."""
        u = self.eta * v
        return self.eta * jnp.where(u < 0, -1.0, 1.0) * self.operation(u, self.cell(x), env).i

    def rates(self, v, x, env):
        """dx/dt in 1/s."""
        cell = self.cell(x)
        return {"x": self.growth(self.eta * v, cell, env) / (cell.N * self.span)}

    def operation(self, u, cell, env):
        """The Operation at voltage `u` (V, SET negative) with the contact, T and R_series in balance."""
        self, u, cell, env = traced((self, u, cell, env))
        reset, v = u > 0, jnp.where(u < 0, -u, u)
        area = jnp.pi * cell.r**2
        conductivity = E_CHARGE * cell.N * self.z * self.mu_n
        R_disc = cell.l / (conductivity * area)
        R_ions = R_disc + (self.l_cell - cell.l) / (conductivity * self.N_plug / cell.N * area)
        R_th = self.R_th0 * (self.r_ref / cell.r) ** 2 * jnp.where(reset, self.R_th_scaling, 1.0)

        def across_cell(i):
            series = self.R_TiOx + self.R_line0 * (1 + self.R_line0 * self.alpha_line * self.R_th_line * i**2)
            return jnp.maximum(v - i * series, 0.0)

        def temperature(i):
            return env.temperature + R_th * i * across_cell(i)

        def excess(i):
            contact = jnp.maximum(across_cell(i) - i * R_ions, 0.0)
            return i - area * self.emission(contact, temperature(i), cell.N, reset)

        largest = v / (R_ions + self.R_TiOx + self.R_line0) + 0 * area * env.temperature  # of the shape of the result
        i = root(excess, jnp.zeros_like(largest), largest)
        whole = across_cell(i) / self.l_cell
        field = jnp.where(reset, whole, i * R_disc / cell.l)
        return Operation(i, temperature(i), field)

    def emission(self, s, T, N, reset):
        """Current density in A/m² through the contact at the magnitude `s` (V) of its voltage."""
        kT = K_B_EV * T
        lowering = _root4(self.z * N / (8 * jnp.pi**2)) * _root4(E_CHARGE / (EPSILON_0 * self.eps_phiB)) ** 3  # V^¾
        held = jnp.minimum(jnp.cbrt(lowering / 4) ** 4, (self.phi_Bn0 / lowering) ** 4)
        bend = jnp.maximum(self.phi_Bn0 - self.phi_n + jnp.where(reset, -s, s), held)
        phi = jnp.maximum(self.phi_Bn0 - lowering * _root4(bend), 0.0)
        cap = 700.0 if jnp.result_type(s, T) == jnp.float64 else 80.0  # of an exponent
        thermionic = T * jnp.exp(-phi / kT) * jnp.expm1(jnp.minimum(s / kT, cap))
        # W00 = (h/4π) √(z N/(m ε)) as a voltage, factor by factor: the products underflow in float32
        W00 = PLANCK / (4 * jnp.pi) * jnp.sqrt(self.z * N) / jnp.sqrt(self.m_eff) / jnp.sqrt(self.eps_r * EPSILON_0)
        y = W00 / kT
        spread = jnp.sqrt(jnp.pi * W00 * (s + phi / jnp.cosh(y) ** 2 + 1e-12))  # the slope of √0 is not finite
        tunnelling = spread / K_B_EV * jnp.exp(-phi / W00 * jnp.tanh(y))
        tunnelling = tunnelling * jnp.expm1(jnp.minimum(s / W00 * (y - jnp.tanh(y)), cap))
        return self.A_rich * T * jnp.where(reset, thermionic, tunnelling)

    def growth(self, u, cell, env):
        """dN/dt in 1/(m³ s) at voltage `u` (V, SET negative)."""
        _, T, field = self.operation(u, cell, env)
        kT, reset = K_B_EV * T, u > 0
        pull = self.z * self.a * field / 2  # eV gained up to the saddle point
        barrier, room = self.dW_A, 1.0
        if self.ions == "v1b":
            gamma = jnp.minimum(2 * pull / (jnp.pi * self.dW_A), 0.999)
            barrier = self.dW_A * (jnp.sqrt(1 - gamma**2) + gamma * jnp.arcsin(gamma))
            room = -jnp.expm1(10 * jnp.minimum(jnp.where(reset, cell.to_min, cell.to_max), 0.0))
        hops = 2 * self.nu0 * self.a / cell.l * exp_sinh(-barrier / kT, pull / kT)
        return jnp.where(reset, -1.0, 1.0) * hops * (self.N_plug + cell.N) / 2 * room
