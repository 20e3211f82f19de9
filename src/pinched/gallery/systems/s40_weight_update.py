"""S40: weight update, and the two sets of figures that soft and hard switching deserve."""

import numpy as np

from pinched.characterize.samples import long
from pinched.core import double
from pinched.devices import ExponentialResponse, response
from pinched.gallery import Claim, Panel, Result, entry, near, panels
from pinched.gallery.systems.s24_spinel_device import SPINEL, crystal
from pinched.gallery.systems.s36_plasticity import AHN, ahn
from pinched.reports.probe import conduct

SYNAPSES = (
    "ecram-li-exponential-2018", "ecram-mo-exponential-2019", "capacitor-exponential-2018", "hzo-exponential-2017",
    "agasi-exponential-2010", "pcmo-exponential-2013", "taoxhfox-exponential-2018",
)  # fmt: skip
DEVICES, READINGS = 200, 25
APART = 4.0  # standard deviations between the levels that are told apart


@entry(
    system="S40",
    name="weight-update",
    layer="Synapse",
    title="Weight update: analog and digital figures of merit",
    headline="over 2000 states (iota-carrageenan); soft amorphous against hard crystalline high-entropy oxide",
    sources=(
        "Zhang et al., Nanoscale 14, 12898 (2022), in Cao et al., Nanoscale Horiz. 8, 716 (2023)",
        "Yang et al., Nano-Micro Lett. 18:41 (2026), Table 1 and text: Ahn et al. 2021; Tsai et al. 2023, "
        "10.1002/adma.202302979",
        "Chen, Peng & Yu, IEDM 2017, and aihwkit: the synapses of the library",
    ),
    taken=("the spread of a pulse of every synapse", "on/off 1e5, an input of the spinel set"),
)
def weight_update(seed: int) -> Result:
    """The same pulses on both oxides; and the states that the noise of every published synapse leaves."""
    soft = conduct(AHN, "pulses", seed=seed, drive=ahn(), n=64, cycles=1)
    hard = conduct(SPINEL, "pulses", seed=seed, drive=crystal(), n=64, cycles=1)
    with double():
        states = {name: _levels(response(name), seed) for name in SYNAPSES}
    best = max(states, key=lambda name: states[name][1])
    printed = "hard: clear threshold, bistable"
    found = {"soft": soft.metrics, "hard": hard.metrics}
    claims = (
        Claim(f"states {APART:g}σ apart of the best published synapse ({best})", "> 2000", states[best][1], "1", 2000,
              why="noise adds up along a train; 2000 such states allow 1.25e-4 of the range, and no noise of the "
              "carrageenan is printed"),
        Claim("pulses of the longest published train, each a state without noise", "> 2000",
              max(n for n, _ in states.values()), "1", note="an input: what the train is made of"),
        Claim("soft switching, amorphous", "gradual, analog", found["soft"]["soft"].value, "1", 1, 1),
        Claim("soft switching, spinel", printed, found["hard"]["soft"].value, "1", 0, 0,
              why="in the model equal pulses grow the phase in small steps once it percolates, as the 32 analog levels "
              "of the same review ask; the threshold is before them"),
        Claim("pulses without effect before the spinel conducts", "clear threshold", _idle(hard.data), "1", 2),
        Claim("pulses without effect, amorphous", "none", _idle(soft.data), "1", 0, 0),
        Claim("dynamic range, amorphous", "6-15", found["soft"]["dynamic_range"].value, "1", 6, 15),
        Claim("dynamic range, spinel", "1e5", found["hard"]["dynamic_range"].value, "1", **near(1e5, 2)),
    )  # fmt: skip

    def draw():
        def curve(ds):
            rows = long(ds, "pulse")
            g = rows["conductance"].to_numpy()
            return np.arange(g.size), (g - g.min()) / np.ptp(g)

        n, left = np.array(list(states.values())).T
        return panels(
            Panel("Equal pulses up, then down", "reading", "conductance over its range", {
                "amorphous, ±1 V 100 µs": curve(soft.data), "spinel, ±2.5 V 3.5 µs": curve(hard.data)}),
            Panel("What noise leaves of the states", "pulses in a train", "states told apart", {
                "each pulse a state": ([30, 1e4], [30, 1e4])}, {
                "published synapses": (n, left), "iota-carrageenan (pulses unknown)": ([2000], [2000])}, log="xy"),
        )  # fmt: skip

    return Result(claims, draw)


def _idle(ds) -> int:
    """Pulses up that together change the conductance by less than a hundredth of what the train does."""
    rows = long(ds, "pulse")
    g = rows[rows["step"] == 0]["conductance"].to_numpy()
    return int(np.argmax((g - g[0]) > 0.01 * np.ptp(g))) - 1


def _levels(synapse: ExponentialResponse, seed: int) -> tuple[float, float]:
    """Pulses of a train up, and the conductances along it that stay APART standard deviations apart."""
    n, span = float(synapse.n_up), float(synapse.g_max - synapse.g_min)
    g = np.full(DEVICES, float(synapse.g_min))
    mean, spread = [], []
    for k in range(READINGS):
        g = np.asarray(synapse.step(g, n / READINGS, 1000 * seed + k))
        mean.append(g.mean() / span)
        spread.append(g.std() / span)
    steps = np.diff(mean) / (APART * np.maximum(spread[1:], 1e-9))
    return n, float(min(1 + steps.sum(), n + 1))
