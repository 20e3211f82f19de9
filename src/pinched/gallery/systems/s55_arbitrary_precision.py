"""S55: arbitrary precision from imprecise devices, by sub-arrays that make good what those before them missed."""

import numpy as np

import pinched as pn
from pinched.arrays import Engine, Mapping
from pinched.arrays.analog.precision import relative_error
from pinched.gallery import Claim, Panel, Result, entry, panels

COUNTS = np.array([1, 2, 3, 4, 6, 8, 10, 12, 14, 16])
POINTS = 31
SINGLE = 2.0**-24


def poisson(n: int) -> np.ndarray:
    """The second difference of n points between two zeros."""
    return 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)


def solve(product, b: np.ndarray) -> np.ndarray:
    """Conjugate gradients, with a given product for the matrix."""
    x, r = np.zeros_like(b), b
    p, energy = r, r @ r
    for _ in range(2 * len(b)):
        q = product(p)
        step = energy / (p @ q)
        x, r = x + step * p, r - step * q
        p, energy = r + (r @ r) / energy * p, r @ r
        if energy < 1e-30 * (b @ b):
            break
    return x


@entry(
    system="S55",
    name="arbitrary-precision",
    layer="Array",
    title="Arbitrary precision by compensated sub-arrays",
    headline="multi-stage compensation across sub-arrays reaches the precision of numerical computation",
    sources=(
        "Song et al., Science 383, 903 (2024), 10.1126/science.adi9405, in Xia et al., Nano-Micro Lett. 17:217 (2025)",
    ),
    taken=(
        "programming errors of HfOx (Wan et al., Nature 608, 504 (2022), 40 µS)",
        "read noise of CMO/HfOx (Falcone et al., 2024, as in aihwkit) 1 s after programming",
    ),
)
def arbitrary_precision(seed: int) -> Result:
    """Random weights and a Poisson equation on 1 to 16 sub-arrays."""
    rng = np.random.default_rng(seed)
    w, x = rng.uniform(-1, 1, (64, 64)), rng.uniform(-1, 1, (50, 64))
    a, b = poisson(POINTS), rng.uniform(-1, 1, POINTS)
    exact = np.linalg.solve(a, b)

    hfox = Mapping.of(pn.devices.programming("hfox-wan-2022"), slicing="residual")
    read = float(Mapping.of(pn.devices.programming("cmohfox-falcone-2024")).sigma_read)

    def on(weights, n, **known):
        return Engine.of(weights, hfox.replace(slices=int(n), **known), seed)

    stored = np.array([relative_error(on(w, n).weights, w) for n in COUNTS])
    solved = np.array([relative_error(solve(on(a, n), b), exact) for n in COUNTS])
    noisy = np.array([relative_error(on(w, n, sigma_read=read)(x, seed), x @ w) for n in COUNTS])
    kept = np.array([relative_error(on(w, n, sigma_read=read).weights, w) for n in COUNTS])
    factor = float((stored[-1] / stored[0]) ** (1 / (COUNTS[-1] - COUNTS[0])))
    numerical = "precision of numerical computation"
    claims = (
        Claim("relative error of the weights, 16 sub-arrays", numerical, stored[-1], "1", 0.0, SINGLE),
        Claim("error that a sub-array leaves of the one before", "each corrects those before", factor, "1", 0.0, 1.0),
        Claim("sub-arrays for single precision", "several", float(COUNTS[np.argmax(stored < SINGLE)]), "1", 2),
        Claim("relative error of a Poisson equation, 16 sub-arrays", "high-precision solutions", solved[-1], "1",
              0.0, 1e-6),
        Claim("relative error of one noisy product, 16 sub-arrays", numerical, noisy[-1], "1", 0.0, SINGLE,
              why=f"compensation corrects what was written, not the noise of a later read: {read:.1%} a cell of the "
              "first sub-array stays, and so reads have to be averaged"),
    )  # fmt: skip

    def draw():
        return panels(
            Panel("Weights and products", "sub-arrays", "relative error",
                  {"weights": (COUNTS, stored), "weights, noisy read-back": (COUNTS, kept),
                   "one product, noisy": (COUNTS, noisy)}, log="y"),
            Panel("A Poisson equation by conjugate gradients", "sub-arrays", "relative error",
                  {"solution": (COUNTS, solved), "weights": (COUNTS, stored)}, log="y"),
            width=8.0,
        )  # fmt: skip

    return Result(claims, draw)
