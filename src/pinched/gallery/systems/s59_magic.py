"""S59: MAGIC NOR and NOT that keep their inputs, and what is composed of them up to an adder."""

import numpy as np

import pinched as pn
from pinched.arrays.logic import adder, design, execute, least_row, mapped, parse, schedule, usual_spread
from pinched.arrays.logic.design import magic_error
from pinched.arrays.logic.gates import Magic
from pinched.gallery import Claim, Panel, Result, entry, panels

WIDTH = 1e-5  # s
COMPOSED = {"OR": "a | b", "AND": "a & b", "NAND": "~(a & b)"}


@entry(
    system="S59",
    name="magic",
    layer="Logic",
    title="MAGIC NOR and NOT, inputs preserved; OR, AND, NAND and an adder composed of them",
    headline="truth tables; separate output device, so that inputs are not overwritten; OR, AND, NAND by composition",
    sources=(
        "Kvatinsky et al., IEEE TCAS-II 61, 895 (2014), 10.1109/TCSII.2014.2357292: MAGIC",
        "Jang et al. (2017), in Xu et al., Mater. Horiz. (2024), 10.1039/d4mh00291a: NOT and NOR in a polymer array",
        "Xia et al., Nano-Micro Lett. 17:217 (2025): inputs and output in devices of their own",
    ),
    taken=("the truth tables", "the circuit: inputs in parallel, the output in series"),
)
def magic(seed: int) -> Result:
    """Find the window on the generic VTEAM device, and run gates, compositions and an adder on lines of it."""
    device = pn.device("generic-vteam-2015")
    style = design(device, "magic", WIDTH)

    def compute(text: str):
        return execute(schedule(mapped(parse(text))), device, style)

    nor, inverse = compute("~(a | b)"), compute("~a")
    composed = [compute(text) for text in COMPOSED.values()]
    netlist = mapped(adder(4))
    total = execute(schedule(netlist, least_row(netlist)), device, style)
    spread = (0.05, 0.1, 0.2)
    plan = schedule(mapped(parse("a & (b ^ c)")))
    rates = [execute(plan, device, style, samples=8, spread=usual_spread(device, s), seed=seed).error_rate.value
             for s in spread]  # fmt: skip
    moved = max(float(np.abs(r.levels[-1][: len(r.inputs)] - r.levels[0][: len(r.inputs)]).max())
                for r in (nor, inverse, *composed, total))  # fmt: skip
    claims = (
        Claim("cases of NOR that come out right", "4 of 4", float(np.sum(~nor.wrong)), "1", 4, 4),
        Claim("cases of NOT that come out right", "2 of 2", float(np.sum(~inverse.wrong)), "1", 2, 2),
        Claim("cases of OR, AND, NAND by composition that come out right", "12 of 12",
              float(sum(np.sum(~r.wrong) for r in composed)), "1", 12, 12),
        Claim("largest change of an input's level", "inputs are not overwritten", moved, "1", high=0.25),
        Claim("sums of all pairs of 4-bit numbers that come out right", "adders are built of such gates",
              float(np.sum(~total.wrong)), "1", 256, 256),
    )  # fmt: skip

    def draw():
        volts = np.geomspace(0.6 * style.window["v_0"][0], 1.2 * style.window["v_0"][1], 16)
        error = [magic_error(device, style.levels, Magic(style.levels, style.thresholds, {}, -v)) for v in volts]
        steps = np.arange(len(total.levels))
        return panels(
            Panel("Window of NOR", "V_0 (mV)", "largest error of a level",
                  {"four cases": (1e3 * volts, error)}, log="x"),
            Panel(f"4-bit adder, {total.schedule.cycles} cycles", "step", "cells that are 1, of 16",
                  {"0 + 0": (steps, total.levels[:, :, 0].sum(axis=1)),
                   "15 + 15": (steps, total.levels[:, :, -1].sum(axis=1))}),
            Panel("a & (b ^ c)", "spread of every parameter (%)", "error rate",
                  {"64 lines": (100 * np.array(spread), rates)}),
            width=9.6,
        )  # fmt: skip

    return Result(claims, draw)
