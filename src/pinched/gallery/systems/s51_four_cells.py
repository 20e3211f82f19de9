"""S51: the same memory without and with a transistor, a selector or a diode: area, sneak current, margin, power."""

import numpy as np

import pinched as pn
from pinched.arrays.bits import two_states
from pinched.devices import Environment
from pinched.devices.wrappers.in_series import InSeries
from pinched.devices.wrappers.wrapper import compiled_current
from pinched.gallery import Claim, Panel, Result, entry, panels

SIZES = 2 ** np.arange(1, 11)
AT = 32  # side of the array of the claims
RESET = -2.6  # V, of the memory alone
READ = {"passive": 0.2, "1T1R": 0.2, "1S1R": 1.5, "1D1R": 0.6}  # V


def cells() -> dict:
    """The SkyWater memory in its four cells."""
    memory = pn.device("hfo2-sky130")
    return {
        "passive": memory,
        "1T1R": pn.device("hfo2-sky130-1t1r"),
        "1S1R": pn.device("hfo2-1s1r-tunnel"),
        "1D1R": InSeries(inner=memory, access=pn.device("gst-1d1r").access),
    }


def transistor_area() -> tuple[float, float]:
    """Cell area in F², and W/L, of a transistor that lets the memory's RESET current through: 3 (W/L + 1) F²."""
    cell, env = pn.device("hfo2-sky130-1t1r"), Environment()
    loop = pn.run("hfo2-sky130", pn.protocols.sweep(2.4, RESET, 1e3))
    volts, amps = loop["voltage"].values, np.abs(loop["current"].values)
    transistor = cell.inner.transistor
    square = float(transistor.saturation(cell.gate_reset, env)) * float(transistor.L / transistor.W)
    ratio = float(amps[volts < 0].max()) / square
    return 3 * (ratio + 1), ratio


class Reads:
    """Reads of one cell in n x n arrays of ideal wires, all others ON, by the V/2 scheme or with one row gated."""

    def __init__(self, name: str, device):
        v, env = READ[name], Environment()
        on, off = two_states(device, v)
        self.v, self.gated = v, name == "1T1R"
        self.on, self.half, self.off = (
            float(compiled_current(device, np.asarray(u), x, env)) for u, x in ((v, on), (v / 2, on), (v, off))
        )
        if self.gated:  # cells of the other rows, their gates at 0 V
            self.half = float(compiled_current(device.replace(gate=0.0, gate_reset=0.0), np.asarray(v), on, env))

    def sneak(self, n):
        """Current of the column that does not pass the selected cell, A."""
        return (n - 1) * self.half

    def margin(self, n):
        """(I_on - I_off)/I_on of the column."""
        return (self.on - self.off) / (self.on + self.sneak(n))

    def power(self, n):
        """Of the read, W: the selected cell at V, and 2 (n - 1) at V/2 where there is no transistor."""
        others = self.v * self.sneak(n) if self.gated else 2 * (n - 1) * self.half * self.v / 2
        return self.v * self.on + others


@entry(
    system="S51",
    name="four-cells",
    layer="Array",
    title="1T1R, passive, 1S1R and 1D1R arrays: area, sneak current, read margin, power",
    headline="12F² against 4F²; passive arrays leak and lose power, transistors, selectors and diodes stop it",
    sources=(
        "Xia et al., Nano-Micro Lett. 17:217 (2025): the areas, latent paths, selectors and diodes",
        "MNSIM: 3 (W/L + 1) F² of a 1T1R cell, 4 F² of a passive one; NeuroSim uses 16 F² and 48 F² with a transistor",
    ),
    taken=(
        "one memory, the SkyWater HfO2 cell; its transistor, tunnelling selector and diode as of the devices "
        "hfo2-sky130-1t1r, hfo2-1s1r-tunnel, gst-1d1r",
        "reads at 0.2 V, behind the selector at 1.5 V, behind the diode at 0.6 V; V/2 scheme; ideal wires",
    ),
)
def four_cells(seed: int) -> Result:
    """Read the farthest of ON cells in growing arrays of the four kinds."""
    found = {name: Reads(name, device) for name, device in cells().items()}
    part = {name: read.sneak(AT) / read.on for name, read in found.items()}
    area, ratio = transistor_area()
    claims = (
        Claim("least area of 1T1R for the RESET current, over passive", "12F² over 4F²", area / 4, "1", 1.0, 3.0,
              note=f"12F² is a transistor of W/L = 3; this memory asks for {ratio:.2g} in 0.5 µm CMOS"),
        Claim("sneak over cell current, passive 32 x 32", "prone to latent paths", part["passive"], "1", 1.0),
        Claim("the same, 1T1R", "no risk of sneak currents", part["1T1R"], "1", high=0.01),
        Claim("the same, passive over 1S1R", "effectively suppressed", part["passive"] / part["1S1R"], "1", 10.0),
        Claim("the same, passive over 1D1R", "effectively suppressed", part["passive"] / part["1D1R"], "1", 10.0),
        Claim("power of a read, passive over 1T1R", "additional losses",
              found["passive"].power(AT) / found["1T1R"].power(AT), "1", 1.0),
    )  # fmt: skip

    def draw():
        margins = {name: (SIZES, 100 * read.margin(SIZES)) for name, read in found.items()}
        shares = {name: (SIZES, read.sneak(SIZES) / read.on) for name, read in found.items()}
        powers = {name: (SIZES, read.power(SIZES)) for name, read in found.items()}
        return panels(
            Panel("Read margin", "cells along a side", "(I_on - I_off)/I_on (%)", margins, log="x"),
            Panel("Sneak current", "cells along a side", "over the cell's own", shares, log="xy"),
            Panel("Power of a read", "cells along a side", "power (W)", powers, log="xy"),
            width=9.6,
        )

    return Result(claims, draw)
