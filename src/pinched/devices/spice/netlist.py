"""Write a device as an ngspice subcircuit."""

import inspect
import os
import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np

from pinched.core.errors import PinchedError
from pinched.devices import library, parameter_file
from pinched.devices.base import Device, Environment
from pinched.devices.spice.expression import (
    CIRCUIT,
    LOGICAL,
    NUMBER,
    OPS,
    PARAMETER,
    Expr,
    evaluate,
    node,
    op,
    replace,
    walk,
)  # fmt: skip
from pinched.devices.spice.model import Model, model
from pinched.devices.spice.ngspice import OPTIONS

FLOOR = 1e-4  # of the box: the error of a charge is held relative to the charge, and a state at its bound has this much
CHARGE = 1e-9  # F: a rate, which rounding moves by 1e-16 of a fast one, is held to 1e-12 A like any other current
WALL = 1e-8  # of a state's box: far less than what matters, and far more than rounding
SHORT, LONG = 3, 300  # operations: what is shorter is repeated wherever it occurs, and what is longer is cut
DECADES = 1e6  # what spans more is no node: Newton's method would chase it
NEAR_ONE = 1e-3, 1e3  # magnitudes that a node or a divisor has as they are
LEFT_OUT = {"jump": "redraws from cycle to cycle", "diffusion": "noise of the states", "noise": "noise of the current"}
RESERVED = """
    v i e pi m ic temp temper time hertz dtemp not and or mod div if else end while to for is var u u2 uramp ln
    log log10 int nint ceil floor gauss agauss unif aunif limit pwr pwl ddt sqr defined params plus minus exp sqrt
    pow sinh cosh tanh sin cos tan atan asin acos asinh acosh atanh arctan abs sgn max min ternary_fcn fastest
""".split()  # noqa: SIM905


def export(
    device: Device | str | os.PathLike,
    path: str | os.PathLike | None = None,
    *,
    name: str | None = None,
    to: str = "ngspice",
    env: Environment | None = None,
) -> str:
    """Write `device` as a SPICE subcircuit, made from its own `current` and `rates`.

    Parameters keep their names and can be set for each instance (`X1 a b NAME R_on=100`). Each state is the voltage of
    a node, V(X1.x), on 1 nF charged by its rate in nA; an equation that the model solves inside becomes a node whose
    voltage the simulator finds. Jumps, state noise and read noise are left out, and the netlist says so.

    Args:
        device: a Device without population axes, or the name or file of one (then the netlist tells each value's
            origin).
        path: file to write, beside it first and then renamed; None writes none.
        name: of the subcircuit; default the name of the set, or of the class.
        to: "ngspice".
        env: the surroundings that the parameters `temperature`, `light`, … start from.

    Returns:
        The netlist.

    Raises:
        PinchedError: for another simulator, a population, physics with an operation that SPICE does not have, or a
            file that cannot be written.
    """
    if to != "ngspice":
        raise PinchedError(f"There is no export to {to!r}; choose 'ngspice'.")
    origins = {}
    if not isinstance(device, Device):
        name, origins, device = name or Path(device).stem, library.provenance(device), library.device(device)
    name = _unique(name or type(device).__name__, set())
    lines = [*_header(device, name), *_Subcircuit(model(device, env)).lines(name, origins)]
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    if path is not None:
        parameter_file.write(Path(path), text)
    return text


def _header(device: Device, name: str) -> Iterator[str]:
    about = inspect.cleandoc(type(device).__doc__ or "").partition("\nAttributes:")[0].strip()
    yield f"* {name}: {type(device).__name__} as an ngspice subcircuit, written by pinched {version('pinched')}."
    yield "*"
    yield from textwrap.indent(about, "* ", lambda _: True).splitlines()
    if without := [what for method, what in LEFT_OUT.items() if getattr(device, method)]:
        yield f"* Not in this netlist: {', '.join(without)}."
    yield "*"
    yield f"* Use:  .include {name}.cir"
    yield f"*       X1 top bottom {name}"
    yield f"*       {OPTIONS}"
    yield "*       .tran STEP STOP 0 LARGEST_STEP uic"
    yield "* Where a state much faster than the steps rings: method=gear."
    yield "* Where a switch is too fast for the length of the run (Timestep too small), slow it down: fastest=1e9."
    yield "*"


