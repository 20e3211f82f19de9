"""Expressions as a graph: equal ones are one object, constants are folded, parameters are gathered on the left."""

import math
from collections.abc import Callable, Iterable, Mapping
from weakref import WeakValueDictionary

import numpy as np

# op -> (text in ngspice, function of numbers). ngspice's B sources fail at the logarithm of a negative number, which a
# Newton step may try, and cap exp at 1e99; `a ? b : c` evaluates the branch it takes alone.
OPS: dict[str, tuple[str, Callable]] = {
    "add": ("({} + {})", np.add),
    "sub": ("({} - {})", np.subtract),
    "mul": ("({} * {})", np.multiply),
    "div": ("({} / {})", np.divide),
    "neg": ("(-{})", np.negative),
    "exp": ("exp(min({}, 150))", np.exp),
    "log": ("ln(max({}, 1e-300))", np.log),
    "sqrt": ("sqrt(max({}, 0))", np.sqrt),
    "pow": ("pow({}, {})", np.power),  # of a base >= 0: ngspice takes its magnitude
    "sinh": ("sinh(min(max({}, -150), 150))", np.sinh),
    "cosh": ("cosh(min(max({}, -150), 150))", np.cosh),
    "tanh": ("tanh({})", np.tanh),
    "sin": ("sin({})", np.sin),
    "cos": ("cos({})", np.cos),
    "atan": ("atan({})", np.arctan),
    "asin": ("asin(min(max({}, -1), 1))", np.arcsin),
    "acos": ("acos(min(max({}, -1), 1))", np.arccos),
    "asinh": ("asinh({})", np.arcsinh),
    "cbrt": ("(sgn({0}) * pow(max(abs({0}), 1e-99), 1/3))", np.cbrt),
    "abs": ("abs({})", np.abs),
    "sign": ("sgn({})", np.sign),
    "max": ("max({}, {})", np.maximum),
    "min": ("min({}, {})", np.minimum),
    "lt": ("({} < {})", np.less),
    "le": ("({} <= {})", np.less_equal),
    "gt": ("({} > {})", np.greater),
    "ge": ("({} >= {})", np.greater_equal),
    "eq": ("({} == {})", np.equal),
    "ne": ("({} != {})", np.not_equal),
    "and": ("({} && {})", np.logical_and),
    "or": ("({} || {})", np.logical_or),
    "not": ("(!{})", np.logical_not),
    "select": ("({} ? {} : {})", np.where),  # condition, where it holds, where not
}
LOGICAL = ("lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not")
NUMBER, PARAMETER, CIRCUIT = range(3)  # what an expression depends on: nothing, parameters, voltages and states

_known: WeakValueDictionary = WeakValueDictionary()


class Expr:
    """One operation on other expressions; a number ("number", value), a name ("parameter" or "node", name)."""

    __slots__ = ("__weakref__", "args", "level", "op")

    op: str
    args: tuple
    level: int

    def __add__(self, other):
        return op("add", self, other)

    def __radd__(self, other):
        return op("add", other, self)

    def __sub__(self, other):
        return op("sub", self, other)

    def __rsub__(self, other):
        return op("sub", other, self)

    def __mul__(self, other):
        return op("mul", self, other)

    def __rmul__(self, other):
        return op("mul", other, self)

    def __truediv__(self, other):
        return op("div", self, other)

    def __rtruediv__(self, other):
        return op("div", other, self)

    def __neg__(self):
        return op("neg", self)

    def __repr__(self):
        return f"{self.op}{self.args}"


def _make(name: str, args: tuple, level: int) -> Expr:
    key = (name, *(id(a) if isinstance(a, Expr) else (a, math.copysign(1, a)) if name == "number" else a for a in args))
    known = _known.get(key)
    if known is None:
        known = _known[key] = Expr()
        known.op, known.args, known.level = name, args, level
    return known


def number(value) -> Expr:
    """A constant."""
    return _make("number", (float(value),), NUMBER)


def parameter(name: str) -> Expr:
    """A parameter of the subcircuit."""
    return _make("parameter", (name,), PARAMETER)


def node(name: str) -> Expr:
    """The voltage of a node: a terminal voltage, a state, an unknown."""
    return _make("node", (name,), CIRCUIT)


