"""S67: ten devices with a printed accuracy, each trained with what is printed of its pulses."""

import numpy as np

from pinched.devices import ExponentialResponse
from pinched.gallery import Panel, Result, entry, near, panels
from pinched.gallery.images import about, images
from pinched.networks import train_in_situ

# name -> printed accuracy in %, states where they are printed
PRINTED = {
    "MXene/PZT": (95.13, None), "Ag/TiO2/Pt": (95.98, None), "HfSe2": (93.34, None),
    "Ag/iota-carrageenan": (93.8, 2000), "Ag/PZT/NSTO": (94.7, 256), "BaTiO3-CeO2, online": (90.03, 5),
    "ultraviolet ferroelectric": (98.8, None), "SnS": (87.76, None), "fluoropolymer": (85.0, 7),
    "CeO2/NSTO": (96.0, None),
}  # fmt: skip
IDEALS = {"Ag/iota-carrageenan": 95.7, "Ag/PZT/NSTO": 95.6}
ASSUMED, IDEAL = 64, 100_000  # states
LABELS = (0.0, 1.0, 2.4, 5.0)  # NeuroSim's nonlinearity, both ways
SIDE, HIDDEN, IMAGES, SHOWN = 14, 64, 20_000, 40_000


def pulses(states: int, label: float = 0.0) -> ExponentialResponse:
    """A device with so many states; with a pair the ratio of its bounds cancels."""
    n = states - 1
    return ExponentialResponse.from_labels(label, -label, n_up=n, n_down=n, g_min=1e-7, g_max=1e-5)


@entry(
    system="S67",
    name="calibrated-devices",
    layer="Network",
    title="Ten devices on handwritten digits, with what is printed of their pulses",
    headline="MXene/PZT 95.13 %, TiO2 95.98 %, HfSe2 93.34 %, iota-carrageenan 93.8 % (ideal 95.7 %), PZT 94.7 % "
    "(95.6 %), BaTiO3-CeO2 90.03 %, ultraviolet 98.8 %, SnS 87.76 %, fluoropolymer 85 %, CeO2/NSTO 96 %",
    sources=("Cao et al., Nanoscale Horiz. 8, 716 (2023), 10.1039/d2nh00536k, and the articles it cites",),
    taken=(
        "printed: 2000 states and linear steps (iota-carrageenan), 256 (PZT), 5 (BaTiO3-CeO2), 7 (fluoropolymer)",
        f"six devices print neither states nor a curve: to a model they are one, of {ASSUMED} states (assumed)",
        "no nonlinearity and no noise is printed of any: equal steps, no noise (assumed)",
        f"one network for all, 196-{HIDDEN}-10 on images of 14 x 14 pixels, two devices a weight (assumed)",
    ),
)
def calibrated_devices(seed: int) -> Result:
    """Train one network by the pulses of each device; and of the assumed one with ever more curvature."""
    data = images().first(IMAGES).resized(SIDE)
    cut = len(data.train.labels) * 9 // 10
    (x, labels), sizes = data.train, (data.train.images.shape[1], HIDDEN, 10)

    def score(response):
        done = train_in_situ(sizes, response, x[:cut], labels[:cut], x[cut:], labels[cut:], seeds=(seed,),
                             epochs=data.passes(SHOWN))  # fmt: skip
        return data.score(done.nets[0](data.test.images))

    ideal = score(pulses(IDEAL))
    by_states = {n: score(pulses(n)) for n in sorted({n or ASSUMED for _, n in PRINTED.values()})}
    curved = [by_states[ASSUMED], *(score(pulses(ASSUMED, label)) for label in LABELS[1:])]
    ours = {name: by_states[n or ASSUMED] for name, (_, n) in PRINTED.items()}

    def why(name):
        if PRINTED[name][1] is None:
            return (
                f"neither states nor a curve is printed; {ASSUMED} states with labels of {LABELS[2]} give "
                f"{curved[2]:.1f} %, of {LABELS[3]:g} {curved[3]:.1f} %, and no pulses more than {ideal:.1f} %"
            )
        return (
            f"only the number of states is printed, and neither the network nor the scheme; ideal pulses: {ideal:.1f} %"
        )

    claims = (
        *(data.claim(f"accuracy, {name}", f"{value:g} %", ours[name], *about(value), why=why(name))
          for name, (value, _) in PRINTED.items()),
        *(data.claim(f"points below the ideal device, {name}", f"{best - PRINTED[name][0]:.1f} (ideal {best} %)",
                     ideal - ours[name], **near(best - PRINTED[name][0], 2),
                     why="so many equal steps without noise are as good as ideal: what costs them is not printed")
          for name, best in IDEALS.items()),
    )  # fmt: skip

    def draw():
        place = np.arange(len(PRINTED))
        printed = [value for value, _ in PRINTED.values()]
        states = [n or ASSUMED for _, n in PRINTED.values()]
        figure = panels(
            Panel(f"As printed and as computed, {data.name}", "", "accuracy (%)",
                  {"computed": (place, [ours[name] for name in PRINTED])},
                  {"printed": (place, printed)} if data.name == "MNIST" else None),
            Panel("States", "states", "accuracy (%)",
                  {"equal steps": (list(by_states), list(by_states.values())), "ideal": ([5, 2000], [ideal, ideal])},
                  {"printed": (states, printed)} if data.name == "MNIST" else None, log="x"),
            Panel(f"Curvature, {ASSUMED} states", "label, both ways", "accuracy (%)", {"computed": (LABELS, curved)}),
            width=10.5, height=3.6,
        )  # fmt: skip
        figure.axes[0].lines[0].set_linestyle("none")
        figure.axes[0].set_xticks(place, list(PRINTED), rotation=60, ha="right", fontsize=7)
        return figure

    return Result(claims, draw)
