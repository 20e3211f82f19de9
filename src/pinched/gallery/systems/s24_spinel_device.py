"""S24: the complete device of high-entropy spinel: loop, temperatures, retention, states, spike timing."""

import dataclasses

import numpy as np

import pinched as pn
from pinched.characterize.plasticity import timing
from pinched.devices import Endurance
from pinched.experiments.drive import Drive
from pinched.gallery import Claim, Panel, Result, entry, near, panels
from pinched.gallery.systems.s36_plasticity import ahn
from pinched.reports.probe import conduct

SPINEL = "heo-spinel-phenom"

LEG, STATES = 300, 32
CYCLES = 4.5e3
COMPLIANCES = np.geomspace(1e-6, 2e-3, STATES)  # A
DELAYS = np.array([-9, -5, -3, -1.5, -0.8, -0.4, 0.4, 0.8, 1.5, 3, 5, 9])  # widths of a spike


@entry(
    system="S24",
    name="spinel-device",
    layer="Device",
    title="Pt/(Cr,Mn,Fe,Co,Ni)3O4/Nb:SrTiO3, complete",
    headline="on/off 1e5, > 1e3 at 175 °C; ±3 V; > 1e4 s; same I-V from -10 to 90 °C; < 10 % in 60 days; 32 states; "
    "spike timing",
    sources=(
        "Tsai et al., Adv. Mater. 35, 2302979 (2023), 10.1002/adma.202302979",
        "Yang et al., Nano-Micro Lett. 18:41 (2026), Table 1 and text; on/off 1e5 in Table 1, > 1e3 at 175 °C",
    ),
    taken=(
        "on/off of 1e5 at room temperature, which is the ratio of two parameters",
        "a set tuned to ±3 V",
        "a window that begins to close after 4.5e3 cycles, where the measurement ended (assumed)",
    ),
)
def spinel_device(seed: int) -> Result:
    """Loops at four temperatures, rests at two, SETs under 32 compliances, and pairs of spikes."""
    p = pn.protocols
    film = pn.device(SPINEL)
    loops, v_set = {}, {}
    for celsius in (-10, 25, 90, 175):
        ds = pn.run(film, p.sweep(3.0, -3.0, 1.0, points=LEG), _at(celsius), seed=seed)
        loops[celsius] = ds
        x = ds["state_X"].values[:LEG]
        k = int(np.argmax(x >= 0.5))
        v_set[celsius] = float(np.interp(0.5, x[k - 1 : k + 1], ds["voltage"].values[k - 1 : k + 1]))
    g = {celsius: [_conductance(film, ds["state_X"].values[k]) for k in (2 * LEG, 4 * LEG)]
         for celsius, ds in loops.items()}  # fmt: skip
    worn = Endurance(inner=film, n0=CYCLES, cycles=CYCLES)
    x, wear = loops[25]["state_X"].values, worn.own()["wear"].rest
    left = [float(worn.current(0.1, {"inner.X": x[k], "wear": wear}, _at(25))) for k in (2 * LEG, 4 * LEG)]
    rests = {celsius: pn.run(film, (p.Rest(seconds, 4 * LEG),), _at(celsius), seed=seed, x0={"X": 0.5})
             for celsius, seconds in ((175, 1e4), (25, 60 * 86400.0))}  # fmt: skip
    kept = {celsius: _conductance(film, ds["state_X"].values[-1]) / _conductance(film, 0.5)
            for celsius, ds in rests.items()}  # fmt: skip
    states = np.array([
        _conductance(film, pn.run(film, (p.Ramp(0.0, 3.0, 3.0, 4 * LEG, i_max=i),), seed=seed)["state_X"].values[-1])
        for i in COMPLIANCES
    ])  # fmt: skip
    drive = crystal()
    pairs = timing(conduct(SPINEL, "stdp", seed=seed, drive=drive, delays=drive.width * DELAYS).data)
    flat = "the field lowers a barrier of 2.5 eV that heat helps over: 2.8 mV/K"
    claims = (
        Claim("on/off after ±3 V at 25 °C", "1e5 (Table 1)", g[25][0] / g[25][1], "1", **near(1e5, 2)),
        Claim("on/off after ±3 V and 1e4 s at 175 °C", "> 1e3", g[175][0] / g[175][1] * kept[175], "1", 1e3,
              note="the two conductances have no temperature in them: it stays at 1e5, above what is printed"),
        Claim("shift of the SET voltage from -10 to 90 °C", "almost none", (v_set[-10] - v_set[90]) / v_set[25], "1",
              high=0.05, why=flat),
        Claim("change of a middle state in 60 days", "< 10 %", abs(kept[25] - 1), "1", high=0.1),
        Claim("on/off left after 4.5e3 cycles", "1e5 for 4.5e3 cycles", left[0] / left[1], "1", **near(1e5, 2)),
        Claim("states that differ by 5 % and more, by compliance", "32", 1 + np.sum(states[1:] > 1.05 * states[:-1]),
              "1", STATES),
        Claim("delays of overlapping spikes that change the weight by their sign", "spike timing",
              np.sum(pairs["change"] * pairs["delay"] > 0), "1", DELAYS.size),
    )  # fmt: skip

    def draw():
        return panels(
            Panel("Loops", "voltage (V)", "|current| (A)", {
                f"{celsius} °C": (ds["voltage"], np.abs(ds["current"]) + 1e-11) for celsius, ds in loops.items()},
                log="y"),
            Panel("SET under 32 compliances", "compliance (A)", "conductance (S)", {"": (COMPLIANCES, states)},
                  log="xy"),
            Panel("Spike timing", "t_post − t_pre (µs)", "change (%)", {
                "": (1e6 * pairs["delay"], 100 * pairs["change"])}),
            Panel("SET against temperature", "temperature (°C)", "SET voltage (V)", {
                "model": (list(v_set), list(v_set.values()))}, {"printed: almost flat": ((-10, 90), (v_set[25],) * 2)}),
            width=12.0,
        )  # fmt: skip

    return Result(claims, draw)


def crystal() -> Drive:
    """How the spinel is pulsed in small steps: the width is that of the set's own pulses."""
    return dataclasses.replace(
        ahn(), width=3.46e-6, v_up=2.5, v_down=-2.5, off={"X": 0.0}, on={"X": 1.0}, source="the pulses of its set"
    )


def _at(celsius: float):
    return pn.Environment(temperature=273.15 + celsius)


def _conductance(film, x) -> float:
    return float(film.current(0.1, {"X": x}, pn.Environment())) / 0.1
