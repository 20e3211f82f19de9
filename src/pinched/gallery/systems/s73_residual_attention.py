"""S73: residual networks of 152 layers, a transformer encoder and a recurrent network on arrays of real devices."""

import collections
import dataclasses
import itertools
import math
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import pinched as pn
from pinched.arrays import Cost, Engine, Macro, Mapping, cost
from pinched.arrays.analog.tiles import Layout
from pinched.arrays.analog.weights import weight_range
from pinched.arrays.cost import together
from pinched.gallery import Claim, Panel, Result, entry, panels
from pinched.networks.layers import lowered, mapped
from pinched.networks.models import LSTM, ResNet, Transformer
from pinched.networks.reference import per_mac

MACRO = {"dac_bits": 1, "adc_bits": 8, "input_bits": 8, "conductance": 10e-6}  # a quarter of the highest
HEAD, TOKENS = 64, 512  # of BERT-base, and its longest sequence
LENGTHS = (16, 32, 64, 128, 256, 512)
ENDURANCE = 1e8  # cycles, the highest of the review
DAY, TEN_YEARS = 86400.0, 3.156e8  # s
SAMPLES = 16


class Told(eqx.Module):
    """In the place of a matrix: tells its shape and how often it is multiplied, and computes nothing."""

    tell: Any = eqx.field(static=True)
    shape: tuple[int, int] = eqx.field(static=True)

    def __call__(self, x, *, key=None):
        """Zeros of the shape of the products."""
        self.tell((self.shape, math.prod(x.shape[:-1])))
        return jnp.zeros((*x.shape[:-1], self.shape[1]), x.dtype)


class Bill(NamedTuple):
    """What a network of matrices takes."""

    layers: int
    weights: int
    tiles: int
    energy: float  # J an inference
    latency: float  # s
    area: float  # m²


def bill(net: ResNet, side: int, mapping: Mapping) -> Bill:
    """The bill of a residual network whose weights need not exist, for images of `side` pixels."""
    found: list[tuple[tuple[int, int], int]] = []
    eqx.filter_eval_shape(
        lambda net, x: mapped(lambda _, m: Told(found.append, m.weight.shape), lowered(net))(x),
        net, jax.ShapeDtypeStruct((3, side, side), np.float32),
    )  # fmt: skip
    costs = {shape: priced(shape, mapping) for shape, _ in found}
    return Bill(
        2 + sum(len(block.convs) for block in net.blocks),
        sum(math.prod(shape) for shape, _ in found),
        sum(tiles(shape, mapping).total() for shape, _ in found),
        sum(costs[shape]["read_energy_total"].value * products for shape, products in found),
        sum(costs[shape]["read_delay_total"].value * products for shape, products in found),
        sum(costs[shape]["area_total"].value for shape, _ in found),
    )


def tiles(shape: tuple[int, int], mapping: Mapping) -> collections.Counter:
    """(rows, weights side by side) of a tile -> how many a matrix (rows, outputs) takes."""
    layout = Layout(*shape, mapping)
    pairs = itertools.product(layout.row_tiles(), layout.column_tiles())
    return collections.Counter((r.stop - r.start, c.stop - c.start) for r, c in pairs)


def priced(shape: tuple[int, int], mapping: Mapping) -> Cost:
    """The cost of a matrix (rows, outputs) on arrays: one product, and writing it."""
    parts = tiles(shape, mapping).items()
    return together(
        (cost(Macro(rows=n, columns=m * mapping.columns, conversions=m, **MACRO)), k) for (n, m), k in parts
    )


def attention(tokens: int, mapping: Mapping) -> tuple[float, float, float]:
    """Reading and writing second arrays, J a MAC, and the latency of a head in s: keys and values, written anew."""
    both = [priced(shape, mapping) for shape in ((HEAD, tokens), (tokens, HEAD))]
    macs = 2 * tokens**2 * HEAD
    read = tokens * sum(c["read_energy_total"].value for c in both) / macs
    write = sum(c["write_energy_total"].value for c in both) / macs
    once = max(c["write_delay_total"].value for c in both)
    return read, write, once + tokens * sum(c["read_delay_total"].value for c in both)


