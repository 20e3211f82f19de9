"""Training on the devices themselves: gradients become pulses, and the pulses do what the devices make of them.

`cells` holds the devices of a matrix of weights and pulses those that are asked for, no others; `schemes` and
`tikitaka` turn what a layer saw and its error into pulses, each as its paper does; `training` runs a network through
its data.
"""

from pinched.networks.insitu.cells import WEIGHT_RANGE, Cells, mean_step, symmetry_point
from pinched.networks.insitu.schemes import Counts, MixedPrecision, Scheme, Sign, Trains
from pinched.networks.insitu.tikitaka import BufferedTikiTaka, ChoppedTikiTaka, TikiTaka
from pinched.networks.insitu.training import LEARNING_RATES, Trained, train_in_situ

__all__ = [
    "LEARNING_RATES",
    "WEIGHT_RANGE",
    "BufferedTikiTaka",
    "Cells",
    "ChoppedTikiTaka",
    "Counts",
    "MixedPrecision",
    "Scheme",
    "Sign",
    "TikiTaka",
    "Trained",
    "Trains",
    "mean_step",
    "symmetry_point",
    "train_in_situ",
]
