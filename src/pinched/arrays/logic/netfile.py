"""Netlists as BLIF text, and structural Verilog: the two formats that synthesisers exchange."""

import re
from collections.abc import Callable
from pathlib import Path

from pinched.arrays.logic.functions import FALSE, Functions, Join, names_in, parse
from pinched.arrays.logic.netlist import Kind, Netlist, sorted_gates
from pinched.core import PinchedError

COVERS = {"and": ("11",), "xor": ("10", "01")}
GATES = {"and": " & ", "nand": " & ", "or": " | ", "nor": " | ", "xor": " ^ ", "xnor": " ^ ", "buf": None, "not": None}
COMPLEMENTS = ("nand", "nor", "xnor", "not")
DECLARATION = re.compile(r"(input|output|wire)\b\s*(?:wire\b|reg\b|logic\b)?\s*(?:\[(\d+):(\d+)\])?(.*)", re.DOTALL)
GATE = re.compile(rf"({'|'.join(GATES)})\b\s*\w*\s*\((.*)\)", re.DOTALL)


def read(source: str | Path) -> Functions:
    """The functions of an expression, or of a .blif or .v file.

    Raises:
        PinchedError: for a file that cannot be read, or text that is neither.
    """
    readers: dict[str, Callable[[str], Functions]] = {".blif": from_blif, ".v": from_verilog}
    reader = readers.get(Path(str(source)).suffix)
    if reader is None:
        return parse(str(source))
    try:
        text = Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PinchedError(f"{source} cannot be read ({error}).") from None
    return reader(text)


def from_verilog(text: str) -> Functions:
    """One module of inputs, outputs, wires, gates, and assignments in & | ^ ~, of single bits or bits of vectors.

    What else Verilog has is for a synthesiser.
    """
    text = re.sub(r"//[^\n]*|/\*.*?\*/", " ", text, flags=re.DOTALL)
    module = re.search(r"\bmodule\b([^;]*);(.*?)\bendmodule\b", text, re.DOTALL)
    if not module:
        raise PinchedError("There is no Verilog module: it begins with module name (…); and ends with endmodule.")
    functions, outputs, assigned, vectors = Functions(), list[str](), dict[str, str](), set[str]()
    for statement in filter(None, map(str.strip, [*_ports(module[1]), *module[2].split(";")])):
        drives = []  # (signal, expression)
        if found := DECLARATION.fullmatch(statement):
            kind, *ends, rest = found.groups()
            names, sign, right = (part.strip() for part in rest.partition("="))
            names = [name.strip() for name in names.split(",")]
            drives = [(names[-1], right)] if sign else []
            understood = all(re.fullmatch(r"[A-Za-z_]\w*", name) for name in names) and (kind == "wire" or not sign)
            if ends[0]:
                vectors.update(names)
                low, high = sorted(map(int, ends))
                names = [f"{name}[{k}]" for name in names for k in range(low, high + 1)]
            for name in names if understood and kind == "input" else ():
                functions.input(name)
            outputs += names if kind == "output" else []
        elif found := GATE.fullmatch(statement):
            name, *pins = (pin.strip() for pin in found[2].split(","))
            right = f"({(GATES[found[1]] or ',').join(pins)})"
            drives = [(name, "~" * (found[1] in COMPLEMENTS) + right)]
            understood = len(pins) > 1 or GATES[found[1]] is None
        else:
            name, sign, right = (part.strip() for part in statement.removeprefix("assign").partition("="))
            drives = [(name, right)]
            understood = bool(sign and re.match(r"assign\b", statement))
        if not understood or any(names_in(name) != [name] for name, _ in drives):
            raise PinchedError(
                f"Verilog {statement[:60]!r} is more than inputs, outputs, wires, gates and assignments of single "
                "bits: turn it into BLIF first (yosys -p 'synth -flatten; write_blif netlist.blif')."
            )
        for name, right in drives:
            if name in assigned or name in functions.inputs:
                raise PinchedError(f"The netlist says twice what {name!r} is.")
            assigned[name] = right
    for name in (name for right in assigned.items() for text in right for name in names_in(text)):
        if name in vectors:
            raise PinchedError(
                f"Verilog uses the whole vector {name!r}: write its bits, such as {name}[0], or take BLIF."
            )
    uses = {name: tuple(n for n in names_in(right) if n in assigned) for name, right in assigned.items()}
    known = {name: functions.input(name) for name in functions.inputs}
    for name in sorted_gates(uses):
        known[name] = functions.expression(assigned[name], known)
    return _with_outputs(functions, outputs, known)


def _ports(header: str) -> list[str]:
    """The declarations between the brackets after the name of a module, if they are there."""
    found: list[str] = []
    for port in header.partition("(")[2].rpartition(")")[0].split(","):
        if re.match(r"\s*(input|output)\b", port):
            found.append(port)
        elif found:
            found[-1] += "," + port
    return found


