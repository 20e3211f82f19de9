"""Expressions and netlists become NOR or NAND gates, and these a schedule on one line that still computes them."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from pinched.arrays.logic import adder, least_row, mapped, multiplier, parse, read, schedule, synthesised
from pinched.arrays.logic.netfile import from_blif, to_blif
from pinched.arrays.logic.synthesis import program
from pinched.core import PinchedError

KINDS = ("nor", "nand")
SIMPLER = Path(os.environ.get("PINCHED_TEST_DATA", "../shared/data")).parent / "reference/crossbar/logic_simpler"
needs_abc = pytest.mark.skipif(program() is None, reason="berkeley-abc is not installed")
needs_simpler = pytest.mark.skipif(not SIMPLER.is_dir(), reason=f"no reference cases at {SIMPLER}")

names = st.sampled_from("abcd")
expressions = st.recursive(
    names | st.sampled_from(["0", "1"]),
    lambda e: e.map(lambda x: f"~{x}") | st.tuples(e, st.sampled_from("&|^"), e).map(lambda t: f"({''.join(t)})"),
    max_leaves=12,
)


def check(functions, netlist, expected, row=None):
    """The netlist, and its schedule on `row` cells, give what Python says the expression is."""
    values, found = netlist.truth_table()
    on_line = schedule(netlist, row).simulate(values)
    for name, want in expected(values).items():
        np.testing.assert_array_equal(found[name], want)
        np.testing.assert_array_equal(np.broadcast_to(on_line[name], found[name].shape), want)


@settings(deadline=None, max_examples=150)
@given(text=expressions, kind=st.sampled_from(KINDS))
def test_an_expression_is_what_python_says(text, kind):
    functions = parse(text)
    netlist = mapped(functions, kind)

    def expected(values):
        true = np.ones(2 ** len(netlist.inputs), bool)
        python = text.replace("0", "(~true)").replace("1", "true")
        return {"y": np.broadcast_to(eval(python, {"true": true, **values}), true.shape)}

    check(functions, netlist, expected, least_row(netlist))
    check(functions, mapped(from_blif(to_blif(functions)), kind), expected)


def test_the_precedence_is_verilogs():
    for text, same in (("a | b & c", "a | (b & c)"), ("a ^ b & c", "a ^ (b & c)"), ("a | b ^ c", "a | (b ^ c)"),
                       ("!a & b", "(~a) & b"), ("a and b or c", "(a & b) | c"),
                       ("not a & b", "(~a) & b"), ("a && b | c || !in", "(a & (b | c)) | ~in")):  # fmt: skip
        first, second = (mapped(parse(t)).truth_table()[1]["y"] for t in (text, same))
        np.testing.assert_array_equal(first, second)


def test_named_lines_and_shared_logic():
    functions = parse("h = a ^ b; s = h ^ c; co = a & b | c & h")
    assert functions.inputs == ("a", "b", "c")
    assert list(functions.outputs) == ["s", "co"]
    for kind in KINDS:
        netlist = mapped(functions, kind)
        assert len(netlist.gates) == 9  # the full adder of nine NORs, or NANDs
        values, found = netlist.truth_table()
        total = sum(v.astype(int) for v in values.values())
        np.testing.assert_array_equal(found["s"] + 2 * found["co"], total)


def number(values, letter, bits):
    return sum(np.asarray(values[f"{letter}{k}"], object) * 2**k for k in range(bits))


def sums(found, bits, letter):
    total = number(found, letter, sum(n.startswith(letter) for n in found))
    return total + 2**bits * np.asarray(found["co"], object) if "co" in found else total


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("make", "letter", "operation"), [(adder, "s", int.__add__), (multiplier, "p", int.__mul__)])
def test_arithmetic_on_the_shortest_line(kind, make, letter, operation):
    """All operands of 4 bits; random ones of 16."""
    netlist = mapped(make(4), kind)
    values, _ = netlist.truth_table()
    found = schedule(netlist, least_row(netlist)).simulate(values)
    a, b = number(values, "a", 4), number(values, "b", 4)
    assert np.all(sums(found, 4, letter) == np.vectorize(operation, otypes=[object])(a, b))

    rng = np.random.default_rng(16)
    netlist = mapped(make(16), kind)
    values = {name: rng.integers(0, 2, 500).astype(bool) for name in netlist.inputs}
    found = schedule(netlist, least_row(netlist)).simulate(values)
    a, b = number(values, "a", 16), number(values, "b", 16)
    assert np.all(sums(found, 16, letter) == np.vectorize(operation, otypes=[object])(a, b))


@needs_simpler
@pytest.mark.parametrize("name", ["full_adder_1bit", "add8", "add16", "mul4", "mul8"])
def test_cycles_beside_simpler_magic(name):
    """The built-in mapping never takes more cycles than SIMPLER-MAGIC on ABC's netlist; the inputs are preserved."""
    rows = json.loads((SIMPLER / "case.json").read_text())["results"][name]
    netlist = mapped(read(SIMPLER / f"{name}.v"))
    for row, published in rows.items():
        placed = schedule(netlist, int(row))
        assert placed.cycles <= published["cycles"]
        assert placed.reuses <= published["reuse_cycles"]


