"""S63: multiplication of probabilities in one stochastic cell, bit by bit."""

import numpy as np

import pinched as pn
from pinched.devices import CycleVariation
from pinched.gallery import Claim, Panel, Result, entry, panels

BITS = 1024
WIDTH = 1e-3  # s: so long that a cell which is not switched has hardly moved
SPREAD = 0.05  # of the SET threshold from pulse to pulse
VALUES = (0.2, 0.4, 0.6, 0.8)


@entry(
    system="S63",
    name="stochastic",
    layer="Logic",
    title="Stochastic multiplication: two pulses on a cell that each may or may not switch it",
    headline="bit-stream multiplication in three steps; 135.7x faster and 1.5x less energy (2T-1MTJ)",
    sources=("Hajisadeghi et al. (2024), in Xia et al., Nano-Micro Lett. 17:217 (2025): stochastic STT-RAM computing",),
    taken=(
        "a cell whose SET threshold is redrawn at every pulse (5 %, assumed), in place of a magnetic tunnel junction",
    ),
)
def stochastic(seed: int) -> Result:
    """Calibrate the switching probability, then multiply by RESET, pulse, pulse: a cell is left OFF with p x q."""
    cell = CycleVariation(pn.device("generic-vteam-2015"), cv=SPREAD, parameters=("v_on",), when="step")
    p = pn.protocols

    def left(*volts: float, seed: int) -> float:
        """Share of the bits that are still OFF after these pulses."""
        many = cell.sample(0, BITS, {})
        ds = pn.run(many, tuple(p.Pulse(-v, WIDTH) for v in volts), seed=seed, save="final")
        return float(np.mean(ds["state_inner.x"].values > 0.5))

    volts = np.linspace(0.17, 0.24, 22)
    survival = np.array([left(v, seed=seed + 1 + k) for k, v in enumerate(volts)])
    smooth = np.minimum.accumulate(survival)
    drive = {q: float(np.interp(-q, -smooth, volts)) for q in VALUES}
    pairs = [(a, b) for a in VALUES for b in VALUES]
    found = np.array([left(drive[a], drive[b], seed=seed + 100 + k) for k, (a, b) in enumerate(pairs)])
    exact = np.array([a * b for a, b in pairs])
    rms = float(np.sqrt(np.mean((found - exact) ** 2)))
    limit = float(np.sqrt(np.mean(exact * (1 - exact)) / BITS))
    claims = (
        Claim(f"error of products of {BITS}-bit streams, over that of counting alone", "bit streams multiply",
              rms / limit, "1", high=3.0, why="the calibrated pulses themselves carry the error of their streams"),
        Claim("speed over other in-memory arithmetic", "135.7x", np.nan, "1", 135.7,
              why="the review does not describe the circuit it is compared with, and the tunnel junction is not here"),
    )  # fmt: skip

    def draw():
        return panels(
            Panel("Each pulse may switch", "pulse (mV)", "left OFF", {f"{BITS} bits": (1e3 * volts, survival)}),
            Panel("Two pulses multiply", "p × q", "left OFF after both",
                  {"cell": (np.sort(exact), found[np.argsort(exact)])},
                  {"p q": (np.sort(exact)[::3], np.sort(exact)[::3])}),
        )  # fmt: skip

    return Result(claims, draw)
