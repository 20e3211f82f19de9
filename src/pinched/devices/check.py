"""What every device model has to keep, whoever wrote it."""

import dataclasses
from typing import NamedTuple

import jax
import numpy as np

from pinched.core.errors import PinchedError
from pinched.core.params import values
from pinched.core.precision import verb
from pinched.devices import parameter_file
from pinched.devices.base import Device, Environment

ROUNDING = 1e-9  # relative


class Report(NamedTuple):
    """The checks that `model` passed, by name."""

    model: str
    passed: tuple[str, ...]


@verb
def check_device(device: Device, *, v_max: float = 1.5, env: Environment | None = None, seed: int = 0) -> Report:
    """Check that a device is one: for models of your own, and for every set that ships.

    At random states in their box and voltages up to `v_max`: states rest inside a finite box and move at finite rates;
    no current without voltage, no power delivered (unless the class says `stores`); current monotone in voltage at
    frozen state (unless it says `ndr`); a finite Jacobian that agrees with finite differences; the same device from
    parameters in other units; arrays and populations give what single points give; `eta` mirrors it. A cell with a
    gate is checked as `Gated` at `v_max`.

    Args:
        device: a single device.
        v_max: largest voltage tried, V.
        env: surroundings; by default room temperature in the dark.
        seed: of the random states and voltages.

    Returns:
        The model and the names of the checks passed.

    Raises:
        PinchedError: naming every check that failed, and how.
    """
    if device.population:
        raise PinchedError(f"check_device takes a single device; this one is a population of {device.population}.")
    if getattr(device, "ports", None):
        from pinched.devices.wrappers.one_transistor import Gated

        gated = check_device(Gated(inner=device, gate=v_max), v_max=v_max, env=env, seed=seed)
        return gated._replace(model=type(device).__name__)
    checks = {
        "states": _states, "zero bias": _zero_bias, "passivity": _passivity, "monotony": _monotony,
        "Jacobian": _jacobian, "units": _units, "batch": _batch, "polarity": _polarity,
    }  # fmt: skip
    probe = _attempt(lambda: _probe(device, v_max, env or Environment(), seed))
    if isinstance(probe, str):
        failed = {"evaluation": probe}
    else:
        failed = {name: why for name, check in checks.items() if (why := _attempt(lambda c=check: c(probe)))}
    if failed:
        told = "; ".join(f"{name}: {why}" for name, why in failed.items())
        raise PinchedError(f"{type(device).__name__} is not a valid device. {told}.")
    return Report(type(device).__name__, tuple(checks))


@dataclasses.dataclass(frozen=True)
class Probe:
    """What `device` does at states (P, 1) and voltages (V,): current and rates (P, V)."""

    device: Device
    env: Environment
    v: np.ndarray
    x: dict[str, np.ndarray]
    i: np.ndarray
    rates: dict[str, np.ndarray]

    @property
    def results(self) -> list[np.ndarray]:
        """Current and rates."""
        return [self.i, *self.rates.values()]

    def others(self, device, sign=1):
        """Current and rates of another device of the kind, at the same points or the opposite voltages."""
        (i, rates), _ = _along(device, *_everywhere(self.i.shape, sign * self.v, self.x), self.env)
        return np.asarray(i), rates


def _probe(device, v_max, env, seed):
    random = np.random.default_rng(seed)
    v = v_max * np.concatenate(
        [-np.sort(random.uniform(0.01, 1, 12))[::-1], [0.0], np.sort(random.uniform(0.01, 1, 12))]
    )
    part = np.concatenate([[0.0, 1.0], random.uniform(size=4)])
    box = {k: np.nan_to_num([s.lo, s.hi], posinf=1.0, neginf=-1.0) for k, s in device.state().items()}  # see _states
    x = {k: lo + random.permutation(part)[:, None] * (hi - lo) for k, (lo, hi) in box.items()}
    shape = (len(part), len(v))
    (i, rates), _ = _along(device, *_everywhere(shape, v, x), env)
    return Probe(device, env, v, x, np.broadcast_to(i, shape), {k: np.broadcast_to(r, shape) for k, r in rates.items()})


@jax.jit
def _evaluate(device, v, x, env):
    return device.current(v, x, env), device.rates(v, x, env)


def _everywhere(shape, v, x):
    """`v` and `x` at every point, the shape in which one compiled program serves most checks."""
    return np.broadcast_to(v, shape), {k: np.broadcast_to(a, shape) for k, a in x.items()}


def _along(device, v, x, env, push=None):
    """Current and rates, and their derivatives along `push` (of x, by name; of v, under "")."""
    push = {k: np.zeros(v.shape) for k in ("", *x)} | (push or {})
    return _differentiated(device, v, x, env, push.pop(""), push)


@jax.jit
def _differentiated(device, v, x, env, dv, dx):
    return jax.jvp(lambda v, x: (device.current(v, x, env), device.rates(v, x, env)), (v, x), (dv, dx))


def _attempt(check):
    """The result of `check`; a model of the user's may fail in any way, which is then told as text."""
    try:
        return check()
    except Exception as error:
        return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"


def _same(some, others, rtol=ROUNDING):
    pairs = zip(jax.tree.leaves(some), jax.tree.leaves(others), strict=True)
    return all(np.allclose(a, b, rtol=rtol, atol=0) for a, b in pairs)


