"""S63: multiplication of probabilities in one stochastic cell, bit by bit."""

import numpy as np

import pinched as pn
from pinched.arrays.logic import design, execute, mapped, multiplier, schedule
from pinched.arrays.logic.line import Line
from pinched.devices import CycleVariation
from pinched.gallery import Claim, Panel, Result, entry, near, panels

BITS = 1024
BINARY, GATE = 8, 1e-5  # bits of the number that a stream of 2^8 bits stands for; s, of a MAGIC gate
WIDTH = 1e-3  # s: so long that a cell which is not switched has hardly moved
SPREAD = 0.05  # of the SET threshold from pulse to pulse
VALUES = (0.2, 0.4, 0.6, 0.8)


@entry(
    system="S63",
    name="stochastic",
    layer="Logic",
    title="Stochastic multiplication: two pulses on a cell that each may or may not switch it",
    headline="bit-stream multiplication in three steps; 135.7x faster and 1.5x less energy (2T-1MTJ)",
    sources=(
        "Hajisadeghi et al., arXiv 2411.19344 (2024), in Xia et al., Nano-Micro Lett. 17:217 (2025): stochastic and "
        "binary computing in STT-RAM compared, mean over applications",
    ),
    taken=(
        "a cell whose SET threshold is redrawn at every pulse (5 %, assumed), in place of a magnetic tunnel junction",
        f"{BINARY}-bit numbers, streams of {2**BINARY} bits that are pulsed at once (assumed)",
    ),
)
def stochastic(seed: int) -> Result:
    """Calibrate the switching probability, multiply by RESET, pulse, pulse, and by stateful gates on the same device.

    A cell is left OFF with p x q.
    """
    device = pn.device("generic-vteam-2015")
    cell = CycleVariation(device, cv=SPREAD, parameters=("v_on",), when="step")
    p = pn.protocols

    def pulsed(*volts: float, seed: int, save="final"):
        return pn.run(cell.sample(0, BITS, {}), tuple(p.Pulse(-v, WIDTH) for v in volts), seed=seed, save=save)

    def left(*volts: float, seed: int) -> float:
        """Share of the bits that are still OFF after these pulses."""
        return float(np.mean(pulsed(*volts, seed=seed)["state_inner.x"].values > 0.5))

    volts = np.linspace(0.17, 0.24, 22)
    survival = np.array([left(v, seed=seed + 1 + k) for k, v in enumerate(volts)])
    smooth = np.minimum.accumulate(survival)
    drive = {q: float(np.interp(-q, -smooth, volts)) for q in VALUES}
    pairs = [(a, b) for a in VALUES for b in VALUES]
    found = np.array([left(drive[a], drive[b], seed=seed + 100 + k) for k, (a, b) in enumerate(pairs)])
    exact = np.array([a * b for a, b in pairs])
    rms = float(np.sqrt(np.mean((found - exact) ** 2)))
    limit = float(np.sqrt(np.mean(exact * (1 - exact)) / BITS))

    style = design(device, "magic", GATE)
    netlist = mapped(multiplier(BINARY))
    plan = schedule(netlist, len(netlist.gates) + 2 * BINARY)  # as many cells as save initialisations
    binary = execute(plan, device, style, values=_numbers(seed))
    on, _ = style.write(Line.fresh(device, 1, 1), (0,), True)
    reset = float(style.write(on, (0,), False)[1].item()) * (1 - exact.mean())
    ds = pulsed(drive[0.4], drive[0.6], seed=seed, save="every")
    both = np.trapezoid(ds["voltage"].values * ds["current"].values, ds["time"].values, axis=-1).mean()
    stream = 2**BINARY * (reset + both)
    slow = f"the drift of this device takes {1e3 * WIDTH:g} ms to leave a cell or to switch it; a junction takes ns"
    claims = (
        Claim(f"error of products of {BITS}-bit streams, over that of counting alone", "bit streams multiply",
              rms / limit, "1", high=3.0, note="the calibrated pulses themselves carry the error of their streams"),
        Claim(f"steps of an {BINARY}-bit product by stateful NOR, over the three of a stream", "135.7x",
              plan.cycles / 3, "1", **near(135.7, 2)),
        Claim("the same in time", "135.7x", binary.duration / (style.width + 2 * WIDTH), "1", **near(135.7, 2),
              why=slow),
        Claim(f"energy of that product over a stream of {2**BINARY} bits", "1.5x",
              float(binary.energy.mean() + binary.first_energy.mean()) / stream, "1", **near(1.5, 2), why=slow),
    )  # fmt: skip

    def draw():
        return panels(
            Panel("Each pulse may switch", "pulse (mV)", "left OFF", {f"{BITS} bits": (1e3 * volts, survival)}),
            Panel("Two pulses multiply", "p × q", "left OFF after both",
                  {"p × q": ([0, exact.max()], [0, exact.max()])}, {"cell": (exact, found)}),
        )  # fmt: skip

    return Result(claims, draw)


def _numbers(seed: int) -> dict[str, np.ndarray]:
    """A few random pairs, as the bits of both."""
    bits = np.random.default_rng(seed).integers(0, 2, (2 * BINARY, 8)) == 1
    return {f"{name}{k}": bits[BINARY * n + k] for n, name in enumerate("ab") for k in range(BINARY)}
