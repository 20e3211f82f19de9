"""S38: paired-pulse facilitation and post-tetanic potentiation."""

import numpy as np

import pinched as pn
from pinched.characterize.plasticity import paired
from pinched.gallery import Claim, Panel, Result, entry, panels
from pinched.reports.probe import conduct

GAPS = np.array([2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.2, 0.5, 1.0])  # s
PULSE = {"v_up": 1.4, "width": 1e-3}  # of the reservoir for which the set was made
DU, CHANG = "wox-du-2017", "wox-chang-2011"


@entry(
    system="S38",
    name="paired-pulses",
    layer="Synapse",
    title="Paired-pulse facilitation and post-tetanic potentiation",
    headline="facilitation at intervals of 10-100 ms, none beyond 500 ms",
    sources=(
        "Xia et al., Nano-Micro Lett. 17:217 (2025): the biological intervals",
        "Cao et al., Nanoscale Horiz. 8, 716 (2023): PPF and PTP of MXene synapses",
        "Du et al., Nat. Commun. 8, 2204 (2017): the WOx device",
    ),
    taken=("the published set, with its 50 ms", "1.4 V and 1 ms pulses"),
)
def paired_pulses(seed: int) -> Result:
    """Two and ten pulses of WOx at intervals from 2 ms to 1 s."""
    index = {
        (name, n): paired(conduct(name, "ppf", seed=seed, n=n, intervals=GAPS, **PULSE).data).sort_values("interval")
        for name, n in ((DU, 2), (DU, 10), (CHANG, 2))
    }

    def at(name: str, gap: float, n: int = 2) -> float:
        found = index[name, n]
        return float(np.interp(gap, found["interval"], found["index"]))

    tau = float(pn.device(DU).tau)
    closed = 1 + np.exp(-(GAPS + PULSE["width"]) / tau)
    claims = (
        Claim("second response over first at 10 ms", "facilitated", at(DU, 0.01), "1", 1.05),
        Claim("second response over first at 100 ms", "facilitated", at(DU, 0.1), "1", 1.05),
        Claim("second response over first at 500 ms", "no difference", at(DU, 0.5), "1", 0.98, 1.02),
        Claim("tenth response over first at 10 ms", "potentiated", at(DU, 0.01, 10), "1", 1.05),
        Claim("tenth response over first at 500 ms", "no difference", at(DU, 0.5, 10), "1", 0.98, 1.02),
        Claim("departure from 1 + exp(-(Δt + t_p)/τ)", "0, as solved",
              float(np.max(np.abs(index[DU, 2]["index"].to_numpy() / closed - 1))), "1", 0.0, 1e-3),
        Claim("second response over first at 500 ms, WOx of 2011", "no difference", at(CHANG, 0.5), "1", 0.98, 1.02,
              why="that film forgets in 2.2 s: it facilitates on its own time scale, not on that of a synapse"),
    )  # fmt: skip

    def draw():
        return panels(
            Panel("Two pulses", "interval (s)", "second response over first", {
                label: (GAPS, index[name, 2]["index"]) for label, name in (("Du 2017", DU), ("Chang 2011", CHANG))},
                {"1 + exp(-(Δt + t_p)/τ)": (GAPS, closed)}, log="x"),
            Panel("Ten pulses", "interval (s)", "tenth response over first", {
                "Du 2017": (GAPS, index[DU, 10]["index"])}, log="x"),
        )  # fmt: skip

    return Result(claims, draw)
