"""A layer whose weights stand on devices while they learn."""

import numpy as np

from pinched.networks.insitu.cells import Cells


class Layer:
    """The arrays of devices behind the weights of a layer, and what of it is digital.

    Attributes:
        arrays: Cells (rows, columns); the first is the one that is seen.
        bias: (columns,) where it is digital, else None.
        memory: what its scheme remembers.
    """

    def __init__(self, arrays: list[Cells], bias: np.ndarray | None = None):
        self.arrays, self.bias = arrays, bias
        self.memory: dict[str, np.ndarray] = {}

    @classmethod
    def of(cls, weights, response, scheme, largest, pair, reference, rng, bias=None) -> "Layer":
        """With `weights` on the first array, and zeros on the others that `scheme` needs."""
        first = [weights] + [np.zeros_like(weights)] * (scheme.arrays - 1)
        layer = cls([Cells(response, w, largest, pair, rng, reference) for w in first], bias)
        layer.memory = scheme.memory(layer)
        return layer

    @property
    def cells(self) -> Cells:
        """The array that is seen."""
        return self.arrays[0]

    @property
    def fast(self) -> Cells:
        """The hidden array of Tiki-Taka."""
        return self.arrays[1]

    @property
    def weights(self) -> np.ndarray:
        """(rows, columns) of the array that is seen."""
        return self.arrays[0].weights

    @property
    def matrix(self) -> np.ndarray:
        """The weights with the bias, where the layer has one, in the last row."""
        return self.weights if self.bias is None else np.vstack([self.weights, self.bias])

    @property
    def rows(self) -> np.ndarray:
        """(inputs, columns) without a bias in the last row, for a layer that has one."""
        return self.weights if self.bias is not None else self.weights[:-1]

    def __call__(self, x):
        """Outputs (n, columns) of inputs (n, inputs + 1), the last of which drives the bias."""
        return x @ self.weights if self.bias is None else x[:, :-1] @ self.weights + self.bias

    def update(self, scheme, seen, error, rate, rng):
        """Learn from a batch of what was `seen` (n, inputs), 1 for a bias the last, and the `error` (n, columns)."""
        if self.bias is not None:
            seen = seen[:, :-1]
            self.bias -= np.float32(rate) * error.sum(0)
        scheme.update(self, seen, error, rate, rng)
        for cells in self.arrays:
            cells.age()

    def state(self) -> dict[str, np.ndarray]:
        """All that changes while training, as plain arrays by name."""
        state = {f"memory/{name}": value.copy() for name, value in self.memory.items()}
        if self.bias is not None:
            state["bias"] = self.bias.copy()
        for i, cells in enumerate(self.arrays):
            state |= {f"{i}/{name}": value for name, value in cells.state().items()}
        return state

    def restore(self, state):
        """Go on from what `state` gave."""
        for name, value in self.memory.items():
            value[:] = state[f"memory/{name}"]
        if self.bias is not None:
            self.bias[:] = state["bias"]
        for i, cells in enumerate(self.arrays):
            cells.restore({name: state[f"{i}/{name}"] for name in cells.state()})
