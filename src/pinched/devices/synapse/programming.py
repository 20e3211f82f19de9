"""What programming an array leaves: the error of each cell, its drift from then on, and the noise of reading it."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pinched.core.errors import PinchedError
from pinched.core.params import Parametrised, param
from pinched.devices.base import as_key

LEAST = 1e-3  # of the scale: conductance below which laws in ln G stay as they are


class Programming(Parametrised):
    """Statistics of write-verify programming: a target becomes target + σ(target) N(0, 1), at least 0.

    σ is a polynomial in target/scale, at least 0, taken within [g_min, g_max], the range where it was measured. It is a
    law of the conductance itself, so a network that uses part of the range changes nothing here. As it stands the cells
    keep what they got, and are read without noise.
    """

    _: dataclasses.KW_ONLY
    g_min: np.ndarray = param(0.0, "S", "lowest conductance measured", ge=0)
    g_max: np.ndarray = param(unit="S", doc="highest conductance measured", gt=0)
    scale: np.ndarray = param(1e-6, "S", "conductance that the argument of the polynomials is in", gt=0)
    sigma: np.ndarray = param(unit="S", doc="standard deviation, ascending powers of target/scale")

    def __check_init__(self):
        if isinstance(self.g_max, np.ndarray) and np.any(self.g_min >= self.g_max):
            raise PinchedError(f"{type(self).__name__}.g_max must be above g_min, in siemens.")

    def program_sigma(self, target):
        """Standard deviation in S of cells programmed to `target` (S)."""
        return self._deviation(self.sigma, target)

    def program(self, target, key=None) -> "Cells":
        """Cells programmed to `target`.

        Args:
            target: conductances in S, any shape.
            key: JAX key or seed of the errors, and of what differs from cell to cell later on; None for cells without
                error that age as the mean does.

        Returns:
            The cells, in the dtype of `target`.
        """
        target = jnp.asarray(target)
        law = jax.tree.map(lambda leaf: jnp.asarray(leaf, target.dtype), self)
        error, z = jnp.zeros((2, *target.shape), target.dtype)
        if key is not None:
            error, z = jax.random.normal(as_key(key), (2, *target.shape), target.dtype)
        return Cells(law, target, jnp.maximum(target + law.program_sigma(target) * error, 0.0), z)

    def aged(self, cells: "Cells", t):
        """Conductances in S of `cells`, `t` s after programming."""
        return cells.programmed + jnp.zeros_like(t)

    def read_sigma(self, cells: "Cells", t):
        """Standard deviation in S of one reading of each of `cells`, `t` s after programming."""
        return jnp.zeros_like(self.aged(cells, t))

    def _deviation(self, powers, g):
        return jnp.maximum(jnp.polyval(powers[::-1], jnp.clip(g, self.g_min, self.g_max) / self.scale), 0.0)


class Cells(eqx.Module):
    """Programmed cells: `law` is how, `z` the standard normal number by which each differs in its ageing for life."""

    law: Programming
    target: jax.Array  # S
    programmed: jax.Array  # S, right after programming
    z: jax.Array

    def at(self, t):
        """Conductances in S, `t` s after programming, without the noise of reading."""
        return self.law.aged(self, jnp.asarray(t, self.target.dtype))

    def read_sigma(self, t):
        """Standard deviation in S of a reading, `t` s after programming."""
        return self.law.read_sigma(self, jnp.asarray(t, self.target.dtype))

    def read(self, t, key):
        """One reading of each cell in S, at least 0, `t` s after programming; `key` is a JAX key or seed."""
        g = self.at(t)
        return jnp.maximum(g + self.read_sigma(t) * jax.random.normal(as_key(key), g.shape, g.dtype), 0.0)


class PhaseChangeProgramming(Programming):
    """Phase-change memory drifts by a power law, each cell with its own exponent, and has 1/f noise:

        G(t) = G (1 + t/t0)^−ν,  ν = µ_ν + σ_ν z,    σ_read = G(t) Q √ln[(t + t0 + t_read)/(2 t_read)]

    with g = target/scale (for Q: G/scale) and each of µ_ν, σ_ν and Q below `split` in g

        clip[(offset + slope ln g) g^power, lowest, highest]

    and above it a polynomial. ν is drawn once a cell and may come out negative, as in a normal law. Nandakumar et al.,
    ICECS (2019); Joshi et al., Nat. Commun. 11, 2473 (2020); Le Gallo et al., Nat. Electron. 6, 680 (2023).
    Valid at 20–60 °C, where the exponents were measured; the first reading is t0 after programming. Global drift
    compensation is left to the network.
    """

    nu_mean: np.ndarray = param(unit="1", doc="mean drift exponent: offset, slope, lowest, highest")
    nu_sigma: np.ndarray = param(unit="1", doc="its standard deviation: offset, slope, lowest, highest")
    noise: np.ndarray = param(unit="1", doc="relative read noise Q: offset, slope, lowest, highest")
    t0: np.ndarray = param(20.0, "s", "time of the first reading", gt=0)
    t_read: np.ndarray = param(2.5e-7, "s", "duration of a reading", gt=0)
    noise_power: np.ndarray = param(0.0, "1", "power of g in Q")
    nu_mean_above: np.ndarray = param((0.0,), "1", "mean drift exponent above its split, ascending powers of g")
    nu_sigma_above: np.ndarray = param((0.0,), "1", "its standard deviation above its split")
    noise_above: np.ndarray = param((0.0,), "1", "Q above its split")
    nu_mean_split: np.ndarray = param(np.inf, "1", "g at which the polynomial begins", gt=0)
    nu_sigma_split: np.ndarray = param(np.inf, "1", "g at which the polynomial begins", gt=0)
    noise_split: np.ndarray = param(np.inf, "1", "g at which the polynomial begins", gt=0)

    def __check_init__(self):
        for name in ("nu_mean", "nu_sigma", "noise"):
            if np.shape(getattr(self, name)) != (4,):
                raise PinchedError(f"PhaseChangeProgramming.{name} is four numbers: offset, slope, lowest, highest.")

    def nu_law(self, target):
        """(mean, standard deviation) of the drift exponents of cells programmed to `target` (S)."""
        g = target / self.scale
        mean = _split(g, self.nu_mean, self.nu_mean_above, self.nu_mean_split)
        return mean, _split(g, self.nu_sigma, self.nu_sigma_above, self.nu_sigma_split)

    def noise_law(self, g):
        """Q of cells of conductance `g` (S)."""
        return _split(g / self.scale, self.noise, self.noise_above, self.noise_split, self.noise_power)

    def aged(self, cells, t):
        """Drifted conductances, S."""
        mean, sigma = self.nu_law(cells.target)
        return cells.programmed * jnp.exp(-(mean + sigma * cells.z) * jnp.log1p(t / self.t0))

    def read_sigma(self, cells, t):
        """Accumulated 1/f noise, S."""
        spread = jnp.sqrt(jnp.log((t + self.t0 + self.t_read) / (2 * self.t_read)))
        return self.aged(cells, t) * self.noise_law(cells.programmed) * spread


class SpreadingProgramming(Programming):
    """Errors that grow: σ(target) was measured at several times after programming, the first of them being `sigma`.

    Each cell wanders off as √[σ(t)² − σ²] z, with σ(t)² linear in ln t between the times and constant outside. That a
    cell keeps its direction z and the law between the times are assumed; the published law at each time is exact.
    """

    times: np.ndarray = param(unit="s", doc="times of `sigma` and then of `sigma_later`", gt=0)
    sigma_later: np.ndarray = param(unit="S", doc="polynomials as `sigma`, one a later time")

    def __check_init__(self):
        if isinstance(self.times, np.ndarray) and (
            np.any(np.diff(self.times) <= 0) or np.shape(self.sigma_later)[:1] != (len(self.times) - 1,)
        ):
            raise PinchedError("SpreadingProgramming needs rising times, and sigma_later at all but the first of them.")

    def aged(self, cells, t):
        """Conductances that have spread, S, at least 0."""
        squares = [self._deviation(powers, cells.target) ** 2 for powers in (self.sigma, *self.sigma_later)]
        log_t, nodes = jnp.log(jnp.maximum(t, self.times[0])), jnp.log(self.times)  # interp is constant beyond the last
        hats = [jnp.interp(log_t, nodes, hat) for hat in jnp.eye(len(squares), dtype=log_t.dtype)]
        grown = sum(hat * square for hat, square in zip(hats, squares, strict=True)) - squares[0]
        wander = jnp.sqrt(jnp.maximum(grown, 0.0)) * cells.z
        return jnp.maximum(cells.programmed + wander, 0.0)


class RelaxingProgramming(Programming):
    """Relaxation by an amount that does not depend on the conductance, from `t_first` after programming:

        G(t) = G + mean ln t + (σ0 + σ1 ln t) z,    σ_read = K log10(G(t)/1 µS) √ln[(t + t_read)/(2 t_read)]

    in S with t in s, without read noise below 1 µS. That a cell keeps its z is assumed. CMO/HfOx cells, Falcone et al.
    (2024), as in aihwkit's ReRamCMONoiseModel.
    """

    mean: np.ndarray = param(unit="S", doc="mean change per ln(t/s)")
    relax_sigma: np.ndarray = param(unit="S", doc="spread: at 1 s, and per ln(t/s)")
    t_first: np.ndarray = param(1.0, "s", "time before which nothing is known, and nothing moves", gt=0)
    t_read: np.ndarray = param(1e-6, "s", "duration of a reading", gt=0)
    read_K: np.ndarray = param(0.0, "S", "read noise per log10(G/1 µS)", ge=0)

    def aged(self, cells, t):
        """Relaxed conductances, S, at least 0."""
        log_t = jnp.log(jnp.maximum(t, self.t_first))
        moved = self.mean * log_t + (self.relax_sigma[0] + self.relax_sigma[1] * log_t) * cells.z
        return jnp.maximum(cells.programmed + jnp.where(t < self.t_first, 0.0, moved), 0.0)

    def read_sigma(self, cells, t):
        """1/f noise, S."""
        spread = jnp.sqrt(jnp.log((jnp.maximum(t, self.t_first) + self.t_read) / (2 * self.t_read)))
        return self.read_K * jnp.log10(jnp.maximum(self.aged(cells, t) / 1e-6, 1.0)) * spread


class NonlinearProgramming(Programming):
    """Cells that are not ohmic: I = G V + b V² + c V³, b and c polynomials in log10(G/1 S); not odd in V.

    Milo et al., IRPS (2021), HfO2 in a 4 kbit array, as in CrossSim; valid to `v_max`.
    """

    quadratic: np.ndarray = param(unit="A/V**2", doc="b, ascending powers of log10(G/1 S)")
    cubic: np.ndarray = param(unit="A/V**3", doc="c, ascending powers of log10(G/1 S)")
    v_max: np.ndarray = param(0.5, "V", "largest magnitude of the voltages measured", gt=0)

    def current(self, v, g):
        """Current in A at `v` (V) of cells of conductance `g` (S, within [g_min, g_max] for the polynomials)."""
        decade = jnp.log10(jnp.clip(g, self.g_min, self.g_max))
        b, c = (jnp.polyval(powers[::-1], decade) for powers in (self.quadratic, self.cubic))
        return g * v + b * v**2 + c * v**3


def _split(g, low, above, split, power=0.0):
    """The law below `split`, logarithmic and clipped, and the polynomial above it."""
    offset, slope, lowest, highest = low
    g = jnp.maximum(g, LEAST)
    below = jnp.clip((offset + slope * jnp.log(g)) * g**power, lowest, highest)
    return jnp.where(g < split, below, jnp.polyval(above[::-1], g))
