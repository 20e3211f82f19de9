"""What a network on arrays costs: energy, time and area of an inference, and of programming it.

Layers compute one after the other, the tiles of each side by side; a batch passes them as a pipeline, for every layer
has arrays of its own. One multiplication with its addition (MAC) counts as two operations.
"""

import collections
import dataclasses
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pinched.arrays.analog.budget import budget
from pinched.arrays.analog.engine import Engine
from pinched.arrays.cost import PARTS, Cost, scaled, summed
from pinched.arrays.macro import Macro
from pinched.core import PinchedError, Quantity, nearest
from pinched.networks.layers import mapped, maps
from pinched.networks.reference import per_mac

if TYPE_CHECKING:
    import pandas as pd

    from pinched.networks.program import Programmed

BITS = {"dac_bits": 1, "adc_bits": 8, "input_bits": 8}  # of converters that are ideal: those of a Macro
WAYS = ("digital", "array")
ACTIVATIONS = "products of activations"


@dataclasses.dataclass(frozen=True)
class NetworkCost(Mapping[str, Mapping[str, Quantity]]):
    """What a batch costs, by layer: a mapping of paths, and "total", to quantities.

    Those of a layer, for the whole batch: "MAC", "energy" and its parts "energy array", "energy lines", "energy ADC",
    "energy DAC", "energy digital" (J), "latency" (s), "area" (m²), "TOPS/W", "TOPS/mm²", and of writing its weights
    once "write energy" (J) and "write time" (s). What published models disagree about, the converters, is a range.

    Attributes:
        layers: path -> quantities; the last is "total".
        batch: samples.
        assumptions: a sentence each.
    """

    layers: Mapping[str, Mapping[str, Quantity]]
    batch: int
    assumptions: tuple[str, ...]

    def __getitem__(self, path: str) -> Mapping[str, Quantity]:
        return self.layers[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    @property
    def total(self) -> Mapping[str, Quantity]:
        """The quantities of the whole network."""
        return self.layers["total"]

    def table(self) -> "pd.DataFrame":
        """One row per layer and quantity: layer, quantity, value, low, high, unit, note."""
        import pandas as pd

        rows = [
            (path, name, q.value, q.low, q.high, q.unit, q.note)
            for path, found in self.items()
            for name, q in found.items()
        ]
        return pd.DataFrame(rows, columns=["layer", "quantity", "value", "low", "high", "unit", "note"])


def cost(programmed: "Programmed", batch: int = 1, *, activations: str = "digital", **macro) -> NetworkCost:
    """What inference costs, by layer and in total.

    Args:
        programmed: the network.
        batch: samples that follow each other through the layers.
        activations: where activations are multiplied with each other, as in attention: "digital", for the energy of
            published multipliers, or "array": one factor is written to a second array of the same devices, for each
            sample anew, and the other read through it.
        **macro: fields of an arrays.Macro, such as `node`, `cell`, `write_voltage`, `write_width`, `pulses`; converters
            that are ideal are priced with `dac_bits`, `adc_bits` and `input_bits`, by default 1, 8 and 8.

    Raises:
        PinchedError: for a batch below one, another way to multiply, or no field of a Macro.
    """
    if batch < 1 or int(batch) != batch:
        raise PinchedError(f"cost(batch={batch}): give a whole number of at least 1.")
    if activations not in WAYS:
        raise PinchedError(f"Products of activations can be {' or '.join(WAYS)}, not {activations!r}.")
    fields = [f.name for f in dataclasses.fields(Macro) if f.name not in ("rows", "columns", "conversions")]
    for name in macro:
        if name not in fields:
            raise PinchedError(f"A Macro has no {name!r}{nearest(name, fields)}; it has {', '.join(fields)}.")
    arrays = {path: each.engine for path, each in maps(programmed.net).items()}
    given = {path: known(programmed, engine) | macro for path, engine in arrays.items()}
    costs = {path: budget(engine, **given[path]) for path, engine in arrays.items()}
    weights = {path: math.prod(each.weight.shape) for path, each in maps(programmed.exact).items()}
    layers = {path: _layer(found, programmed.products[path], weights[path]) for path, found in costs.items()}
    notes = [note for found in costs.values() for note in found.assumptions]
    if products := multiplied(programmed.exact, programmed.sample):
        engine, fields = next(iter(arrays.values())), next(iter(given.values()))
        if activations == "digital":
            layers[ACTIVATIONS] = _digital(products)
            notes.append("products of activations digital, and in no time")
        else:
            layers[ACTIVATIONS] = _second(products, engine, fields)
            notes.append("products of activations on second arrays, one factor of which is written for every sample")
    if not all(np.isfinite(np.max(c.bits)) for engine in arrays.values() for c in (engine.adc, engine.dac)):
        notes.append("converters that were ideal are priced as real ones")
    notes += [
        "layers one after the other, tiles side by side, a batch as a pipeline of layers",
        "all layers are written at the same time",
        "not counted: normalisation, pooling, activation, and what holds activations between layers",
    ]
    slowest = max(found["latency"].value for found in layers.values())
    done = {path: _finished(found, batch) for path, found in layers.items()}
    done["total"] = _finished(_together(list(layers.values())), batch, slowest)
    return NetworkCost(done, int(batch), tuple(dict.fromkeys(notes)))


def multiplied(net, sample) -> collections.Counter:
    """(factors, rows, summed, columns) -> how often a lowered network multiplies such activations for a `sample`."""

    def silent(_, each):
        return _Silent(jax.ShapeDtypeStruct(each.weight.shape[-1:], np.float32))

    found = collections.Counter()
    _count(jax.make_jaxpr(mapped(silent, net))(sample).jaxpr, 1, found)
    return found


class _Silent(eqx.Module):
    """In the place of a map: the shape of its outputs, without the product."""

    outputs: Any = eqx.field(static=True)

    def __call__(self, x, *, key=None):
        return jnp.zeros((*x.shape[:-1], *self.outputs.shape), self.outputs.dtype)


def _count(jaxpr, times: int, found) -> None:
    for eqn in jaxpr.eqns:
        if eqn.primitive.name == "dot_general":
            (a, b), ((left, _), (many, _)) = (v.aval.shape for v in eqn.invars), eqn.params["dimension_numbers"]
            sizes = [a[i] for i in many], [a[i] for i in left]
            rows = [n for i, n in enumerate(a) if i not in (*left, *many)]
            columns = math.prod(b) // math.prod(sizes[0]) // math.prod(sizes[1])
            found[math.prod(sizes[0]), math.prod(rows), math.prod(sizes[1]), columns] += times
        inner = times * eqn.params.get("length", 1) if eqn.primitive.name == "scan" else times
        for value in eqn.params.values():
            if hasattr(value, "jaxpr"):
                _count(value.jaxpr, inner, found)


def known(programmed, engine) -> dict[str, Any]:
    """Fields of a Macro: bits of converters that are ideal, and how devices are written, where their pulses tell."""
    found: dict[str, Any] = {
        name: BITS[name]
        for name, converter in (("dac_bits", engine.dac), ("adc_bits", engine.adc))
        if not np.isfinite(np.max(converter.bits))
    }
    if "dac_bits" in found:
        found["input_bits"] = BITS["input_bits"]
    source = programmed.source
    for name, pair in (("write_voltage", ("v_up", "v_down")), ("write_width", ("width_up", "width_down"))):
        told = [abs(float(np.mean(v))) for v in (getattr(source, each, None) for each in pair) if v is not None]
        if told:
            found[name] = max(told)
    return found


# What follows is of one sample, until it is `_finished`.


def _layer(found: Cost, products: float, weights: int) -> dict[str, Quantity]:
    """Of `products` with a matrix of `weights`."""
    energies = {part: found[f"read_energy_{part}"] for part in PARTS if f"read_energy_{part}" in found}
    delay = found["read_delay_total"]
    return {
        "MAC": Quantity(weights * products, "1", "derived", note=f"{products:g} products a sample"),
        **{f"energy {part}": scaled(q, products, "J", q.note) for part, q in energies.items()},
        "latency": scaled(delay, products, "s", delay.note),
        "area": found["area_total"],
        "write energy": found["write_energy_total"],
        "write time": found["write_delay_total"],
    }


def _digital(products) -> dict[str, Quantity]:
    """Products of activations by digital multipliers."""
    macs, each = sum(times * math.prod(size) for size, times in products.items()), per_mac()
    return {
        "MAC": Quantity(macs, "1", "derived"),
        "energy digital": scaled(each, macs, "J", each.note),
        "latency": Quantity(0.0, "s", "assumed"),
        "area": Quantity(0.0, "m**2", "assumed"),
    }


def _second(products, engine, fields) -> dict[str, Quantity]:
    """Products of activations on arrays to which one factor is written for each sample."""
    found = []
    for (factors, rows, inputs, columns), times in products.items():
        blank = Engine.of(np.zeros((inputs, columns), np.float32), engine.mapping, x_max=1.0)
        one = budget(blank, **{"conductance": float(np.mean(engine.cells))} | fields)
        part = _layer(one, rows, inputs * columns)
        part["energy writing"] = part.pop("write energy")
        part["latency"] = summed([part["latency"], part.pop("write time")], "Latency")
        size = dict.fromkeys(part, factors * times) | {"latency": times, "area": factors}
        found.append({name: scaled(q, size[name], q.unit, q.note) for name, q in part.items()})
    return _together(found)


def _together(layers: list[dict[str, Quantity]]) -> dict[str, Quantity]:
    """All of them: what they take adds up, but they are written at the same time."""
    names = dict.fromkeys(name for layer in layers for name in layer)
    parts = {name: [layer[name] for layer in layers if name in layer] for name in names}
    return {n: max(q, key=lambda q: q.value) if n == "write time" else summed(q, n) for n, q in parts.items()}


def _finished(found: dict[str, Quantity], batch: int, slowest: float | None = None) -> dict[str, Quantity]:
    """Of a batch, whose samples follow each other by the latency of the `slowest` layer, and what follows from it."""
    done = {
        n: scaled(q, batch, q.unit, q.note) if n == "MAC" or n.startswith("energy ") else q for n, q in found.items()
    }
    one = done["latency"]
    part = 1.0 if slowest is None else slowest / (one.value or 1.0)
    done["latency"] = scaled(one, 1 + (batch - 1) * part, "s", one.note)
    done["energy"] = summed([q for name, q in done.items() if name.startswith("energy ")], "Energy")
    operations, area = 2 * done["MAC"].value, done["area"].value
    done["TOPS/W"] = _over(1e-12 * operations, done["energy"], "TOPS/W")
    if area and one.value:
        done["TOPS/mm²"] = _over(1e-18 * operations / area, done["latency"], "TOPS/mm²")
    return done


def _over(count: float, q: Quantity, unit: str) -> Quantity:
    ends = [None if x is None else count / x for x in (q.high, q.low)]
    return Quantity(count / q.value if q.value else math.inf, unit, "derived", *ends, interval=q.interval)
