"""S15: a spinel that turns into rock salt and back, its cations from +3 to +2."""

import numpy as np

import pinched as pn
from pinched.gallery import Claim, Panel, Result, entry, panels

LEG = 300


@entry(
    system="S15",
    name="spinel-phase",
    layer="Mechanism",
    title="Crystalline high-entropy spinel: phase transition and valence",
    headline="spinel to rock salt within ±3 V, back in part; Mn, Fe, Co from +3 to +2",
    sources=(
        "Yang et al., Nano-Micro Lett. 18:41 (2026)",
        "Tsai et al., Adv. Mater. 35, 2302979 (2023), 10.1002/adma.202302979",
    ),
    taken=("barrier and its lowering by the field, tuned to the ±3 V", "stoichiometry M3O4 → 3 MO + ½ O2"),
)
def spinel_phase(seed: int) -> Result:
    """A loop: transformed part, and the charge of the cations that it implies."""
    film = pn.device("heo-spinel-phenom")
    ds = pn.run(film, pn.protocols.sweep(3.0, -3.0, 1.0, points=LEG), seed=seed)
    v, x = ds["voltage"].values, ds["state_X"].values
    up, down = int(np.argmax(x >= 0.5)), 2 * LEG + int(np.argmax(x[2 * LEG :] < 0.5))
    trivalent = 2 * (1 - x) / 3
    mean = np.asarray(film.valence({"X": x}))
    claims = (
        Claim("SET voltage", "within +3 V", v[up], "V", 0.0, 3.0),
        Claim("RESET voltage", "within -3 V", v[down], "V", -3.0, 0.0),
        Claim("mean charge of a cation in the transformed region", "+2", mean[2 * LEG], "1", 1.95, 2.05),
        Claim("part of the cations that a SET takes from +3 to +2", "three of five: Mn, Fe, Co",
              trivalent[0] - trivalent[2 * LEG], "1", 0.6, 0.8,
              note="electroneutrality alone; which elements take the electrons is measured, not predicted"),
        Claim("transformed part that a RESET leaves", "the spinel comes back in part", x[-1], "1", 0.01,
              why="the model's RESET mirrors its SET, so the whole region turns back; no source says how much stays"),
    )  # fmt: skip

    def draw():
        t = ds["time"].values
        return panels(
            Panel("Within ±3 V", "voltage (V)", "|current| (A)", {"1 V/s": (v, np.abs(ds["current"].values) + 1e-10)},
                  log="y"),
            Panel("Rock salt grows and shrinks", "time (s)", "transformed part", {"X": (t, x)}),
            Panel("Valence", "time (s)", "charge of a cation", {"mean": (t, mean)},
                  {"printed, LRS": ([t[2 * LEG]], [2.0])}),
            width=9.6,
        )  # fmt: skip

    return Result(claims, draw)
