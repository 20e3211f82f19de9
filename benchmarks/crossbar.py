"""Crossbar against badcrossbar 1.1 in one run: one vector, a hundred, the matrix, and the two slow corners.

    python benchmarks/crossbar.py [128 256 512]

Every time is the best of several calls on a fresh array (nothing cached, nothing to compile). badcrossbar takes
the same array and the same voltages, and both answers are compared. Set OPENBLAS_NUM_THREADS=1 on a loaded machine.
"""

import logging
import sys
import time

import badcrossbar
import numpy as np

from pinched.arrays.crossbar import Crossbar

logging.disable(logging.INFO)


def best(function, repeat):
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        result = function()
        times.append(time.perf_counter() - start)
    return min(times), result


def peer(g, v, r=1.0, repeat=3):
    def compute():
        return badcrossbar.compute(np.atleast_2d(v).T.copy(), 1 / g, r, node_voltages=False, all_currents=False)

    seconds, solution = best(compute, repeat)
    return seconds, np.squeeze(solution.currents.output)


def show(what, ours, theirs=None, error=None):
    line = f"{what:<58}{ours * 1e3:>10.2f} ms"
    if theirs is not None:
        line += f"{theirs * 1e3:>12.1f} ms   {theirs / ours:6.1f} x   agree to {error:.0e}"
    print(line, flush=True)


def compare(what, g, v, r=1.0, repeat=3):
    ours, mine = best(lambda: Crossbar(g, r, r).read(v), 3 * repeat)
    theirs, other = peer(g, v, r, repeat)
    show(what, ours, theirs, np.abs(mine - other).max() / np.abs(other).max())


def main(sizes):
    rng = np.random.default_rng(0)

    def draw(n):
        return 10 ** rng.uniform(-6, -4, (n, n))

    print(f"{'1 ohm segments, 10 kohm - 1 Mohm':<58}{'pinched':>13}{'badcrossbar':>15}")
    for n in sizes:
        compare(f"read, one vector, {n} x {n}", draw(n), rng.uniform(0, 0.2, n), repeat=3 if n < 512 else 1)
    compare("read, 100 vectors, 128 x 128", draw(128), rng.uniform(0, 0.2, (100, 128)))
    for n in sizes:
        g = draw(n)
        seconds, _ = best(lambda g=g: Crossbar(g).matrix(), 3 if n < 512 else 1)
        show(f"matrix(), {n} x {n}", seconds)
        array, v = Crossbar(g), rng.uniform(0, 0.2, (100, n))
        matrix = array.matrix()
        pairs = [(best(lambda: array.read(v), 1)[0], best(lambda: v @ matrix, 1)[0]) for _ in range(200)]  # noqa: B023
        read, product = np.min(pairs, axis=0)
        print(f"  then read of 100 vectors: {read / product:.2f} times the plain product ({product * 1e3:.2f} ms)")
    print("the slow corners, where the solution becomes a direct one")
    for n in [n for n in sizes if n < 512]:
        compare(
            f"wires as resistive as devices (100 ohm), {n} x {n}", np.full((n, n), 1e-2), rng.uniform(0, 0.2, n), 100.0
        )
    for n in [n for n in sizes if n < 512]:
        g = np.where(rng.random((n, n)) < 0.02, 1e-4, 1e-9)
        ends = {"word_left": np.full(n, np.nan), "bit_bottom": np.full(n, np.nan)}
        ends["word_left"][n // 2], ends["bit_bottom"][n // 3] = 0.2, 0.0
        seconds, s = best(lambda: Crossbar(g).solve(**ends), 3)  # noqa: B023
        show(f"one line driven, the rest floating, 2 % ON cells, {n} x {n}", seconds)
        print(f"  current in and out differ by {abs(s.i_word_left.sum() / s.i_bit_bottom.sum() - 1):.0e}")


if __name__ == "__main__":
    main([int(n) for n in sys.argv[1:]] or [128, 256, 512])
