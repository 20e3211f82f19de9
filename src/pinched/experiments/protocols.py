"""What is done to a device: typed steps, and the standard experiments made of them.

A protocol is a tuple of steps. Every step takes `i_max`, the current in A at which the source stops following its
program (compliance), and any field of the environment that it changes (`temperature=350.0` heats, `light=10.0`
illuminates, `strain=0.01` bends). A step records the samples that it says, its end among them, and the first its start.
"""

import dataclasses
import math
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from pinched.core.errors import PinchedError


@dataclasses.dataclass(frozen=True, kw_only=True)
class Step:
    """What every step may say: compliance (A) and the environment it sets (None keeps what `run` was given)."""

    i_max: float = math.inf
    temperature: float | None = None
    light: float | None = None
    strain: float | None = None
    humidity: float | None = None

    POSITIVE: ClassVar[tuple[str, ...]] = ("duration", "width", "frequency", "points", "n", "cycles")

    def __post_init__(self):
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, (int, float)):
                continue  # None; or an array over the population, in the pulse of a controller
            if math.isnan(value) or (math.isinf(value) and field.name != "i_max"):
                raise PinchedError(f"{type(self).__name__}: {field.name} = {value}; give a finite number.")
            if field.name in self.POSITIVE and value < 0:
                raise PinchedError(f"{type(self).__name__}: {field.name} = {value}; it must not be negative.")
        if getattr(self, "frequency", 1) == 0:
            raise PinchedError(f"{type(self).__name__}: frequency = 0; it must be positive, in Hz.")
        if isinstance(self.i_max, (int, float)) and not self.i_max > 0:
            raise PinchedError(f"{type(self).__name__}: i_max = {self.i_max}; a compliance is a positive current in A.")

    def __str__(self) -> str:
        fields = sorted(dataclasses.fields(self), key=lambda f: f.kw_only is True)
        told = [(f.name, getattr(self, f.name)) for f in fields if not f.kw_only or getattr(self, f.name) != f.default]
        return f"{type(self).__name__}({', '.join(f'{name}={value}' for name, value in told)})"


@dataclasses.dataclass(frozen=True)
class Ramp(Step):
    """From `start` to `stop` (V) in `duration` (s), recorded at `points` equal steps of voltage."""

    start: float
    stop: float
    duration: float
    points: int = 100


@dataclasses.dataclass(frozen=True)
class Hold(Step):
    """`voltage` (V) for `duration` (s), recorded at `points` equal intervals."""

    voltage: float
    duration: float
    points: int = 1


@dataclasses.dataclass(frozen=True)
class Rest(Step):
    """Terminals at 0 V for `duration` (s), recorded at `points` equal intervals."""

    duration: float
    points: int = 1


@dataclasses.dataclass(frozen=True)
class Sine(Step):
    """`offset` + `amplitude` sin(2π `frequency` t), in V and Hz, over `cycles` periods, `points` samples each."""

    amplitude: float
    frequency: float
    cycles: float = 1
    points: int = 1000
    offset: float = 0.0


@dataclasses.dataclass(frozen=True)
class Samples(Step):
    """A waveform of your own: straight lines through (`time`, `voltage`), s and V, recorded at each of them."""

    time: tuple[float, ...]
    voltage: tuple[float, ...]

    def __post_init__(self):
        super().__post_init__()
        t, v = np.asarray(self.time, float), np.asarray(self.voltage, float)
        if t.ndim != 1 or t.shape != v.shape or len(t) < 2:
            raise PinchedError(
                f"A waveform needs time and voltage of the same length, at least 2; got {t.shape} and {v.shape}."
            )
        if not (np.all(np.isfinite(t)) and np.all(np.isfinite(v))):
            raise PinchedError("A waveform holds NaN or infinite values; remove those samples.")
        if np.any(np.diff(t) < 0):
            raise PinchedError(
                f"The time of a waveform must not run backwards; it does after {t[:-1][np.diff(t) < 0][0]:g} s."
            )

    def __str__(self) -> str:
        span, volts = self.time[-1] - self.time[0], (min(self.voltage), max(self.voltage))
        return f"Samples({len(self.time)} points over {span:g} s, {volts[0]:g} to {volts[1]:g} V)"


