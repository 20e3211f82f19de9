"""The pulse response behind a measurement, or of a device: the bridge from physics to training."""

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pinched.characterize.predict import LARGEST, predicted_trains
from pinched.characterize.pulses import Curve, curve, main_protocol, noise, trains
from pinched.core import PinchedError, verb
from pinched.devices import Device, ExponentialResponse, PulseResponse, SoftBoundsResponse, TableResponse

if TYPE_CHECKING:
    import pandas as pd

STATES = 16  # nodes of a table of steps
CLOSE = 0.001  # of the range: how near its asymptote an exponential response is followed
OVERLAP = 0.5  # of the range of both trains, below which only what both reach counts
ABRUPT = 0.5  # of the range in the largest single step beyond which a device is called two-level


@dataclasses.dataclass(frozen=True)
class Extraction:
    """A pulse response and the evidence for it.

    Attributes:
        response: the best of the candidates.
        predicted: True where a compact model was pulsed, False where pulses were measured.
        ranking: one row per candidate, best first: model, residual (RMS over the mean trains, part of the range), aic.
        candidates: name -> response, for the rows of `ranking`.
        trains: the reads it rests on, as `pulses.trains` gives them.
        two_level: whether one pulse covers at least half of the range, so that nothing in between can be addressed.
        note: in words, for a reader.
    """

    response: PulseResponse
    predicted: bool
    ranking: "pd.DataFrame"
    candidates: dict[str, PulseResponse]
    trains: "pd.DataFrame"
    two_level: bool
    note: str

    def curves(self, points: int | None = None) -> "pd.DataFrame":
        """The noise-free response over the pulses of the mean trains: direction, pulse, conductance_S."""
        import pandas as pd

        found = []
        for direction, c in _curves(self.trains).items():
            pulse = np.arange((points or c.pulses) + 1)
            found.append(
                pd.DataFrame({
                    "direction": direction,
                    "pulse": pulse,
                    "conductance_S": _follow(self.response, c.start, pulse if direction == "up" else -pulse),
                })
            )  # fmt: skip
        return pd.concat(found, ignore_index=True)


@verb
def extract(
    source: xr.Dataset | Device,
    *,
    mirror: bool = False,
    pulses: int = 64,
    width: float | None = None,
    largest: tuple[float, float] = LARGEST,
    read_voltage: float = 0.1,
    seed: int = 0,
) -> Extraction:
    """The pulse response of a measurement or a device, with its evidence.

    Args:
        source: a Dataset with pulse trains, or a Device, which is then pulsed in the virtual lab.
        mirror: take a direction that was not measured for the mirror image of the other; otherwise that is an error.
        pulses, width, largest, read_voltage, seed: of the virtual experiment on a Device; see `predicted_trains`.

    Returns:
        The candidates ExponentialResponse (NeuroSim), SoftBoundsResponse and TableResponse, fitted to the mean trains
        and ranked by Akaike information, the best one in `response`.

    Raises:
        PinchedError: where no train of either direction, or only one direction without `mirror`, was measured, or
            where no amplitude moves the device.
    """
    if isinstance(source, Device):
        table, note = predicted_trains(
            source, pulses=pulses, width=width, largest=largest, read_voltage=read_voltage, seed=seed
        )
        return _fit(table, predicted=True, note=note)
    table = trains(source)
    table, which = main_protocol(table) if len(table) else (table, "")
    have = set(_curves(table)) if len(table) else set()
    if not have:
        raise PinchedError(
            "No pulse response here: the Dataset holds no pulse train of five reads that changes anything."
        )
    note = f"fitted to the measured trains ({which})" if which else "fitted to the measured trains"
    if len(have) == 1:
        if not mirror:
            known, lacking = ("potentiation", "depression") if have == {"up"} else ("depression", "potentiation")
            raise PinchedError(
                f"Only {known} was measured: measure {lacking} too, or pass mirror=True to assume its mirror image."
            )
        table, note = _mirrored(table), "one direction measured, the other assumed to be its mirror image"
    return _fit(table, predicted=source.attrs.get("origin") == "simulated", note=note)


@verb
def pulse_response(source: xr.Dataset | Device, **options) -> PulseResponse:
    """The best pulse response of a measurement or a device; options and errors as `extract`, which knows why."""
    return extract(source, **options).response


def _curves(table: "pd.DataFrame") -> dict[str, Curve]:
    return {
        d: c for d in ("up", "down") if (table["direction"] == d).any() and (c := curve(table[table["direction"] == d]))
    }


