"""The benchmark of MLP+NeuroSim: a 400-100-10 perceptron that learns handwritten digits one image at a time.

Chen, Peng & Yu, IEDM 2017; MLP+NeuroSim V3.0. One device a weight in [−1, 1], read through its access transistor:

    g' = g/(1 + R g),    w = 2 (g' − g'_min)/(g'_max − g'_min) − 1

Inputs are black and white. A column is read as floor((2^b − 1) Σ g'/(n (g'_max − g'_min))) minus the same of a dummy
column in the middle of the range, the sum going over the driven of n rows. Units are logistic; the second layer is
driven by hidden units above one half, but learns from their analog values. The loss is Σ(a − t)². A weight is asked to
change by −rate · gradient, in pulses rounded to the nearest of the levels over its range: what is below half a pulse is
lost.
"""

import itertools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from pinched.arrays.converters import integrate_and_fire
from pinched.arrays.macro import Macro
from pinched.devices import PulseResponse
from pinched.networks.accuracy import accuracy_of
from pinched.networks.insitu.cells import Cells

HIDDEN = 100
RATES = (0.4, 0.2)  # of the first and the second layer


class Benchmark(NamedTuple):
    """What came of it."""

    images: np.ndarray  # at which the network was tested
    accuracy: np.ndarray  # on all test images, at each of them
    layers: tuple[Cells, ...]
    pulses: float  # that all devices received
    rows: tuple[float, float]  # rows of each layer that an image drives, on average
    conductance: tuple[float, float]  # of all the devices of these rows, on average over images, S


def benchmark(
    response: PulseResponse,
    x,
    labels,
    x_test,
    labels_test,
    *,
    images: int = 8000,
    every: int = 8000,
    levels: tuple[float, float] | None = None,
    r_access: float = 15e3,
    bits: int = 8,
    seed: int = 0,
    progress: Callable[[str, float], None] | None = None,
) -> Benchmark:
    """Train on `images` drawn with replacement, and test after `every` of them.

    Args:
        response: the PulseResponse of the devices.
        x, labels: training images (n, …) from 0 to 1, which count as white from one half on, and classes (n,); in the
            published benchmark the inner 20 x 20 pixels of MNIST.
        x_test, labels_test: those to test on.
        images, every: training images, and how many between two tests.
        levels: pulses up and down that the range is taken for; by default those of an ExponentialResponse.
        r_access: resistance of the access transistor, ohm.
        bits: of the converters.
        seed: of first weights, devices, images and pulses.
        progress: called with a few words and the fraction done.
    """
    x, x_test = (np.reshape(part >= 0.5, (len(part), -1)).astype(np.float32) for part in (x, x_test))
    sizes = (x.shape[1], HIDDEN, int(np.max(labels)) + 1)
    rng = np.random.default_rng(seed)
    first = [rng.integers(-3, 4, shape).astype(np.float32) / 3 for shape in itertools.pairwise(sizes)]
    layers = tuple(Cells(response, w, 1.0, False, rng, 0.5) for w in first)
    readers = tuple(Reader(cells, r_access, bits) for cells in layers)
    one, two = readers
    up, down = levels or (float(response.n_up), float(response.n_down))  # type: ignore[attr-defined]
    tested, scores, driven, current = [], [], [0.0, 0.0], [0.0, 0.0]
    for k, i in enumerate(rng.integers(len(x), size=images)):
        v = x[i]
        z = one.sums(v)
        a, h = expit(z), (z >= 0).astype(np.float32)
        out = expit(two.sums(h))
        slope = 2 * out * (1 - out)
        d_out = slope * out
        d_out[labels[i]] -= slope[labels[i]]
        d_hidden = a * (1 - a) * (two.weights @ d_out)
        for n, (reader, seen, d) in enumerate(((one, v, d_hidden), (two, a, d_out))):
            driven[n] += float(reader.driven)
            current[n] += float(reader.current)
            reader.learn(seen, d * np.float32(-RATES[n] / 2), up, down, rng)
        if (k + 1) % every == 0 or k + 1 == images:
            hidden = (one.sums(x_test) >= 0).astype(np.float32)
            tested.append(k + 1)
            scores.append(accuracy_of(two.sums(hidden), labels_test))
            if progress:
                progress(f"{k + 1} images", (k + 1) / images)
    pulses = sum(cells.pulses for cells in layers)
    rows, mean = ((a / images, b / images) for a, b in (driven, current))
    return Benchmark(np.array(tested), np.array(scores), layers, pulses, rows, mean)


