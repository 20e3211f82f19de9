"""S74: analog content-addressable memory: which stored intervals hold the search voltages, and how finely told."""

import numpy as np

import pinched as pn
from pinched.arrays.logic import AnalogCAM
from pinched.devices import read_disturb
from pinched.gallery import Claim, Panel, Result, entry, panels

CELLS = 64
LOW, HIGH = 0.32, 0.50  # V, the stored interval
STEPS = 81
WANTED = np.array([LOW, HIGH])[:, None, None]


@entry(
    system="S74",
    name="analog-cam",
    layer="Logic",
    title="Analog content-addressable memory of six transistors and two memristors a cell",
    headline="a bound moves by up to 20 mV in words of 64 cells, which leaves 4 bits a cell",
    sources=(
        "Li et al., Nat. Commun. 11, 1638 (2020), 10.1038/s41467-020-15254-4, Fig. 5, in Cao et al., Nanoscale Horiz. "
        "8, 716 (2023)",
    ),
    taken=(
        "SkyWater ReRAM and 130 nm transistors, not TaOx and 16 nm",
        "0.5 V across a divider, 1 fF a cell, 0.25 ns a cell",
        "thresholds of transistors that differ: A_VT = 5 mV µm, of a 180 nm process",
    ),
)
def analog_cam(seed: int) -> Result:
    """One stored interval in 64 cells, searched together and one by one; cells that differ; energy; disturb."""
    memory = pn.device("hfo2-sky130")
    cam = AnalogCAM.stored(memory, np.full((1, CELLS), LOW), np.full((1, CELLS), HIGH))
    low, high = cam.reach
    v = np.linspace(low, high, STEPS)
    together = np.repeat(v[:, None], CELLS, axis=1)
    alone = np.full((STEPS, CELLS), (LOW + HIGH) / 2)
    alone[:, 0] = v
    delays = {"all cells": cam.delay(together)[:, 0], "one cell": cam.delay(alone)[:, 0]}
    found = {name: crossings(v, np.log(t / cam.time)) for name, t in delays.items()}
    shift = {name: 1e3 * float(np.abs(edges - (LOW, HIGH)).max()) for name, edges in found.items()}
    bits = np.floor(np.log2(1e3 * (high - low) / shift["all cells"]))
    other = cam.spread(seed)
    sigma = 1e3 * float((other.bounds - WANTED).std())
    energy = {name: float(part[STEPS // 2]) for name, part in cam.energy(alone).items()}
    x = {name: float(value[0, 0, 0]) for name, value in cam.x.items()}
    searches = float(read_disturb(memory, 0.5, cam.time, x=x, states=("x",)))
    claims = (
        Claim("largest move of a bound, all 64 cells at theirs", "up to 20 mV", shift["all cells"], "mV", high=20,
              why="the lower half has no inverter: what 64 pull-downs carry that are nearly off sums up, and in weak "
              "inversion that is worth nU ln 64 = 131 mV at the gate, not made small by a divider of little gain"),
        Claim("the same, the other cells amid their intervals", "up to 20 mV", shift["one cell"], "mV", high=20),
        Claim("bits a cell of 64: reach over that move", "4", bits, "1", 4,
              why="follows from the move of the lower bound; the upper one moves by less than a millivolt"),
        Claim("σ of a bound by transistors that differ", "not printed", sigma, "mV",
              why="the smallest transistors of 130 nm: larger ones, or programming each bound as searched, mend it"),
        Claim("energy of a match, 64 cells", "not printed", sum(energy.values()), "J",
              why=f"{100 * energy['cells'] / sum(energy.values()):.0f} % of it flows through the dividers"),
        Claim("searches until one moves a memory by a tenth of its range", "not printed", searches, "1"),
    )  # fmt: skip

    def draw():
        lower, upper = (1e3 * (other.bounds - WANTED)[half, 0] for half in (0, 1))
        order = (np.arange(CELLS) + 0.5) / CELLS
        return panels(
            Panel("When the match line falls", "search voltage (V)", "time (s)",
                  {name: (v, t) for name, t in delays.items()} | {"sensed": (v[[0, -1]], [cam.time] * 2)}, log="y"),
            Panel("Bounds of cells that differ", "off by (mV)", "part of the cells",
                  {"lower": (np.sort(lower), order), "upper": (np.sort(upper), order)}),
        )  # fmt: skip

    return Result(claims, draw)


def crossings(v, y) -> np.ndarray:
    """Where `y` first rises and last falls through 0."""
    k = np.flatnonzero(np.diff(np.sign(y)))[[0, -1]]
    return v[k] - y[k] * (v[k + 1] - v[k]) / (y[k + 1] - y[k])
