"""What to improve first: what a network gains when one property of its device gets better, the rest as it is.

Every run draws the same random numbers, so that differences are paired. Smooth properties, those of `improve.SMOOTH`,
have a slope: the loss is differentiated through programming and read-out, whose draws are held.
"""

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from pinched.arrays.analog.mapping import Mapping
from pinched.arrays.analog.noise import words
from pinched.core import PinchedError, nearest
from pinched.devices import Device, PulseResponse
from pinched.networks.accuracy import accuracy_of
from pinched.networks.improve import FIELDS, SMOOTH, better, eased, improvements, prepared
from pinched.networks.insitu import train_in_situ
from pinched.networks.layers import lowered, mapped
from pinched.networks.mlp import MLP
from pinched.networks.observe import forward
from pinched.networks.program import program
from pinched.networks.training import placed

PART = 0.1  # of the way to the ideal
NOISE = 2.0  # standard errors below which a gain is within the noise
SAMPLES = 1000  # on which slopes are taken, at most
CALIBRATED = 256  # on which ranges are found
KEPT = "retention"
COLUMNS = ("property", "how", "present", "improved", "before", "after", "gain", "error", "loss_gain", "loss_error",
           "energy", "energy_gain", "verdict")  # fmt: skip


class Scores(NamedTuple):
    """Of one device, by seed; NaN where they are not known."""

    accuracy: np.ndarray
    loss: np.ndarray
    energy: float = np.nan  # of an inference, J


def sensitivity(
    net,
    device: Any,
    data=None,
    *,
    part: float = PART,
    properties: Iterable[str] | None = None,
    seeds=(0, 1, 2, 3, 4),
    age: float = 0.0,
    temperature: float = 298.15,
    loss: Callable = optax.softmax_cross_entropy_with_integer_labels,
    **training,
):
    """Rank what each property of a device is worth to a network.

    Args:
        net: a trained network, as of `program`; for a PulseResponse an MLP, whose sizes are trained on the devices; or
            a function `evaluate(device, seeds=...)` -> Accuracy, which needs no data and knows neither loss nor energy.
        device: a Mapping, Device or Programming onto which the network is programmed, or a PulseResponse.
        data: samples and targets to test with; or several such parts: the first to calibrate, or train, with, the last
            to test with, and one between them to choose the learning rate with.
        part: how far every property gets towards its ideal, from above 0 to 1: a tenth by default.
        properties: names of those to improve; default all.
        seeds: the same for every run.
        age: seconds between programming and test; then "retention" is a property, better by ageing that much slower.
        temperature: K, while ageing.
        loss: (outputs, targets) -> loss of each sample, as those of optax.
        **training: further arguments of `train_in_situ`.

    Returns:
        pandas.DataFrame, the best first, of loss where it is known, else of accuracy: `property`, `how` ("gradient" or
        "finite": where the loss comes from), `present`, `improved`, accuracy `before` and `after`, `gain` and its
        standard `error` over the seeds, the same of the loss (`loss_gain` is what the loss falls by), `energy` of an
        inference in J and `energy_gain`, the part of it that is saved, and `verdict`: "gain", "loss", "within the
        noise" (below two standard errors), "one seed: no error", "already ideal", or "not measured" where a Mapping
        holds the default. The last row, "everything", has all of them improved at once.

    Raises:
        PinchedError: for an unknown property, a source that is none of these, or data that do not fit it.
    """
    import pandas as pd

    if not (_network(net) or callable(net)):
        raise PinchedError(
            f"sensitivity() takes a network or a function that evaluates one, not a {type(net).__name__}."
        )
    if not len(seeds):
        raise PinchedError("sensitivity() needs at least one seed.")
    if not _network(net):
        source, score = prepared(device), _evaluated(net, seeds)
    elif data is None:
        raise PinchedError("sensitivity() of a network needs `data`: samples and targets.")
    elif isinstance(device, PulseResponse):
        source = prepared(device)
        score = _trained(net, _parts(data, 3), seeds, loss, training)
    else:
        source = device if isinstance(device, Mapping) else Mapping.of(device)
        score = _programmed(net, device, _parts(data, 1), seeds, loss, age, temperature)
    table = improvements(source, part)
    ageing = _network(net) and age > 0 and isinstance(source, Mapping)
    known = [*table, *([KEPT] if ageing and KEPT not in table else [])]
    for name in properties or ():
        if name not in known:
            raise PinchedError(f"No property {name!r} to improve{nearest(name, known)}; there are {', '.join(known)}.")
    wanted = list(properties or known)
    before = score(source)
    slopes = {}
    if _network(net) and isinstance(source, Mapping) and not np.any(source.r_wire > 0) and not ageing:
        smooth = [name for name in wanted if name in SMOOTH and table[name].changes]
        slopes = _slopes(net, source, _parts(data, 1), seeds, loss, smooth)
    told = {name for name, _, _ in source.known} if isinstance(source, Mapping) else None

    def row(name, present, improved, after, idle=""):
        found = after or before
        gain, error = _paired(found.accuracy - before.accuracy)
        less, spread = _paired(before.loss - found.loss)
        how = "finite" if after is not None and np.isfinite(less) else ""
        if name in slopes:
            how, (less, spread) = "gradient", _paired(-part * slopes[name])
        verdict = idle or (_verdict(gain, error) if np.isnan(less) else _verdict(less, spread))
        saved = 1 - found.energy / before.energy
        return (name, how, present, improved, before.accuracy.mean(), found.accuracy.mean(), gain, error, less, spread,
                found.energy, saved, verdict)  # fmt: skip

    rows = []
    for name in wanted:
        if name == KEPT and ageing:
            rows.append(row(name, f"{age:g} s", f"as after {age * (1 - part):g} s", score(source, age * (1 - part))))
            continue
        step = table[name]
        idle = "" if step.changes else "already ideal"
        if idle and told is not None and told.isdisjoint(FIELDS[name]):
            idle = "not measured"
        after = score(source.replace(**step.changes)) if step.changes else None
        rows.append(row(name, step.present, step.improved, after, idle))
    worth = COLUMNS.index("gain" if np.isnan(before.loss).any() else "loss_gain")
    rows.sort(key=lambda r: (bool(r[-1] in ("already ideal", "not measured")), -r[worth]))
    last = score(better(source, part), age * (1 - part))
    rows.append(row("everything", "", "all of the above", last))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _network(net) -> bool:
    return isinstance(net, eqx.Module)