def unsupported(what: str) -> Expr:
    """What has no counterpart in SPICE; it matters only where a result depends on it."""
    return _make("unsupported", (what,), CIRCUIT)


def op(name: str, *args) -> Expr:
    """The operation `name`, simplified."""
    a, *more = args = tuple(x if isinstance(x, Expr) else number(x) for x in args)
    b = more[0] if more else a
    if all(x.level == NUMBER for x in args):
        with np.errstate(all="ignore"):
            return number(OPS[name][1](*(x.args[0] for x in args)))
    zero, one = number(0), number(1)
    match name:
        case "add" if a is zero or b is zero:
            return b if a is zero else a
        case "sub" if b is zero:
            return a
        case "sub" if a is zero:
            return op("neg", b)
        case "mul" if a is zero or b is zero:
            return zero
        case "mul" if a is one or b is one:
            return b if a is one else a
        case "mul" if a is number(-1) or b is number(-1):
            return op("neg", b if a is number(-1) else a)
        case "mul" if b.level < a.level:
            return op("mul", b, a)
        case "mul" if _scaled(b) and a.level < CIRCUIT:  # k (q x) = (k q) x
            return op("mul", op("mul", a, b.args[0]), b.args[1])
        case "mul" if _scaled(a):
            return op("mul", a.args[0], op("mul", a.args[1], b))
        case "mul" if _scaled(b):
            return op("mul", b.args[0], op("mul", a, b.args[1]))
        case "div" if b is one or a is zero:
            return a
        # ngspice adds 1e-32 to every divisor, and to its square in the derivative: divide by parameters beforehand.
        case "div" if a.level == CIRCUIT and b.level < CIRCUIT:
            return op("mul", op("div", one, b), a)
        case "div" if _scaled(b):
            return op("mul", op("div", one, b.args[0]), op("div", a, b.args[1]))
        case "neg" if a.op == "neg":
            return a.args[0]
        case "neg" if _scaled(a):
            return op("mul", op("neg", a.args[0]), a.args[1])
        case "select" if a.level == NUMBER:
            return args[1] if a.args[0] else args[2]
        case "select" if args[1] is args[2]:
            return args[1]
        case "max" | "min" | "and" | "or" if a is b:
            return a
        case "exp" if a.op == "mul" and "log" in (a.args[0].op, a.args[1].op):  # a power, which the models write so
            logarithm, power = a.args if a.args[0].op == "log" else reversed(a.args)
            return op("pow", logarithm.args[0], power)
        case "eq" | "ne" if a is b:  # how NaN is looked for
            return number(name == "eq")
    return _make(name, args, max(x.level for x in args))


def _scaled(e: Expr) -> bool:
    return e.op == "mul" and e.args[0].level < CIRCUIT <= e.args[1].level


def walk(results: Iterable[Expr]) -> list[Expr]:
    """Every expression that `results` need, each after those that it needs."""
    order: dict[Expr, None] = {}
    todo = [(e, False) for e in results]
    while todo:
        e, ready = todo.pop()
        if ready:
            order[e] = None
        elif e not in order:
            todo += [(e, True), *((a, False) for a in e.args if isinstance(a, Expr))]
    return list(order)


def replace(results: Iterable[Expr], old: Mapping[Expr, Expr]) -> list[Expr]:
    """`results` with some expressions replaced by others."""
    results = list(results)
    new = dict(old)
    for e in walk(results):
        if e not in new:
            changed = [new[a] if isinstance(a, Expr) else a for a in e.args]
            new[e] = e if all(a is b for a, b in zip(changed, e.args, strict=True)) else op(e.op, *changed)
    return [new[e] for e in results]


def evaluate(results: Iterable[Expr], values: Mapping[str, float]) -> list:
    """Numbers for `results`, given those of the parameters and nodes by name."""
    results = list(results)
    known: dict[Expr, np.ndarray] = {}
    with np.errstate(all="ignore"):
        for e in walk(results):
            match e.op:
                case "number":
                    known[e] = e.args[0]
                case "parameter" | "node":
                    known[e] = values[e.args[0]]
                case _:
                    known[e] = OPS[e.op][1](*(known[a] for a in e.args))
    return [known[e] for e in results]