def _mirrored(table: "pd.DataFrame") -> "pd.DataFrame":
    """With each train again, upside down."""
    import pandas as pd

    g = table["conductance_S"]
    other = table.assign(
        conductance_S=g.min() + g.max() - g,
        direction=np.where(table["direction"] == "up", "down", "up"),
        train=table["train"] + table["train"].max() + 1,
        pulse_voltage=np.nan,
    )
    return pd.concat([table, other], ignore_index=True)


def _fit(table: "pd.DataFrame", *, predicted: bool, note: str) -> Extraction:
    """Fit, rank and judge the candidates."""
    import pandas as pd

    found = _curves(table)
    if len(found) < 2:
        raise PinchedError("No pulse response here: the trains change nothing in one of the two directions.")
    up, down = found["up"], found["down"]
    low, high = min(up.start, down.end), max(up.end, down.start)
    inner = max(up.start, down.end), min(up.end, down.start)
    if 0 < inner[1] - inner[0] < OVERLAP * (high - low):  # one train began where the other never comes back to
        low, high = inner
    common = _common(table, found, low, high)
    span = high - low
    largest = max(float(np.abs(np.diff(np.clip(c.fitted(), low, high))).max()) for c in (up, down)) / span
    if largest >= ABRUPT:
        seen = {"g_min": min(up.g.min(), down.g.min()), "g_max": max(up.g.max(), down.g.max())}
        candidates: dict[str, PulseResponse] = {
            "two levels": ExponentialResponse(n_up=1.0, n_down=1.0, **(common | seen))
        }
        note += (
            f"; one pulse covers {100 * largest:.0f} % of the range: two levels, nothing in between can be addressed"
        )
    else:
        candidates = {"exponential": _exponential(up, down, common)}
        if measured := _table(table, up, down, common):
            candidates["table"] = measured
        if up.curvature > 0 and down.curvature > 0:
            candidates["soft bounds"] = _soft_bounds(up, down, common)
    rows = [_judged(name, r, found, low, high) for name, r in candidates.items()]
    ranking = pd.DataFrame(rows).sort_values("aic", ignore_index=True)
    best = candidates[str(ranking["model"].iloc[0])]
    return Extraction(best, predicted, ranking, candidates, table, largest >= ABRUPT, note)


def _common(table: "pd.DataFrame", found: dict[str, Curve], low: float, high: float) -> dict:
    """The fields every response has: range, spreads, and the pulses that were used."""
    span = high - low
    walk = [noise(table[table["direction"] == d])[0] for d in found]
    fields: dict = {
        "g_min": low,
        "g_max": high,
        "sigma_c2c": float(np.nan_to_num(np.sqrt(np.nanmean(np.square(walk))))) / span,
    }
    for d in found:
        part = table[table["direction"] == d]
        for column, name in (("pulse_voltage", "v"), ("pulse_width", "width")):
            if part[column].notna().any():
                fields[f"{name}_{d}"] = float(part[column].median())
    each = [c for _, part in table.groupby("device", sort=False) if len(c := _curves(part)) == 2]
    if len(each) >= 3:
        ends = np.array([(min(c.start, c.end), max(c.start, c.end)) for pair in each for c in pair.values()])
        lows, highs = ends[:, 0].reshape(-1, 2).min(1), ends[:, 1].reshape(-1, 2).max(1)
        half = np.array([[1 / max(c.to_saturation(0.5), 1) for c in pair.values()] for pair in each])
        fields |= {
            "sigma_d2d": float(np.mean(half.std(0, ddof=1) / half.mean(0))),
            "sigma_g_min": float(lows.std(ddof=1)) / span,
            "sigma_g_max": float(highs.std(ddof=1)) / span,
        }
    return fields


def _exponential(up: Curve, down: Curve, common: dict) -> ExponentialResponse:
    """The two fitted curves, each followed over the common range."""
    n_up, c_up = _over(up, common["g_min"], common["g_max"])
    n_down, c_down = _over(down, common["g_max"], common["g_min"])
    return ExponentialResponse(n_up=n_up, n_down=n_down, curvature_up=c_up, curvature_down=c_down, **common)


def _over(c: Curve, first: float, last: float) -> tuple[float, float]:
    """(pulses, curvature) of the curve from `first` to `last` (S), along its own rate law dg/dp = step(g)."""
    rate = c.curvature / c.pulses
    if abs(c.curvature) < 1e-6:
        return c.pulses * (last - first) / (c.end - c.start), 0.0
    limit = c.start + (c.end - c.start) / -np.expm1(-c.curvature)  # where the steps vanish
    span = abs(last - first)
    far, near = (max((limit - x) * np.sign(rate) * np.sign(last - first), CLOSE * span) for x in (first, last))
    pulses = np.log(far / near) / rate
    return float(pulses), float(rate * pulses)


