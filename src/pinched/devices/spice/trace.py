"""From a jaxpr to expressions: what a device computes, one operation at a time."""

import dataclasses
import functools
from collections.abc import Callable, Iterator

import numpy as np
from jax.extend import core

from pinched.devices.spice.expression import NUMBER, Expr, node, number, op, replace, unsupported, walk

MARGIN = 1e-5  # around a bracket, at whose ends Newton's method would otherwise step to and fro when it closes


def _power(x: Expr, n: int) -> Expr:
    if n < 0:
        return op("div", 1, _power(x, -n))
    half = _power(x, n // 2) if n > 1 else number(1)
    return half * half * x if n % 2 else half * half


def _same(x: Expr, **_) -> Expr:
    return x


def _convert(x: Expr, new_dtype, **_) -> Expr:
    return x if x.level == NUMBER or not np.issubdtype(new_dtype, np.integer) else unsupported("truncation to integers")


def _as(name: str) -> Callable[..., Expr]:
    return lambda *args, **_: op(name, *args)


SAME = """
    add sub mul div neg exp log sqrt pow sinh cosh tanh sin cos asin acos atan asinh cbrt abs sign max
    min lt le gt ge eq ne and or not
""".split()  # noqa: SIM905

ELEMENTWISE: dict[str, Callable[..., Expr]] = {
    **{name: _as(name) for name in SAME},
    **dict.fromkeys(("stop_gradient", "copy", "copy_p", "reduce_precision", "optimization_barrier"), _same),
    "add_any": _as("add"),
    "convert_element_type": _convert,
    "select_n": lambda which, off, on, **_: op("select", which, on, off),
    "clamp": lambda lo, x, hi, **_: op("min", op("max", x, lo), hi),
    "integer_pow": lambda x, y, **_: _power(x, y),
    "square": lambda x, **_: x * x,
    "rsqrt": lambda x, **_: 1 / op("sqrt", x),
    "expm1": lambda x, **_: op("exp", x) - 1,
    "log1p": lambda x, **_: op("log", 1 + x),
    "exp2": lambda x, **_: op("exp", np.log(2) * x),
    "logistic": lambda x, **_: 1 / (1 + op("exp", -x)),
    "is_finite": lambda x, **_: number(1),
}  # fmt: skip
MOVES = ("broadcast_in_dim", "reshape", "squeeze", "expand_dims", "transpose", "slice", "rev", "concatenate", "split",
         "stack", "gather", "dynamic_slice", "pad")  # fmt: skip
REDUCTIONS = {"reduce_sum": "add", "reduce_prod": "mul", "reduce_max": "max", "reduce_min": "min", "reduce_and": "and",
              "reduce_or": "or"}  # fmt: skip


@dataclasses.dataclass
class Implicit:
    """A voltage `unknown` at which `residual` vanishes."""

    unknown: Expr
    residual: Expr


def expressions(closed, arguments: list[np.ndarray]) -> tuple[list[np.ndarray], list[Implicit]]:
    """What the jaxpr `closed` gives for `arguments`, arrays of expressions, and the equations hidden in it."""
    tracer = _Tracer()
    results = tracer.run(closed.jaxpr, [constant(c) for c in closed.consts], arguments)
    return results, tracer.implicit


def constant(value) -> np.ndarray:
    """An array of numbers."""
    return _each(number, np.asarray(value).astype(object))


def _each(function, *arrays) -> np.ndarray:
    """`function` of the elements of arrays of one shape, scalars apart."""
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    arrays = [np.broadcast_to(a, shape) for a in arrays]
    result = np.empty(shape, object)
    for k in np.ndindex(shape):
        result[k] = function(*(a[k] for a in arrays))
    return result


class _Tracer:
    """Walks jaxprs; `implicit` collects the equations met, `depth` counts those around the present one."""

    def __init__(self, depth: int = 0):
        self.implicit: list[Implicit] = []
        self.roots: dict[tuple, Expr] = {}
        self.depth = depth

    def run(self, jaxpr, consts, arguments) -> list[np.ndarray]:
        known = dict(zip([*jaxpr.constvars, *jaxpr.invars], [*consts, *arguments], strict=True))

        def read(atom):
            return constant(atom.val) if isinstance(atom, core.Literal) else known[atom]

        for eqn in jaxpr.eqns:
            known |= zip(eqn.outvars, self.apply(eqn, [read(atom) for atom in eqn.invars]), strict=True)
        return [read(atom) for atom in jaxpr.outvars]

    def apply(self, eqn, inputs: list[np.ndarray]) -> list[np.ndarray]:
        name, params = eqn.primitive.name, eqn.params
        if _splits_bits(params):  # core.elementary.log takes a number apart; what it means is a logarithm
            return [_each(lambda x: op("log", x), inputs[0])]
        if (inner := _called(params)) is not None:
            return self.run(inner.jaxpr, [constant(c) for c in inner.consts], inputs)
        if name in ELEMENTWISE:
            return [_each(functools.partial(ELEMENTWISE[name], **params), *inputs)]
        if name in MOVES and (moved := _moved(eqn, inputs)) is not None:
            return moved
        if name in REDUCTIONS:
            return [_reduced(REDUCTIONS[name], inputs[0], params["axes"])]
        if name == "iota":
            return [constant(_bind(eqn, []))]
        if name == "dot_general" and not any(params["dimension_numbers"][1]):
            return [np.asarray(np.tensordot(*inputs, axes=params["dimension_numbers"][0]), object)]
        if name == "while" and (roots := self.solved(eqn, inputs)) is not None:
            return roots
        if name == "scan":
            return self.unrolled(params, inputs)
        if name == "cond":
            return self.chosen(params["branches"], *inputs)
        return [_each(lambda _: unsupported(name), np.empty(v.aval.shape, object)) for v in eqn.outvars]

    def unrolled(self, params, inputs) -> list[np.ndarray]:
        """A loop of known length, turn after turn."""
        consts, carry = params["num_consts"], params["num_carry"]
        fixed, state, rows = inputs[:consts], inputs[consts : consts + carry], inputs[consts + carry :]
        body, stacks = params["jaxpr"], []
        for k in sorted(range(params["length"]), reverse=params["reverse"]):
            outputs = self.run(
                body.jaxpr, map(constant, body.consts), [*fixed, *state, *(np.asarray(r[k]) for r in rows)]
            )
            state = outputs[:carry]
            stacks.append(outputs[carry:])
        order = slice(None, None, -1 if params["reverse"] else 1)
        return [*state, *(np.stack(stack[order]) for stack in zip(*stacks, strict=True))]

    def chosen(self, branches, index, *inputs) -> list[np.ndarray]:
        """The result of the branch with number `index`."""
        results = [self.run(b.jaxpr, map(constant, b.consts), list(inputs)) for b in branches]
        chosen = results[0]
        for k, result in enumerate(results[1:], 1):
            later = op("ge", index.item(), k)
            chosen = [
                _each(functools.partial(op, "select", later), new, old) for new, old in zip(result, chosen, strict=True)
            ]
        return chosen

    def solved(self, eqn, inputs) -> list[np.ndarray] | None:
        """The loop of `core.solve.root` as an equation for the simulator to solve, or None where it is another loop.

        Its state is (steps, low, high, x, step, done), and `low` moves to x where y = f(x) <= 0: that reveals f.
        """
        p = eqn.params
        consts, start = (
            inputs[p["cond_nconsts"] :][: p["body_nconsts"]],
            inputs[p["cond_nconsts"] + p["body_nconsts"] :],
        )
        if len(start) != 6:
            return None
        shape = start[3].shape
        inside = _Tracer(self.depth + 1)
        carry = [_each(lambda k, part=part: node(f"?{part}{self.depth}_{k}"), _numbered(a.shape)) for part, a in
                 zip(("steps", "low", "high", "x", "step", "done"), start, strict=True)]  # fmt: skip
        body = p["body_jaxpr"]
        moved = inside.run(body.jaxpr, [constant(c) for c in body.consts], [*consts, *carry])[1]
        if any(m.op != "select" or m.args[0].op != "le" or m.args[1:] != (x, low) or m.args[0].args[1] is not number(0)
               for m, x, low in zip(moved.flat, carry[3].flat, carry[1].flat, strict=True)):  # fmt: skip
            return None
        found = _each(
            functools.partial(self.root, inside), _each(lambda m: m.args[0].args[0], moved), carry[3], *start[1:3]
        )
        return [*start[:3], found.reshape(shape), *start[4:]]

    def root(self, inside: "_Tracer", residual: Expr, x: Expr, low: Expr, high: Expr) -> Expr:
        """The root of `residual` in `x`, kept between `low` and `high`; the same equation is solved once."""
        inner = _needed(residual, inside.implicit)
        key = (residual, low, high, *(i.residual for i in inner))
        if key not in self.roots:
            unknown = node(f"root{self.depth}_{len(self.implicit)}")
            kept = op("min", op("max", unknown, low - MARGIN), high + MARGIN)
            own = {i.unknown: node(f"{unknown.args[0]}_{k}") for k, i in enumerate(inner)}
            residual, *others = replace([residual, *(i.residual for i in inner)], {x: kept} | own)
            self.implicit += [Implicit(own[i.unknown], other) for i, other in zip(inner, others, strict=True)]
            # The last term pulls a Newton step back that leaves the bracket.
            self.implicit.append(Implicit(unknown, residual + (unknown - kept)))
            self.roots[key] = kept
        return self.roots[key]


def _needed(residual: Expr, implicit: list[Implicit]) -> list[Implicit]:
    """Those of `implicit`, each after those inside it, whose unknowns `residual` contains."""
    reached, needed = set(walk([residual])), []
    for i in reversed(implicit):
        if i.unknown in reached:
            reached.update(walk([i.residual]))
            needed.insert(0, i)
    return needed


def _called(params):
    """The jaxpr of a call that is to be inlined."""
    if "branches" in params or "body_jaxpr" in params or "num_carry" in params:
        return None
    for name in ("call_jaxpr", "jaxpr", "fun_jaxpr"):
        if (inner := params.get(name)) is not None:
            return inner if hasattr(inner, "consts") else core.ClosedJaxpr(inner, ())
    return None


def _splits_bits(params) -> bool:
    inner = params.get("call_jaxpr")
    return inner is not None and any(e.primitive.name == "bitcast_convert_type" for e in inner.eqns)


def _numbered(shape) -> np.ndarray:
    return np.arange(int(np.prod(shape))).reshape(shape).astype(object)


def _bind(eqn, values):
    return eqn.primitive.bind(*values, **eqn.params)


def _moved(eqn, inputs) -> list[np.ndarray] | None:
    """Elements put elsewhere: where JAX puts their numbers. None where the place depends on the circuit."""
    data, where = (inputs, []) if eqn.primitive.name in ("concatenate", "stack", "pad") else (inputs[:1], inputs[1:])
    if any(e.level != NUMBER for a in where for e in a.flat):
        return None
    values, elements = [], []
    for a in data:
        values.append(np.arange(len(elements), len(elements) + a.size).reshape(a.shape))
        elements += list(a.flat)
    index = [np.asarray([e.args[0] for e in a.flat], v.aval.dtype).reshape(a.shape) for a, v in
             zip(where, eqn.invars[len(data) :], strict=True)]  # fmt: skip
    results = _bind(eqn, [*values, *index])
    results = results if eqn.primitive.multiple_results else [results]
    return [_each(elements.__getitem__, np.asarray(r).astype(object)) for r in results]


def _reduced(name: str, array: np.ndarray, axes) -> np.ndarray:
    result = np.asarray(array)
    for axis in sorted(axes, reverse=True):
        rows = list(_rows(result, axis))
        result = functools.reduce(lambda a, b: _each(functools.partial(op, name), a, b), rows)
    return result


def _rows(array: np.ndarray, axis: int) -> Iterator[np.ndarray]:
    for k in range(array.shape[axis]):
        yield np.asarray(array.take(k, axis), object)
