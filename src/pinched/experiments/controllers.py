"""Closed-loop programming: a controller looks at a reading and says which pulse comes next."""

import dataclasses
import math
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from pinched.core import PinchedError
from pinched.experiments.blocks import ENVIRONMENT
from pinched.experiments.integrate import Blocks, check_completed, fold
from pinched.experiments.noise import NOISE, fluctuation
from pinched.experiments.population import integrate_population
from pinched.experiments.protocols import Pulse, Read

ROUNDS = 100_000  # of a controller that never says that it is done
READ = Read(0.1)
BUDGET = 100_000  # trial steps of one round


class Controller(Protocol):
    """A pure function `(memory, reading) -> (memory, Pulse)` of its own memory, None at first, and a conductance in S.

    A pulse of no width says that the device is done; None says so for all of them. With a population, reading, voltage,
    width and i_max are arrays over it: each device gets its own pulse, and one that is done rests at 0 V. An attribute
    `read` may say how it reads (default: `Read(0.1)`, ideal at 0.1 V).
    """

    def __call__(self, memory: Any, reading: Any) -> tuple[Any, Pulse | None]:
        """The memory and the pulse that follow a `reading`."""
        ...


class _Progress(NamedTuple):
    direction: Any  # of the last pulse: +1 up, -1 down, 0 none yet
    size: Any  # V, its magnitude
    step: Any  # V
    pulses: Any


@dataclasses.dataclass(frozen=True, kw_only=True)
class WriteVerify:
    """Incremental-step programming to a conductance `target` within `tolerance` (S): pulse, read, compare.

    Pulses of `v_set` raise G and those of `v_reset` lower it; while the direction stays, each is by `step` (V, a
    magnitude) higher than the one before, up to `v_max`. One that goes too far turns the direction, which then starts
    again at its first voltage, with half the step. A device is done within the tolerance, or after `limit` pulses.

    Args:
        target, tolerance: S, scalars or arrays over the population.
        v_set, v_reset: first voltages, V, with their signs.
        step: V added to the magnitude from pulse to pulse.
        width: of every pulse, s.
        v_max: largest magnitude of a pulse, V.
        read: how G is read.
        limit: most pulses of a device.
        i_max, i_max_reset: compliance of the pulses of either direction, A.
    """

    target: Any
    tolerance: Any
    v_set: Any
    v_reset: Any
    step: Any = 0.05
    width: Any = 1e-6
    v_max: Any = math.inf
    read: Read = READ
    limit: int = 100
    i_max: Any = math.inf
    i_max_reset: Any = math.inf

    def __call__(self, memory, reading):
        """Works on scalars, NumPy and JAX arrays alike, and under `jit`."""
        zero = jnp.zeros_like(reading)
        last = memory or _Progress(zero, zero, zero + self.step, zero)
        missing = self.target - reading
        going = (jnp.abs(missing) > self.tolerance) & (last.pulses < self.limit)
        up = missing > 0
        direction, first = jnp.where(up, 1.0, -1.0), jnp.where(up, self.v_set, self.v_reset)
        step = jnp.where(direction * last.direction < 0, last.step / 2, last.step)
        size = jnp.minimum(jnp.where(direction == last.direction, last.size + step, jnp.abs(first)), self.v_max)
        now = _Progress(direction, size, step, last.pulses + 1)
        pulse = Pulse(jnp.where(going, jnp.sign(first) * size, 0.0), jnp.where(going, self.width, 0.0),
                      i_max=jnp.where(up, self.i_max, self.i_max_reset))  # fmt: skip
        return jax.tree.map(lambda new, old: jnp.where(going, new, old), now, last), pulse


@dataclasses.dataclass(frozen=True, kw_only=True)
class ISPP:
    """Incremental-step pulse programming: pulses of one polarity, each higher than the one before, up to a target.

    A device is done as soon as its reading has passed the target, or after `limit` pulses; nothing is taken back.

    Args:
        target: S, scalar or array over the population.
        v_start: first voltage, V, with its sign.
        step: V added to the magnitude from pulse to pulse.
        width: of every pulse, s.
        rising: whether the pulses raise G.
        v_max: largest magnitude of a pulse, V.
        read: how G is read.
        limit: most pulses of a device.
        i_max: compliance of the pulses, A.
    """

    target: Any
    v_start: Any
    step: Any = 0.05
    width: Any = 1e-6
    rising: bool = True
    v_max: Any = math.inf
    read: Read = READ
    limit: int = 100
    i_max: Any = math.inf

    def __call__(self, memory, reading):
        """Works on scalars, NumPy and JAX arrays alike, and under `jit`."""
        pulses = jnp.zeros_like(reading) if memory is None else memory
        missing = self.target - reading if self.rising else reading - self.target
        going = (missing > 0) & (pulses < self.limit)
        size = jnp.minimum(jnp.abs(self.v_start) + pulses * self.step, self.v_max)
        pulse = Pulse(jnp.where(going, jnp.sign(self.v_start) * size, 0.0), jnp.where(going, self.width, 0.0),
                      i_max=self.i_max)  # fmt: skip
        return pulses + going, pulse


