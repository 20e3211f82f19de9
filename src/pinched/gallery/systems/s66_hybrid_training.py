"""S66: a five-layer convolutional network whose dense layer learns, in place, to live with the arrays before it."""

from typing import Any

import equinox as eqx
import jax
import numpy as np

import pinched as pn
from pinched.arrays import Mapping
from pinched.devices import response
from pinched.gallery import Claim, Panel, Result, entry, panels
from pinched.gallery.images import about, images
from pinched.networks import MLP, program, train, train_in_situ
from pinched.networks.observe import forward

PROGRAMMED, PULSED = "hfox-wan-2022", "taoxhfox-exponential-2018"
SPREADS = (0.0, 0.2)  # of ln(conductance), beside the error of programming
MAIN = 0.2
LEARNT = 6000  # images for the dense layer: the article takes a tenth of those it has
SHOWN = 60_000  # images in floating point, repeated
RATES = 0.01, 0.03, 0.1, 0.3  # of the dense layer, which has little left to learn
SEEN = 2000  # of the test images
BITS = {"dac_bits": 8, "adc_bits": 8}
GPU = 14e12 / 250  # operations per joule


class Network(eqx.Module):
    """Convolution, pooling, convolution, pooling, dense: 8 and 12 kernels of 3 x 3, 192 features."""

    first: eqx.nn.Conv2d
    second: eqx.nn.Conv2d
    pools: tuple
    dense: Any

    def __init__(self, side: int, key: int):
        k = jax.random.split(jax.random.key(key), 3)
        self.first = eqx.nn.Conv2d(1, 8, 3, padding=1, dtype=np.float32, key=k[0])
        self.second = eqx.nn.Conv2d(8, 12, 3, padding=int(side < 28), dtype=np.float32, key=k[1])
        self.pools = eqx.nn.MaxPool2d(3, 3, padding=1), eqx.nn.MaxPool2d(2, 2)
        left = (-(-side // 3) - 2 * (side >= 28)) // 2
        self.dense = eqx.nn.Linear(12 * left**2, 10, dtype=np.float32, key=k[2])

    def __call__(self, x, key=None):
        """Logits of an image (1, side, side), or its features where `dense` passes them on."""
        for conv, pool in zip((self.first, self.second), self.pools, strict=True):
            x = pool(jax.nn.relu(conv(x)))
        return self.dense(x.ravel())


def hybrid(net, mapping, train_x, labels, test_x, seed):
    """Logits of the test images with all written as trained, with the dense layer trained there, and the network."""
    whole = program(net, mapping, seed, inputs=train_x[:256])
    front = program(eqx.tree_at(lambda n: n.dense, net, eqx.nn.Identity()), mapping, seed, inputs=train_x[:256])
    x, t = front.read(train_x, seed), front.read(test_x, seed + 1)
    most = x.max()
    weights = np.vstack([np.asarray(net.dense.weight).T * most, net.dense.bias])
    held = len(x) // 6
    learnt = train_in_situ(
        MLP.of([weights]), response(PULSED), x[held:] / most, labels[held:],
        x[:held] / most, labels[:held], seeds=(seed,), epochs=4, learning_rates=RATES,
    )  # fmt: skip
    return whole.read(test_x, seed + 1), learnt.nets[0](t / most), whole


@entry(
    system="S66",
    name="hybrid-training",
    layer="Network",
    title="Five-layer convolutional network with hybrid training",
    headline="above 96 % of MNIST, energy efficiency two orders above a GPU; 89.9 % on one 128 x 64 1T1R array",
    sources=(
        "Yao et al., Nature 577, 641 (2020), 10.1038/s41586-020-1942-4, in Xia et al., Nano-Micro Lett. 17:217 (2025)",
        "Hu et al., Adv. Mater. 30, 1705914 (2018), 10.1002/adma.201705914, in Cao et al., Nanoscale Horiz. 8, 716",
        "Nvidia Tesla V100 datasheet (PCIe): 14 TFLOPS in single precision at 250 W",
    ),
    taken=(
        "8 and 12 kernels of 3 x 3, pools of 3 and 2, 192 features: after the article",
        "errors of programming HfOx (Wan et al., Nature 608, 504, 2022), pulses of TaOx/HfOx (Wu et al., VLSI 2018)",
        f"a spread of {MAIN:g} of ln(conductance) between devices, for what else differs (assumed)",
        "8-bit converters, 32 nm; one dense layer on 11 x 11 pixels for the 128 x 64 array (assumed)",
    ),
)
def hybrid_training(seed: int) -> Result:
    """Train in floating point, write to arrays that differ, and train the last layer there by pulses."""
    data = images().first(20_000, SEEN)
    shape = (-1, 1, data.side, data.side)
    x, labels = data.train.images.reshape(shape), data.train.labels
    net = train(Network(data.side, seed), x, labels, seed, epochs=data.passes(SHOWN))
    data = data.first(LEARNT)
    x, labels, test = data.train.images.reshape(shape), data.train.labels, data.test.images.reshape(shape)
    floating = data.score(forward(net, test))
    known = pn.devices.programming(PROGRAMMED)
    found = [hybrid(net, Mapping.of(known, sigma_device=spread, **BITS), x, labels, test, seed) for spread in SPREADS]
    mapped, learnt = np.transpose([[data.score(each) for each in run[:2]] for run in found])
    at = SPREADS.index(MAIN)

    total = found[-1][2].cost(dac_bits=1, input_bits=8)["total"]
    efficiency = 2 * total["MAC"].value / total["energy"].value

    small = images().first(20_000).resized(11)
    one = train(MLP((small.train.images.shape[1], 10), seed), *small.train, seed, epochs=small.passes(80_000))
    single = program(one, Mapping.of(pn.devices.programming("hfo2-milo-2021"), stuck_off=0.002, tile=(128, 64)), seed)
    claims = (
        data.claim("accuracy after hybrid training", "> 96 %", learnt[at], 96.0,
                   why=f"an entry has time for {SHOWN} images: they take the network to {floating:.1f} % in floating "
                   "point"),
        data.claim("points that it brings back", "more than none", learnt[at] - mapped[at], 0.0),
        Claim("operations per joule over those of a GPU", "> two orders of magnitude", efficiency / GPU, "1", 100.0,
              why="converters are priced at the mean of published models, and kernels of 10 and 73 rows share each "
              "conversion among few cells"),
        small.claim("accuracy of one layer on a 128 x 64 array", "89.9 %",
                    small.score(single.read(small.test.images, seed)), *about(89.9)),
    )  # fmt: skip

    def draw():
        place = np.array(SPREADS)
        return panels(
            Panel(f"Five layers, {data.name}", "spread of ln(conductance)", "accuracy (%)",
                  {"all as trained in floating point": (place, mapped), "dense layer trained in place": (place, learnt),
                   "floating point": (place, np.full(len(place), floating))},
                  {"printed, above": ([MAIN], [96.0])}),
            width=5.2, height=3.4,
        )  # fmt: skip

    return Result(claims, draw)
