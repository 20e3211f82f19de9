"""Training on the devices themselves: gradients become pulses, and the pulses do what the devices make of them.

`cells` holds the devices of a matrix of weights and `pulses` moves those that are asked for, no others; `gradients`
finds what each `layer` of a network saw and its error, which `schemes` and `tikitaka` turn into pulses, each as its
paper does; `training` runs a network through its data.
"""

from pinched.networks.insitu.cells import WEIGHT_RANGE, Cells, mean_step, symmetry_point
from pinched.networks.insitu.layer import Layer
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
    "Layer",
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
