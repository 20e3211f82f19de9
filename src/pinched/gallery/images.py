"""The images of entries: MNIST where its files are, else the digits that are carried; only MNIST is compared."""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pinched.applications import digits, mnist
from pinched.applications.mnist import Part
from pinched.gallery.entry import Claim
from pinched.networks.accuracy import accuracy_of

WHERE = "PINCHED_TEST_DATA"  # the environment variable with the folder that holds a folder "mnist"
FACTOR = 1.5  # of the errors, within which a printed accuracy counts as met


class Data(NamedTuple):
    """Images (n, pixels) and classes to train and to test with; `side` pixels make a row."""

    name: str
    side: int
    train: Part
    test: Part

    def first(self, train: int, test: int = 10_000) -> "Data":
        """With no more than so many images."""
        return self._replace(train=self.train.first(train), test=self.test.first(test))

    def passes(self, images: int) -> int:
        """Passes over the training images that show about so many, at least one."""
        return max(1, round(images / len(self.train.labels)))

    def resized(self, side: int) -> "Data":
        """MNIST with `side` pixels a row; the digits as they are."""
        if self.name != "MNIST":
            return self
        small = (mnist.resized(p.images.reshape(-1, self.side, self.side), side) for p in (self.train, self.test))
        parts = (Part(x, p.labels).flat() for x, p in zip(small, (self.train, self.test), strict=True))
        return Data(self.name, side, *parts)

    def score(self, logits) -> float:
        """Accuracy in % of logits (images, classes) on the test images."""
        return 100 * accuracy_of(logits, self.test.labels)

    def claim(
        self, what: str, printed: str, value: float, low=-np.inf, high=np.inf, why: str = "", *, anywhere: bool = False
    ) -> Claim:
        """A claim in %, which only MNIST speaks to, or any images where the print names none (`anywhere`)."""
        if self.name != "MNIST" and not anywhere:
            why = f"MNIST is not on this machine ({WHERE}); on the {self.name} it is {value:.3g} %"
            value = np.nan
        return Claim(f"{what}, {self.name}", printed, value, "%", low, high, why)


def images() -> Data:
    """MNIST, or the digits."""
    if (folder := Path(os.environ.get(WHERE, "")) / "mnist").is_dir() and WHERE in os.environ:
        train, test = mnist.load(folder)
        return Data("MNIST", 28, train.flat(), test.flat())
    parts = digits.samples()
    return Data("8 x 8 digits", 8, Part(*parts.train), Part(*parts.test))


def about(accuracy: float) -> tuple[float, float]:
    """Lowest and highest accuracy in % with errors within FACTOR of those of the printed one."""
    wrong = 100 - accuracy
    return 100 - FACTOR * wrong, 100 - wrong / FACTOR