def _states(p):
    states = p.device.state()
    if set(p.rates) != set(states):
        return f"rates() gives {sorted(p.rates)} for the states {sorted(states)}"
    for name, s in states.items():
        if not (np.all(np.isfinite([s.lo, s.hi])) and s.lo < s.hi):
            return f"{name} has no finite box [{s.lo}, {s.hi}]"
        if not s.lo <= s.rest <= s.hi:
            return f"{name} rests at {s.rest}, outside [{s.lo}, {s.hi}]"
        if not np.all(np.isfinite(p.rates[name])):
            return f"the rate of {name} is not finite everywhere in its box"
    return None


def _zero_bias(p):
    leak = np.max(np.abs(p.i[:, p.v == 0]))
    return None if p.device.stores or leak <= 1e-12 * np.max(np.abs(p.i)) else f"{leak:.3g} A at 0 V"


def _passivity(p):
    if not np.all(np.isfinite(p.i)):
        return "the current is not finite everywhere"
    return None if p.device.stores or np.all(p.i * p.v >= 0) else f"it delivers {-np.min(p.i * p.v):.3g} W"


def _monotony(p):
    rises = np.diff(p.i, axis=1) >= -ROUNDING * np.abs(p.i[:, 1:])
    return (
        None if p.device.ndr or np.all(rises) else "the current falls with rising voltage; say `ndr = True` if it must"
    )


def _jacobian(p):
    box = {k: (s.lo, s.hi) for k, s in p.device.state().items()}
    margin = {k: 1e-5 * (hi - lo) for k, (lo, hi) in box.items()}
    x = {k: np.clip(a, box[k][0] + margin[k], box[k][1] - margin[k]) for k, a in p.x.items()}  # differences stay inside
    v, x = _everywhere(p.i.shape, p.v, x)
    for name in ("", *x):
        push = {name: np.maximum(np.abs(v), 0.01) if name == "" else np.ones(v.shape)}
        outputs, slope = _along(p.device, v, x, p.env, push)
        wide, narrow = (_difference(p, v, x, push, h) for h in (2e-6, 1e-6))
        for y, exact, w, n in zip(*map(jax.tree.leaves, (outputs, slope, wide, narrow)), strict=True):
            y, exact, w, n = (np.broadcast_to(a, v.shape) for a in (y, exact, w, n))
            if not np.all(np.isfinite(exact)):
                return f"the derivative by {name or 'v'} is not finite everywhere"
            noise = 1e-7 * np.abs(y) + 1e-200  # rounding, and underflow on the tail of a gate
            smooth = (np.abs(w - n) <= 1e-3 * np.abs(n) + noise) & (v != 0)  # no threshold between the points
            if np.any(smooth & (np.abs(exact - n) > 1e-3 * np.abs(n) + 10 * noise)):
                return f"the derivative by {name or 'v'} disagrees with finite differences"
    return None


def _difference(p, v, x, push, h):
    def pushed(h):
        moved = {k: a + h * push.get(k, 0.0) for k, a in x.items()}
        return _along(p.device, v + h * push.get("", 0.0), moved, p.env)[0]

    return jax.tree.map(lambda up, down: (np.asarray(up) - np.asarray(down)) / (2 * h), pushed(h), pushed(-h))


def _units(p):
    table, models = _in_other_units(p.device)
    again = parameter_file.build(table, models, "other units")
    return None if _same(p.others(again), [p.i, p.rates], 1e-6) else "they matter"


def _in_other_units(module):
    """The parameter table of `module` in centimetres, grams, milliseconds, …, and the models it names."""
    import pint

    registry = pint.get_application_registry()
    other = {"[length]": "cm", "[mass]": "g", "[time]": "ms", "[current]": "mA", "[temperature]": "mK"}
    table, models = {"model": type(module).__name__, "parameters": {}}, {type(module).__name__: type(module)}
    for name, declared, value in values(module):
        if value is not None:
            quantity = registry.Quantity(value, declared.unit)
            unit = " * ".join(f"{other[of]}**({power:g})" for of, power in quantity.dimensionality.items()) or "1"
            number = quantity.to("" if unit == "1" else unit).magnitude.tolist()
            table["parameters"][name] = {"value": number, "unit": unit, "origin": "derived"}
    table["options"] = {f.name: getattr(module, f.name) for f in dataclasses.fields(module) if f.metadata.get("static")}
    for name, inner in parameter_file.parts(module):
        table[name], inside = _in_other_units(inner)
        models |= inside
    return table, models


def _batch(p):
    for k, point in enumerate(np.ndindex(p.i.shape)):
        if k % 7:  # one in seven is enough, and each state and each voltage comes by
            continue
        one = _evaluate(p.device, p.v[point[1]], {name: a[point[0], 0] for name, a in p.x.items()}, p.env)
        if not _same(one, [a[point] for a in p.results]):
            return "arrays of states and voltages give other results than single points"
    many = jax.tree.map(lambda leaf: np.stack([leaf, leaf]), p.device)
    together = _evaluate(many, p.v[:, None], {name: a[..., None] for name, a in p.x.items()}, p.env)
    same = _same(together, [np.stack([a, a], -1) if np.ndim(a) else a for a in p.results])
    return None if same else "a population of equal devices gives other results than one device"


def _polarity(p):
    if not hasattr(p.device, "eta"):
        return None
    i, rates = p.others(p.device.replace(eta=-p.device.eta), -1)
    return None if _same([-i, rates], [p.i, p.rates]) else "eta = -1 does not mirror it"
