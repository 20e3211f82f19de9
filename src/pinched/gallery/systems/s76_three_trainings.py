"""S76: trained elsewhere, in place, or both: what variation, stuck cells and lost retention take from each."""

import functools

import numpy as np

import pinched as pn
from pinched.arrays import Mapping
from pinched.devices import ExponentialResponse
from pinched.gallery import Panel, Result, entry, panels
from pinched.gallery.images import images
from pinched.networks import MLP, program, train, train_in_situ

SIDE, HIDDEN, IMAGES, SHOWN = 14, 64, 10_000, 20_000
G = {"g_min": 1e-6, "g_max": 25e-6}
DRIFTING = "pcm-nandakumar-2019"
YEAR = 365 * 86400.0
STRENGTHS = {  # how strong each is; the last is compared
    "variation": (0.0, 0.3, 0.6),  # spread of conductance from device to device
    "stuck cells": (0.0, 0.1, 0.3),  # share
    "lost retention": (0.0, 86400.0, YEAR),  # s of drift
}
WAYS = ("ex situ", "hybrid", "in situ")


def chip(net, kind: str, strength: float, seed: int):
    """The network written to arrays that are not perfect, and the response of such devices to pulses."""
    pulsed = ExponentialResponse(n_up=128, n_down=128, **G)
    if kind == "variation":
        pulsed = pulsed.replace(sigma_g_max=strength, sigma_g_min=strength / 10, sigma_d2d=strength)
        return program(net, Mapping(sigma_device=strength, **G), seed), pulsed
    if kind == "stuck cells":
        mapping = Mapping(stuck_on=strength / 2, stuck_off=strength / 2, **G)
        return program(net, mapping, seed), pulsed.replace(stuck=strength)
    return program(net, pn.devices.programming(DRIFTING), seed).age(strength), pulsed


def held(programmed) -> list[np.ndarray]:
    """The weights (inputs + 1, outputs) that its arrays hold now."""
    found = []
    for engine in programmed.layers:
        w = np.array(engine.weights)
        w[-1] *= engine.x_max
        found.append(w)
    return found


@entry(
    system="S76",
    name="three-trainings",
    layer="Training",
    title="Ex situ, in situ and hybrid training: what imperfect arrays take from each",
    headline="in situ training is more immune to lost retention, stuck cells and variation; hybrid training recovers",
    sources=(
        "Cao et al., Nanoscale Horiz. 8, 716 (2023), 10.1039/d2nh00536k",
        "Yao et al., Nature 577, 641 (2020), 10.1038/s41586-020-1942-4, in Xia et al., Nano-Micro Lett. 17:217 (2025)",
    ),
    taken=(
        "how strong each imperfection is: 60 % spread, 30 % stuck (half ON, half OFF; in training by pulses anywhere)",
        "drift of phase-change cells over a year (Nandakumar et al., 2019), without compensation",
        f"196-{HIDDEN}-10 on images of 14 x 14 pixels, 128 equal pulses over the range (assumed)",
    ),
)
def three_trainings(seed: int) -> Result:
    """Write one network to worse and worse arrays; train its last layer there, or all of it."""
    data = images().first(IMAGES, 5000).resized(SIDE)
    x, labels = data.train
    net = train(MLP((x.shape[1], HIDDEN, 10), seed), x, labels, seed, epochs=data.passes(4 * SHOWN))
    software = data.score(net(data.test.images))

    def pulsed(net, response, x):
        cut = len(x) * 9 // 10
        return train_in_situ(net, response, x[:cut], labels[:cut], x[cut:], labels[cut:], seeds=(seed,),
                             epochs=data.passes(SHOWN)).nets[0]  # fmt: skip

    def ways(kind, strength):
        written, response = chip(net, kind, strength, seed)
        first, last = held(written)
        front = MLP.of([first])
        seen = [front(images).clip(0) for images in (x, data.test.images)]
        most = seen[0].max()
        scaled = np.vstack([last[:-1] * most, last[-1:]])
        hybrid = pulsed(MLP.of([scaled]), response, seen[0] / most)
        whole = pulsed(MLP.of([first, last]) if kind == "lost retention" else net.sizes, response, x)
        return (data.score(written.read(data.test.images)), data.score(hybrid(seen[1] / most)),
                data.score(whole(data.test.images)))  # fmt: skip

    found = {kind: np.array([ways(kind, s) for s in strengths]) for kind, strengths in STRENGTHS.items()}
    told = functools.partial(data.claim, anywhere=True)
    claims = []
    for kind, scores in found.items():
        lost = scores[0] - scores[-1]
        claims += [
            told(f"{kind}: points that ex situ loses more than in situ", "better immunity in situ", lost[0] - lost[2],
                 0.0, why=f"{lost[0]:.1f} points were lost ex situ, too few to tell them apart"),
            told(f"{kind}: points that retraining the last layer brings back", "recovers",
                 scores[-1, 1] - scores[-1, 0], 0.0,
                 why=f"{lost[0]:.1f} points were lost, less than pulses can learn back"),
        ]  # fmt: skip

    def draw():
        return panels(
            *(
                Panel(kind, {"variation": "spread", "stuck cells": "share", "lost retention": "days"}[kind],
                      "accuracy (%)",
                      {way: (np.array(STRENGTHS[kind]) / (86400 if kind == "lost retention" else 1), scores[:, n])
                       for n, way in enumerate(WAYS)}
                      | {"floating point": ([0, STRENGTHS[kind][-1] / (86400 if kind == "lost retention" else 1)],
                                            [software] * 2)})
                for kind, scores in found.items()
            ),
            width=10.0,
        )  # fmt: skip

    return Result(tuple(claims), draw)
