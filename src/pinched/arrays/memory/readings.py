"""What the cells of a level read: a mixture of normal laws, known to the far tails where read errors live."""

import dataclasses

import numpy as np
from scipy.special import ndtr, ndtri

ROUNDS, PRECISION = 60, 1e-9  # of a quantile; in standard deviations
STEPS, SETTLED = 200, 1e-4  # of a fit; part of its width by which a centre still moves
LEAST = 1e-3  # of the spread of all samples: width below which no component of a fit shrinks


@dataclasses.dataclass(frozen=True)
class Readings:
    """P(G < g) = Σ_k weight_k Φ((g − centre_k)/scale_k), in S; the components are the last axis, levels lead.

    Attributes:
        weight: of each component, of sum 1.
        centre, scale: mean and standard deviation of each, S.
    """

    weight: np.ndarray
    centre: np.ndarray
    scale: np.ndarray

    @classmethod
    def fit(cls, samples, components: int = 2) -> "Readings":
        """The maximum likelihood fit to `samples` (S, the last axis; NaN is left out) by expectation maximisation.

        Two components are a core and its tail; the core comes first.
        """
        found = [_fit(row[np.isfinite(row)], components) for row in np.atleast_2d(np.asarray(samples, float))]
        shape = np.shape(samples)[:-1]
        return cls(*(np.reshape(part, (*shape, components)) for part in zip(*found, strict=True)))

    def __getitem__(self, index) -> "Readings":
        """Those of some levels."""
        return Readings(self.weight[index], self.centre[index], self.scale[index])

    def below(self, g) -> np.ndarray:
        """Probability of a reading below `g` (S, broadcast against the levels)."""
        return np.sum(self.weight * ndtr((np.asarray(g)[..., None] - self.centre) / self.scale), axis=-1)

    def above(self, g) -> np.ndarray:
        """Probability of a reading above `g`, exact where it is small."""
        return np.sum(self.weight * ndtr((self.centre - np.asarray(g)[..., None]) / self.scale), axis=-1)

    def lower(self, tail) -> np.ndarray:
        """The g (S) below which the part `tail` of all readings lies (broadcast against the levels)."""
        return self._where(self.below, tail, 1.0)

    def upper(self, tail) -> np.ndarray:
        """The g (S) above which the part `tail` of all readings lies."""
        return self._where(self.above, tail, -1.0)

    @property
    def mean(self) -> np.ndarray:
        """Mean, S."""
        return np.sum(self.weight * self.centre, axis=-1)

    @property
    def std(self) -> np.ndarray:
        """Standard deviation, S."""
        square = self.scale**2 + (self.centre - self.mean[..., None]) ** 2
        return np.sqrt(np.sum(self.weight * square, axis=-1))

    def _where(self, chance, tail, sign) -> np.ndarray:
        """Root of Φ⁻¹(chance(g)) = Φ⁻¹(tail), nearly a line in g, by false position."""
        u = ndtri(np.asarray(tail, float))
        each = self.centre + sign * u[..., None] * self.scale
        low, high = each.min(axis=-1), each.max(axis=-1)

        def error(g):
            return sign * np.clip(ndtri(chance(g)) - u, -40, 40)

        at_low, at_high, last = error(low), error(high), np.zeros(low.shape)
        g = (low + high) / 2
        for _ in range(ROUNDS):
            with np.errstate(invalid="ignore", divide="ignore"):
                g = low - at_low * (high - low) / (at_high - at_low)
            g = np.where((g >= low) & (g <= high), g, (low + high) / 2)
            found = error(g)
            if np.all(np.abs(found) < PRECISION):
                break
            up = found < 0
            side = np.where(up, -1.0, 1.0)
            stale = np.where(side == last, 0.5, 1.0)  # the end that stays put is pulled in (Illinois)
            low, high = np.where(up, g, low), np.where(up, high, g)
            at_low, at_high = np.where(up, found, at_low * stale), np.where(up, at_high * stale, found)
            last = side
        return g


def _fit(g: np.ndarray, components: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights, centres and scales of one level; all start at its middle, the first narrow and each next one wider."""
    middle, width = np.median(g), np.std(g) or np.abs(np.mean(g)) * LEAST
    core = 1.4826 * np.median(np.abs(g - middle)) or width
    scale = core * 3.0 ** np.arange(components) if components > 1 else np.array([width])
    weight, centre = np.full(components, 1 / components), np.full(components, middle)
    for _ in range(STEPS if components > 1 else 1):
        log = np.log(weight / scale) - ((g[:, None] - centre) / scale) ** 2 / 2
        part = np.exp(log - log.max(axis=1, keepdims=True))
        part /= part.sum(axis=1, keepdims=True)
        many = part.sum(axis=0) + 1e-9
        before, weight, centre = centre, many / many.sum(), part.T @ g / many
        spread = np.sum(part * (g[:, None] - centre) ** 2, axis=0) / many
        scale = np.sqrt(np.maximum(spread, (LEAST * width) ** 2))
        if np.all(np.abs(centre - before) < SETTLED * scale):
            break
    first = np.argsort(scale)
    return weight[first], centre[first], scale[first]
