"""S74: chaos from memristors: where an error grows until nothing can be foretold."""

import jax
import jax.numpy as jnp
import numpy as np

import pinched as pn
from pinched.devices import ChuaCircuit, Environment, FluxMemristor, InParallel, Reversed
from pinched.gallery import Claim, Panel, Result, entry, panels

FLUX = 8200 * 47e-9 / 10  # V s, the unit of flux of the built circuit: its integrator
RESISTANCES = (1800.0, 1850.0, 1900.0, 1950.0, 2000.0, 2050.0)  # ohm
SLOW = 300.0  # times slower than the ideal one runs the circuit of TiO2
GROWS = 0.05  # of the natural rate 1/(r c_2), at which an error must grow in chaos
EACH, TURNS = 5, 32_000  # steps between two orthogonalisations, and these


@entry(
    system="S74",
    name="chaos",
    layer="Network",
    title="Chaos in Chua's circuit with a memristor in it",
    headline="memristor chaos (named in the reviews through references only; no number printed)",
    sources=(
        "Yang et al., Nano-Micro Lett. 18:41 (2026), after Yuan et al., Chin. Phys. B 24, 060506 (2015)",
        "Muthuswamy, Int. J. Bifurcation Chaos 20, 1335 (2010): cubic memristor for Chua's diode",
        "Buscarino et al., Chaos 22, 023136 (2012), 10.1063/1.4729135: two HP memristors back to back",
    ),
    taken=(
        "component values of Muthuswamy as in AHaumer/ChaoticCircuits",
        "r, g, c_1 and states of the TiO2 circuit: from 400 random ones, of which 5 are chaotic",
        "chaos: an error grows e times within 20 r c_2",
    ),
)
def chaos(seed: int) -> Result:
    """Lyapunov exponents of Chua's circuit around an ideal memristor and around two of linear drift."""
    passive = 1e-4  # S: the library's ideal memristor is passive, what it conducts at least the circuit takes back
    ideal = FluxMemristor(b0=passive, b2=3 * 0.029e-3 / FLUX**2, phi_max=20 * FLUX)
    cubic = ChuaCircuit(inner=ideal, g=0.667e-3 + passive, w0=5e-5)
    drift = pn.device("tio2-strukov-2008").replace(x0=0.813)
    oxide = ChuaCircuit(
        inner=InParallel(inner=drift, beside=Reversed(inner=drift)),
        r=2082.0, g=1.196e-3, c_1=SLOW * 68e-9 / 12.41, c_2=SLOW * 68e-9, l=SLOW * 18e-3, w0=5e-5,
    )  # fmt: skip
    with pn.double():
        r = np.array(RESISTANCES)
        spectra, _ = jax.jit(jax.vmap(lambda r: exponents(cubic.replace(r=r), 5e-7)))(r)
        starts = float(oxide.w0) * np.array([1.0, 1.0 + 1e-6])
        both, paths = jax.jit(jax.vmap(lambda w0: exponents(oxide.replace(w0=w0), 1.5e-6 * SLOW)))(starts)
    largest = np.asarray(spectra)[:, 0] * r * float(cubic.c_2)
    natural = float(oxide.r * oxide.c_2)
    spectrum, paths = np.asarray(both)[0] * natural, np.asarray(paths)
    claims = (
        Claim("ideal memristor, 2 kΩ: largest Lyapunov exponent times r c_2", "chaotic", largest[4], "1", GROWS),
        Claim("the same at 1.8 kΩ, still periodic", "path to chaos: 1.8 to 2 kΩ", largest[0], "1", -GROWS, GROWS),
        Claim("two TiO2 memristors back to back: the same exponent", "chaotic", spectrum[0], "1", GROWS,
              note="an inductance of 5.4 H, which only a gyrator has: the film drifts in tens of milliseconds"),
        Claim("sum of its exponents: volumes shrink onto an attractor", "an attractor", spectrum.sum(), "1", high=0),
    )  # fmt: skip

    def draw():
        names, v = list(oxide.state()), float(oxide.v_max)
        u, w = (v * paths[0, -2500:, names.index(name)] for name in "uw")
        t = EACH * 1.5e-6 * SLOW / natural * np.arange(1, TURNS + 1)
        soon = t < 120
        apart = v * np.abs(np.diff(paths[:, soon, names.index("u")], axis=0)[0])
        return panels(
            Panel("Two TiO₂ memristors", "at the memristors (V)", "at the inductance (V)", {"": (u, w)}),
            Panel("Two starts, 1 nV apart", "time / r c₂", "apart (V)", {"": (t[soon], apart)}, log="y"),
            Panel("Ideal memristor", "r (kΩ)", "largest exponent × r c₂", {"": (r / 1e3, largest)}),
            width=9.6,
        )

    return Result(claims, draw)


def exponents(device, step: float):
    """(Lyapunov exponents, 1/s, of the later half of a run at 0 V, all its states), by RK4 and QR.

    Args:
        device: the circuit.
        step: s, of which EACH lead from one recorded state to the next.
    """
    names, env = list(device.state()), Environment()
    start = jnp.stack([jnp.asarray(device.rest()[name], float) for name in names])

    def rate(y):
        rates = device.rates(0.0, dict(zip(names, y, strict=True)), env)
        return jnp.stack([rates[name] for name in names])

    def advance(y):
        a = rate(y)
        b = rate(y + step / 2 * a)
        c = rate(y + step / 2 * b)
        return y + step / 6 * (a + 2 * b + 2 * c + rate(y + step * c))

    def carried(_, both):
        y, push = jax.linearize(advance, both[0])
        return y, jax.vmap(push, 1, 1)(both[1])

    def turn(both, _):
        y, frame = jax.lax.fori_loop(0, EACH, carried, both)
        frame, triangle = jnp.linalg.qr(frame)
        return (y, frame), (jnp.log(jnp.abs(jnp.diag(triangle))), y)

    _, (growth, path) = jax.lax.scan(turn, (start, jnp.eye(len(names))), length=TURNS)
    return growth[TURNS // 2 :].mean(axis=0) / (EACH * step), path
