"""One kind of error for everything a user can get wrong."""

import difflib
from collections.abc import Iterable


class PinchedError(ValueError):
    """A user's mistake, told in one sentence: what is wrong, where, and what to do about it."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The clause that suggests the nearest known name, or nothing when none is near."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}" if close else ""
