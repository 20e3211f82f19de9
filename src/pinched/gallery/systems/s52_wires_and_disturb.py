"""S52: what wires and writing cost as an array grows, and what stacking saves."""

import numpy as np

import pinched as pn
from pinched.arrays import Macro
from pinched.arrays.margins import ir_drop
from pinched.arrays.schemes import stress
from pinched.arrays.stacked import Stack, footprint
from pinched.devices import read_disturb
from pinched.gallery import Claim, Panel, Result, entry

G_ON = 100e-6  # S
SIZES = np.array([16, 32, 64, 128, 256])
LAYERS, SIDE = 4, 64  # as many cells as one plane of 128 x 128
WRITE, WIDTH = 2.4, 1e-6  # V and s: SET of SkyWater ReRAM silicon
WIRES = {"100 nm": "100nm", "22 nm": "22nm"}


def worst_loss(n: int, r: float) -> float:
    """Part of the ideal current that the worst column of n x n ON cells loses when all rows are driven."""
    read = pn.Crossbar(np.full((n, n), G_ON), r, r).read(np.full(n, 0.2))
    return 1 - float(read.min()) / (n * G_ON * 0.2)


def stacked_loss(r: float) -> tuple[float, float]:
    """The same of a stack: all its layers at once, and one layer alone."""
    stack = Stack(np.full((LAYERS, SIDE, SIDE), G_ON), r, r)
    every = stack.solve({p: 0.2 if p % 2 == 0 else 0.0 for p in range(stack.planes)})
    least = min(float(-every.current[p].max()) for p in range(1, stack.planes, 2))
    return 1 - least / (2 * SIDE * G_ON * 0.2), worst_loss(SIDE, r)


def endured(device, v: float) -> float:
    """Pulses of `v` that an OFF cell stands until its filament has moved by a tenth."""
    return float(read_disturb(device, v, WIDTH, 0.1, {"x": 0.0}, states=("x",)))


@entry(
    system="S52",
    name="wires-and-disturb",
    layer="Array",
    title="Wire resistance, write disturb and stacking: the limits of integration",
    headline="larger arrays raise the parasitic line resistance and disturb what is written; stacking lowers the "
    "line resistance of each layer",
    sources=(
        "Cao et al., Nanoscale Horiz. 8, 716 (2023), 10.1039/d2nh00536k: line resistance, interaction, stacking",
        "Xu et al., Mater. Horiz. (2024), 10.1039/d4mh00291a: spread and parasitic resistance, 3D integration",
        "Xia et al., Nano-Micro Lett. 17:217 (2025): selectors, 3D integration",
    ),
    taken=(
        "cells of 100 µS; wires of the process cards (PTM, NeuroSim), 100 nm and 22 nm wide",
        "the SkyWater HfO2 cell (hfo2-sky130), SET by 2.4 V in 1 µs as its silicon is",
    ),
)
def wires_and_disturb(seed: int) -> Result:
    """Solve planar and stacked arrays of ON cells, and stress half-selected cells."""
    wires = {label: Macro(cell="crosspoint", wire_width=width).segment[0] for label, width in WIRES.items()}
    losses = {label: np.array([worst_loss(int(n), r) for n in SIZES]) for label, r in wires.items()}
    fine = wires["22 nm"]
    together, alone = stacked_loss(fine)
    planar = losses["22 nm"][SIZES == 2 * SIDE][0]
    device = pn.device("hfo2-sky130")
    writes = {name: endured(device, stress(name, WRITE)["row"]) for name in ("V/2", "V/3")}
    density = footprint((2 * SIDE, 2 * SIDE)) / footprint((LAYERS, SIDE, SIDE), layers=LAYERS)
    claims = (
        Claim("line loss of 256 x 256 over 32 x 32, 22 nm wires", "grows with the array",
              losses["22 nm"][-1] / losses["22 nm"][1], "1", 1.0),
        Claim("line loss of one plane of 128 x 128 over one layer of a stack of four 64 x 64", "stacking lowers it",
              planar / alone, "1", 1.0),
        Claim("the same with all four layers read at once through their shared lines", "stacking lowers it",
              planar / together, "1", 1.0,
              why="shared lines carry the current of two layers"),
        Claim("bits per wafer area of four layers over one", "higher", density, "1", 1.0),
        Claim("writes until a half-selected cell has moved by a tenth, V/2", "writing disturbs others",
              writes["V/2"], "1", high=1e12),
        Claim("the same with V/3, over V/2", "selectors and schemes help", writes["V/3"] / writes["V/2"], "1", 1.0),
    )  # fmt: skip

    drop = ir_drop(pn.Crossbar(np.full((128, 128), G_ON), fine, fine))

    def draw():
        from pinched.reports.figures.array_maps import sequential
        from pinched.reports.figures.style import canvas

        figure, axes = canvas(3, width=9.8, height=3.0)
        curves = {f"plane, {label}": (SIZES, 100 * loss) for label, loss in losses.items()}
        Panel("The worst column", "cells along a side", "current lost to the wires (%)", curves, log="x").draw(axes[0])
        axes[0].plot([128], [100 * together], "s", color="#009E73", label="4 layers at once, 22 nm")
        axes[0].plot([128], [100 * alone], "^", color="#009E73", label="4 layers in turn, 22 nm")
        axes[0].legend(fontsize=6)
        shown = axes[1].imshow(100 * drop, cmap=sequential(), vmin=0)
        axes[1].set_title("Voltage lost, 128 x 128, 22 nm")
        axes[1].grid(False)
        figure.colorbar(shown, ax=axes[1], shrink=0.8, label="%")
        volts = np.linspace(0.6, 2.4, 10)
        lives = np.array([endured(device, v) for v in volts])
        Panel("A half-selected OFF cell", "voltage across it (V)", "1 µs pulses until it moved by a tenth",
              {"SkyWater cell": (volts, lives)}, log="y").draw(axes[2])  # fmt: skip
        for name, n in writes.items():
            at = stress(name, WRITE)["row"], n
            axes[2].plot(*at, "D", ms=6, mfc="white", mec="#D55E00")
            axes[2].annotate(name, at, (6, 3), textcoords="offset points")
        return figure

    return Result(claims, draw)
