"""S75: the comparison of fully connected, convolutional and spiking networks, from runs of the first two."""

from typing import NamedTuple

import numpy as np

import pinched as pn
from pinched.applications import digits
from pinched.applications.architectures import architecture, shaped
from pinched.gallery import Claim, Result, entry
from pinched.networks import NetworkCost, TrainingCost, program, reference, train, train_in_situ, training_cost
from pinched.networks.accuracy import accuracy_of
from pinched.networks.observe import forward

STATISTICS, RESPONSE = "hfox-wan-2022", "taoxhfox-exponential-2018"
EPOCHS = 15
PULSED = 3
PASSES = 3  # through the weights for an image in training: forward, backward, gradient
UPDATE = 2 * 100e-12 / 2 + 4.6e-12  # J: 32 bits from 1 MB of SRAM and back, and a MAC; Horowitz, ISSCC 2014
NONE = "spiking networks are not part of the library yet, so there is no run to take this from"


class Kind(NamedTuple):
    """What a run says of one kind of network."""

    layers: str
    exact: float  # accuracy in floating point, %
    accuracy: float  # on the devices
    cost: NetworkCost
    weights: int

    @property
    def training(self) -> float:
        """MACs of a training."""
        return PASSES * EPOCHS * len(digits.samples().train.labels) * self.cost.total["MAC"].value


def kind(model: str, layers: str, seed: int) -> Kind:
    """Trained in floating point, programmed onto HfOx, and tested."""
    parts = shaped(digits.samples(), model)
    (x, labels), test = parts[0], parts[2]
    net = train(architecture(model, "digits", seed), x, labels, seed, epochs=EPOCHS)
    on = program(net, pn.devices.programming(STATISTICS), seed, inputs=x[:256])
    exact, found = (100 * accuracy_of(logits, test.labels) for logits in (forward(net, test.x), on.read(test.x, seed)))
    weights = sum(engine.signal.shape[0] * engine.signal.shape[2] for engine in on.layers)
    return Kind(layers, exact, found, on.cost(), weights)


def updates(seed: int) -> tuple[TrainingCost, float]:
    """What training the fully connected network by pulses costs, and of it an update of one weight, J."""
    (x, labels), validation, _ = digits.samples()
    response = pn.devices.response(RESPONSE)
    done = train_in_situ(digits.SIZES, response, x, labels, *validation, seeds=(seed,), epochs=PULSED,
                         learning_rates=(0.3,))  # fmt: skip
    on = program(done.nets[0], response, inputs=x[:256])
    spent = training_cost(on, float(done.pulses[0]), PULSED * len(x))
    count = sum(w.size for w in done.nets[0].weights) * PULSED * len(x) / 32
    return spent, spent.writes.value / count


@entry(
    system="S75",
    name="network-kinds",
    layer="Network",
    title="Fully connected, convolutional and spiking networks compared",
    headline="energy efficiency moderate, high, great; training complexity low, moderate, high; no numbers",
    sources=("Xia et al., Nano-Micro Lett. 17:217 (2025), Table 3",),
    taken=(
        "programming errors of HfOx (Wan et al., Nature 608, 504 (2022)) and pulses of TaOx/HfOx (NeuroSim)",
        "8 x 8 digits (UCI), 8-bit converters in 32 nm CMOS at the mean of published models",
        "digital energies of Horowitz, ISSCC 2014, 10.1109/ISSCC.2014.6757323",
    ),
)
def network_kinds(seed: int) -> Result:
    """Train both kinds on the same images, program both onto the same devices, and price them in the same way."""
    ann, cnn = kind("mlp", "64-32-10", seed), kind("lenet", "2 convolutions, 3 dense", seed)
    spent, update = updates(seed)
    per_watt = [each.cost.total["TOPS/W"].value for each in (ann, cnn)]
    sram = reference().set_index("what")["low"]["8-bit integer MAC, its weight from 1 MB of SRAM"]
    convolutions = [found for path, found in cnn.cost.items() if path.startswith("convs")]
    each = sum(c["energy"].value for c in convolutions) / sum(c["MAC"].value for c in convolutions)
    lost = (
        f"on 8 x 8 pixels a convolution finds little more (in floating point {cnn.exact:.1f} against {ann.exact:.1f} "
        "%), and the errors of programming add up over five layers"
    )
    ratio = cnn.cost.total["energy"].value / ann.cost.total["energy"].value
    claims = (
        Claim("energy efficiency, CNN over ANN (TOPS/W)", "high against moderate", per_watt[1] / per_watt[0], "1", 1.0,
              why="kernels of 10 and 55 rows leave a column few products to share a conversion among, so a sparse CNN "
              f"saves weights, not conversions; an inference takes {ratio:.2g} times the energy"),
        Claim("training, CNN over ANN (MACs)", "moderate against low", cnn.training / ann.training, "1", 1.0),
        Claim("weight update, digital over memristor (ANN)", "reduced power", UPDATE / update, "1", 1.0),
        Claim("MAC of a convolution, weights from SRAM over in memory", "in-memory", sram / each, "1", 1.0),
        Claim("accuracy on images, CNN over ANN (points)", "image processing", cnn.accuracy - ann.accuracy, "1", 0.0,
              why=lost),
        Claim("energy efficiency of an SNN (TOPS/W)", "great", np.nan, "1", 0.0, why=NONE),
        Claim("training of an SNN over ANN", "high against low", np.nan, "1", 0.0, why=NONE),
    )  # fmt: skip

    def draw():
        return _sheet(ann, cnn, spent, update)

    return Result(claims, draw)


def _sheet(ann: Kind, cnn: Kind, spent: TrainingCost, update: float):
    """The table, with numbers in the place of words."""
    from pinched.core import engineering
    from pinched.reports.figures.style import FAINT, canvas, style

    def both(read):
        return [read(kind) for kind in (ann, cnn)]

    def q(name, unit):
        return both(lambda kind: engineering(kind.cost.total[name].value, unit))

    rows = [
        ("Layers", *both(lambda k: k.layers)),
        ("Weights", *both(lambda k: f"{k.weights}")),
        ("MACs an image", *both(lambda k: f"{k.cost.total['MAC'].value:.4g}")),
        ("Accuracy, floating point", *both(lambda k: f"{k.exact:.1f} %")),
        ("Accuracy on HfOx", *both(lambda k: f"{k.accuracy:.1f} %")),
        ("Energy an image", *q("energy", "J")),
        ("TOPS/W", *both(lambda k: f"{k.cost.total['TOPS/W'].value:.3g}")),
        ("Time an image", *q("latency", "s")),
        ("MACs of the training", *both(lambda k: f"{k.training:.3g}")),
        ("Trained by pulses", engineering(spent.energy.value, "J"), "not run"),
        ("Weight update", engineering(update, "J"), "not run"),
    ]
    with style():
        figure, (place,) = canvas(width=7.2, height=3.4)
        place.axis("off")
        table = place.table([[*row, "not run"] for row in rows], colLabels=["", "ANN", "CNN", "SNN"], loc="center",
                            cellLoc="left", colWidths=[0.3, 0.22, 0.3, 0.14])  # fmt: skip
        table.scale(1, 1.35)
        for cell in table.get_celld().values():
            cell.set_edgecolor(FAINT)
        place.set_title("Table 3, with the numbers of our runs")
    return figure
