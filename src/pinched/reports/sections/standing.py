"""Where the device stands among the published ones."""

from collections.abc import Mapping

from pinched.core import Quantity
from pinched.reports.figures import standing as figures
from pinched.reports.numbers import number
from pinched.reports.section import NotPossible, Section, Table

# merit of the catalogue -> keys of the figures of merit that say the same of this device
SAME = {
    "on_off": ("on_off", "dynamic_range", "endurance_window"),
    "endurance": ("endurance_cycles",),
    "retention_s": ("retention_time",),
    "states": ("levels_apart", "levels"),
}


def standing(key: str, title: str, merits: Mapping[str, Quantity] | None) -> Section:
    """How many published devices this one beats, merit by merit, and where it lies in the field."""
    from pinched.characterize.catalogue import MERITS, catalogue, standing as place

    if merits is None:
        raise NotPossible("there are no figures of merit to compare")
    published = catalogue()
    rows, missing, own = [], {}, {}
    for merit, (unit, label, _) in MERITS.items():
        mine = next((merits[k] for k in SAME.get(merit, ()) if k in merits and merits[k].available), None)
        if mine is None:
            missing[label] = "not measured here, so not compared"
            continue
        own[merit] = mine.value
        beaten, of = place(merit, mine.value)
        span = published[merit].dropna()
        ends = f"{number(span.min(), unit)} … {number(span.max(), unit)}"
        rows.append((label, mine, f"better than {beaten} of {of}", ends))
    volts = [abs(merits[k].value) for k in ("v_set", "v_reset") if k in merits and merits[k].available]
    if volts:
        own["v_switch"] = max(volts)
    if not own:
        raise NotPossible("none of the merits that the published tables print was measured")
    table = Table("", ("Merit", "this device", "standing", "published range"), tuple(rows))
    text = (
        f"{len(published)} devices of four review articles, with the values those articles print; conditions "
        "differ from device to device, so this is a map, not a ranking.",
    )
    printed = published[["device", "on_off", "endurance", "source"]].to_numpy()
    listed = tuple((device, number(on_off), number(cycles), source) for device, on_off, cycles, source in printed)
    sources = Table("The published devices", ("Device", "On/off", "Endurance", "Source"), listed, folded=True)
    return Section(
        key, title, text, tables=(table, sources), plots=(figures.standing(published, own),), missing=missing
    )