def _evaluated(evaluate, seeds):
    def score(device, _=None) -> Scores:
        values = np.asarray(evaluate(device, seeds=seeds).values)
        return Scores(values, np.full(len(values), np.nan))

    return score


def _programmed(net, device, parts, seeds, loss, age, temperature):
    """Scores of a network programmed once for each seed, after some time."""
    calibration, (x, targets) = parts[0][0][:CALIBRATED], parts[-1]
    noise = float(Mapping.of(device).sigma_read)

    def score(mapping, seconds=age) -> Scores:
        found, energy = [], np.nan
        quieter = float(mapping.sigma_read) / noise if noise and not isinstance(device, Device) else 1.0
        for seed in seeds:
            one = program(net, mapping, int(seed), inputs=calibration)
            energy = one.cost().total["energy"].value if np.isnan(energy) else energy
            if seconds:
                one = _quieter(dataclasses.replace(one, source=device).age(seconds, temperature), quieter)
            found.append(_score(one.read(x, int(seed)), targets, loss))
        right, lost = np.array(found).T
        return Scores(right, lost, energy)

    return score


def _quieter(programmed, ratio: float):
    """With `ratio` of the read noise, which an aged array has from the law of its device and not from its Mapping."""
    if ratio == 1:
        return programmed

    def scaled(_, each):
        variances = [v for v in (each.engine.variance, each.engine.shared) if v is not None]
        return eqx.tree_at(
            lambda o: [v for v in (o.engine.variance, o.engine.shared) if v is not None], each,
            [v * np.float32(ratio**2) for v in variances],
        )  # fmt: skip

    return dataclasses.replace(programmed, net=mapped(scaled, programmed.net))


