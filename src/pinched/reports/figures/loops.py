"""I–V loops, alone and under the fitted model."""

from collections.abc import Hashable, Iterator

import numpy as np
import pandas as pd
import xarray as xr

from pinched.core import Flag
from pinched.reports.figures.style import BLUE, GREY, RED, Plot, canvas, log_axis, si_axis, style

MANY = 8000  # samples beyond which faded cycles are drawn as pixels, to keep the page light
SHOWN = 12  # cycles in the interactive figure


def traces(ds: xr.Dataset, kinds: tuple[str, ...] = ("sweep", "forming")) -> Iterator[tuple[Hashable, np.ndarray]]:
    """((device, record, cycle), sample indices in time order) of every loop of `ds`."""
    chosen = np.flatnonzero(np.isin(ds["kind"].values.astype(str), kinds))
    if not chosen.size:
        return
    frame = pd.DataFrame({k: ds[k].values[chosen] for k in ("device", "record", "cycle")})
    for key, rows in frame.groupby(["device", "record", "cycle"], sort=False).indices.items():
        yield key, chosen[rows]


def _volts_amps(ds: xr.Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    flag = ds["flag"].values if "flag" in ds else np.zeros(ds.sizes["sample"], int)
    overflow = (flag & int(Flag.OVERFLOW)) != 0
    return ds["voltage"].values, np.where(overflow, np.nan, ds["current"].values), flag


def _middle(current: np.ndarray, loops: list[np.ndarray]) -> int:
    """Position of the loop whose mean log |I| is the median one: a real cycle, not an average that no device ran."""
    with np.errstate(divide="ignore"):
        log = np.log(np.abs(current))
    finite = [log[rows][np.isfinite(log[rows])] for rows in loops]
    level = np.array([part.mean() if part.size else np.inf for part in finite])
    known = np.count_nonzero(np.isfinite(level))
    return int(np.argsort(level)[known // 2]) if known else 0


def _draw(axes, voltage, shown, flag, loops, middle, absolute, origin) -> None:
    from matplotlib.collections import LineCollection

    y = np.abs(shown) if absolute else shown
    if absolute:
        y = np.where(y > 0, y, np.nan)
    lines = [np.column_stack([voltage[rows], y[rows]]) for rows in loops]
    fade = float(np.clip(2.5 / np.sqrt(len(lines)), 0.12, 0.6))
    raster = sum(map(len, lines)) > MANY
    axes.add_collection(LineCollection(lines, colors=BLUE, alpha=fade, linewidths=0.6, rasterized=raster))
    axes.plot(
        voltage[loops[middle]],
        y[loops[middle]],
        color=BLUE,
        lw=1.5,
        label="median cycle" if len(loops) > 1 else origin,
    )
    rows = np.concatenate(loops)
    bad = rows[flag[rows] != 0]
    if bad.size:
        axes.plot(
            voltage[bad],
            y[bad],
            ".",
            ms=2.2,
            color=GREY,
            alpha=0.6,
            label="flagged",
            rasterized=bad.size > 500,
            zorder=2,
        )
    axes.autoscale_view()


def loops(ds: xr.Dataset) -> Plot | None:
    """Every recorded loop, linear and logarithmic; None without loops."""
    found = dict(traces(ds))
    if not found or "voltage" not in ds or "current" not in ds:
        return None
    voltage, current, flag = _volts_amps(ds)
    lines = list(found.values())
    middle = _middle(current, lines)
    with style():
        figure, (left, right) = canvas(2, height=3.1)
        for axes, absolute in ((left, False), (right, True)):
            _draw(axes, voltage, current, flag, lines, middle, absolute, ds.attrs.get("origin", "measured"))
            axes.set_xlabel("Voltage (V)")
        left.axhline(0, color=GREY, lw=0.5)
        left.axvline(0, color=GREY, lw=0.5)
        si_axis(left, "y", "A", "Current")
        right.set_ylim(bottom=_least(current))
        log_axis(right, "y", "|Current| (A)")
        left.legend(loc="best")
    rows = np.concatenate(lines)
    table = _table(ds, rows, {"voltage_V": voltage, "current_A": current, "flag": flag})
    note = f"{len(lines)} cycle{'s' * (len(lines) > 1)}"
    return Plot(
        "loops",
        "Current–voltage loops",
        f"{note}; thick: the cycle of median mean log current; grey: flagged (compliance, range, noise floor).",
        f"Current against voltage of {note}, once on a linear and once on a logarithmic current axis.",
        figure,
        table,
    )


def _table(ds: xr.Dataset, rows: np.ndarray, columns: dict[str, np.ndarray]) -> pd.DataFrame:
    return pd.DataFrame(
        {k: ds[k].values[rows] for k in ("device", "record", "cycle")} | {k: v[rows] for k, v in columns.items()}
    )


def overlay(ds: xr.Dataset, simulated: xr.Dataset, model: str) -> Plot | None:
    """Measured loops under the loops of the fitted model, linear and logarithmic; None without loops."""
    measured, modelled = dict(traces(ds)), dict(traces(simulated))
    if not measured or not modelled:
        return None
    voltage, current, flag = _volts_amps(ds)
    v_fit, i_fit, _ = _volts_amps(simulated)
    lines, fits = list(measured.values()), list(modelled.values())
    middle = _middle(current, lines)
    key = list(measured)[middle]
    twin = modelled[key] if key in modelled else fits[_middle(i_fit, fits)]
    shown = np.where(np.abs(i_fit) >= _least(current), i_fit, np.nan)  # a log axis has no room for the zero of a model
    with style():
        figure, (left, right) = canvas(2, height=3.1)
        for axes, absolute in ((left, False), (right, True)):
            _draw(axes, voltage, current, flag, lines, middle, absolute, ds.attrs.get("origin", "measured"))
            y = np.abs(shown[twin]) if absolute else i_fit[twin]
            axes.plot(v_fit[twin], y, "--", color=RED, lw=1.5, label=f"{model} (fitted)")
            axes.set_xlabel("Voltage (V)")
        si_axis(left, "y", "A", "Current")
        right.set_ylim(bottom=_least(current))
        log_axis(right, "y", "|Current| (A)")
        left.legend(loc="best")
    table = pd.concat([
        _table(ds, np.concatenate(lines), {"voltage_V": voltage, "current_A": current}).assign(source="measured"),
        _table(simulated, np.concatenate(fits), {"voltage_V": v_fit, "current_A": i_fit}).assign(source="model"),
    ])  # fmt: skip
    return Plot(
        "fit", "Measured loops and the fitted model",
        f"Blue: measured cycles, the median one thick. Red, dashed: the {model} model through the median cycle.",
        f"Measured current–voltage loops with the loop of the fitted {model} model drawn over them.",
        figure, table, _interactive(voltage, current, lines, middle, v_fit[twin], i_fit[twin], shown[twin], model),
    )  # fmt: skip


def _least(current: np.ndarray) -> float:
    """The smallest measured |I| worth room on a logarithmic axis, A."""
    size = np.abs(current[np.isfinite(current) & (current != 0)])
    return float(np.quantile(size, 0.01) / 3) if size.size else 0.0


def residual(ds: xr.Dataset, simulated: xr.Dataset, model: str) -> Plot | None:
    """Model over measurement, in decades, at every unflagged sample; None where they do not share samples."""
    measured, modelled = dict(traces(ds)), dict(traces(simulated))
    pairs = [(measured[k], rows) for k, rows in modelled.items() if k in measured and len(measured[k]) == len(rows)]
    if not pairs:
        return None
    voltage, current, flag = _volts_amps(ds)
    rows, fits = (np.concatenate(side) for side in zip(*pairs, strict=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        decades = np.log10(np.abs(simulated["current"].values[fits]) / np.abs(current[rows]))
    keep = (flag[rows] == 0) & np.isfinite(decades) & (np.abs(current[rows]) >= _least(current))
    if not keep.any():
        return None
    v, d = voltage[rows][keep], decades[keep]
    limit = float(np.clip(np.percentile(np.abs(d), 99) * 1.2, 0.1, 6))
    with style():
        figure, (axes,) = canvas(width=5.2, height=2.3)
        axes.plot(v, d, ".", ms=1.8, color=RED, alpha=0.35, rasterized=d.size > 500)
        axes.axhline(0, color=GREY, lw=0.8)
        axes.set(ylim=(-limit, limit), xlabel="Voltage (V)", ylabel="log₁₀(model / measured)")
    return Plot(
        "residual", "Residual along the voltage",
        "Every unflagged sample; 0.3 is a factor of two. What bends away from zero is physics the model lacks.",
        f"Scatter of the logarithm of modelled over measured current against voltage, for the {model} model.",
        figure, pd.DataFrame({"voltage_V": v, "log10_model_over_measured": d}),
    )  # fmt: skip


def _interactive(voltage, current, lines, middle, v_fit, i_fit, i_log, model) -> dict:
    keep = sorted({*np.linspace(0, len(lines) - 1, min(SHOWN, len(lines))).round().astype(int).tolist(), middle})
    data, absolute = [], []
    for k in keep:
        line = {"color": BLUE, "width": 2.2 if k == middle else 0.8}
        name = f"cycle {k + 1}" + (" (median)" if k == middle else "")
        trace = _line(voltage[lines[k]], current[lines[k]], name, line, 1.0 if k == middle else 0.45)
        data.append(trace | {"showlegend": k == middle})
        absolute.append(rounded(np.where(current[lines[k]] != 0, np.abs(current[lines[k]]), np.nan)))
    data.append(_line(v_fit, i_fit, f"{model} (fitted)", {"color": RED, "width": 2.2, "dash": "dash"}, 1.0))
    absolute.append(rounded(np.abs(i_log)))

    decades = [round(float(np.log10(x)), 2) for x in (_least(current) or 1e-15, np.nanmax(np.abs(current)) * 2)]
    log = {"yaxis.type": "log", "yaxis.title.text": "|Current| (A)", "yaxis.range": decades}
    linear = {"yaxis.type": "linear", "yaxis.title.text": "Current (A)", "yaxis.autorange": True}
    buttons = [
        {"label": "log |I|", "method": "update", "args": [{"y": absolute}, log]},
        {"label": "linear", "method": "update", "args": [{"y": [trace["y"] for trace in data]}, linear]},
    ]
    place = {"type": "buttons", "direction": "right", "x": 0, "y": 1.16, "xanchor": "left", "yanchor": "top"}
    first = [{**trace, "y": y} for trace, y in zip(data, absolute, strict=True)]
    return {"data": first, "layout": {
        "xaxis": {"title": {"text": "Voltage (V)"}},
        "yaxis": {"title": {"text": "|Current| (A)"}, "type": "log", "exponentformat": "power", "range": decades},
        "updatemenus": [place | {"buttons": buttons}],
    }}  # fmt: skip


def _line(x, y, name, line, opacity) -> dict:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": rounded(x),
        "y": rounded(y),
        "name": name,
        "line": line,
        "opacity": opacity,
    }


def rounded(values: np.ndarray) -> list[float | None]:
    """Five significant digits, None where not finite: what a JSON figure needs."""
    return [float(f"{v:.5g}") if np.isfinite(v) else None for v in np.asarray(values, float)]
