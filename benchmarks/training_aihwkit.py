"""The peer's part of benchmarks/training.py, for an interpreter that has aihwkit: the same tasks, printed as JSON.

python training_aihwkit.py DATA.npz '{"preset": "ReRamESPreset", "sizes": [64, 10], "rate": 0.1, "seeds": [0, 1], …}'
"""

import itertools
import json
import sys
import time

import numpy as np
import torch
from aihwkit.nn import AnalogLinear, AnalogSequential
from aihwkit.optim import AnalogSGD
from aihwkit.simulator import presets


def main(path, seeds, **task):
    torch.set_num_threads(1)
    data = np.load(path)
    data = [torch.tensor(data[name]) for name in ("x", "labels", "x_test", "labels_test")]
    print(json.dumps([run(seed, *data, **task) for seed in seeds]))


def run(seed, x, labels, x_test, labels_test, preset, sizes, rate, batch, epochs, digital_bias=True):
    torch.manual_seed(seed)
    labels = labels.long()

    def layer(inputs, outputs):
        if preset is None:
            return torch.nn.Linear(inputs, outputs)
        config = getattr(presets, preset)()
        config.mapping.max_input_size = config.mapping.max_output_size = 0  # one array a layer
        config.mapping.digital_bias = digital_bias
        return AnalogLinear(inputs, outputs, rpu_config=config)

    layers = [part for pair in itertools.pairwise(sizes) for part in (layer(*pair), torch.nn.ReLU())][:-1]
    net = AnalogSequential(*layers)
    optimiser = AnalogSGD(net.parameters(), lr=rate)
    optimiser.regroup_param_groups(net)
    loss = torch.nn.CrossEntropyLoss()
    start = time.process_time()
    for _ in range(epochs):
        order = torch.randperm(len(x))
        for k in range(0, len(x), batch):
            optimiser.zero_grad()
            loss(net(x[order[k : k + batch]]), labels[order[k : k + batch]]).backward()
            optimiser.step()
    seconds = time.process_time() - start
    with torch.no_grad():
        accuracy = float((net(x_test).argmax(1) == labels_test).float().mean())
    return {"accuracy": accuracy, "rate": epochs * len(x) / seconds}


if __name__ == "__main__":
    main(sys.argv[1], **json.loads(sys.argv[2]))
