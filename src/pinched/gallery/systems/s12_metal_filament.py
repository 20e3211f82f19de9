"""S12: a metal filament that widens with the compliance under which it was SET."""

import numpy as np

import pinched as pn
from pinched.core import engineering
from pinched.gallery import Claim, Panel, Result, entry, near, panels

COMPLIANCES = np.geomspace(25e-6, 1.6e-3, 8)  # A


@entry(
    system="S12",
    name="metal-filament",
    layer="Mechanism",
    title="Electrochemical metallisation: filament width follows the compliance",
    headline="eight states; filament ~3 nm to 70 nm for 25 µA to 1.6 mA (Cu/TiO2); 0.1-0.2 V (Cu/MoS2)",
    sources=(
        "review of electrochemical memristive devices toward brain-inspired computing, on Cu/TiO2 cells (3-bit)",
        "Xu et al., Nano Lett. 19, 2411 (2019), 10.1021/acs.nanolett.8b05140, in Cao et al., Nanoscale Horiz. 8, 716 "
        "(2023): Cu/MoS2/Ag",
        "Menzel et al., Phys. Chem. Chem. Phys. 15, 6945 (2013): the mechanism",
    ),
    taken=("the two compliances, 25 µA and 1.6 mA",),
)
def metal_filament(seed: int) -> Result:
    """SET the generic silver cell under eight compliances, and read width and resistance."""
    cell = pn.device("ag-ecm")
    p = pn.protocols
    width, resistance, loops = [], [], {}
    for limit in COMPLIANCES:
        ds = pn.run(cell, p.sweep(1.2, -1.0, 1.0, i_max=limit, i_max_second=np.inf), seed=seed)
        top = ds.isel(sample=slice(0, 201))
        x = float(top["state_x"].max())
        width.append(2e9 * float(cell.radius({"x": x})))
        resistance.append(0.1 / float(cell.current(0.1, {"x": x}, pn.Environment())))
        loops[engineering(limit, "A")] = (ds["voltage"], np.abs(ds["current"]) + 1e-12)
    width, resistance = np.array(width), np.array(resistance)
    thin = cell.replace(d=1.3e-9)  # two layers of MoS2, 2 × 0.65 nm
    ds = pn.run(thin, p.sweep(0.6, -0.6, 1.0, i_max=25e-6, i_max_second=np.inf), seed=seed)
    v_set = float(ds["voltage"].values[np.argmax(ds["state_x"].values >= 0)])
    volume = (
        "silver of the Sharvin conductance per area carries R_on I_c = 0.15 to 0.23 V; 70 nm at 1.6 mA needs a "
        "filament that conducts hundreds of times worse, which no source gives"
    )
    claims = (
        Claim("diameter at 25 µA", "~3 nm", width[0], "nm", **near(3, 2), why=volume),
        Claim("diameter at 1.6 mA", "70 nm", width[-1], "nm", **near(70, 2), why=volume),
        Claim("diameter ratio", "23", width[-1] / width[0], "1", **near(23, 1.5),
              why="at nearly constant R_on I_c the area follows the current, the diameter its root: √64 = 8"),
        Claim("resistance states that differ by 20 % and more", "8", 1 + np.sum(resistance[:-1] > 1.2 * resistance[1:]),
              "1", 8, 8),
        Claim("SET voltage across two layers of MoS2", "0.1-0.2 V", v_set, "V", 0.1, 0.2,
              why="the exchange current of the generic silver cell stands in for that of copper on MoS2"),
    )  # fmt: skip

    def draw():
        amps = 1e6 * COMPLIANCES
        return panels(
            Panel("SET under eight compliances", "voltage (V)", "|current| (A)", loops, log="y"),
            Panel("The filament widens", "compliance (µA)", "diameter (nm)", {"model": (amps, width)},
                  {"printed": ((25, 1600), (3, 70))}, log="xy"),
            Panel("Eight resistances", "compliance (µA)", "resistance (ohm)", {"model": (amps, resistance)}, log="xy"),
            width=9.6,
        )  # fmt: skip

    return Result(claims, draw)
