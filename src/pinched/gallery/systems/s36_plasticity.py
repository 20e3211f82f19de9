"""S36: short- and long-term potentiation and depression, and the current that a silver filament leaves behind."""

import math

import numpy as np

import pinched as pn
from pinched.characterize.plasticity import forgetting
from pinched.characterize.records import stretched
from pinched.characterize.samples import long
from pinched.experiments.drive import Drive
from pinched.gallery import Claim, Panel, Result, entry, panels
from pinched.reports.probe import conduct

AHN = "heo-amorphous-phenom"
FILAMENTS, RADII = 200, 0.1  # in parallel; σ/µ of their radius, assumed
LIMIT = 1e-5  # A, the compliance of the set
AFTER = np.geomspace(1e-10, 3e-8, 60)  # s after the pulse


@entry(
    system="S36",
    name="short-and-long-term",
    layer="Synapse",
    title="Short- and long-term potentiation and depression",
    headline="0.6 V forms a silver filament, whose current fades as a stretched exponential; STP, STD, LTP, LTD",
    sources=(
        "Sahu et al., ACS Appl. Mater. Interfaces 15, 25713 (2023), 10.1021/acsami.3c02727, in Xia et al., "
        "Nano-Micro Lett. 17:217 (2025)",
        "Ahn et al., Adv. Electron. Mater. 7, 2001258 (2021), 10.1002/aelm.202001258, in Yang et al., Nano-Micro Lett. "
        "18:41 (2026): few pulses fade, long trains stay",
        "Xu et al., Mater. Horiz. (2024), 10.1039/d4mh00291a: milliseconds to minutes",
    ),
    taken=("0.6 V", "σ/µ = 10 % of the radius of a filament, assumed; it lasts as the fourth power of it"),
)
def short_and_long_term(seed: int) -> Result:
    """Silver filaments under one pulse; few and many pulses up and down on the amorphous high-entropy oxide."""
    p = pn.protocols
    silver = pn.device("ag-hfo2-diffusive").replace(sigma_g=0.0)
    silver = silver.sample(seed, FILAMENTS, {"tau_r": 4 * RADII})  # retraction time ~ radius⁴
    steps = (p.Hold(0.05, 1e-7, 5), p.Pulse(0.6, 5e-7, 100, i_max=LIMIT), *(
        p.Hold(0.05, float(dt)) for dt in np.diff(AFTER, prepend=0.0)))  # fmt: skip
    ds = pn.run(silver, steps, seed=seed, save="every")
    time, current = ds["time"].values - 6e-7, ds["current"].values.sum(0)
    limited = ds["current"].values.max(1) > 0.99 * LIMIT
    fading = time > 1e-11
    currents = {"all": current[fading], "one": ds["current"].values[0][fading]}
    fits = {word: fit for word, i in currents.items() if (fit := stretched(time[fading], i))}

    done = {n: conduct(AHN, "stp", seed=seed, drive=ahn(), n=n, times=np.geomspace(1, 1e3, 13)).data for n in (8, 64)}
    few, lots = (forgetting(one)[0] for one in done.values())
    kept = {"STP": few["kept"][0], "STD": few["kept"][1], "LTP": lots["kept"][0], "LTD": lots["kept"][1]}
    tau = few["tau"].to_numpy()
    claims = (
        Claim("filaments that 0.6 V bridges", "the filament forms", float(np.mean(limited)), "1", 0.9),
        Claim("exponent β of the fading current", "stretched, below 1", fits["all"].beta, "1", 0.0, 0.999),
        Claim("what the stretched exponential misses", "fits", fits["all"].residual, "1", 0.0, 0.05),
        Claim("part forgotten after 8 pulses up (STP)", "slow decay", 1 - kept["STP"], "1", 0.1),
        Claim("part forgotten after 8 pulses down (STD)", "temporal", 1 - kept["STD"], "1", 0.1),
        Claim("part kept after 64 pulses up (LTP)", "stable", kept["LTP"], "1", 0.9),
        Claim("part kept after 64 pulses down (LTD)", "stable", kept["LTD"], "1", 0.9),
        Claim("time in which it is forgotten", "milliseconds to minutes", tau[0], "s", 1e-3, 600),
    )  # fmt: skip

    def draw():
        return panels(
            Panel(f"{FILAMENTS} silver filaments, 0.6 V", "time (µs)", "current (A)", {
                "all": (1e6 * (time + 6e-7), current), "one": (1e6 * (time + 6e-7), ds["current"].values[0])}, log="y"),
            Panel("Fading", "time after the pulse (ns)", "part of the first current", {
                f"{word}, β = {fit.beta:.2f}": (1e9 * time[fading], currents[word] / fit.start)
                for word, fit in fits.items()}, log="x"),
            Panel("Pulses, then rest", "time at rest (s)", "conductance (µS)", {
                f"{n} {word}": _rest(one, step) for n, one in done.items() for step, word in enumerate(("up", "down"))},
                log="x"),
            width=9.6,
        )  # fmt: skip

    return Result(claims, draw)


def _rest(ds, step: int):
    """Times (s) since the train, and conductances (µS) read at rest."""
    rows = long(ds, "pulse", "retention")
    rows = rows[rows["step"] == step]
    rest = rows[rows["kind"] == "retention"]
    return rest["time"] - rows[rows["kind"] == "pulse"]["time"].max(), 1e6 * rest["conductance"]


def ahn() -> Drive:
    """How the amorphous high-entropy oxide is pulsed: ±1 V as published, 100 µs as its set was tuned."""
    states = pn.device(AHN).state()
    off, on = ({name: float(name != "x_v" and up) for name in states} for up in (0, 1))
    return Drive(
        v_set=1.0, v_reset=-1.0, rate=1.0, i_set=math.inf, i_reset=math.inf, read_voltage=0.1, width=1e-4, v_up=1.0,
        v_down=-1.0, full=0.1, fast=2e-3, relax=math.inf, memory=20.8, off=off, on=on, source="published: ±1 V",
    )  # fmt: skip
