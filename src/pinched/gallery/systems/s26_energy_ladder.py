"""S26: the ladder of energies of an event, from 4.28 aJ to 5 nJ, and where the models stand on it."""

import numpy as np

import pinched as pn
from pinched.gallery import Claim, Panel, Result, entry, near, panels
from pinched.gallery.systems.s27_fast import DEVICES, FASTEST, stressed

E_CHARGE = 1.602176634e-19  # C
BRAIN = 10e-15  # J an event
# J, as printed
LADDER = {
    "HfAlOx": 4.28e-18, "photoelectric heterosynapse (below)": 30e-18, "HfSeO/HfSe2": 0.1e-15,
    "BaTiO3:Nd2O3": 0.45e-15, "zeolite (below)": 10e-15, "MXene:Ag": 0.35e-12, "h-BN, 30 ns": 1.2e-12,
    "largest reported": 5e-9,
}  # fmt: skip


@entry(
    system="S26",
    name="energy-ladder",
    layer="Device",
    title="Energy of an event, from attojoules to nanojoules",
    headline="4.28 aJ (HfAlOx), < 30 aJ, 0.1 fJ, 0.45 fJ, < 10 fJ (zeolite), 0.35 pJ, 5 nJ; biology ~10 fJ",
    sources=(
        "Xia et al., Nano-Micro Lett. 17:217 (2025), Fig. 4 and Table 1; Wang et al., Adv. Sci. 7, 1903480 (2020); "
        "Zhang et al., Nano Today 55, 102144 (2024), 10.1016/j.nantod.2023.102144",
        "Cao et al., Nanoscale Horiz. 8, 716 (2023): Wang et al., Nano Energy 79, 105453 (2021); Liu et al. on HfSe2",
        "Zeng et al., Small (2021), 10.1002/smll.202006662; Sahu et al., J. Phys. D (2020), 10.1088/1361-6463/ab7acb",
    ),
    taken=("the printed energies; currents and times that are printed with them, as compliance and width of a pulse",),
)
def energy_ladder(seed: int) -> Result:
    """The integral of v i dt of a SET by constant voltages, and of pulses under the printed compliances."""
    curves = {}
    for name, (volts, span) in DEVICES.items():
        time, energy = stressed(pn.device(name), volts, *span)
        kept = (time >= FASTEST) & (time < 1e-3)
        curves[name] = (time[kept], energy[kept])
    least = min(e.min() for _, e in curves.values())
    cell, (volts, span) = pn.device("ag-ecm"), DEVICES["ag-ecm"]
    takes = stressed(cell, volts, *span)[0]

    def event(width: float, limit: float) -> float:
        """J of a pulse that SETs the silver cell at half of its width."""
        amplitude = float(np.interp(-np.log(width / 2), -np.log(takes), volts))
        ds = pn.run(cell, (pn.protocols.Hold(amplitude, width, 400, i_max=limit),), seed=seed)
        return float(np.trapezoid(ds["voltage"].values * ds["current"].values, ds["time"].values))

    source = "a silver cell stands in, SET by whatever voltage is fast enough"
    claims = (
        Claim("least energy of a SET in 100 ps and more", "below 10 fJ for some", least, "J", 0.0, BRAIN),
        Claim("the same, beside the least reported", "4.28 aJ (HfAlOx)", least, "J", **near(4.28e-18, 2),
              why=f"the filaments of the models end in a conductance quantum; 4.28 aJ is {4.28e-18 / E_CHARGE:.0f} "
              "electrons through 1 V, which only a film that conducts far less can mean"),
        Claim("SET in 30 ns under 45 µA", "1.2 pJ (Au/h-BN/Ti)", event(30e-9, 45e-6), "J", **near(1.2e-12, 2),
              note=source),
        Claim("SET in 250 ns under 25 µA", "~pJ (Cu/TiO2)", event(250e-9, 25e-6), "J", **near(1e-12, 3), note=source),
        Claim("printed V I t of HfSeO/HfSe2: 3 V, 100 pA, 50 ns", "about 0.1 fJ", 3 * 100e-12 * 50e-9, "J",
              note="three numbers of three measurements; 0.1 fJ at 3 V and 100 pA takes 0.33 µs"),
    )  # fmt: skip

    def draw():
        rungs = np.array(list(LADDER.values()))
        points = ([30e-9, 250e-9, 1e-3], [1.2e-12, 1e-12, BRAIN])
        return panels(
            Panel("Energy of a SET over its duration", "time (s)", "energy (J)", curves,
                  {"printed: h-BN, Cu/TiO2; biology at 1 ms": points}, log="xy"),
            Panel("The printed ladder, as charge through 1 V", "charge (electrons)", "energy (J)",
                  {"biology, 10 fJ": (rungs[[0, -1]] / E_CHARGE, [BRAIN, BRAIN])},
                  {"printed, from HfAlOx to 5 nJ": (rungs / E_CHARGE, rungs)}, log="xy"),
            width=9.0, height=3.4,
        )  # fmt: skip

    return Result(claims, draw)
