"""Write docs/devices: a page for every published set, from its fields, with the loop that it draws.

python tools/make_device_pages.py [NAME …]
"""

import inspect
import sys
from pathlib import Path

import numpy as np

from pinched.core import PinchedError, params
from pinched.devices import describe, device, names, provenance, response, response_names
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


def page(name: str) -> str:
    """The page of a set; its figure is written beside."""
    about = describe(name)
    module = device(name) if name in names() else response(name)
    lines = [f"# {name}", "", f"{about['description']}. {STATUS[about['status']]}", "", f"Source: {about['source']}."]
    lines += ["", about["notes"]] if about["notes"] else []
    drawn = _figure(name, about)
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
        value = np.array2string(np.asarray(entry["value"]), precision=6, separator=", ")
        cells = (f"`{key}`", value, entry["unit"], meaning[key], entry["origin"], entry["source"])
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _meanings(module, prefix: str = "") -> dict[str, str]:
    from pinched.devices.parameter_file import parts

    found = {prefix + key: declared.doc for key, declared in params(type(module)).items()}
    for part, inner in parts(module):
        found |= _meanings(inner, f"{prefix}{part}.")
    return found


def _figure(name: str, about: dict) -> str:
    """Draw the loop or the train of `name`; what it shows, or nothing where there is nothing to draw."""
    DOCS.mkdir(parents=True, exist_ok=True)
    with style():
        if name in names():
            try:
                figure, told = _loop(name, about)
            except PinchedError as error:
                print(f"{name}: no loop: {error}")
                return ""
        else:
            figure, told = _train(name)
        figure.savefig(DOCS / f"{name}.svg", metadata={"Date": None, "Creator": None})
    return told


def _loop(name: str, about: dict):
    from pinched.experiments import protocols
    from pinched.experiments.drive import find_drive, told
    from pinched.experiments.engine import run

    one = device(name)
    if about["drive"]:
        settings = dict(about["drive"])
        protocol = getattr(protocols, settings.pop("protocol"))(**settings)
        text = "The loop under " + ", ".join(f"{k} {v}" for k, v in about["drive"].items()) + "."
    else:
        drive = find_drive(one)
        protocol = protocols.sweep(drive.v_set, drive.v_reset, drive.rate, 2, drive.i_set, drive.i_reset)
        text = f"{told(drive)}."
    ds = run(one, protocol, save="every")
    v, i = ds["voltage"].values, ds["current"].values
    size = np.where(np.abs(i) > 0, np.abs(i), np.nan)
    linear = Panel("I–V", "voltage (V)", "current (A)", {"": (v, i)})
    return panels(linear, Panel("logarithmic", "voltage (V)", "|current| (A)", {"": (v, size)}, log="y")), text


def _train(name: str):
    one = response(name)
    pulses = np.arange(0, 400)
    up = np.asarray(one.step(np.full(pulses.shape, float(one.g_min)), pulses.astype(float)))
    down = np.asarray(one.step(np.full(pulses.shape, float(one.g_max)), -pulses.astype(float)))
    curves = {"up": (pulses, up * 1e6), "down": (pulses, down * 1e6)}
    return panels(Panel("Identical pulses", "pulses", "conductance (µS)", curves), width=3.6), "The mean response."


def index() -> str:
    """The table of all pages."""
    lines = ["# Published devices", "", "Written by `tools/make_device_pages.py` from the parameter files.", ""]
    for title, found in (("Compact models", names()), ("Pulse responses", response_names())):
        lines += [f"## {title}", "", "| name | model | what | status |", "|---|---|---|---|"]
        for name in found:
            a = describe(name)
            lines.append(
                f"| [{name}]({name}.md) | {a['model']} | {a['description']} | {a['status'].replace('_', ' ')} |"
            )
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    for chosen in sys.argv[1:] or [*names(), *response_names()]:
        (DOCS / f"{chosen}.md").parent.mkdir(parents=True, exist_ok=True)
        (DOCS / f"{chosen}.md").write_text(page(chosen), encoding="utf-8")
        print(chosen, flush=True)
    (DOCS / "README.md").write_text(index(), encoding="utf-8")