@dataclasses.dataclass(frozen=True)
class Pulse(Step):
    """A rectangular write pulse of `voltage` (V) and `width` (s), recorded at `points` equal intervals."""

    voltage: float
    width: float
    points: int = 4


@dataclasses.dataclass(frozen=True)
class Read(Step):
    """One reading at `voltage` (V), taken at the end of `width` (s), after `delay` s at 0 V.

    The default width is that of an ideal reading, which does not disturb. `kind` is that of the Dataset's sample, and
    `level` its `step`, where the protocol does not number them itself.
    """

    voltage: float = 0.1
    width: float = 0.0
    kind: str = "read"
    level: int = -1
    delay: float = dataclasses.field(default=0.0, kw_only=True)


@dataclasses.dataclass(frozen=True)
class Train(Step):
    """`n` times `pulse` then `read`, with a first `read` before any pulse.

    At 0 V for `gap` s before each reading and for `rest` s after each but the first and last. `pulse` may be a tuple of
    pulses, which are then given in turn, `n` times over.
    """

    pulse: Pulse | tuple[Pulse, ...]
    read: Read
    n: int
    gap: float = 0.0
    rest: float = 0.0

    @property
    def pulses(self) -> tuple[Pulse, ...]:
        """Every pulse in order."""
        return (self.pulse if isinstance(self.pulse, tuple) else (self.pulse,)) * self.n


@dataclasses.dataclass(frozen=True)
class Loop(Step):
    """`steps`, `cycles` times; they are numbered within a cycle."""

    steps: tuple[Step, ...]
    cycles: int = 1

    def __str__(self) -> str:
        return f"Loop({self.cycles} x [{', '.join(map(str, self.steps))}])"


Protocol = tuple[Step, ...]


def sweep(
    v_first: float,
    v_second: float,
    rate: float = 1.0,
    cycles: int = 1,
    i_max: float = math.inf,
    i_max_second: float | None = None,
    points: int = 100,
) -> Protocol:
    """Triangular I–V loops: 0 → v_first → 0 → v_second → 0.

    Args:
        v_first, v_second: turning points, V, either sign; 0 leaves a branch out.
        rate: sweep rate, V/s.
        cycles: number of loops.
        i_max: compliance of the first branch, A; `i_max_second` that of the second one, None for the same.
        points: samples on each of the four ramps.

    Raises:
        PinchedError: for a rate that is not positive.
    """  # fmt: skip
    if not rate > 0:
        raise PinchedError(f"sweep: rate = {rate}; it must be a positive number of V/s.")
    limits = (i_max, i_max if i_max_second is None else i_max_second)
    ramps = [
        Ramp(start, stop, abs(v) / rate, points, i_max=limit)
        for v, limit in zip((v_first, v_second), limits, strict=True)
        if v
        for start, stop in ((0.0, v), (v, 0.0))
    ]
    return (Loop(tuple(ramps), cycles),)


def sine(
    amplitude: float, frequency: float, cycles: float = 1, points: int = 1000, i_max: float = math.inf
) -> Protocol:
    """`cycles` periods of amplitude · sin(2π frequency t), V and Hz, with `points` samples each."""
    return (Sine(amplitude, frequency, cycles, points, i_max=i_max),)


def waveform(time, voltage, i_max: float = math.inf) -> Protocol:
    """Straight lines through (time, voltage), s and V, one sample at each; compliance `i_max` in A."""
    t, v = (tuple(np.asarray(a, float).ravel().tolist()) for a in (time, voltage))
    return (Samples(t, v, i_max=i_max),)


