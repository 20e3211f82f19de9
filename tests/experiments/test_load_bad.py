"""Whatever is no measurement is refused in one sentence, without a traceback of a parser."""

import contextlib
import gzip
import io
import json
import pickle
import zipfile

import numpy as np
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from pinched.core import PinchedError
from pinched.experiments import load as module
from pinched.experiments.load import load, load_devices
from pinched.experiments.loaders import files


def workbook() -> bytes:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    for k in range(50):
        book.active.append([k, k * 1e-6])
    book.save(stream)
    return stream.getvalue()


def archive() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        packed.writestr("a.txt", "1 2")
    return stream.getvalue()


class Trap:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was opened",))


BAD = {
    "image.png": (b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG image"),
    "page.pdf": (b"%PDF-1.4\n" + bytes(100), "PDF document"),
    "noise.bin": (bytes(np.random.default_rng(0).integers(0, 256, 4000, np.uint8)), "binary"),
    "empty.csv": (b"", "is empty"),
    "blank.csv": (b"\n \n\n", "is empty"),
    "text.csv": (b"Dear colleague,\nthe device is broken.\nBest wishes\n", "no table of numbers"),
    "header.csv": (b"Voltage (V),Current (A)\n", "no table of numbers"),
    "nan.csv": (b"V,I\n" + b"nan,nan\n" * 20, "no table of numbers"),
    "nan current.csv": (b"V,I\n" + b"".join(b"%f,nan\n" % (k / 10) for k in range(20)), "no measured current"),
    "one.dat": (b"20.0\n14.0\n15.0\n12.0\n", "--columns conductance=1 --unit conductance=uS"),
    "voltage.csv": (b"V\n" + b"0.1\n0.2\n" * 5, "neither current nor resistance"),
    "trap.pkl": (pickle.dumps(Trap()), "pickle"),
    "trap.csv": (pickle.dumps(Trap()), "pickle"),
    "cut.xlsx": (workbook()[:2000], "truncated or damaged workbook"),
    "text.xlsx": (b"V,I\n1,2\n3,4\n", "truncated or damaged workbook"),
    "cut.csv.gz": (gzip.compress(b"V,I\n" + b"1,2\n" * 10000)[:40], "truncated or damaged gz"),
    "files.zip": (archive(), "zip archive"),
    "cut.json": (json.dumps({"voltage": list(range(99))}).encode()[:50], "not valid JSON"),
    "other.json": (b'{"a": 1, "b": "text"}', "no arrays named"),
    "program.txt": (b"0\t0\n1\t60\n0\t0\n0.3\t0\n" * 10, "no measured current"),
    "old.xls": (b"\xd0\xcf\x11\xe0" + bytes(600), "truncated or damaged workbook"),
    "array.npy": (b"\x93NUMPY\x01\x00" + bytes(50), "NumPy array"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files(tmp_path, name):
    content, said = BAD[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PinchedError) as caught:
        load(tmp_path / name)
    message = str(caught.value)
    assert said in message
    assert name in message
    assert "\n" not in message
    assert caught.value.__cause__ is None


def test_wrong_paths(tmp_path):
    (tmp_path / "sweep 1.csv").write_text("V,I\n1,2\n")
    with pytest.raises(PinchedError, match=r"no 'sweep1.csv' in .*did you mean 'sweep 1.csv'"):
        load(tmp_path / "sweep1.csv")
    with pytest.raises(PinchedError, match=r"There is no 'nowhere'"):
        load(tmp_path / "nowhere" / "a" / "b.csv")
    with pytest.raises(PinchedError, match="at least one path"):
        load()


def test_folders_without_measurements(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(PinchedError, match="no files of measurements"):
        load(tmp_path / "empty")
    (tmp_path / "text").mkdir()
    for k in range(3):
        (tmp_path / "text" / f"{k}.txt").write_text("words only")
    with pytest.raises(PinchedError, match="None of the 3 files"):
        load(tmp_path / "text")
    with pytest.raises(PinchedError):
        load_devices(tmp_path / "text")


def test_large_files_are_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LIMIT", 1000)
    path = tmp_path / "large.csv"
    path.write_text("V,I\n" + "1,2\n" * 1000)
    with pytest.raises(PinchedError, match="split it"):
        load(path)
    packed = tmp_path / "bomb.csv.gz"
    packed.write_bytes(gzip.compress(b"V,I\n" + b"1,2\n" * 100000))
    assert packed.stat().st_size < 1000
    with pytest.raises(PinchedError, match="unpacks to larger than"):
        load(packed)


def test_unreadable_and_unforeseen(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("V,I\n1,2\n3,4\n")

    def explode(raw, path):
        raise KeyError("inner")

    monkeypatch.setattr(module, "_tables", explode)
    with pytest.raises(PinchedError, match=r"a\.csv cannot be read as a measurement"):
        load(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(st.binary(max_size=400), st.text("0123456789.,;-+eE \t\nVIabc()#", max_size=400).map(str.encode))
)
def test_any_content_loads_or_is_refused(tmp_path, content):
    path = tmp_path / "any.txt"
    path.write_bytes(content)
    with contextlib.suppress(PinchedError):
        assert load(path).sizes["sample"] > 0
