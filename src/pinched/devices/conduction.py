"""Laws of conduction through thin films, as plain functions of field or voltage.

Sze & Ng, Physics of Semiconductor Devices, 3rd ed., ch. 4.3; Lampert & Mark, Current Injection in Solids (1970);
Simmons, J. Appl. Phys. 34, 1793 (1963). Arrays broadcast; SI units, barriers in eV. Mechanisms in series add as
1/J = Σ 1/J_i, in parallel as J = Σ J_i. A straight line alone names none of them: ask the permittivity behind its slope
to lie between n² and the static one.
"""

import math

import jax.numpy as jnp

from pinched.core.constants import E_CHARGE, ELECTRON_MASS, EPSILON_0, K_B, K_B_EV, PLANCK, RICHARDSON
from pinched.devices.laws import exp_sinh

FOWLER_NORDHEIM_A = E_CHARGE**2 / (8 * math.pi * PLANCK)  # A eV/V²
FOWLER_NORDHEIM_B = 8 * math.pi / 3 * math.sqrt(2 * ELECTRON_MASS * E_CHARGE) / PLANCK  # V/m eV^-3/2
LORENZ = math.pi**2 / 3 * (K_B / E_CHARGE) ** 2  # W ohm/K²


def ohmic(F, n, mu):
    """Drift of `n` carriers per m³ with mobility `mu` (m²/Vs) in the field `F` (V/m): e n µ F, A/m²."""
    return E_CHARGE * n * mu * F


def space_charge_limited(v, L, mu, eps_r, theta=1.0):
    """Mott–Gurney's law (9/8) ε µ θ V²/L³, A/m²; valid for one kind of carrier and an injecting contact.

    Args:
        v, L: voltage in V over a film of L m.
        mu, eps_r: mobility in m²/(V s), relative permittivity.
        theta: free part of the injected charge, see `free_fraction`; 1 without traps.
    """
    return 9 / 8 * EPSILON_0 * eps_r * mu * theta * v * jnp.abs(v) / L**3


def free_fraction(T, E_t, N_t, N_c):
    """Free part θ = 1/(1 + (N_t/N_c) e^(E_t/kT)) of the charge with empty traps `E_t` eV below the band (1/m³ each)."""
    return 1 / (1 + N_t / N_c * jnp.exp(E_t / (K_B_EV * T)))


def trap_filled_limit(L, N_t, eps_r):
    """Voltage e N_t L²/(2ε) in V at which injection has filled `N_t` traps per m³ in a film of L m."""
    return E_CHARGE * N_t * L**2 / (2 * EPSILON_0 * eps_r)


def single_trap(v, T, L, mu, eps_r, n0, N_t, E_t, N_c):
    """Injection into a film with one trap level: slopes 1, 2, a steep rise at the trap-filled limit, and 2; A/m².

    The free fraction follows the filling V/V_TFL of the traps, 1/θ(V) = 1 + (N_t/N_c) e^(E_t/kT) (1 − V/V_TFL), the
    mean-field form of the regional approximation; thermal carriers `n0` (1/m³) conduct in parallel. The slope-2 branch
    before the rise shows only where n0 ≪ N_c e^(−E_t/kT). Other arguments as above.
    """
    empty = jnp.maximum(1 - jnp.abs(v) / trap_filled_limit(L, N_t, eps_r), 0.0)
    theta = free_fraction(T, E_t, N_t * empty, N_c)
    return ohmic(v / L, n0, mu) + space_charge_limited(v, L, mu, eps_r, theta)


def lowering(F, eps_r):
    """Lowering √(eF/4πε) in eV of an image barrier by the field `F`; a Coulomb trap's is twice as much."""
    return jnp.sqrt(E_CHARGE * F / (4 * math.pi * EPSILON_0 * eps_r))


def schottky(F, T, phi, eps_r, A_star=RICHARDSON):
    """Thermionic emission A* T² exp(−(φ − β_S √F)/kT) over a barrier of `phi` eV, A/m²; F > 0, V/m."""
    return A_star * T**2 * jnp.exp((lowering(F, eps_r) - phi) / (K_B_EV * T))


def poole_frenkel(F, T, sigma0, phi, eps_r):
    """Emission from Coulomb traps σ0 F exp(−(φ − 2 β_S √F)/kT), `phi` eV deep, `sigma0` in S/m; A/m², F > 0, V/m."""
    return sigma0 * F * jnp.exp((2 * lowering(F, eps_r) - phi) / (K_B_EV * T))


def hopping(F, T, a, n, nu, E_a):
    """Hops of `a` m over `E_a` eV, tried at `nu` Hz by `n` carriers per m³: 2 e a n ν e^(−E_a/kT) sinh(eaF/2kT)."""
    kT = K_B_EV * T
    return 2 * E_CHARGE * a * n * nu * exp_sinh(-E_a / kT, a * F / (2 * kT))


def fowler_nordheim(F, phi, mass=1.0):
    """Tunnelling through a triangle `phi` eV high in the field F > 0, with `mass` in electron masses, A/m²."""
    exponent = FOWLER_NORDHEIM_B * math.sqrt(mass) * phi**1.5 / F
    return FOWLER_NORDHEIM_A / mass * F**2 / phi * jnp.exp(-exponent)


def simmons(v, d, phi, mass=1.0):
    """Tunnelling between metals through a mean barrier of `phi` eV and `d` m (Simmons 1963, eq. 20), A/m²; odd in v.

        J = (e²/2πh d²) [φ e^(−B√φ) − (φ + |v|) e^(−B√(φ + |v|))],   B = (4πd/h) √(2me)
    """  # fmt: skip
    B = 4 * math.pi / PLANCK * d * jnp.sqrt(2 * ELECTRON_MASS * E_CHARGE * mass)
    sign = jnp.where(v < 0, -1.0, 1.0)
    size = sign * v
    steeper = jnp.log1p(size / phi) - B * size / (jnp.sqrt(phi) + jnp.sqrt(phi + size))  # ln of back over forth
    return -sign * E_CHARGE**2 / (2 * math.pi * PLANCK * d**2) * phi * jnp.exp(-B * jnp.sqrt(phi)) * jnp.expm1(steeper)


def direct_tunnelling(v, d, phi, mass=1.0):
    """Tunnelling through a rectangular barrier of `phi` eV, which v tilts: Simmons with φ − |v|/2, for |v| < φ."""
    return simmons(v, d, phi - jnp.where(v < 0, -v, v) / 2, mass)


def hot_spot(v, T):
    """Hottest temperature √(T² + v²/4L) in K of a metallic constriction between baths at T (Wiedemann–Franz)."""
    return jnp.sqrt(T**2 + v**2 / (4 * LORENZ))
