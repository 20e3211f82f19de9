"""Each format of lab file, made here, becomes the Dataset it describes."""

import gzip
import json

import numpy as np
import openpyxl
import pytest

from pinched.core import Flag, PinchedError
from pinched.experiments.load import load, load_devices


def loop(cycles: int = 3, points: int = 41) -> tuple[np.ndarray, np.ndarray]:
    """A pinched loop 0 → 1 → -1 → 0 V: five times more conducting on the way back than on the way up."""
    up = np.linspace(0, 1, points)
    one = np.concatenate([up, up[-2::-1], -up[1:], -up[-2::-1]])
    on = np.concatenate([np.zeros(points), np.ones(2 * points - 2), np.zeros(points - 1)]).astype(bool)
    v = np.tile(one[:-1], cycles)
    g = np.tile(np.where(on, 5e-5, 1e-5)[:-1], cycles)
    return v, g * np.sinh(2 * v) / 2


@pytest.fixture
def lab(tmp_path):
    """Write text into a file of the temporary laboratory and return its path."""

    def write(name: str, content: str | bytes) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def table(header: str, *columns, separator: str = ",", end: str = "\n") -> str:
    rows = [separator.join(f"{x:.10g}" for x in row) for row in zip(*columns, strict=True)]
    return end.join([header, *rows]) + end


def assert_loop(ds, v, i, cycles=3):
    assert set(ds.kind.values) == {"sweep"}
    np.testing.assert_allclose(ds.voltage, v, atol=1e-9)
    np.testing.assert_allclose(ds.current, i, rtol=1e-6, atol=1e-18)
    assert len(np.unique(ds.cycle)) == cycles


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_units_and_encodings(lab, encoding):
    v, i = loop()
    text = table("Zeit (s);Spannung [V];Strom (µA)", np.arange(len(v)) * 0.1, v, i * 1e6, separator=";")
    ds = load(lab("a.csv", text.replace(".", ",").encode(encoding)))
    assert_loop(ds, v, i)
    assert ds.attrs["sweep_rate"] == pytest.approx(0.25)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_headless_white_space_and_line_ends(lab, end):
    v, i = loop()
    rows = end.join(f"  {a:.9E}   {b:.9E}" for a, b in zip(v, i, strict=True))
    ds = load(lab("a.dat", rows))
    assert_loop(ds, v, i)
    assert "column 1 is voltage" in ds.attrs["assumptions"]
    assert "1 V/s" in ds.attrs["assumptions"]
    assert ds.attrs["sweep_rate"] == 1.0


def test_space_separated_header_over_tabs(lab):
    v, i = loop()
    ds = load(lab("a.txt", table("Voltage Current Time", v, i, np.arange(len(v)), separator="\t")))
    assert_loop(ds, v, i)


def test_header_with_mixed_separators(lab):
    v, i = loop()
    ds = load(lab("a.dat", table("Time\tVoltage Current", np.arange(len(v)), v, i, separator="\t")))
    assert_loop(ds, v, i)


def test_indexed_smu_columns_and_trailing_comma(lab):
    v, i = loop()
    text = table(
        "Item,Smu1.Time[1][1],Smu1.V[1][1],Smu1.I[1][1],Smu1.R[1][1],",
        np.arange(len(v)),
        np.arange(len(v)) * 0.1,
        v,
        i,
        1e5 + v,
    )
    assert_loop(load(lab("a.csv", text.replace("\n", ",\n"))), v, i)


def test_two_row_header_with_units(lab):
    v, i = loop()
    ds = load(
        lab("scope.csv", "x-axis,V,I\nsecond,mV,uA\n" + table("", np.arange(len(v)) * 0.01, v * 1e3, i * 1e6)[1:])
    )
    assert_loop(ds, v, i)