def _soft_bounds(up: Curve, down: Curve, common: dict) -> SoftBoundsResponse:
    """The same rates towards the asymptotes themselves."""
    bounds = {"g_max": up.start + (up.end - up.start) / -np.expm1(-up.curvature)}
    bounds["g_min"] = max(down.start + (down.end - down.start) / -np.expm1(-down.curvature), 0.0)
    share = (common["g_max"] - common["g_min"]) / (bounds["g_max"] - bounds["g_min"])
    spreads = {k: common[k] * share for k in ("sigma_c2c", "sigma_g_min", "sigma_g_max") if k in common}
    steps = {f"step_{d}": -np.expm1(-c.curvature / c.pulses) for d, c in (("up", up), ("down", down))}
    return SoftBoundsResponse(**(common | spreads | bounds | steps))


def _table(table: "pd.DataFrame", up: Curve, down: Curve, common: dict) -> TableResponse | None:
    """Steps of the smoothed mean trains, which read noise does not bend; None with too few of them in the range."""
    from scipy.signal import savgol_filter

    low, high = common["g_min"], common["g_max"]
    start, step, rises = [], [], []
    for c in (up, down):
        window = max(min(c.g.size // 8, 15) // 2 * 2 + 1, 3)
        noisy = c.residual * abs(c.end - c.start) > 0.01 * (high - low)
        smooth = np.asarray(savgol_filter(c.g, window, 2) if noisy and window >= 5 else c.g)
        inside = (smooth[:-1] >= low) & (smooth[:-1] <= high)
        start.append(smooth[:-1][inside])
        step.append(np.diff(smooth)[inside])
        rises.append(np.full(inside.sum(), c.rises))
    if min(map(len, step)) < 4:
        return None
    response = TableResponse.from_steps(
        np.concatenate(start), np.concatenate(step), np.concatenate(rises), bins=STATES, **common
    )
    flat = np.full(STATES, common["sigma_c2c"])
    return response.replace(
        up_std=flat * _profile(table, "up", low, high), down_std=flat * _profile(table, "down", low, high)
    )


def _profile(table: "pd.DataFrame", direction: str, low: float, high: float) -> np.ndarray:
    """How the roughness of the trains varies along the range, one on average, at the nodes of the table."""
    states, rough = [], []
    for _, t in table[table["direction"] == direction].groupby(["device", "train"], sort=False):
        g = t["conductance_S"].to_numpy()
        states.append((g[1:-1] - low) / (high - low))
        rough.append(np.diff(g, 2) ** 2)
    state, square = np.concatenate(states), np.concatenate(rough)
    inside = (state >= 0) & (state <= 1)
    at, square = np.rint(state[inside] * (STATES - 1)).astype(int), square[inside]
    if not np.any(square):
        return np.ones(STATES)
    square = np.minimum(square, np.quantile(square, 0.95))
    if not np.any(square):
        return np.ones(STATES)
    count = np.bincount(at, minlength=STATES)
    mean = np.bincount(at, square, STATES)[count > 0] / count[count > 0]
    return np.sqrt(np.interp(np.arange(STATES), np.flatnonzero(count > 0), mean) / square.mean())


def _judged(name: str, response: PulseResponse, found: dict[str, Curve], low: float, high: float) -> dict:
    """Residual of the mean trains, from where they enter the common range, under the response started there."""
    start, pulses, read = [], [], []
    for d, c in found.items():
        fitted = c.fitted()
        first = int(np.argmax((fitted >= low - 1e-3 * (high - low)) & (fitted <= high + 1e-3 * (high - low))))
        count = c.g.size - first
        start.append(np.full(count, np.clip(fitted[first], low, high)))
        pulses.append(np.arange(count) * (1 if d == "up" else -1))
        read.append(c.g[first:])
    after = _follow(response, np.concatenate(start), np.concatenate(pulses))
    error = (after - np.concatenate(read)) / (high - low)
    free = {"soft bounds": 4, "exponential": 6, "two levels": 2}.get(name, 2 * STATES + 2)
    rss = max(float(error @ error), 1e-20)
    return {
        "model": name,
        "residual": float(np.sqrt(rss / error.size)),
        "aic": error.size * np.log(rss / error.size) + 2 * free,
    }


def _follow(response: PulseResponse, g: np.ndarray | float, pulses: np.ndarray) -> np.ndarray:
    """Conductance after signed numbers of pulses from `g` (S), without noise."""
    import equinox as eqx

    return np.asarray(eqx.filter_jit(type(response).step)(response, np.broadcast_to(g, pulses.shape), pulses))
