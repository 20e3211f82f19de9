"""Networks from the shell: train one, put it on a device, and see what it is worth there."""

import contextlib
import json
import math
from pathlib import Path
from typing import Annotated, Any

import typer

from pinched.app.bench import settings
from pinched.app.shell import AsJson, progress, remember_compilations
from pinched.app.sources import SYNAPSES, check_sources
from pinched.core import PinchedError, engineering

NOISE = (0.0, 0.05, 0.1, 0.2, 0.3, 0.6)  # programming errors over the range that the figure shows
WIRES = (0.0, 0.3, 1.0, 3.0, 10.0)  # ohm between cells
TIMES = 7  # in the figure, from a second to at least MONTH
MONTH = 30 * 86400.0
ITEMS = ("energy", "latency", "area", "TOPS/W", "TOPS/mm²", "write energy", "write time")


def add_to(app: typer.Typer) -> None:
    """Add this command to the program."""
    app.command()(network)


def network(
    name: Annotated[
        str,
        typer.Argument(metavar="DEVICE", help="A published device, pulse response or statistics, or a device.toml."),
    ],
    model: Annotated[str, typer.Option(help="mlp, lenet, resnet, lstm or transformer.")] = "mlp",
    task: Annotated[str, typer.Option(help="digits, mnist or fashion.")] = "digits",
    data: Annotated[Path | None, typer.Option(help="Folder of the four files of MNIST or Fashion-MNIST.")] = None,
    train: Annotated[
        str, typer.Option(help="ex-situ, aware (of the hardware), in-situ (by pulses) or hybrid (the last layer).")
    ] = "ex-situ",
    seeds: Annotated[int, typer.Option(min=1, help="Networks and devices to draw.")] = 3,
    age: Annotated[float, typer.Option(min=0, help="Also test so many seconds after programming.")] = 0.0,
    temperature: Annotated[float, typer.Option(min=1, help="While ageing, K.")] = 298.15,
    scheme: Annotated[
        str | None, typer.Option(help="Pulses: counts (default), trains, sign, mixed, tiki-taka, tiki-taka-2, chopped.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the images.")] = None,
    images: Annotated[int | None, typer.Option(min=32, help="Train with no more than so many.")] = None,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Of the array: adc_bits=6, r_wire=1, scheme=offset."),
    ] = None,
    endurance: Annotated[
        float | None, typer.Option(min=1, help="Pulses a device survives: how often to train.")
    ] = None,
    checkpoint: Annotated[Path | None, typer.Option(help="Go on from here after a run that was stopped.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for figures and numbers.")] = None,
    as_json: AsJson = False,
) -> None:
    """Train a network, put it on a device and test it: accuracy over seeds beside floating point, ageing, cost."""
    check_sources([name], SYNAPSES)
    if endurance is not None and train in ("ex-situ", "aware"):
        raise PinchedError("--endurance counts trainings on the devices: choose --train in-situ or hybrid.")
    known = settings(given)
    remember_compilations()
    from pinched.applications.trial import trial
    from pinched.devices.library import load
    from pinched.reports.folder import fresh

    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(fresh(out)) if out else None
        advance = stack.enter_context(progress())
        done = trial(
            load(name), model, task, train, data=data, seeds=range(seeds), age=age, temperature=temperature,
            pulses=scheme, epochs=epochs, images=images, checkpoint=checkpoint,
            progress=lambda words, part: advance(words, (0.8 if out else 1.0) * part), **known,
        )  # fmt: skip
        told = _told(done, endurance) | {"device": name, "model": model, "task": task, "train": train}
        if folder:
            told["scans"] = _draw(done, folder, age, temperature, advance)
            text = json.dumps({"generator": "pinched", **told}, ensure_ascii=False, indent=1, allow_nan=False)
            (folder / "network.json").write_text(text + "\n", encoding="utf-8")
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False))
        return
    _show(done, told, age, temperature)
    if out:
        print(f"written to {out}")


