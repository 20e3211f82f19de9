"""Arrays of devices: nonlinear solutions and transients beside ngspice, in one run; large linear arrays alone.

    python benchmarks/arrays.py [32 64 128]

ngspice solves the same netlist (sinh cells as behavioural sources, the transient array as `pinched.arrays.netlist`
writes it), timed whole as its users run it, for LIMIT seconds at the most; its answer is compared. Ours are timed after
their first call, whose compilation stands beside them.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import pinched as pn
from pinched.arrays.crossbar import Crossbar
from pinched.arrays.netlist import export
from pinched.arrays.schemes import bias
from pinched.core import PinchedError
from pinched.devices import SinhResistor
from pinched.devices.spice import simulate

LIMIT = 120.0  # s, of one run of ngspice


def timed(function, repeat=3):
    times = []
    for _ in range(repeat + 1):
        start = time.perf_counter()
        result = function()
        times.append(time.perf_counter() - start)
    return times[0], min(times[1:]), result


def spice_sinh(g, b, v, r):
    """Seconds of ngspice on sinh cells, and the currents at the bottom of the bit lines."""
    rows, columns = g.shape
    lines = ["sinh crossbar", ".options reltol=1e-10 abstol=1e-18 vntol=1e-12 gmin=1e-18"]
    for i in range(rows):
        lines.append(f"v{i} d{i} 0 {v[i]:.17g}")
        lines.append(f"rs{i} d{i} w{i}_0 {r}")
        lines += [f"rw{i}_{j} w{i}_{j - 1} w{i}_{j} {r}" for j in range(1, columns)]
    for j in range(columns):
        lines += [f"rb{i}_{j} b{i - 1}_{j} b{i}_{j} {r}" for i in range(1, rows)]
        lines += [f"rg{j} b{rows - 1}_{j} z{j} {r}", f"vz{j} z{j} 0 0"]
    for i in range(rows):
        for j in range(columns):
            lines.append(f"bd{i}_{j} w{i}_{j} b{i}_{j} i={g[i, j] / b:.17g}*sinh({b}*v(w{i}_{j},b{i}_{j}))")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.txt"
        lines += [".control", "op", "set numdgt=14", f"wrdata {out} " + " ".join(f"i(vz{j})" for j in range(columns)),
                  "quit", ".endc", ".end"]  # fmt: skip
        (Path(folder) / "x.cir").write_text("\n".join(lines))
        start = time.perf_counter()
        subprocess.run(["ngspice", "-b", str(Path(folder) / "x.cir")], capture_output=True, timeout=LIMIT)
        seconds = time.perf_counter() - start
        return seconds, np.loadtxt(out).ravel()[1::2]


def nonlinear(n):
    rng = np.random.default_rng(n)
    g, v = 10 ** rng.uniform(-6, -4, (n, n)), rng.uniform(0, 1, n)
    array = Crossbar(SinhResistor(g=g, b=2.0), 1.0, 1.0)
    first, seconds, i = timed(lambda: array.read(v))
    line = f"sinh cells, {n} x {n}: {seconds * 1e3:8.1f} ms (first {first:.2f} s)"
    if n <= 64:
        try:
            theirs, other = spice_sinh(g, 2.0, v, 1.0)
        except subprocess.TimeoutExpired:
            line += f"; ngspice did not end within {LIMIT:g} s"
        else:
            apart = np.abs(i - other).max() / i.max()
            line += f"; ngspice {theirs:.2f} s, {theirs / seconds:.0f} x, agree to {apart:.0e}"
    print(line, flush=True)


def transient(n, points=1000):
    cell = pn.device("generic-vteam-2015").sample(1, (n, n), {"k_on": 0.1})
    time_, shape = np.array([0, 1e-7, 6e-7, 7e-7, 1e-6]), np.array([0, 1.0, 1.0, 0, 0])[:, None]
    ends = {name: shape * volts for name, volts in bias("V/2", (n, n), 0, 0, -0.3).items()}
    array, at = Crossbar(cell, 1.0, 1.0), np.linspace(0, 1e-6, points)
    first, seconds, (after, ds) = timed(lambda: array.run(time_, save=at, **ends))
    moved = np.abs(after.x["x"] - array.x["x"])
    others = np.sort(moved.ravel())[-2]
    line = (f"VTEAM, {n} x {n}, V/2 write, {points} points: {seconds:.2f} s (first {first:.1f} s), {ds.attrs['steps']} "
            f"steps; selected cell moved {moved[0, 0]:.3f}, others at most {others:.3f}")  # fmt: skip
    if n <= 16:
        deck, start = export(array, time=time_, points=points, **ends), time.perf_counter()
        try:
            theirs = simulate(deck, timeout=LIMIT)
        except PinchedError as error:
            line += f"; {error}"
        else:
            spent, i = time.perf_counter() - start, ds["i_word_left"].values[0]
            other = -np.interp(at, theirs["time"], theirs["i(v_word_left_0)"])
            apart = np.abs(i - other).max() / np.abs(i).max()
            line += f"; ngspice {spent:.1f} s, {spent / seconds:.0f} x, its current agrees to {apart:.0e}"
    print(line, flush=True)


def linear(n):
    rng = np.random.default_rng(n)
    g, v = 10 ** rng.uniform(-6, -4, (n, n)), rng.uniform(0, 0.2, n)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    Crossbar(g).read(v)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"linear, {n} x {n}, one vector: {seconds:.2f} s, {(after - before) / 1024:.0f} MB more at the peak", flush=True
    )


if __name__ == "__main__":
    for size in (512, 1024):
        linear(size)
    for size in [int(n) for n in sys.argv[1:]] or [32, 64, 128]:
        nonlinear(size)
    for size in (4, 8, 16, 32):
        transient(size)