def from_blif(text: str) -> Functions:
    """One combinational model of .names tables."""
    functions, outputs, tables = Functions(), list[str](), dict[str, tuple[tuple[str, ...], list[str]]]()
    rows: list[str] = []
    for line in _lines(text):
        match line:
            case [".inputs", *names]:
                for name in names:
                    functions.input(name)
            case [".outputs", *names]:
                outputs += names
            case [".names", *names] if names:
                if names[-1] in tables:
                    raise PinchedError(f"The netlist says twice what {names[-1]!r} is.")
                rows = []
                tables[names[-1]] = tuple(names[:-1]), rows
            case [".model" | ".end", *_]:
                pass
            case [word, *_] if word.startswith("."):
                raise PinchedError(
                    f"BLIF {word} is not read: flatten the netlist to .names (in ABC: strash; write_blif)."
                )
            case words:
                rows.append(" ".join(words))
    known = {name: functions.input(name) for name in functions.inputs}
    for name in sorted_gates({name: tuple(s for s in sources if s in tables) for name, (sources, _) in tables.items()}):
        sources, rows = tables[name]
        for source in sources:
            if source not in known:
                raise PinchedError(f"BLIF {name!r} uses {source!r}, which is no input and has no .names.")
        if not all(_row(row, len(sources)) for row in rows) or len({row[-1] for row in rows}) > 1:
            raise PinchedError(
                f"BLIF .names of {name!r} needs rows of {len(sources)} of 0, 1, - and then all 1 or all 0, not {rows}."
            )
        known[name] = _table(functions, [known[source] for source in sources], rows)
    return _with_outputs(functions, outputs, known)


def _row(row: str, count: int) -> bool:
    return re.fullmatch(rf"[01-]{{{count}}} [01]" if count else "[01]", row) is not None


def _table(functions: Functions, sources: list[int], rows: list[str]) -> int:
    """The literal of a .names table: the OR of its rows, or its complement where they list the zeros."""
    found, value = FALSE, "1"
    for row in rows:
        *pattern, value = row.split()
        term = FALSE ^ 1
        for literal, wanted in zip(sources, "".join(pattern), strict=True):
            if wanted != "-":
                term = functions.both(term, literal ^ (wanted == "0"))
        found = functions.either(found, term)
    if len(sources) == 2 and sorted(rows) in (["01 1", "10 1"], ["00 1", "11 1"]):  # kept as the XOR that it is
        return functions.differ(*sources) ^ (rows[0][0] == rows[0][1])
    return found ^ (value == "0")


def to_blif(functions: Functions) -> str:
    """The functions as BLIF text."""
    names = {n: node if isinstance(node, str) else f"[{n}]" for n, node in enumerate(functions.nodes)}
    lines = [".model pinched", ".inputs " + " ".join(functions.inputs), ".outputs " + " ".join(functions.outputs)]
    lines.append(f".names {names[0]}")
    for n, node in enumerate(functions.nodes):
        if isinstance(node, Join):
            literals = node.a, node.b
            lines.append(f".names {' '.join(names[x // 2] for x in literals)} {names[n]}")
            for cover in COVERS[node.what]:
                lines.append("".join(str(int(c) ^ x & 1) for c, x in zip(cover, literals, strict=True)) + " 1")
    for name, literal in functions.outputs.items():
        if names[literal // 2] != name:
            lines += [f".names {names[literal // 2]} {name}", f"{1 - (literal & 1)} 1"]
    return "\n".join([*lines, ".end", ""])


def from_mapped(text: str, kind: Kind) -> Netlist:
    """The netlist of BLIF whose gates are called as `kind`, "not", "one" and "zero"."""
    gates, alias, inputs, outputs = dict[str, tuple[str, ...]](), dict[str, str](), list[str](), list[str]()
    for line in _lines(text):
        match line:
            case [".inputs", *names]:
                inputs += names
            case [".outputs", *names]:
                outputs += names
            case [".gate", name, *pins]:
                *sources, signal = [pin.partition("=")[2] for pin in pins]
                if name in ("one", "zero") and (name == "one") != (kind == "nor"):  # the complement of a fresh cell
                    gates[f"{signal}_fresh"], sources = (), [f"{signal}_fresh"]
                gates[signal] = tuple(sources)
            case [".names" | ".barbuf", source, name]:
                alias[name] = source
    return Netlist(kind, tuple(inputs), sorted_gates(gates), {name: alias.get(name, name) for name in outputs})


def _lines(text: str) -> list[list[str]]:
    """The words of every line that has some, comments left out and continued lines joined."""
    return [words for line in text.replace("\\\n", " ").splitlines() if (words := line.partition("#")[0].split())]


def _with_outputs(functions: Functions, outputs: list[str], known: dict[str, int]) -> Functions:
    if not outputs:
        raise PinchedError("The netlist has no outputs.")
    for name in outputs:
        if name not in known:
            raise PinchedError(f"The output {name!r} of the netlist has no logic.")
        functions.outputs[name] = known[name]
    return functions
