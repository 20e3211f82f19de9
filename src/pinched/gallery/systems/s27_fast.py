"""S27: fast devices: which model SETs in which time at which voltage."""

import jax
import jax.numpy as jnp
import numpy as np

import pinched as pn
from pinched.core import verb
from pinched.gallery import Claim, Panel, Result, entry, near, panels

FASTEST = 100e-12  # s, the fastest that is printed; the lumped models hold no wire and no contact
# device -> voltages (V), and the state from which to which it SETs: to the middle of its logarithmic window, or until a
# silver filament bridges
DEVICES = {
    "hfox-stanford-pku": (np.linspace(1.4, 2.5, 12), (1.0, 0.5)),  # without a compliance hotter than 600 K beyond
    "hfo2-jart-v1b-2020": (-np.linspace(0.6, 1.5, 19), (0.0, 0.5)),
    "ag-ecm": (np.linspace(0.2, 1.5, 14), (-1.0, 0.0)),
    "ag-hfo2-diffusive": (np.linspace(0.35, 1.0, 14), (0.0, 1.0)),
}
STEPS = 500  # of a state on its way


@entry(
    system="S27",
    name="fast-devices",
    layer="Device",
    title="Fast switching: time against voltage",
    headline="~100 ps, ~630 ps (< 5 V), 1.5 ns (~0.2 V), 2-5 ns, 5 ns (HfO2), < 50 ns (~3 V), ~250 ns (+0.2 V)",
    sources=(
        "Yang et al., Nano-Micro Lett. 18:41 (2026), Table 1: Jiang et al., Sci. Rep. 6, 28525 (2016), "
        "10.1038/srep28525; Poddar et al., Nano Lett. 21, 5036 (2021), 10.1021/acs.nanolett.1c00834",
        "Cao et al., Nanoscale Horiz. 8, 716 (2023): SnS; HfSe2, Nano Lett. (2021); Luo et al., Nat. Commun. (2022)",
        "Sahu et al., J. Phys. D (2020), 10.1088/1361-6463/ab7acb: Cu/TiO2",
    ),
    taken=("nothing but the published sets of the models",),
)
def fast_devices(seed: int) -> Result:
    """The integral of dx over its rate at constant voltage; one of the times again by the engine."""
    curves = {name: (np.abs(v), stressed(pn.device(name), v, *span)[0]) for name, (v, span) in DEVICES.items()}

    def volts(name: str, time: float) -> float:
        v, t = curves[name]
        return float(np.interp(-np.log(time), -np.log(t), v))

    def time(name: str, v: float) -> float:
        return float(np.exp(np.interp(v, curves[name][0], np.log(curves[name][1]))))

    v_5ns = volts("hfox-stanford-pku", 5e-9)
    pulse = (pn.protocols.Pulse(v_5ns, 10e-9, 200),)
    ds = pn.run("hfox-stanford-pku", pulse, seed=seed, save="every", x0={"x": 1.0})
    again = float(np.interp(-0.5, -ds["state_x"].values, ds["time"].values))
    dilemma = (
        "0.2 V is where slow sweeps switch; at 20 nm and a 10 mA/m² exchange current a silver cell then takes minutes, "
        "and no review prints the amplitude of the fast pulse"
    )
    claims = (
        Claim(f"SET of HfOx by the engine at the {v_5ns:.3g} V found for 5 ns", "5 ns (HfO2)", again, "s",
              **near(5e-9, 1.1)),
        Claim("SET of HfOx at 2.5 V", "< 50 ns at ~3 V (HfSe2)", time("hfox-stanford-pku", 2.5), "s", 0.0, 50e-9),
        Claim("voltage at which HfOx SETs in 630 ps", "< 5 V (ferroelectric)", volts("hfox-stanford-pku", 630e-12),
              "V", 0, 5),
        Claim("devices that SET in 100 ps within their voltages", "~100 ps (perovskite wires)",
              sum(t.min() <= FASTEST for _, t in curves.values()), "1", 1,
              note="as far as a model without wires and contacts tells"),
        Claim("SET of a silver cell at 0.2 V", "1.5 ns (SnS, ~0.2 V)", time("ag-ecm", 0.2), "s",
              **near(1.5e-9, 2), why=dilemma),
        Claim("SET of a silver cell at 0.2 V, as Cu/TiO2", "~250 ns (+0.2 V)", time("ag-ecm", 0.2), "s",
              **near(250e-9, 2), why=dilemma),
    )  # fmt: skip

    def draw():
        printed = ([3.0, 5.0, 0.2, 0.2], [50e-9, 630e-12, 1.5e-9, 250e-9])
        return panels(
            Panel("Time to SET", "|voltage| (V)", "time (s)", curves,
                  {"printed, where with a voltage": printed}, log="y"),
            Panel(f"HfOx under {v_5ns:.3g} V", "time (ns)", "gap over its range",
                  {"engine": (1e9 * ds["time"], ds["state_x"])}, {"integral": ([5], [0.5])}),
            width=9.0, height=3.4,
        )  # fmt: skip

    return Result(claims, draw)


@verb
def stressed(device, volts, start: float, end: float):
    """Time (s) and energy (J) until constant `volts` (V) have moved the state x from `start` to `end`, inf where never.

    The midpoint rule in x, whose steps are finer towards both ends.
    """
    grid = start + (end - start) * (1 - np.cos(np.linspace(0, np.pi, STEPS + 1))) / 2
    x = {name: np.zeros(STEPS) for name in device.state()} | {"x": (grid[1:] + grid[:-1]) / 2}
    rate, current = (np.asarray(a) for a in _at(device, np.asarray(volts)[:, None], x))
    rate = np.where(np.all(rate * (end - start) > 0, axis=1, keepdims=True), rate, 0.0)
    with np.errstate(divide="ignore"):
        dt = np.diff(grid) / rate
    return np.abs(dt).sum(1), np.abs(volts * (current * dt).sum(1))


@jax.jit
def _at(device, v, x):
    """Rate of x (1/s) and current (A)."""
    v, _ = jnp.broadcast_arrays(v, x["x"])
    return device.rates(v, x, pn.Environment())["x"], device.current(v, x, pn.Environment())