def test_side_by_side_blocks_are_records(lab):
    v, i = loop(1)
    ds = load(lab("a.csv", table("Voltage (V),Current (A),Voltage (V),Current (A)", v, i, v * 0.9, i * 2)))
    assert len(np.unique(ds.cycle)) * len(np.unique(ds.record)) == 2
    assert ds.sizes["sample"] == 2 * len(v)


def test_two_terminals_of_one_device_are_one_record(lab):
    v, i = loop(1)
    ds = load(lab("a.csv", table("V1,I1,V2,I2", v, i, 0 * v, -i)))
    assert_loop(ds, v, i, 1)


def test_blank_lines_separate_blocks(lab):
    v, i = loop(1)
    block = table("", v, i)[1:]
    ds = load(lab("a.csv", "V,I\n" + "\n".join([block] * 4)))
    assert len(np.unique(ds.cycle)) == 4


def test_key_value_preamble_and_interleaved_reads(lab):
    head = "Number of Pulses: 3\r\nRead Voltage (V):50E-3\r\nON Voltage (V):2\r\ntON (ms):1\r\nTemperature (K): 300\r\n"
    head += "Time stamp (s), Voltage (V), Current (A), Voltage (V), Current (A),Resistance (Ohm)\r\n"
    rows = ["0,-2,-1e-3,,,2e3", "0.1,0,0,,,0", "0.2,0.05,1e-6,-0.05,-1e-6,5e4"]
    for k in range(1, 4):
        rows += [
            f"{k},2,1e-3,,,2e3",
            f"{k + 0.1},0,0,,,0",
            f"{k + 0.2},0.05,{1 + k}e-6,-0.05,-{1 + k}e-6,{5e4 / (1 + k)}",
        ]
    ds = load(lab("p.dat", head + "\r\n".join(rows)))
    assert set(ds.kind.values) == {"pulse"}
    np.testing.assert_allclose(ds.conductance, [2e-5, 4e-5, 6e-5, 8e-5])
    np.testing.assert_array_equal(ds.pulse_voltage, [-2, 2, 2, 2])
    np.testing.assert_array_equal(ds.pulse, [1, 1, 2, 3])
    np.testing.assert_array_equal(ds.step, [0, 1, 1, 1])
    np.testing.assert_allclose(ds.pulse_width.values[1:], 1e-3)
    np.testing.assert_allclose(ds.temperature, 300)


def clarius(path, runs: dict[str, tuple], test: str, compliance: float) -> str:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, (t, v, i) in runs.items():
        sheet = book.create_sheet(name)
        sheet.append(["Time", "AI", "AV", "RESISTANCE", "VSET", "NORM_COND"])
        for k, row in enumerate(zip(t, i, v, strict=True)):
            sheet.append([*map(float, row), float(k), 1.1 if k == 0 else None, "#REF" if k == 0 else 0.5])
    book.create_sheet("Calc")
    settings = book.create_sheet("Settings")
    for run in runs:
        for line in (
            ["====="],
            [run],
            ["====="],
            [],
            ["Test Name", test],
            ["Name", "BV", "AV"],
            ["Operation Mode", "Common", "Voltage Linear Sweep"],
            ["Compliance", 0.105, compliance],
        ):
            settings.append(line)
    book.save(path)
    return str(path)


def half(sign: float, switches: bool, limit: float = np.inf) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    up = np.linspace(0, 2, 101)
    v = sign * np.concatenate([up, up[::-1]])
    on = np.concatenate([up > 1.2, np.full(101, True)]) == switches
    i = np.clip(v * np.where(on, 1e-3, 1e-6), -limit, limit)
    return np.arange(len(v)) * 0.1, v, i


