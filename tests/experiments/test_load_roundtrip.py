"""However a table is written down, the same Dataset comes back."""

from itertools import pairwise

import numpy as np
from hypothesis import HealthCheck, given, settings, strategies as st

from pinched.experiments.load import load

VOLTAGE = ("Voltage (V)", "V", "U / mV", "Bias [mV]", "Spannung (V)", "V1", "SMU1 Voltage (V)", "AV")
CURRENT = ("Current (A)", "I", "I/uA", "Strom (mA)", "Current [nA]", "I1", "SMU1 Current (A)", "AI")
TIME = ("Time (s)", "t", "Zeit (ms)", "time_ms", "Timestamp (s)", "Time")
SCALE = {"mV": 1e3, "uA": 1e6, "mA": 1e3, "nA": 1e9, "ms": 1e3}


def scaled(name: str, x: np.ndarray) -> np.ndarray:
    return x * next((factor for unit, factor in SCALE.items() if unit in name), 1.0)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.tuples(st.sampled_from(VOLTAGE), st.sampled_from(CURRENT), st.sampled_from(TIME)),
    order=st.permutations(range(3)),
    separator=st.sampled_from(["\t", ";", ",", "|", "; ", ", "]),
    comma=st.booleans(),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    digits=st.sampled_from(["{:.9e}", "{:.12g}", "{:.9E}"]),
    preamble=st.lists(st.sampled_from(["# sample A3", "Operator: nobody", "Compliance: 1 A", ""]), max_size=3),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
    amplitude=st.floats(0.2, 5),
    decade=st.integers(-9, -3),
)
def test_round_trip(tmp_path, names, order, separator, comma, end, digits, preamble, encoding, amplitude, decade):
    up = np.linspace(0, 1, 16)
    v = amplitude * np.concatenate([up, up[-2::-1], -up[1:], -up[-2::-1]])
    i = 10.0**decade * (v / amplitude) * (1 + (v / amplitude) ** 2)
    t = 0.25 * np.arange(1, len(v) + 1)
    columns = [(name, scaled(name, x)) for name, x in zip(names, (v, i, t), strict=True)]
    chosen = [columns[k] for k in order]
    decimal_comma = comma and "," not in separator
    rows = [separator.join(digits.format(x) for x in row) for row in zip(*(x for _, x in chosen), strict=True)]
    if decimal_comma:
        rows = [row.replace(".", ",") for row in rows]
    text = end.join([*preamble, separator.join(name for name, _ in chosen), *rows]) + end
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    ds = load(path)
    assert set(ds.kind.values) == {"sweep"}
    np.testing.assert_allclose(ds.voltage, v, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(ds.current, i, rtol=1e-8, atol=1e-17)
    np.testing.assert_allclose(ds.time, t, rtol=1e-8)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cycles=st.integers(1, 6), shape=st.sampled_from(["0+0-", "0-0+", "+-+", "-+-", "0+0"]), points=st.integers(10, 60)
)
def test_cycles_are_found_for_any_loop(tmp_path, cycles, shape, points):
    corner = {"0": 0.0, "+": 1.5, "-": -1.0}
    corners = [corner[c] for c in shape] + ([0.0] if shape[-1] != "0" and shape[0] == "0" else [])
    one = np.concatenate([np.linspace(a, b, points)[:-1] for a, b in pairwise(corners)])
    v = np.append(np.tile(one, cycles), corners[0])
    path = tmp_path / "a.csv"
    path.write_text("V,I\n" + "\n".join(f"{a:.6g},{1e-6 * a:.6g}" for a in v))
    assert len(np.unique(load(path).cycle)) == cycles