def _trained(net, parts, seeds, loss, training):
    """Scores of networks trained on the devices, one for each seed."""
    train, validation, (x, targets) = parts
    start = net.sizes if isinstance(net, MLP) else net

    def score(response, _=None) -> Scores:
        done = train_in_situ(start, response, *train, *validation, seeds=seeds, **training)
        found = [_score(forward(done.nets[i], x), targets, loss) for i in range(len(seeds))]
        energy = program(net, response, inputs=train[0][:CALIBRATED]).cost().total["energy"].value
        right, lost = np.array(found).T
        return Scores(right, lost, energy)

    return score


def _score(outputs, targets, loss) -> tuple[float, float]:
    """Accuracy, NaN where targets are no classes, and mean loss."""
    right = accuracy_of(outputs, targets) if targets.dtype.kind in "iu" else np.nan
    return float(right), float(np.mean(loss(outputs, targets)))


def _slopes(net, mapping, parts, seeds, loss, names) -> dict[str, np.ndarray]:
    """Property -> slope of the loss by the part of the way to its ideal, one for each seed."""
    if not names:
        return {}
    ready = program(net, mapping, 0, inputs=parts[0][0][:CALIBRATED]).net
    x, targets = (np.asarray(a)[:SAMPLES] for a in parts[-1])
    zero = dict.fromkeys(names, np.float32(0))
    found = [_slope(zero, net, ready, x, targets, words(int(seed)), loss) for seed in seeds]
    return {name: np.array([one[name] for one in found]) for name in names}


@eqx.filter_jit
def _slope(part, net, ready, x, targets, key, loss):
    def cost(part):
        def improved(_, each):
            engine = each.engine
            now = engine.mapping
            changes = {field: value for name, p in part.items() for field, value in eased(now, name, p).items()}
            m = eqx.tree_at(lambda m: [getattr(m, field) for field in changes], now, list(changes.values()))
            scale = engine.scale * (now.g_max - now.g_min) / (m.g_max - m.g_min)  # the same weight at full range
            return eqx.tree_at(lambda o: (o.engine.mapping, o.engine.scale), each, (m, scale))

        weights = jax.tree.map(lambda leaf: jnp.asarray(leaf) if eqx.is_inexact_array(leaf) else leaf, net)
        out = placed(lowered(weights), mapped(improved, ready), key, {})
        return loss(out(x) if isinstance(out, MLP) else jax.vmap(out)(x), targets).mean()

    return jax.grad(cost)(part)


def _parts(data, needed: int) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Parts of the data: (samples, targets) each."""
    parts = tuple(data) if isinstance(data[0], tuple) else (tuple(data),)
    parts = tuple((np.asarray(x), np.asarray(y)) for x, y in parts)
    if len(parts) == 2 and needed == 3:  # every tenth of what is trained with chooses the learning rate
        (x, y), test = parts
        ninth = np.arange(len(x)) % 10 != 0
        parts = (x[ninth], y[ninth]), (x[~ninth], y[~ninth]), test
    if len(parts) < needed:
        raise PinchedError("Training on devices needs parts of data: to train with, to choose with, and to test with.")
    for x, y in parts:
        if not len(x) or len(x) != len(y):
            raise PinchedError(f"Samples {x.shape} and targets {y.shape}: give as many of both, at least one.")
    return parts


def _paired(differences) -> tuple[float, float]:
    """Mean over the seeds, and its standard error."""
    n = len(differences)
    return float(np.mean(differences)), float(np.std(differences, ddof=1) / np.sqrt(n)) if n > 1 else np.nan


def _verdict(gain: float, error: float) -> str:
    if np.isnan(error):
        return "one seed: no error"
    if abs(gain) <= NOISE * error:
        return "within the noise"
    return "gain" if gain > 0 else "loss"
