"""S25: devices that vary little: what a printed spread leaves of the SET voltage and of the levels."""

import numpy as np

import pinched as pn
from pinched.devices import CycleVariation
from pinched.gallery import Claim, Panel, Result, entry, panels

CYCLES, DEVICES, POINTS = 60, 200, 100
SPREADS = {"TiO2-CoO": 0.036, "bilayer or buffer": 0.03, "Ag/h-BN/Ag": 0.0153}  # σ/µ between cycles
BETWEEN = 0.0574  # σ/µ between h-BN devices


@entry(
    system="S25",
    name="low-variability",
    layer="Device",
    title="Low variability and what it buys",
    headline="σ/µ 3.6 % (TiO2-CoO), ~3 % (bilayer, buffer), 1.53 % and 5.74 % (h-BN, cycles and devices), < 2 % drift",
    sources=(
        "Yang et al., Nano-Micro Lett. 18:41 (2026): Wan et al. on TiO2-CoO; 8 % and 64 levels of Ahn et al. 2021, "
        "10.1002/aelm.202001258",
        "Zhang et al., Adv. Electron. Mater. 5, 1800833 (2019), 10.1002/aelm.201800833: TiO2/HfO2 bilayer",
        "Chen et al., Nat. Electron. 3, 638 (2020), in Cao et al., Nanoscale Horiz. 8, 716 (2023): Ag/h-BN/Ag",
    ),
    taken=("the printed spreads, given to the field factor of one model", "on/off ratios 1e3 and 6 to 15"),
)
def low_variability(seed: int) -> Result:
    """Sweeps of the spinel model whose field factor, or whose barrier, differs from cycle to cycle and by device."""
    cell = pn.device("heo-spinel-phenom")
    sweep = pn.protocols.sweep(3.0, -3.0, 1.0, CYCLES, points=POINTS)
    cv = np.array(list(SPREADS.values()))
    volts = {
        name: _v_set(
            pn.run(CycleVariation(inner=cell, cv=cv, parameters=name, when="cycle"), sweep, seed=seed), "inner.X"
        )
        for name in ("q_alpha", "E_a")
    }
    between = cell.sample(seed, DEVICES, {"q_alpha": BETWEEN})
    devices = _v_set(pn.run(between, pn.protocols.sweep(3.0, -3.0, points=POINTS), seed=seed), "X")[:, 0]
    field, barrier = (v[:, 1:].std(1) / v[:, 1:].mean(1) for v in volts.values())  # the first loop is the mean device

    given = "the field factor was given this spread: the sweeps return it"
    spread = {name: 100 * s for name, s in zip(SPREADS, field, strict=True)}
    claims = (
        Claim("levels in an on/off ratio of 1e3 at 3 %", "24 (HfO2)", levels(1e3, 0.03), "1", 24),
        Claim("of them that stay apart while each drifts by 2 %", "< 2 % after 1e5 (or 1e8) cycles",
              levels(1e3, 0.03, 0.02), "1", 24),
        Claim("levels in an on/off ratio of 10 at 8 %", "64 (amorphous high-entropy oxide)", levels(10, 0.08), "1", 64,
              why="levels that one pulse each would have to hit; the 64 were written with feedback, which 8 % between "
              "devices does not limit"),
        Claim("σ/µ of V_SET, TiO2-CoO", "3.6 %", spread["TiO2-CoO"], "%", note=given),
        Claim("σ/µ of V_SET, bilayer", "~3 %", spread["bilayer or buffer"], "%", note=given),
        Claim("σ/µ of V_SET between cycles, h-BN", "1.53 %", spread["Ag/h-BN/Ag"], "%", note=given),
        Claim("σ/µ of V_SET between devices, h-BN", "5.74 %", 100 * devices.std() / devices.mean(), "%",
              note=given),
    )  # fmt: skip

    def draw():
        window = np.geomspace(3, 1e5, 60)
        shown = 100 * cv
        return panels(
            Panel("SET voltage over the cycles", "cycle", "V_SET (V)", {
                name: (np.arange(1, CYCLES), v[1:]) for name, v in zip(SPREADS, volts["q_alpha"], strict=True)}),
            Panel("A barrier spreads V_SET more than a field", "σ/µ of the parameter (%)", "σ/µ of V_SET (%)", {
                "field factor": (shown, 100 * field), "barrier": (shown, 100 * barrier)}, {"printed": (shown, shown)}),
            Panel("Levels that stay 2σ clear", "on/off ratio", "levels", {
                f"σ/µ = {100 * s:g} %": (window, [levels(w, s) for w in window]) for s in (0.0153, 0.03, 0.036, 0.08)},
                {"printed: 64 with feedback, 24": ([10, 1e3], [64, 24])}, log="xy"),
            width=9.6,
        )  # fmt: skip

    return Result(claims, draw)


def _v_set(ds, state: str) -> np.ndarray:
    """SET voltage of each device and cycle, V: where half of the region has turned, on the way up."""
    x = ds[f"state_{state}"].values.reshape(-1, ds.sizes["sample"])
    v = ds["voltage"].values.reshape(-1, ds.sizes["sample"])
    found = []
    for x_one, v_one in zip(x, np.broadcast_to(v, x.shape), strict=True):
        up = np.flatnonzero((x_one[:-1] < 0.5) & (x_one[1:] >= 0.5) & (v_one[:-1] > 0))
        part = (0.5 - x_one[up]) / (x_one[up + 1] - x_one[up])
        found.append(v_one[up] + part * (v_one[up + 1] - v_one[up]))
    return np.array(found)


def levels(window: float, spread: float, drift: float = 0.0) -> int:
    """Conductances between 1 and `window` whose neighbours stay two standard deviations apart from either side."""
    return 1 + int(np.log(window) / np.log((1 + 2 * spread) / (1 - 2 * spread) * (1 + drift)))
