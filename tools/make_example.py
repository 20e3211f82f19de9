"""Make the bundled example: loops of the published HfOx device as a Keysight B1500 would export them.

    python tools/make_example.py

Deterministic: the same versions write the same bytes.
"""

import numpy as np

from pinched.core import double
from pinched.devices import device
from pinched.experiments import protocols
from pinched.reports.example import example_file
from pinched.reports.lab import loops

VOLTS, COMPLIANCE, RATE = 1.5, 1e-3, 1.0  # V, A on the SET side, V/s
CYCLES, POINTS, SEED = 15, 60, 2016  # loops, samples on each of four ramps

HEAD = """SetupTitle, HfOx loop
ApplicationTest, I/V List Sweep, Public
MetaData, TestRecord.EntryPoint, true
MetaData, TestRecord.TestTarget, pinched example: made from hfox-stanford-pku and not measured
MetaData, TestRecord.IterationIndex, {cycle}
AnalysisSetup, Analysis.Setup.Vector.Graph.Notes, [VAR1] Unit=SMU1:HR, Name=V1, Direction=Double, Linear/Log=LINEAR, \
Start=0 V, Stop={volts} V, Compliance={compliance} mA
AnalysisSetup, Analysis.Setup.Title, Loop
Dimension1, {rows}, {rows}, {rows}
Dimension2, 1, 1, 1
DataName, Time, V1, I1
"""


def main() -> None:
    """Write the file."""
    with double():
        sweep = protocols.sweep(VOLTS, -VOLTS, RATE, 2, i_max=COMPLIANCE, i_max_second=np.inf, points=POINTS)
        ds = loops(device("hfox-stanford-pku"), sweep, SEED, CYCLES)
    time = ds["time"].values - ds["time"].values[0]
    phase = (time + time[1]) % (4 * VOLTS / RATE)  # the first sample ends the first step
    programmed = np.interp(phase, VOLTS / RATE * np.arange(5), VOLTS * np.array([0, 1, 0, -1, 0]))
    parts = []
    for cycle in range(CYCLES):
        rows = np.flatnonzero(ds["cycle"].values == cycle)
        head = HEAD.format(cycle=cycle + 1, volts=VOLTS, compliance=1e3 * COMPLIANCE, rows=rows.size)
        lines = (f"DataValue, {time[k]:.4f}, {programmed[k]:.3f}, {ds['current'].values[k]:.5E}\n" for k in rows)
        parts.append(head + "".join(lines))
    path = example_file()
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
