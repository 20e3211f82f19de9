"""Tungsten-oxide memristors: states that fade by themselves, of the first and of the second order."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from pinched.core.errors import PinchedError, nearest
from pinched.core.params import param
from pinched.devices.base import Device, State, polarity
from pinched.devices.laws import exp_sinh


class _TungstenOxide(Device):
    """What all of them conduct: a Schottky part and a tunnelling part, side by side in shares 1 − w and w."""

    alpha: np.ndarray = param(1e-8, "A", "current scale of the Schottky part", ge=0)
    beta: np.ndarray = param(0.5, "1/V", "its exponent", gt=0)
    gamma: np.ndarray = param(1e-5, "A", "current scale of the tunnelling part", gt=0)
    delta: np.ndarray = param(4.0, "1/V", "its exponent", gt=0)
    eta: np.ndarray = polarity("positive voltage SETs")

    def current(self, v, x, env):
        """(1 − w) alpha (1 − exp(−beta v)) + w gamma sinh(delta v), A."""
        v = self.eta * v
        schottky = -self.alpha * jnp.expm1(-self.beta * v)
        return self.eta * ((1 - x["w"]) * schottky + x["w"] * self.gamma * exp_sinh(0.0, self.delta * v))


class WOx(_TungstenOxide):
    """Short-term memory of the first order: pulses raise the conducting share w, which fades when they end.

        I = (1 − w) alpha (1 − e^(−beta V)) + w gamma sinh(delta V)
        dw/dt = [lam sinh(rho V) − (w − w_min)/tau] f(w),   w_min <= w <= w_max

    With f = 1 two equal pulses of length t_p, dt apart, stand in the ratio 1 + exp(−(dt + t_p)/tau) (paired-pulse
    facilitation). Chang et al. (Appl. Phys. A 102, 857, 2011), Du et al. (Nat. Commun. 8, 2204, 2017), whose set the
    defaults are, and by form the dynamic TiOx of Zhong et al. (Nat. Commun. 12, 408, 2021). Isothermal. The Schottky
    part is not odd in V and grows as e^(beta |V|) at V < 0, where w soon rests at w_min: stay within the fitted sweep.

    Attributes:
        window: "none", f = 1, or "exponential", f = 1 − exp(k (w − 1)), which slows growth and decay alike.
    """

    choices: ClassVar[dict[str, tuple[str, ...]]] = {"window": ("none", "exponential")}

    lam: np.ndarray = param(1e-3, "1/s", "growth rate", gt=0)
    rho: np.ndarray = param(8.0, "1/V", "voltage exponent of the growth", gt=0)
    tau: np.ndarray = param(0.05, "s", "time constant of forgetting", gt=0)
    w_min: np.ndarray = param(0.1, "1", "share at rest, also that of a new device", ge=0, lt=1)
    w_max: np.ndarray = param(0.99, "1", "largest share", gt=0, le=1)
    k: np.ndarray = param(3.0, "1", "exponent of the window", gt=0)
    window: str = eqx.field(default="none", static=True)

    def __check_init__(self):
        if self.window not in self.choices["window"]:
            known = self.choices["window"]
            raise PinchedError(f"WOx has no window {self.window!r}{nearest(self.window, known)}; it has {known}.")
        ends = (self.w_min, self.w_max)
        if all(isinstance(end, np.ndarray) for end in ends) and np.any(ends[0] >= ends[1]):
            raise PinchedError("WOx.w_max must be above w_min.")

    def state(self):
        """One state `w`, the share that tunnels."""
        return {"w": State(self.w_min, self.w_min, self.w_max)}

    def rates(self, v, x, env):
        """dw/dt in 1/s."""
        rate = self.lam * exp_sinh(0.0, self.rho * self.eta * v) - (x["w"] - self.w_min) / self.tau
        return {"w": rate if self.window == "none" else -rate * jnp.expm1(self.k * (x["w"] - 1))}


class WOxGatedGrowth(_TungstenOxide):
    """Second order: a mobility m, which pulses raise and rest lowers in tau_s, gates the growth of the weight w.

        dw/dt = lam_w m sinh(rho_w V) (1 − w for V > 0, w for V < 0) − (w − w0)/tau_l
        dm/dt = lam_m sinh(rho_m |V|) (1 − m) − (m − m0)/tau_s

    So the same pulse does more shortly after another one: paired-pulse facilitation, rate and timing dependence
    without overlapping pulses. A phenomenological proposal of the project after the mechanism of Du et al. (Adv. Funct.
    Mater. 25, 4290, 2015) and Kim et al. (Nano Lett. 15, 2203, 2015), not a fit; it conducts as `WOx` does. Isothermal,
    |V| <= 2 V.
    """

    lam_w: np.ndarray = param(1.1e-3, "1/s", "growth rate of w at m = 1", gt=0)
    rho_w: np.ndarray = param(8.0, "1/V", "voltage exponent of w", gt=0)
    lam_m: np.ndarray = param(0.135, "1/s", "growth rate of m", gt=0)
    rho_m: np.ndarray = param(6.0, "1/V", "voltage exponent of m", gt=0)
    tau_s: np.ndarray = param(0.05, "s", "short-term time constant, of m", gt=0)
    tau_l: np.ndarray = param(1e3, "s", "long-term time constant, of w", gt=0)
    w0: np.ndarray = param(0.0, "1", "weight at rest, also that of a new device", ge=0, le=1)
    m0: np.ndarray = param(0.1, "1", "mobility at rest", ge=0, le=1)

    def state(self):
        """The weight `w` and the mobility `m`."""
        return {"w": State(self.w0, 0.0, 1.0), "m": State(self.m0, 0.0, 1.0)}

    def rates(self, v, x, env):
        """dw/dt and dm/dt in 1/s."""
        v, (w, m) = self.eta * v, (x["w"], x["m"])
        growth = self.lam_w * m * exp_sinh(0.0, self.rho_w * v) * jnp.where(v > 0, 1 - w, w)
        excitation = self.lam_m * exp_sinh(0.0, self.rho_m * jnp.abs(v)) * (1 - m)
        return {"w": growth - (w - self.w0) / self.tau_l, "m": excitation - (m - self.m0) / self.tau_s}


class WOxGatedDecay(_TungstenOxide):
    """Second order as Du et al. fitted it (Adv. Funct. Mater. 25, 4290, 2015): m speeds up the decay of w.

        dw/dt = lam e^(eps w) sinh(rho_c V) − (w − w0) (1/tau_l + sigma m/tau_s)
        dm/dt = lam sinh(rho_m |V|) − (m − m0) m/tau_s

    In the published fit m does not move on millisecond pulses (1e-3 1/s at 1 V) and tau_s = tau_l, so it shows no
    paired-pulse or rate dependence: use it for I–V curves, `WOxGatedGrowth` for timing. Isothermal, |V| <= 2 V.
    """

    alpha: np.ndarray = param(2e-7, "A", "current scale of the Schottky part", ge=0)
    beta: np.ndarray = param(2.1, "1/V", "its exponent", gt=0)
    gamma: np.ndarray = param(1e-4, "A", "current scale of the tunnelling part", gt=0)
    delta: np.ndarray = param(1.35, "1/V", "its exponent", gt=0)
    lam: np.ndarray = param(0.01, "1/s", "growth rate of both states", gt=0)
    rho_c: np.ndarray = param(12.5, "1/V", "voltage exponent of w", gt=0)
    rho_m: np.ndarray = param(0.1, "1/V", "voltage exponent of m", gt=0)
    eps: np.ndarray = param(0.01, "1", "dependence of the growth on w")
    sigma: np.ndarray = param(25.0, "1", "effect of m on the decay of w", ge=0)
    tau_s: np.ndarray = param(1e3, "s", "time constant of m", gt=0)
    tau_l: np.ndarray = param(1e3, "s", "time constant of w at m = 0", gt=0)
    w0: np.ndarray = param(1e-3, "1", "weight at rest, also that of a new device", ge=0, le=1)
    m0: np.ndarray = param(1e-3, "1", "second state at rest", ge=0, le=1)

    def state(self):
        """The weight `w` and the second state `m`."""
        return {"w": State(self.w0, 0.0, 1.0), "m": State(self.m0, 0.0, 1.0)}

    def rates(self, v, x, env):
        """dw/dt and dm/dt in 1/s."""
        v, (w, m) = self.eta * v, (x["w"], x["m"])
        growth = self.lam * exp_sinh(self.eps * w, self.rho_c * v)
        decay = (w - self.w0) * (1 / self.tau_l + self.sigma * m / self.tau_s)
        excitation = self.lam * exp_sinh(0.0, self.rho_m * jnp.abs(v))
        return {"w": growth - decay, "m": excitation - (m - self.m0) * m / self.tau_s}
