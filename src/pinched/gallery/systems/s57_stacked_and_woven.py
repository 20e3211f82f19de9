"""S57: information through three stacked 6 x 6 arrays, and crossbars woven of fibres."""

import numpy as np

from pinched.arrays.margins import ir_drop
from pinched.arrays.schemes import bias
from pinched.arrays.stacked import Stack, woven
from pinched.gallery import Claim, Panel, Result, entry

SIDE, LAYERS = 6, 3
G_ON, RANGE = 100e-6, 50.0  # S (assumed), and its ratio to the OFF state
FIBRES = {"metal-coated": 1e3, "carbon nanotubes": 1e5}  # ohm/m (assumed, orders of magnitude)
PITCH = 1e-3  # m
WEAVES = np.array([2, 4, 6, 8, 12, 16, 24, 32])
FIBRE_G, FIBRE_RANGE = 10e-6, 1e6  # S (assumed), and the printed range of a MoS2/HfAlOx fibre


def routed(order, ratio: float) -> Stack:
    """Layers whose ON cells carry channel i straight down two layers and to output order[i] in the last."""
    last = np.eye(SIDE)[order]
    on = np.stack([np.eye(SIDE)] * (LAYERS - 1) + [last])
    return Stack(np.where(on > 0, G_ON, G_ON / ratio), 1.0, 1.0)


def channels(transmission, order) -> tuple[int, float]:
    """How many outputs exceed all crosstalk together, and the worst ratio of the two."""
    wanted = transmission[np.arange(SIDE), order]
    others = transmission.sum(axis=0)[order] - wanted
    return int(np.sum(wanted > others)), float(np.min(wanted / others))


def errors(transmission, order) -> float:
    """Part of wrong bits over all words of the six channels, each output judged by half of what all of them give."""
    words = (np.arange(2**SIDE)[:, None] >> np.arange(SIDE)) & 1
    got, threshold = words @ transmission, transmission.sum(axis=0) / 2
    return float(np.mean((got > threshold)[:, order] != words))


@entry(
    system="S57",
    name="stacked-and-woven",
    layer="Array",
    title="In-memory communication through stacked arrays, and crossbars of fibres",
    headline="multichannel transmission through a three-layer 6 x 6 stack; textiles with intrinsic crossbars",
    sources=(
        "Xu et al., Mater. Horiz. (2024), 10.1039/d4mh00291a: three-layer 6 x 6 Pt/HfAlOx/TaN (Wang et al.), fibres of "
        "Ag, Pt and carbon nanotubes",
        "Xia et al., Nano-Micro Lett. 17:217 (2025), Table 2: range 50 of the flexible HfAlOx stack, 1e6 of the "
        "MoS2/HfAlOx fibre",
    ),
    taken=(
        "ranges of 50 and 1e6; ON states of 100 µS and 10 µS (assumed)",
        "fibres of 1 and 100 kohm/m at a pitch of 1 mm (assumed orders of magnitude)",
    ),
)
def stacked_and_woven(seed: int) -> Result:
    """Send words through a stack whose planes float between first and last; read crossbars of yarns."""
    straight, crossed = np.arange(SIDE), np.random.default_rng(seed).permutation(SIDE)
    sent = {name: routed(order, RANGE).transmission() for name, order in (("straight", straight), ("crossed", crossed))}
    open_, ratio = channels(sent["straight"], straight)
    ranges = np.geomspace(3, 1e4, 12)
    ratios = [channels(routed(straight, r).transmission(), straight)[1] for r in ranges]
    loss = {name: [] for name in FIBRES}
    window = {name: [] for name in FIBRES}
    for n in WEAVES:
        for name, per_metre in FIBRES.items():
            g = np.full((n, n), FIBRE_G)
            cloth = woven(g, PITCH, per_metre, per_metre, spread=0.2, seed=seed)
            loss[name].append(float(ir_drop(cloth).max()))
            held = bias("grounded", (n, n), 0, n - 1, 0.2)
            on = cloth.solve(**held).i_bit_bottom[-1]
            g[0, -1] = FIBRE_G / FIBRE_RANGE
            off = woven(g, PITCH, per_metre, per_metre, spread=0.2, seed=seed).solve(**held).i_bit_bottom[-1]
            window[name].append(1 - off / on)
    claims = (
        Claim("channels whose signal exceeds all crosstalk, three layers 6 x 6", "multichannel, 6 x 6", open_, "1",
              SIDE, SIDE),
        Claim("wrong bits over all 64 words", "information is transmitted", 100 * errors(sent["straight"], straight),
              "%", high=0.0),
        Claim("wrong bits with the last layer programmed to cross the channels", "programmable paths",
              100 * errors(sent["crossed"], crossed), "%", high=0.0),
        Claim("read margin of a woven 6 x 6, carbon nanotube fibres", "intrinsic crossbar",
              100 * window["carbon nanotubes"][int(np.flatnonzero(WEAVES == 6)[0])], "%", 50.0),
    )  # fmt: skip

    def draw():
        from pinched.reports.figures.array_maps import sequential
        from pinched.reports.figures.style import canvas

        figure, axes = canvas(4, width=11.5, height=2.8)
        for place, (name, t) in zip(axes, sent.items(), strict=False):
            shown = place.imshow(1e6 * t, cmap=sequential(), vmin=0)
            figure.colorbar(shown, ax=place, shrink=0.75, label="µS")
            place.set(title=f"Transmission, {name}", xlabel="output line", ylabel="input line")
            place.grid(False)
        Panel("Signal over all crosstalk", "range G_on/G_off", "worst channel", {"three layers": (ranges, ratios)},
              {"HfAlOx stack": ([RANGE], [ratio])}, log="xy").draw(axes[2])  # fmt: skip
        curves = {name: (WEAVES, 100 * np.array(values)) for name, values in loss.items()}
        Panel("Woven crossbars, all cells ON", "fibres along a side", "voltage lost, worst cell (%)", curves).draw(
            axes[3]
        )
        return figure

    return Result(claims, draw)