def _told(done, endurance: float | None) -> dict[str, Any]:
    """Plain values for JSON."""
    from pinched.networks import reference

    cost = done.programmed.cost()
    told: dict[str, Any] = {
        "accuracy": {label: _spread(run) for label, run in _runs(done).items()},
        "seeds": list(done.accuracy.seeds),
        "confusion": done.confusion.tolist(),
        "cost": {path: {key: q.as_dict() for key, q in found.items()} for path, found in cost.items()},
        "assumptions": list(cost.assumptions),
        "references": reference(cost).to_dict("records"),
    }
    if done.training is not None:
        spent = done.training
        told["training"] = {"pulses": spent.pulses, "learning_rate": done.accuracy.learning_rate}
        told["training"] |= {key: getattr(spent, key).as_dict() for key in ("energy", "reads", "writes", "time")}
        if endurance is not None:
            told["training"]["lifetime"] = {key: q.as_dict() for key, q in spent.lifetime(endurance).items()}
    return told


def _runs(done) -> dict[str, Any]:
    runs = {"floating point": done.accuracy.floating, "ideal devices": done.accuracy.ideal, "devices": done.accuracy}
    return runs | ({"aged": done.aged} if done.aged is not None else {})


def _spread(run) -> dict[str, Any]:
    std = None if math.isnan(run.std) else run.std
    return {"mean": run.mean, "std": std, "values": run.values.tolist()}


def _draw(done, folder: Path, age: float, temperature: float, advance) -> dict[str, Any]:
    """Figures into the folder; the numbers of the scans."""
    import numpy as np

    from pinched.networks import reference
    from pinched.reports.figures import network_trial as figures

    found: dict[str, Any] = {}
    advance("Ageing", 0.8)
    times = np.geomspace(1.0, max(age, MONTH), TIMES)
    with contextlib.suppress(PinchedError):  # where nothing says how it ages, the figure leaves time out
        found["time"] = times, done.against_time(times, temperature)
    advance("Errors of programming", 0.85)
    found["noise"] = np.array(NOISE), done.against("sigma_program", NOISE)
    advance("Wires", 0.9)
    found["wire"] = np.array(WIRES), done.against("r_wire", WIRES, (0,))
    beside = {"floating point": done.accuracy.floating.mean, "ideal devices": done.accuracy.ideal.mean}
    for plot in (
        figures.scans(found, beside), figures.cells(done.cells), figures.confusion(done.confusion),
        figures.energies(reference(done.programmed.cost())),
    ):  # fmt: skip
        plot.save(folder)
    return {scan: {"values": x.tolist(), "accuracy": y.tolist()} for scan, (x, y) in found.items()}


def _show(done, told: dict[str, Any], age: float, temperature: float) -> None:
    n = len(told["seeds"])
    print(f"{told['model']} on {told['task']}, {told['train']}, on {told['device']}: {n} seed{'s' * (n > 1)}, "
          f"{len(done.test.labels)} test images")  # fmt: skip
    for label, run in _runs(done).items():
        words = f"after {_long(age)} at {temperature:g} K" if label == "aged" else label
        spread = f" ± {100 * run.std:.1f}" if run.n > 1 else ""
        print(f"  {words:<28} {100 * run.mean:.1f}{spread} %")
    total = done.programmed.cost().total
    print("One inference, first order; the ranges are those of published converters")
    for key in ITEMS:
        q = total[key]
        print(f"  {key:<28} {_area(q) if key == 'area' else q}")
    if done.training is not None:
        spent = done.training
        print(f"Training: {spent.pulses:.3g} pulses a device, {spent.energy}, {engineering(spent.time.value, 's')}")
        for key, q in told["training"].get("lifetime", {}).items():
            print(f"  {key:<28} {q['value']:.3g}  ({q['note']})")


def _area(q) -> str:
    """In µm², which a reader can picture."""
    return f"{1e12 * q.value:.4g} µm² ({1e12 * q.low:.4g} … {1e12 * q.high:.4g})"


def _long(seconds: float) -> str:
    """A time in the unit of a clock or calendar."""
    size, unit = next((pair for pair in ((86400, "days"), (3600, "h"), (60, "min")) if seconds >= pair[0]), (1, "s"))
    return f"{seconds / size:.3g} {unit}"
