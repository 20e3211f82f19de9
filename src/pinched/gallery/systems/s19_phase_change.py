"""S19: phase change: states by melting, the power that it takes, and a drift that cold stops."""

import numpy as np

import pinched as pn
from pinched.gallery import Claim, Panel, Result, entry, near, panels

CURRENTS = np.linspace(0.34e-3, 0.5e-3, 9)  # A, of RESET pulses of 100 ns
WIDTH = 100e-9  # s
FEWER = 27.5  # times the thermal resistance: a superlattice that loses 25-30 times less heat
COLD = (300.0, 77.0, 12.0)  # K
TIMES = WIDTH + np.geomspace(1e-3, 2 * 365.25 * 86400, 60)  # s, up to two years


@entry(
    system="S19",
    name="phase-change",
    layer="Mechanism",
    title="Phase change: levels, power, drift",
    headline="multilevel; 25-30 times less power (superlattice); 43 fJ (Ge-Sb-O); almost no drift at 12 K for 2 years",
    sources=(
        "Xia et al., Nano-Micro Lett. 17:217 (2025); Xu et al., Mater. Horiz. (2024)",
        "Khan et al., Science 373, 1243 (2021): the superlattice",
        "Yang et al., Adv. Sci. 9, 2103478 (2022), 10.1002/advs.202103478: Ge-Sb-O, 43 fJ",
        "Quintino Palhares et al., npj Unconv. Comput. 1, 8 (2024), 10.1038/s44335-024-00008-y: 12 K",
    ),
    taken=(
        "a phenomenological cell of typical Ge2Sb2Te5, with a drift exponent of 0.1 at 300 K",
        f"a superlattice that loses 25-30 times less heat: {FEWER:g} times the thermal resistance",
    ),
)
def phase_change(seed: int) -> Result:
    """RESET pulses of nine currents in two cells; then two years at three temperatures."""
    p, env = pn.protocols, pn.Environment(temperature=300.0)
    cell = pn.device("gst-mushroom").inner
    new = {"u": 0.0}  # crystalline

    def reset(device, amperes: float, kelvin: float) -> tuple[np.ndarray, float]:
        """Resistance in ohm, read at 300 K, at TIMES after a pulse, and the power of the pulse, W."""
        steps = p.Pulse(2.0, WIDTH, i_max=amperes, temperature=300.0), p.Rest(TIMES[-1] - WIDTH, temperature=kelvin)
        ds = pn.run(device, steps, env, seed=seed, save=TIMES, x0=new)
        x = {name: ds[f"state_{name}"].values for name in device.state()} | {"heat": 0.0, "on": 0.0}
        return np.asarray(0.05 / device.current(0.05, x, env)), float(amperes**2 * device.R_heater)

    curves = {}
    for name, device, less in (("GST", cell, 1.0), ("superlattice", cell.replace(R_th=FEWER * cell.R_th), FEWER)):
        found = [reset(device, i / np.sqrt(less), 300.0) for i in CURRENTS]
        curves[name] = np.array([power for _, power in found]), np.array([r[0] for r, _ in found])
    middle = np.sqrt(curves["GST"][1][0] * curves["GST"][1][-1])
    powers = [np.interp(middle, r, power) for power, r in curves.values()]
    drift = {kelvin: reset(cell, 0.4e-3, kelvin)[0] for kelvin in COLD}
    grown = {kelvin: r[-1] / r[0] for kelvin, r in drift.items()}
    levels = 1 + np.sum(curves["GST"][1][1:] > 1.2 * curves["GST"][1][:-1])
    read = "the cell rests in the cold and is read at 300 K: conduction by tunnelling in the cold is not in the model"
    tops = [r[-1] for _, r in curves.values()]
    claims = (
        Claim("resistance after RESETs of 1/27 of the power, superlattice over GST", "25-30 times less power",
              tops[1] / tops[0], "1", **near(1, 2), why="a cell that loses heat so slowly sets again as it cools"),
        Claim("power of a RESET to the same resistance, GST over superlattice", "25-30 times", powers[0] / powers[1],
              "1", why="it follows the thermal resistance that was put in"),
        Claim("resistance after two years at 12 K over the first", "almost no drift", grown[12.0], "1", 0.95, 1.05,
              note=read),
        Claim("the same at 300 K", "drifts upward", grown[300.0], "1", 1.1),
        Claim("states 20 % and more apart by nine RESET currents", "multilevel", levels, "1", 3),
        Claim("energy of a RESET of GST", "43 fJ (Ge-Sb-O)", powers[0] * WIDTH, "J", **near(43e-15, 2),
              why=f"a dome over a heater of 20 nm takes {1e6 * powers[0]:.0f} µW and is made by 100 ns; 43 fJ are of a "
                  "bridge in another alloy, of which the review prints neither volume nor pulse"),
    )  # fmt: skip

    def draw():
        after = TIMES - WIDTH
        return panels(
            Panel("RESET by 100 ns", "power of the pulse (W)", "resistance (ohm)", curves, log="xy"),
            Panel("Drift, read at 300 K", "time (s)", "resistance over the first", {
                f"{kelvin:g} K": (after, r / r[0]) for kelvin, r in drift.items()}, log="xy"),
            width=7.2,
        )  # fmt: skip

    return Result(claims, draw)
