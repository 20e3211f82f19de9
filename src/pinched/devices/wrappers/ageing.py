"""What time and use do to a memory: retention, drift, endurance, read disturb."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from pinched.core.constants import K_B_EV
from pinched.core.errors import PinchedError
from pinched.core.params import param
from pinched.core.precision import verb
from pinched.devices.base import Device, Environment, State
from pinched.devices.wrappers.wrapper import Wrapper, ends, memory, names

PROBE = 1e-4  # V, at which the window of a device without voltage is taken
YOUNGEST = 1e-12  # of the retention time: what happens earlier is not resolved
OLDEST = 80.0  # of the state `age`, a logarithm


class _Ageing(Wrapper):
    """Keeps the time t since the memory was written, as the state age = ln(1 + t/t1).

    Writing renews it: t falls by e for every part `renewal` of its box by which the voltage moves a memory state, so
    neither rest nor a harmless read counts, whatever the pulses.
    """

    renewal: np.ndarray = param(0.01, "1", "part of its box by which writing a state makes it new", gt=0)
    states: tuple[str, ...] = eqx.field(default=(), static=True, converter=names)

    def __check_init__(self):
        memory(self, self.states)

    def own(self):
        """`age`."""
        return {"age": State(0.0, 0.0, OLDEST)}

    def _older(self, v, x, env, t1, rates):
        """Rate of `age`, 1/s."""
        still = super().rates(jnp.zeros_like(v), x, env)
        written = sum(
            jnp.abs(rates[name] - still[name]) / (s.hi - s.lo) for name, s in memory(self, self.states).items()
        )
        return jnp.exp(-x["age"]) / t1 + jnp.expm1(-x["age"]) * written / self.renewal


class Retention(_Ageing):
    """Memory states of `inner` relax towards `x_eq` at a rate that temperature activates.

        x − x_eq = (x − x_eq)₀ exp[−(t/τ)^β],   τ = t0 exp(E_a/kT)

    Solved as dx/dt = −β u^(β−1) (x − x_eq)/τ with u = t/τ + 1e-12 the time since writing (see `renewal`): exact, to
    1e-12^β of the loss, at constant temperature; where that varies, time counts in units of the present τ. This adds to
    what `inner` does at rest. Defaults are generic ones, assumed: 1.2 eV, and ten years at 85 °C, from which t0
    follows. Light and humidity do not enter: no measurement says how they would.

    Attributes:
        states: the memory states, by their name in the innermost device; () for all of them.
    """

    t0: np.ndarray = param(4.103e-9, "s", "pre-exponential time", gt=0)
    E_a: np.ndarray = param(1.2, "eV", "activation energy of the loss", gt=0)
    beta: np.ndarray = param(1.0, "1", "stretching exponent", gt=0, le=1)
    x_eq: np.ndarray | None = param(None, "1", "where states end, part of their box; without, at rest", ge=0, le=1)

    def lifetime(self, temperature):
        """The time τ in s after which 1/e of the written state is left, at a temperature in K."""
        return self.t0 * np.exp(self.E_a / (K_B_EV * np.asarray(temperature)))

    def rates(self, v, x, env):
        """Rates with the relaxation, 1/s."""
        tau = self.t0 * jnp.exp(self.E_a / (K_B_EV * env.temperature))
        rates = super().rates(v, x, env)
        loss = self.beta / tau * jnp.exp((self.beta - 1) * (x["age"] + np.log(YOUNGEST)))
        lost = {
            name: rates[name] - loss * (x[name] - (s.rest if self.x_eq is None else s.lo + self.x_eq * (s.hi - s.lo)))
            for name, s in memory(self, self.states).items()
        }
        return rates | lost | {"age": self._older(v, x, env, YOUNGEST * tau, rates)}


class Drift(_Ageing):
    """Conductance falls by a power law of the time t since `inner` was written: I = I₀ (1 + t/t0)^−ν.

    Default ν 0.1, as of amorphous phase-change material (Boybat et al., Nat. Commun. 9, 2514, 2018), whose own models
    here have it built in; t0 is the time of the first reading, assumed.
    """

    nu: np.ndarray = param(0.1, "1", "drift exponent", ge=0)
    t0: np.ndarray = param(1.0, "s", "time from which on the law holds", gt=0)

    def current(self, v, x, env):
        """Drifted current, A."""
        return super().current(v, x, env) * jnp.exp(-self.nu * x["age"])

    def rates(self, v, x, env):
        """Rates of `inner`, and of the age, 1/s."""
        rates = super().rates(v, x, env)
        return rates | {"age": self._older(v, x, env, self.t0, rates)}


class Endurance(Wrapper):
    """Cycling closes the window of `inner`, ON and OFF alike:

        log10(I_on/I_off) = Δ0 − s log10(1 + n/n0), never below 0

    where Δ0 is the window of `inner` itself at this voltage; every state between keeps its place in it. A cycle is two
    reversals of the voltage. The state `wear` is ln(1 + n/n0). Give `cycles` to begin with a device in use, or as an
    array to see a whole endurance curve at once. Defaults are generic ones, assumed.
    """

    n0: np.ndarray = param(1e9, "1", "cycles after which the window begins to close", gt=0)
    slope: np.ndarray = param(0.5, "1", "decades of window lost per decade of cycles", ge=0)
    cycles: np.ndarray = param(0.0, "1", "cycles already done by a new device", ge=0)
    states: tuple[str, ...] = eqx.field(default=(), static=True, converter=names)

    def __check_init__(self):
        memory(self, self.states)

    def own(self):
        """`wear`."""
        return {"wear": State(jnp.log1p(self.cycles / self.n0), 0.0, OLDEST)}

    def _window(self, v, x, env):
        """The logarithms of the ON and OFF currents of `inner`."""
        inner, v, x, env = self.within(v, x, env)
        return [jnp.log(jnp.abs(inner.current(v, end, env))) for end in ends(inner, v, x, env, self.states)]

    def current(self, v, x, env):
        """Current in what is left of the window, A."""
        probe = jnp.where(v == 0, PROBE, v)
        on, off = self._window(probe, x, env)
        lost = jnp.minimum(self.slope * x["wear"] / jnp.where(on > off, on - off, jnp.inf), 1.0)
        inward = (on + off) / 2 - jnp.log(jnp.abs(super().current(probe, x, env)))
        return super().current(v, x, env) * jnp.exp(lost * inward)

    def jump(self, x, key, event):
        """Half a cycle more at each reversal of the voltage."""
        worn = {"wear": x["wear"] + jnp.log1p(0.5 / self.n0 * jnp.exp(-x["wear"]))} if event else {}
        return self.inner_jump(x, key, event) | worn

    @verb
    def lifetime(self, v_read: float = 0.1, ratio: float = 2.0, env: Environment | None = None):
        """Cycles until I_on/I_off at `v_read` (V) falls to `ratio`; 0 where it is less from the start."""
        on, off = self._window(v_read, self.rest(), env or Environment())
        left = (np.asarray(on - off) - np.log(ratio)) / self.slope
        return self.n0 * np.expm1(np.maximum(left, 0.0))


@verb
def read_disturb(
    device: Device, v_read: float, width: float, shift: float = 0.1, x=None, env: Environment | None = None
):
    """Readings until reading itself has moved a memory state by `shift` of its box.

        N = shift / (rate(v_read) − rate(0)) / width

    from the switching model itself, with the rates of the beginning; the fastest memory state counts. A device needs no
    wrapper for this: give `width` to the readings of a protocol, and they disturb.

    Args:
        device: any device.
        v_read, width: of one reading, V and s.
        shift: part of its box that a state may move.
        x: the states that are read; by default those of a new device.
        env: surroundings.

    Raises:
        PinchedError: for a device without states.
    """
    x, env = {**device.rest(), **(x or {})}, env or Environment()
    if not (states := memory(device)):
        raise PinchedError(f"read_disturb: {type(device).__name__} has no state that reading could move.")
    read, rest = device.rates(v_read, x, env), device.rates(0.0, x, env)
    with np.errstate(divide="ignore"):
        each = [shift * (s.hi - s.lo) / np.abs(np.asarray(read[k] - rest[k])) / width for k, s in states.items()]
    return np.min(np.broadcast_arrays(*each), axis=0)
