"""The same device with one property improved, by a part of the way to the ideal or all of it."""

import dataclasses
import functools
from typing import Any, cast

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
    "I-V nonlinearity": ("nonlinearity",),
    "wire resistance": ("r_wire",),
    "ADC bits": ("adc_bits",),
    "DAC bits": ("dac_bits",),
}
SMOOTH = ("programming error", "device spread", "on/off ratio", "read noise", "I-V nonlinearity")  # have a slope
PULSES = 1000  # pulses over the range that count as many enough; the ideal device of Gokmen & Vlasov (2016) has 1200
STEEP = np.asarray(20.0)  # curvature at which the exponential response is that of soft bounds
WAYS = ("up", "down")
STATES = 65  # at which the steps of a response of another law are looked at


@dataclasses.dataclass(frozen=True)
class Improvement:
    """One property, how it is and how it would be; `changes` are the fields to replace, none where it is ideal."""

    present: str
    improved: str
    changes: dict


def improvements(source, part: float = 1.0) -> dict[str, Improvement]:
    """Property -> Improvement for a Mapping or PulseResponse.

    On/off ratio is no property of training in situ: what both devices of a pair conduct in common cancels exactly.
    More levels come with proportionally less noise variance a pulse, so that a full sweep is as noisy as before.

    Args:
        source: the device, as `prepared` gives it.
        part: of the way to the ideal; of a number that should be large, it is the part by which its inverse shrinks,
            and bits become one more.

    Raises:
        PinchedError: for anything else.
    """
    if not 0 < part <= 1:
        raise PinchedError(f"A property can be improved by a part above 0 and up to 1 of the way, not {part:g}.")
    return _of(prepared(source), part)


def prepared(source):
    """`source` in the form in which its properties can be improved apart from each other.

    Soft bounds become the exponential response whose curve they are the start of (to e^-20), which can be straightened;
    a response of another law becomes the table of its steps.
    """
    if not isinstance(source, PulseResponse) or isinstance(source, (ExponentialResponse, TableResponse)):
        return source
    shared = {f.name: getattr(source, f.name) for f in dataclasses.fields(PulseResponse)}
    if isinstance(source, SoftBoundsResponse):
        pace = [-np.log1p(-step) for step in (source.step_up, source.step_down)]
        return ExponentialResponse(
            n_up=STEEP / pace[0], n_down=STEEP / pace[1], curvature_up=STEEP, curvature_down=STEEP, **shared
        )
    u, law = np.linspace(0, 1, STATES), cast(Any, source)
    steps = law.advance(u, 1.0, True) - u, law.advance(1 - u, 1.0, False) - (1 - u)
    noise = [np.broadcast_to(law.spread(way, 1.0, up), u.shape) for way, up in ((u, True), (1 - u, False))]
    return TableResponse(up=steps[0], down=steps[1], up_std=noise[0], down_std=noise[1], **shared)


def perfect(source: Any) -> Any:
    """`source` with every property improved at once; the same class, so that nothing is compiled anew."""
    return better(source, 1.0)


def better(source: Any, part: float) -> Any:
    """`source` with every property improved by `part` of the way to the ideal at once."""
    if isinstance(source, Mapping) and part == 1:
        return Mapping(g_max=source.g_max, read_voltage=source.read_voltage)
    source = prepared(source)
    for name in improvements(source, part):
        source = source.replace(**improvements(source, part)[name].changes)
    return source


def eased(m: Mapping, name: str, part):
    """Fields of a Mapping with one property improved by `part`, also a JAX number where the property is SMOOTH."""
    changes = {}
    for field in FIELDS[name]:
        now, ideal = getattr(m, field), getattr(_IDEAL, field)
        if np.isfinite(ideal):
            changes[field] = ideal.astype(now.dtype) + (now - ideal.astype(now.dtype)) * (1 - part)
        else:
            changes[field] = ideal if part == 1 else now + 1 if "bits" in field else now / (1 - part)
    return changes


_IDEAL = Mapping()


@functools.singledispatch
def _of(source, part) -> dict[str, Improvement]:
    raise PinchedError(f"Nothing is known to improve of a {type(source).__name__}: give a Mapping or a PulseResponse.")


@_of.register
def _(m: Mapping, part):
    table = {}
    for name, group in FIELDS.items():
        now, ideal = ([getattr(x, field) for field in group] for x in (m, _IDEAL))
        changes = {} if all(map(np.array_equal, now, ideal)) else eased(m, name, part)
        then = list(changes.values()) or ideal
        words = _words(now), _words(then)
        if name == "on/off ratio":
            words = _ratio(m.g_max, m.g_min), _ratio(m.g_max, then[0])
        table[name] = Improvement(*words, changes)
    return table


def _common(r: PulseResponse, part):
    names = "sigma_d2d", "sigma_g_min", "sigma_g_max", "sigma_asymmetry"
    spread = {name: getattr(r, name) * (1 - part) for name in names if np.any(getattr(r, name))}
    strongest = max(float(getattr(r, name)) for name in names)
    table = {"device-to-device spread": Improvement(f"{strongest:.3g}", f"{strongest * (1 - part):.3g}", spread)}
    for name, field in (("write noise", "sigma_write"), ("stuck devices", "stuck")):
        if now := float(np.max(getattr(r, field))):
            table[name] = Improvement(f"{now:.3g}", f"{now * (1 - part):.3g}", {field: getattr(r, field) * (1 - part)})
    if np.isfinite(now := float(np.min(r.lifetime))):
        longer = np.asarray(np.inf) if part == 1 else r.lifetime / (1 - part)
        table["retention"] = Improvement(f"{now:.3g} updates", f"{float(np.min(longer)):.3g}", {"lifetime": longer})
    return table


