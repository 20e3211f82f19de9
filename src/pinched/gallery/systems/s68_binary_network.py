"""S68: a network of ±1 on devices with two levels, trained for long and in one pass."""

import numpy as np

from pinched.arrays import Mapping
from pinched.gallery import Panel, Result, entry, panels
from pinched.gallery.images import about, images
from pinched.networks import binary, program, train
from pinched.networks.observe import forward

HIDDEN, SHOWN = 1024, 300_000
DEVICE = {"levels": 2, "scheme": "offset", "g_min": 1e-8, "g_max": 1e-5}  # on/off 1000 (assumed)
SPREADS = (0.0, 0.1, 0.4)  # of ln(conductance)
READ = 1000  # test images that are read from arrays


def signs(x):
    """Black and white as ∓1."""
    return np.where(x < 0.5, -1, 1).astype(np.float32)


@entry(
    system="S68",
    name="binary-network",
    layer="Network",
    title="Binary network on two-level devices",
    headline="99.23 % of 10 000 MNIST images; 97.13 % after one epoch online",
    sources=(
        "Zhang et al., Nat. Commun. 12, 1984 (2021), in Xu et al., Mater. Horiz. (2024): a polymer with two states",
        "Hubara et al., NeurIPS 2016 (arXiv 1602.02830): training straight through the sign",
    ),
    taken=(
        f"a perceptron with {HIDDEN} hidden units, images in black and white; the article's network is not printed",
        "two states of a ratio of 1000 and a spread between devices (assumed)",
    ),
)
def binary_network(seed: int) -> Result:
    """Train weights and activations of ±1, then write them to devices with two levels that differ."""
    data = images()
    x, test, labels = signs(data.train.images), signs(data.test.images), data.train.labels
    start = binary.dense((x.shape[1], HIDDEN, 10), seed)
    history = []
    once = train(start, x, labels, seed, epochs=1)
    online = data.score(forward(once, test))
    net = train(start, x, labels, seed, epochs=data.passes(SHOWN), batch=100, rate=5e-3,
                progress=lambda epoch, _, loss: history.append((epoch, loss)))  # fmt: skip
    offline = data.score(forward(net, test))
    few = data.first(len(x), READ)
    exact = few.score(forward(net, test[:READ]))
    read = [
        few.score(program(net, Mapping(sigma_device=s, **DEVICE), seed, inputs=x[:64]).read(test[:READ], seed))
        for s in SPREADS
    ]
    why = (
        "the network is not printed; a perceptron of this size does not reach it, and 99 % of MNIST takes convolutions"
    )
    claims = (
        data.claim("accuracy, trained offline", "99.23 %", offline, *about(99.23), why=why),
        data.claim("accuracy after one pass", "97.13 %", online, *about(97.13), why=why),
        data.claim("points lost on two-level devices with a spread of 10 %", "none (two states are precise)",
                   exact - read[1], high=0.5),
    )  # fmt: skip

    def draw():
        epochs, loss = np.transpose(history)
        return panels(
            Panel("Training straight through", "epoch", "mean loss", {"weights and activations of ±1": (epochs, loss)}),
            Panel(f"On two levels, {data.name}", "spread of ln(conductance)", "accuracy (%)",
                  {"on devices": (SPREADS, read), "exact": (SPREADS, np.full(len(SPREADS), exact))},
                  {"printed": ([0], [99.23])} if data.name == "MNIST" else None),
            width=7.6,
        )  # fmt: skip

    return Result(claims, draw)
