"""A network on arrays of devices: programmed once, read many times, aged, recalibrated."""

import dataclasses
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pinched.arrays.analog.ageing import ageing
from pinched.arrays.analog.engine import Engine, product
from pinched.arrays.analog.mapping import Mapping
from pinched.arrays.analog.noise import folded, generator, normals, words
from pinched.core import PinchedError
from pinched.networks.layers import Affine, biased, lowered, mapped, maps
from pinched.networks.mlp import MLP
from pinched.networks.observe import check_call, forward, noisy, observed

ROOM = 298.15  # K
COMPENSATIONS = ("global", "affine")


@jax.tree_util.register_dataclass  # quicker to read than an equinox module, as the engine
@dataclasses.dataclass(frozen=True, eq=False)
class OnArray:
    """An affine map on an array; `gain` and `shift` correct its outputs digitally, where given."""

    is_map: ClassVar[bool] = True

    engine: Engine
    gain: Any = None
    shift: Any = None
    noise: Any = None  # words of a key, or a function shape -> normal numbers
    biased: bool = eqx.field(default=True, static=True)

    @property
    def inputs(self) -> int:
        """Inputs, the one of the bias not counted."""
        return self.engine.signal.shape[0] - self.biased

    def noisy(self, noise) -> "OnArray":
        """The map with the noise of its reads drawn from `noise`."""
        return dataclasses.replace(self, noise=noise)

    def __call__(self, x, *, key=None):
        """Outputs (…, outputs) of inputs (…, inputs); a JAX `key` stands in for the noise it was given."""
        x = biased(x, self.engine.x_max) if self.biased else x
        y = product(self.engine, x, _draw(x, self.noise if key is None or self.noise is None else key))
        y = y if self.gain is None else y * self.gain
        return y if self.shift is None else y + self.shift


@dataclasses.dataclass(frozen=True, eq=False)
class Programmed:
    """A network on arrays of devices; `read` it with samples (n, …) and, for read noise, a seed or JAX key."""

    net: Any  # made of OnArray maps
    exact: Any  # made of Affine maps
    fresh: Any  # as `net` was right after programming
    mapping: Mapping
    source: Any  # the device, as it was given
    products: dict[str, float]  # that each map makes for one sample
    sample: jax.ShapeDtypeStruct  # like one of those it is read with
    seed: int
    history: tuple[tuple[float, float], ...] = ()  # (s, K) since programming

    @property
    def layers(self) -> tuple[Engine, ...]:
        """The engines of its maps, in order."""
        return tuple(each.engine for each in maps(self.net).values())

    def __call__(self, x, key=None) -> np.ndarray:
        """As `read`."""
        return self.read(x, key)

    def read(self, x, key=None) -> np.ndarray:
        """Outputs (n, …) for samples (n, …); each call with a `key` draws its own read noise.

        Raises:
            PinchedError: where `x` is not made of samples that the network takes.
        """
        if isinstance(self.net, MLP):
            x = np.asarray(x, np.float32)
            inputs = self.net.layers[0].inputs
            if x.ndim == 0 or x.shape[-1] != inputs:
                raise PinchedError(
                    f"The network has {inputs} inputs; `x` has shape {x.shape}, it must end in {inputs}."
                )
            return forward(self.net if key is None else noisy(self.net, normals(key, x)), x)
        x = np.asarray(x)
        if x.ndim != 1 + len(self.sample.shape) or not len(x):
            raise PinchedError(f"`x` has shape {x.shape}: give (n, …) samples like {self.sample.shape}, n above 0.")
        if x.shape[1:] != self.sample.shape:  # a sequence of another length
            check_call(self.exact, x)
        return forward(self.net, x, None if key is None else words(key))

    def age(self, seconds: float, temperature: float = ROOM) -> "Programmed":
        """The network after further `seconds` at `temperature` (K), by the law of its device.

        Raises:
            PinchedError: where nothing is known of how the device ages, or at that temperature.
        """
        if not seconds >= 0 or not temperature > 0:
            raise PinchedError(
                f"age({seconds:g} s, {temperature:g} K): give a time of at least 0 and a temperature above 0."
            )
        history = (*self.history, (float(seconds), float(temperature)))
        older, fresh = ageing(self.source, float(self.mapping.read_voltage), history), maps(self.fresh)
        rng = np.random.default_rng(self.seed)  # the same numbers whenever it is aged
        engines = {path: older(each.engine, rng) for path, each in fresh.items()}
        aged = mapped(lambda path, each: dataclasses.replace(each, engine=engines[path]), self.net)
        return dataclasses.replace(self, net=aged, history=history)

    def compensate(self, inputs, method: str = "global", key=None) -> "Programmed":
        """The outputs of every array corrected digitally by what it answers to known inputs now.

        "global": one factor for an array (global drift compensation); "affine": a factor and an offset for each of its
        columns. Both by least squares; Joshi et al., Nat. Commun. 11, 2473 (2020), correct drift so.

        Args:
            inputs: samples (n, …).
            method: "global" or "affine".
            key: seed or JAX key of the noise of these reads; None for reads averaged until there is none.
        """
        if method not in COMPENSATIONS:
            raise PinchedError(f"No compensation {method!r}; there are {', '.join(COMPENSATIONS)}.")
        seen, _ = observed(self.exact, inputs)
        exact = maps(self.exact)
        rng = None if key is None else generator(key)

        def correct(path, each):
            bare = dataclasses.replace(each, gain=None, shift=None, noise=rng and normals(rng, seen[path]))
            found, wanted = bare(seen[path]), np.asarray(exact[path](seen[path]))
            if method == "global":
                gain = np.vdot(found, wanted) / (np.vdot(found, found) or 1)
                return dataclasses.replace(each, gain=np.asarray(gain, found.dtype)[()], shift=None)
            f, w = found - found.mean(0), wanted - wanted.mean(0)
            power = np.sum(f**2, axis=0)
            gain = np.where(power > 0, np.sum(f * w, axis=0) / np.where(power > 0, power, 1), 1).astype(found.dtype)
            return dataclasses.replace(each, gain=gain, shift=wanted.mean(0) - gain * found.mean(0))

        return dataclasses.replace(self, net=mapped(correct, self.net))

    def cost(self, batch: int = 1, **options):
        """What a batch costs in energy, time and area, by layer: a NetworkCost, see `networks.cost.cost`."""
        from pinched.networks.cost import cost

        return cost(self, batch, **options)


