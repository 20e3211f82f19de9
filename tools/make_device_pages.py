"""Write docs/devices: a page for every published set, from its fields, with the loop that it draws.

python tools/make_device_pages.py [NAME …]
"""

import inspect
import sys
from pathlib import Path

import numpy as np

from pinched.core import PinchedError, params
from pinched.devices import (
    Environment,
    describe,
    device,
    names,
    programming,
    programming_names,
    provenance,
    response,
    response_names,
    transistor,
    transistor_names,
)
from pinched.gallery.figure import Panel, panels
from pinched.reports.figures.style import style

DOCS = Path(__file__).parents[1] / "docs/devices"
STATUS = {
    "verified": "Verified: the values were read in the source.",
    "partly_verified": "**Partly verified**: some values were read in the source, the rest is recalled.",
    "from_memory": "**From memory**: the values are recalled from the paper and not confirmed; do not quote them.",
    "phenomenological": "**Phenomenological**: chosen to behave as published devices do; a fit of none.",
    "fitted": "Fitted.",
}


KINDS = {
    "Compact models": (names, device),
    "Pulse responses": (response_names, response),
    "Programmed cells": (programming_names, programming),
    "Access transistors": (transistor_names, transistor),
}


def page(name: str, drawn: str) -> str:
    """The page of a set, whose figure shows what `drawn` says."""
    about, module = describe(name), _module(name)
    lines = [f"# {name}", "", f"{about['description']}. {STATUS[about['status']]}", "", f"Source: {about['source']}."]
    lines += ["", about["notes"]] if about["notes"] else []
    lines += ["", f"![{drawn}]({name}.svg)", "", drawn] if drawn else []
    lines += ["", f"## Model: {type(module).__name__}", "", "```text", inspect.getdoc(type(module)) or "", "```"]
    lines += [
        "",
        "## Parameters",
        "",
        "| parameter | value | unit | meaning | origin | source |",
        "|---|---|---|---|---|---|",
    ]
    meaning = _meanings(module)
    for key, entry in provenance(name).items():
        value = np.asarray(entry["value"])
        text = np.array2string(value, separator=", ", formatter={"float_kind": "{:.6g}".format}).replace("\n", "")
        cells = (f"`{key}`", text, entry["unit"], meaning[key], entry["origin"], entry["source"])
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _module(name: str):
    return next(load(name) for published, load in KINDS.values() if name in published())


def shown(name: str) -> str:
    """What the figure of an existing page shows."""
    lines = (DOCS / f"{name}.md").read_text(encoding="utf-8").splitlines()
    return next((line[2:].rpartition("](")[0] for line in lines if line.startswith("![")), "")


def _meanings(module, prefix: str = "") -> dict[str, str]:
    from pinched.devices.parameter_file import parts

    found = {prefix + key: declared.doc for key, declared in params(type(module)).items()}
    for part, inner in parts(module):
        found |= _meanings(inner, f"{prefix}{part}.")
    return found


def figure(name: str) -> str:
    """Draw the loop or the law of `name`; what it shows, or nothing where there is nothing to draw."""
    draw = {names: _loop, response_names: _train, programming_names: _statistics, transistor_names: _transfer}
    with style():
        try:
            drawn, told = next(how for published, how in draw.items() if name in published())(name)
        except PinchedError as error:
            print(f"{name}: no figure: {error}")
            return ""
        drawn.savefig(DOCS / f"{name}.svg", metadata={"Date": None, "Creator": None})
    return told


def driven(about: dict) -> str:
    """How the loop of a set with a published drive is named."""
    return "The loop under " + ", ".join(f"{k} {v}" for k, v in about["drive"].items()) + "."


def _loop(name: str):
    from pinched.experiments import protocols
    from pinched.experiments.drive import find_drive, told
    from pinched.experiments.engine import run

    one, about = device(name), describe(name)
    if about["drive"]:
        settings = dict(about["drive"])
        protocol = getattr(protocols, settings.pop("protocol"))(**settings)
        text = driven(about)
    else:
        drive = find_drive(one)
        protocol = protocols.sweep(drive.v_set, drive.v_reset, drive.rate, 2, drive.i_set, drive.i_reset)
        text = f"{told(drive)}."
    ds = run(one, protocol, save="every")
    v, i = ds["voltage"].values, ds["current"].values
    size = np.where(np.abs(v) > 1e-6 * np.abs(v).max(), np.abs(i), np.nan)  # 0 V is not for a logarithm
    linear = Panel("I–V", "voltage (V)", "current (A)", {"": (v, i)})
    return panels(linear, Panel("logarithmic", "voltage (V)", "|current| (A)", {"": (v, size)}, log="y")), text


def _train(name: str):
    one = response(name)
    pulses = np.arange(0, 400)
    up = np.asarray(one.step(np.full(pulses.shape, float(one.g_min)), pulses.astype(float)))
    down = np.asarray(one.step(np.full(pulses.shape, float(one.g_max)), -pulses.astype(float)))
    curves = {"up": (pulses, up * 1e6), "down": (pulses, down * 1e6)}
    return panels(Panel("Identical pulses", "pulses", "conductance (µS)", curves), width=3.6), "The mean response."


def _statistics(name: str):
    law = programming(name)
    g, t = np.linspace(float(law.g_min), float(law.g_max), 100), np.geomspace(1.0, 1e7, 60)
    ageing = {
        f"{1e6 * target:.3g} µS": (t, 1e6 * np.asarray(law.program(np.full(t.shape, target)).at(t)))
        for target in np.linspace(float(law.g_min), float(law.g_max), 5)[1:]
    }
    error = Panel("Programming", "target (µS)", "standard deviation (µS)", {"": (1e6 * g, 1e6 * law.program_sigma(g))})
    aged = Panel("Mean cells at rest", "time (s)", "conductance (µS)", ageing, log="x")
    return panels(error, aged), "The error of programming, and what mean cells become."


def _transfer(name: str):
    one, env = transistor(name), Environment()
    gate = np.linspace(0.0, float(one.v_t) + 1.0, 200)
    curves = {f"{v} V across": (gate, one.current(v, gate, 0.0, env)) for v in (0.1, 1.0)}
    one_panel = Panel("Transfer", "gate voltage (V)", "current (A)", curves, log="y")
    return panels(one_panel, width=3.6), "The current against the gate voltage."


def index() -> str:
    """The table of all pages."""
    lines = ["# Published devices", "", "Written by `tools/make_device_pages.py` from the parameter files.", ""]
    for title, (published, _) in KINDS.items():
        lines += [f"## {title}", "", "| name | model | what | status |", "|---|---|---|---|"]
        for name in published():
            a = describe(name)
            lines.append(
                f"| [{name}]({name}.md) | {a['model']} | {a['description']} | {a['status'].replace('_', ' ')} |"
            )
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    DOCS.mkdir(parents=True, exist_ok=True)
    for chosen in sys.argv[1:] or [name for published, _ in KINDS.values() for name in published()]:
        (DOCS / f"{chosen}.md").write_text(page(chosen, figure(chosen)), encoding="utf-8")
        print(chosen, flush=True)
    (DOCS / "README.md").write_text(index(), encoding="utf-8")