def stored(net, mapping: Mapping, seed: int):
    """`net`, made of maps, and the same with the weights that its arrays hold."""
    exact = lowered(jax.tree.map(lambda a: np.asarray(a) if eqx.is_array(a) else a, net))
    rng = np.random.default_rng(seed)
    widest = weight_range(rng.normal(size=(128, 128)), mapping)  # over the spread of normal weights, as these are

    def holding(w, each):
        return dataclasses.replace(each, weight=np.concatenate([w, each.weight[-1:]]).astype(np.float32))

    def put(_, each):
        w = np.asarray(each.weight[:-1])
        return holding(Engine.of(w, mapping, rng, x_max=1.0, w_max=widest * np.std(w)).weights, each)

    return mapped(lambda _, each: holding(each.weight[:-1], each), exact), mapped(put, exact)


def ratio(exact, real) -> float:
    """What tells the samples of a batch apart, over the error, both root mean square."""
    exact, real = np.asarray(exact), np.asarray(real)
    return float(np.std(exact - exact.mean(0)) / np.sqrt(np.mean((real - exact) ** 2)))


def outputs(net, x, mapping: Mapping, seed: int) -> float:
    """Signal over error of the logits of a network."""
    return ratio(*(run(each, x) for each in stored(net, mapping, seed)))


@eqx.filter_jit
def run(net, x):
    """Outputs for a batch."""
    return jax.vmap(net)(x)


def through(pair, x, plain: bool = False) -> np.ndarray:
    """Signal over error after every block; `plain` without what leads past the convolutions, their weights larger."""
    share = np.float32(len(pair[0].blocks) ** 0.5)  # by which the last weights of a block begin smaller
    features = [np.maximum(run(each.stem, x), 0) for each in pair]
    found = []
    for blocks in zip(*(each.blocks for each in pair), strict=True):
        for i, block in enumerate(blocks):
            y = run(block.convs[0], features[i])
            for conv in block.convs[1:]:
                y = run(conv, np.maximum(y, 0))
            past = features[i] if block.shortcut is None else run(block.shortcut, features[i])
            features[i] = np.maximum(y * share if plain else y + past, 0)
        found.append(ratio(*features))
    return np.array(found)


