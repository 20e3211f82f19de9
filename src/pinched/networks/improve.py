"""The same device with one property improved: what `sensitivity` asks, and what the ideal reference is."""

import dataclasses
import functools
from typing import Any

import numpy as np

from pinched.arrays.analog.mapping import Mapping
from pinched.core import PinchedError
from pinched.devices import ExponentialResponse, PulseResponse, SoftBoundsResponse, TableResponse

FIELDS = {  # properties of a Mapping, and the fields that hold them
    "programming error": ("sigma_program",),
    "device spread": ("sigma_device",),
    "levels": ("levels",),
    "on/off ratio": ("g_min",),
    "stuck cells": ("stuck_on", "stuck_off"),
    "read noise": ("sigma_read",),
    "wire resistance": ("r_wire",),
    "ADC bits": ("adc_bits",),
    "DAC bits": ("dac_bits",),
}
PULSES = 1000  # pulses over the range that count as many enough; the ideal device of Gokmen & Vlasov (2016) has 1200
STEEP = np.asarray(20.0)  # curvature at which the exponential response is that of soft bounds


@dataclasses.dataclass(frozen=True)
class Improvement:
    """One property, how it is and how it would be; `changes` are the fields to replace, none where it is ideal."""

    present: str
    improved: str
    changes: dict


def improvements(source) -> dict[str, Improvement]:
    """Property -> Improvement for a Mapping or PulseResponse.

    On/off ratio is no property of training in situ: what both devices of a pair conduct in common cancels exactly.
    More levels come with proportionally less noise variance a pulse, so that a full sweep is as noisy as before.

    Raises:
        PinchedError: for anything else.
    """
    return _of(prepared(source))


def prepared(source):
    """`source` in the form in which its properties can be improved apart from each other.

    Soft bounds become the exponential response whose curve they are the start of (to e^-20), which can be straightened.
    """
    if not isinstance(source, SoftBoundsResponse):
        return source
    pace = [-np.log1p(-step) for step in (source.step_up, source.step_down)]
    shared = {f.name: getattr(source, f.name) for f in dataclasses.fields(PulseResponse)}
    return ExponentialResponse(
        n_up=STEEP / pace[0], n_down=STEEP / pace[1], curvature_up=STEEP, curvature_down=STEEP, **shared
    )


def perfect(source: Any) -> Any:
    """`source` with every property improved at once; the same class, so that nothing is compiled anew."""
    if isinstance(source, Mapping):
        return Mapping(g_max=source.g_max, read_voltage=source.read_voltage)
    source = prepared(source)
    for name in improvements(source):
        source = source.replace(**improvements(source)[name].changes)
    return source


@functools.singledispatch
def _of(source) -> dict[str, Improvement]:
    raise PinchedError(f"Nothing is known to improve of a {type(source).__name__}: give a Mapping or a PulseResponse.")


@_of.register
def _(m: Mapping):
    ideal = Mapping()
    table = {}
    for name, group in FIELDS.items():
        now, then = ([getattr(x, field) for field in group] for x in (m, ideal))
        changes = {} if all(map(np.array_equal, now, then)) else dict(zip(group, then, strict=True))
        words = (_ratio(m.g_max, m.g_min), "infinite") if name == "on/off ratio" else (_words(now), _words(then))
        table[name] = Improvement(*words, changes)
    return table


def _common(r: PulseResponse):
    spread = {name: 0.0 for name in ("sigma_d2d", "sigma_g_min", "sigma_g_max") if np.any(getattr(r, name))}
    strongest = max(float(r.sigma_d2d), float(r.sigma_g_min), float(r.sigma_g_max))
    return {"device-to-device spread": Improvement(f"{strongest:.3g}", "0", spread)}


def _cycle(now, changes):
    return {"cycle-to-cycle spread": Improvement(f"{now:.3g}", "0", changes if now else {})}


@_of.register
def _(r: ExponentialResponse):
    bent = bool(r.curvature_up or r.curvature_down)
    uneven = bool(r.curvature_up != r.curvature_down or r.n_up != r.n_down)
    mirror, n = (r.curvature_up + r.curvature_down) / 2, 2 / (1 / r.n_up + 1 / r.n_down)
    more = max(1.0, PULSES / float(n))
    straight = {"curvature_up": 0.0, "curvature_down": 0.0}
    if max(r.curvature_up, r.curvature_down) >= STEEP:  # soft bounds: keep the mean step, as their range has no end
        straight |= {"n_up": 2 * r.n_up / STEEP, "n_down": 2 * r.n_down / STEEP}
    levels = {"n_up": r.n_up * more, "n_down": r.n_down * more, "sigma_c2c": r.sigma_c2c / np.sqrt(more)}
    return {
        **_cycle(float(r.sigma_c2c), {"sigma_c2c": 0.0}),
        **_common(r),
        "nonlinearity": Improvement(
            f"P/A {r.curvature_up:.3g} up, {r.curvature_down:.3g} down", "linear", straight if bent else {}
        ),
        "asymmetry": Improvement(
            f"{r.n_up:.3g} pulses up, {r.n_down:.3g} down",
            "mirrored",
            {"curvature_up": mirror, "curvature_down": mirror, "n_up": n, "n_down": n} if uneven else {},
        ),
        "levels": Improvement(f"{n:.3g} pulses", f"{n * more:.3g} pulses", levels if more > 1 else {}),
    }


@_of.register
def _(r: TableResponse):
    up, down = np.maximum(r.up, 0), np.maximum(r.down, 0)
    mirror = (up + down[::-1]) / 2
    pulses = 2 / float(up.mean() + down.mean())
    more = max(1.0, PULSES / pulses)
    noise = float(np.sqrt(np.mean([r.up_std**2, r.down_std**2])))
    calm = {"up_std": 0 * r.up_std, "down_std": 0 * r.down_std}
    finer = {"up": r.up / more, "down": r.down / more} | {name: getattr(r, name) / np.sqrt(more) for name in calm}
    straight = {"up": np.full_like(up, up.mean()), "down": np.full_like(down, down.mean())}
    uneven = not np.allclose(up, down[::-1])
    return {
        **_cycle(noise, calm),
        **_common(r),
        "nonlinearity": Improvement(
            f"steps vary {np.std(up) / up.mean():.2g} up, {np.std(down) / down.mean():.2g} down",
            "even steps",
            straight if np.ptp(up) or np.ptp(down) else {},
        ),
        "asymmetry": Improvement(
            f"mean step {up.mean():.3g} up, {down.mean():.3g} down",
            "mirrored",
            {"up": mirror, "down": mirror[::-1]} if uneven else {},
        ),
        "levels": Improvement(f"{pulses:.3g} pulses", f"{pulses * more:.3g} pulses", finer if more > 1 else {}),
    }


def _words(values) -> str:
    return " / ".join(f"{float(np.mean(v)):.3g}" if np.all(np.isfinite(v)) else "ideal" for v in values)


def _ratio(on, off) -> str:
    return f"{float(on / off):.3g}" if off > 0 else "infinite"
