"""Error rates measured at several times and temperatures: one activation energy, and the rates at other ages."""

import dataclasses
import itertools
from typing import Any

import numpy as np

from pinched.core import PinchedError
from pinched.core.constants import K_B_EV


@dataclasses.dataclass(frozen=True)
class Ageing:
    """Error rate as one function of the age x = ln(t/s) − E_a/kT: ln error is interpolated, and its ends prolonged.

    Attributes:
        E_a: activation energy, eV.
        ages, log_error: x and ln(error rate) of the measurements, by rising x.
    """

    E_a: float
    ages: np.ndarray
    log_error: np.ndarray

    def __call__(self, time: Any, temperature: Any) -> np.ndarray:
        """Error rate after `time` s at `temperature` K."""
        x = np.log(time) - self.E_a / (K_B_EV * np.asarray(temperature, float))
        k = np.clip(np.searchsorted(self.ages, x) - 1, 0, len(self.ages) - 2)
        slope = np.diff(self.log_error)[k] / np.diff(self.ages)[k]
        return np.exp(np.minimum(self.log_error[k] + slope * (x - self.ages[k]), np.log(0.5)))


def fit_ageing(time, temperature, error) -> Ageing:
    """Fit error rates (above 0) measured after `time` (s) at `temperature` (K), at least two of them.

    At the same error rate, ln t is linear in 1/kT: E_a is the slope common to the rates that neighbouring temperatures
    share.

    Raises:
        PinchedError: where there is one temperature, or no two of them share an error rate.
    """
    time, temperature, error = (np.asarray(a, float) for a in (time, temperature, error))
    kelvins = np.unique(temperature)
    curves = [(np.log(error[at]), np.log(time[at])) for at in (temperature == t for t in kelvins)]
    rises, runs = [], []
    for k, (cold, hot) in enumerate(itertools.pairwise(curves)):
        low, high = max(cold[0].min(), hot[0].min()), min(cold[0].max(), hot[0].max())
        if low < high:
            shared = np.linspace(low, high, 20)
            rises.append(_at(shared, cold) - _at(shared, hot))
            runs.append(np.full(20, 1 / (K_B_EV * kelvins[k]) - 1 / (K_B_EV * kelvins[k + 1])))
    if not rises:
        raise PinchedError("fit_ageing() needs two temperatures at which the same error rate was seen.")
    run, rise = np.concatenate(runs), np.concatenate(rises)
    E_a = float(run @ rise / (run @ run))
    x = np.log(time) - E_a / (K_B_EV * temperature)
    order = np.argsort(x)
    return Ageing(E_a, x[order], np.log(error[order]))


def _at(log_error, curve) -> np.ndarray:
    order = np.argsort(curve[0])
    return np.interp(log_error, curve[0][order], curve[1][order])
