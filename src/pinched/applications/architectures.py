"""The networks that a trial puts on devices, and the images as each takes them."""

from typing import Any, NamedTuple

import equinox as eqx
import numpy as np

from pinched.applications import digits, mnist
from pinched.core import PinchedError
from pinched.networks import models
from pinched.networks.mlp import MLP

MODELS = ("mlp", "lenet", "resnet", "lstm", "transformer")
TASKS = ("digits", "mnist", "fashion")
CLASSES = 10


class Part(NamedTuple):
    """Samples as the model takes them, and classes."""

    x: np.ndarray
    labels: np.ndarray


def architecture(model: str, task: str, seed: int = 0):
    """The network of a name for the images of a task."""
    small = task == "digits"
    side = 8 if small else 28
    match model:
        case "mlp":
            return MLP((side**2, 32 if small else 64, CLASSES), seed)
        case "lenet":
            return models.LeNet(1, side, CLASSES, kernel=3 if small else 5, key=seed)
        case "resnet":
            return models.ResNet(8, 1, CLASSES, width=8, key=seed)
        case "lstm":
            return models.LSTM(side, 32 if small else 64, CLASSES, key=seed)
    return models.Transformer(side, CLASSES, tokens=side, key=seed)


def parted(net) -> tuple[Any, np.ndarray]:
    """A network without its last layer, and the weights (inputs + 1, outputs) of that."""
    if isinstance(net, MLP):
        if len(net.weights) < 2:
            raise PinchedError("A network of one layer has nothing to program before it: train it in situ.")
        return MLP.of(net.weights[:-1]), net.weights[-1]
    head = _head(net)
    rows = np.concatenate([np.asarray(head.weight).T, np.asarray(head.bias)[None]])
    return eqx.tree_at(_head, net, eqx.nn.Identity()), rows


def joined(net, rows):
    """A network with other weights in its last layer."""
    if isinstance(net, MLP):
        return MLP.of((*net.weights[:-1], rows))
    return eqx.tree_at(lambda n: (_head(n).weight, _head(n).bias), net, (rows[:-1].T, rows[-1]))


def shaped(parts, model: str) -> tuple[Part, Part, Part]:
    """Images (n, pixels) as a model takes them."""
    side = round(parts[0][0].shape[1] ** 0.5)
    shape = {"mlp": (side**2,), "lenet": (1, side, side), "resnet": (1, side, side)}.get(model, (side, side))
    train_, validation, test = (Part(np.asarray(x, np.float32).reshape(-1, *shape), labels) for x, labels in parts)
    return train_, validation, test


def _head(net):
    return net.dense[-1] if isinstance(net, models.LeNet) else net.head


def images_of(task: str, data, images: int | None):
    """Parts to train, to choose and to test with; of MNIST the last twelfth of the training images chooses."""
    if task == "digits":
        train_, validation, test = digits.samples()
    elif data is None:
        raise PinchedError(f"The images of {task} are not carried: name the folder of their four files with --data.")
    else:
        whole, test = (part.flat() for part in mnist.load(data))
        cut = len(whole.images) * 11 // 12
        train_, validation = ([a[of] for a in whole] for of in (slice(cut), slice(cut, None)))
    x, labels = train_
    return (x[:images], labels[:images]), validation, test
