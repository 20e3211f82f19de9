"""Which models a fit tries, which of their parameters it frees, and where the search for each begins."""

import dataclasses
from collections.abc import Callable

import numpy as np

from pinched.characterize.fit_glance import Glance
from pinched.core import PinchedError, nearest, params
from pinched.core.constants import RICHARDSON
from pinched.devices import VTEAM, Device, Ohmic, Schottky, SeriesResistance, SinhResistor, StanfordGap, Yakopcic
from pinched.devices.parameter_file import flat

KNOWN = (VTEAM, Ohmic, Schottky, SeriesResistance, SinhResistor, StanfordGap, Yakopcic)


@dataclasses.dataclass(frozen=True)
class Free:
    """One fitted parameter: a guess, and how far from it the search begins.

    Attributes:
        guess: in the parameter's unit; where `log`, its sign is kept and its logarithm is searched.
        spread: standard deviation of the starting points, in ln where `log`, else in the unit.
        low, high: bounds of the search, magnitudes where `log`.
        main: whether it is one of the few that carry the variation from cycle to cycle.
    """

    guess: float
    spread: float
    low: float = -np.inf
    high: float = np.inf
    log: bool = True
    main: bool = False


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A model to try: a template that holds the fixed parameters, and the free ones by path ("inner.E_a")."""

    name: str
    template: Device
    free: dict[str, Free]
    fixed: dict[str, str]  # path -> why it is not fitted

    @property
    def static(self) -> bool:
        """Whether the model has no memory at all."""
        return not self.template.state()

    def device(self, values: dict) -> Device:
        """The template with the free parameters set; traced values pass through."""
        return _set(self.template, values)


def _set(device, values):
    own, parts = {}, {}
    for path, value in values.items():
        part, _, name = path.partition(".")
        (parts.setdefault(part, {}) if name else own)[name or part] = value
    return dataclasses.replace(device, **own, **{part: _set(getattr(device, part), v) for part, v in parts.items()})


def candidates(look: Glance, models=None, quick: bool = False) -> list[Candidate]:
    """The candidates for data of this kind, null models last.

    Args:
        look: the features of the data.
        models: names of models or published sets, Device classes or instances to try instead; each begins at its own
            values where no recipe reads better ones off the data. The null models are added.
        quick: two models by kind of data: StanfordGap and VTEAM where it switches abruptly, Schottky and Yakopcic where
            it switches gradually or rectifies.

    Raises:
        PinchedError: for a model that is not known.
    """
    if models is None:
        sudden = look.abrupt and abs(look.rectifying) < 1
        names = (["StanfordGap", "VTEAM"] if sudden else ["Yakopcic", "Schottky"]) if quick else list(RECIPES)
    else:
        names = [models] if isinstance(models, (str, type, Device)) else list(models)
    found = [candidate for name in names for candidate in _either_way(_candidate(name, look))]
    nulls = [_sinh(look), _ohmic(look)]
    return found + [n for n in nulls if n.name not in {c.name for c in found}]


def _either_way(candidate: Candidate) -> list[Candidate]:
    """A model of the user's own that has a polarity, and its mirror image: what eta = 1 means is the user's choice."""
    if type(candidate.template) in KNOWN or "eta" not in params(candidate.template):
        return [candidate]
    mirrored = candidate.template.replace(eta=-candidate.template.eta)  # type: ignore[attr-defined]
    return [candidate, dataclasses.replace(candidate, template=mirrored)]


def _candidate(model, look: Glance) -> Candidate:
    if isinstance(model, str):
        known = {**RECIPES, "SinhResistor": _sinh, "Ohmic": _ohmic}
        if model in known:
            return known[model](look)
        from pinched.devices import device, load_model, models as device_models, names

        if model in names():
            return dataclasses.replace(_generic(device(model), look), name=model)
        if model not in device_models() and ".py" not in model:
            every = [*known, *device_models(), *names()]
            raise PinchedError(
                f"There is no model {model!r} to fit{nearest(model, every)}; any published one fits, or my.py:Mine."
            )
        model = load_model(model)
    if isinstance(model, type) and model.__name__ in RECIPES and model.__module__.startswith("pinched."):
        return RECIPES[model.__name__](look)
    if isinstance(model, type):
        model = _instance(model, look)
    if not isinstance(model, Device):
        raise PinchedError(f"fit() takes model names, Device classes or Devices; {model!r} is none.")
    return _generic(model, look)


# How far a search may go from a guess: a factor e^(±REACH · spread).
REACH = 4.0


def _box(free: dict[str, Free], template: Device) -> dict[str, Free]:
    """The free parameters with finite bounds: those of their declaration, within reach of the guess."""
    bounded, declarations = {}, {path: declared for path, declared, _ in flat(template)}
    for path, f in free.items():
        declared = declarations[path]
        floor = max((b for b in (declared.ge, declared.gt) if b is not None), default=-np.inf)
        ceil = min((b for b in (declared.le, declared.lt) if b is not None), default=np.inf)
        if f.log:
            low, high = abs(f.guess) * np.exp(-REACH * f.spread), abs(f.guess) * np.exp(REACH * f.spread)
            floor, ceil = (max(floor, 0), ceil) if f.guess > 0 else (max(-ceil, 0), -floor)
        else:
            low, high = f.guess - REACH * f.spread, f.guess + REACH * f.spread
        margin = 1e-9 * (high - low)
        bounded[path] = dataclasses.replace(
            f, low=max(low, f.low, floor + margin), high=min(high, f.high, ceil - margin if np.isfinite(ceil) else ceil)
        )
    return bounded


def _made(name, template, free, fixed=None) -> Candidate:
    return Candidate(name, template, _box(free, template), dict(fixed or {}))


def _through(make: Callable[[Glance], Candidate], look: Glance) -> Candidate:
    """The candidate behind a series resistance, where the current at large voltage asks for one."""
    bare = make(look)
    if not look.series:
        return bare
    free = {f"inner.{k}": f for k, f in bare.free.items()} | {"r": Free(look.series, 1.0)}
    return _made(f"{bare.name} + series resistance", SeriesResistance(bare.template, r=look.series), free,
                 {f"inner.{k}": why for k, why in bare.fixed.items()})  # fmt: skip


def _vteam(look: Glance) -> Candidate:
    """Exponential i–v relation in the state; one window-free drift for each polarity."""
    g_on = np.median([g for g, _ in look.low.values()])
    g_off = np.median([g for g, _ in look.high.values()])
    rate = 10 / look.duration  # a switch within a tenth of the sweep, at twice the threshold
    template = VTEAM(iv="exponential", eta=-(look.set_sign or 1))
    free = {
        "R_on": Free(1 / g_on, 1.0, main=True), "R_off": Free(1 / g_off, 1.0, main=True),
        "v_on": Free(-look.v_set, 0.3, main=True), "v_off": Free(look.v_reset, 0.3, main=True),
        "k_on": Free(-100 * rate, 3.0), "k_off": Free(rate, 3.0),
        "alpha_on": Free(3.0, 0.6, 0.3, 12.0), "alpha_off": Free(3.0, 0.6, 0.3, 12.0),
    }  # fmt: skip
    return _made("VTEAM", template, free, {"p": "no window", "x0": "read off each cycle"})


def _stanford(look: Glance) -> Candidate:
    """Gate off (F_min = 0); gap travel, kinetics and heating free, scales that only rename them held at v1.0.0."""
    (g_on, b_on), (g_off, _) = (tuple(np.median(list(s.values()), axis=0)) for s in (look.low, look.high))
    base = StanfordGap(F_min=0.0, eta=float(look.set_sign or 1))
    b = float(np.clip(b_on, 0.5 / look.span, 30 / look.span))
    travel = base.g0 * np.log(max(g_on / g_off, 3.0))
    slope = float(base.gamma0 * base.a0 / (base.t_ox * look.kt))  # 1/V
    barrier = look.kt * (slope * look.v_set + np.log(base.nu0 * look.duration / base.g0))
    template = base.replace(gap_max=float(base.gap_min) + travel)
    free = {
        "I0": Free(g_on / b * np.exp(base.gap_min / base.g0), 1.0, main=True), "V0": Free(1 / b, 0.7),
        "gap_max": Free(float(template.gap_max), 0.25, main=True), "E_a": Free(barrier, 0.12, main=True),
        "gamma0": Free(16.0, 0.5), "beta": Free(0.8, 1.0), "R_th": Free(2.1e3, 2.5), "G_min": Free(0.3 * g_off, 2.0),
    }  # fmt: skip
    held = dict.fromkeys(("g0", "nu0", "a0", "t_ox", "alpha", "g1", "gap_min"), "v1.0.0 of the authors' Verilog-A")
    return _made("StanfordGap", template, free, {**held, "F_min": "field gate off", "x0": "read off each cycle"})


def _yakopcic(look: Glance) -> Candidate:
    """Two branches, each with its own amplitude and nonlinearity at each polarity."""
    p, n = (1, -1) if (look.set_sign or 1) > 0 else (-1, 1)
    free = {}
    for name, state in (("max", look.low), ("min", look.high)):
        for side, sign in (("p", p), ("n", n)):
            g, b = state[sign]
            b = float(np.clip(b, 0.05 / look.span, 60 / look.span))
            free[f"g{name}_{side}"] = Free(g / b, 1.0, main=True)
            free[f"b{name}_{side}"] = Free(b, 0.4)
    rate = lambda v: 10 / look.duration / (np.exp(1.2 * v) - np.exp(v))  # noqa: E731
    v_p, v_n = 0.7 * look.v_set, 0.7 * look.v_reset
    free |= {
        "A_p": Free(rate(v_p), 2.5), "A_n": Free(rate(v_n), 2.5),
        "V_p": Free(v_p, 0.3, main=True), "V_n": Free(v_n, 0.3, main=True),
        "x_p": Free(0.3, 0.2, 0.01, 0.98, log=False), "x_n": Free(0.5, 0.2, 0.02, 0.99, log=False),
        "alpha_p": Free(1.0, 1.0, 0.02, 30.0), "alpha_n": Free(1.0, 1.0, 0.02, 30.0),
        "V1": Free(0.3, 0.7, 0.02, 2.0),
    }  # fmt: skip
    return _made("Yakopcic", Yakopcic(eta=float(look.set_sign or 1)), free, {"x0": "read off each cycle"})


def _schottky(look: Glance) -> Candidate:
    """Saturation current, ideality and barrier lowering from the forward branch; area and hop length held."""
    forward = 1 if look.low[1][0] * look.low[1][1] >= look.low[-1][0] * look.low[-1][1] else -1
    forward = look.set_sign or forward
    (g, b), (g_off, _), (g_back, b_back) = look.low[forward], look.high[forward], look.low[-forward]
    base = Schottky(eta=float(forward))
    ideality = float(np.clip(1 / (look.kt * b), 1.05, 30))
    saturation = g / b / 2  # A
    dphi = look.kt * np.log(max(g / g_off, 3.0))
    phi = look.kt * np.log(RICHARDSON * look.kelvin**2 * base.area / saturation) + dphi
    drive = float(base.gamma * base.z * base.a / (2 * look.kt * base.W))  # 1/V
    barrier = look.kt * (drive * look.v_set + np.log(2 * base.nu0 * base.a / base.W * look.duration / 10))
    series = (look.series or 0.01 * look.span / look.i_span) * base.area
    free = {
        "phi_max": Free(phi, 0.05, log=False, main=True), "dphi": Free(dphi, 0.6, main=True),
        "n": Free(ideality, 0.4, 1.0, 40.0),
        "J_r0": Free(g_back / b_back / base.area, 2.0), "V1": Free(0.2 / b_back, 1.0, 1e-4, 10.0),
        "E_a": Free(barrier, 0.06, log=False, main=True), "gamma": Free(float(base.gamma), 0.7),
        "rho_s": Free(series, 1.5),
    }  # fmt: skip
    held = dict.fromkeys(("A_star", "nu0", "a", "W", "z", "tau_ret"), "default of the generic interface device")
    return _made("Schottky", base, free, {**held, "area": "not in the data", "x0": "read off each cycle"})


def _sinh(look: Glance) -> Candidate:
    g, b = look.low[1]
    return _made("SinhResistor", SinhResistor(g=g, b=b), {"g": Free(g, 2.0), "b": Free(b, 1.5)})


def _ohmic(look: Glance) -> Candidate:
    g = look.i_span / look.span
    return _made("Ohmic", Ohmic(g=g), {"g": Free(g, 2.0)})


RECIPES: dict[str, Callable[[Glance], Candidate]] = {
    "StanfordGap": lambda look: _through(_stanford, look),
    "VTEAM": _vteam,
    "Yakopcic": lambda look: _through(_yakopcic, look),
    "Schottky": _schottky,
}


def _instance(model: type, look: Glance) -> Device:
    """A user's class with its defaults, and with features of the data by unit where it has none."""
    by_unit = {"ohm": look.span / look.i_span, "S": look.i_span / look.span, "A": look.i_span, "V": look.v_set,
               "1/V": 1 / look.span, "s": look.duration, "1/s": 1 / look.duration}  # fmt: skip
    missing = [
        f.name for f in dataclasses.fields(model) if f.default is dataclasses.MISSING and f.name in params(model)
    ]
    return model(**{name: by_unit.get(params(model)[name].unit, 1.0) for name in missing})


def _generic(device: Device, look: Glance) -> Candidate:
    """Any other model: every declared parameter is free, around its value; what a wrapper holds is freed as well."""
    free, held = {}, {}
    for path, declared, value in flat(device):
        name = path.rpartition(".")[2]
        if name == "x0":
            held[path] = "read off each cycle"
        elif any(b is not None and np.any(np.isclose(value, b, rtol=1e-9, atol=0)) for b in (declared.ge, declared.le)):
            held[path] = "at a bound of its range, which turns an effect off"
        elif name != "eta" and value.size == 1 and np.isfinite(value):
            log = value != 0 and (declared.unit != "1" or (declared.gt is not None and declared.gt >= 0))
            spread = 1.5 if log else 0.5 * max(abs(float(value)), 0.2)
            free[path] = Free(float(value), spread, log=bool(log))
    return _made(type(device).__name__, device, free, held)
