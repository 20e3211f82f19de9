"""S35: read errors against dynamic range, noise and drift, and what error correction makes of them."""

import numpy as np

from pinched.arrays.memory import bch, bit_error_rate, densest, levels, relative
from pinched.core import PinchedError
from pinched.gallery import Claim, Panel, Result, entry, panels

RANGES = np.geomspace(4, 1e3, 9)
SPREAD = 0.08
HFOX, PCM = "hfox-wan-2022", "pcm-nandakumar-2019"
DAY = 86400.0  # s
AGES = np.array([1.0, DAY])
WANTED = 1e-15  # bit error rate that a memory is specified with
TIMES = np.geomspace(1.0, 1e7, 15)  # s


@entry(
    system="S35",
    name="read-errors",
    layer="Storage",
    title="Read errors, drift and error correction",
    headline="a large dynamic range keeps states apart against noise and drift; error correction raises density",
    sources=("Xia et al., Nano-Micro Lett. 17:217 (2025): in words, without numbers",),
    taken=(
        "σ/µ = 8 % between levels of the amorphous high-entropy oxide (Ahn et al. 2021)",
        "published statistics: Wan et al., Nature 608, 504 (2022), HfOx; Nandakumar et al., ICECS (2019), phase change",
        "BCH codes of 1023 bits",
    ),
)
def read_errors(seed: int) -> Result:
    """Eight levels in growing ranges; four levels of two memories as they age; and bits per cell with and without."""
    eight = [float(bit_error_rate(levels(relative(SPREAD, 1e-6, r * 1e-6), 8))) for r in RANGES]
    found, ageing = {}, {}
    for name in (HFOX, PCM):
        fixed = levels(name, 4, time=TIMES[0])
        ageing[name] = np.asarray(bit_error_rate(fixed, TIMES))
        found[name] = float(bit_error_rate(fixed, DAY) / bit_error_rate(fixed, TIMES[0]))
    tracked = [float(bit_error_rate(fixed.tracked(t), t)) for t in TIMES[::2]]  # of the phase-change memory
    coded = densest(HFOX, WANTED, time=AGES)
    bare = _without_code(HFOX)
    claims = (
        Claim("bit errors of 8 levels in a range of 4, over those in 1000", "fewer in a larger range",
              eight[0] / eight[-1], "1", 1.0),
        Claim("bit errors after a day over those after a second, HfOx", "drift causes errors", found[HFOX], "1", 1.0),
        Claim("the same, phase change", "drift causes errors", found[PCM], "1", 1.0),
        Claim("the same after 1e7 s, over thresholds that are tracked", "advanced correction",
              ageing[PCM][-1] / tracked[-1], "1", 1.0),
        Claim(f"bits per cell of HfOx at 1e-15 for a day with a code, over {bare:g} without", "error correction",
              coded.bits / bare, "1", 1.0, why="the code's parity costs more than the closer levels gain"),
    )  # fmt: skip

    def draw():
        p = np.geomspace(1e-4, 0.1, 40)
        return panels(
            Panel("Eight levels of 8 %", "dynamic range", "bit error rate", {"computed": (RANGES, eight)}, log="xy"),
            Panel("Four levels age", "time (s)", "bit error rate", {
                "HfOx": (TIMES, ageing[HFOX]), "phase change": (TIMES, ageing[PCM]),
                "phase change, tracked": (TIMES[::2], tracked)}, log="xy"),
            Panel("BCH codes of 1023 bits", "bit error rate as read", "after correction", {
                f"{t} errors, {bch(1023, t).k / 10.23:.0f} %": (p, np.maximum(bch(1023, t).bit_error_rate(p), 1e-20))
                for t in (4, 16, 48)}, log="xy"),
            width=9.6,
        )  # fmt: skip

    return Result(claims, draw)


def _without_code(name: str) -> float:
    """Bits of the largest power of two of levels that a day's read errors stay below WANTED with."""
    bits = 0
    try:
        while np.max(bit_error_rate(levels(name, 2 ** (bits + 1), time=AGES), AGES)) <= WANTED:
            bits += 1
    except PinchedError:
        pass  # closer levels drift into each other
    return float(bits)