def pulse_train(
    voltage: float,
    width: float,
    n: int,
    read_voltage: float = 0.1,
    *,
    gap: float = 0.0,
    rest: float = 0.0,
    read_width: float = 0.0,
    i_max: float = math.inf,
) -> Protocol:
    """`n` identical pulses (V, s), each read at `read_voltage`, and one reading before the first.

    Args:
        gap: time at 0 V between a pulse and its reading, s.
        rest: time at 0 V between a reading and the next pulse, s.
        read_width: duration of a reading, s; 0 is an ideal reading that does not disturb.
    """  # fmt: skip
    read = Read(read_voltage, read_width, "pulse")
    return (Train(Pulse(voltage, width, i_max=i_max), read, n, gap, rest),)


def potentiation_depression(
    v_up: float,
    v_down: float,
    width: float,
    n: int,
    read_voltage: float = 0.1,
    cycles: int = 1,
    *,
    gap: float = 0.0,
    read_width: float = 0.0,
    i_max: float = math.inf,
    i_max_down: float | None = None,
) -> Protocol:
    """`n` pulses of `v_up` (`step` 0), then `n` of `v_down` (1), `cycles` times; else as `pulse_train`.

    Args:
        i_max: compliance of the pulses of `v_up`, A; `i_max_down` that of the others, None for the same.
    """  # fmt: skip
    trains = [
        pulse_train(v, width, n, read_voltage, gap=gap, read_width=read_width, i_max=limit)[0]
        for v, limit in ((v_up, i_max), (v_down, i_max if i_max_down is None else i_max_down))
    ]
    return (Loop(tuple(trains), cycles),)


def incremental(
    up: Sequence[tuple[float, float]],
    down: Sequence[tuple[float, float]],
    read_voltage: float = 0.1,
    cycles: int = 1,
    *,
    i_max: float = math.inf,
    i_max_down: float | None = None,
) -> Protocol:
    """Trains of pulses that differ: (V, s) of each in `up` (`step` 0), then in `down` (1), `cycles` times."""
    limits = (i_max, i_max if i_max_down is None else i_max_down)
    trains = [
        Train(tuple(Pulse(v, width, i_max=limit) for v, width in pulses), Read(read_voltage, kind="pulse"), 1)
        for pulses, limit in zip((up, down), limits, strict=True)
    ]
    return (Loop(tuple(trains), cycles),)


def endurance(
    v_set: float,
    v_reset: float,
    width: float,
    cycles: int,
    read_voltage: float = 0.1,
    i_max: float = math.inf,
    i_max_reset: float = math.inf,
) -> Protocol:
    """SET pulse, reading (`step` 1), RESET pulse, reading (`step` 0), `cycles` times; V, s and A."""  # fmt: skip
    pulses = (Pulse(v_set, width, i_max=i_max), Pulse(v_reset, width, i_max=i_max_reset))
    reads = (Read(read_voltage, kind="endurance", level=level) for level in (1, 0))
    return (Loop(tuple(step for pair in zip(pulses, reads, strict=True) for step in pair), cycles),)


def retention(times, read_voltage: float = 0.1, **environment: Any) -> Protocol:
    """Readings at `times` s after the start, at rest in between; `temperature=358.0` bakes."""
    times = np.sort(np.asarray(times, float))
    steps: list[Step] = []
    for wait in np.diff(times, prepend=0.0).tolist():
        steps += [Rest(wait, 0, **environment), Read(read_voltage, kind="retention", **environment)]
    return tuple(steps)


def stress(voltage: float, times, read_voltage: float = 0.1, i_max: float = math.inf, *, points: int = 0) -> Protocol:
    """A constant `voltage` (V), interrupted at `times` (s) by ideal readings, the first before any stress.

    `points` samples of each stretch of stress are recorded in a waveform.
    """
    read = Read(read_voltage, kind="trace")
    steps: list[Step] = [read]
    for width in np.diff(np.sort(np.asarray(times, float)), prepend=0.0).tolist():
        steps += [Pulse(voltage, width, points, i_max=i_max), read]
    return tuple(steps)


def delayed(protocol: Protocol, delay: float) -> Protocol:
    """The protocol with `delay` s at 0 V before every reading; a controller, which has its own, is left."""

    def later(step):
        match step:
            case Read():
                return dataclasses.replace(step, delay=delay)
            case Train():
                return dataclasses.replace(step, read=later(step.read))
            case Loop():
                return dataclasses.replace(step, steps=tuple(map(later, step.steps)))
        return step

    return tuple(map(later, protocol)) if delay and isinstance(protocol, (tuple, list)) else protocol


