"""Populations in ngspice and in the engine, one run: `python benchmarks/ngspice.py`.

The exported subcircuit, 100 and 1000 instances with a 10 % spread in one netlist under one sine, beside
`pinched.run` on the same population and drive; states within 1e-6 a step here and `OPTIONS` there.
"""

import time

import numpy as np

from pinched.core import PinchedError
from pinched.devices import device
from pinched.devices.spice import OPTIONS, export, simulate
from pinched.experiments import protocols
from pinched.experiments.engine import run

PATIENCE = 300  # s that ngspice is given
NAME, SPREAD = "generic-yakopcic-2011", ("gmax_p", "A_p", "A_n", "V_p", "V_n")
AMPLITUDE, FREQUENCY, CYCLES, POINTS = 0.45, 100.0, 2, 1000


def deck(many) -> str:
    """A netlist of the whole population, each instance with its own parameters."""
    length = CYCLES / FREQUENCY
    netlist = export(NAME)
    called = next(line.split()[1] for line in netlist.splitlines() if line.startswith(".subckt"))
    own = [" ".join(f"{key}={getattr(many, key)[k]!r}" for key in SPREAD) for k in range(many.population[0])]
    cells = [f"X{k} a 0 {called} {text}".replace("np.float64(", "").replace(")", "") for k, text in enumerate(own)]
    step = length / (CYCLES * POINTS)
    ends = [OPTIONS, f".tran {step!r} {length!r} 0 {step!r} uic", ".save i(vs)", ".end"]
    return "\n".join(["population", netlist, f"Vs a 0 SIN(0 {AMPLITUDE} {FREQUENCY})", *cells, *ends]) + "\n"


def seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main():
    sine = protocols.sine(AMPLITUDE, FREQUENCY, CYCLES, POINTS)
    print(f"{'devices':>8s} {'cold s':>8s} {'warm s':>8s} {'ngspice s':>10s} {'ratio':>7s} {'current':>9s}")
    for size in (1, 100, 1000):
        many = device(NAME).sample(0, size, dict.fromkeys(SPREAD, 0.1))
        cold = seconds(lambda m=many: run(m, sine))
        warm = min(seconds(lambda m=many: run(m, sine)) for _ in range(3))
        theirs = {}
        text = deck(many)
        try:
            peer = seconds(lambda t=text, out=theirs: out.update(simulate(t, timeout=PATIENCE)))
        except PinchedError:
            print(
                f"{size:8d} {cold:8.2f} {warm:8.3f} {f'> {PATIENCE}':>10s} {f'> {PATIENCE / warm:.0f}':>7s}", flush=True
            )
            continue
        ours = run(many, sine, save=np.unique(np.clip(theirs["time"], 0, CYCLES / FREQUENCY)))
        total = np.asarray(ours["current"]).sum(axis=0)
        kept = np.unique(np.clip(theirs["time"], 0, CYCLES / FREQUENCY), return_index=True)[1]
        error = np.max(np.abs(total + theirs["i(vs)"][kept])) / np.max(np.abs(total))
        print(f"{size:8d} {cold:8.2f} {warm:8.3f} {peer:10.2f} {peer / warm:7.1f} {error:9.1e}", flush=True)


if __name__ == "__main__":
    main()
