"""S11: a filament of oxygen vacancies: formed once, bipolar, different in every device and every cycle."""

import numpy as np

import pinched as pn
from pinched.devices import population, spread
from pinched.gallery import Claim, Panel, Result, entry, panels

CELLS, DRAWS, LEG = 8, 1000, 100  # formed cells; devices and cycles of the variable model; samples of a ramp


@entry(
    system="S11",
    name="vacancy-filament",
    layer="Mechanism",
    title="Valence change: forming, bipolar switching, Joule heat, variability",
    headline="a high-voltage forming step, opposite polarities, on/off 10^3-10^4, 5 ns, stochastic filaments (HfO2)",
    sources=(
        "Yang et al., Nano-Micro Lett. 18:41 (2026): Table 1 and section 4.3 on HfO2, and TiO2-CoO, 3.6 %",
        "SkyWater SKY130 ReRAM, documentation and model of the foundry: the cell that is formed",
        "Bengel et al., IEEE Trans. Circuits Syst. I 67, 4618 (2020): the JART model with variability",
    ),
    taken=(
        "the voltage that breaks the film of the foundry cell in 1 µs, and an assumed acceleration of 18 per volt",
        "deviations of the JART model between devices, which its cycle-to-cycle draw uses as well",
    ),
)
def vacancy_filament(seed: int) -> Result:
    """Form cells and cycle them, slowly and at 1 V/ns; draw devices and cycles of the variable model."""
    p, env = pn.protocols, pn.Environment()
    quantiles = (np.arange(CELLS) + 0.5) / CELLS
    cells = pn.device("hfo2-sky130-forming").replace(u=quantiles)
    slow = pn.run(cells, p.sweep(3.0, -2.0, 1.0, cycles=2, i_max=1e-3, points=LEG), seed=seed)
    v, x, damage = (slow[name].values for name in ("voltage", "state_inner.x", "state_damage"))
    each, last = np.arange(CELLS), np.argmax(damage >= 1, axis=1) - 1  # before it breaks; damage goes as exp(gamma_v v)
    forming = v[each, last] - np.log(damage[each, last]) / float(cells.gamma_v)
    v_set = np.median([_through(v[k, 4 * LEG : 5 * LEG], x[k, 4 * LEG : 5 * LEG]) for k in range(CELLS)])
    v_reset = np.median([_through(v[k, 6 * LEG : 7 * LEG], -x[k, 6 * LEG : 7 * LEG]) for k in range(CELLS)])
    on, off = (cells.inner.current(0.1, {"x": x[:, k], "rise": 0.0}, env) for k in (6 * LEG, 8 * LEG))
    fast = pn.run(cells, p.sweep(3.0, -2.0, 1e9, cycles=2, i_max=1e-3, points=LEG), seed=seed, x0={"damage": 2.0})
    quick = _through(fast["time"].values[:LEG], fast["state_inner.x"].values[0, :LEG])

    devices, cycles = _high_states(seed, env)
    heat = float(cells.inner.current(1.0, {"x": 1.0, "rise": 0.0}, env) * cells.inner.tau_th / cells.inner.C_th)
    warm, cold = (float(cells.inner.rates(-1.0, {"x": 1.0, "rise": r}, env)["x"]) for r in (heat / 1e3, 0.0))
    varies = "significant; 3.6 % is a remedied oxide"
    claims = (
        Claim("voltage that forms a cell over its next SET voltage", "a high-voltage forming step",
              np.median(forming) / v_set, "1", 1.0, note="medians at 1 V/s"),
        Claim("RESET voltage over SET voltage", "opposite polarities", v_reset / v_set, "1", high=0.0),
        Claim("on/off at 0.1 V", "10^3-10^4 (Table 1)", float(np.median(on / off)), "1", 1e3, 1e4,
              why="the tip of the foundry model's filament moves by 1.6 nm, which bounds the ratio at 336"),
        Claim("time to SET on a ramp of 1 V/ns", "5 ns (Table 1), below 1 ns (text)", quick, "s", high=5e-9,
              note="no voltage is printed: this ramp ends at 3 V"),
        Claim("HRS between devices, σ/µ", varies, np.std(devices) / np.mean(devices), "1", 0.036),
        Claim("HRS between cycles, σ/µ", varies, np.std(cycles) / np.mean(cycles), "1", 0.036),
        Claim("speed at which a RESET at -1 V starts, over that without Joule heat", "drift and Joule heat",
              warm / cold, "1", 2.0, note=f"the current heats the filament by {heat:.0f} K"),
    )  # fmt: skip

    def draw():
        one, rank = CELLS // 2, (np.arange(DRAWS) + 0.5) / DRAWS
        i = np.abs(slow["current"].values[one]) + 1e-10
        return panels(
            Panel("Forming, then switching", "voltage (V)", "|current| (A)", {
                "first sweep": (v[one, : 4 * LEG + 1], i[: 4 * LEG + 1]),
                "second": (v[one, 4 * LEG :], i[4 * LEG :])}, log="y"),
            Panel("Breakdown at 1 V/s", "forming voltage (V)", "part of the cells", {"": (forming, quantiles)}),
            Panel("High-resistance state", "resistance (kΩ)", "part of all", {
                text: (1e-3 * np.sort(r), rank) for text, r in (("devices", devices), ("cycles", cycles))}),
            width=9.6,
        )  # fmt: skip

    return Result(claims, draw)


def _through(at: np.ndarray, x: np.ndarray) -> float:
    """Where x first passes the middle of what it does; NaN where it does nothing."""
    half = (x[0] + x[-1]) / 2
    k = int(np.argmax(x >= half))
    return float(np.interp(half, x[k - 1 : k + 1], at[k - 1 : k + 1])) if x[-1] - x[0] > 0.5 else np.nan


def _high_states(seed: int, env) -> tuple[np.ndarray, np.ndarray]:
    """Resistance in ohm at -0.2 V after a complete RESET: of many devices, and of one in many cycles."""
    import jax

    name = "hfo2-jart-v1b-variable-2020"
    one, many = pn.device(name), population(name, DRAWS, seed)
    drawn = jax.vmap(lambda key: one.jump(one.rest(), key, 1))(jax.random.split(jax.random.key(seed), DRAWS))
    # radius, length and density have reached what was drawn for this RESET; x is the density's logarithm
    cycles = drawn | {"r": drawn["r_new"], "l": drawn["l_new"], "x": np.log(drawn["N_min"]) / one.span}
    every = many.replace(**{k: np.append(getattr(many, k), np.full(DRAWS, getattr(one, k))) for k in spread(name)})
    x = {k: np.append(rest, cycles.get(k, rest)) for k, rest in many.rest().items()}  # one evaluation of both
    r = np.asarray(-0.2 / every.current(-0.2, x, env))
    return r[:DRAWS], r[DRAWS:]
