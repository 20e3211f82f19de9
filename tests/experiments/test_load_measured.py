"""Measured files of other laboratories: counts and physics that were checked by hand. Skipped where they are absent."""

import os
from pathlib import Path

import numpy as np
import pytest

from pinched.core import Flag, PinchedError
from pinched.experiments.load import load, load_devices

MEASURED = Path(os.environ.get("PINCHED_TEST_DATA", "../shared/data")) / "measured"


def found(*parts: str) -> Path:
    path = MEASURED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"measured data {'/'.join(parts)} are not on this machine (PINCHED_TEST_DATA)")
    return path


def kinds(ds) -> set[str]:
    return set(ds.kind.values.tolist())


def test_darmstadt_endurance():
    folder = found("rram-darmstadt-4200", "H24824_D04")
    ds = load(folder / "03 endurance set.xlsx", folder / "03 endurance reset.xlsx")
    assert kinds(ds) == {"sweep"}
    assert ds.sizes["sample"] == 10 * 2 * 502
    assert set(np.unique(ds.cycle)) == set(range(10))
    assert ds.attrs["compliance"] == pytest.approx(5e-4, rel=0.01)
    assert ds.attrs["sweep_rate"] == pytest.approx(0.344, rel=0.02)
    for k in range(10):
        one = ds.isel(sample=ds.cycle == k)
        on, off = one.isel(sample=slice(502)), one.isel(sample=slice(502, None))
        assert on.voltage.min() == pytest.approx(-2.5, abs=1e-3)
        assert off.voltage.max() == pytest.approx(2.5, abs=1e-3)
        read = np.isclose(off.voltage, 0.2, atol=1e-3)
        low, high = off.current.values[read]
        assert low > 5 * high > 0  # RESET leaves the device far less conducting


def test_darmstadt_folder():
    ds = load(found("rram-darmstadt-4200", "H24824_D04"))
    counts = {kind: int((ds.kind == kind).sum()) for kind in kinds(ds)}
    assert counts["sweep"] == 121 * 502  # the first reset, and 60 pairs
    assert counts["forming"] == 1402
    assert set(counts) == {"sweep", "forming", "read"}
    assert "instrument derived" in ds.attrs["assumptions"]


def test_groningen_loops():
    path = next(iter(sorted(found("srtio3-nb-groningen", "Scaling device", "Radius 10 um").glob("037_*.csv"))))
    ds = load(path)
    assert (kinds(ds), ds.sizes["sample"], len(np.unique(ds.cycle))) == ({"sweep"}, 1001, 1)
    assert ds.voltage.min() == pytest.approx(-4, abs=1e-2)
    assert np.all(np.diff(ds.time) > 0)
    noisy = (ds.flag.values & Flag.NOISE_FLOOR) > 0
    assert 0 < noisy.sum() < 100
    assert np.abs(ds.current.values[noisy]).max() < 1e-9


def test_groningen_range_switching():
    ds = load(found("srtio3-nb-groningen", "IV_Sweeps_p1V_m1V_to_m2V", "small"))
    assert len(np.unique(ds.record)) == 11
    saw = (ds.flag.values & Flag.RANGE) > 0
    current = np.abs(ds.current.values[saw])
    assert saw.sum() > 300
    assert np.all((current > 4e-7) & (current < 2e-5))
    assert np.all(ds.voltage.values[saw] < 0)


@pytest.mark.parametrize(("name", "down"), [("Sp1V_RSm2V_R300mV", -2), ("Sp2V_RSm3V_Rm500mV", -3)])
def test_groningen_pulses(name, down):
    ds = load(found("srtio3-nb-groningen", "pulses", "new_device", f"{name}_processed.txt"))
    assert (kinds(ds), ds.sizes["sample"]) == ({"pulse"}, 201)
    np.testing.assert_array_equal(np.bincount(ds.step), [101, 100])
    np.testing.assert_array_equal(np.unique(ds.pulse_voltage.values[:101]), [down])
    g = ds.conductance.values
    assert g[0] > 100 * g[100]
    assert g[200] > 10 * g[100]
    with pytest.raises(PinchedError, match="no measured current"):
        load(found("srtio3-nb-groningen", "pulses", "new_device", f"{name}.txt"))


def test_groningen_pulse_log():
    path = next(iter(found("srtio3-nb-groningen", "pulses", "old_device").glob("*500mV_1V_m1V_measure_3x.txt")))
    ds = load(path)
    assert kinds(ds) == {"pulse"}
    np.testing.assert_allclose(ds.read_voltage, -1)
    assert set(np.unique(ds.pulse_voltage)) == {-4, -3, -2, 0.1, 0.5, 1}
    reset = ds.isel(sample=(ds.step == 0))
    assert reset.sizes["sample"] == 10
    assert np.all(np.diff(reset.conductance) < 0)


def test_eth_devices():
    devices = load_devices(found("vcm-eth-almond8-pulse"))
    assert len(devices) == 18
    for ds in devices.values():
        assert (kinds(ds), ds.sizes["sample"], len(np.unique(ds.cycle))) == ({"pulse"}, 4020, 10)
        rise = [ds.conductance.values[ds.step.values == k][[0, -1]] for k in range(20)]
        up, down = np.array(rise[::2]), np.array(rise[1::2])
        assert np.mean(up[:, 1] > up[:, 0]) == 1
        assert np.mean(down[:, 1] < down[:, 0]) == 1
        np.testing.assert_allclose(down[:, 0], up[:, 1])  # the reset train begins where the set train ended
        assert set(np.unique(ds.pulse_voltage)) == {2.5, -2.7}


