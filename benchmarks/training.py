"""Training on devices: samples a second and accuracy beside aihwkit, and NeuroSim's benchmark. One thread.

python benchmarks/training.py [speed] [truth] [neurosim] [--peer PYTHON]

PYTHON is an interpreter that has aihwkit. MNIST is read from $PINCHED_TEST_DATA/mnist. Times are those of the
processor, of ours before and after the peer's; the best of each counts.
"""

import argparse
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import numpy as np

from pinched.applications import digits, mnist
from pinched.arrays.cost import cost, together
from pinched.devices import response
from pinched.networks import MLP
from pinched.networks.insitu import Layer, TikiTaka, Trains, neurosim, train_in_situ
from pinched.networks.insitu.gradients import backward

DATA = pathlib.Path(os.environ.get("PINCHED_TEST_DATA", "../shared/data")) / "mnist"
PEER = pathlib.Path(__file__).with_name("training_aihwkit.py")
# preset of the peer, our name of the device, our scheme, the state that means zero (None: the one each device has)
DEVICES = {
    "EcRam": ("EcRamPreset", "ecram-li-exponential-2018", Trains(), 0.8276 / 2),
    "ReRAM-ES": ("ReRamESPreset", "reram-expstep-2018", Trains(), 0.5),
    "ReRAM-SB": ("ReRamSBPreset", "reram-softbounds-2018", Trains(), 0.75 / 2),
    "Tiki-Taka on ReRAM-SB": ("TikiTakaReRamSBPreset", "reram-softbounds-2018", TikiTaka(), None),
}
NEUROSIM = {  # accuracy in % that the manual of V3.0 gives, Table II
    "agasi-exponential-2010": 72, "taoxhfox-exponential-2018": 80, "pcmo-exponential-2013": 33,
    "aloxhfo2-exponential-2016": 20, "sige-exponential-2018": 92, "hzo-exponential-2017": 88,
}  # fmt: skip


def speed(peer):
    """784-256-10 on MNIST, from the first image on: batches of 10 and 32, rate 0.05."""
    x, labels = mnist.load(DATA).train.flat()
    for device in ("ReRAM-ES", "ReRAM-SB", "Tiki-Taka on ReRAM-SB"):
        for batch, samples in ((10, 1000), (32, 1600)):
            images, digits_ = x[:samples], labels[:samples]
            ours = [pulsed(device, images, digits_, batch, seed) for seed in range(3)]
            theirs = []
            if peer:
                task = {"sizes": [784, 256, 10], "rate": 0.05, "batch": batch, "epochs": 1}
                theirs = peer(device, (images, digits_, images, digits_), "rate", seeds=[0, 1, 2], **task)
                ours += [pulsed(device, images, digits_, batch, seed) for seed in range(3)]
            said = f", aihwkit {max(theirs):.0f}, ratio {max(ours) / max(theirs):.2f}" if theirs else ""
            print(f"{device}, batch {batch}: {max(ours):.0f} samples/s{said}", flush=True)


def pulsed(device, x, labels, batch, seed):
    """Samples a second of one pass."""
    _, name, scheme, reference = DEVICES[device]
    rng, start = np.random.default_rng(seed), first((784, 256, 10), seed)
    layers = [Layer.of(w, response(name), scheme, 1.0, False, reference, rng) for w in start]
    begin = time.process_time()
    for k in range(0, len(x), batch):
        for layer, seen, error in backward(layers, x[k : k + batch], labels[k : k + batch]):
            layer.update(scheme, seen, error, 0.05, rng)
    return len(x) / (time.process_time() - begin)


def truth(peer, seeds=range(5)):
    """8 x 8 digits, one layer and two; biases digital, as is the default of the peer, and on devices."""
    train, validation, test = digits.samples()
    data = (*train, *test)
    for sizes, rate, epochs in (((64, 10), 0.1, 15), ((64, 32, 10), 0.1, 20)):
        for device, (_, name, scheme, reference) in DEVICES.items():
            for bias in ("digital", "devices"):
                accuracy = []
                for seed in seeds:
                    done = train_in_situ(
                        MLP.of(first(sizes, seed)), response(name), *train, *validation, scheme=scheme, pair=False,
                        bias=bias, seeds=(seed,), epochs=epochs, batch=10, learning_rates=(rate,),
                        schedule=lambda _: 1.0, weight_range=1.0, reference=reference,
                    )  # fmt: skip
                    accuracy.append(np.mean(done.nets[0](test.images).argmax(1) == test.labels))
                said = "-".join(map(str, sizes)) + f", {device}, biases {bias}: {spread(accuracy)}"
                if peer:
                    task = {"sizes": list(sizes), "rate": rate, "batch": 10, "epochs": epochs}
                    theirs = peer(device, data, "accuracy", seeds=list(seeds), digital_bias=bias == "digital", **task)
                    said += f"; aihwkit {spread(theirs)}"
                print(said, flush=True)


def neurosims(seeds=range(3)):
    """400-100-10, one image at a time: after 8000 images, and how long 100 000 take."""
    data = [array for part in mnist.load(DATA) for array in (mnist.cropped(part.images), part.labels)]
    for name, manual in NEUROSIM.items():
        accuracy = [neurosim.benchmark(response(name), *data, seed=seed).accuracy[-1] for seed in seeds]
        print(f"{name}: {spread(accuracy)} after 8000 images (manual, in the end: {manual} %)", flush=True)
    begin = time.process_time()
    done = neurosim.benchmark(response("agasi-exponential-2010"), *data, images=100_000, every=20_000)
    found = together((cost(macro), 1) for macro in neurosim.macros(done))
    seconds = time.process_time() - begin
    print(
        f"100 000 images of Ag:a-Si with their cost: {seconds:.1f} s ({1830 / seconds:.0f} x), {done.accuracy[-1]:.3f}"
    )
    print(found.table().to_string())
    print("reading an image, as printed 4.195e-10 J:", neurosim.read_energy(done))
    print(f"area, as printed 6292 um2: {found['area_total'].value * 1e12:.0f} um2", flush=True)


def first(sizes, seed):
    """Weights as PyTorch draws them: uniform within 1/sqrt(inputs)."""
    rng = np.random.default_rng(seed)
    shapes = [(n + 1, m) for n, m in itertools.pairwise(sizes)]
    return [rng.uniform(-1, 1, shape).astype(np.float32) / np.float32(np.sqrt(shape[0] - 1)) for shape in shapes]


def spread(values):
    """Mean and standard deviation."""
    return f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}"


def asked(python):
    """The peer as a function of a device, data, what is to be known, and a task."""

    def peer(device, data, what, **task):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "data.npz"
            np.savez(path, **dict(zip(("x", "labels", "x_test", "labels_test"), data, strict=True)))
            said = subprocess.run(
                [python, PEER, path, json.dumps({"preset": DEVICES[device][0]} | task)], capture_output=True, check=True
            )
        return [result[what] for result in json.loads(said.stdout.splitlines()[-1])]

    return peer


def main():
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", nargs="*", default=["speed", "truth", "neurosim"])
    parser.add_argument("--peer", metavar="PYTHON")
    options = parser.parse_args()
    peer = asked(options.peer) if options.peer else None
    for name in options.what:
        {"speed": lambda: speed(peer), "truth": lambda: truth(peer), "neurosim": neurosims}[name]()


if __name__ == "__main__":
    sys.exit(main())