def describe(protocol: Protocol) -> str:
    """The protocol as text, one step a line."""
    return "\n".join(map(str, protocol))


@dataclasses.dataclass
class Piece:
    """A stretch of the drive that is smooth, and what is recorded of it; the form into which a protocol unfolds.

    v = v0 + (v1 − v0) t/duration + amplitude sin(2π frequency t); samples at `at` s after its start.
    """

    duration: float
    v0: float
    v1: float
    at: np.ndarray
    step: Step
    amplitude: float = 0.0
    frequency: float = 0.0
    kind: str = "trace"
    read: bool = False
    cycle: int = -1
    number: int = -1
    pulse: int = -1
    pulse_voltage: float = math.nan
    pulse_width: float = math.nan


def _spaced(duration: float, points: int) -> np.ndarray:
    return duration * (np.arange(1, points + 1) / points) if points else np.zeros(0)  # its last is `duration`, exactly


def _pieces(step: Step) -> Iterator[Piece]:
    match step:
        case Ramp(start, stop, duration, points):
            yield Piece(duration, start, stop, _spaced(duration, points), step, kind="sweep")
        case Hold(v, duration, points) | Pulse(v, duration, points):
            yield Piece(duration, v, v, _spaced(duration, points), step)
        case Rest(duration, points):
            yield Piece(duration, 0.0, 0.0, _spaced(duration, points), step)
        case Sine(amplitude, frequency, cycles, points, offset):
            duration = cycles / frequency
            at = _spaced(duration, round(cycles * points))
            yield Piece(duration, offset, offset, at, step, amplitude, frequency, kind="sweep")
        case Samples(time, voltage):
            for k, dt in enumerate(np.diff(time).tolist()):
                yield Piece(dt, voltage[k], voltage[k + 1], np.array([dt]), step, kind="sweep")
        case Read(v, width, kind, level):
            if step.delay:
                yield Piece(step.delay, 0.0, 0.0, np.zeros(0), step)
            yield Piece(width, v, v, np.array([width]), step, kind=kind, read=True, number=level)
        case Train(_, read, _, gap, rest):
            yield from (dataclasses.replace(p, pulse=0) for p in _pieces(read))
            for k, pulse in enumerate(step.pulses, 1):
                waits = [Rest(rest)] * (rest > 0 and k > 1), [Rest(gap)] * (gap > 0)
                for part in (*waits[0], pulse, *waits[1]):
                    yield from (dataclasses.replace(p, pulse=k) for p in _pieces(part))
                for p in _pieces(read):
                    yield dataclasses.replace(p, pulse=k, pulse_voltage=pulse.voltage, pulse_width=pulse.width)
        case Loop(steps, cycles):
            for cycle in range(cycles):
                for number, inner in enumerate(steps):
                    for p in _pieces(inner):
                        yield dataclasses.replace(p, cycle=cycle, number=p.number if p.number >= 0 else number)
        case _:
            raise PinchedError(f"{step!r} is no step of a protocol; use those of pinched.protocols.")


def unfold(protocol: Protocol) -> list[Piece]:
    """The pieces of a protocol in order of time; `cycle`, `number` (of the step) and `pulse` are the Dataset's.

    Raises:
        PinchedError: where the protocol is empty or holds something that is no step.
    """
    steps = (protocol,) if isinstance(protocol, Step) else protocol
    if not isinstance(steps, (tuple, list)) or not steps:
        raise PinchedError("A protocol is a tuple of steps and needs at least one; see pinched.protocols.")
    pieces = []
    for number, step in enumerate(steps):
        for piece in _pieces(step):
            if not isinstance(step, Loop):
                numbered = piece.number if piece.read else number if piece.kind == "sweep" or piece.pulse >= 0 else -1
                piece = dataclasses.replace(piece, cycle=0, number=numbered)
            pieces.append(piece)
    return pieces