@needs_abc
@needs_simpler
@pytest.mark.parametrize("name", ["full_adder_1bit", "add8", "add16", "mul4", "mul8"])
def test_abc_gives_simplers_netlist_and_cycles(name):
    """The same gates; the cycles within 1, since operands that need equally many cells have no published order."""
    rows = json.loads((SIMPLER / "case.json").read_text())["results"][name]
    functions = read(SIMPLER / f"{name}.v")
    netlist = synthesised(functions)
    for row, published in rows.items():
        placed = schedule(netlist, int(row))
        assert placed.gates == published["nor_not_gates"]
        assert placed.cycles <= published["cycles"] + 1
    rng = np.random.default_rng(0)
    values = {n: rng.integers(0, 2, 1000).astype(bool) for n in netlist.inputs}
    ours = mapped(functions).evaluate(values)
    for output, found in netlist.evaluate(values).items():
        np.testing.assert_array_equal(found, ours[output])


@needs_abc
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["a & (b ^ c)", "0", "1", "a", "y = a; z = a; w = ~a; v = 0; u = 1"])
def test_abc_agrees_with_the_mapping(text, kind):
    functions = parse(text)
    values, ours = mapped(functions, kind).truth_table()
    theirs = schedule(synthesised(functions, kind)).simulate(values)
    for name, found in ours.items():
        np.testing.assert_array_equal(np.broadcast_to(theirs[name], found.shape), found)


def test_without_abc_one_sentence(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PinchedError, match="berkeley-abc"):
        synthesised(parse("a & b"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no expression"), ("a &", "no Boolean expression"), ("a + b", "not Boolean"), ("a & 2", "not Boolean"),
        ("f(a)", "not Boolean"), ("y = a; y = b", "take another name"), ("y = s & a; s = a ^ b", "take another name"),
        ("a b = c", "name = expression"), ("nothing.v", "cannot be read"), ("nothing.blif", "cannot be read"),
    ],
)  # fmt: skip
def test_mistakes_are_one_sentence(text, told):
    with pytest.raises(PinchedError, match=told):
        read(text)


@pytest.mark.parametrize(
    ("suffix", "text", "told"),
    [
        (".v", "module m (a, y); input a; output y; always @(a) y = a; endmodule", "yosys"),
        (".v", "module m (a, y); input [1:0] a; output y; assign y = a; endmodule", "whole vector 'a'"),
        (".v", "module m (a, y); input a; output y; assign y = a; assign y = ~a; endmodule", "twice"),
        (".v", "module m (a, y); input a; output y; sub s (a, y); endmodule", "yosys"),
        (".v", "module m (a, y); input a; output y; assign y = z & a; endmodule", "'z'"),
        (".v", "module m (a, y); input a; output y; wire s; assign s = y; assign y = s; endmodule", "back"),
        (".v", "module m (a, y); input a; output y; endmodule", "'y'"),
        (".v", "y = a", "no Verilog module"),
        (".blif", ".inputs a\n.outputs y\n.latch a y re clk 0\n.end", "latch"),
        (".blif", ".inputs a\n.outputs y\n.names a b y\n11 1\n.end", "'b'"),
        (".blif", ".inputs a b\n.outputs y\n.names a b y\n1 1\n.end", "rows of 2"),
        (".blif", ".inputs a b\n.outputs y\n.names a b y\n11 1\n00 0\n.end", "all 1 or all 0"),
        (".blif", "not a netlist", "no outputs"),
    ],
)  # fmt: skip
def test_netlists_that_are_not_mapped_say_why(tmp_path, suffix, text, told):
    path = tmp_path / f"m{suffix}"
    path.write_text(text)
    with pytest.raises(PinchedError, match=told):
        read(path)


def test_a_line_that_is_too_short_says_what_is_enough():
    netlist = mapped(adder(2))
    least = least_row(netlist)
    schedule(netlist, least)
    with pytest.raises(PinchedError, match=f"it takes {least}"):
        schedule(netlist, least - 1)


@pytest.mark.parametrize(
    "text",
    [
        "module m(input wire in, b, output y);  // ports declared here\n /* and\n */ assign y = in & ~b; endmodule",
        "module m(in, b, y); input in, b; output y; wire w; not g(w, b); and (y, in, w); endmodule",
        "module m(in, b, y); input in, b; output y; wire w = ~in; nor g(y, w, b); endmodule",
        "module m(input [1:0] in, output [0:0] y); assign y[0] = in[0] && !in[1] || 1'b0; endmodule",
    ],
)
def test_verilog_in_its_usual_forms(tmp_path, text):
    path = tmp_path / "m.v"
    path.write_text(text)
    values, found = mapped(read(path)).truth_table()
    a, b = values.values()
    np.testing.assert_array_equal(next(iter(found.values())), a & ~b)


def test_blif_with_zeros_listed_and_dont_cares(tmp_path):
    path = tmp_path / "m.blif"
    path.write_text(
        ".model m\n.inputs a b \\\n c\n.outputs y z\n.names a b c y # a comment\n1-0 1\n01- 1\n.names a b z\n11 0\n.end"
    )
    values, found = mapped(read(path)).truth_table()
    a, b, c = values.values()
    np.testing.assert_array_equal(found["y"], a & ~c | ~a & b)
    np.testing.assert_array_equal(found["z"], ~(a & b))
