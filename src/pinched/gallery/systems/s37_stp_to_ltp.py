"""S37: repetition turns short-term into long-term memory."""

import numpy as np

import pinched as pn
from pinched.gallery import Claim, Panel, Result, entry, panels
from pinched.gallery.systems.s36_plasticity import AHN

COUNTS = (10, 30, 60, 90, 120)
PAUSE = 2.0  # s between pulses, so that the train is long against the 30 s in which the device forgets
WAITS = np.geomspace(0.5, 500, 20)  # s
SILVER = np.array([1.0, 2.0, 4.0])  # times the silver of the first


@entry(
    system="S37",
    name="stp-to-ltp",
    layer="Synapse",
    title="Repetition makes memory last",
    headline="memory lasts longer after N = 10, 30, 60, 90, 120 pulses; the more silver to begin with, the sooner",
    sources=(
        "Wang et al., Nanoscale Res. Lett. 12, 65 (2017), 10.1186/s11671-017-1847-9, in Xia et al., Nano-Micro Lett. "
        "17:217 (2025)",
        "Zeng et al., Small (2021), 10.1002/smll.202006662: silver in zeolite",
    ),
    taken=(
        "the numbers of pulses; ±1 V and 100 µs of the set, 2 s apart",
        "that a filament lasts as the fourth power of its radius (surface diffusion)",
    ),
)
def stp_to_ltp(seed: int) -> Result:
    """Trains on the amorphous high-entropy oxide, then rest; and silver filaments of three sizes."""
    p = pn.protocols
    cell = pn.device(AHN)
    train = pn.run(cell, p.pulse_train(1.0, 1e-4, COUNTS[-1], rest=PAUSE), seed=seed)
    after = {name: train[f"state_{name}"].values[list(COUNTS)] for name in cell.state()}
    rest = pn.run(cell.sample(seed, len(COUNTS), {}), p.retention(WAITS), seed=seed, x0=after)["conductance"].values
    g = train["conductance"].values
    kept = (rest[:, -1] - g[0]) / (g[list(COUNTS)] - g[0])

    silver = pn.device("ag-hfo2-diffusive")
    time, tau = np.linspace(0, 1e-7, 200), float(silver.tau_r) * SILVER ** (4 / 3)  # radius⁴
    fading = [
        np.asarray(silver.conductance(0.05, {"x": np.exp(-time / t), "zeta": 0.0}, pn.Environment())) for t in tau
    ]
    half = np.array([np.interp(-0.5, -one / one[0], time) for one in fading])
    claims = (
        Claim("steps of N after which more is kept", "all 4", int(np.sum(np.diff(kept) > 0)), "1", 4, 4),
        Claim("part kept after 10 pulses", "forgotten in part", kept[0], "1", 0.0, 0.95),
        Claim("part kept after 120 pulses", "LTP", kept[-1], "1", 0.95),
        Claim("memory of four times the silver over that of once", "longer", half[-1] / half[0], "1", 1.1),
    )  # fmt: skip

    def draw():
        return panels(
            Panel("Forgetting", "time at rest (s)", "part of the change", {
                f"N = {n}": (WAITS, (one - g[0]) / (g[n] - g[0])) for n, one in zip(COUNTS, rest, strict=True)},
                log="x"),
            Panel("What is kept", "pulses", "part of the change", {f"after {WAITS[-1]:g} s": (COUNTS, kept)}),
            Panel("Silver as experience", "time at rest (ns)", "part of the first conductance", {
                f"{s:g} × silver": (1e9 * time, one / one[0]) for s, one in zip(SILVER, fading, strict=True)}),
            width=9.6,
        )  # fmt: skip

    return Result(claims, draw)
