"""Time inference on arrays beside its peers in one run, on one thread: `python benchmarks/networks.py`.

A product of 128 inputs with a 512 x 512 matrix: plain in float32, on ideal devices, and with read noise; then a
784-256-10 network, plain and on ideal devices. `--aihwkit PYTHON` runs aihwkit's tiles with the interpreter of an
environment where it is installed.
"""

import argparse
import json
import os
import subprocess
import time

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

import numpy as np

from pinched.networks import MLP, Mapping, program

BATCH, SIZE, RUNS = 128, 512, 200

PEER = f"""
import json, time, torch
from aihwkit.nn import AnalogLinear
from aihwkit.simulator.configs import InferenceRPUConfig
from aihwkit.simulator.parameters.enums import WeightNoiseType

torch.set_num_threads(1)
x, found = torch.rand({BATCH}, {SIZE}), {{}}

def least(work):
    times = []
    for _ in range(20):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)

with torch.no_grad():
    plain = torch.nn.Linear({SIZE}, {SIZE}, bias=False)
    found["torch, plain"] = least(lambda: plain(x))
    for name, noise in (("aihwkit tile", None), ("aihwkit tile, PCM read noise", WeightNoiseType.PCM_READ)):
        config = InferenceRPUConfig()
        if noise is not None:
            config.forward.w_noise_type, config.forward.w_noise = noise, 0.0175
        tile = AnalogLinear({SIZE}, {SIZE}, bias=False, rpu_config=config).eval()
        found[name] = least(lambda: tile(x))
print(json.dumps(found))
"""


def least(*works):
    """Least seconds of each, taken in turns, so that all see the same machine."""
    times = [[] for _ in works]
    for _ in range(RUNS):
        for work, each in zip(works, times, strict=True):
            start = time.perf_counter()
            work()
            each.append(time.perf_counter() - start)
    return [min(each) for each in times]


def line(name, seconds, reference):
    print(f"{name:34s} {seconds * 1e3:8.3f} ms  {BATCH / seconds:10.0f} samples/s  {reference / seconds:6.3f} of plain")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--aihwkit", metavar="PYTHON")
    peer = parser.parse_args().aihwkit
    rng = np.random.default_rng(0)
    w, x = rng.normal(0, 0.05, (SIZE, SIZE)).astype(np.float32), rng.random((BATCH, SIZE), np.float32)
    layer = MLP.of([np.vstack([w, np.zeros((1, SIZE))])])
    quiet, noisy = (program(layer, Mapping(sigma_read=s), inputs=x).layers[0] for s in (0.0, 0.02))
    full = np.concatenate([x, np.full((BATCH, 1), x.max(), np.float32)], axis=1)
    whole = np.vstack([w, np.zeros((1, SIZE), np.float32)])
    times = least(lambda: full @ whole, lambda: quiet(full), lambda: noisy(full, 1))
    for name, seconds in zip(("NumPy, plain", "pinched, ideal", "pinched, read noise"), times, strict=True):
        line(name, seconds, times[0])
    net = MLP((784, 256, 10), 0)
    images = rng.random((BATCH, 784), np.float32)
    placed = program(net, Mapping(), inputs=images)
    plain, ideal = least(lambda: net(images), lambda: placed(images))
    line("784-256-10, plain", plain, plain)
    line("784-256-10, ideal devices", ideal, plain)
    if peer:
        done = subprocess.run([peer, "-c", PEER], capture_output=True, text=True, check=True)
        found = json.loads(done.stdout.splitlines()[-1])
        for name, seconds in found.items():
            line(name, seconds, times[0])
        print(f"with read noise {found['aihwkit tile, PCM read noise'] / times[2]:.1f} times aihwkit's tile")


if __name__ == "__main__":
    main()
