"""S34: levels by compliance, by SET current, by stop voltage, and by counting channels."""

import numpy as np

from pinched.arrays.memory import Aged, Written, bit_error_rate, levels, quantised, write
from pinched.core.constants import G_QUANTUM
from pinched.devices import Programming
from pinched.gallery import Claim, Panel, Result, entry, near, panels

LIMITS = np.geomspace(25e-6, 1.6e-3, 8)  # A
STOPS = -np.array([0.0, 1.05, 1.1, 1.15, 1.2])  # V, from the ON state to the end of the RESET of that set
CELLS = 12
CHANNELS = 16
NOISE = 0.1  # standard deviation of a reading over 2e²/h
SHORT, LONG = (0.6e-12, 2e-9), (16e-12, 5e-9)  # J, s: the ends of the printed ranges


@entry(
    system="S34",
    name="level-modes",
    layer="Storage",
    title="Four ways to write levels",
    headline="eight states for 25 µA to 1.6 mA (Cu/TiO2); five of V_stop (MoS2); SET current (chitosan); 16 quantised, "
    "0.6-16 pJ",
    sources=(
        "review of electrochemical memristive devices toward brain-inspired computing, on Cu/TiO2 cells (3-bit)",
        "Yang et al., Nano-Micro Lett. 18:41 (2026): MoS2",
        "Cao et al., Nanoscale Horiz. 8, 716 (2023), 10.1039/d2nh00536k: chitosan; 16 quantised states in 2-5 ns",
    ),
    taken=(
        "the compliances, the number of states, energies and times",
        "σ/µ = 10 % of gap and exchange current of the silver filament, 5 % of the current of the HfOx one, assumed",
        "readings that spread by 10 % of 2e²/h, assumed",
    ),
)
def level_modes(seed: int) -> Result:
    """Cells that differ, under eight compliances, eight SET currents, five stop voltages; sixteen channels."""
    differing = {"d": 0.1, "j0": 0.1}
    compliance, current = (
        write("ag-ecm", volts, 1e-3, LIMITS, cells=CELLS, spread=differing, seed=seed) for volts in (1.2, 5.0)
    )
    alike, stopped = (
        write("hfox-stanford-pku", STOPS, 1e-3, cells=CELLS, spread=spread, seed=seed) for spread in ({}, {"I0": 0.05})
    )
    counted = quantised(CHANNELS)
    quanta = Aged(Programming(g_max=counted[-1], sigma=(NOISE * G_QUANTUM,)))
    wrong = float(bit_error_rate(levels(quanta, targets=counted)))
    volts = [np.sqrt(joule / (n * G_QUANTUM * s)) for (joule, s), n in ((SHORT, 1), (LONG, CHANNELS))]
    steps = -np.diff(np.log(alike.conductance[:, 0]))
    claims = (
        Claim("compliance: states that do not overlap", "8, non-overlapping", _states(compliance), "1", 8, 8),
        Claim("SET current: states that do not overlap", "multilevel", _states(current), "1", 3),
        Claim("stop voltage: states of one cell, 10 % apart", "5", 1 + np.sum(steps > np.log(1.1)), "1", 5,
              why="the RESET of the gap model runs away"),
        Claim("stop voltage: states of differing cells that do not overlap", "5", _states(stopped), "1", 5,
              note="with these stops, across the RESET of the gap model; that of the JART model of HfO2 jumps near "
              "1.05 V and cells of it that differ by 5 % in radius show no two clear states"),
        Claim("channels: bit error rate of 16 states", "independent, controllable", wrong, "1", 0.0, 1e-6),
        Claim("channels: voltage of 0.6 pJ in 2 ns through one", "one device", volts[0], "V", 0.5, 5.0),
        Claim("that of 16 pJ in 5 ns through sixteen, over it", "one device", volts[1] / volts[0], "1", **near(1, 1.5)),
    )  # fmt: skip

    def draw():
        def three(x, done, name="cell"):
            return {f"{name} {k + 1}": (x, 1e6 * done.conductance[:, k]) for k in range(3)}

        source = {"current source, cell 1": (1e6 * LIMITS, 1e6 * current.conductance[:, 0])}
        x = np.linspace(0.4, CHANNELS + 0.6, 1200)
        peaks = np.exp(-(((x[:, None] - counted / G_QUANTUM) / NOISE) ** 2) / 2)
        density = peaks.sum(axis=1) / (CHANNELS * NOISE * np.sqrt(2 * np.pi))
        return panels(
            Panel("Compliance and SET current", "current (µA)", "conductance (µS)",
                  source | three(1e6 * LIMITS, compliance), log="xy"),
            Panel("Stop voltage of a RESET", "voltage (V)", "conductance (µS)", three(-STOPS, stopped), log="y"),
            Panel("Counted channels, as read", "conductance (2e²/h)", "probability density", {"16": (x, density)}),
            width=9.6,
        )  # fmt: skip

    return Result(claims, draw)


def _states(done: Written) -> int:
    """How many levels stay apart, over all cells."""
    return 1 + int(done.separable().sum())
