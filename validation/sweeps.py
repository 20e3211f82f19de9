"""Published sweeps, simulated: `python validation/sweeps.py` prints each figure beside its published value.

The published values come from an independent adaptive integration of the same sets (VTEAM: Kvatinsky 2015;
Yakopcic 2011; Stanford RRAM v1.0.0). V_set and V_reset are where the state first passes the stated point.
"""

from collections.abc import Iterator

import numpy as np

from pinched.devices import VTEAM, Environment, StanfordGap, Yakopcic
from pinched.experiments import protocols
from pinched.experiments.engine import run


def crossing(ds, level: float, rising: bool, after: float = 0.0) -> float:
    """Voltage at which the state first passes `level` after the time `after`, between samples linearly."""
    x, v, late = ds["state_x"].values, ds["voltage"].values, ds["time"].values[1:] > after
    passed = (x[:-1] < level) & (x[1:] >= level) if rising else (x[:-1] > level) & (x[1:] <= level)
    k = int(np.flatnonzero(passed & late)[0])
    return float(v[k] + (v[k + 1] - v[k]) * (level - x[k]) / (x[k + 1] - x[k]))


def on_off(device, v: float, lrs: float, hrs: float) -> float:
    """Ratio of the currents at `v` in two states."""
    i = [np.asarray(device.current(v, {"x": x}, Environment())) for x in (lrs, hrs)]
    return float(i[0] / i[1])


def rows() -> Iterator[tuple[str, str, float, float]]:
    """(parameter set, figure, simulated, published)."""
    vteam = VTEAM()
    ds = run(vteam, protocols.sine(1.0, 1e5, 2, points=20_000))
    x = ds["state_x"].values
    yield "vteam_default", "V_set, V", crossing(ds, 0.5, rising=False, after=1e-5), -0.241
    yield "vteam_default", "V_reset, V", crossing(ds, 0.5, rising=True, after=1e-5), 0.292
    yield "vteam_default", "on/off", on_off(vteam, 0.1, x.min(), x.max()), 20.0

    yakopcic = Yakopcic()
    ds = run(yakopcic, protocols.sine(0.45, 100.0, 5, points=4000))
    late = ds.isel(sample=ds["time"].values > 0.04)
    x, v, moves = late["state_x"].values, late["voltage"].values, np.diff(late["state_x"].values)
    rising, falling = (
        np.flatnonzero((moves > 1e-5) & (np.diff(v) > 0)),
        np.flatnonzero((moves < -1e-5) & (np.diff(v) < 0)),
    )
    yield "yakopcic_default", "threshold up, V", float(v[rising[0]]), 0.16
    yield "yakopcic_default", "threshold down, V", float(v[falling[0]]), -0.15
    yield "yakopcic_default", "on/off", on_off(yakopcic, 0.1, x.max(), x.min()), 10.4

    stanford = StanfordGap(x0=1.0)
    ds = run(stanford, protocols.sweep(3.0, -3.0, points=3000), Environment(temperature=298.0))
    x = ds["state_x"].values
    yield "stanford_rram_v1", "V_set, V", crossing(ds, 0.5, rising=False), 1.392
    yield "stanford_rram_v1", "V_reset (first step), V", crossing(ds, 1e-3, rising=True), -1.054
    yield "stanford_rram_v1", "V_reset (mid-gap), V", crossing(ds, 0.5, rising=True), -1.098
    yield "stanford_rram_v1", "on/off", on_off(stanford, 0.1, x.min(), x.max()), 403.0


def main() -> None:
    """Print the table."""
    for name, figure, got, published in rows():
        print(f"{name:20s} {figure:26s} {got:10.4g} {published:10.4g} {100 * (got / published - 1):+7.2f} %")


if __name__ == "__main__":
    main()
