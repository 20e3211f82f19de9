"""S56: cells that select themselves, a threshold switch on a memory, and what a filament that switches can promise."""

import numpy as np

import pinched as pn
from pinched.gallery import Claim, Panel, Result, entry, near, panels

RATE = 1770.0  # V/s, the printed sweep
SELECTIVITY = 3e6


@entry(
    system="S56",
    name="self-selective",
    layer="Array",
    title="Self-selective cells: threshold switch and memory in one stack",
    headline="NbO-TaO: read window 32.6, nonlinearity ~141, OFF ~1.22 µA; a switch of selectivity 3e6, 0.17 V, 1 mA",
    sources=(
        "Parit et al., Chaos Solitons Fractals 145, 110818 (2021), in Cao et al., Nanoscale Horiz. 8, 716 (2023), "
        "10.1039/d2nh00536k",
        "Zhao et al., ref. 38 there: a filament-based threshold switch, not an ovonic one",
    ),
    taken=("the selectivity of the filament switch, 3e6, which sets its gap", "the sweep rate, 1.77 V/ms"),
)
def self_selective(seed: int) -> Result:
    """Sweep NbO2 on TaOx in both states of the memory; ask the silver filament what its selectivity costs."""
    cell = pn.device("nbo-tao-selfselective")
    both = cell.sample(0, 2, {})
    lo, hi = cell.inner.state()["x"][1:]
    x0 = {"inner.x": np.array([hi, lo]), "access.x": np.zeros(2)}
    ds = pn.run(both, (pn.protocols.Ramp(0.0, 1.5, 1.5 / RATE, points=301),), seed=seed, save="every", x0=x0)
    v, (on, off) = ds["voltage"].values[0], ds["current"].values
    window = on[1:] / off[1:]
    best = 1 + int(np.argmax(window))
    half = np.interp(v[best] / 2, v, on)

    silver = pn.device("ag-hfo2-diffusive")
    threshold = _threshold(silver, np.log(SELECTIVITY) / float(silver.two_kappa))
    gaps = np.linspace(0.4e-9, 1.2e-9, 33)
    leaky = (
        "the niobium oxide of the library, recalled from Pickett and Williams 2012, insulates with 35 kΩ; the printed "
        "OFF current needs some ten times more"
    )
    claims = (
        Claim("read window at the best voltage", "32.6", float(window.max()), "1", **near(32.6, 1.5)),
        Claim("nonlinearity I(V)/I(V/2)", "~141", float(on[best] / half), "1", **near(141, 2), why=leaky),
        Claim("current of a half-selected cell", "~1.22 µA", float(half), "A", **near(1.22e-6, 2), why=leaky),
        Claim("threshold of a silver gap of selectivity 3e6", "0.17 V", threshold, "V", **near(0.17, 1.5)),
        Claim("its current at that threshold", "1 mA", float(silver.G_c) * threshold, "A", **near(1e-3, 2),
              why="the set's filament ends in one atom, a conductance quantum; 1 mA at 0.17 V takes 76 of them"),
    )  # fmt: skip

    def draw():
        ratio, volts = np.exp(float(silver.two_kappa) * gaps), [_threshold(silver, gap) for gap in gaps]
        return panels(
            Panel("NbO₂ on TaOx", "voltage (V)", "current (A)",
                  {"memory ON": (v[1:], on[1:]), "memory OFF": (v[1:], off[1:])}, log="y"),
            Panel("Where to read", "voltage (V)", "I(ON)/I(OFF)", {"composed": (v[1:], window)},
                  {"printed": ((v[best],), (32.6,))}),
            Panel("A wider gap selects and resists", "selectivity", "threshold (V)", {"silver": (ratio, volts)},
                  {"printed": ((SELECTIVITY,), (0.17,))}, log="x"),
            width=9.6,
        )  # fmt: skip

    return Result(claims, draw)


def _threshold(switch, rest: float) -> float:
    """Static threshold in V of a filament with a rest gap of `rest` m: the highest voltage at which a gap stands."""
    return float(np.max(switch.replace(g0=rest).static(np.linspace(0.0, rest, 2001), pn.Environment())))
