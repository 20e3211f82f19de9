"""S53: the 128 x 128 selector-free high-entropy array, at today's spread and at the one aimed at."""

import functools

import equinox as eqx
import jax
import numpy as np
import optax

from pinched.applications.digits import samples
from pinched.arrays.faults import fault_map
from pinched.arrays.margins import read_margin
from pinched.arrays.repair import spare_columns
from pinched.devices import Faults
from pinched.gallery import Claim, Panel, Result, entry, panels
from pinched.networks import MLP, train
from pinched.networks.accuracy import accuracy_of

SIDE = 128
SPREADS = {"8 %": 0.08, "5 %": 0.05}
FAULTS, BROKEN = Faults(on=0.002, off=0.005), 0.03  # of cells, and of lines (assumed)
SPARES = 8
SIZES = (64, 54, 10)  # 65 word lines, 54 pairs and 10 pairs of bit lines: 128 columns in two groups of rows
RUNS = 3
G_ON, G_OFF = 100e-6, 10e-6  # S
TOLERANCE = 0.01  # "absorbed": within a percentage point


@functools.cache
def network() -> MLP:
    """The digits, trained in floating point."""
    return train(MLP(SIZES, 0), *samples().train, 0)


def accuracy(weights) -> float:
    """Of the test digits."""
    test = samples().test
    return accuracy_of(MLP.of(weights)(test.images), test.labels)


class Array:
    """Columns of pairs with one spread and one fault map, spares included; layers share it by groups of rows.

    A weight w is (G+ - G-)(w_max/range); each cell has its own factor on its conductance, or its fault. So a layer is
    w -> gain+ max(w, 0) - gain- max(-w, 0) + offset, with known numbers for every cell.
    """

    def __init__(self, spread: float, seed: int):
        rng = np.random.default_rng(seed)
        s = np.sqrt(np.log1p(spread**2))
        shape = (SIDE, SIDE + SPARES)
        self.faults = fault_map(shape, FAULTS, broken=BROKEN, seed=seed)
        self.factor = np.exp(s * rng.standard_normal(shape) - s**2 / 2)

    def columns(self, sparing: bool) -> np.ndarray:
        """The physical column of each logical one."""
        return spare_columns(~self.faults.usable, SIDE) if sparing else np.arange(SIDE)

    def layers(self, weights, sparing: bool):
        """(scale, slope+, slope-, offset) of each layer: what its cells make of weights."""
        place = self.columns(sparing)
        first, found = 0, []
        for w in weights:
            inputs, outputs = w.shape
            columns = place[first : first + 2 * outputs].reshape(2, outputs)
            first += 2 * outputs
            rows = np.arange(inputs)
            scale = np.abs(w).max() / (G_ON - G_OFF)
            slope, offset = [], []
            for side in columns:
                cell, reached = self.faults.cells[rows][:, side], self.faults.reached[rows][:, side]
                fixed = np.choose(cell, [0.0, G_ON, G_OFF, 0.0]) * reached
                works = (cell == 0) & reached
                factor = self.factor[rows][:, side]
                slope.append(works * factor)
                offset.append(fixed + works * factor * G_OFF)
            found.append((slope[0], slope[1], (offset[0] - offset[1]) * scale, np.abs(w).max()))
        return found


def seen(weights, layers):
    """Weights as the array makes them."""
    made = []
    for w, (plus, minus, offset, most) in zip(weights, layers, strict=True):
        w = w.clip(-most, most)
        made.append(plus * w.clip(0) - minus * (-w).clip(0) + offset)
    return tuple(made)


def cross_entropy(weights, x, labels):
    """Mean loss of a perceptron of these weights."""
    net = eqx.tree_at(lambda net: net.weights, MLP(SIZES), weights)
    return optax.softmax_cross_entropy_with_integer_labels(net(x), labels).mean()


@jax.jit
def retrained(weights, layers, x, labels, order):
    """On-chip: gradients through what the array makes of the weights (Adam, a few passes)."""
    optimiser = optax.adam(optax.linear_schedule(2e-3, 0.0, len(order)))

    def update(carry, k):
        w, state = carry
        gradient = jax.grad(lambda w: cross_entropy(seen(w, layers), x[k], labels[k]))(w)
        change, state = optimiser.update(gradient, state)
        return (optax.apply_updates(w, change), state), None

    return jax.lax.scan(update, (weights, optimiser.init(weights)), order)[0][0]


