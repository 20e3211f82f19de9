"""S10: what makes a memristor one: the pinched loop, its area against frequency, and a second state that keeps time."""

import numpy as np

import pinched as pn
from pinched.gallery import Claim, Panel, Result, entry, panels

FREQUENCIES = (1.0, 10.0, 100.0, 1000.0)  # Hz
INTERVALS = (0.0, 0.2e-6, 0.5e-6, 1e-6, 2e-6)  # s


@entry(
    system="S10",
    name="ideal-memristor",
    layer="Mechanism",
    title="Ideal, first-order and second-order memristor",
    headline="a loop pinched at the origin that shrinks as 1/f; a second state that captures timing",
    sources=(
        "Chua, IEEE Trans. Circuit Theory 18, 507 (1971); Chua & Kang, Proc. IEEE 64, 209 (1976)",
        "Strukov et al., Nature 453, 80 (2008), 10.1038/nature06932",
        "Kim et al., Nano Lett. 15, 2203 (2015), 10.1021/acs.nanolett.5b00697",
        "Yang et al., Nano-Micro Lett. 18:41 (2026); Xia et al., Nano-Micro Lett. 17:217 (2025)",
    ),
    taken=("the HP set of Strukov 2008", "decay of heat, 500 ns, and its 63 K, of Kim 2015"),
)
def ideal_memristor(seed: int) -> Result:
    """The HP device at four frequencies; the thermal second-order device with two pulses."""
    hp = pn.device("tio2-strukov-2008").replace(window="none")
    loops = [pn.run(hp, pn.protocols.sine(1.0, f, points=2000), seed=seed) for f in FREQUENCIES]
    areas = np.array([_lobe(ds) for ds in loops])
    falls = np.diff(np.log(areas)) / np.diff(np.log(FREQUENCIES))
    v, i = loops[0]["voltage"].values, loops[0]["current"].values
    crossing = np.abs(np.interp(0.0, v[900:1101][::-1], i[900:1101][::-1])) / np.abs(i).max()
    flux = (1 - np.cos(2 * np.pi * loops[0]["time"].values)) / (2 * np.pi)
    k, r0 = hp.mu_v * hp.R_on / hp.D**2, hp.R_off - (hp.R_off - hp.R_on) * hp.x0
    law = np.sqrt(r0**2 - 2 * (hp.R_off - hp.R_on) * k * flux)
    moving = np.abs(v) > 0.05
    departure = np.max(np.abs(v[moving] / i[moving] / law[moving] - 1))

    gains = _second_order(seed)
    claims = (
        Claim("current where the loop crosses zero volts, over its peak", "0, pinched", crossing, "1", 0.0, 1e-3),
        Claim("slope of log area against log frequency", "-1 at high frequency", falls[-1], "1", -1.05, -0.95),
        Claim("departure of M from a function of the flux alone", "none", departure, "1", 0.0, 1e-5),
        Claim("gain of a second pulse 0.2 µs after the first, over 2 µs", "above 1", gains[1] / gains[-1], "1", 1.5),
    )

    def draw():
        return panels(
            Panel("Pinched at the origin", "voltage (V)", "current (mA)", {
                f"{f:g} Hz": (ds["voltage"], 1e3 * ds["current"]) for f, ds in zip(FREQUENCIES, loops, strict=True)}),
            Panel("The lobe shrinks as 1/f", "frequency (Hz)", "area of a lobe (VA)", {"HP": (FREQUENCIES, areas)},
                  {"1/f": (FREQUENCIES, areas[-1] * FREQUENCIES[-1] / np.array(FREQUENCIES))}, log="xy"),
            Panel("A second state keeps time", "interval (µs)", "gain of the second pulse",
                  {"Ta₂O₅": (1e6 * np.array(INTERVALS), gains)}),
            width=9.6,
        )  # fmt: skip

    return Result(claims, draw)


def _lobe(ds) -> float:
    """Area of the lobe at positive voltage, VA."""
    v, i = ds["voltage"].values, ds["current"].values
    half = v >= 0
    return abs(float(np.trapezoid(np.where(half, i, 0.0), np.where(half, v, 0.0))))


def _second_order(seed: int) -> np.ndarray:
    """What a programming pulse moves after a heating pulse, over what it moves alone, for each interval."""
    device = pn.device("ta2o5-kim-2015")
    p = pn.protocols
    (name,) = [n for n in device.state() if n.startswith("inner.")]
    heat, write = p.Pulse(0.7, 1e-6), p.Pulse(1.2, 20e-9)  # the pulses for which the set is made

    def moved(*before: object) -> float:
        states = [pn.run(device, (*before, *part), seed=seed, save="final")[f"state_{name}"].item()
                  for part in ((p.Rest(0.0),), (write,))]  # fmt: skip
        return states[1] - states[0]

    return np.array([moved(heat, p.Rest(t)) for t in INTERVALS]) / moved(p.Rest(1e-9))
