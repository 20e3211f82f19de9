"""S14: amorphous high-entropy oxide: forming-free, gradual, with many barriers, and what heat adds."""

import numpy as np

import pinched as pn
from pinched.gallery import Claim, Panel, Result, entry, panels

SPREADS = np.array([0.0, 0.035])  # eV: one barrier, and that of six cations
RESISTANCES = np.geomspace(2e4, 2e6, 9)  # K/W: current spread over the electrode … one hot path
LEG, PULSES, POINTS = 150, 64, 18  # of a ramp, of a train, of a pulse


@entry(
    system="S14",
    name="amorphous-heo",
    layer="Mechanism",
    title="Amorphous high-entropy oxide: drift over many barriers",
    headline="forming-free and gradual; drift and Soret diffusion together; sluggish diffusion by many barriers",
    sources=(
        "Yang et al., Nano-Micro Lett. 18:41 (2026)",
        "Ahn et al., Adv. Electron. Mater. 7, 2001258 (2021), 10.1002/aelm.202001258",
    ),
    taken=(
        "barriers of 1.5 eV ± 35 meV, chosen: no source gives them",
        "heat of transport of 1 eV, the upper end of what is assumed",
    ),
)
def amorphous_heo(seed: int) -> Result:
    """Two loops and a train of pulses, with one barrier and with nine; and the Soret term beside the drift."""
    p, env = pn.protocols, pn.Environment()
    film = pn.device("heo-amorphous-phenom")
    both = film.replace(sigma_E=SPREADS)
    loops = pn.run(both, p.sweep(1.0, -1.0, 1.0, cycles=2, points=LEG), seed=seed)
    v, x = loops["voltage"].values[1], np.asarray(film.lasting(_states(film, loops)))[1]
    first, second = (_half(v[k : k + LEG], x[k : k + LEG]) for k in (0, 4 * LEG))
    train = pn.run(both, (p.Pulse(1.0, 1e-4, POINTS),) * PULSES, seed=seed)
    g = np.asarray(film.current(0.1, _states(film, train), env))[:, ::POINTS] / 0.1
    step = np.max(np.diff(g[1])) / (film.G_max - film.G_min)
    decades = [_decades(device, env) for device in (film.replace(sigma_E=0.0), film)]
    soret = np.array([_soret(film, r) for r in RESISTANCES])
    claims = (
        Claim("SET voltage of the first sweep over that of the second", "no electroforming", first / second, "1",
              0.9, 1.1),
        Claim("largest step of a pulse of 100 µs, of the window", "gradual", step, "1", high=0.5),
        Claim("decades of time from 10 % to 90 % of a SET, over those of one barrier", "sluggish diffusion",
              decades[1] / decades[0], "1", 1.05),
        Claim("Soret over drift, at -1 V", "combined with the drift", soret[0], "1", 0.1,
              why="a current spread over the electrode warms the film by 3 K; only a confined path (1e6 K/W, 150 K) "
                  "makes thermodiffusion a quarter of the drift"),
    )  # fmt: skip

    def draw():
        return panels(
            Panel("The first sweep switches", "voltage (V)", "current (µA)", {
                text: (v[part], 1e6 * loops["current"].values[1, part])
                for text, part in (("first", slice(0, 4 * LEG + 1)), ("second", slice(4 * LEG, None)))}),
            Panel("Gradual", "pulse", "conductance (µS)", {
                text: (np.arange(g.shape[1]), 1e6 * row)
                for text, row in zip(("one barrier", "± 35 meV"), g, strict=True)}),
            Panel("Soret beside drift", "thermal resistance (K/W)", "ratio at -1 V", {"1 eV": (RESISTANCES, soret)},
                  log="xy"),
            width=9.6,
        )  # fmt: skip

    return Result(claims, draw)


def _states(film, ds) -> dict[str, np.ndarray]:
    return {name: ds[f"state_{name}"].values for name in film.state()}


def _half(v: np.ndarray, x: np.ndarray) -> float:
    """Voltage at which X first passes 1/2 on the way up."""
    k = int(np.argmax(x >= 0.5))
    return float(np.interp(0.5, x[k - 1 : k + 1], v[k - 1 : k + 1]))


def _decades(film, env) -> float:
    """Decades of time from a tenth to nine tenths of a SET at 1 V: every barrier is an exponential of its own rate."""
    rates = film.rates(1.0, film.rest(), env)
    t = np.geomspace(1e-2, 1e3, 2001) / max(float(rates[name]) for name in film.state())
    x = film.lasting({name: -np.expm1(-float(rates[name]) * t) for name in film.state()})
    early, late = np.interp((0.1, 0.9), x, np.log10(t))
    return late - early


def _soret(film, r_th: float) -> float:
    """What a heat of transport of 1 eV adds to the RESET of an ON film at -1 V, over its drift."""
    x, env = dict.fromkeys(film.state(), 1.0) | {"x_v": 0.0}, pn.Environment()
    drift, both = (film.replace(R_th=r_th, Q=q).rates(-1.0, x, env) for q in (0.0, 1.0))
    middle = f"x_{film.nodes // 2}"  # every barrier scales both alike
    return float(both[middle] / drift[middle] - 1)