def macros(done: Benchmark, node: str = "32nm", v_read: float = 0.5, r_access: float = 15e3) -> tuple[Macro, ...]:
    """The arrays as the cost model sees them: `together` of the `cost` of each is the cost of an image and of training.

    The mean conductance is that of the mean resistance, as in MLP+NeuroSim V3.0.
    """
    size, found = sum(cells.u.size for cells in done.layers), []
    for cells, driven in zip(done.layers, done.rows, strict=True):
        rows, columns = cells.weights.shape
        r = cells.response
        device = {"conductance": 2 / (1 / r.g_max + 1 / r.g_min), "pulses": done.pulses / size}
        device |= {"write_voltage": r.v_up, "write_width": r.width_up} if r.v_up is not None else {}
        access = {"read_voltage": v_read, "access_resistance": r_access, "input_bits": 1, "activity": driven / rows}
        found.append(Macro(rows=rows, columns=columns, node=node, **device, **access))
    return tuple(found)


def read_energy(done: Benchmark, **macro) -> dict[str, float]:
    """Energy of reading one image through both arrays, J by item; decoders and multiplexers are left out.

    Word lines, which open the transistors of all rows, are charged once a reading; "word lines per column" is what they
    come to where each column is charged with all of them, as MLP+NeuroSim V3.0 does and two thirds of its figure are.

    Args:
        done: the benchmark.
        **macro: as of `macros`.
    """
    parts: dict[str, float] = dict.fromkeys(
        ("word lines", "bit lines", "devices", "converters", "word lines per column"), 0.0
    )
    for m, cells, driven, siemens in zip(macros(done, **macro), done.layers, done.rows, done.conductance, strict=True):
        energy, *_ = integrate_and_fire(m.process, 8)
        longest = 1 / float(cells.response.g_max) + float(m.access_resistance)
        window = m.c_column * 0.2 * longest / m.rows * 2**8  # until the largest current has fired 2^8 times
        lines, squared = m.rows * m.c_word * m.process.vdd**2, float(m.read_voltage) ** 2
        parts["word lines"] += lines
        parts["word lines per column"] += lines * m.columns
        parts["bit lines"] += driven * m.c_input * squared
        parts["devices"] += siemens * squared * window
        parts["converters"] += m.columns * energy
    return parts


class Reader:
    """Weighted sums of an array as its converters give them, and weights as the access transistors show them."""

    def __init__(self, cells: Cells, r_access: float, bits: int):
        r = cells.response
        self.cells, self.r_access, self.codes = cells, r_access, 2**bits - 1
        self.middle, self.half = (r.g_max + r.g_min) / 2, (r.g_max - r.g_min) / 2
        low, middle, high = (g / (1 + r_access * g) for g in (r.g_min, self.middle, r.g_max))
        self.low, self.span = low, high - low
        self.rows = len(cells.weights)
        self.unit = np.float32(self.codes / (self.rows * self.span))  # codes per siemens
        self.reference = np.float32(middle * self.unit)
        self.g = np.empty_like(cells.weights)  # S, through the access transistor
        self.see(slice(None))

    def see(self, at):
        """Look at the devices at flat positions `at` again."""
        g = self.middle + self.half * self.cells.weights.ravel()[at]
        self.g.ravel()[at] = g / (1 + self.r_access * g)

    @property
    def weights(self) -> np.ndarray:
        """In [−1, 1]."""
        return (self.g - self.low) * (2 / self.span) - 1

    def sums(self, v):
        """Σ w v for inputs `v` of zeros and ones (…, rows), in steps of the converters."""
        g, driven = v @ self.g, v.sum(-1, keepdims=True)
        self.current, self.driven = g.sum(), driven.sum()  # of the last reading: S of all columns, and rows
        code = np.floor(g * self.unit) - np.floor(driven * self.reference)
        return code * np.float32(2 * self.rows / self.codes)

    def learn(self, seen, asked, up, down, rng):
        """Ask for changes seen × asked in parts of the range, rounded to pulses by the levels of each direction."""
        if np.abs(asked).max() * seen.max() * max(up, down) >= 0.5:
            self.see(self.cells.outer(seen, asked, up, down, rng))
