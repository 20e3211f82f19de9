"""The images of entries: MNIST where it is, else the digits, which no claim about MNIST takes."""

import gzip
import math
import struct

import numpy as np
import pytest

from pinched.applications.mnist import FILES
from pinched.gallery import hall
from pinched.gallery.images import WHERE, about, images


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "mnist").mkdir()
    for n, names in ((6, FILES[:2]), (4, FILES[2:])):
        for name, shape in zip(names, ((n, 28, 28), (n,)), strict=True):
            head = struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape)
            values = (np.arange(math.prod(shape)) % 10).astype(np.uint8).tobytes()
            (tmp_path / "mnist" / f"{name}.gz").write_bytes(gzip.compress(head + values))
    monkeypatch.setenv(WHERE, str(tmp_path))


def test_without_mnist_a_claim_about_it_has_no_value(monkeypatch):
    monkeypatch.delenv(WHERE, raising=False)
    data = images()
    claim = data.claim("accuracy", "90 %", 95.0, 90.0)
    assert data.name == "8 x 8 digits"
    assert data.resized(14) is data
    assert math.isnan(claim.value)
    assert not claim.reproduced
    assert "95 %" in claim.why
    assert data.claim("loss", "none", 0.5, high=1.0, anywhere=True).reproduced


def test_with_mnist(folder):
    data = images()
    assert (data.name, data.train.images.shape, data.test.images.shape) == ("MNIST", (6, 784), (4, 784))
    assert data.resized(7).train.images.shape == (6, 49)
    assert data.first(5, 3).test.labels.tolist() == [0, 1, 2]
    assert data.passes(20) == 3
    assert data.score(np.eye(10)[[0, 1, 2, 9]]) == 75
    claim = data.claim("accuracy", "90 %", 95.0, 90.0)
    assert claim.reproduced
    assert claim.what == "accuracy, MNIST"


def test_a_printed_accuracy_is_met_within_its_errors():
    low, high = about(90.0)
    assert (low, high) == (85.0, pytest.approx(93.333, abs=1e-3))


def test_what_was_run_on_other_images_is_not_remembered(monkeypatch, tmp_path):
    hall._memory.cache_clear()
    first = hall._memory()
    monkeypatch.setenv(WHERE, str(tmp_path))
    hall._memory.cache_clear()
    assert hall._memory() != first
    hall._memory.cache_clear()
