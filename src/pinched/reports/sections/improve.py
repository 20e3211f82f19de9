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
        found[words] = sensitivity(functools.partial(evaluate, references=False), source, part=1, seeds=seeds)
    whole = pd.concat([table.assign(network=words) for words, table in found.items()], ignore_index=True)
    ranked = whole[~whole["verdict"].isin(["already ideal", "not measured"]) & (whole["property"] != "everything")]
    ranked = ranked.sort_values("gain", ascending=False, kind="stable")
    plots, text = (), ["Nothing that was measured could be improved: every property is ideal or unknown."]
    if len(ranked):
        drawn = ranked.assign(
            property=ranked["property"] + ", " + ranked["network"].map(_short), std=ranked["error"].fillna(0)
        )
        plots = (figures.improvements(drawn[["property", "gain", "std", "verdict"]]),)
        text = [
            "One property at a time is improved to its ideal, the others stay as they are, on the same seeds. "
            "Green: more than the noise over the seeds."
        ]
    quantities = {
        f"gain_{row.property}_{_short(row.network)}".replace(" ", "_"): _gain(row, len(seeds))
        for row in ranked.itertuples()
    }
    return Section(
        key,
        title,
        tuple(text),
        quantities=quantities,
        tables=(_sheet(whole), *((_tenth(cell, seeds),) if cell is not None else ())),
        plots=plots,
        predicted=True,
        result=_clause(ranked),
    )


def _gain(row, n: int) -> Quantity:
    low, high = 100 * (row.gain - row.error), 100 * (row.gain + row.error)
    label = f"Gain from {row.property}, {row.network}"
    note = f"{row.present} → {row.improved}; {row.verdict}"
    return Quantity(
        round(100 * row.gain, 9), "points", "derived", low, high, "±1 standard error, paired", n, label, note
    )


def _short(words: str) -> str:
    return "ex situ" if words.startswith("programmed") else "in situ"


def _clause(ranked: pd.DataFrame) -> str:
    sure = ranked[ranked["verdict"] == "gain"]
    if sure.empty:
        return "no single improvement is worth more than the noise over the seeds"
    best = sure.iloc[0]
    return f"improve the {best['property']} first: worth {100 * best['gain']:.1f} points when {best['network']}"


def _tenth(cell, seeds: Sequence[int]) -> Table:
    """What a tenth of the way to the ideal is worth, in loss, accuracy and energy."""
    from pinched.applications import digits
    from pinched.networks.sensitivity import sensitivity

    found = sensitivity(digits.net(seeds[0]), cell, tuple(digits.samples()), seeds=seeds)
    found = found[~found["verdict"].isin(["already ideal", "not measured"])]
    rows = tuple(
        (row["property"], row["present"], row["improved"], f"{row['loss_gain']:+.2g} ± {row['loss_error']:.1g}",
         f"{100 * row['gain']:+.2f}", f"{100 * row['energy_gain']:+.2g} %", row["how"], row["verdict"])
        for row in found.to_dict("records")
    )  # fmt: skip
    columns = ("property", "present", "better", "loss falls by", "points", "energy saved", "from", "verdict")
    return Table("What a tenth of the way to the ideal is worth, programmed onto the devices", columns, rows, True)


def _sheet(whole: pd.DataFrame) -> Table:
    percent = whole.assign(**{k: (100 * whole[k]).map("{:.1f} %".format) for k in ("before", "after")})
    rows = tuple(
        percent[["network", "property", "present", "improved", "before", "after", "verdict"]].itertuples(index=False)
    )
    return Table(
        "Every property",
        ("network", "property", "present", "improved", "before", "after", "verdict"),
        rows,
        folded=True,
    )
