"""The voltages at which a pulse of some width switches a device, and those at which it does not yet."""

import dataclasses
import itertools

import numpy as np

from pinched.arrays.logic.line import Levels, Line
from pinched.core import PinchedError
from pinched.devices.base import Device

GOOD = 0.25  # of the distance between the levels: a cell this near its level is true or false
QUIET = 0.05  # a cell that moves less has not been disturbed: several pulses see it
REACH = (0.01, 0.04, 0.16, 0.64, 2.56, 10.0)  # V, where thresholds are looked for; never far above the first found
MARGIN = 1.2  # write pulses over what is just enough


class Forgets(PinchedError):
    """A device that does not keep its level for as long as a pulse takes, so no longer one either."""


@dataclasses.dataclass(frozen=True)
class Thresholds:
    """What pulses of `width` do to a device.

    Attributes:
        width: s.
        polarity: +1 where positive voltage SETs, else -1.
        set_below, reset_below: V, the largest that leaves the OFF (ON) state in place.
        set_at, reset_at: V, the smallest that makes it ON (OFF).
    """

    width: float
    polarity: int
    set_below: float
    set_at: float
    reset_below: float
    reset_at: float

    @property
    def v_set(self) -> float:
        """V of a pulse that writes 1."""
        return MARGIN * self.polarity * self.set_at

    @property
    def v_reset(self) -> float:
        """V of a pulse that writes 0."""
        return -MARGIN * self.polarity * self.reset_at


def thresholds(device: Device, levels: Levels, width: float) -> Thresholds:
    """Pulse equal devices of both levels with voltages of both signs.

    Raises:
        Forgets: where the least of voltages moves a level whatever its sign.
        PinchedError: where no voltage below 10 V SETs the device and one of the other sign RESETs it.
    """
    found: dict[int, list[np.ndarray]] = {+1: [], -1: []}
    tried = np.zeros(0)
    for low, high in itertools.pairwise(REACH):
        v = np.geomspace(low, high, 32, endpoint=high == REACH[-1])
        x = {k: np.stack([np.asarray(levels.off[k]), np.asarray(levels.on[k])])[:, None] for k in levels.on}
        line = Line.fresh(device, 2, 64, x)
        after, _ = line.pulse((0, 1), 0.0, width, load=0.0, end=np.concatenate([-v, v]))
        level = levels(after.device, after.x)
        lost = np.abs(level[:, [0, 32]] - np.array([[0.0], [1.0]])).min(axis=1)  # whatever the sign
        if low == REACH[0] and lost.max() > GOOD:
            raise Forgets(
                f"{type(device).__name__} does not stay {'ON' if lost[1] > GOOD else 'OFF'} for the {width:g} s of a "
                f"pulse, with {low:g} V of either sign on it: logic that is stored needs a device that keeps its state."
            )
        tried = np.concatenate([tried, v])
        for sign, half in ((+1, level[:, :32]), (-1, level[:, 32:])):
            found[sign].append(half)
        for sign in (+1, -1):
            up, down = np.concatenate(found[sign], 1)[0], np.concatenate(found[-sign], 1)[1]
            if (up > 1 - GOOD).any() and (down < GOOD).any():
                return Thresholds(
                    width, sign,
                    _below(tried, up > QUIET), tried[np.argmax(up > 1 - GOOD)],
                    _below(tried, down < 1 - QUIET), tried[np.argmax(down < GOOD)],
                )  # fmt: skip
    raise PinchedError(
        f"{type(device).__name__} is not SET by pulses of {width:g} s of one sign and RESET by the other below "
        f"{REACH[-1]:g} V: give another width, or a bipolar device."
    )


def _below(v: np.ndarray, moved: np.ndarray) -> float:
    """The last voltage before the first that moves the state."""
    return float(v[max(int(np.argmax(moved)) - 1, 0)])
