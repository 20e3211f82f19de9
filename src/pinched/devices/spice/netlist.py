"""Write a device as an ngspice subcircuit."""

import inspect
import os
import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from pinched.core.errors import PinchedError
from pinched.devices import library, parameter_file
from pinched.devices.base import Device, Environment
from pinched.devices.spice.expression import CIRCUIT, LOGICAL, NUMBER, OPS, PARAMETER, Expr, node, op, replace, walk
from pinched.devices.spice.model import Model, bounded, model
from pinched.devices.spice.ngspice import OPTIONS

WALL = 1e-8  # of a state's box: far less than what matters, and far more than rounding
SHORT, LONG = 3, 40  # operations: what is shorter is repeated wherever it occurs, and what is longer is cut
LEFT_OUT = {"jump": "redraws from cycle to cycle", "diffusion": "noise of the states", "noise": "noise of the current"}
RESERVED = """v i e pi m ic temp temper time hertz dtemp not and or mod div if else end while to for is var u u2 uramp ln
log log10 int nint ceil floor gauss agauss unif aunif limit pwr pwl ddt sqr defined params plus minus exp sqrt pow sinh
cosh tanh sin cos tan atan asin acos asinh acosh atanh arctan abs sgn max min ternary_fcn""".split()


def export(
    device: Device | str | os.PathLike,
    path: str | os.PathLike | None = None,
    *,
    name: str | None = None,
    to: str = "ngspice",
    env: Environment | None = None,
) -> str:
    """Write `device` as a SPICE subcircuit, made from its own `current` and `rates`.

    Parameters keep their names and can be set for each instance (`X1 a b NAME R_on=100`). Each state is the voltage of a
    node, V(X1.x), on 1 F charged by its rate in A; an equation that the model solves inside becomes a node whose voltage
    the simulator finds. Jumps, state noise and read noise are left out, and the netlist says so.

    Args:
        device: a Device without population axes, or the name or file of one (the netlist then says where values are from).
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
    lines = [*_header(device, name), *_subcircuit(model(device, env), name, origins)]
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    if path is not None:
        parameter_file.write(Path(path), text)
    return text


def _header(device: Device, name: str) -> Iterator[str]:
    about = inspect.cleandoc(type(device).__doc__ or "").partition("\nAttributes:")[0].strip()
    yield f"* {name}: {type(device).__name__} as an ngspice subcircuit, written by pinched {version('pinched')}."
    yield "*"
    yield from textwrap.indent(about, "* ", lambda _: True).splitlines()
    if without := [what for method, what in LEFT_OUT.items() if hasattr(device, method)]:
        yield f"* Not in this netlist: {', '.join(without)}."
    yield "*"
    yield f"* Use:  .include {name}.cir"
    yield f"*       X1 top bottom {name}"
    yield f"*       {OPTIONS}"
    yield "*       .tran STEP STOP 0 LARGEST_STEP uic"
    yield "*"


def _subcircuit(found: Model, name: str, origins) -> Iterator[str]:
    rest, sources = {key: rest for key, (rest, *_) in found.boxes.items()}, _sources(found)
    order = walk([*rest.values(), *sources.values()])
    used = {e.args[0]: e for e in order if e.op == "parameter"}
    parameters = [key for key in found.values if key in used]
    taken = set(RESERVED)
    label = {node("v"): "v"} | {node(f"state {key}"): _unique(key, taken) for key in found.rates}
    label |= {used[key]: _unique(key.removeprefix("env."), taken) for key in parameters}
    label |= {i.unknown: _unique(f"u{k}", taken) for k, i in enumerate(found.implicit, 1)}

    yield f".subckt {name} plus minus"
    for key in parameters:
        declared, origin = found.declared[key], origins.get(key.partition("[")[0])
        told = f" ({origin['origin']}: {origin['source']})" if origin else ""
        yield f"+ {label[used[key]]} = {found.values[key]!r}  ; {declared.unit}, {declared.doc}{told}"
    yield "* the voltage between the terminals, and intermediate results, 1 V for 1"
    yield from ("Gv 0 v plus minus 1", "Rv v 0 1")
    count = Counter()
    for e in _cut(order, rest.values()):
        prefix = "k" if e.level == PARAMETER else "t"
        count[prefix] += 1
        own = _unique(f"{prefix}{count[prefix]}", taken)
        text = _written(e, label, e.level)
        yield f".param {own} = {{{text}}}" if e.level == PARAMETER else f"B{own} 0 {own} I = {text}\nR{own} {own} 0 1"
        label[e] = own
    text = {key: _written(e, label, CIRCUIT) for key, e in sources.items()}
    for key, e in rest.items():
        own, start = label[node(f"state {key}")], _written(e, label, CIRCUIT)
        yield f"* state {key}: 1 V for 1, charged by its rate in 1/s\nB{own} 0 {own} I = {text.pop(f'state {key}')}"
        yield f"C{own} {own} 0 1 ic={start}\n.ic V({own})={start}"
    yield f"* the current\nBi plus minus I = {text.pop('current')}"
    for key, residual in text.items():
        own = label[node(key)]
        yield f"* {own} is the voltage at which this vanishes\nB{own} {own} 0 I = {residual}"
    yield f".ends {name}"


def _sources(found: Model) -> dict[str, Expr]:
    """What every source of current gives, by the node that it feeds, with the states kept in their boxes."""
    states = {f"state {key}": box for key, box in found.boxes.items()}
    sources = {i.unknown.args[0]: i.residual for i in found.implicit} | {"current": found.current}
    sources |= {f"state {key}": rate for key, rate in found.rates.items()}
    inside = {node(key): op("min", op("max", node(key), lo), hi) for key, (_, lo, hi) in states.items()}
    sources = dict(zip(sources, replace(sources.values(), inside), strict=True))
    return sources | {key: bounded(sources[key], node(key), lo, hi, WALL) for key, (_, lo, hi) in states.items()}


def _cut(order: list[Expr], direct) -> Iterator[Expr]:
    """The expressions of `order` that get a name of their own: a parameter, or a node of the circuit.

    ngspice differentiates every source symbolically and evaluates what is written twice twice; so what is shared stands
    alone. `direct` are used by circuit elements.
    """
    uses = Counter(a for e in order for a in set(e.args) if isinstance(a, Expr))
    outside = {a for e in order if e.level == CIRCUIT for a in e.args if isinstance(a, Expr)} | set(direct)
    size: dict[Expr, int] = {}
    for e in order:
        size[e] = 0
        if e.op not in OPS:
            continue
        length = 1 + sum(size[a] for a in e.args)
        if e.level == PARAMETER:
            named = e in outside or (uses[e] > 1 and length >= SHORT)
        else:  # a node that jumped would do so from one Newton step to the next
            steps = e.op in LOGICAL or (e.op == "select" and max(a.level for a in e.args[1:]) < CIRCUIT)
            named = not steps and uses[e] > 0 and ((uses[e] > 1 and length >= SHORT) or length > LONG)
        if named:
            yield e
        else:
            size[e] = length if e.level == CIRCUIT or not named else 0


def _written(e: Expr, label: dict[Expr, str], within: int) -> str:
    """`e` as text of a parameter or of a source; labelled expressions by their names."""
    if name := label.get(e):
        return f"V({name})" if e.level == CIRCUIT else f"{{{name}}}" if within == CIRCUIT else name
    if e.level == NUMBER:
        value = e.args[0]
        return repr(value) if value >= 0 else f"({value!r})"
    return OPS[e.op][0].format(*(_written(a, label, within) for a in e.args))


def _unique(name: str, taken) -> str:
    """`name` as an identifier that ngspice, which ignores case, does not know yet."""
    name = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")
    while name.lower() in taken:
        name += "_"
    taken.add(name.lower())
    return name
