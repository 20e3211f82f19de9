"""The JART VCM v1b model with cycle-to-cycle variability (Bengel et al., IEEE TCAS-I 67, 4618, 2020)."""

import jax
import jax.numpy as jnp
import numpy as np

from pinched.core.errors import PinchedError
from pinched.core.params import param
from pinched.devices.base import State
from pinched.devices.valence_change.jart import JART, Cell

REACH = (-0.25, 1.1)  # of x: densities beyond the mean bounds, where a drawn bound may lie


class JARTVariable(JART):
    """`JART` whose filament radius, disc length and density bounds are other ones in every cycle.

    When V crosses zero into SET a target radius, a target length and a new N_max are drawn, into RESET the targets and
    a new N_min; from there r and l move towards their targets as the density moves towards its bound,

        r = r_old + (r_new − r_old) (N − N_old)/(N_end − N_old),   N_end = N_max in SET, N_min in RESET

    (eqs. 21–24), here in the equivalent form dr/dN = (r_new − r)/(N_end − N). Draws are normal around the parameters,
    with the published device-to-device deviations times `c2c`, r and l cut at ± cut_rl, the bounds at cut_N deviations.
    The extra states are ratios to the parameters. That the draws surround the device's mean, `c2c` and cut_N are
    assumed: the ports of the model leave the width of the cycle-to-cycle draw to the user. Use `population` for
    device-to-device variability, c2c = 0 for a device without cycle-to-cycle variability.
    """

    sd_r: np.ndarray = param(5e-9, "m", "deviation of the radius", ge=0)
    sd_l: np.ndarray = param(4e-11, "m", "deviation of the disc length", ge=0)
    sd_N_max: np.ndarray = param(1e26, "1/m**3", "deviation of N_max", ge=0)
    sd_N_min: np.ndarray = param(2e23, "1/m**3", "deviation of N_min", ge=0)
    cut_rl: np.ndarray = param(0.1, "1", "largest relative deviation of radius and length", gt=0, lt=1)
    cut_N: np.ndarray = param(1.5, "1", "largest deviation of N_max and N_min over theirs", gt=0)
    c2c: np.ndarray = param(1.0, "1", "cycle-to-cycle over device-to-device deviation", ge=0)

    def __check_init__(self):
        if self.ions != "v1b":
            raise PinchedError("JARTVariable varies the bounds that only the ion law 'v1b' keeps to.")

    def state(self):
        """`x`, logarithmic in the density; radius, length, their targets and the bounds over their means."""
        near, bound = State(1.0, 0.5, 1.5), State(1.0, 0.1, 2.0)
        return {
            "x": State(self.x0, *REACH), "r": near, "l": near, "r_new": near, "l_new": near,
            "N_min": bound, "N_max": bound,
        }  # fmt: skip

    def cell(self, x):
        """The Cell of this cycle."""
        cell = super().cell(x)
        return Cell(
            cell.N, cell.to_min + jnp.log(x["N_min"]), cell.to_max - jnp.log(x["N_max"]),
            x["r"] * cell.r, x["l"] * cell.l,
        )  # fmt: skip

    def rates(self, v, x, env):
        """Rates of the density and, along with it, of radius and length, 1/s."""
        u, cell = self.eta * v, self.cell(x)
        growth = self.growth(u, cell, env)
        left = cell.N * jnp.where(u > 0, jnp.expm1(cell.to_min), jnp.expm1(-cell.to_max))  # N_end − N
        share = jnp.where(growth * left > 0, growth / jnp.where(left == 0, 1.0, left), 0.0)
        moving = {
            "x": growth / (cell.N * self.span),
            "r": share * (x["r_new"] - x["r"]),
            "l": share * (x["l_new"] - x["l"]),
        }
        return {name: moving.get(name, jnp.zeros_like(growth)) for name in x}

    def jump(self, x, key, event):
        """New targets and the new bound ahead, where V crosses zero."""
        if event == 0:
            return {}

        def draw(number, deviation, cut):
            z = jax.random.truncated_normal(jax.random.fold_in(key, number), -cut, cut, (), jnp.result_type(x["x"]))
            return 1 + deviation * z

        r, l = self.c2c * self.sd_r / self.r_fil, self.c2c * self.sd_l / self.l_disc
        N_min, N_max = self.c2c * self.sd_N_min / self.N_disc_min, self.c2c * self.sd_N_max / self.N_disc_max
        into_reset = event * self.eta > 0
        ahead_min, ahead_max = draw(2, N_min, self.cut_N), draw(3, N_max, self.cut_N)
        return {
            "r_new": draw(0, r, _cut(self.cut_rl, r)),
            "l_new": draw(1, l, _cut(self.cut_rl, l)),
            "N_min": jnp.where(into_reset, ahead_min, x["N_min"]),
            "N_max": jnp.where(into_reset, x["N_max"], ahead_max),
        }


def _cut(largest, deviation):
    """`largest` in units of `deviation`."""
    return largest / jnp.maximum(deviation, largest / 1e3)
