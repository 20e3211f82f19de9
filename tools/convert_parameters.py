"""Turn raw published parameter sets into the device files that ship with pinched.

    python tools/convert_parameters.py FOLDER      # FOLDER holds <id>.toml with [parameters] as plain SI numbers

What a raw set calls its values, what they mean here and where each comes from was decided by hand, below; the files
that come out are read over by hand as well. A set is listed only where its model exists.
"""

import dataclasses
import math
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pinched.devices import (
    VTEAM,
    ExponentialResponse,
    Schottky,
    SoftBoundsResponse,
    StanfordGap,
    Yakopcic,
    save_device,
)
from pinched.devices.parameter_file import flat
from pinched.devices.pulse_response import curvature

PARAMETERS = Path(__file__).parents[1] / "src/pinched/devices/parameters"


@dataclasses.dataclass(frozen=True)
class Set:
    """One file to write: `origin` and `short` stand for every value that `exceptions` does not name."""

    id: str
    name: str
    description: str
    build: Callable[[Mapping[str, Any], Mapping[str, Any]], Any]
    origin: str
    short: str
    exceptions: Mapping[str, tuple[str, str]] = dataclasses.field(default_factory=dict)
    notes: str = ""
    source: str = ""  # in place of the raw one


def pick(p, names):
    """The entries of `p` that `names` lists and that it has."""
    return {name: p[name] for name in names.split() if name in p}


def stanford(p, start):
    """The gap model; the initial gap becomes x0."""
    x0 = (start["gap"] - p["gap_min"]) / (p["gap_max"] - p["gap_min"])
    names = "I0 g0 V0 nu0 E_a a0 t_ox gamma0 beta alpha F_min R_th gap_min gap_max G_min"
    return StanfordGap(**pick(p, names), x0=x0)


def vteam(p, start):
    """VTEAM; velocities become rates over the travel."""
    travel = p["x_off"] - p["x_on"]
    names = "R_on R_off alpha_on alpha_off v_on v_off iv"
    return VTEAM(**pick(p, names), k_on=p["k_on"] / travel, k_off=p["k_off"] / travel)


def yakopcic(p, start):
    """Either form of Yakopcic's model."""
    shared = pick(p, "A_p A_n V_p V_n x_p x_n alpha_p alpha_n eta") | {"x0": start["x0"]}
    if "a1" in p:
        return Yakopcic.original(**pick(p, "a1 a2 b"), **shared)
    return Yakopcic(**pick(p, "gmax_p bmax_p gmax_n bmax_n gmin_p bmin_p gmin_n bmin_n"), **shared)


def schottky(p, start):
    """The interface model."""
    names = "A_star phi_max dphi J_r0 E_a nu0 a W z gamma tau_ret rho_s"
    return Schottky(**pick(p, names), n=p["n_ideal"], area=p["area_ref"])


def neurosim(up=1):
    """`up` is the sign of the potentiating voltage; the raw sets hold magnitudes."""

    def build(p, start):
        return ExponentialResponse(
            g_min=p["G_min"], g_max=p["G_max"],
            curvature_up=round(curvature(p.get("NL_LTP", 0.0)), 9),
            curvature_down=0.0 - round(curvature(p.get("NL_LTD", 0.0)), 9),
            n_up=p["n_LTP"], n_down=p["n_LTD"], sigma_c2c=p.get("sigma_CtoC", 0.0),
            v_up=up * p["V_LTP"], v_down=-up * p["V_LTD"], width_up=p["t_LTP"], width_down=p["t_LTD"],
        )  # fmt: skip

    return build


def soft_bounds(p, start):
    """aihwkit's soft bounds; steps and spreads become parts of the range."""
    span = p["w_max"] - p["w_min"]
    lognormal = p.get("dw_min_dtod_log_normal", False)
    return SoftBoundsResponse(
        g_min=1e-6, g_max=40e-6, step_up=p["dw_min"] / p["w_max"], step_down=-p["dw_min"] / p["w_min"],
        sigma_c2c=p["dw_min"] * p["dw_min_std"] / span,
        sigma_d2d=math.expm1(p["dw_min_dtod"] ** 2) ** 0.5 if lognormal else p["dw_min_dtod"],
        sigma_g_max=p["w_max"] * p["w_max_dtod"] / span, sigma_g_min=-p["w_min"] * p["w_min_dtod"] / span,
    )  # fmt: skip