def test_set_and_reset_workbooks_make_cycles(tmp_path):
    on = {f"Run{k}": half(-1, True, 5e-4) for k in (12, 11, 10)}
    off = {f"Run{k}": half(1, False) for k in (3, 2, 1)}
    a = clarius(tmp_path / "endurance set.xlsx", on, "SET_negative#1@1", 5e-4)
    b = clarius(tmp_path / "endurance reset.xlsx", off, "RESET_positive#1@1", 0.1)
    ds = load(a, b)
    assert ds.sizes["sample"] == 3 * 404
    assert set(np.unique(ds.cycle)) == {0, 1, 2}
    assert len(np.unique(ds.record)) == 1
    assert ds.attrs["compliance"] == pytest.approx(5e-4)
    one = ds.isel(sample=ds.cycle == 1)
    assert one.voltage.values[:202].min() == -2
    assert one.voltage.values[202:].max() == 2
    assert np.all(np.diff(ds.time) > 0)
    limited = (one.flag.values & Flag.COMPLIANCE) > 0
    assert limited.any()
    assert np.all(np.abs(one.current.values[limited]) >= 4.9e-4)
    alone = load(a)
    assert len(np.unique(alone.cycle)) == 3
    assert alone.voltage.values.max() == 0


def test_forming_is_recognised_by_name(tmp_path):
    ds = load(clarius(tmp_path / "01 Electroforming.xlsx", {"Run4": half(-1, True, 5e-4)}, "Electroforming#1", 5e-4))
    assert set(ds.kind.values) == {"forming"}


