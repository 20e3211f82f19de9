"""Cells that do not switch."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from pinched.core.errors import PinchedError, nearest
from pinched.core.params import param
from pinched.core.precision import verb
from pinched.devices.base import Device, Environment, as_key
from pinched.devices.wrappers.wrapper import Wrapper, ends


class Stuck(Wrapper):
    """Where `stuck` is 1, an ohmic conductance `g` that no voltage changes; elsewhere `inner`."""

    stuck: np.ndarray = param(0.0, "1", "1 where the cell is stuck, else 0", ge=0, le=1)
    g: np.ndarray = param(0.0, "S", "conductance of a stuck cell; 0, an open one", ge=0)

    def current(self, v, x, env):
        """That of the inner device or the stuck one, A."""
        return jnp.where(self.stuck > 0, self.g * v, super().current(v, x, env))

    def rates(self, v, x, env):
        """Those of the inner device, none where it is stuck, 1/s."""
        return {name: jnp.where(self.stuck > 0, 0.0, rate) for name, rate in super().rates(v, x, env).items()}


class Faults(NamedTuple):
    """The parts of all cells that are stuck ON, stuck OFF, and open."""

    on: float = 0.0
    off: float = 0.0
    open: float = 0.0


def _of_yields(forming: float, reset: float, set_: float) -> Faults:
    """What the yields of one step after the other leave behind: a cell that does not form is open, and so on."""
    return Faults(forming * (1 - reset), forming * reset * (1 - set_), 1 - forming)


FAULTS = {
    # SkyWater ReRAM silicon, 1 us pulses (google/skywater-pdk-libs-sky130_fd_pr_reram @d6d2a3c)
    "sky130": _of_yields(forming=0.9273, reset=0.9083, set_=0.9745),
    # measured shares of corrupt devices (aihwkit presets after Gong & Rasch, IEDM 2022), not told apart: taken as open
    "array-hfo2-2022": Faults(open=0.0977),
    "array-om-2022": Faults(open=0.1348),
    "generic": Faults(on=0.01, off=0.02),  # assumed
}


@verb
def with_faults(
    device: Device,
    faults: Faults | str = "generic",
    shape: int | tuple[int, ...] | None = None,
    seed=0,
    v_read: float = 0.1,
    env: Environment | None = None,
) -> Stuck:
    """`device` as a population in which some cells are stuck.

    Args:
        device: one device, or a population.
        faults: probabilities, or the name of published ones (a key of `FAULTS`).
        shape: of the population; None for that of `device`.
        seed: int seed or JAX key of the map.
        v_read: voltage at which a stuck cell has the conductance of the fully ON or OFF device.
        env: surroundings for that.

    Returns:
        A Stuck with fields `stuck` and `g` of the shape asked for.

    Raises:
        PinchedError: for an unknown name, probabilities beyond 0 … 1, or a single device without a shape.
    """
    if isinstance(faults, str):
        if faults not in FAULTS:
            raise PinchedError(f"There are no faults {faults!r}{nearest(faults, FAULTS)}; choose {', '.join(FAULTS)}.")
        faults = FAULTS[faults]
    shape = device.population if shape is None else shape
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    if not shape:
        raise PinchedError("with_faults: say the shape of the population, as in with_faults(device, shape=(64, 64)).")
    if min(faults) < 0 or sum(faults) > 1:
        raise PinchedError(f"with_faults: {faults} are no probabilities of exclusive faults.")
    env = env or Environment()
    g_on, g_off = (np.asarray(device.conductance(v_read, x, env)) for x in ends(device, v_read, device.rest(), env))
    limits = np.cumsum([faults.on, faults.off, faults.open])
    u = np.asarray(jax.random.uniform(as_key(seed), shape, np.float64))
    g = np.select([u < limits[0], u < limits[1]], [g_on, g_off], 0.0)
    return Stuck(inner=device, stuck=u < limits[2], g=g)
