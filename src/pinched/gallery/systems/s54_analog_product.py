"""S54: analog matrix-vector products on arrays of the demonstrated sizes, and how precise they are."""

from typing import Any, NamedTuple

import numpy as np

import pinched as pn
from pinched.arrays import Engine, Mapping
from pinched.arrays.analog.precision import effective_bits, relative_error
from pinched.gallery import Claim, Panel, Result, entry, panels

WIRES = np.array([0.01, 0.03, 0.1, 0.3, 1.0, 3.0])  # ohm a segment
SEEDS = 4

PASSIVE = {"g_min": 10e-6, "g_max": 100e-6, "sigma_device": 0.05, "stuck_off": 0.01}  # 4 % mean error is 5 % rms
TWO_LEVELS = {"g_min": 1e-8, "g_max": 1e-5, "levels": 2, "scheme": "offset", "r_wire": 10.0}


class Array(NamedTuple):
    """An array of the reviews, the devices it is run with, and what is printed of its precision."""

    name: str
    rows: int
    columns: int
    statistics: str | None  # published name of the errors of programming
    known: dict[str, Any]
    printed: str
    low: float = 1.0  # a product at all
    high: float = np.inf

    @property
    def mapping(self) -> Mapping:
        """The devices and the layout."""
        return Mapping.of(self.statistics and pn.devices.programming(self.statistics), **self.known)


ARRAYS = (
    Array("128 x 64 Ta/HfO2 1T1R", 128, 64, "hfo2-milo-2021", {"stuck_off": 0.002}, "5-8 bits; 6 bits", 5.0, 8.0),
    Array("64 x 64 passive (the tactile 64 x 64 multiplies nothing)", 64, 64, None, PASSIVE, "tuning error below 4 %"),
    Array("32 x 32 1T1R", 32, 32, "hfox-wan-2022", {}, "size and tasks only"),
    Array("20 x 20 passive", 20, 20, None, PASSIVE, "classes within 3 % of simulation"),
    Array("12 x 12 self-selective, two levels", 12, 12, None, TWO_LEVELS, "size; on/off above 1000"),
    Array("2K chip, 128 x 16 cells", 128, 16, "hfox-wan-2022", {}, "software-equivalent images"),
)


def product(array: Array, seed: int, **changes) -> tuple[np.ndarray, np.ndarray]:
    """(found, exact) products of random signed weights and inputs that fill the array."""
    rng = np.random.default_rng(seed)
    mapping = array.mapping.replace(**changes)
    w = rng.uniform(-1, 1, (array.rows, array.columns // mapping.columns))
    w = np.sign(w) if mapping.levels == 2 else w
    x = rng.uniform(-1, 1, (200, array.rows))
    return Engine.of(w, mapping, rng, inputs=x, w_max=1.0)(x), x @ w


def bits(array: Array, seed: int, **changes) -> np.ndarray:
    """Effective bits, as read and with one gain for each column, the mean over arrays."""
    found = []
    for k in range(SEEDS):
        y, exact = product(array, seed + k, **changes)
        gain = np.sum(y * exact, 0) / np.sum(y * y, 0)
        found.append([effective_bits(y, exact), effective_bits(y * gain, exact)])
    return np.mean(found, 0)


@entry(
    system="S54",
    name="analog-product",
    layer="Array",
    title="Analog matrix-vector product: the demonstrated sizes and their precision",
    headline="128 x 64 (5-8 bits), 64 x 64, 32 x 32, 20 x 20, 12 x 12, 2K chips",
    sources=(
        "Xia et al., Nano-Micro Lett. 17:217 (2025), Fig. 5; Cao et al., Nanoscale Horiz. 8, 716 (2023): the sizes",
        "Li et al., Nat. Electron. 1, 52 (2018), 10.1038/s41928-017-0002-z: 5-8 bits, yield 99.8 %",
        "Hu et al., Adv. Mater. 30, 1705914 (2018), 10.1002/adma.201705914: products as precise as 6 bits",
        "Merrikh Bayat et al., Nat. Commun. 9, 2331 (2018), 10.1038/s41467-018-04482-4: 20 x 20",
        "Kim et al., 4K-memristor analog-grade passive crossbar circuit, 64 x 64: tuning error below 4 %, yield 99 %",
        "Sun et al., Nat. Commun. 10, 3161 (2019), 10.1038/s41467-019-11187-9: 12 x 12, on/off, wires",
        "Zhao et al., Nat. Commun. 14, 2276 (2023), 10.1038/s41467-023-38021-7: 2K chips",
    ),
    taken=(
        "programming errors of HfO2 (Milo et al., IRPS 2021, 50-225 µS) for the 128 x 64 array",
        "programming errors of HfOx (Wan et al., Nature 608, 504 (2022), 40 µS) for 32 x 32 and the 2K chip",
        "tuning error and yield of the 64 x 64 passive array for 20 x 20 too; 10-100 µS assumed",
        "10 µS and below 10 ohm a segment for 12 x 12, of which only the ratio of states is printed",
        "ideal converters and, where not printed, ideal wires",
    ),
)
def analog_product(seed: int) -> Result:
    """Program random matrices on every array and compare 200 products each with the exact ones."""
    ours = {array.name: bits(array, seed)[0] for array in ARRAYS}
    large = ARRAYS[0]
    raw, gains = np.transpose([bits(large, seed, r_wire=r) for r in WIRES])
    y, exact = product(large, seed)
    alive = bits(large, seed, stuck_off=0.0)[0]
    again = bits(large, seed, r_wire=1.0, slicing="residual", slices=2)[0]
    why = (
        "the programming error, 2 % of the range, is that of another HfO2 array; without the 0.2 % of dead cells it "
        f"were {alive:.2f} bits"
    )
    claims = (
        *(Claim(f"effective bits, {a.name}", a.printed, ours[a.name], "1", a.low, a.high, why if a is large else "")
          for a in ARRAYS),
        Claim("128 x 64 with wires of 1 ohm a segment", "5-8 bits; low wire resistance", raw[4], "1", 5.0, 8.0,
              why="no value of the wires is printed; of 128 cells of 140 µS and 1 ohm a column loses its far rows. One "
              f"gain a column gives {gains[4]:.2g} bits, a second sub-array that compensates the first {again:.2g}"),
    )  # fmt: skip

    def draw():
        return panels(
            Panel("Precision of the demonstrated sizes", "cells", "effective bits",
                  {a.name.split(" (")[0]: ([a.rows * a.columns], [ours[a.name]]) for a in ARRAYS},
                  {"printed, 128 x 64": ((8192,) * 3, (5, 6, 8))}, log="x"),
            Panel("128 x 64: what the wires take", "wire segment (ohm)", "effective bits",
                  {"as read": (WIRES, raw), "one gain a column": (WIRES, gains)}, log="x"),
            Panel(f"128 x 64: relative error {relative_error(y, exact):.1%}", "exact product", "analog product",
                  {"exact": (np.array([-20.0, 20.0]),) * 2}, {"ours": (exact[:, :4].ravel(), y[:, :4].ravel())}),
            width=10.5,
        )  # fmt: skip

    return Result(claims, draw)