@entry(
    system="S73",
    name="residual-attention",
    layer="Network",
    title="Residual, attention and recurrent networks on arrays",
    headline="residual networks of up to 152 layers; transformers in memory",
    sources=(
        "Cao et al., Nanoscale Horiz. 8, 716 (2023), 10.1039/d2nh00536k: residual networks of up to 152 layers",
        "Yang et al., Nano-Micro Lett. 18:41 (2026): transformers in memory, long-term retention; endurance, ten years",
        "He et al., CVPR 2016, arXiv 1512.03385: the network of 152 layers",
        "Devlin et al., NAACL 2019, arXiv 1810.04805: 64 numbers a head and 512 tokens of BERT-base",
    ),
    taken=(
        "programming errors of HfOx (Wan et al., Nature 608, 504 (2022), 40 µS) and of CMO/HfOx (Falcone et al., 2024)",
        "weights drawn at random, as networks begin; biases digital; ideal wires and, for the errors, converters",
        "8-bit converters, 1-bit serial inputs of 8 bits, tiles of 128 x 128 at 32 nm; a write is a pulse of 1 V, 1 µs",
        "endurance of 1e8 cycles, the most of Yang et al., who elsewhere say 1e5",
        "digital multiplication: 8-bit integer to 32-bit floating point, Horowitz, ISSCC 2014",
    ),
)
def residual_attention(seed: int) -> Result:
    """Map ResNet-152, follow the error through as many layers, and write keys and values to second arrays."""
    hfox, fine = (Mapping.of(pn.devices.programming(n)) for n in ("hfox-wan-2022", "cmohfox-falcone-fine-2024"))
    large = bill(ResNet(152, classes=1000, bottleneck=True, key=None), 224, hfox)
    images = np.random.default_rng(seed).normal(size=(SAMPLES, 3, 8, 8)).astype(np.float32)
    deep = ResNet(152, width=8, key=seed)
    depth = 3 + 2 * np.arange(len(deep.blocks))
    pair = stored(deep, hfox, seed)
    curves = {
        "residual, HfOx": through(pair, images),
        "residual, CMO/HfOx": through(stored(deep, fine, seed), images),
        "plain, HfOx": through(pair, images, plain=True),
    }
    tokens = np.random.default_rng(seed).normal(size=(SAMPLES, 16, 8)).astype(np.float32)
    encoder = outputs(Transformer(8, 10, layers=1, key=seed), tokens, hfox, seed)
    recurrent = outputs(LSTM(8, 32, 10, key=seed), tokens, hfox, seed)
    read, write, seconds = np.transpose([attention(n, hfox) for n in LENGTHS])
    low, high = np.array([per_mac().low, per_mac().high], float)  # J a MAC, digital
    lasts = ENDURANCE * seconds[-1]
    untrained = "weights as training begins: random samples are told apart only weakly"
    claims = (
        Claim("layers mapped", "up to 152", large.layers, "1", 152, 152,
              note=f"{large.weights / 1e6:.3g} million weights, two cells each, on {large.tiles} tiles of 128 x 128: "
              f"{large.energy * 1e3:.3g} mJ, {large.latency * 1e3:.3g} ms and {large.area * 1e6:.3g} mm² an image"),
        Claim("signal over error after 152 layers, HfOx", "152 layers", curves["residual, HfOx"][-1], "1", 1.0,
              note=f"untrained, after convolutions; {curves['plain, HfOx'][-1]:.2g} without what leads past them"),
        Claim("signal over error, transformer encoder", "transformers in memory", encoder, "1", 1.0, note=untrained),
        Claim("signal over error, LSTM", "recurrent mapping", recurrent, "1", 1.0, note=untrained),
        Claim("products of activations on second arrays over digital 8-bit ones, energy", "transformers in memory",
              (read[-1] + write[-1]) / low, "1", 0.0, 1.0,
              why=f"{HEAD} rows do not pay for their converters: of {(read[-1] + write[-1]) * 1e12:.2g} pJ a MAC "
              f"{write[-1] / (read[-1] + write[-1]):.0%} is writing; 32-bit floating point takes "
              f"{high * 1e12:.2g} pJ"),
        Claim("time until second arrays are worn out", "long-term retention; ten years", lasts, "s", TEN_YEARS,
              why=f"keys and values are written for every sequence, {seconds[-1] * 1e3:.2g} ms of work: "
              f"{ENDURANCE:.0e} cycles, the most of the review, are {lasts / DAY:.2g} days; what is written anew needs "
              "endurance rather than retention, and is better digital"),
    )  # fmt: skip

    def draw():
        return panels(
            Panel("Signal over error through depth", "layer", "signal over error",
                  {name: (depth, each) for name, each in curves.items()}, log="y"),
            Panel(f"Attention, {HEAD} numbers a head", "tokens", "energy (pJ a MAC)",
                  {"reading": (LENGTHS, read * 1e12), "writing K and V": (LENGTHS, write * 1e12),
                   "digital, 8-bit integer": (LENGTHS, np.full(len(LENGTHS), low * 1e12)),
                   "digital, 32-bit float": (LENGTHS, np.full(len(LENGTHS), high * 1e12))}, log="xy"),
            Panel("Second arrays: life", "tokens", f"time of {ENDURANCE:.0e} cycles (days)",
                  {"without pause": (LENGTHS, ENDURANCE * seconds / DAY)},
                  {"ten years": ([TOKENS], [TEN_YEARS / DAY])}, log="xy"),
            width=10.5,
        )  # fmt: skip

    return Result(claims, draw)
