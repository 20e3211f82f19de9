"""Every two-terminal set in ngspice, beside the engine.

The drive is the set's own, or what `OWN` makes of it. The instant of a switch is where a state, or the logarithm of the
conductance, crosses the middle of the range that it covers within a half cycle; within 1 % of the half cycle around it
the currents may differ.
"""

import itertools
import math
import os
import shutil

import numpy as np
import pytest

import pinched as pn
from pinched.core import PinchedError
from pinched.devices import describe, names
from pinched.devices.spice import OPTIONS, export, simulate
from pinched.devices.spice.netlist import LEFT_OUT
from pinched.experiments import protocols
from pinched.experiments.protocols import unfold

FALLBACK = {"protocol": "sweep", "v_first": 1.0, "v_second": -1.0, "rate": 1.0}
POINTS = 4000  # of a run, at the least
SLOWED = 1e6  # largest rate over the length of the run, for switches too fast for a simulator's shortest step

GEAR = "method=gear"  # damps what the trapezoidal rule lets ring

OWN: dict[str, tuple[dict, str, int]] = {  # what differs from the set's own drive, options of ngspice, points
    "gst-mushroom": ({}, GEAR, POINTS),  # its on state is 1e5 times faster than the steps of its ramp, and rings
    "gst-1d1r": ({}, GEAR, POINTS),  # as without the diode
    # Ten states in one equation of the current: a step takes 6 ms.
    "heo-amorphous-phenom": ({}, "", 500),
    # One of its five equal cycles, whose redraws are no part of a netlist.
    "hfo2-jart-v1b-variable-2020": ({"cycles": 1}, GEAR, POINTS),
    # Forms and switches in 1e-3 of the time, once, and without the compliance, in which it forms within a step.
    "hfo2-sky130-forming": ({"rate": 1e3, "cycles": 1, "i_max": math.inf}, GEAR, POINTS),
    # Beyond 0.7 V its gap closes, where its rates jump: the engine itself needs a tolerance looser than the comparison.
    "hfox-stanford-pku-v2": ({"v_first": 0.65, "v_second": -1.5}, GEAR, POINTS),
    # Its minor loop and its oscillation-free branch; at 30 V a Newton step leaves the range of numbers.
    "vo2-neuristor-2024": ({"v_first": 12.0}, "", POINTS),
}


@pytest.fixture(autouse=True)
def ngspice():
    if not shutil.which("ngspice") and not os.environ.get("PINCHED_CI"):
        pytest.skip("ngspice is not installed: apt-get install ngspice")


def source(pieces):
    """The lines that drive node `a`, a limited source where a piece has a compliance."""
    end = np.cumsum([p.duration for p in pieces])
    if any(p.amplitude for p in pieces):
        lines = [f"Vs s 0 SIN({pieces[0].v0} {pieces[0].amplitude} {pieces[0].frequency})"]
    else:
        corners = [(0.0, pieces[0].v0), *((float(t), p.v1) for t, p in zip(end, pieces, strict=True))]
        lines = ["Vs s 0 PWL(", *(f"+ {t!r} {float(v)!r}" for t, v in corners), "+ )"]
    limits = [min(p.step.i_max, 1e3) for p in pieces]
    if min(limits) == 1e3:
        return [*lines, "Vm s a 0"]
    limit = repr(limits[-1])
    for t, i_max in reversed([*zip(end[:-1], limits[:-1], strict=True)]):
        limit = f"(time <= {float(t)!r} ? {i_max!r} : {limit})"
    lower = f"Bw w 0 I = min(V(w), -ln(max(abs(I(Vm))/{limit}, 1e-30)))"  # the voltage that the limit takes away
    return [*lines, "Bl b 0 V = V(s) - V(w)*(V(s) < 0 ? -1 : 1)", "Vm b a 0", lower]


