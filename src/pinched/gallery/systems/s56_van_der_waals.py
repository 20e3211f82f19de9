"""S56: a 12 x 12 array of cells that are a volatile silver filament on a memory, as of two layers of boron nitride."""

import numpy as np

import pinched as pn
from pinched.arrays.schemes import bias
from pinched.gallery import Claim, Panel, Result, entry, panels

SIDE = 12
READ = 0.4  # V: above the threshold of the silver, far below the SET of the memory
RAMP = 1e-4  # s, in which the voltage rises: slow for the silver
WIRE = 10.0  # ohm between cells, the largest of the source


@entry(
    system="S56",
    name="van-der-waals-array",
    layer="Array",
    title="A 12 x 12 array of self-selective cells, read at V and V/2",
    headline="12 x 12 self-selective van der Waals cells: selectivity above 1e10, on/off above 1e3, terabit margins",
    sources=(
        "Sun et al., Nat. Commun. 10, 3161 (2019), 10.1038/s41467-019-11187-9: Ag/h-BN/graphene/h-BN, its abstract",
        "Xia et al., Nano-Micro Lett. 17:217 (2025), Fig. 5h: the array of 12 x 12",
    ),
    taken=(
        "no parameter of the cell is published: silver of ag-hfo2-diffusive, memory of hfo2-sky130 stand in",
        "10 ohm of wire between cells",
    ),
)
def van_der_waals_array(seed: int) -> Result:
    """Raise a cell to V and V/2 in both states; read the corner of an array of ON cells that conduct so."""
    cell = pn.device("hbn-selfselective")
    cell = cell.replace(access=cell.access.replace(sigma_g=0.0))  # every filament alike
    x0 = {"inner.x": np.array([1.0, 0.0])} | {name: np.zeros(2) for name in ("inner.rise", "access.x", "access.zeta")}
    selected, half = (
        pn.run(cell.sample(0, 2, {}), (pn.protocols.Ramp(0.0, v, RAMP, points=201),), seed=seed, save="every", x0=x0)
        for v in (READ, READ / 2)
    )
    on, off = selected["current"].values[:, -1]
    idle = half["current"].values[:, -1].max()

    def read(signal):
        """The array as ohmic cells of the conductance that each has at its voltage; all others are ON."""
        g = np.full((SIDE, SIDE), idle / (READ / 2))
        g[0, -1] = signal / READ
        crossbar = pn.Crossbar(g, WIRE, WIRE)
        return crossbar.solve(**bias("V/2", crossbar.shape, 0, -1, READ))

    solution, column_off = read(on), read(off).i_bit_bottom[-1]
    column, through = solution.i_bit_bottom[-1], solution.i_device[0, -1]
    lines = 0.1 * (on - off) / idle  # half-selected cells on a line that leak a tenth of the signal
    stand_in = "the memory that stands in has a ratio of 336 at 0.2 V; that of the boron nitride is not published"
    claims = (
        Claim("resistance of a half-selected cell over that of the selected ON cell", "> 1e10",
              float(on / idle / 2), "1", 1e10,
              why="the silver gap, tuned to 1e10 between open and closed, shrinks a little at V/2, and the ON memory "
              "takes most of the read voltage"),
        Claim("on/off ratio of the cell", "> 1e3", float(on / off), "1", 1e3, why=stand_in),
        Claim("current of the column that does not pass the selected cell", "negligible sneak current",
              float(abs(column - through) / column), "1", 0.0, 1e-3),
        Claim("on/off ratio in the array, over that of the cell", "as of a cell", float(column / column_off * off / on),
              "1", 0.95, 1.05),
        Claim("cells of a square array whose idle cells leak a tenth of the signal", "terabit",
              float(lines**2), "1", 1e12, note="wires are left out, as they would limit it first"),
    )  # fmt: skip

    def draw():
        v, i = selected["voltage"].values, selected["current"].values
        drop = READ / 2 - np.abs(solution.v_word - solution.v_bit)
        cells = np.arange(1, SIDE + 1)
        return panels(
            Panel("The silver selects", "voltage (V)", "current (A)",
                  {"memory ON": (v[0, 5:], i[0, 5:]), "memory OFF": (v[1, 5:], i[1, 5:])}, log="y"),
            Panel("The selected word line", "cell", "current (A)",
                  {"read": (cells, np.abs(solution.i_device[0]) + 1e-18)}, log="y"),
            Panel("Half-selected cells keep V/2", "cell", "V/2 less their voltage (µV)",
                  {"word line": (cells[:-1], 1e6 * drop[0, :-1]), "bit line": (cells[1:], 1e6 * drop[1:, -1])}),
            width=9.6,
        )  # fmt: skip

    return Result(claims, draw)