def outcome(spread: float, seed: int) -> dict[str, float]:
    """Accuracy as mapped, with spare columns, and with those retrained; yield before and after sparing."""
    array = Array(spread, seed)
    weights = tuple(np.asarray(w, np.float32) for w in network().weights)
    x, labels = samples().train
    order = np.random.default_rng(seed).permuted(np.tile(np.arange(1216), (8, 1)), axis=1).reshape(-1, 32)
    told = {}
    for name, sparing in (("mapped", False), ("spared", True)):
        layers = jax.tree.map(np.float32, array.layers(weights, sparing))
        told[name] = accuracy(seen(weights, layers))
        told[f"yield {name}"] = float(array.faults.usable[:, array.columns(sparing)].mean())
    again = retrained(weights, layers, x, labels, order)
    told["retrained"] = accuracy(seen(jax.tree.map(np.asarray, again), layers))
    return told


@entry(
    system="S53",
    name="high-entropy-array",
    layer="Array",
    title="128 x 128 selector-free high-entropy array: spread, sparing, retraining",
    headline="sigma/mu ~8 %, target <= 5 %; column-level sparing with on-chip retraining absorbs the residual 5 %",
    sources=(
        "Yang et al., Nano-Micro Lett. 18:41 (2026): the benchmark and the target; it also calls such arrays "
        "predominantly validated as single devices",
    ),
    taken=(
        "σ/μ of 8 % and 5 % between devices",
        "10 to 100 µS as of heo-amorphous-phenom, 2.5 ohm a segment (22 nm wires)",
        "0.2 % of cells stuck ON, 0.5 % OFF, 3 % of lines interrupted, 8 spare columns (assumed)",
    ),
)
def high_entropy_array(seed: int) -> Result:
    """Put digits on faulty arrays of both spreads: as they are, with spare columns, and retrained on the chip."""
    software = accuracy(network().weights)
    found = {label: [outcome(spread, 100 * seed + k) for k in range(RUNS)] for label, spread in SPREADS.items()}
    mean = {
        label: {key: float(np.mean([run[key] for run in runs])) for key in runs[0]} for label, runs in found.items()
    }
    stages = ("mapped", "spared", "retrained")
    lost = {label: {stage: software - told[stage] for stage in stages} for label, told in mean.items()}
    margins = {
        scheme: read_margin((G_ON, G_OFF), (SIDE, SIDE), 0.2, scheme, r_word=2.5, r_bit=2.5).margin
        for scheme in ("floating", "V/2", "grounded")
    }
    claims = (
        Claim("accuracy lost at 5 % with spare columns and retraining", "absorbed", 100 * lost["5 %"]["retrained"],
              "percentage points", high=100 * TOLERANCE),
        Claim("the same at 8 %", "full accuracy back above 7 % (a photonic array)", 100 * lost["8 %"]["retrained"],
              "percentage points", high=100 * TOLERANCE),
        Claim("cells that work, of 128 x 128, spare columns in use", "architectural redundancy",
              100 * mean["5 %"]["yield spared"], "%", 100 * mean["5 %"]["yield mapped"]),
        Claim("accuracy lost before any repair, 8 % over 5 %", "a target of 5 % is better",
              lost["8 %"]["mapped"] / max(lost["5 %"]["mapped"], 1e-9), "1", 1.0,
              why="broken lines and stuck cells cost far more than the spread: on the digits, 8 % and 5 % differ by "
              "less than the scatter between arrays"),
        Claim("read margin of 128 x 128 without selectors, columns at virtual ground", "selector-free",
              100 * margins["grounded"], "%", 10.0),
        Claim("the same with the other lines floating", "selector-free", 100 * margins["floating"], "%", 10.0,
              why="the array serves products with all columns at virtual ground; single cells cannot be read with the "
              "other lines floating"),
    )  # fmt: skip

    def draw():
        place = np.arange(len(stages))
        curves = {label: (place, [100 * mean[label][s] for s in stages]) for label in SPREADS}
        curves["floating point"] = (place, np.full(len(stages), 100 * software))
        example = Array(SPREADS["5 %"], 100 * seed)
        figure = panels(
            Panel("Digits on the array", "", "accuracy (%)", curves, ticks=("as mapped", "spare columns", "retrained")),
            Panel("What works", "", "", {}),
            width=7.6,
            height=3.3,
        )
        axes = figure.axes[1]
        axes.clear()
        from pinched.reports.figures.array_maps import sequential

        axes.imshow(~example.faults.usable, cmap=sequential(), interpolation="nearest", aspect="auto")
        axes.axvline(SIDE - 0.5, color="#D55E00", lw=1)
        axes.grid(False)
        axes.set(title=f"Cells lost; right of the line: {SPARES} spares", xlabel="bit line", ylabel="word line")
        return figure

    return Result(claims, draw)