def deck(name, pieces, fastest, options="", points=POINTS):
    netlist, length = export(name), float(sum(p.duration for p in pieces))
    called = next(line.split()[1] for line in netlist.splitlines() if line.startswith(".subckt"))
    states = [line.split()[0][1:].lower() for line in netlist.splitlines() if line.startswith("C")]
    lines = [f"{name} beside the engine", netlist, *source(pieces)]
    lines += [f"X1 a 0 {called}" + (f" fastest={fastest / length!r}" if fastest else ""), f"{OPTIONS} {options}"]
    lines += [f".tran {length / points!r} {length!r} 0 {length / points!r} uic"]
    lines += [".save v(a) i(vm) " + " ".join(f"v(x1.{state})" for state in states), ".end"]
    return "\n".join(lines) + "\n", states, length


def deterministic(name, monkeypatch):
    """The device as its netlist is, without what that leaves out: redraws and noise."""
    made = pn.device(name)
    for method in LEFT_OUT:
        monkeypatch.setattr(type(made), method, None)
    return made


def both(name, monkeypatch):
    """(time, voltage, current, log conductance and states of the engine and of ngspice, edges of the half cycles)."""
    own, *numerics = OWN.get(name, ({}, "", POINTS))
    settings = {**(describe(name)["drive"] or FALLBACK), **own}
    protocol = getattr(protocols, settings.pop("protocol"))(**settings)
    pieces = unfold(protocol)
    for fastest in (None, SLOWED):
        text, states, length = deck(name, pieces, fastest, *numerics)
        try:
            found = simulate(text)
            break
        except PinchedError as error:
            if fastest or "too small" not in str(error):
                raise
    t, kept = np.unique(np.clip(found["time"], 0, length), return_index=True)
    found = {key: values[kept] for key, values in found.items()}
    ds = pn.run(deterministic(name, monkeypatch), protocol, save=t, rtol=1e-8)
    own = [ds[key].values for key in ds.data_vars if str(key).startswith("state_")]
    pairs = list(zip(own, (found[f"v(x1.{state})"] for state in states), strict=True))
    volts, amps = (ds["voltage"].values, found["v(a)"]), (ds["current"].values, found["i(vm)"])
    with np.errstate(all="ignore"):
        low = 0.01 * np.abs(volts[0]).max()
        pairs.append(
            tuple(np.log(np.abs(i / np.where(np.abs(v) > low, v, np.nan))) for v, i in zip(volts, amps, strict=True))
        )
    rising = np.sign(ds["voltage"].values)
    edges = [0, *np.flatnonzero(np.diff(rising)) + 1, len(t)]
    return t, amps, pairs, edges


def crossings(t, x, level):
    k = np.flatnonzero((x[1:] - level) * (x[:-1] - level) < 0)
    return t[k] + (level - x[k]) / (x[k + 1] - x[k]) * (t[k + 1] - t[k])


@pytest.mark.parametrize("name", names())
def test_ngspice_and_the_engine_agree(name, monkeypatch):
    t, (ours, theirs), pairs, edges = both(name, monkeypatch)
    near, late = np.zeros(len(t), bool), [0.0]
    for first, last in itertools.pairwise(edges):
        if last - first < 10:
            continue
        part = slice(first, last)
        half = t[last - 1] - t[first]
        for x, y in pairs:
            x, y = x[part], y[part]
            if not np.nanmax(x) - np.nanmin(x) > 0.05:
                continue
            middle = (np.nanmax(x) + np.nanmin(x)) / 2
            a, b = crossings(t[part], x, middle), crossings(t[part], y, middle)
            assert len(a) == len(b), "one switches where the other does not"
            late += list(np.abs(a - b) / half)
            for instant in a:
                near |= np.abs(t - instant) < 0.01 * half
    assert max(late) < 1e-3
    assert np.max(np.abs(ours - theirs)[~near]) < 1e-3 * np.max(np.abs(ours))


def test_an_unknown_simulator_and_a_population_are_refused():
    with pytest.raises(PinchedError, match="ngspice"):
        export("generic-vteam-2015", to="spectre")
    with pytest.raises(PinchedError, match="population"):
        export(pn.device("generic-vteam-2015").replace(R_on=np.array([50.0, 60.0])))


def test_parameters_keep_their_names_and_origins(tmp_path):
    text = export("hfox-stanford-pku", tmp_path / "cell.cir")
    assert (tmp_path / "cell.cir").read_text() == text
    assert "E_a = 0.6" in text
    assert "fitted: rram_v_1_0_0.va" in text
