"""A whole array as an ngspice deck: cells of the exporter of devices, wires and drivers between them."""

import functools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np

from pinched.arrays.crossbar import Crossbar
from pinched.arrays.inputs import ENDS
from pinched.core import PinchedError, param, verb
from pinched.devices import Device, Environment, parameter_file
from pinched.devices.spice import OPTIONS, export as export_device
from pinched.devices.wrappers.wrapper import Wrapper

CELL = "cell"  # name of the subcircuit
# A cell that runs away while its drive rises turns ngspice's error of a step into one of the instant: its current is
# then off by 2e-3 to 4e-3 at the 1e-6 of single devices, by 1e-4 at this, in the same time.
STRICT = ".options reltol=1e-8"


class _Started(Wrapper):
    """`inner`, whose states start where parameters `start_0`, `start_1`, … say, so that each instance has its own."""

    def state(self):
        """Those of `inner`, at rest where the parameters say."""
        states = enumerate(super().state().items())
        return {name: s._replace(rest=getattr(self, f"start_{k}")) for k, (name, s) in states}


@functools.cache
def _starting(states: int) -> type:
    """The wrapper for so many states."""
    starts = {f"start_{k}": param(unit="1", doc=f"state {k} at the start") for k in range(states)}
    return type("Started", (_Started,), {**starts, "__annotations__": dict.fromkeys(starts, np.ndarray)})


@verb
def export(
    crossbar: Crossbar,
    path: str | os.PathLike | None = None,
    *,
    time=(0.0, 1e-6),
    points: int = 1000,
    env: Environment | None = None,
    **ends: Any,
) -> str:
    """Write an array as an ngspice deck with a transient analysis: every cell, every wire segment, every driver.

    Word-line nodes are w_i_j and bit-line nodes b_i_j, counted from 0; the sources, whose currents are saved, are
    v_word_left_i and so on. A cell that is a Device is an instance of one subcircuit with its own parameters and its
    own states at the start.

    Args:
        crossbar: the array; cells with gates and compliance have no netlist yet.
        path: file to write; None writes none.
        time: s (n,), as in `Crossbar.run`.
        points: of the result, at the least.
        env: the surroundings.
        ends: word_left, word_right, bit_top, bit_bottom as in `Crossbar.run`: V, a scalar, (lines,), or (n, lines).

    Returns:
        The deck.

    Raises:
        PinchedError: for cells with a gate, a compliance, ends that are none, or what the exporter of devices refuses.
    """
    if crossbar.i_max is not None or hasattr(crossbar.cell, "ports"):
        raise PinchedError("export() knows no gates and no compliance: export an array without them.")
    if unknown := sorted(set(ends) - set(ENDS)):
        raise PinchedError(f"export() got {unknown[0]!r}: the line ends are {', '.join(ENDS)}.")
    time = np.asarray(time, float)
    rows, columns = crossbar.shape
    lines = [f"An array of {rows} x {columns} cells, written by pinched", "* cells", *_cells(crossbar, env)]
    lines += [
        "* word lines",
        *_lines(crossbar, "word", time, ends),
        "* bit lines",
        *_lines(crossbar, "bit", time, ends),
    ]
    saved = [line.split()[0] for line in lines if line.startswith("v_")]
    states = [f"v(x_{i}_{j}.{name})" for i in range(rows) for j in range(columns) for name in _names(crossbar)]
    stop = float(time[-1])
    lines += [OPTIONS, STRICT, f".tran {stop / points!r} {stop!r} 0 {stop / points!r} uic"]
    lines += [f".save {' '.join([*(f'i({name})' for name in saved), *states])}", ".end"]
    text = "\n".join(lines) + "\n"
    if path is not None:
        parameter_file.write(Path(path), text)
    return text


def _cells(crossbar: Crossbar, env) -> Iterator[str]:
    places = list(np.ndindex(crossbar.shape))
    if not isinstance(crossbar.cell, Device):
        for i, j in places:
            if crossbar.cell[i, j] > 0:
                yield f"r_{i}_{j} w_{i}_{j} b_{i}_{j} {float(1 / crossbar.cell[i, j])!r}"
        return
    states = (np.broadcast_to(x, crossbar.shape) for x in (crossbar.x or {}).values())
    start = {f"start_{k}": x for k, x in enumerate(states)}
    whole = jax.tree.map(lambda leaf: np.broadcast_to(leaf, crossbar.shape), crossbar.cell)
    inner = jax.tree.map(lambda leaf: leaf[0, 0], whole)
    first = _starting(len(start))(inner=inner, **{key: x[0, 0] for key, x in start.items()})
    yield export_device(first, name=CELL, env=env).rstrip()
    differing = {key: value for key, _, value in parameter_file.flat(whole) if np.ptp(value) > 0}
    own = start | {f"inner_{key.replace('.', '_')}": value for key, value in differing.items()}
    for i, j in places:
        given = " ".join(f"{key}={float(value[i, j])!r}" for key, value in own.items())
        yield f"X_{i}_{j} w_{i}_{j} b_{i}_{j} {CELL} {given}"


def _names(crossbar: Crossbar) -> list[str]:
    if not isinstance(crossbar.cell, Device):
        return []
    return [f"inner_{name.replace('.', '_')}".lower() for name in crossbar.cell.state()]


def _lines(crossbar: Crossbar, kind: str, time, ends) -> Iterator[str]:
    """The wires of one direction, with their sources and capacitances."""
    rows, columns = crossbar.shape
    word = kind == "word"
    count, nodes = (rows, columns) if word else (columns, rows)
    r = np.asarray(getattr(crossbar, f"r_{kind}"), float)
    r = np.broadcast_to(r[:, None] if r.ndim == 1 else r, (count, nodes + 1))
    c = float(getattr(crossbar, f"c_{kind}"))
    for line in range(count):
        node = [f"w_{line}_{k}" if word else f"b_{k}_{line}" for k in range(nodes)]
        for k in range(1, nodes):
            yield from _wire(f"{kind}_{line}_{k}", node[k - 1], node[k], r[line, k])
        for end, at, segment in (("left" if word else "top", 0, 0), ("right" if word else "bottom", -1, nodes)):
            volts = ends.get(f"{kind}_{end}")
            volts = np.broadcast_to(np.nan if volts is None else np.asarray(volts, float), (len(time), count))[:, line]
            if np.isnan(volts).any():
                continue
            source = f"{kind}_{end}_{line}"
            yield from _wire(source, f"s_{source}", node[at], r[line, segment] + float(crossbar.r_source))
            yield f"v_{source} s_{source} 0 {_waveform(time, volts)}"
        if c:
            yield from (f"c_{kind}_{line}_{k} {name} 0 {c!r}" for k, name in enumerate(node))


def _wire(name, a, b, r) -> Iterator[str]:
    if np.isfinite(r):
        yield f"r_{name} {a} {b} {float(r)!r}" if r else f"vs_{name} {a} {b} 0"


def _waveform(time, volts) -> str:
    if np.ptp(volts) == 0:
        return f"{float(volts[0])!r}"
    return "PWL(" + " ".join(f"{float(t)!r} {float(v)!r}" for t, v in zip(time, volts, strict=True)) + ")"