def _cycle(now, part, changes):
    return {"cycle-to-cycle spread": Improvement(f"{now:.3g}", f"{now * (1 - part):.3g}", changes if now else {})}


@_of.register
def _(r: ExponentialResponse, part):
    bent, left = bool(r.curvature_up or r.curvature_down), 1 - part
    uneven = bool(r.curvature_up != r.curvature_down or r.n_up != r.n_down or r.asymmetry)
    mirror, n = (r.curvature_up + r.curvature_down) / 2, 2 / (1 / r.n_up + 1 / r.n_down)
    more = max(1.0, PULSES / float(n)) if part == 1 else 1 / left
    # A step varies over the range by 2 tanh(curvature/2) of its mean: this shrinks.
    straight = {f"curvature_{way}": 2 * np.arctanh(left * np.tanh(getattr(r, f"curvature_{way}") / 2)) for way in WAYS}
    if max(r.curvature_up, r.curvature_down) >= STEEP:  # soft bounds: keep the mean step, as their range has no end
        straight |= {
            f"n_{way}": getattr(r, f"n_{way}")
            * (_pace(straight[f"curvature_{way}"]) / _pace(getattr(r, f"curvature_{way}")))
            for way in WAYS
        }
    ends = (r.curvature_up, r.curvature_down, 1 / r.n_up, 1 / r.n_down)
    up, down, rate_up, rate_down = (
        middle + (end - middle) * left for end, middle in zip(ends, (mirror, mirror, 1 / n, 1 / n), strict=True)
    )
    even = {"curvature_up": up, "curvature_down": down, "n_up": 1 / rate_up, "n_down": 1 / rate_down}
    levels = {"n_up": r.n_up * more, "n_down": r.n_down * more, "sigma_c2c": r.sigma_c2c / np.sqrt(more)}
    return {
        **_cycle(float(r.sigma_c2c), part, {"sigma_c2c": r.sigma_c2c * left}),
        **_common(r, part),
        "nonlinearity": Improvement(
            f"P/A {r.curvature_up:.3g} up, {r.curvature_down:.3g} down",
            "linear" if part == 1 else "{curvature_up:.3g} up, {curvature_down:.3g} down".format(**straight),
            straight if bent else {},
        ),
        "asymmetry": Improvement(
            f"{r.n_up:.4g} pulses up, {r.n_down:.4g} down",
            "mirrored" if part == 1 else f"{1 / rate_up:.4g} up, {1 / rate_down:.4g} down",
            even | {"asymmetry": r.asymmetry * left} if uneven else {},
        ),
        "levels": Improvement(f"{n:.4g} pulses", f"{n * more:.4g} pulses", levels if more > 1 else {}),
    }


@_of.register
def _(r: TableResponse, part):
    up, down, left = np.maximum(r.up, 0), np.maximum(r.down, 0), 1 - part
    mirror = (up + down[::-1]) / 2
    pulses = 2 / float(up.mean() + down.mean())
    more = max(1.0, PULSES / pulses) if part == 1 else 1 / left
    noise = float(np.sqrt(np.mean([r.up_std**2, r.down_std**2])))
    calm = {"up_std": left * r.up_std, "down_std": left * r.down_std}
    finer = {"up": r.up / more, "down": r.down / more} | {name: getattr(r, name) / np.sqrt(more) for name in calm}
    straight = {"up": up.mean() + (up - up.mean()) * left, "down": down.mean() + (down - down.mean()) * left}
    even = {"up": mirror + (up - mirror) * left, "down": mirror[::-1] + (down - mirror[::-1]) * left}
    uneven = bool(not np.allclose(up, down[::-1]) or r.asymmetry)
    vary = [float(np.std(steps) / steps.mean()) for steps in (up, down)]
    return {
        **_cycle(noise, part, calm),
        **_common(r, part),
        "nonlinearity": Improvement(
            f"steps vary {vary[0]:.2g} up, {vary[1]:.2g} down",
            "even steps" if part == 1 else f"{left * vary[0]:.2g} up, {left * vary[1]:.2g} down",
            straight if np.ptp(up) or np.ptp(down) else {},
        ),
        "asymmetry": Improvement(
            f"mean step {up.mean():.3g} up, {down.mean():.3g} down",
            "mirrored" if part == 1 else f"{even['up'].mean():.3g} up, {even['down'].mean():.3g} down",
            even | {"asymmetry": r.asymmetry * left} if uneven else {},
        ),
        "levels": Improvement(f"{pulses:.4g} pulses", f"{pulses * more:.4g} pulses", finer if more > 1 else {}),
    }


def _pace(curvature):
    """Mean step over all states times the pulses over the range, of an exponential response."""
    half = np.asarray(curvature, float) / 2
    return np.where(half, half / np.tanh(np.where(half, half, 1)), 1.0)


def _words(values) -> str:
    return " / ".join(f"{float(np.mean(v)):.3g}" if np.all(np.isfinite(v)) else "ideal" for v in values)


def _ratio(on, off) -> str:
    return f"{float(on / off):.3g}" if off > 0 else "infinite"
