"""Time the engine beside ngspice in one run: `python benchmarks/engine.py`.

Prints one line a case: cold (with compilation), warm, the processor time of all cores, and the same drive in ngspice,
where it is installed. ngspice simulates one device a process; its time for a population is that of one device times the
population. The last cases are 100 000 devices that differ, through 50 potentiating and 50 depressing pulses, each read.
"""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import jax
import numpy as np

from pinched.core import double
from pinched.devices import VTEAM, Environment, StanfordGap, Yakopcic
from pinched.experiments import blocks, engine, protocols

POINTS, POPULATION, ARRAY, RUNS = 10_000, 1000, 100_000, 3

VTEAM_SET = {"R_on": 1e3, "R_off": 1e5, "k_on": -1 / 3, "k_off": 1 / 3, "alpha_on": 3.0, "alpha_off": 3.0, "v_on": -0.3,
             "v_off": 0.3, "x0": 0.5, "window": "joglekar"}  # fmt: skip
NETLIST = """VTEAM, 10 periods of 1 V sine, 10 000 points
V1 p 0 SIN(0 1 1)
Bs 0 s I = (v(p) > 0.3 ? (v(p)/0.3-1)^3/3 : (v(p) < -0.3 ? -(-v(p)/0.3-1)^3/3 : 0)) * (1-(2*v(s)-1)^2)
Cs s 0 1 IC=0.5
Bi p 0 I = v(p)/(1e3+99e3*v(s))
.options reltol=1e-6
.tran 1m 10 0 1m uic
.end
"""


def timed(work, clock=time.perf_counter):
    start = clock()
    work()
    return clock() - start


def ngspice():
    """Seconds of one device, least of RUNS, or None."""
    if not shutil.which("ngspice"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        netlist = Path(folder) / "vteam.cir"
        netlist.write_text(NETLIST)
        command = ["ngspice", "-b", "-r", str(Path(folder) / "out.raw"), str(netlist)]
        return min(timed(lambda: subprocess.run(command, capture_output=True, check=True)) for _ in range(RUNS))


def compiled(device, protocol, save="every"):
    """(cold, warm, processor) seconds of the integration alone, samples recorded, without building the Dataset."""
    pieces = protocols.unfold(protocol)
    samples = blocks.Recorded(pieces, save)
    width = engine.WIDTH if save == "every" else 4
    drive, at = blocks.cut(pieces, samples, width)
    start = engine._start(device, None)

    def work():
        jax.block_until_ready(engine._integrate(device, Environment(), drive, at, start, 1e-6, width))

    with double():
        return timed(work), *warm(work)


def arrays():
    """(name, device, protocol) of ARRAY devices under 50 + 50 pulses."""
    train = protocols.potentiation_depression
    vteam = VTEAM(k_on=-1e7, k_off=1e6).sample(0, ARRAY, {"k_on": 0.1, "k_off": 0.1, "v_on": 0.05})
    yakopcic = Yakopcic().sample(0, ARRAY, {"A_p": 0.1, "A_n": 0.1, "V_p": 0.05})
    gap = StanfordGap(F_min=0.0, x0=1.0).sample(0, ARRAY, {"E_a": 0.02})
    return (
        (f"{ARRAY} VTEAM, 50 + 50 pulses", vteam, train(-0.4, 0.06, 2e-9, 50)),
        (f"{ARRAY} Yakopcic, 50 + 50 pulses", yakopcic, train(0.3, -0.3, 1e-3, 50)),
        (f"{ARRAY} gap model, gradual, 50 + 50 pulses", gap, train(1.2, -1.2, 1e-8, 50)),
        (f"{ARRAY} gap model, abrupt for some", gap, train(1.2, -1.2, 1e-7, 50)),
    )


def main():
    vteam = VTEAM(**VTEAM_SET)
    sine = protocols.sine(1.0, 1.0, 10, POINTS // 10)
    spread = vteam.sample(0, POPULATION, dict.fromkeys(("R_on", "R_off", "k_on", "k_off", "v_on", "v_off"), 0.1))
    gaps = StanfordGap(x0=1.0).sample(0, POPULATION, {"E_a": 0.03})
    abrupt = protocols.sweep(2.0, -1.5, rate=1.0, i_max=1e-3, i_max_second=np.inf)
    peer = ngspice()

    def whole():
        engine.run(vteam, sine)

    cases = [
        ("1 VTEAM, sine, 10 000 points", vteam, sine, peer),
        ("1000 VTEAM, 10 % spread, sine, 10 000 points", spread, sine, peer and POPULATION * peer),
        ("1 gap model, abrupt SET, 401 points", StanfordGap(x0=1.0), abrupt, None),
        ("1000 gap model, 3 % spread of E_a, abrupt SET", gaps, abrupt, None),
        *((*case, None) for case in arrays()),
    ]
    print(f"{'case':48s} {'cold s':>9s} {'warm s':>9s} {'cpu s':>9s} {'ngspice s':>10s} {'ratio':>7s}")
    for name, device, protocol, other in cases:
        show(name, *compiled(device, protocol, "reads" if "pulses" in name else "every"), other)
    show("run() to Dataset: 1 VTEAM, sine, 10 000 points", timed(whole), *warm(whole), peer)


def warm(work):
    """(wall, processor) seconds, each the least of RUNS."""
    return tuple(min(timed(work, clock) for _ in range(RUNS)) for clock in (time.perf_counter, time.process_time))


def show(name, cold, wall, processor, other):
    beside = f"{other:10.3f} {other / wall:7.1f}" if other else f"{'-':>10s} {'-':>7s}"
    print(f"{name:48s} {cold:9.3f} {wall:9.4f} {processor:9.4f} {beside}", flush=True)


if __name__ == "__main__":
    main()
