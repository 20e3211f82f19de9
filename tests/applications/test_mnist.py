"""MNIST by path: files that this test makes, and the real ones where they are."""

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from pinched.applications import mnist
from pinched.core import PinchedError

DATA = Path(os.environ.get("PINCHED_TEST_DATA", "../shared/data"))


def idx(array, kind=8):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, kind, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for n, (images, labels) in ((6, mnist.FILES[:2]), (4, mnist.FILES[2:])):
        (tmp_path / images).write_bytes(idx(rng.integers(0, 256, (n, 28, 28), np.uint8)))
        (tmp_path / f"{labels}.gz").write_bytes(gzip.compress(idx(np.arange(n, dtype=np.uint8))))
    return tmp_path


def test_files_plain_and_with_gzip(folder):
    train, test = mnist.load(folder)
    assert train.images.shape == (6, 28, 28)
    assert test.images.shape == (4, 28, 28)
    assert train.images.dtype == np.float32
    assert 0 <= train.images.min() < train.images.max() <= 1
    assert train.images[2, 3, 5] == np.float32((folder / mnist.FILES[0]).read_bytes()[16 + 2 * 784 + 3 * 28 + 5]) / 255
    assert test.labels.tolist() == [0, 1, 2, 3]
    assert train.flat().images[2, 3 * 28 + 5] == train.images[2, 3, 5]
    assert len(train.first(2).labels) == len(train.first(2).images) == 2


def test_a_missing_file_names_all_four(folder):
    (folder / mnist.FILES[2]).unlink()
    with pytest.raises(PinchedError, match=r", ".join(mnist.FILES)):
        mnist.load(folder)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda data: data[:-1], "4703 bytes follow"),
        (lambda data: data + b"0", "4705 bytes follow"),
        (lambda data: b"", "begins with nothing"),
        (lambda data: b"\x00\x00\x0d" + data[3:], "00 00 0d 03"),
        (lambda data: data[:9], "no IDX file"),
        (lambda data: gzip.compress(data)[:-20], "cannot be read"),
        (lambda data: b"\x1f\x8b" + data[2:], "cannot be read"),
        (lambda data: idx(np.zeros((5, 28, 28), np.uint8)), r"\(5, 28, 28\)"),
        (lambda data: idx(np.zeros(6, np.uint8)), "height, width"),
    ],
)
def test_a_broken_file_is_told_in_a_sentence(folder, broken, said):
    path = folder / mnist.FILES[0]
    path.write_bytes(broken(path.read_bytes()))
    with pytest.raises(PinchedError, match=said) as told:
        mnist.load(folder)
    assert str(told.value).count("\n") == 0
    assert mnist.FILES[0] in str(told.value)


def test_cropped_takes_the_middle():
    images = np.arange(2 * 28 * 28).reshape(2, 28, 28)
    assert np.array_equal(mnist.cropped(images), images[:, 4:24, 4:24])


def test_resized_keeps_the_mean_and_whole_blocks():
    images = np.random.default_rng(1).random((3, 28, 28), np.float32)
    for side in (8, 11, 28):
        small = mnist.resized(images, side)
        assert small.shape == (3, side, side)
        np.testing.assert_allclose(small.mean((1, 2)), images.mean((1, 2)), rtol=1e-5)
    np.testing.assert_allclose(mnist.resized(images, 28), images, rtol=1e-6)
    blocks = images.reshape(3, 7, 4, 7, 4).mean((2, 4))
    np.testing.assert_allclose(mnist.resized(images, 7), blocks, rtol=1e-5)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_the_real_files(name):
    if not (DATA / name).is_dir():
        pytest.skip(f"{name} is not on this machine (PINCHED_TEST_DATA)")
    train, test = mnist.load(DATA / name)
    assert train.images.shape == (60000, 28, 28)
    assert test.images.shape == (10000, 28, 28)
    if name == "mnist":  # the counts of the set as published
        counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
        assert np.bincount(test.labels).tolist() == counts
    else:
        assert np.bincount(test.labels).tolist() == [1000] * 10
