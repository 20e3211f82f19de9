"""Vanadium dioxide with its thermal hysteresis: the device of a spiking VO2 neuristor."""

import jax.numpy as jnp
import numpy as np

from pinched.core.constants import K_B_EV
from pinched.core.params import param
from pinched.devices.base import Device, State

SCALE = 100.0  # K, makes the temperature rise of order one
HOTTEST = 3.0  # of SCALE
TURNED = 1e-6  # of 1 - direction²: what is nearer to its bound has turned; a netlist comes near it only
TRACK = 30.0  # how much faster than the turn of the temperature its reversal point is taken


class VO2(Device):
    """A film whose insulating share F follows the temperature with hysteresis, minor loops after de Almeida.

        C_th dT/dt = V²/R − S (T − T_ambient),   R = R0 e^(E_a/kT) F + R_m
        F = 1/2 + 1/2 tanh[β (T_c − T − shift)]

    On heating the major loop has shift = −w/2, on cooling +w/2. Where dT/dt changes sign, at T_r, a minor loop begins
    and closes in on the other branch: with δ = ±1 the direction of T and T_pr = shift_r + δ w/2 at the reversal,

        shift = −δ w/2 + T_pr P[(T − T_r)/T_pr],   P(y) = ½ (1 − sin γy)[1 + tanh(π² − 2πy)]

    which is integrated as d shift/dt = P' dT/dt. The direction is a play of width `band` in T, the dead band of the
    source, so that noise does not start loops. Source: gabebere/single-neuristor @ce5629a, Zhang, Qiu and Di Ventra
    (2024), fitted at 305–370 K: give it surroundings of about 325 K. Behind a load and with its capacitance
    (`ParallelCapacitance`) it spikes. Symmetric in V.
    """

    R0: np.ndarray = param(0.00535882879, "ohm", "prefactor of the insulator", gt=0)
    E_a: np.ndarray = param(5220.47417 * K_B_EV, "eV", "activation energy of the insulator", gt=0)
    R_m: np.ndarray = param(1286.3165, "ohm", "resistance of the metal", gt=0)
    w: np.ndarray = param(7.19357064, "K", "width of the hysteresis", gt=0)
    T_c: np.ndarray = param(332.805839, "K", "middle of the hysteresis", gt=0)
    beta: np.ndarray = param(0.252796285, "1/K", "steepness of the transition", gt=0)
    gamma: np.ndarray = param(0.956269682, "1", "shape of minor loops", gt=0)
    C_th: np.ndarray = param(4.962776831e-11, "J/K", "heat capacity", gt=0)
    S: np.ndarray = param(2.0558726e-4, "W/K", "thermal conductance to the surroundings", gt=0)
    band: np.ndarray = param(0.01, "K", "change of temperature that counts as a reversal", gt=0)

    def state(self):
        """Temperature and hysteresis.

        `rise`: (T − T_ambient)/100 K. `shift`: over w/2. `direction`: −1 cooling … 1 heating. `reversal`, `turned`:
        rise and shift at the last reversal.
        """
        unit = {"shift": -1.0, "direction": 1.0, "turned": -1.0}
        hot = {name: State(0.0, 0.0, HOTTEST) for name in ("rise", "reversal")}
        return hot | {name: State(rest, -1.0, 1.0) for name, rest in unit.items()}

    def temperature(self, x, env):
        """T in K."""
        return env.temperature + SCALE * x["rise"]

    def resistance(self, x, env):
        """R in ohm."""
        T = self.temperature(x, env)
        F = 0.5 + 0.5 * jnp.tanh(self.beta * (self.T_c - T - self.w / 2 * x["shift"]))
        return self.R0 * jnp.exp(self.E_a / (K_B_EV * T)) * F + self.R_m

    def current(self, v, x, env):
        """v/R, A."""
        return v / self.resistance(x, env)

    def rates(self, v, x, env):
        """Rates in 1/s; the memory moves with the temperature."""
        heating = (v * self.current(v, x, env) - self.S * SCALE * x["rise"]) / self.C_th  # dT/dt, K/s
        delta = jnp.tanh(10 * x["direction"])
        T_pr = self.w / 2 * (x["turned"] + delta)
        turning = 1 - x["direction"] ** 2  # 0 except during a reversal: where the direction is ±1 it is parked
        y = SCALE * (x["rise"] - x["reversal"]) * T_pr / (T_pr**2 + 1e-6 * self.w**2)
        shift = jnp.where(turning > TURNED, 0.0, self._slope(y) * heating)
        turn = 2 * heating / self.band
        track = TRACK * turning * jnp.abs(turn)
        return {
            "rise": heating / SCALE,
            "reversal": track * (x["rise"] - x["reversal"]),
            "shift": 2 * shift / self.w,
            "direction": turn,
            "turned": track * (x["shift"] - x["turned"]),
        }

    def _slope(self, y):
        """P'(y)."""
        y = jnp.clip(y, 0.0, 10.0)  # beyond which P has long vanished
        step = jnp.tanh(np.pi**2 - 2 * np.pi * y)
        wave = self.gamma * y
        return -0.5 * self.gamma * jnp.cos(wave) * (1 + step) - np.pi * (1 - jnp.sin(wave)) * (1 - step**2)
