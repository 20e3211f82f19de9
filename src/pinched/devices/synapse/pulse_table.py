"""The measured synapse: a table of the step against the start state."""

import numpy as np

from pinched.core.errors import PinchedError
from pinched.core.params import param
from pinched.devices.synapse.pulse_response import PulseResponse, choose, namespace, sqrt

STUCK = 1e-9  # of the range: a mean step that is smaller, or points the wrong way, counts as this
FLAT = 1e-9  # a slope that is smaller counts as this
STEEPEST = -0.9  # slope of the mean step over the state; a steeper table would overshoot its own fixed point


class TableResponse(PulseResponse):
    """Mean and spread of the step of one pulse, at K equally spaced start states from g_min to g_max.

    Steps are over the conductance range; those of depression are positive downwards. Between the nodes the mean step is
    linear, and n pulses follow its flow: exact wherever the step is linear in the state, as in soft bounds.
    """

    up: np.ndarray = param(unit="1", doc="mean step of a potentiating pulse over the range, at K states")
    down: np.ndarray = param(unit="1", doc="mean step down of a depressing pulse over the range, at K states")
    up_std: np.ndarray = param(unit="1", doc="its standard deviation, up", ge=0)
    down_std: np.ndarray = param(unit="1", doc="its standard deviation, down", ge=0)

    def __check_init__(self):
        shapes = {np.shape(table) for table in (self.up, self.down, self.up_std, self.down_std)}
        if len(shapes) > 1 or len(shape := shapes.pop()) != 1 or shape[0] < 2:
            raise PinchedError("TableResponse needs up, down, up_std and down_std at the same two or more states.")

    @classmethod
    def from_steps(cls, g, dg, up, *, bins: int = 16, **others):
        """The table of measured single steps.

        Args:
            g: start conductances, S.
            dg: the steps that followed, S.
            up: whether the pulse was a potentiating one.
            bins: states of the table; one without a step takes what its neighbours say.
            others: further fields; g_min and g_max default to the extremes of `g`.

        Raises:
            PinchedError: with fewer than two steps in either direction.
        """
        g, dg, up = np.asarray(g, np.float64), np.asarray(dg, np.float64), np.asarray(up, bool)
        if min(up.sum(), (~up).sum()) < 2:
            raise PinchedError("A table of steps needs at least two pulses in each direction.")
        low, high = others.setdefault("g_min", g.min()), others.setdefault("g_max", g.max())
        state, move = (g - low) / (high - low), np.where(up, dg, -dg) / (high - low)
        moments = {}
        for name, of in (("up", up), ("down", ~up)):
            moments[name], moments[f"{name}_std"] = _binned(state[of], move[of], bins)
        return cls(**moments, **others)

    def advance(self, done, pulses, up):
        """Along the flow of the mean step, up and down each on its own table."""
        if isinstance(up, bool):
            return _flow(self.up if up else self.down[::-1], done, pulses)
        return choose(up, _flow(self.up, done, pulses), _flow(self.down[::-1], done, pulses))

    def spread(self, done, pulses, up):
        """That of the start state, pulses independent."""
        xp = namespace(done, pulses)
        nodes = xp.linspace(0, 1, self.up.shape[0], dtype=done.dtype)
        of_one = choose(up, xp.interp(done, nodes, self.up_std), xp.interp(done, nodes, self.down_std[::-1]))
        return of_one.astype(done.dtype) * sqrt(pulses)


def _flow(mean, done, pulses):
    """`done` after `pulses` of mean step `mean` at equally spaced states of [0, 1]."""
    xp = namespace(mean, done, pulses)
    cells = mean.shape[0] - 1
    mean = xp.maximum(mean, STUCK)
    slope = xp.diff(mean) * cells
    slope = xp.where(abs(slope) < FLAT, FLAT, slope)
    # The step u -> u + m(u) with slope s is the unit-time map of du/dt = m ln(1 + s)/s.
    pace = xp.log1p(xp.maximum(slope, STEEPEST)) / xp.maximum(slope, STEEPEST)
    crossing = xp.log1p(slope / (cells * mean[:-1])) / (slope * pace)
    entry = xp.concatenate([xp.zeros(1, mean.dtype), xp.cumsum(crossing)])  # pulses from 0 to each node
    nodes = xp.linspace(0, 1, cells + 1, dtype=mean.dtype)
    at = xp.clip((done * cells).astype(int), 0, cells - 1)
    age = entry[at] + xp.log1p(slope[at] * (done - nodes[at]) / mean[at]) / (slope[at] * pace[at]) + pulses
    at = xp.clip(xp.searchsorted(entry, age, side="right") - 1, 0, cells - 1)
    since = xp.minimum(age, entry[-1]) - entry[at]
    return nodes[at] + mean[at] * xp.expm1(since * slope[at] * pace[at]) / slope[at]


def _binned(state, move, bins):
    """Mean and standard deviation of `move` around `bins` equally spaced states, filled where none was measured."""
    nodes = np.linspace(0.0, 1.0, bins)
    at = np.clip(np.rint(state * (bins - 1)).astype(int), 0, bins - 1)
    count, total, square = (np.bincount(at, weights, bins) for weights in (None, move, move**2))
    seen = count > 0
    mean = total[seen] / count[seen]
    std = np.sqrt(np.maximum(square[seen] / count[seen] - mean**2, 0.0))
    return np.interp(nodes, nodes[seen], mean), np.interp(nodes, nodes[seen], std)