def each(keys: str, origin: str, source: str) -> dict[str, tuple[str, str]]:
    """The same origin and source for several values."""
    return dict.fromkeys(keys.split(), (origin, source))


VA, ALON = "rram_v_1_0_0.va", "pyxbar test_1R_AlON.sp"
PAPER = "rram_wp_paper.va has none"
MRM3 = "Xyce MemristorTEAM.tex, card mrm3"
KNOWM = "memristor-models-4-all memristor_yakopcic.sub"
TIOTTO = "Memristor-Models memristor_yakopcic.sub (SRTIO3)"
MEMTORCH = "MemTorch VTEAM.py"
CELL = "MLP+NeuroSim V3.0, Cell.cpp"
MANUAL = "MLP+NeuroSim V3.0 manual, Table II"
AIHWKIT = "aihwkit presets/devices.py"

POLAR = each("eta", "derived", "sign convention of the source")
GAP = POLAR | each("g1", "derived", "the 1 nm of the model equation")
VOLT = POLAR | each("V1", "derived", "the 1 V of the model equation")
ONE_BRANCH = VOLT | each("gmin_p gmin_n bmin_p bmin_n", "derived", "the one-branch model has no off branch")
NEW = each("x0", "assumed", "a new device is OFF")
UNIT = each("strength", "derived", "1 by definition")
SILENT = each("sigma_g_min sigma_g_max", "assumed", "not stated in the source")
LABELS = each("curvature_up curvature_down", "derived", "from the nonlinearity label in the source")
JO = UNIT | SILENT | LABELS | each("sigma_d2d", "assumed", "0 in the source")
CHEN = JO | each("g_min g_max", "derived", f"from R_on and on/off of {MANUAL}")
IDEAL = JO | each("g_min g_max curvature_up curvature_down", "assumed", CELL)
SOFT = (
    UNIT
    | each(
        "sigma_c2c sigma_d2d sigma_g_min sigma_g_max",
        "derived",
        f"from dw_min, the bounds and the spreads in {AIHWKIT}",
    )
    | each("g_min g_max", "assumed", "dimensionless in the source; the 1 to 40 uS of the NeuRRAM chip stand in")
)
SOFT_NOTES = "Write noise, up_down spread and corrupt devices of the source are left out."
TABLE_V = "Voltages are magnitudes in the source."

