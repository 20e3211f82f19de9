"""The ReRAM cell of the SkyWater SKY130 process (production PDK, Verilog-A v2.0.3, Apache-2.0)."""

import numpy as np

from pinched.core.constants import K_B_EV
from pinched.core.errors import PinchedError
from pinched.core.params import param
from pinched.devices.base import Device, State, polarity
from pinched.devices.laws import exp_sinh

SCALE, HOTTEST = 1000.0, 20.0  # K, and times that: makes the temperature a state of order one


class SkyWater(Device):
    """A filament of length L that generation and recombination of vacancies lengthen and shorten, with its heat.

    The states are x = (L − T_fil_min)/(T_fil_max − T_fil_min), 1 = LRS, and rise = (T − T_ambient)/1000 K. With
    gap = t_ox − L, SET at positive voltage:

        I = I_k1 exp[−gap/(t_ox − T_fil_ref)] sinh(V/V_ref)
        dL/dt = v_k1 {exp(−E_gen/kT + u) − exp(−E_rec/kT − u)},  u = γ a0 eV/(t_ox kT),  γ = gamma_k0 + gamma_k1 gap³
        C_th dT/dt = |V I| − (C_th/tau_th)(T − T_ambient)

    The foundry's model knows no melting: T is what the power makes it. Without bias the two exponentials differ by
    E_gen − E_rec, a drift far too slow to matter. Give it a compliance or a transistor: the LRS is a 10 kΩ sinh.
    """

    t_ox: np.ndarray = param(5e-9, "m", "oxide thickness", gt=0)
    T_fil_max: np.ndarray = param(4.9e-9, "m", "filament length of the low-resistance state", gt=0)
    T_fil_min: np.ndarray = param(3.3e-9, "m", "filament length of the high-resistance state", gt=0)
    T_fil_ref: np.ndarray = param(4.7249e-9, "m", "filament length at which the current is e times less than closed")
    I_k1: np.ndarray = param(6.14e-5, "A", "current scale", gt=0)
    V_ref: np.ndarray = param(0.43, "V", "voltage scale of the current", gt=0)
    E_gen: np.ndarray = param(1.501, "eV", "barrier of generation", gt=0)
    E_rec: np.ndarray = param(1.5, "eV", "barrier of recombination", gt=0)
    v_k1: np.ndarray = param(150.0, "m/s", "attempt velocity", gt=0)
    gamma_k0: np.ndarray = param(16.5, "1", "field enhancement at zero gap", gt=0)
    gamma_k1: np.ndarray = param(-1.25e27, "1/m**3", "its change with the gap cubed")
    a0: np.ndarray = param(0.25e-9, "m", "hop length", gt=0)
    C_th: np.ndarray = param(3.1825e-16, "J/K", "heat capacity", gt=0)
    tau_th: np.ndarray = param(2.3e-10, "s", "thermal time constant", gt=0)
    x0: np.ndarray = param(0.0, "1", "state of a new device", ge=0, le=1)
    eta: np.ndarray = polarity("positive voltage SETs")

    def __check_init__(self):
        lengths = (self.T_fil_min, self.T_fil_max, self.T_fil_ref, self.t_ox)
        if all(isinstance(length, np.ndarray) for length in lengths):
            low, high, ref, oxide = lengths
            if np.any((low >= high) | (high > oxide) | (ref >= oxide)):
                raise PinchedError("SkyWater: T_fil_min < T_fil_max <= t_ox and T_fil_ref < t_ox, in metres.")

    def state(self):
        """`x`, 1 = LRS, and `rise`, the temperature above the surroundings over 1000 K."""
        return {"x": State(self.x0, 0.0, 1.0), "rise": State(0.0, 0.0, HOTTEST)}

    def gap(self, x):
        """Gap in m between filament and electrode."""
        return self.t_ox - self.T_fil_min - (self.T_fil_max - self.T_fil_min) * x["x"]

    def current(self, v, x, env):
        """Tunnel current, A."""
        return self.I_k1 * exp_sinh(-self.gap(x) / (self.t_ox - self.T_fil_ref), v / self.V_ref)

    def rates(self, v, x, env):
        """dx/dt and d rise/dt in 1/s."""
        kT = K_B_EV * (env.temperature + SCALE * x["rise"])
        gamma = self.gamma_k0 + self.gamma_k1 * self.gap(x) ** 3
        pull = (gamma * self.a0 / self.t_ox * self.eta * v - (self.E_gen - self.E_rec) / 2) / kT
        velocity = 2 * self.v_k1 * exp_sinh(-(self.E_gen + self.E_rec) / (2 * kT), pull)
        heating = v * self.current(v, x, env) / (SCALE * self.C_th)
        return {
            "x": velocity / (self.T_fil_max - self.T_fil_min),
            "rise": heating - x["rise"] / self.tau_th,
        }
