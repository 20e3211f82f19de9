"""Adders and multipliers as Boolean functions."""

from pinched.arrays.logic.functions import Functions
from pinched.core import PinchedError


def adder(bits: int) -> Functions:
    """Sum of two numbers: a0…, b0… (least significant first) to s0… and the carry co; carries ripple."""
    functions = Functions()
    a, b = _numbers(functions, bits)
    carry = None
    for k, pair in enumerate(zip(a, b, strict=True)):
        functions.outputs[f"s{k}"], carry = _add(functions, *pair, carry)
    functions.outputs["co"] = carry
    return functions


def multiplier(bits: int) -> Functions:
    """Product of two numbers: a0…, b0… to p0…; rows of partial products added one after the other."""
    functions = Functions()
    a, b = _numbers(functions, bits)
    total = [functions.both(x, b[0]) for x in a]
    for k in range(1, bits):
        functions.outputs[f"p{k - 1}"] = total.pop(0)
        carry, row = None, []
        for i, x in enumerate(a):
            parts = [functions.both(x, b[k]), *total[i : i + 1]]
            if len(parts) == 1 and carry is None:
                row.append(parts[0])
                continue
            *first, last = [*parts, *([] if carry is None else [carry])]
            found, carry = _add(functions, *first, last) if len(first) == 2 else _add(functions, *first, last, None)
            row.append(found)
        total = row if carry is None else [*row, carry]
    functions.outputs |= {f"p{bits - 1 + k}": x for k, x in enumerate(total)}
    return functions


def _numbers(functions: Functions, bits: int) -> tuple[list[int], list[int]]:
    if bits < 1:
        raise PinchedError(f"A number has at least one bit, not {bits}.")
    a, b = ([functions.input(f"{name}{k}") for k in range(bits)] for name in "ab")
    return a, b


def _add(functions: Functions, a: int, b: int, carry: int | None) -> tuple[int, int]:
    """(sum, carry) of two bits and a carry."""
    half, both = functions.differ(a, b), functions.both(a, b)
    if carry is None:
        return half, both
    return functions.differ(half, carry), functions.either(both, functions.both(half, carry))
