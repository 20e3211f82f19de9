"""S58: material implication, FALSE and NAND from it, and expressions compiled to them, on filaments of HfOx."""

import numpy as np

import pinched as pn
from pinched.arrays.logic import Imply, design, execute, mapped, parse, schedule, usual_spread
from pinched.arrays.logic.design import CASES, imply_error
from pinched.arrays.logic.line import Line
from pinched.gallery import Claim, Panel, Result, entry, panels

WIDTH = 1e-6  # s
SPREADS = (0.02, 0.05)


@entry(
    system="S58",
    name="implication",
    layer="Logic",
    title="Stateful implication, FALSE, NAND, and expressions compiled to them",
    headline="truth tables of IMP, FALSE and NAND; Input1 < V_set < Input2 with a series resistor",
    sources=(
        "Borghetti et al., Nature 464, 873 (2010), 10.1038/nature08940: two memristors and a resistor",
        "Xia et al., Nano-Micro Lett. 17:217 (2025): Input1 < V_set < Input2; IMP combined to other functions",
        "Xu et al., Mater. Horiz. (2024), 10.1039/d4mh00291a: FALSE is a RESET, NAND adds a third device",
    ),
    taken=("the truth tables", "the circuit: two devices on a line that ends in a resistor"),
)
def implication(seed: int) -> Result:
    """Find the window on the Stanford HfOx cell, run all cases, compile and run an expression."""
    device = pn.device("hfox-stanford-pku")
    style = design(device, "imply", WIDTH)
    assert isinstance(style, Imply)
    levels, v_set = style.levels, style.thresholds.set_at

    start = np.vstack([CASES, np.zeros(4)]) == 1
    line = Line.fresh(device, 3, 4, {k: np.where(start, levels.on[k], levels.off[k]) for k in levels.on})
    false, _ = style.write(line, (0, 1), False)
    implied, _ = style.imply(line, 0, 1)
    nand, _ = style.gate(line, 2, (0, 1))
    q, out = levels(device, implied.x)[1], levels(device, nand.x)[2]
    plan = schedule(mapped(parse("a & (b ^ c)"), "nand"))
    runs = [execute(plan, device, style)]
    runs += [execute(plan, device, style, samples=4, spread=usual_spread(device, s), seed=seed) for s in SPREADS]

    def right(level, truth) -> float:
        return float(np.sum((level > 0.5) == truth))

    claims = (
        Claim("cases of IMP that come out right", "4 of 4", right(q, (CASES[0] == 0) | (CASES[1] == 1)), "1", 4, 4),
        Claim("cases of NAND that come out right", "4 of 4", right(out, ~CASES.all(axis=0)), "1", 4, 4),
        Claim("highest level after FALSE", "always 0", levels(device, false.x)[:2].max(), "1", high=0.25),
        Claim("Input1 over V_set", "below 1", style.v_cond / v_set, "1", high=1.0),
        Claim("Input2 over V_set", "above 1", style.v_set / v_set, "1", low=1.0),
        Claim("combinations of a & (b ^ c), compiled, that come out right", "8 of 8",
              float(np.sum(~runs[0].wrong)), "1", 8, 8),
    )  # fmt: skip

    def draw():
        scan = np.linspace(0.6, 1.25, 14) * style.v_cond
        error = [
            imply_error(device, levels, style.thresholds, v, style.v_set, np.array([style.r_load]))[0] for v in scan
        ]
        cases = np.arange(4)
        return panels(
            Panel("IMP: q before and after", "p q", "level of q",
                  {"before": (cases, CASES[1]), "after": (cases, q)}, ticks=("00", "01", "10", "11")),
            Panel(f"Window at {style.v_set:.2f} V, {style.r_load:.0f} Ω", "V_cond (V)", "largest error of a level",
                  {"four cases": (scan, error)}, {"V_set": ((v_set,), (0.0,))}),
            Panel(f"a & (b ^ c), {plan.cycles} cycles", "spread of every parameter (%)", "error rate",
                  {"32 lines": (100 * np.array((0.0, *SPREADS)), [r.error_rate.value for r in runs])}),
            width=9.6,
        )  # fmt: skip

    return Result(claims, draw)
