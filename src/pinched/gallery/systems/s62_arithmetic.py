"""S62: arithmetic in memory: binary adders of stateful gates; decimal and three-valued numbers by counting pulses."""

import numpy as np

import pinched as pn
from pinched.arrays.logic import adder, design, execute, mapped, schedule
from pinched.arrays.logic.counting import counter
from pinched.gallery import Claim, Panel, Result, entry, panels

NOISE = 2e-3  # standard deviation of a reading over its value


@entry(
    system="S62",
    name="arithmetic",
    layer="Logic",
    title="In-memory arithmetic: n-bit adder, decimal addition and multiplication, three-valued adder",
    headline="n-bit full adders; decimal arithmetic and algebra by pulses; near-zero static power",
    sources=(
        "Miao et al. (n-bit adders), Wang et al. (Ti3C2:Ag, decimal) and Yan et al. (BaTiO3-CeO2, algebra), in Cao et "
        "al., Nanoscale Horiz. 8, 716 (2023), 10.1039/d2nh00536k",
    ),
    taken=(
        "parameters of the Nb:SrTiO3 interface device, an analog one, in place of Ti3C2:Ag and BaTiO3-CeO2",
        "0.2 % noise of a reading (assumed)",
    ),
)
def arithmetic(seed: int) -> Result:
    """Add 16-bit numbers on a line of VTEAM devices; count up to 81 pulses on an analog device."""
    device = pn.device("generic-vteam-2015")
    style = design(device, "magic", 1e-5)
    run = execute(schedule(mapped(adder(16)), 64), device, style, seed=seed)

    cell = counter("nbsto-yakopcic-2021", pn.protocols.Pulse(2.0, 1e-2), 81, NOISE)
    a, b = np.meshgrid(np.arange(10), np.arange(10))
    carried = cell.multiply(a, b, base=10, seed=seed) == a * b
    sums, products = cell.add(a, b, seed=seed) == a + b, cell.multiply(a, b, seed=seed) == a * b
    x, y, c = np.meshgrid(np.arange(3), np.arange(3), np.arange(2))
    digit, carry = cell.add(x, y, c, base=3, seed=seed)
    ternary = (digit == (x + y + c) % 3) & (carry == (x + y + c) // 3)
    claims = (
        Claim("random pairs of 16-bit numbers added right", "n-bit full adder", float(np.mean(~run.wrong)), "1", 1, 1),
        Claim("sums of two decimal digits told right, of 100", "decimal addition", float(np.sum(sums)), "1", 100, 100),
        Claim("products of two decimal digits told right, of 100, by a cell that carries at ten",
              "decimal multiplication", float(np.sum(carried)), "1", 100, 100),
        Claim("the same in one cell of 81 pulses", "decimal multiplication", float(np.sum(products)), "1", 100, 100,
              why="the levels of the largest products are closer than the noise of a reading tells apart"),
        Claim("sums of a three-valued adder told right, of 18", "three-valued adder",
              float(np.sum(ternary)), "1", 18, 18),
    )  # fmt: skip

    def draw():
        n = np.arange(len(cell.levels))
        gap = np.abs(np.diff(cell.levels)) / cell.levels[1:]
        used = (run.levels > 0.5).sum(axis=1).mean(axis=1)
        return panels(
            Panel("Counting on one cell", "pulses", "conductance (µS)", {"Nb:SrTiO₃": (n, 1e6 * cell.levels)}),
            Panel("How far apart the levels are", "pulses", "step over value (%)", {"levels": (n[1:], 100 * gap)},
                  {"noise of a reading": ((1, n[-1]), (100 * NOISE,) * 2)}),
            Panel(f"16-bit adder, {run.schedule.cycles} cycles", "step", "cells that are 1, of 64",
                  {"mean of 64 sums": (np.arange(len(used)), used)}),
            width=9.6,
        )  # fmt: skip

    return Result(claims, draw)
