"""What a long run needs to go on after it was killed: its arrays, written whole or not at all."""

import hashlib
import os
import zipfile
from pathlib import Path
from typing import Any

import jax
import numpy as np

from pinched.core import PinchedError


def save(path, tree: Any, tag: str) -> None:
    """Write the arrays of `tree` to `path` (.npz), in the place of what was there; `tag` says what run they are of."""
    path = Path(path)
    leaves = {f"a{n}": np.asarray(leaf) for n, leaf in enumerate(jax.tree.leaves(tree))}
    beside = path.with_name(f"{path.name}.part")
    try:
        with beside.open("wb") as stream:
            np.savez(stream, tag=np.array(tag), **leaves)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def load(path, tree: Any, tag: str) -> Any | None:
    """A tree like `tree` with the arrays of `path`, or None where there is no such file.

    Raises:
        PinchedError: where the file is no checkpoint, or that of another run, or where there is no folder for it.
    """
    path = Path(path)
    if not path.absolute().parent.is_dir():
        raise PinchedError(f"There is no folder {path.absolute().parent} for the checkpoint.")
    if not path.exists():
        return None
    try:
        with path.open("rb") as stream, np.load(stream) as data:
            found = dict(data)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        raise PinchedError(f"{path} is no checkpoint, or not all of one: delete it, or name another file.") from None
    if str(found.pop("tag", "")) != tag:
        raise PinchedError(
            f"{path} belongs to another run (network, data, device or settings): delete it, or name another."
        )
    leaves, structure = jax.tree.flatten(tree)
    return jax.tree.unflatten(structure, [found[f"a{n}"] for n in range(len(leaves))])


def fingerprint(*parts: Any) -> str:
    """A hash of arrays, modules and settings that tells runs apart."""
    digest = hashlib.sha256()
    for leaf in jax.tree.leaves(parts, is_leaf=lambda x: x is None):
        if hasattr(leaf, "shape"):
            a = np.asarray(leaf)
            digest.update(f"{a.shape}{a.dtype}".encode() + np.ascontiguousarray(a).tobytes())
        else:
            digest.update(repr(leaf).encode())
    digest.update(str(jax.tree.structure(parts)).encode())
    return digest.hexdigest()
