"""What can be done about broken cells: spare columns, other places, other values, other readings, more cells."""

from typing import NamedTuple

import numpy as np

from pinched.arrays.crossbar import Crossbar
from pinched.core import PinchedError, verb


def spare_columns(bad, columns: int, *, tolerated: int = 0) -> np.ndarray:
    """The physical column that each of `columns` logical ones takes, the columns beyond them being spares.

    A column with more than `tolerated` bad cells is replaced by the best spare that is better; the worst comes first.

    Args:
        bad: cells that cannot be used, bool (rows, columns + spares).
        columns: logical columns.
        tolerated: bad cells with which a column may stay where it is.

    Raises:
        PinchedError: where there are fewer physical columns than logical ones.
    """
    count = np.asarray(bad).sum(axis=0)
    if count.size < columns:
        raise PinchedError(f"spare_columns() has {count.size} physical columns for {columns} logical ones.")
    place = np.arange(columns)
    spares = sorted(range(columns, count.size), key=lambda j: count[j])
    for j in np.argsort(-count[:columns], kind="stable"):
        if spares and count[j] > max(tolerated, count[spares[0]]):
            place[j] = spares.pop(0)
    return place


class Remapped(NamedTuple):
    """Physical row and column of each logical one, and the squared error in S² that the stuck cells leave."""

    rows: np.ndarray
    columns: np.ndarray
    error: float


def remap(target, stuck, g_stuck, rounds: int = 4) -> Remapped:
    """Place rows and columns where the stuck cells do least harm: the assignment of least squared error, in turns.

    Args:
        target: wanted conductance by logical row and column, S.
        stuck: physical cells that keep `g_stuck`, bool (rows, columns).
        g_stuck: what they keep, S, scalar or (rows, columns).
        rounds: of rows and columns in turn, ended when nothing moves.

    Raises:
        PinchedError: for shapes that differ.
    """
    from scipy.optimize import linear_sum_assignment

    target, stuck = np.asarray(target, float), np.asarray(stuck, bool)
    if target.shape != stuck.shape:
        raise PinchedError(f"remap() got targets {target.shape} for cells {stuck.shape}: give one for each.")
    g_stuck = np.broadcast_to(np.asarray(g_stuck, float), stuck.shape)
    places = [np.arange(n) for n in stuck.shape]

    def assign(which):
        """Lines of one direction, those of the other staying where they are."""
        other = places[1 - which]
        wanted = target if which == 0 else target.T
        mask, kept = (a if which == 0 else a.T for a in (stuck, g_stuck))
        mask, kept = mask[:, other].astype(float), kept[:, other]
        # Σ mask (wanted - kept)² for every logical line in every physical place
        cost = wanted**2 @ mask.T - 2 * wanted @ (mask * kept).T + (mask * kept**2).sum(axis=1)
        logical, place = linear_sum_assignment(cost)
        places[which] = place
        return float(cost[logical, place].sum())

    error = np.inf
    for _ in range(rounds):
        assign(0)
        now = assign(1)
        if now >= error:
            break
        error = now
    return Remapped(places[0], places[1], error)


def complement(plus, minus, stuck_plus, stuck_minus, g_min: float, g_max: float):
    """Conductances of differential pairs whose good half makes up for the stuck one: (G+, G-) in S.

    Args:
        plus, minus: wanted conductances, S.
        stuck_plus, stuck_minus: what stuck cells keep, S, NaN where a cell is good.
        g_min, g_max: of a good cell, S.
    """
    weight = np.asarray(plus) - minus
    fixed_plus, fixed_minus = ~np.isnan(stuck_plus), ~np.isnan(stuck_minus)
    up = np.where(fixed_plus, stuck_plus, np.where(fixed_minus, np.clip(weight + stuck_minus, g_min, g_max), plus))
    down = np.where(fixed_minus, stuck_minus, np.where(fixed_plus, np.clip(stuck_plus - weight, g_min, g_max), minus))
    return up, down


def recalibrate(wanted, got) -> tuple[np.ndarray, np.ndarray]:
    """Gain and offset of each column that bring its readings nearest to what they should be, by least squares.

    Args:
        wanted, got: (samples, columns); `gain * got + offset` is what the column then reads.
    """
    wanted, got = np.asarray(wanted, float), np.asarray(got, float)
    mean_w, mean_g = wanted.mean(axis=0), got.mean(axis=0)
    spread = ((got - mean_g) ** 2).sum(axis=0)
    overlap = ((got - mean_g) * (wanted - mean_w)).sum(axis=0)
    gain = np.divide(overlap, spread, out=np.ones_like(spread), where=spread > 0)
    return gain, mean_w - gain * mean_g


def redundant(target, copies: int) -> np.ndarray:
    """The conductances of an array in which `copies` neighbouring columns share the work of each, S.

    Independent errors of the cells then count 1/√copies, and a stuck cell 1/copies; `gathered` adds the currents up.
    """
    return np.repeat(np.asarray(target, float) / copies, copies, axis=1)


def gathered(current, copies: int) -> np.ndarray:
    """Currents (..., columns) of logical columns from those of the redundant ones."""
    current = np.asarray(current)
    return current.reshape(*current.shape[:-1], -1, copies).sum(axis=-1)


@verb
def compensate(target, r_word=1.0, r_bit=1.0, *, g_max: float = np.inf, rounds: int = 20, tolerance: float = 1e-3):
    """Conductances whose array reads as the matrix `target` does, wires included: what the wires take is added.

    Args:
        target: wanted matrix, S (rows, columns).
        r_word, r_bit: wires, ohm per segment.
        g_max: largest conductance of a cell, S.
        rounds: most corrections.
        tolerance: error of the largest matrix element at which it ends, relative.

    Returns:
        (conductances in S, largest error left, relative to the largest target).
    """
    target = np.asarray(target, float)
    g, best = target.copy(), (target, np.inf)
    for _ in range(rounds):
        matrix = Crossbar(g, r_word, r_bit).matrix()
        error = float(np.abs(target - matrix).max() / target.max())
        if error < best[1]:
            best = g, error
        if error <= tolerance:
            break
        ratio = np.divide(target, matrix, out=np.ones_like(target), where=matrix > 0)
        g = np.clip(g * ratio, 0.0, g_max)
    return best