@dataclasses.dataclass(frozen=True, kw_only=True)
class OpenLoop:
    """A number of equal pulses that was fixed beforehand, whatever is read.

    Args:
        pulses: how many, scalar or array over the population; negative ones are RESET pulses.
        v_set, v_reset: V, with their signs.
        width: of every pulse, s.
        read: how G is read, for the record.
        i_max, i_max_reset: compliance of the pulses of either direction, A.
    """

    pulses: Any
    v_set: Any
    v_reset: Any = 0.0
    width: Any = 1e-6
    read: Read = READ
    i_max: Any = math.inf
    i_max_reset: Any = math.inf

    def __call__(self, memory, reading):
        """Works on scalars, NumPy and JAX arrays alike, and under `jit`."""
        left = jnp.abs(self.pulses) + jnp.zeros_like(reading) if memory is None else memory
        going, up = left > 0, jnp.asarray(self.pulses) > 0
        pulse = Pulse(jnp.where(going, jnp.where(up, self.v_set, self.v_reset), 0.0), jnp.where(going, self.width, 0.0),
                      i_max=jnp.where(up, self.i_max, self.i_max_reset))  # fmt: skip
        return left - going, pulse


class Programmed(NamedTuple):
    """One sample a reading, first axis; the first reading comes before any pulse."""

    x: np.ndarray  # (samples, states, ...)
    g: np.ndarray  # (samples, ...) S
    i: np.ndarray  # (samples, ...) A
    voltage: np.ndarray  # (samples, ...) V, of the pulse before; NaN where there was none
    width: np.ndarray  # (samples, ...) s
    time: np.ndarray  # (samples,) s
    error: np.ndarray
    steps: int
    read_voltage: float


def program(device, env, controller: Controller, x0, rtol, keys) -> Programmed:
    """Pulse and read until `controller` is done with every device of the population.

    All devices share the time: a round lasts as long as its longest pulse and the reading.
    """
    read, shape = getattr(controller, "read", READ), x0.shape[1:]
    if not read.voltage:
        raise PinchedError("run: a controller reads a conductance, which needs a read voltage other than 0 V.")
    none = np.zeros(shape)
    rows, memory, carry, x = [], None, None, x0
    time, steps, error, sign, pulse = 0.0, 0, none, none, Pulse(none, none)
    for number in range(ROUNDS):
        v, width = _own(pulse, shape)
        own = None if keys is None else _fold(keys, number)
        blocks, sign = _round(device, pulse, read, v, width, sign)
        limited, tolerance = bool(np.any(np.isfinite(blocks.i_max))), np.asarray(rtol)
        r = integrate_population(device, env, blocks, np.full(1, read.width), np.asarray(3), x, tolerance, tolerance,
                      np.asarray(BUDGET), own, width=1, limited=limited)  # fmt: skip
        check_completed(r, device, np.max(blocks.duration.reshape(3, -1), axis=1), rtol, BUDGET)
        i, since = np.asarray(r.i[0]), np.max(width) + read.delay + read.width
        if device.noise:
            states = {name: r.x[:1, k] for k, name in enumerate(device.state())}
            carry, noise = fluctuation(device, env, r.v[:1], r.i[:1], states, np.full(1, since),
                                       np.full(1, read.width or since), _fold(own, NOISE), carry)  # fmt: skip
            i = i + np.asarray(noise[0])
        g = i / np.asarray(r.v[0])
        time, steps, error, x = time + since, steps + int(r.steps), error + np.asarray(r.error), np.asarray(r.x[0])
        pulsed = width > 0
        rows.append((x, g, i, np.where(pulsed, v, np.nan), np.where(pulsed, width, np.nan), time))
        memory, pulse = controller(memory, g[()])
        if pulse is None or not np.any(np.asarray(pulse.width) > 0):
            columns: Any = map(np.stack, zip(*rows, strict=True))
            return Programmed(*columns, error=error, steps=steps, read_voltage=read.voltage)
    raise PinchedError(f"run: the controller was not done after {ROUNDS} pulses; give it a limit.")


_fold = jax.jit(fold)


def _own(pulse, shape):
    """Voltage and width of the pulse of every device."""
    try:
        return tuple(np.broadcast_to(np.asarray(part, float), shape) for part in (pulse.voltage, pulse.width))
    except ValueError:
        shapes = np.shape(pulse.voltage), np.shape(pulse.width)
        raise PinchedError(
            f"run: the pulses of the controller have the shapes {shapes}; the population has {shape}."
        ) from None


def _round(device, pulse, read, v, width, sign):
    """The blocks of a pulse, the rest until the longest pulse is over and the reading; the last sign of the voltage."""
    shape = v.shape
    duration = np.stack([width, np.max(width) - width + read.delay, np.full(shape, read.width)])
    voltage = np.stack([v, np.zeros(shape), np.full(shape, read.voltage)])
    i_max = np.stack([np.broadcast_to(limit, shape) for limit in (pulse.i_max, np.inf, read.i_max)])
    signs = np.where(duration > 0, np.sign(voltage), 0.0)
    crossing = []
    for now in signs:
        crossing.append(np.where(now * sign < 0, now, 0.0))
        sign = np.where(now != 0, now, sign)
    begins = np.stack([width > 0, np.zeros(shape, bool), np.full(shape, read.width > 0)])
    env = {}
    for name in ENVIRONMENT:
        values = np.array([getattr(step, name) for step in (pulse, pulse, read)], float)  # None becomes NaN
        if not np.all(np.isnan(values)):
            env[name] = values
    events = (np.stack(crossing), begins) if device.jump else ()
    return Blocks(duration, voltage[:, None], i_max, np.zeros(3, int), env, *events), sign
