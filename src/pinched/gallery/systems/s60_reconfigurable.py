"""S60: one circuit, many functions: by the trigger voltage, and by four variables at one cell."""

import numpy as np

import pinched as pn
from pinched.arrays.logic.design import CASES
from pinched.arrays.logic.line import Line
from pinched.arrays.logic.sequential import PROGRAMS, sequential, truth
from pinched.arrays.logic.triggers import response, triggers
from pinched.gallery import Claim, Panel, Result, entry, panels

RESET, SET = 1e-5, 2e-8  # s: this device is SET a thousand times faster than it is RESET
TABLE = {
    "AND": CASES.all(axis=0), "OR": CASES.any(axis=0), "NAND": ~CASES.all(axis=0), "NOR": ~CASES.any(axis=0),
    "XOR": CASES[0] != CASES[1], "COPY": CASES[0] == 1, "NOT": CASES[0] == 0,
}  # fmt: skip


@entry(
    system="S60",
    name="reconfigurable",
    layer="Logic",
    title="Functions chosen by a trigger signal; four-variable sequential logic",
    headline="AND, OR, NAND, NOR, COPY, NOT by the trigger signal; XOR, IMP, NAND by four variables; < 3 V, 100 pA",
    sources=(
        "Huang et al. and Luo et al. (2020), in Xia et al., Nano-Micro Lett. 17:217 (2025): the trigger signal",
        "Liu et al. (2021), HfSexOy/HfSe2, in the same review: four-variable logic below 3 V, 100 pA",
        "Gupta et al., ICCAD 2018, 10.1145/3240765.3240811: OR and NAND in one output cell, XOR of both",
    ),
    taken=("the functions asked for", "parameters of the generic VTEAM device"),
)
def reconfigurable(seed: int) -> Result:
    """Search the trigger voltages of two inputs and an output; run all sixteen functions in one cell."""
    device = pn.device("generic-vteam-2015")
    circuit = triggers(device, RESET, SET)
    levels = circuit.levels
    right = {}
    for name in circuit.functions:
        sources = (0,) if name in ("COPY", "NOT") else (0, 1)
        start = np.vstack([CASES, np.zeros(4)]) == 1
        line = Line.fresh(device, 3, 4, {k: np.where(start, levels.on[k], levels.off[k]) for k in levels.on})
        line, _ = circuit.apply(name, line, 2, sources)
        right[name] = bool(np.all((levels(device, line.x)[2] > 0.5) == TABLE[name]))
    highest = max(abs(circuit.volts(name)) for name in circuit.window)
    current = highest * levels.g_on / 2
    outcomes = {name: sequential(name, device, levels, circuit.reset)[0] for name in PROGRAMS}
    four = {name: bool(np.all((level > 0.5) == truth(name))) for name, level in outcomes.items()}
    printed = ("AND", "OR", "NAND", "NOR", "COPY", "NOT")
    claims = (
        Claim("functions of the six that one pulse makes", "6: AND, OR, NAND, NOR, COPY, NOT",
              float(sum(right.get(name, False) for name in printed)), "1", 6, 6,
              why="AND by one pulse has no window: with two inputs at 1 instead of one the output sees only 2 % more, "
              "at a resistance ratio of 20; it takes NAND and then NOT"),
        Claim("XOR by an OR pulse and a NAND pulse", "the trigger signal also makes XOR",
              float(right.get("XOR", False)), "1", 1, 1, why="the first pulse leaves the output not quite ON"),
        Claim("XOR, IMP and NAND by four variables", "3",
              float(sum(four[n] for n in ("XOR", "IMP", "NAND"))), "1", 3, 3),
        Claim("functions of two variables in one cell", "various gates", float(sum(four.values())), "1", 3, 16),
        Claim("highest trigger voltage", "below 3 V", highest, "V", high=3.0),
        Claim("largest current", "100 pA", current, "A", high=1e-9,
              why="100 pA belongs to the HfSe2 device, whose resistances are not printed; this one is 50 Ω to 1 kΩ"),
    )  # fmt: skip

    def draw():
        volts = np.geomspace(0.02, 0.25, 18)
        outs = np.array([response(device, circuit, np.sign(circuit.volts("NOR")) * v, True)[0] for v in volts])
        names = list(circuit.window)
        ends = np.array([circuit.window[n] for n in names]).T
        return panels(
            Panel("Output that was 1, after the trigger", "trigger (mV)", "level of the output",
                  {f"inputs {a}{b}": (1e3 * volts, outs[:, k]) for k, (a, b) in enumerate(CASES.T)}, log="x"),
            Panel("Windows of the trigger", "function", "trigger (mV)",
                  {"lowest": (np.arange(len(names)), 1e3 * ends[0]),
                   "highest": (np.arange(len(names)), 1e3 * ends[1])}, ticks=names),
            Panel("Four variables, one cell", "p q", "level of the cell",
                  {n: (np.arange(4), outcomes[n]) for n in ("XOR", "IMP", "NAND")}, ticks=("00", "01", "10", "11")),
            width=9.6,
        )  # fmt: skip

    return Result(claims, draw)
