"""Which conduction law a branch follows, judged by straight lines in the law's own coordinates."""

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from pinched.characterize.branches import excursions, noise_floor
from pinched.characterize.samples import LOOP, kelvins, long
from pinched.core import PinchedError
from pinched.core.constants import E_CHARGE, EPSILON_0, K_B_EV, ROOM_TEMPERATURE

if TYPE_CHECKING:
    import pandas as pd

OHMIC = 0.05  # a log-log slope within this of one is called ohmic
ILL_POSED = "one straight line does not identify a mechanism: a temperature or thickness series would"


@dataclasses.dataclass(frozen=True)
class Law:
    """ln I = a + slope * x(V) + y(V): a straight line of ln I - y(V) on x(V)."""

    name: str
    coordinates: str
    x: "object"
    y: "object"
    free: bool = True  # whether the slope is fitted; ohmic conduction has slope one


# Sze and Ng, Physics of Semiconductor Devices, 3rd ed., ch. 4.3; Chiu, Adv. Mater. Sci. Eng. 2014, 578168
LAWS = (
    Law("ohmic", "ln I - ln V", np.log, np.zeros_like, free=False),
    Law("power law", "ln I - ln V", np.log, np.zeros_like),
    Law("Schottky", "ln I - √V", np.sqrt, np.zeros_like),
    Law("Poole-Frenkel", "ln(I/V) - √V", np.sqrt, np.log),
    Law("hopping", "ln I - V", np.asarray, np.zeros_like),
    Law("Fowler-Nordheim", "ln(I/V²) - 1/V", np.reciprocal, lambda v: 2 * np.log(v)),
)


def fit_laws(
    voltage: ArrayLike, current: ArrayLike, thickness: float | None = None, temperature: float = ROOM_TEMPERATURE
) -> "pd.DataFrame":
    """Every law fitted to one branch, the best by Akaike information first.

    Args:
        voltage: V, (n,), one sign.
        current: A, (n,).
        thickness: m, of the film, for the permittivity that a Schottky or Poole-Frenkel slope implies.
        temperature: K.

    Returns:
        One row per law: law, coordinates, slope (per unit of the abscissa, natural logarithms), slope_error (standard
        error), residual (RMS of ln I), weight (Akaike weight), epsilon_r (NaN where none follows), possible (False
        where epsilon_r < 1 or a field-lowered or tunnelling law has the wrong sign of slope).

    Raises:
        PinchedError: with fewer than five usable points.
    """
    import pandas as pd

    table = pd.DataFrame(_ranked(voltage, current, thickness, temperature))
    best = table["aic"][table["possible"]].min()
    table["weight"] = np.exp(-0.5 * np.maximum(table["aic"] - best, 0)) * table["possible"]
    table["weight"] /= table["weight"].sum()
    return table.drop(columns="aic")


def _ranked(voltage: ArrayLike, current: ArrayLike, thickness: float | None, temperature: float) -> list[dict]:
    v, i = np.abs(np.asarray(voltage, float)), np.abs(np.asarray(current, float))
    use = (v > 0) & (i > 0) & np.isfinite(v) & np.isfinite(i)
    v, log_i = v[use], np.log(i[use])
    if v.size < 5 or np.ptp(v) == 0:
        raise PinchedError(f"A conduction law needs at least five points of one branch; {v.size} are usable.")
    rows = [_row(law, v, log_i, thickness, temperature) for law in LAWS]
    return sorted(rows, key=lambda row: (not row["possible"], row["aic"]))


def _row(law: Law, v: np.ndarray, log_i: np.ndarray, thickness: float | None, temperature: float) -> dict:
    x, y = law.x(v), log_i - law.y(v)  # type: ignore[operator]
    centred = x - x.mean()
    slope = float(centred @ y / (centred @ centred)) if law.free else 1.0
    rest = y - y.mean() - slope * centred
    rss = float(rest @ rest)
    fitted = 2 if law.free else 1
    error = np.sqrt(rss / max(v.size - 2, 1) / (centred @ centred)) if law.free else 0.0
    epsilon = _permittivity(law.name, slope, thickness, temperature)
    possible = {"Fowler-Nordheim": slope < 0, "ohmic": True, "power law": slope > 0}.get(law.name, slope > 0)
    return {
        "law": law.name,
        "coordinates": law.coordinates,
        "slope": slope,
        "slope_error": float(error),
        "residual": float(np.sqrt(rss / v.size)),
        "aic": v.size * np.log(max(rss / v.size, 1e-24)) + 2 * fitted,
        "epsilon_r": epsilon,
        "possible": bool(possible and not epsilon < 1),
    }


