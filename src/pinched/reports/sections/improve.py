"""What to improve first: the network again, each property of the device improved in turn."""

import functools
from collections.abc import Sequence

import pandas as pd

from pinched.core import Quantity
from pinched.reports.figures import arrays as figures
from pinched.reports.section import NotPossible, Section, Table


def improve(key: str, title: str, cell, synapse: Section, quick: bool, seeds: Sequence[int]) -> Section:
    """Rank what each property is worth in accuracy; `result` is the clause that the verdict ends with."""
    from pinched.applications import digits
    from pinched.networks.sensitivity import sensitivity

    if quick:
        raise NotPossible("left out of a quick report; run it without --quick")
    sources = {}
    if cell is not None:
        sources["programmed onto the devices"] = (digits.ex_situ, cell)
    if synapse.result is not None:
        sources["trained on the devices"] = (digits.in_situ, synapse.result.response)
    if not sources:
        raise NotPossible("there is no network whose device could be improved")
    found = {}
    for words, (evaluate, source) in sources.items():
        found[words] = sensitivity(functools.partial(evaluate, references=False), source, seeds=seeds)
    whole = pd.concat([table.assign(network=words) for words, table in found.items()], ignore_index=True)
    ranked = whole[~whole["verdict"].isin(["already ideal", "not measured"]) & (whole["property"] != "everything")]
    ranked = ranked.sort_values("gain", ascending=False, kind="stable")
    plots, text = (), ["Nothing that was measured could be improved: every property is ideal or unknown."]
    if len(ranked):
        drawn = pd.DataFrame({
            "property": ranked["property"] + ", " + ranked["network"].map(_short), "gain": ranked["gain"], "std": ranked["error"].fillna(0),
        })  # fmt: skip
        plots = (figures.improvements(drawn),)
        text = [
            "One property at a time is improved to its ideal, the others stay as they are; the same seeds, so differences are paired."
        ]
    quantities = {
        f"gain_{row.property}_{_short(row.network)}".replace(" ", "_"): Quantity(
            row.gain, "1", "derived", row.gain - row.error, row.gain + row.error, "±1 standard error, paired", len(seeds),
            f"{row.property}, {row.network}: {row.present} → {row.improved}", row.verdict)
        for row in ranked.itertuples()
    }  # fmt: skip
    return Section(
        key,
        title,
        tuple(text),
        quantities=quantities,
        tables=(_sheet(whole),),
        plots=plots,
        predicted=True,
        result=_clause(ranked),
    )


def _short(words: str) -> str:
    return "ex situ" if words.startswith("programmed") else "in situ"


def _clause(ranked: pd.DataFrame) -> str:
    sure = ranked[ranked["verdict"] == "gain"]
    if sure.empty:
        return "no single improvement is worth more than the noise over the seeds"
    best = sure.iloc[0]
    return f"improve the {best['property']} first: worth {100 * best['gain']:.1f} points when {best['network']}"


def _sheet(whole: pd.DataFrame) -> Table:
    rows = tuple(
        (row.network, row.property, row.present, row.improved, f"{100 * row.before:.1f} %", f"{100 * row.after:.1f} %", row.verdict)
        for row in whole.itertuples()
    )  # fmt: skip
    return Table(
        "Every property",
        ("network", "property", "present", "improved", "before", "after", "verdict"),
        rows,
        folded=True,
    )
