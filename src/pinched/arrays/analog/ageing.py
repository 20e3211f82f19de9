"""What time makes of the conductances of an engine, by the law of its device."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pinched.arrays.analog.engine import Engine
from pinched.core import PinchedError

STATES = 33  # along the way from OFF to ON, for which a compact model is left to itself


def ageing(source: Any, read_voltage: float, history: Sequence[tuple[float, float]]) -> Callable[..., Engine]:
    """A function (engine right after programming, NumPy generator) -> the engine after some time.

    Args:
        source: what the cells are: a Programming (or `memory.Aged`, which adds an activation energy), where each drifts
            or spreads in its own way and reads become noisier; or a Device, which rests at zero bias as its states do.
        read_voltage: V.
        history: (seconds, temperature in K) of each time it was kept.

    Raises:
        PinchedError: where nothing is known of how the source ages, or at that temperature.
    """
    from pinched.arrays.memory.law import Aged
    from pinched.devices import Device
    from pinched.devices.synapse.programming import Programming

    if isinstance(source, (Aged, Programming)):
        law = source if isinstance(source, Aged) else Aged(source)
        if type(law.programming).aged is Programming.aged:
            raise PinchedError("These statistics are of programming alone: nothing says how the cells age.")
        time = float(sum(seconds * law.haste(temperature) for seconds, temperature in history))
        return lambda engine, rng: _by_statistics(engine, law.programming, time, rng)
    if isinstance(source, Device):
        before, after = _at_rest(source, read_voltage, history)
        return lambda engine, _: engine.holding(np.interp(engine.cells, before, after).astype(engine.cells.dtype))
    raise PinchedError(
        f"Nothing says how a {type(source).__name__} ages: program onto a Device (such as one in Retention or "
        "Drift) or onto the statistics of an array (a Programming)."
    )


def _by_statistics(engine, law, time, rng):
    """By published drift, spread and noise; each cell has its own number for life."""
    from pinched.devices.synapse.programming import Cells

    z = rng.standard_normal(engine.cells.shape, np.float32)
    cells = Cells(law, engine.asked, engine.cells, z)
    g, sigma = np.asarray(cells.at(time)), np.asarray(cells.read_sigma(time))
    return engine.holding(g, np.divide(sigma, g, out=np.zeros_like(g), where=g > 0))


def _at_rest(device, read_voltage, history):
    """Rising conductances in S between OFF and ON, and what they are after resting at 0 V."""
    from pinched.arrays.bits import two_states
    from pinched.experiments import protocols
    from pinched.experiments.engine import run

    if device.population:
        raise PinchedError("A population of devices has no one way to age: program onto one device, and age that.")
    on, off = two_states(device, read_voltage)
    way = np.linspace(0, 1, STATES)
    x0 = {name: off[name] + (on[name] - off[name]) * way for name in on}
    rests = [protocols.Rest(seconds, 0, temperature=temperature) for seconds, temperature in history]
    read = protocols.Read(read_voltage)
    found = run(device.sample(0, (STATES,), {}), (read, *rests, read), x0=x0, save="reads")
    before, after = np.asarray(found["conductance"])[..., [0, -1]].T
    order = np.argsort(before)
    return before[order], after[order]
