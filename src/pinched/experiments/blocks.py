"""The drive of a protocol as the engine takes it: smooth blocks, and which samples of them are recorded."""

import itertools
import math
from typing import Any, Literal

import numpy as np

from pinched.core import PinchedError
from pinched.experiments.integrate import Blocks
from pinched.experiments.protocols import Piece, Samples

DEGREES = (1, 7, 11)  # of the Taylor polynomial of a sine: 11 is exact to 3e-14 over an eighth of its period
ENVIRONMENT = ("temperature", "light", "strain", "humidity")

Save = Literal["auto", "every", "reads", "final"]


class Recorded:
    """Which samples are recorded: their piece, time within it and time since the start."""

    def __init__(self, pieces: list[Piece], save: Save | Any):
        durations = np.array([p.duration for p in pieces])
        starts = np.concatenate([[0.0], np.cumsum(durations)])
        if isinstance(save, str):
            self.piece, self.at = self._named(pieces, save)
        else:
            self.piece, self.at = self._times(durations, starts, np.asarray(save, float).ravel())
        self.time = starts[self.piece] + self.at

    @staticmethod
    def _named(pieces: list[Piece], save: str) -> tuple[np.ndarray, np.ndarray]:
        if save == "final":
            return np.array([len(pieces) - 1]), np.array([pieces[-1].duration])
        if save not in ("every", "reads"):
            raise PinchedError(f'run: save = {save!r}; choose "auto", "every", "reads", "final" or times in s.')
        ats = [p.at if save == "every" or p.read else p.at[:0] for p in pieces]
        if save == "every" and not pieces[0].read:
            ats[0] = np.concatenate([[0.0], ats[0]])
        piece = np.repeat(np.arange(len(pieces)), [len(at) for at in ats])
        if not len(piece):
            raise PinchedError(
                f'run: the protocol records nothing with save = {save!r}; use save = "final" or times in s.'
            )
        return piece, np.concatenate(ats)

    @staticmethod
    def _times(durations: np.ndarray, starts: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        slack = 1e-9 * starts[-1]
        if not len(times) or not np.all((times >= 0) & (times <= starts[-1] + slack)) or np.any(np.diff(times) <= 0):
            raise PinchedError(f"run: save times must increase within the protocol's 0 … {starts[-1]:g} s.")
        piece = np.clip(np.searchsorted(starts, times, side="left") - 1, 0, len(starts) - 2)
        return piece, np.clip(times - starts[piece], 0, durations[piece])


def cut(
    pieces: list[Piece], samples: Recorded, width: int, *, events: bool = False, every: bool = False
) -> tuple[Blocks, np.ndarray]:
    """Blocks of at most `width` samples and an eighth of a period, and each sample's time within its block.

    Args:
        pieces, samples: what is driven and recorded.
        width: most samples of a block.
        events: cut where the voltage crosses zero, too, and tell crossings and beginnings of steps.
        every: cut at every sample.
    """
    bounds = np.searchsorted(samples.piece, np.arange(len(pieces) + 1))
    owner, begin, end, first = [], [], [], []
    at = samples.at.copy()
    for k, piece in enumerate(pieces):
        own = at[bounds[k] : bounds[k + 1]]
        cuts = [piece.duration, *(own if every else own[width - 1 :: width])]
        if piece.amplitude:
            cuts.extend(np.arange(1, math.ceil(8 * piece.duration * piece.frequency)) / (8 * piece.frequency))
        edges = np.array([0.0, *sorted(set(cuts) - {0.0})]) if len(cuts) > 1 else np.array([0.0, piece.duration])
        if events and len(zeros := _zeros(piece, edges)):
            edges = np.union1d(edges, zeros)
        block = np.maximum(np.searchsorted(edges, own, side="left") - 1, 0)
        owner += [k] * (len(edges) - 1)
        begin.append(edges[:-1])
        end.append(edges[1:])
        first.append(bounds[k] + np.searchsorted(block, np.arange(len(edges) - 1)))
        own -= edges[block]
    begin, end = np.concatenate(begin), np.concatenate(end)
    column = {
        name: np.array([getattr(p, name) for p in pieces], float)[owner]
        for name in ("duration", "v0", "v1", "amplitude", "frequency")
    }
    middle, length = (begin + end) / 2, end - begin
    slope = (column["v1"] - column["v0"]) / np.where(column["duration"] > 0, column["duration"], 1.0)
    omega = 2 * np.pi * column["frequency"] * (column["amplitude"] != 0)
    short = np.max(omega * length) < 0.12  # where degree 7 is exact to 4e-15
    powers = np.arange(1 + (DEGREES[1 if short else 2] if np.any(omega) else DEGREES[0]))
    derivative = np.sin((omega * middle)[:, None] + powers * np.pi / 2)
    voltage = (
        column["amplitude"][:, None]
        * derivative
        * (omega * length)[:, None] ** powers
        / [math.factorial(k) for k in powers]
    )
    voltage[:, 0] += column["v0"] + slope * middle
    voltage[:, 1] += slope * length
    changes = {name: np.array([value(p, name) for p in pieces])[owner] for name in ENVIRONMENT}
    changes = {name: values for name, values in changes.items() if np.any(np.isfinite(values))}
    i_max = np.array([p.step.i_max for p in pieces])[owner]
    happenings = _events(pieces, np.asarray(owner), length, voltage[:, 0]) if events else ()
    return Blocks(length, voltage, i_max, np.concatenate(first), changes, *happenings), at


def _zeros(piece: Piece, edges: np.ndarray) -> np.ndarray:
    """Where the voltage of `piece` changes sign between two `edges`, by bisection."""

    def sign(t):
        v = piece.v0 + (piece.v1 - piece.v0) * t / (piece.duration or 1.0)
        return np.sign(v + piece.amplitude * np.sin(2 * np.pi * piece.frequency * t))

    low, high = edges[:-1], edges[1:]
    crosses = sign(low) * sign(high) < 0
    low, high = low[crosses], high[crosses]
    start = sign(low)
    for _ in range(60):
        middle = (low + high) / 2
        before = sign(middle) == start
        low, high = np.where(before, middle, low), np.where(before, high, middle)
    return high


def _events(pieces: list[Piece], owner: np.ndarray, length: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(crossing, begins) of blocks that lie in the pieces `owner` and have the voltage `v` in their middle."""
    sign = np.sign(np.where((length > 0) & (np.abs(v) > 1e-12 * np.max(np.abs(v))), v, 0.0))
    driven = np.flatnonzero(sign)
    turns = driven[1:][np.diff(sign[driven]) != 0]
    crossing = np.zeros(len(sign))
    crossing[turns] = sign[turns]

    def same_step(p, q):  # a waveform of samples is one step of many pieces
        return isinstance(p.step, Samples) and p.step is q.step and (p.cycle, p.number) == (q.cycle, q.number)

    new = np.array([True] + [not same_step(p, q) for p, q in itertools.pairwise(pieces)])
    begins = new[owner] & (np.diff(owner, prepend=-1) != 0) & (length > 0)
    return crossing, begins


def value(piece: Piece, name: str) -> float:
    """What the step of `piece` sets the environment's `name` to; NaN where it keeps it."""
    given = getattr(piece.step, name)
    return math.nan if given is None else float(given)
