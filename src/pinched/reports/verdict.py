"""What the reader is told first: three sentences, six numbers, and what to beware of."""

from collections.abc import Mapping, Sequence

from pinched.core import Quantity
from pinched.reports.numbers import number
from pinched.reports.section import Section

# section and name of the numbers that head the page, as far as there are any
HEADLINE = {
    "merits": ("v_set", "v_reset", "on_off"),
    "synapse": ("levels", "dynamic_range"),
    "model": ("left_out_error",),
    "network": ("ex_situ", "in_situ"),
}
OTHERWISE = {"merits": ("drift_exponent", "endurance_cycles", "levels_apart", "read_noise")}
MOST = 6


def headline(sections: Mapping[str, Section]) -> list[Quantity]:
    """The first few numbers of the page."""
    wanted = [(key, name) for table in (HEADLINE, OTHERWISE) for key, names in table.items() for name in names]
    found = [sections[key].quantities[name] for key, name in wanted if name in sections[key].quantities]
    return [q for q in found if q.available][:MOST]


def verdict(sections: Mapping[str, Section]) -> tuple[str, str, str]:
    """What the device is, what explains it, and what could be built with it."""
    return _device(sections), _model(sections["model"]), _network(sections["network"], sections["improve"])


def _device(sections: Mapping[str, Section]) -> str:
    merits, synapse = sections["merits"], sections["synapse"]
    q = {k: v for k, v in merits.quantities.items() if v.available}
    parts = []
    if "v_set" in q or "v_reset" in q:
        words = {"v_set": "SETs", "v_reset": "RESETs"}
        volts = [f"{word} at {number(q[k].value, 'V')}" for k, word in words.items() if k in q]
        parts.append(" and ".join(volts))
        if "on_off" in q:
            loops = f"{q['on_off'].n} loop" + "s" * (q["on_off"].n != 1)
            parts.append(f"with a median on/off ratio of {number(q['on_off'].value)} ({loops})")
        return "This device " + " ".join(parts) + "."
    if merits.text:
        return merits.text[0]
    pulses = {k: v for k, v in synapse.quantities.items() if v.available}
    if "dynamic_range" in pulses and not synapse.predicted:
        levels = f", with {number(pulses['levels'].value)} levels told apart in open loop" if "levels" in pulses else ""
        return f"This synapse spans a dynamic range of {number(pulses['dynamic_range'].value)}{levels}."
    if q:
        name, first = next(iter(q.items()))
        return f"{first.label or name}: {first}."
    return sections["measured"].text[0] if sections["measured"].text else "Nothing could be said of these data."


def _model(model: Section) -> str:
    if model.failure:
        return "The fit broke, so no model is offered."
    if model.text:
        return model.text[0]
    return f"No compact model was fitted: {next(iter(model.unavailable.values()), 'no loops').rstrip('.')}."


def _network(network: Section, improve: Section) -> str:
    q = {k: v for k, v in network.quantities.items() if v.available}
    if not q:
        why = next(iter(network.unavailable.values()), "") or network.failure
        return f"What a network on it would reach is not known: {why}."
    named = {"ex_situ": "with programmed weights", "in_situ": "when trained on the devices"}
    if "in_situ" in q:
        named["in_situ"] += " (predicted)" if "prediction" in q["in_situ"].note else " with the measured pulses"
    reached = [f"{percent(q[k])} {words}" for k, words in named.items() if k in q]
    text = f"In simulation an array of it reaches {' and '.join(reached)} on the 8 × 8 digits"
    if "floating_point" in q:
        text += f", against {percent(q['floating_point'])} in floating point"
    best = improve.result
    return f"{text}; {best}." if isinstance(best, str) else f"{text}."


def percent(q: Quantity) -> str:
    """An accuracy as text: 91.2 %, with its spread where there is one."""
    spread = f" ± {(q.high - q.low) / 2:.1f}" if q.low is not None and q.high is not None else ""
    return f"{q.value:.1f}{spread} %"


def notices(remark: str, quick: bool, sections: Sequence[Section]) -> list[str]:
    """What the reader must know before anything else."""
    told = [remark] if remark else []
    if quick:
        told.append("A quick report: two candidate models, one seed, no improvement table.")
    broken = [s.title for s in sections if s.failure]
    if broken:
        told.append(f"{', '.join(broken)} broke and {'is' if len(broken) == 1 else 'are'} not shown; the rest stands.")
    return told
