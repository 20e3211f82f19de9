"""Functions as NOR gates (MAGIC) or NAND gates (IMP), without an external program.

An AND of complements is a NOR, the complement of an AND a NAND: each literal is built in the phase that costs no
inverter where there is a choice. An XOR is four gates, and its inner ones are ANDs that others may use: a full adder
takes nine gates.
"""

from pinched.arrays.logic.functions import FALSE, TRUE, Functions, Join
from pinched.arrays.logic.netlist import Kind, Netlist


def mapped(functions: Functions, kind: Kind = "nor") -> Netlist:
    """The `functions` as two-input gates of one `kind` and inverters."""
    return _Mapping(_carries_by_nor(functions) if kind == "nor" else functions, kind).netlist()


def _carries_by_nor(functions: Functions) -> Functions:
    """The same functions with each carry a b + c (a ^ b) as the complement of a' b' + c' (a ^ b), its dual.

    The two ANDs of that are inside the XORs of a, b and c when those are made of NOR gates.
    """
    copy, now = Functions(), dict[int, int]()

    def here(literal: int) -> int:
        return now[literal // 2] ^ literal & 1

    for number, node in enumerate(functions.nodes):
        if not isinstance(node, Join):
            now[number] = FALSE if node is None else copy.input(node)
        elif carry := _carry(functions, node):
            a, b, c, half = map(here, carry)
            now[number] = copy.either(copy.both(a ^ 1, b ^ 1), copy.both(c ^ 1, half))
        else:
            now[number] = (copy.both if node.what == "and" else copy.differ)(here(node.a), here(node.b))
    copy.outputs = {name: here(literal) for name, literal in functions.outputs.items()}
    return copy


def _carry(functions: Functions, node: Join) -> tuple[int, int, int, int] | None:
    """(a, b, c, a ^ b) where `node` is the complement of a carry."""
    first, second = functions.nodes[node.a // 2], functions.nodes[node.b // 2]
    if node.what == "and" and node.a & node.b & 1:
        for p, q in ((first, second), (second, first)):
            if isinstance(p, Join) and isinstance(q, Join) and p.what == q.what == "and":
                for half, c in ((q.a, q.b), (q.b, q.a)):
                    found = Join("xor", *sorted((p.a & ~1, p.b & ~1)))
                    if functions.nodes[half // 2] == found and (p.a ^ p.b ^ half) & 1 == 0:
                        return p.a, p.b, c, half
    return None


class _Mapping:
    def __init__(self, functions: Functions, kind: Kind):
        self.functions, self.kind = functions, kind
        self.flip = int(kind == "nand")  # NAND(x, y) is the complement of an AND of x, y; NOR the AND of complements
        self.gates: dict[str, tuple[str, ...]] = {}
        self.signal: dict[int, str] = {functions.input(name): name for name in functions.inputs}
        self.wanted = self._wanted()

    def netlist(self) -> Netlist:
        outputs = {name: self._get(literal) for name, literal in self.functions.outputs.items()}
        return Netlist(self.kind, self.functions.inputs, self._used(outputs), outputs)

    def _wanted(self) -> set[int]:
        """The literals of the ANDs that some output needs."""
        todo, seen = [literal // 2 for literal in self.functions.outputs.values()], set()
        while todo:
            if (n := todo.pop()) not in seen:
                seen.add(n)
                node = self.functions.nodes[n]
                todo += [node.a // 2, node.b // 2] if isinstance(node, Join) else []
        return {2 * n for n in seen if isinstance(node := self.functions.nodes[n], Join) and node.what == "and"}

    def _get(self, literal: int) -> str:
        """The signal of a literal, built with all that it needs, deepest first."""
        todo = [literal]
        while todo:
            if todo[-1] in self.signal:
                todo.pop()
            elif needed := [n for n in self._needs(todo[-1]) if n not in self.signal]:
                todo += needed
            else:
                self._build(todo.pop())
        return self.signal[literal]

    def _needs(self, literal: int) -> list[int]:
        """The literals from which `literal` is one step away."""
        node = self.functions.nodes[literal // 2]
        if literal ^ 1 in self.signal or literal in (TRUE, FALSE):
            return []
        if not isinstance(node, Join):
            return [literal ^ 1]
        if node.what == "xor":
            return list(self._phases(literal, node))
        if literal & 1 != self.flip:
            return [literal ^ 1]
        return [source ^ 1 ^ self.flip for source in (node.a, node.b)]

    def _build(self, literal: int) -> None:
        node = self.functions.nodes[literal // 2]
        if literal in (TRUE, FALSE) and literal ^ 1 not in self.signal:
            fresh = TRUE ^ self.flip
            self._gate(fresh, ())
            if literal != fresh:
                self._gate(literal, (fresh,))
        elif literal ^ 1 in self.signal:
            self._gate(literal, (literal ^ 1,))
        elif isinstance(node, Join) and node.what == "xor":
            self._exclusive(literal, *self._phases(literal, node))
        else:
            self._gate(literal, tuple(self._needs(literal)))

    def _phases(self, literal: int, node: Join) -> tuple[int, int]:
        """The phases of the two inputs of an XOR that cost the fewest gates."""
        a, b = node.a, node.b

        def cost(x: int, y: int) -> tuple[int, ...]:
            missing = sum(self._missing(source) for source in (x, y))
            wrong = (x ^ y ^ a ^ b ^ literal ^ 1 ^ self.flip) & 1
            shared = sum(
                (inner := self.functions.existing(*pair)) is not None and inner & ~1 in self.wanted
                for pair in self._inner(x, y)
            )
            return missing + wrong - shared, wrong, x & 1, y & 1

        return min(((a ^ p, b ^ q) for p in (0, 1) for q in (0, 1)), key=lambda pair: cost(*pair))

    def _missing(self, literal: int) -> int:
        """Inverters that a literal costs beyond its node."""
        node = self.functions.nodes[literal // 2]
        if literal in self.signal:
            return 0
        if literal ^ 1 in self.signal or not isinstance(node, Join):
            return 1
        return int(node.what == "and" and literal & 1 != self.flip)

    def _inner(self, x: int, y: int) -> tuple[tuple[int, int], ...]:
        """The ANDs inside the XOR of x and y."""
        n = 1 ^ self.flip
        return (x ^ n, y ^ n), (x ^ n, y ^ n ^ 1), (x ^ n ^ 1, y ^ n)

    def _exclusive(self, literal: int, x: int, y: int) -> None:
        first, second, third = self._inner(x, y)
        both = self._inner_gate(first, (self.signal[x], self.signal[y]))
        parts = (self._inner_gate(second, (self.signal[x], both)), self._inner_gate(third, (self.signal[y], both)))
        found = self.functions.differ(x, y) ^ 1 ^ self.flip
        self.signal[found] = self._new(parts)
        if found != literal:
            self._gate(literal, (found,))

    def _inner_gate(self, pair: tuple[int, int], sources: tuple[str, str]) -> str:
        """The gate of an AND inside an XOR: the one that is there, or a new one that others may use."""
        node = self.functions.existing(*pair)
        if node is None:
            return self._new(sources)
        if node ^ self.flip not in self.signal:
            self.signal[node ^ self.flip] = self._new(sources)
        return self.signal[node ^ self.flip]

    def _gate(self, literal: int, sources: tuple[int, ...]) -> None:
        self.signal[literal] = self._new(tuple(self.signal[s] for s in sources))

    def _new(self, sources: tuple[str, ...]) -> str:
        name = f"n{len(self.gates) + 1}"
        while name in self.functions.inputs:
            name = "_" + name
        self.gates[name] = sources
        return name

    def _used(self, outputs: dict[str, str]) -> dict[str, tuple[str, ...]]:
        used = set(outputs.values())
        for name in reversed(self.gates):
            if name in used:
                used.update(self.gates[name])
        return {name: sources for name, sources in self.gates.items() if name in used}
