"""The physics of a device as expressions of its terminal voltage, its states and its parameters."""

from collections.abc import Iterable
from typing import NamedTuple

import jax
import numpy as np

from pinched.core import verb
from pinched.core.errors import PinchedError
from pinched.core.params import Param, params
from pinched.devices import parameter_file
from pinched.devices.base import Device, Environment
from pinched.devices.spice.expression import Expr, node, parameter, walk
from pinched.devices.spice.trace import Implicit, expressions
from pinched.devices.wrappers.in_series import AS_CIRCUIT


class Model(NamedTuple):
    """Expressions of the nodes "v" and "state NAME", of parameters, and of the unknowns of implicit equations."""

    current: Expr
    rates: dict[str, Expr]
    boxes: dict[str, tuple[Expr, Expr, Expr]]  # state -> rest, lo, hi
    implicit: list[Implicit]
    values: dict[str, float]  # of the parameters: "R_on", "inner.E_a", "E_a[3]", "env.temperature"
    declared: dict[str, Param]

    @property
    def results(self) -> list[Expr]:
        """Everything that is to be computed."""
        boxes = [e for box in self.boxes.values() for e in box]
        return [self.current, *self.rates.values(), *boxes, *(i.residual for i in self.implicit)]


@verb
def model(device: Device, env: Environment | None = None) -> Model:
    """The expressions of a single `device`, in surroundings whose values are parameters, too.

    Raises:
        PinchedError: for a population, and where the physics uses an operation that SPICE does not have.
    """
    if device.population:
        raise PinchedError(f"A netlist holds a single device; this one is a population of {device.population}.")

    def physics(device, v, x, env):
        return device.current(v, x, env), device.rates(v, x, env), {k: tuple(s) for k, s in device.state().items()}

    point = (device, np.zeros(()), dict.fromkeys(device.state(), np.zeros(())), env or Environment())
    as_circuit = AS_CIRCUIT.set(True)
    try:
        closed, shape = jax.make_jaxpr(physics, return_shape=True)(*point)
    finally:
        AS_CIRCUIT.reset(as_circuit)
    known = {key: declared for key, declared, _ in parameter_file.flat(device)}
    known |= {f"env.{key}": declared for key, declared in params(Environment).items()}
    arguments, values, declared = [], {}, {}
    for (which, *path), leaf in jax.tree_util.tree_flatten_with_path(point)[0]:
        key = ".".join(str(getattr(p, "name", getattr(p, "key", None))) for p in path)
        if which.idx in (1, 2):
            arguments.append(_array([node(f"state {key}" if path else "v")], ()))
            continue
        key = f"env.{key}" if which.idx == 3 else key
        names = [f"{key}[{k}]" for k in range(leaf.size)] if np.ndim(leaf) else [key]
        values |= zip(names, np.ravel(leaf).tolist(), strict=True)
        declared |= dict.fromkeys(names, known[key])
        arguments.append(_array(map(parameter, names), np.shape(leaf)))
    results, implicit = expressions(closed, arguments)
    current, rates, boxes = jax.tree.unflatten(jax.tree.structure(shape), [r.item() for r in results])
    states = device.state()
    found = Model(current, {k: rates[k] for k in states}, {k: boxes[k] for k in states}, implicit, values, declared)
    if missing := sorted({str(e.args[0]) for e in walk(found.results) if e.op == "unsupported"}):
        raise PinchedError(f"{type(device).__name__} uses {', '.join(missing)}, for which SPICE has no expression.")
    return found


def _array(elements: Iterable[Expr], shape) -> np.ndarray:
    result = np.empty(shape, object)
    for k, e in zip(np.ndindex(shape), elements, strict=True):
        result[k] = e
    return result
