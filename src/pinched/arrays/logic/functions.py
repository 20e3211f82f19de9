"""Boolean functions as a graph of ANDs and XORs that share what is equal."""

import ast
import re
from typing import NamedTuple

from pinched.core import PinchedError, nearest

FALSE, TRUE = 0, 1  # literals: 2 x node, odd where complemented
NAME = re.compile(r"(?<![\w'])[^\W\d]\w*(?:\[\d+\])?")  # of a signal, or of a bit of one: a, in, a[0]
WORDS = ("and", "or", "not", "True", "False")
WRITTEN = {"not": "~", "!": "~", "&&": " and ", "||": " or ", "1'b0": "0", "1'b1": "1"}  # otherwise in Python


class Join(NamedTuple):
    """The AND or XOR of two literals, the smaller one first."""

    what: str
    a: int
    b: int


class Functions:
    """Boolean functions of named inputs.

    A literal is an integer: twice the number of a node, plus 1 for its complement. Nodes are the constant, the inputs,
    and the AND or XOR of two literals; equal ones are the same node.

        f = Functions()
        a, b, c = map(f.input, "abc")
        f.outputs["y"] = f.both(a, f.differ(b, c))

    Attributes:
        nodes: of each node its name (an input), its Join, or None (the constant).
        outputs: name -> literal.
    """

    def __init__(self):
        self.nodes: list[str | Join | None] = [None]
        self.outputs: dict[str, int] = {}
        self._known: dict[str | Join, int] = {}

    @property
    def inputs(self) -> tuple[str, ...]:
        """Their names, in the order in which they were first named."""
        return tuple(node for node in self.nodes if isinstance(node, str))

    def input(self, name: str) -> int:
        """The literal of an input."""
        return self._node(name)

    def both(self, a: int, b: int) -> int:
        """a AND b."""
        a, b = sorted((a, b))
        if a == FALSE or a == b ^ 1:
            return FALSE
        return b if a in (TRUE, b) else self._node(Join("and", a, b))

    def either(self, a: int, b: int) -> int:
        """a OR b."""
        return self.both(a ^ 1, b ^ 1) ^ 1

    def differ(self, a: int, b: int) -> int:
        """a XOR b."""
        flipped = (a ^ b) & 1
        a, b = sorted((a & ~1, b & ~1))
        if a == b:
            return FALSE ^ flipped
        return (b if a == FALSE else self._node(Join("xor", a, b))) ^ flipped

    def existing(self, a: int, b: int) -> int | None:
        """The literal of a AND b where there is one already."""
        a, b = sorted((a, b))
        node = self._known.get(Join("and", a, b))
        return None if node is None else 2 * node

    def expression(self, text: str, known: dict[str, int] | None = None) -> int:
        """The literal of an expression in & | ^ ~ (or &&, ||, !, or and, or, not), 0, 1, names and brackets.

        Args:
            text: precedence as in Verilog and C: ~, then &, ^, |, then &&, ||.
            known: names that are not inputs; where it is given, any other name is an error.

        Raises:
            PinchedError: for anything else.
        """
        names = list(dict.fromkeys(names_in(text)))  # which Python may not have as such, like `in`
        stand_in = {name: f"_{k}" for k, name in enumerate(names)}
        plain = NAME.sub(lambda found: stand_in.get(found[0], found[0]), text)
        plain = re.sub(r"\bnot\b|!(?!=)|&&|\|\||\b1'b[01]\b", lambda found: WRITTEN[found[0]], plain)
        try:
            tree = ast.parse(plain.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise PinchedError(f"{text!r} is no Boolean expression: write for example a & (b ^ ~c).") from None
        try:
            return self._literal(tree, known, names)
        except RecursionError:
            raise PinchedError(
                "The expression is nested too deeply: split it with names, s = a ^ b; y = s & c."
            ) from None

    def _literal(self, tree: ast.expr, known: dict[str, int] | None, names: list[str]) -> int:
        match tree:
            case ast.Name(stand_in):
                name = names[int(stand_in[1:])]
                if known is None:
                    return self.input(name)
                if name not in known:
                    raise PinchedError(f"Nothing says what {name!r} in the netlist is{nearest(name, known)}.")
                return known[name]
            case ast.Constant(value) if value in (0, 1):
                return TRUE if value else FALSE
            case ast.UnaryOp(ast.Invert(), inner):
                return self._literal(inner, known, names) ^ 1
            case ast.BinOp(left, ast.BitAnd() | ast.BitOr() | ast.BitXor() as how, right):
                join = {ast.BitAnd: self.both, ast.BitOr: self.either, ast.BitXor: self.differ}[type(how)]
                return join(self._literal(left, known, names), self._literal(right, known, names))
            case ast.BoolOp(how, parts):
                join = self.both if isinstance(how, ast.And) else self.either
                first, *others = [self._literal(part, known, names) for part in parts]
                for other in others:
                    first = join(first, other)
                return first
        written = re.sub(r"\b_(\d+)\b", lambda found: names[int(found[1])], ast.unparse(tree))
        raise PinchedError(f"{written!r} is not Boolean: there are & | ^ ~, 0, 1, names and brackets.")

    def _node(self, node: str | Join) -> int:
        if node not in self._known:
            self._known[node] = len(self.nodes)
            self.nodes.append(node)
        return 2 * self._known[node]


def names_in(text: str) -> list[str]:
    """The signals that an expression names, one after the other."""
    return [name for name in NAME.findall(text) if name not in WORDS]


def parse(text: str) -> Functions:
    """The functions of `text`: one expression (its output is y), or name = expression; name = expression; …

    A name that was defined stands for what it is; every other name is an input. What no later line uses is an output.
    What follows # on a line is a comment.

    Raises:
        PinchedError: for what is no Boolean expression, or a name that is defined twice.
    """
    text = re.sub(r"#[^\n]*", "", text)
    lines = [line.strip() for line in text.replace("\n", ";").split(";") if line.strip()]
    if not lines:
        raise PinchedError("There is no expression: write for example a & (b ^ c).")
    if len(lines) == 1 and "=" not in lines[0]:
        lines = [f"y = {lines[0]}"]
    functions, defined, used = Functions(), {}, set()
    for line in lines:
        name, sign, right = (part.strip() for part in line.partition("="))
        if not (sign and names_in(name) == [name]):
            raise PinchedError(f"{line!r} is not understood: write name = expression.")
        if name in defined or name in used:
            raise PinchedError(f"{name!r} is used or defined before the line {line!r}: take another name.")
        names = names_in(right)
        used.update(names)
        inputs = {n: functions.input(n) for n in names if n not in defined}
        defined[name] = functions.expression(right, defined | inputs)
    functions.outputs.update({name: literal for name, literal in defined.items() if name not in used})
    return functions
