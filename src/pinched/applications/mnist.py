"""MNIST and Fashion-MNIST from their files, wherever they lie: none is carried, and nothing else needs them.

Both come as four files in the IDX format: MNIST (LeCun, Cortes & Burges; CC BY-SA 3.0) and Fashion-MNIST (Xiao, Rasul &
Vollgraf, arXiv 1708.07747; MIT).
"""

import gzip
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pinched.core import PinchedError

FILES = (
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
)  # fmt: skip
BYTES = b"\x00\x00\x08"  # how an IDX file of bytes begins; the number of its dimensions follows


class Part(NamedTuple):
    """Samples: pixels (n, 28, 28) in float32 from 0 to 1, and classes (n,)."""

    images: np.ndarray
    labels: np.ndarray

    def flat(self) -> "Part":
        """The same with the pixels of an image in a row, (n, 784)."""
        return Part(self.images.reshape(len(self.images), -1), self.labels)

    def first(self, n: int) -> "Part":
        """The first `n` of them."""
        return Part(self.images[:n], self.labels[:n])


class Images(NamedTuple):
    """Both parts: 60 000 images to train with and 10 000 to test with, in the sets as published."""

    train: Part
    test: Part


def load(folder) -> Images:
    """The images of a folder that holds the four files, plain or with gzip (".gz").

    Raises:
        PinchedError: where a file is missing, is not what its name says, or does not fit the other of its part.
    """
    folder = Path(folder)
    paths = [next((p for p in (folder / name, folder / f"{name}.gz") if p.is_file()), None) for name in FILES]
    if None in paths:
        raise PinchedError(f"{folder} does not hold the files {', '.join(FILES)}, each as it is or with .gz.")
    parts = []
    for images, labels in (paths[:2], paths[2:]):
        x, y = idx(images), idx(labels)
        if x.ndim != 3 or y.ndim != 1 or len(x) != len(y):
            raise PinchedError(
                f"{images} holds an array {x.shape} and {labels} one {y.shape}: (n, height, width) and (n,) are needed."
            )
        parts.append(Part(x.astype(np.float32) / 255, y.astype(np.int32)))
    return Images(*parts)


def idx(path) -> np.ndarray:
    """The array of bytes in an IDX file, plain or with gzip.

    Raises:
        PinchedError: where it is no such file, or not all of one.
    """
    try:
        data = Path(path).read_bytes()
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError, zlib.error) as error:
        raise PinchedError(f"{path} cannot be read ({error}): fetch it again.") from None
    if data[:3] != BYTES or len(data) < 4 + 4 * data[3]:
        raise PinchedError(f"{path} is no IDX file of bytes: it begins with {data[:4].hex(' ') or 'nothing'}.")
    start = 4 + 4 * data[3]
    shape = tuple(np.frombuffer(data[4:start], ">u4").tolist())
    if len(data) - start != np.prod(shape, dtype=object):
        raise PinchedError(f"{path} says that it holds an array {shape}, but {len(data) - start} bytes follow.")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def cropped(images, side: int = 20) -> np.ndarray:
    """The middle `side` x `side` pixels of images (n, height, width).

    Those of MNIST fill 20 pixels before they are centred by mass; the 400 inputs of NeuroSim are these (Chen, Peng &
    Yu, IEDM 2017), there in black and white.
    """
    top, left = ((n - side) // 2 for n in np.shape(images)[1:])
    return images[:, top : top + side, left : left + side]


def resized(images, side: int) -> np.ndarray:
    """Images (n, height, width) as `side` x `side` pixels, each the mean over the area it covers."""
    down, across = (_areas(n, side) for n in np.shape(images)[1:])
    return np.einsum("ih,nhw,jw->nij", down, images, across, optimize=True).astype(np.float32)


def _areas(old: int, new: int) -> np.ndarray:
    """(new, old) part of a new pixel that each old one covers, along one direction."""
    edges = np.arange(old + 1) * new / old
    share = np.clip(edges[None] - np.arange(new)[:, None], 0, 1)
    return np.diff(share, axis=1)