class _Subcircuit:
    """The lines of one model; `label` knows by which name and scale an expression is at hand."""

    def __init__(self, found: Model):
        self.found = found
        states = {f"state {key}": box for key, box in found.boxes.items()}
        inside = {node(key): op("min", op("max", node(key), lo), hi) for key, (_, lo, hi) in states.items()}
        sources = {i.unknown.args[0]: i.residual for i in found.implicit} | {"current": found.current}
        sources |= {f"state {key}": rate for key, rate in found.rates.items()}
        self.sources = dict(zip(sources, replace(sources.values(), inside), strict=True))
        self.ends = [end for box in found.boxes.values() for end in box]
        self.order = walk([*self.ends, *self.sources.values()])
        self.size, self.span, self.least = self._magnitudes()

        used = {e.args[0]: e for e in self.order if e.op == "parameter"}
        self.parameters = {key: used[key] for key in found.values if key in used}
        self.taken = set(RESERVED)
        self.label = {node("v"): "v"} | {node(f"state {key}"): _unique(key, self.taken) for key in found.rates}
        self.label |= {e: _unique(key.removeprefix("env."), self.taken) for key, e in self.parameters.items()}
        self.label |= {i.unknown: _unique(f"u{k}", self.taken) for k, i in enumerate(found.implicit, 1)}
        self.scale: dict[Expr, float] = {}

    def lines(self, name: str, origins) -> Iterator[str]:
        found, label = self.found, self.label
        yield f".subckt {name} plus minus"
        for key, e in self.parameters.items():
            declared, origin = found.declared[key], origins.get(key.partition("[")[0])
            told = f" ({origin['origin']}: {origin['source']})" if origin else ""
            yield f"+ {label[e]} = {found.values[key]!r}  ; {declared.unit}, {declared.doc}{told}"
        yield "+ fastest = 1e30  ; 1/s, the largest rate of a state"
        yield "* the voltage between the terminals, and intermediate results"
        yield from ("Gv 0 v plus minus 1", "Rv v 0 1")
        count = Counter()
        for e in self._cut():
            prefix = "k" if e.level == PARAMETER else "t"
            count[prefix] += 1
            own = _unique(f"{prefix}{count[prefix]}", self.taken)
            if e.level == PARAMETER:
                yield f".param {own} = {{{self.text(e, PARAMETER)}}}"
            else:
                scale = _power_of_ten(1 / self.size[e])
                yield f"B{own} 0 {own} I = {self.text(e)}{f' * {scale:g}' if scale != 1 else ''}\nR{own} {own} 0 1"
                self.scale[e] = 1 / scale
            label[e] = own
        text = {key: self.text(e) for key, e in self.sources.items()}
        for key, (rest, lo, hi) in found.boxes.items():
            own, start, low, high = label[node(f"state {key}")], *(self.text(e, PARAMETER) for e in (rest, lo, hi))
            below = f"{low} - {FLOOR} * ({high} - {low})"
            rate = _bounded(text.pop(f"state {key}"), own, self.text(lo), self.text(hi))
            yield f"* state {key}: 1 V for 1, charged by its rate in 1/s, in nA\nB{own} 0 {own} I = {CHARGE} * ({rate})"
            yield f"V{own} {own}_ 0 {{{below}}}"
            yield f"C{own} {own} {own}_ {CHARGE} ic={{{start} - ({below})}}\n.ic V({own})={{{start}}}"
        yield f"* the current\nBi plus minus I = {text.pop('current')}"
        for key, residual in text.items():
            own = label[node(key)]
            yield f"* {own} is the voltage at which this vanishes\nB{own} {own} 0 I = {residual}"
        yield f".ends {name}"

    def text(self, e: Expr, within: int = CIRCUIT) -> str:
        """`e` in a parameter or a source; labelled expressions by their names."""
        if name := self.label.get(e):
            if e.level == PARAMETER:
                return f"{{{name}}}" if within == CIRCUIT else name
            scale = self.scale.get(e, 1.0)
            return f"V({name})" if scale == 1 else f"({scale:g} * V({name}))"
        if e.level == NUMBER:
            value = e.args[0]
            return repr(value) if value >= 0 else f"({value!r})"
        parts = [self.text(a, within) for a in e.args]
        if e.op == "div" and e.level == CIRCUIT and (scale := _power_of_ten(1 / min(self.least[e.args[1]], 1.0))) != 1:
            # ngspice adds 1e-32 to divisors, and to their squares in derivatives: small ones must not be near it
            parts = [f"({part} * {scale:g})" for part in parts]
        return OPS[e.op][0].format(*parts)

    def _cut(self) -> Iterator[Expr]:
        """The expressions that get a name of their own: a parameter, or a node of the circuit.

        ngspice differentiates every source symbolically and evaluates what is written twice twice; so what is shared
        stands alone. It also solves for every node by Newton's method, which must not meet jumps and overflows there.
        """
        uses = Counter(a for e in self.order for a in set(e.args) if isinstance(a, Expr))
        outside = {a for e in self.order if e.level == CIRCUIT for a in e.args if isinstance(a, Expr)} | set(self.ends)
        length: dict[Expr, int] = {}
        for e in self.order:
            length[e] = 0
            if e.op not in OPS or e.level == NUMBER:
                continue
            inside = 1 + sum(length[a] for a in e.args)
            shared = uses[e] > 1 and inside >= SHORT
            if e.level == PARAMETER:
                named = e in outside or shared
            else:
                jumps = e.op in LOGICAL or (e.op == "select" and max(a.level for a in e.args[1:]) < CIRCUIT)
                named = uses[e] > 0 and not jumps and ((shared and self.span[e] < DECADES) or inside > LONG)
            if named:
                yield e
            else:
                length[e] = inside

    def _magnitudes(self) -> tuple[dict[Expr, float], dict[Expr, float], dict[Expr, float]]:
        """The usual size of every expression at random voltages and states, how much it varies, and its small size."""
        random = np.random.default_rng(0)
        values: dict = dict(self.found.values)
        values |= {e.args[0]: random.uniform(-1.5, 1.5, 99) for e in self.order if e.op == "node"}
        for key, (_, lo, hi) in self.found.boxes.items():
            low, high = evaluate([lo, hi], values)
            values[f"state {key}"] = random.uniform(low, high, 99)
        size, span, least = {}, {}, {}
        for e, value in zip(self.order, evaluate(self.order, values), strict=True):
            value = np.abs(np.asarray(value, float))
            value = value[np.isfinite(value) & (value > 0)]
            least[e], size[e], high = np.quantile(value, [0.05, 0.5, 0.95]) if value.size else (1.0, 1.0, 1.0)
            with np.errstate(over="ignore"):
                span[e] = high / least[e]
        return size, span, least


def _power_of_ten(size: float) -> float:
    """That next to `size`; 1 where `size` is near enough to 1."""
    return 1.0 if NEAR_ONE[0] <= size <= NEAR_ONE[1] else 10.0 ** round(np.log10(size))


def _bounded(rate: str, x: str, lo: str, hi: str) -> str:
    """`rate` as the engine projects it: within `WALL` of a bound it fades if outward, and beyond it turns back."""
    rate, wall = f"min(max({rate}, -{{fastest}}), {{fastest}})", f"({hi} - {lo}) * {WALL}"
    top, bottom = (f"{rate} * ({way}) / ({wall})" for way in (f"{hi} - V({x})", f"V({x}) - {lo}"))
    return f"V({x}) > {hi} - {wall} ? min({rate}, {top}) : (V({x}) < {lo} + {wall} ? max({rate}, {bottom}) : {rate})"


def _unique(name: str, taken: set[str]) -> str:
    """`name` as an identifier that ngspice, which ignores case, does not know yet."""
    name = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")
    while name.lower() in taken:
        name += "_"
    taken.add(name.lower())
    return name