def test_yflash_cycles():
    ds = load(found("yflash-technion", "yflash_cycling_degradation", "data_cycle2cycle.txt"))
    assert (kinds(ds), ds.sizes["sample"]) == ({"pulse"}, 53540)
    assert len(np.unique(ds.step)) == 800
    assert len(np.unique(ds.cycle)) == 400
    assert set(np.unique(ds.pulse_width)) == {1e-4, 2e-4}
    assert set(ds.device.values) == {"U2-2-4"}
    assert 1e-10 < ds.conductance.min() < 1e-8 < 5e-7 < ds.conductance.max() < 1e-5


def test_nottingham_loops():
    folder = found("pmma-nottingham-iv", "classification_validation", "files_for_testing")
    points = cycles = 0
    for path in sorted(folder.glob("*.txt")):
        ds = load(path)
        assert kinds(ds) <= {"sweep", "forming"}
        assert np.all(np.diff(ds.time) > 0)
        points += ds.sizes["sample"]
        cycles += len(np.unique(ds.cycle))
        unix = "Chris_Devices" in path.name
        assert ("no usable axis" in ds.attrs["assumptions"]) == unix
    assert points == 10724 - 615  # the fourteenth file lies in another folder
    assert cycles == 8 * 3 + 3 + 2 * 5 + 10 + 3


def test_bologna_pulses():
    ds = load(found("pulse-lsmo-gaq3-bologna", "SP291D1NR100.dat"))
    assert (kinds(ds), ds.sizes["sample"]) == ({"pulse"}, 51)
    train = ds.isel(sample=ds.step == 1)
    assert train.sizes["sample"] == 50
    g = ds.conductance.values
    assert g[-1] / g[0] == pytest.approx(2.200317 / 1.921340, rel=1e-4)
    np.testing.assert_allclose(ds.temperature, 449.1)
    np.testing.assert_allclose(train.pulse_width, 1e-3)


def test_milano_traces():
    ds = load(found("ag-nwn-milano", "example_file_1.txt"))
    assert (kinds(ds), ds.sizes["sample"]) == ({"trace"}, 3000)
    assert ds.voltage.values[0] == pytest.approx(1.99998)
    five = load(found("ag-nwn-milano", "Fig_2", "raw_data", "pulse_2V.txt"))
    g = five.current / five.voltage
    assert float(g[0]) == pytest.approx(8.19152876369165e-4)


def test_northwestern_levels():
    folder = found("bisol-northwestern-levels", "2023-03-21")
    ds = load(folder / "FIB3_K9_1_0_low_drift_LP6dB6dBHz_Integ1.0.csv")
    assert (kinds(ds), ds.sizes["sample"]) == ({"program"}, 28)
    assert 1e-10 < ds.conductance.min() < ds.conductance.max() < 1e-6
    kept = load(folder / "FIB3_K9_1_0_low_drift_LP6dB6dBHz_Integ1.0_retentiondata.csv")
    assert (kinds(kept), kept.sizes["sample"]) == ({"retention"}, 11)


def test_radar_and_relaxation():
    ds = load(found("rram-1t1r-radar-stanford", "ispp", "data", "3bpc", "ispp2.csv"))
    assert (kinds(ds), ds.sizes["sample"], len(np.unique(ds.step))) == ({"program"}, 256, 8)
    read = found("rram-1t1r-radar-stanford", "retention", "data", "readtest2bpc1-prebake.csv")
    with pytest.raises(PinchedError, match="one nameless column"):
        load(read)
    levels = load(read, columns={"resistance": 1})
    assert (kinds(levels), levels.sizes["sample"]) == ({"read"}, 1024)
    bake = load(found("rram-relaxation-abc-stanford", "techA", "bake.tsv.gz"))
    assert (kinds(bake), bake.sizes["sample"]) == ({"retention"}, 163840)
    assert len(np.unique(bake.device)) == 16384
    np.testing.assert_allclose(np.unique(bake.temperature), np.array([100, 140, 180, 220, 260]) + 273.15)


def test_zarcone_programming():
    ds = load(found("pcm-zarcone", "derived_Partial_Reset_PCM.csv"))
    assert (kinds(ds), ds.sizes["sample"], len(np.unique(ds.cycle))) == ({"program"}, 15200, 380)
    assert len(np.unique(load(found("pcm-zarcone", "derived_PCM_20140605.csv")).device)) == 7


def test_knowm_loop():
    path = found("sdc-knowm-tariq", "IV_Pulse_Programming", "M3IVData.dat")
    with pytest.raises(PinchedError, match="--unit current=uA"):
        load(path)
    ds = load(path, units={"current": "uA"})
    assert (kinds(ds), ds.sizes["sample"], len(np.unique(ds.cycle))) == ({"sweep"}, 1000, 5)
    assert ds.current.max() == pytest.approx(66.8e-6, rel=1e-3)


def test_tio2_drift():
    ds = load(found("tio2-arcone-elgeresy", "data", "drift", "d69_sa20_22"))
    assert (kinds(ds), ds.sizes["sample"], len(np.unique(ds.record))) == ({"retention"}, 11865 * 2, 2)
    assert 4e3 < 1 / ds.conductance.max() < 1 / ds.conductance.min() < 9e4


def test_excerpts():
    ds = load(found("formats-excerpts", "keysight_easyexpert_excerpt.csv"))
    assert (kinds(ds), ds.sizes["sample"]) == ({"sweep"}, 10)
    assert "Dimension1 says 202 rows but there are 10" in ds.attrs["assumptions"]
    log = load(found("formats-excerpts", "knowm_write_verify_excerpt.csv"))
    assert (kinds(log), log.sizes["sample"]) == ({"program"}, 2)
    np.testing.assert_allclose(log.conductance, [50.29865797677345e-6, 64.57172255435621e-6])
