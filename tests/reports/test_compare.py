"""Devices side by side: reports, files and folders, each number beside its like."""

import numpy as np
import pytest

from pinched.core import PinchedError, make_dataset
from pinched.reports.compare import compare
from pinched.reports.pipeline import report


def drift(g):
    time = np.geomspace(1, 1e4, 40)
    return make_dataset({"conductance": g * time**-0.02}, origin="measured", kind="retention", time=time)


def test_a_report_beside_a_file(tmp_path):
    done = report(drift(1e-5), out=tmp_path / "one")
    (tmp_path / "two.csv").write_text(
        "t (s),R (ohm)\n" + "\n".join(f"{t:.4g},{1e5 * t**0.05:.6g}" for t in np.geomspace(1, 1e4, 30))
    )
    table = compare(done.folder, tmp_path / "two.csv")
    assert list(table.columns) == ["device", "two.csv"]
    exponents = table.loc["Drift exponent of R ~ t^ν"]
    assert exponents["device"].startswith("0.02")
    assert exponents["two.csv"].startswith("0.05")


def test_one_device_is_no_comparison(tmp_path):
    done = report(drift(1e-5), out=tmp_path / "one")
    with pytest.raises(PinchedError, match="at least two"):
        compare(done.folder)


def test_parameters_of_a_model_stand_beside_nothing():
    from pinched.reports.report import is_comparable

    assert is_comparable("merits.area")
    assert is_comparable("model.left_out_error")
    assert not is_comparable("model.area")