def _permittivity(law: str, slope: float, thickness: float | None, temperature: float) -> float:
    """Relative permittivity behind a slope β/(kT√d) on √V: β = √(e/4πε) (Schottky) or twice that (Poole-Frenkel)."""
    if law not in ("Schottky", "Poole-Frenkel") or not thickness or slope <= 0:
        return np.nan
    beta = slope * K_B_EV * temperature * np.sqrt(thickness)  # eV (V/m)^-1/2
    if law == "Poole-Frenkel":
        beta /= 2
    return float(E_CHARGE / (4 * np.pi * EPSILON_0 * beta**2))


def conduction(ds: xr.Dataset, thickness: float | None = None, temperature: float | None = None) -> "pd.DataFrame":
    """The best law and the log-log slopes of every branch of every loop.

    Args:
        ds: a Dataset with sweeps.
        thickness: m; None reads `thickness` (m) from attrs["meta"].
        temperature: K; None takes that of each loop, 25 °C where none was recorded.

    Returns:
        One row per branch: device, record, cycle, sign (+1, -1), way ("out", "back"), state ("LRS", "HRS" or ""), law
        (best), residual (RMS of ln I), runner_up, runner_up_residual, epsilon_r (of the best law), slope (log-log,
        whole branch), slope_low and slope_high (its lower and upper third in log V), v_low, v_high (V), n.

    Raises:
        PinchedError: where `ds` breaks the schema.
    """
    import pandas as pd

    from pinched.characterize.switching import switching

    thickness = thickness if thickness is not None else _thickness(ds)
    found = []
    samples = long(ds, "sweep", "forming")
    if samples.empty or not {"voltage", "current"} <= set(samples):
        return pd.DataFrame(found)
    for key, part in samples.groupby(LOOP, sort=False):
        v, i, t, flag = (part[k].to_numpy() for k in ("voltage", "current", "time", "flag"))
        kelvin = kelvins(part.get("temperature", ()))[1] if temperature is None else temperature
        for e in excursions(v, i, t, flag, noise_floor(i[flag == 0])):
            event = switching(e)
            for way, branch in (("out", e.out), ("back", e.back)):
                x, y = branch.clean
                if way == "out" and np.isfinite(event.v):  # after the event it is another state
                    x, y = x[x < abs(event.v)], y[x < abs(event.v)]
                if x.size < 8 or x[-1] < 2 * x[0]:
                    continue
                state = "" if event.sense == 0 else ("HRS" if (way == "out") == (event.sense > 0) else "LRS")
                best, second, *others = _ranked(x, 10.0**y, thickness, kelvin)
                if best["law"] == "power law" and abs(best["slope"] - 1) < OHMIC:
                    best = next(row for row in (second, *others) if row["law"] == "ohmic")
                found.append({
                    **dict(zip(LOOP, key, strict=True)), "sign": e.sign, "way": way, "state": state, "law": best["law"],
                    "residual": best["residual"], "runner_up": second["law"], "runner_up_residual": second["residual"],
                    "epsilon_r": best["epsilon_r"], **_slopes(x, y), "v_low": x[0], "v_high": x[-1], "n": x.size,
                })  # fmt: skip
    return pd.DataFrame(found)


def _slopes(v: np.ndarray, log_i: np.ndarray) -> dict[str, float]:
    """Log-log slope of the whole branch and of its lower and upper third in log V."""
    x = np.log10(v)
    edges = np.linspace(x[0], x[-1], 4)

    def slope(inside: np.ndarray) -> float:
        return float(np.polyfit(x[inside], log_i[inside], 1)[0]) if inside.sum() >= 3 and np.ptp(x[inside]) else np.nan

    return {
        "slope": slope(np.ones(x.size, bool)),
        "slope_low": slope(x <= edges[1]),
        "slope_high": slope(x >= edges[2]),
    }


def _thickness(ds: xr.Dataset) -> float | None:
    """Of the film, m, where the sample's description states it."""
    import json

    from pinched.experiments.loaders.units import quantity

    stated = json.loads(ds.attrs.get("meta", "{}")).get("thickness")
    return None if stated is None else quantity(stated, "m", "thickness")
