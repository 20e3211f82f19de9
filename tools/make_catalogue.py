"""Condense the device tables of four review articles into the project's catalogue of published devices.

    python tools/make_catalogue.py FOLDER_OF_TABLES src/pinched/characterize/data/catalogue.csv

A cell that prints a range keeps its lower and upper end; a cell that prints no number stays empty.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

REVIEWS = {
    "000": "Yang et al., Nano-Micro Lett. 18:41 (2026)",
    "001": "Xia et al., Nano-Micro Lett. 17:217 (2025)",
    "002": "Cao et al., Nanoscale Horiz. 8, 716 (2023), 10.1039/d2nh00536k",
    "003": "Xu et al., Mater. Horiz. (2024), 10.1039/d4mh00291a",
}
COLUMNS = [
    "device", "group", "on_off", "on_off_high", "v_positive", "v_negative", "endurance", "retention_s", "switching_time_s",
    "energy_J", "states", "qualifiers", "source",
]  # fmt: skip


def number(row: pd.Series, name: str) -> float:
    value = row.get(name, np.nan)
    return float(value) if pd.notna(value) and str(value).strip() else np.nan


def voltages(row: pd.Series, first: str, second: str) -> tuple[float, float]:
    """Positive and negative switching voltage; the tables print them in either order, without saying which one SETs."""
    pair = [number(row, first), number(row, second)]
    return (max(pair), min(pair)) if not np.isnan(pair).any() else (pair[0], pair[1])


def rows(folder: Path):
    def table(name: str) -> pd.DataFrame:
        return pd.read_csv(folder / name, dtype=str, keep_default_na=False)

    def cite(review: str, tab: str, ref: str) -> str:
        return f"{REVIEWS[review]}, {tab}, ref. {ref.strip('[]')}"

    for _, r in table("000_table1_performance_traditional_vs_HEO.csv").iterrows():
        yield {
            "device": r["Representative material"], "group": r["Material system"],
            "on_off": number(r, "on_off_min"), "on_off_high": number(r, "on_off_max"), "v_positive": number(r, "switching_voltage_V"),
            "endurance": number(r, "endurance_cycles"), "retention_s": number(r, "retention_s"),
            "switching_time_s": number(r, "switching_time_s"), "states": number(r, "multilevel_states_num"),
            "qualifiers": "retention extrapolated" if r["retention_extrapolated"] == "yes" else "",
            "source": cite("000", "Table 1", r["Refs."]),
        }  # fmt: skip
    for _, r in table("001_table1_RRAM_functional_materials.csv").iterrows():
        high, low = voltages(r, "voltage_1_V", "voltage_2_V")
        yield {
            "device": r["Structure"], "group": r["group"], "v_positive": high, "v_negative": low,
            "endurance": number(r, "endurance_cycles"), "energy_J": number(r, "energy_J"),
            "qualifiers": " ".join(filter(None, [
                f"endurance {r['endurance_qualifier']}" if r["endurance_qualifier"] else "",
                f"energy {r['energy_qualifier']}" if r["energy_qualifier"] else "",
            ])),
            "source": cite("001", "Table 1", r["ref"]),
        }  # fmt: skip
    for _, r in table("001_table2_multilevel_storage.csv").iterrows():
        high, low = voltages(r, "voltage_1_V", "voltage_2_V")
        yield {
            "device": r["Material"], "group": "Multilevel storage", "on_off": number(r, "dynamic_range"), "v_positive": high,
            "v_negative": low, "states": number(r, "state_number"), "source": cite("001", "Table 2", r["ref"]),
        }  # fmt: skip
    for _, r in table("002_table1_representative_memristors.csv").iterrows():
        yield {
            "device": r["Devices"], "group": "Representative", "on_off": number(r, "on_off_ratio"),
            "endurance": number(r, "endurance_cycles"), "retention_s": number(r, "retention_s"),
            "source": cite("002", "Table 1", r["Ref."]),
        }  # fmt: skip
    for _, r in table("003_table1_flexible_memristors.csv").iterrows():
        high, low = voltages(r, "switching_voltage_1_V", "switching_voltage_2_V")
        yield {
            "device": f"{r['Electrode']}, {r['Functional layer']}" + (f" on {r['Substrate']}" if r["Substrate"] else ""),
            "group": f"Flexible, {r['Mechanism'].lower()}",
            "on_off": number(r, "on_off_min"), "on_off_high": number(r, "on_off_max"), "v_positive": high, "v_negative": low,
            "endurance": number(r, "endurance_cycles"), "retention_s": number(r, "retention_s"),
            "qualifiers": f"on/off {r['on_off_qualifier']}" if r["on_off_qualifier"] else "",
            "source": cite("003", "Table 1", r["Ref."]),
        }  # fmt: skip


if __name__ == "__main__":
    folder, out = map(Path, sys.argv[1:])
    frame = pd.DataFrame(list(rows(folder)), columns=COLUMNS)
    numeric = [c for c in COLUMNS if c not in ("device", "group", "qualifiers", "source")]
    frame["on_off_high"] = frame["on_off_high"].where(frame["on_off_high"] != frame["on_off"])
    frame = frame.dropna(subset=numeric, how="all")
    frame.to_csv(out, index=False, float_format="%.6g")
    print(f"{len(frame)} devices -> {out}")
