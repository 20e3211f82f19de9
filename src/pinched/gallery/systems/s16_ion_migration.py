"""S16: ions that move without a filament: a barrier over the whole area, its ratio, and what a SET costs."""

import numpy as np

import pinched as pn
from pinched.core.constants import K_B_EV, ROOM_TEMPERATURE
from pinched.gallery import Claim, Panel, Result, entry, near, panels

RATIOS = np.array([1e2, 1e6])  # spinel and rock-salt Li titanate
AREAS = np.geomspace(1e-18, 1e-10, 9)  # m²
CONTACT = 4  # of AREAS: 1e-14 m², a contact of 100 nm × 100 nm
V_SET, PULSE = 2.0, 2e-4  # V across the interface; s, of the filament
LEG = 200  # samples of a ramp
LIMITS = np.array([1e-6, 1e-5])  # A


@entry(
    system="S16",
    name="ion-migration",
    layer="Mechanism",
    title="Non-filamentary ion migration: barrier, area, energy",
    headline="about two orders less energy than a filament (Ag2S); ratios of 10^2 to 10^6 (Li titanate)",
    sources=(
        "Zhu et al., ACS Appl. Mater. Interfaces 14, 43482 (2022), in Xu et al., Mater. Horiz. (2024): Ag/Ag2S/HfO2/Ag",
        "Balaish, Neuromorphic Computing with Li-based Battery Materials (2021), 10.48448/01dd-4y45; printed "
        "102 to 106",
    ),
    taken=("the two ratios, which set the change of the barrier", "a generic interface, a generic silver filament"),
)
def ion_migration(seed: int) -> Result:
    """Loops of two barriers; current and energy against area; a silver filament under two compliances."""
    p, env = pn.protocols, pn.Environment()
    interface = pn.device("generic-schottky")
    lowering = K_B_EV * ROOM_TEMPERATURE * np.log(RATIOS)
    loops, held = (slice(0, 2), slice(2, None))  # two barriers, then nine areas: one population
    both = interface.replace(dphi=np.append(lowering, np.full(AREAS.size, interface.dphi)),
                             area=np.append(np.full(2, interface.area), AREAS))  # fmt: skip
    loop = pn.run(both, p.sweep(3.0, -3.0, 1.0, points=LEG), seed=seed)
    on, off = (np.asarray(both.current(0.05, {"x": loop["state_x"].values[:, k]}, env))[loops]
               for k in (2 * LEG, 4 * LEG))  # fmt: skip
    ratio, moved = on / off, float(loop["state_x"].values[1, 2 * LEG])

    hold = pn.run(both, (p.Hold(V_SET, 1.0, 4 * LEG),), seed=seed)
    half = int(np.argmax(hold["state_x"].values[-1] >= 0.5))
    energy = _energy(hold)[held, half]
    slope = np.polyfit(np.log(AREAS), np.log(hold["current"].values[held, half]), 1)[0]
    limits = [pn.run("ag-ecm", (p.Hold(1.0, PULSE, 4 * LEG, i_max=i),), seed=seed) for i in LIMITS]
    filament = np.array([_energy(ds)[-1] for ds in limits])
    side = np.sqrt(AREAS[CONTACT] * filament[0] / energy[CONTACT] / 100)  # of the square that needs 1/100
    claims = (
        Claim("energy of a SET of 100 nm × 100 nm over that of a filament", "about 1/100",
              energy[CONTACT] / filament[0], "1", **near(0.01, 3),
              why=f"the generic interface takes {hold['time'].values[half]:.2g} s at {V_SET:g} V, the generic filament "
                  f"{1e6 * PULSE:g} µs at 1 V and {1e6 * LIMITS[0]:g} µA; energy goes with area, and 1/100 needs a "
                  f"side of {1e9 * side:.2g} nm"),
        Claim("ratio read at 50 mV, for 10^2", "10^2", ratio[0], "1", **near(1e2, 2)),
        Claim("ratio read at 50 mV, for 10^6", "10^6", ratio[1], "1", **near(1e6, 2),
              why="the larger current leaves less of the voltage to the junction, and the loop moves the ions "
                  f"{moved:.0%} of the way"),
        Claim("exponent of the current in the area", "ions spread over the interface: 1", slope, "1", 0.95, 1.05),
    )  # fmt: skip

    def draw():
        return panels(
            Panel("Two barriers", "voltage (V)", "|current| (A)", {
                f"{1e3 * d:.0f} meV": (loop["voltage"].values[k], np.abs(loop["current"].values[k]) + 1e-13)
                for k, d in enumerate(lowering)}, log="y"),
            Panel("Energy of a SET", "area (µm²)", "energy (J)", {
                "interface": (1e12 * AREAS, energy),
                **{f"filament, {1e6 * i:g} µA": (1e12 * AREAS[[0, -1]], [e, e])
                   for i, e in zip(LIMITS, filament, strict=True)}}, log="xy"),
        )  # fmt: skip

    return Result(claims, draw)


def _energy(ds) -> np.ndarray:
    """Energy given since the start, for every sample of every device, J."""
    power, t = ds["voltage"].values * ds["current"].values, ds["time"].values
    return np.concatenate([0 * power[..., :1], np.cumsum((power[..., 1:] + power[..., :-1]) / 2 * np.diff(t), axis=-1)],
                          axis=-1)  # fmt: skip