def test_forming_is_recognised_from_the_first_sweep(lab):
    v, i = loop(5)
    size = len(v) // 5
    first = i.copy()
    first[: size // 4] *= 1e-3
    ds = load(lab("a.csv", table("V,I", v, first)))
    assert set(ds.kind.values[:size]) == {"forming"}
    assert set(ds.kind.values[size:]) == {"sweep"}


def test_easyexpert_sub_tests_and_short_records(lab):
    def sub(title, sign):
        _, v, i = half(sign, title == "Set", 1e-3 if title == "Set" else np.inf)
        limit = "1 mA" if title == "Set" else "100 mA"
        note = f"[VAR1] Unit=SMU1:MP, Name=V1, Start=0 V, Compliance={limit}, Pwr Comp=OFF"
        head = [
            "",
            "SetupTitle, SET-RESET",
            "MetaData, TestRecord.IterationIndex, 2",
            f"AnalysisSetup, Analysis.Setup.Vector.Graph.Notes, {note}",
            f"AnalysisSetup, Analysis.Setup.Title, {title}",
            f"Dimension1, {len(v) + 5}, {len(v) + 5}",
            "Dimension2, 1, 1",
            "DataName, V1, I1",
        ]
        return "\n".join(head + [f"DataValue, {a:.9g}, {b:.9g}" for a, b in zip(v, i, strict=True)])

    ds = load(lab("k.csv", "\n".join([sub("Reset", 1), sub("Set", -1)] * 2)))
    assert "Dimension1 says 207 rows but there are 202" in ds.attrs["assumptions"]
    assert ds.attrs["compliance"] == pytest.approx(1e-3)
    assert len(np.unique(ds.cycle)) == 2
    assert ds.voltage.values[ds.cycle.values == 0][:202].max() == 2  # RESET came first


def test_ragged_trains_of_several_devices(lab):
    text = "".join(
        f"(U2,0,{d}),tprog=0.0002,Gprog, 1e-6, 5e-7, 2e-7\n(U2,0,{d}),terase=0.0001,Gerase, 1e-7, 4e-7, 8e-7, 1e-6\n"
        for d in range(3)
    )
    ds = load(lab("d2d.txt", text))
    assert list(dict.fromkeys(ds.device.values)) == ["U2-0-0", "U2-0-1", "U2-0-2"]
    one = ds.isel(sample=ds.device == "U2-0-1")
    np.testing.assert_allclose(one.conductance, [1e-6, 5e-7, 2e-7, 1e-7, 4e-7, 8e-7, 1e-6])
    np.testing.assert_array_equal(one.step, [0, 0, 0, 1, 1, 1, 1])
    np.testing.assert_array_equal(one.pulse, [0, 1, 2, 0, 1, 2, 3])
    np.testing.assert_allclose(one.pulse_width, [2e-4] * 3 + [1e-4] * 4)


def test_json_trains_and_the_flipped_reset(lab):
    up = np.array([[1.0, 2, 3, 4, 5, 6, 7, 8, 9], [1.1, 2, 3, 4, 5, 6, 7, 8, 9.1]]) * 1e-6
    index = list(range(9)) * 2
    record = {
        "V": [2.5, -2.7],
        "W": [1e-6, 1e-5],
        "read_V": 0.2,
        "pset": index,
        "preset": index,
        "Gset": up.ravel().tolist(),
        "Greset": (up - 1e-8).ravel().tolist(),
        "Gset_norm": [0.0] * 18,
        "std_noise_set": 0.1,
    }
    ds = load(lab("r.json", json.dumps(record)))
    first_reset = ds.isel(sample=(ds.step == 1))
    assert first_reset.conductance.values[0] > 8e-6 > 2e-6 > first_reset.conductance.values[-1]
    np.testing.assert_array_equal(first_reset.pulse, range(9))
    np.testing.assert_allclose(first_reset.pulse_voltage, -2.7)
    np.testing.assert_allclose(first_reset.pulse_width, 1e-5)
    np.testing.assert_allclose(ds.read_voltage, 0.2)
    assert set(ds.cycle.values) == {0, 1}
    assert "turned round" in ds.attrs["assumptions"]


def test_json_columns_and_records(lab):
    v, i = loop(1)
    assert_loop(load(lab("a.json", json.dumps({"voltage": v.tolist(), "current": i.tolist()}))), v, i, 1)
    rows = [{"V": a, "I": b} for a, b in zip(v.tolist(), i.tolist(), strict=True)]
    assert_loop(load(lab("b.json", json.dumps(rows))), v, i, 1)


def test_write_verify_log_with_modes(lab):
    head = "timestamp,mode,G_prev_uS,G_uS,PW_s,NP,Amplitude_V\n"
    rows = [
        "2025-12-16 12:33:46,inc,12,,1e-4,600,1.0",
        "2025-12-16 12:33:48,read,12,50,0.0,0,0.0",
        "2025-12-16 12:33:49,dec,50,,1e-4,100,-0.5",
        "2025-12-16 12:33:51,read,50,40,0.0,0,0.0",
    ]
    ds = load(lab("w.csv", head + "\n".join(rows)))
    assert set(ds.kind.values) == {"program"}
    np.testing.assert_allclose(ds.conductance, [5e-5, 4e-5])
    np.testing.assert_allclose(ds.pulse_voltage, [1.0, -0.5])
    np.testing.assert_allclose(ds.pulse_width, 1e-4)
    np.testing.assert_array_equal(ds.pulse, [600, 700])


def test_write_verify_with_repeated_reads(lab):
    rows = ["-0.5,5e-7,1000,-0.1,-1e-8,-3e-8", "-1.0,5e-7,1000,-0.1,-2e-8,-4e-8", "-1.5,5e-7,1000,-0.1,-3e-8,-5e-8"]
    ds = load(lab("b.csv", "# pulse_v,pulse_width,num_applied,meas_v,i_0,i_1\n" + "\n".join(rows)))
    np.testing.assert_allclose(ds.conductance, [2e-7, 3e-7, 4e-7])
    np.testing.assert_array_equal(ds.pulse, [1000, 2000, 3000])


def test_headless_write_verify_with_ranges(lab):
    rows = [
        f"{38500 + k}.000\t{5 + k}.000\t3.000\t2.000\t{4000 + 800 * (k % 3):.3f}\t0.000\t{3900 + 800 * (k % 3):.3f}\t"
        f"{4100 + 800 * (k % 3):.3f}\t1.000\t0.000\t0.000"
        for k in range(12)
    ]
    ds = load(lab("w.csv", "\r\n".join(rows)))
    assert set(ds.kind.values) == {"program"}
    np.testing.assert_array_equal(ds.step, [0, 1, 2] * 4)
    np.testing.assert_allclose(1 / ds.conductance, [4000, 4800, 5600] * 4)
    assert ds.device.values[3] == "38503"


def test_pulse_number_splits_potentiation_and_depression(lab):
    g = np.concatenate([np.linspace(1, 10, 51), np.linspace(10, 1, 51)[1:]]) * 1e-6
    ds = load(lab("pd.csv", table("Pulse number,Conductance (uS)", np.arange(101), g * 1e6)))
    assert set(ds.kind.values) == {"pulse"}
    np.testing.assert_array_equal(np.bincount(ds.step), [51, 50])
    np.testing.assert_array_equal(ds.pulse.values[49:53], [49, 50, 1, 2])


def test_pulse_voltage_column_gives_trains(lab):
    v = np.repeat([1.0, -1.2], 20)
    g = np.concatenate([np.linspace(1, 3, 20), np.linspace(3, 1, 20)])
    ds = load(lab("pd.csv", table("Pulse voltage (V),Pulse width (us),G (mS)", v, 0 * v + 10, g)))
    assert set(ds.kind.values) == {"pulse"}
    np.testing.assert_array_equal(ds.pulse.values[[0, 19, 20, 39]], [1, 20, 1, 20])
    np.testing.assert_allclose(ds.pulse_width, 1e-5)
    np.testing.assert_allclose(ds.conductance, g * 1e-3)


def test_two_row_header_with_a_voltage_over_each_column(lab):
    text = "--\t1 V\t0.5 V\npulse number\tResistance (Ohm)\tResistance (Ohm)\n" + "".join(
        f"{k}\t{1e5 / k}\t{2e5 / k}\n" for k in range(1, 11)
    )
    ds = load(lab("r.txt", text))
    assert len(np.unique(ds.record)) == 2
    np.testing.assert_allclose(ds.conductance.values[:10], np.arange(1, 11) * 1e-5)


def test_endurance_pairs_under_their_voltage(tmp_path):
    book = openpyxl.Workbook()
    book.active.append([3.5, None, 3.6, None])
    book.active.append(["HRS", "LRS", "HRS", "LRS"])
    for k in range(5):
        book.active.append([1e6 + k, 1e4, 2e6 + k, 1e4])
    book.save(tmp_path / "rram.xlsx")
    ds = load(tmp_path / "rram.xlsx")
    assert set(ds.kind.values) == {"endurance"}
    assert ds.sizes["sample"] == 20
    np.testing.assert_allclose(ds.conductance.values[:2], [1e-4, 1e-6])
    np.testing.assert_array_equal(ds.step.values[:4], [1, 0, 1, 0])
    np.testing.assert_allclose(np.unique(ds.pulse_voltage), [3.5, 3.6])


def test_endurance_text_with_odd_line_ends_and_exponents(lab):
    ds = load(lab("e.csv", "\r".join(["HRS,LRS"] + [f"23.8611E+6,{10 + k}.5E+3" for k in range(6)])))
    assert set(ds.kind.values) == {"endurance"}
    np.testing.assert_allclose(1 / ds.conductance.values[1::2], 23.8611e6)


def test_endurance_and_retention_of_two_levels(lab):
    rows = "".join(f"{10 * k},{1 + k / 10}E-8,{5 + k}E-5\n" for k in range(1, 9))
    cycling = load(lab("e.csv", "Cycle,I_HRS (A),I_LRS (A)\n" + rows))
    assert set(cycling.kind.values) == {"endurance"}
    np.testing.assert_allclose(cycling.current.values[:2], [6e-5, 1.1e-8])
    kept = load(lab("r.csv", "Time (s),HRS (kOhm),LRS (kOhm)\n" + "".join(f"{10 * k},900,{5 + k}\n" for k in range(8))))
    assert set(kept.kind.values) == {"retention"}
    np.testing.assert_allclose(kept.conductance.values[:2], [2e-4, 1 / 9e5])
    np.testing.assert_allclose(kept.time.values[:4], [0, 0, 10, 10])


def test_potentiation_and_depression_columns(lab):
    rows = "".join(f"{k},{10 + k},{20 - k}\n" for k in range(11))
    ds = load(lab("ltp.csv", "Pulse,LTP (uS),LTD (uS)\n" + rows))
    assert set(ds.kind.values) == {"pulse"}
    np.testing.assert_allclose(ds.conductance, np.concatenate([np.arange(10, 21), np.arange(20, 9, -1)]) * 1e-6)
    np.testing.assert_array_equal(ds.step, np.repeat([0, 1], 11))
    np.testing.assert_array_equal(ds.pulse, np.tile(np.arange(11), 2))


def test_addresses_of_a_memory_board(lab):
    rows = "".join(f"{w},3,{1e4 - 100 * k},{1.0 if k else 0},1e-6,0.5\n" for w in (1, 2) for k in range(12))
    ds = load(lab("arc.csv", "Wordline,Bitline,Resistance,Amplitude (V),Pulse width (s),ReadVoltage\n" + rows))
    assert list(dict.fromkeys(ds.device.values)) == ["1-3", "2-3"]
    assert ds.pulse.values[[0, 11, 12, 23]].tolist() == [0, 11, 0, 11]
    np.testing.assert_allclose(ds.read_voltage, 0.5)


def test_magnitudes_and_turned_currents(lab):
    v, i = loop()
    size = load(lab("a.csv", table("V,I", v, np.abs(i))))
    assert_loop(size, v, i)
    assert "only the magnitude" in size.attrs["assumptions"]
    turned = load(lab("b.csv", table("V,I", v, -i)))
    assert_loop(turned, v, i)
    assert "opposite signs" in turned.attrs["assumptions"]


def test_quoted_cells_with_decimal_commas(lab):
    v, i = loop()
    rows = "\n".join(f'"{a:.6f}","{b:.9e}"'.replace(".", ",") for a, b in zip(v, i, strict=True))
    assert_loop(load(lab("a.csv", '"Voltage (V)","Current (A)"\n' + rows)), v, i)


def test_a_cycle_column_is_obeyed(lab):
    v, i = loop(4)
    number = np.repeat([1, 2], len(v) // 2)
    ds = load(lab("a.csv", table("Cycle,V,I", number, v, i)))
    np.testing.assert_array_equal(ds.cycle, number - 1)


def test_retention_and_gz(lab):
    text = "t,r\n" + "".join(f"{10 * k},{2e4 + k}\n" for k in range(50))
    ds = load(lab("d.csv.gz", gzip.compress(text.encode())))
    assert set(ds.kind.values) == {"retention"}
    np.testing.assert_allclose(ds.time, 10 * np.arange(50))
    assert ds.device.values[0] == "d"


def test_constant_voltage_is_retention_and_a_held_one_a_trace(lab):
    t = np.arange(60) * 1.0
    ds = load(lab("c.csv", table("Time (s),Voltage (V),Current (A)", t, 0 * t + 0.1, 1e-6 * np.exp(-t / 100))))
    assert set(ds.kind.values) == {"retention"}
    np.testing.assert_allclose(ds.conductance.values[0], 1e-5)
    held = load(lab("h.csv", table("Time (s),Voltage (V),Current (A)", t, np.where(t < 30, 2, 0.01), 1e-3 + 1e-5 * t)))
    assert set(held.kind.values) == {"trace"}


def test_headless_cells_with_reciprocal_columns(lab):
    rows = "".join(
        f"{800 + k % 4}\t{0.0 if k < 4 else 4493.4 + k}\t{1e4 + k}\t{1 / (1e4 + k)}\t{100 if k < 8 else 140}\n"
        for k in range(16)
    )
    ds = load(lab("bake.tsv.gz", gzip.compress(rows.encode())))
    assert set(ds.kind.values) == {"retention"}
    assert len(np.unique(ds.device)) == 4
    np.testing.assert_allclose(np.unique(ds.temperature), [373.15, 413.15])


def test_one_trace_a_line(lab):
    rng = np.random.default_rng(0)
    text = "\n".join(
        "\t".join([str(8 * k), "0", *(f"{x:.6e}" for x in 1e-4 * (k + 1) * (1 + 0.01 * rng.normal(size=600)))])
        for k in range(3)
    )
    path = lab("ts.tsv", text)
    with pytest.raises(PinchedError, match="--columns conductance=1"):
        load(path)
    ds = load(path, columns={"conductance": 1})
    assert ds.sizes["sample"] == 1800
    assert set(ds.kind.values) == {"trace"}
    assert len(np.unique(ds.record)) == 3


def test_overrides(lab):
    v, i = loop()
    path = lab("a.csv", table("alpha,beta,gamma", i * 1e6, v, np.arange(len(v))))
    with pytest.raises(PinchedError, match="--columns voltage="):
        load(path)
    ds = load(path, columns={"voltage": "beta", "current": "alpha"}, units={"current": "uA"})
    assert_loop(ds, v, i)
    assert_loop(load(path, columns={"voltage": 2, "current": "1"}, units={"current": "uA"}), v, i)
    with pytest.raises(PinchedError, match="did you mean 'beta'"):
        load(path, columns={"voltage": "betta", "current": "alpha"})
    with pytest.raises(PinchedError, match="did you mean 'voltage'"):
        load(path, columns={"voltge": "beta"})
    with pytest.raises(PinchedError, match="no unit of current"):
        load(path, columns={"voltage": 2, "current": 1}, units={"current": "ohm"})


def test_rate_cycles_and_meta(lab, tmp_path):
    v, i = loop()
    path = lab("a.csv", table("V,I", v, i))
    ds = load(path, rate="0.1V/s", cycles=2)
    assert ds.attrs["sweep_rate"] == pytest.approx(0.1)
    np.testing.assert_allclose(np.abs(np.diff(ds.voltage)) / np.diff(ds.time), 0.1, rtol=1e-6)
    np.testing.assert_array_equal(np.bincount(ds.cycle), [len(v) // 2, len(v) // 2])
    (tmp_path / "sample.toml").write_text('area = "100 um**2"\nstack = "Pt/HfO2/Ti"\ntemperature = "85 degC"\n')
    with_meta = load(path, meta=tmp_path / "sample.toml")
    assert json.loads(with_meta.attrs["meta"])["stack"] == "Pt/HfO2/Ti"
    np.testing.assert_allclose(with_meta.temperature, 358.15)
    with pytest.raises(PinchedError, match="sweep rate"):
        load(path, rate="fast")


def test_useless_clocks_are_replaced(lab):
    v, i = loop()
    epoch = load(lab("a.txt", table("Voltage Current Time", v, i, np.full(len(v), 1.765e9), separator="\t")))
    assert "no usable axis" in epoch.attrs["assumptions"]
    assert epoch.time.values[-1] == pytest.approx(np.abs(np.diff(v)).sum(), rel=1e-6)
    restarting = load(lab("b.csv", table("V,I,Time (s)", v, i, np.tile(np.arange(len(v) // 3), 3))))
    assert np.all(np.diff(restarting.time) > 0)


def test_instrument_artefacts_are_flagged(lab):
    v, i = loop()
    i = i * v**4 + 2e-9 * np.where(np.arange(len(i)) % 2, 1, -1)
    i[7] = 9.91e37
    text = table("V,I", v, i) + ",\n,\n"
    rows = text.split("\n")
    rows[20] = rows[20].split(",")[0] + ",OVLD"
    ds = load(lab("a.csv", "\n".join(rows)))
    flag = ds.flag.values
    assert np.flatnonzero(flag & Flag.OVERFLOW).tolist() == [7, 19]
    assert np.isnan(ds.current.values[[7, 19]]).all()
    noisy = (flag & Flag.NOISE_FLOOR) > 0
    assert noisy.any()
    assert np.nanmax(np.abs(ds.current.values[noisy])) < 1e-8
    assert ds.sizes["sample"] == len(v)


def test_compliance_is_inferred_only_from_a_clamp(lab):
    v, i = loop()
    clamped = load(lab("a.csv", table("V,I", v, np.clip(i, -5e-5, 5e-5))))
    assert clamped.attrs["compliance"] == pytest.approx(5e-5, rel=1e-3)
    assert np.all(np.abs(clamped.current.values[(clamped.flag.values & Flag.COMPLIANCE) > 0]) > 4.9e-5)
    rounded = (
        1e-4 * np.sin(np.pi / 2 * np.clip(np.abs(v) / 0.8, 0, 1.25)) * np.sign(v)
    )  # a smooth maximum, as in a RESET
    assert "compliance" not in load(lab("b.csv", table("V,I", v, rounded))).attrs


def test_range_switching_is_flagged(lab):
    v = np.concatenate([np.linspace(0, -2, 201), np.linspace(-2, 0, 201)])
    i = -1e-9 * np.exp(5 * np.abs(v))
    teeth = (np.abs(v) > 1.35) & (np.abs(v) < 1.55) & (np.arange(402) < 201)
    i[teeth] = -1e-6 * (0.75 + 0.08 * (np.arange(teeth.sum()) % 5))
    ds = load(lab("a.csv", table("V,I", v, i)))
    found = (ds.flag.values & Flag.RANGE) > 0
    assert found.any()
    assert set(np.flatnonzero(found)) <= set(np.flatnonzero(teeth)) | {
        np.flatnonzero(teeth)[-1] + k for k in range(1, 6)
    }


def test_an_impossible_current_asks_for_its_unit(lab):
    v, i = loop()
    path = lab("a.dat", table("", v, i * 1e6, separator=" ")[1:])
    with pytest.raises(PinchedError, match="--unit current=uA"):
        load(path)
    assert_loop(load(path, units={"current": "uA"}), v, i)


def test_folders_and_devices(lab, tmp_path):
    v, i = loop()
    for name in ("A", "B"):
        for k in (1, 2, 10):
            lab(f"lab/{name}/sweep {k}.csv", table("V,I", v, i * k))
    lab("lab/A/notes.txt", "nothing here")
    lab("lab/README.md", "| V | I |")
    ds = load(tmp_path / "lab")
    assert list(dict.fromkeys(ds.device.values)) == ["A", "B"]
    one = load(tmp_path / "lab" / "A")
    assert list(dict.fromkeys(one.record.values)) == ["sweep 1", "sweep 2", "sweep 10"]
    assert "left out: notes.txt" in one.attrs["assumptions"]
    assert set(load_devices(tmp_path / "lab")) == {"A", "B"}
    assert set(load_devices(tmp_path / "lab" / "B")) == {"sweep 1", "sweep 2", "sweep 10"}
    lab("lab/B/copy.csv", table("V,I", v, i))
    assert "byte for byte" in load(tmp_path / "lab" / "B").attrs["assumptions"]


def test_a_saved_dataset_loads_again(lab, tmp_path):
    v, i = loop()
    ds = load(lab("a.csv", table("V,I", v, i)))
    ds.to_netcdf(tmp_path / "data.nc", engine="h5netcdf")
    again = load(tmp_path / "data.nc")
    np.testing.assert_array_equal(again.current, ds.current)
    assert again.attrs["sha256"] == ds.attrs["sha256"]


def test_same_file_same_dataset(lab):
    v, i = loop()
    path = lab("a.csv", table("V,I", v, i))
    assert load(path).identical(load(path))