SETS = (
    Set("stanford_rram_v1", "hfox-stanford-pku", "HfOx filament, Stanford-PKU gap model v1.0.0", stanford, "fitted", VA,
        GAP | each("G_min", "derived", "the source has no leakage")
        | each("x0", "derived", f"initial gap 0.2 nm in {VA}"),
        "LRS is a 0.5 kohm sinh: give it compliance or a series resistance. Valid |V| < 3 V, 250-450 K. No gap noise."),
    Set("stanford_alon_pyxbar", "alon-stanford-pku", "N-doped AlOx filament, refit of the Stanford gap model", stanford,
        "fitted", ALON,
        GAP | each("F_min R_th", "derived", PAPER) | each("x0", "derived", f"initial gap 1.7 nm in {ALON}")
        | each("G_min", "assumed", "GMIN of the simulator"),
        "The source runs at 300.15 K."),
    Set("vteam_default", "generic-vteam-2015", "Generic voltage-threshold device, 50 ohm to 1 kohm", vteam, "assumed",
        MEMTORCH,
        POLAR | NEW | each("k_on k_off", "derived", f"velocity over 3 nm, {MEMTORCH}")
        | each("p", "derived", "unused without a window"),
        "SET takes 4.7 ps at -1 V."),
    Set("yakopcic_default", "generic-yakopcic-2011", "Yakopcic's generalised memristor, 0.15 V thresholds", yakopcic,
        "fitted", MRM3, ONE_BRANCH, "Valid to about 0.5 V."),
    Set("yakopcic_high_threshold", "generic-yakopcic-high-threshold", "Yakopcic's memristor, 0.6 V thresholds",
        yakopcic, "assumed", KNOWM, ONE_BRANCH, "Valid to about 1 V."),
    Set("yakopcic_nbsto", "nbsto-yakopcic-2021", "Nb:SrTiO3 interface device, two-branch Yakopcic model", yakopcic,
        "fitted", TIOTTO, VOLT, "Valid from -4 V to +1 V; slow: sweep it at 0.06 V/s."),
    Set("interface_schottky_generic", "generic-schottky", "Oxide interface, barrier lowered by vacancies",
        schottky, "assumed", "tuned to published figures of interface-type oxides", VOLT | NEW,
        "Phenomenological, no fit of any device. Valid |V| < 3 V, quasi-static. Retention is exponential.",
        "Phenomenological set of the pinched project"),
    Set("neurosim_ag_asi", "agasi-exponential-2010", "Ag:a-Si synapse", neurosim(), "measured", CELL, JO),
    Set("neurosim_taox_hfox", "taoxhfox-exponential-2018", "TaOx/HfOx synapse", neurosim(), "measured", MANUAL, CHEN,
        TABLE_V),
    Set("neurosim_pcmo", "pcmo-exponential-2013", "PCMO synapse", neurosim(-1), "measured", MANUAL, CHEN,
        "-2 V potentiates. sigma_c2c is printed as below 1 %."),
    Set("neurosim_alox_hfo2", "aloxhfo2-exponential-2016", "AlOx/HfO2 synapse", neurosim(), "measured", MANUAL, CHEN,
        TABLE_V),
    Set("neurosim_epiram", "sige-exponential-2018", "Epitaxial SiGe synapse", neurosim(), "measured", MANUAL, CHEN,
        TABLE_V),
    Set("neurosim_hzo_fefet", "hzo-exponential-2017", "HZO FeFET synapse", neurosim(), "measured", MANUAL, CHEN,
        "The source ramps by 0.05 V a pulse: v_up and v_down are averages. sigma_c2c is printed as below 0.5 %."),
    Set("neurosim_ideal", "ideal-exponential", "Ideal linear synapse", neurosim(), "assumed", CELL, IDEAL),
    Set("aihwkit_reram_sb", "reram-softbounds-2018", "Filamentary RRAM, soft bounds", soft_bounds, "fitted",
        f"{AIHWKIT}, ReRamSBPresetDevice", SOFT, SOFT_NOTES),
    Set("aihwkit_array_om", "om-softbounds-2022", "RRAM array, optimised material, soft bounds", soft_bounds, "fitted",
        f"{AIHWKIT}, ReRamArrayOMPresetDevice", SOFT, SOFT_NOTES),
    Set("aihwkit_array_hfo2", "hfo2-softbounds-2022", "HfO2 RRAM array, soft bounds", soft_bounds, "fitted",
        f"{AIHWKIT}, ReRamArrayHfO2PresetDevice", SOFT, SOFT_NOTES),
)  # fmt: skip


def convert(wanted: Set, folder: Path) -> Path:
    """Write the device file of one set."""
    raw = tomllib.loads((folder / f"{wanted.id}.toml").read_text(encoding="utf-8"))
    built = wanted.build(raw["parameters"], raw.get("initial_state", {}))
    said = {key: wanted.exceptions.get(key, (wanted.origin, wanted.short)) for key, *_ in flat(built)}
    synapse = isinstance(built, (ExponentialResponse, SoftBoundsResponse))
    return save_device(
        built, (PARAMETERS / "responses" if synapse else PARAMETERS) / f"{wanted.name}.toml",
        description=wanted.description, status=raw["status"], source=wanted.source or raw["source"], notes=wanted.notes,
        origins={key: origin for key, (origin, _) in said.items()},
        sources={key: short for key, (_, short) in said.items()},
    )  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    for chosen in SETS:
        print(convert(chosen, Path(sys.argv[1])))
