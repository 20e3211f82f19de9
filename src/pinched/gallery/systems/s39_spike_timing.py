"""S39: spike timing, by overlap and by a second state, and spike rate."""

import dataclasses

import numpy as np

import pinched as pn
from pinched.characterize.plasticity import rates, timing
from pinched.devices import describe
from pinched.experiments.drive import find_drive
from pinched.gallery import Claim, Panel, Result, entry, near, panels
from pinched.gallery.systems.s36_plasticity import AHN, ahn
from pinched.reports.probe import conduct

WOX = "wox-second-order-phenom"
VOLTS = 0.83  # V, at which 50 ms do to the oxide what its published ±1 V do in 100 µs, at 62 mV a decade
DELAYS = 0.05 * np.array([-9, -7, -5, -3, -1.5, -0.8, -0.4, 0.4, 0.8, 1.5, 3, 5, 7, 9])  # s, spikes of 50 ms
GAPS = np.array([0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2])  # s
RATES = np.geomspace(1, 300, 8)  # Hz


@entry(
    system="S39",
    name="spike-timing",
    layer="Synapse",
    title="Spike timing and spike rate",
    headline="±1.5 V spikes of 50 ms: stronger where post follows pre, weaker where it precedes; rate as well",
    sources=(
        "Wang et al., ACS Appl. Mater. Interfaces 10, 37345 (2018), 10.1021/acsami.8b16841, in Xia et al., "
        "Nano-Micro Lett. 17:217 (2025)",
        "Xu et al., Mater. Horiz. (2024), 10.1039/d4mh00291a: high rates potentiate, low ones depress",
        "Kim et al., Nano Lett. 15, 2203 (2015); Du et al., Adv. Funct. Mater. 25, 4290 (2015): second order",
    ),
    taken=("50 ms", "a tail of half of the amplitude and ten times the width, assumed"),
)
def spike_timing(seed: int) -> Result:
    """Overlapping spikes on the amorphous high-entropy oxide; separate ones, and trains, on second-order WOx."""
    slow = dataclasses.replace(ahn(), width=0.05, v_up=VOLTS, v_down=-VOLTS)
    overlap = timing(conduct(AHN, "stdp", seed=seed, drive=slow, delays=DELAYS).data)
    drive = find_drive(pn.device(WOX), describe(WOX), width=5e-4)
    apart = timing(conduct(WOX, "stdp-second-order", seed=seed, drive=drive,
                           delays=np.concatenate([-GAPS, GAPS])).data)  # fmt: skip
    rate = rates(conduct(WOX, "srdp", seed=seed, drive=drive, rates=RATES).data)

    def change(table, sign: int) -> np.ndarray:
        return 100 * table[table["delay"] * sign > 0].sort_values("delay", key=np.abs)["change"].to_numpy()

    close, far = change(apart, 1)[0], change(apart, 1)[-1]
    shapes = "the tails, which the reviews do not print, decide what meets what"
    claims = (
        Claim("largest change, post 20 to 450 ms after pre", "stronger", change(overlap, 1).max(), "%", 1.0,
              note=shapes),
        Claim("largest change, post 20 to 450 ms before pre", "weaker", change(overlap, -1).min(), "%",
              high=-1.0, note=shapes),
        Claim("changes of the sign of the delay", "14 of 14 delays",
              int(np.sum(overlap["change"] * overlap["delay"] > 0)), "1", 14, 14, note=shapes),
        Claim("amplitude of a 50 ms spike", "±1.5 V", slow.v_up, "V", **near(1.5, 1.25),
              why="another film: this oxide is written by ±1 V in 100 µs, and needs less in 50 ms"),
        Claim("without overlap: change at 2 ms beyond that at 200 ms", "nearer, more", close - far, "%", 0.0),
        Claim("without overlap: change, pre after post", "weaker", change(apart, -1)[0], "%", high=0.0),
        Claim(f"change by 20 pulses at {RATES[-1]:.3g} Hz", "potentiates", 100 * rate["change"].iloc[-1], "%", 0.0),
        Claim("change at 300 over that at 1 Hz", "more at high rate", rate["change"].iloc[-1] / rate["change"].iloc[0],
              "1", 1.2),
        Claim("change by 20 pulses at 1 Hz", "depresses", 100 * rate["change"].iloc[0], "%", high=0.0,
              why="pulses of one sign only raise this weight, and it keeps for 1000 s; depression takes a second sign"),
    )  # fmt: skip

    def draw():
        return panels(
            Panel("Overlapping spikes", "t_post − t_pre (ms)", "change (%)", {
                "high-entropy oxide": (1e3 * overlap["delay"], 100 * overlap["change"])}),
            Panel("Second order, no overlap", "t_post − t_pre (ms)", "change (%)", {
                word: (1e3 * sign * GAPS, change(apart, sign))
                for word, sign in (("post after pre", 1), ("pre after post", -1))}),
            Panel("20 pulses at a rate", "rate (Hz)", "change (%)", {
                "WOx": (rate["rate"], 100 * rate["change"])}, log="x"),
            width=9.6,
        )  # fmt: skip

    return Result(claims, draw)
