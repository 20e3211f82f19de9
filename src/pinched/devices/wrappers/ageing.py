"""What time and use do to a memory: retention, drift, endurance, read disturb."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pinched.core.constants import K_B_EV
from pinched.core.errors import PinchedError
from pinched.core.params import param
from pinched.core.precision import verb
from pinched.devices.base import Device, Environment, State, traced
from pinched.devices.wrappers.wrapper import Wrapper, ends, memory, names

PROBE = 1e-4  # V, at which the window of a device without voltage is taken
YOUNGEST = 1e-12  # of the retention time: what happens earlier is not resolved
OLDEST = 80.0  # of the states `age` and `wear`, logarithms
STRIDES = 64  # of a state on its way to a disturb, so the midpoint rule is good to a part in a thousand


class _Ageing(Wrapper):
    """Keeps the time t since the memory was written, as the state age = ln(1 + t/t1).

    Writing renews it: `age` falls by e for every part `renewal` of its box by which the voltage moves a memory state,
    whatever the pulses; neither rest nor a read that moves nothing counts. All of this is an ODE, so no time step and
    no division of a protocol into steps matters.
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
        return jnp.exp(-x["age"]) / t1 - x["age"] * written / self.renewal


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
    device: Device, v_read: float, width: float, shift=0.1, x=None, env: Environment | None = None, states=()
):
    """Readings until reading itself has moved a memory state by `shift` of its box; inf where it never does.

        N = ∫ dx / (rate(v_read) − rate(0)) / width

    from the switching model itself, by equal steps of the fastest memory state. A device needs no wrapper for this:
    give `width` to the readings of a protocol, and they disturb.

    Args:
        device: any device.
        v_read, width: of one reading, V and s.
        shift: part of its box that a state may move.
        x: the states that are read; by default those of a new device.
        env: surroundings.
        states: the memory states, by their name in the innermost device; () for all of them.

    Raises:
        PinchedError: for a device without states.
    """
    if not memory(device):
        raise PinchedError(f"read_disturb: {type(device).__name__} has no state that reading could move.")
    start = {name: np.asarray(value, float) for name, value in {**device.rest(), **(x or {})}.items()}
    time = _time_to_move(traced(device), v_read, start, env or Environment(), shift, names(states))
    return np.asarray(time) / width


@functools.partial(jax.jit, static_argnames="states")
def _time_to_move(device, v, x, env, shift, states):
    """Seconds at `v` until a memory state has moved by `shift` of its box."""
    box = memory(device, states)

    def speed(x):
        driven, still = device.rates(v, x, env), device.rates(0.0 * v, x, env)
        rate = {k: driven[k] - still[k] for k in box}
        parked = {k: ((x[k] >= s.hi) & (rate[k] > 0)) | ((x[k] <= s.lo) & (rate[k] < 0)) for k, s in box.items()}
        rate = {k: jnp.where(parked[k], 0.0, rate[k]) for k in box}
        fastest = functools.reduce(jnp.maximum, [jnp.abs(rate[k]) / (s.hi - s.lo) for k, s in box.items()])
        return rate, fastest

    def moved(x, rate, t):
        return x | {k: jnp.clip(x[k] + rate[k] * jnp.where(jnp.isfinite(t), t, 0.0), *box[k][1:]) for k in box}

    def stride(x, _):
        rate, fastest = speed(x)
        rate, fastest = speed(moved(x, rate, shift / STRIDES / fastest / 2))
        t = shift / STRIDES / fastest
        return moved(x, rate, t), t

    shape = jnp.shape(speed(x)[1])
    start = {k: jnp.broadcast_to(value, shape) for k, value in x.items()}
    return jnp.sum(jax.lax.scan(stride, start, length=STRIDES)[1], axis=0)