def program(net, device, key=0, *, inputs=None, dac=None, adc=None) -> Programmed:
    """Put the weights of a trained network on arrays of devices.

    Args:
        net: an equinox network, called on one sample (linear layers, convolutions, LSTM and GRU cells and what is made
            of them, attention included, go on arrays; normalisation, pooling and activation stay digital); or an MLP.
        device: a Mapping, or a Device, PulseResponse or Programming, of which `Mapping.of` takes what it tells.
        key: seed or JAX key of the programming errors, the device spread and the stuck cells.
        inputs: samples (n, …) on which the input ranges and those of the converters are calibrated. An MLP whose
            converters are ideal needs none.
        dac, adc: converters with errors of their own (see Engine.of).

    Returns:
        The programmed network.

    Raises:
        PinchedError: without `inputs` where they are needed, with inputs of the wrong shape, or for a network with
            matrices outside of layers that can be put on arrays, or that uses such a layer other than by calling it.
    """
    mapping = device if isinstance(device, Mapping) else Mapping.of(device)
    exact = lowered(net)
    if not maps(exact):
        raise PinchedError("The network has no layer that can be put on an array.")
    inputs = _samples(exact, mapping, inputs)
    if not isinstance(net, MLP):
        check_call(net, inputs)
    try:
        seen, products = observed(exact, inputs)
    except AttributeError as error:
        raise PinchedError(
            f"The network takes more from a layer than its outputs ({error}); on an array it can only be called."
        ) from error
    rng = generator(key)
    seed = int(rng.integers(2**63))

    def put(path, each: Affine):
        if path not in seen:
            raise PinchedError(
                f"The layer at {path} computes nothing for the samples given: leave it out of the network."
            )
        if not np.isfinite(seen[path]).all():
            raise PinchedError(
                f"With the samples given, the inputs of the layer at {path or 'the root'} are not finite."
            )
        x_max = np.float32(np.max(np.abs(seen[path])) or 1)
        rows = np.array(each.weight)
        samples = seen[path]
        if each.biased:
            rows[-1] /= x_max
            samples = biased(samples, x_max)
        signed = bool(np.min(seen[path]) < 0)
        engine = Engine.of(rows, mapping, rng, inputs=samples, x_max=x_max, signed=signed, dac=dac, adc=adc)
        return OnArray(engine, biased=each.biased)

    placed = mapped(put, exact)
    sample = jax.ShapeDtypeStruct(inputs.shape[1:], jax.dtypes.canonicalize_dtype(inputs.dtype))
    return Programmed(placed, exact, placed, mapping, device, products, sample, seed)


def _draw(x, noise):
    """Of one key every input draws its own noise, so that a map used many times has new noise each time."""
    if noise is None or callable(noise):
        return noise
    bits = jax.lax.bitcast_convert_type(x.astype(jnp.float32), jnp.uint32).ravel()
    mixed = jnp.sum(bits * (2 * jnp.arange(bits.size, dtype=jnp.uint32) + 1))
    return normals(folded(words(noise), mixed), x)


def _samples(net, mapping, inputs):
    if isinstance(net, MLP):
        size = net.sizes[0]
        if inputs is None and not np.isfinite(mapping.dac_bits) and not np.isfinite(mapping.adc_bits):
            return np.ones((1, size), np.float32)
        if inputs is not None:
            inputs = np.asarray(inputs, np.float32)
            if inputs.ndim != 2 or inputs.shape[1] != size or not len(inputs):
                raise PinchedError(f"`inputs` has shape {inputs.shape}; the network takes (n, {size}) with n above 0.")
            return inputs
    if inputs is None:
        raise PinchedError("program() calibrates the ranges of inputs, DAC and ADC on samples: give `inputs` (n, …).")
    inputs = np.asarray(inputs)
    if inputs.ndim < 2 or not len(inputs):
        raise PinchedError(f"`inputs` has shape {inputs.shape}: give samples (n, …) with n above 0.")
    return inputs
