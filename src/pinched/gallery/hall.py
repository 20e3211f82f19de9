"""Find the entries, run them, and remember what they gave."""

import dataclasses
import functools
import hashlib
import importlib
import json
import math
import os
import pkgutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pinched.core import PinchedError, nearest
from pinched.gallery.entry import LAYERS, Entry, Result


@functools.cache
def entries() -> tuple[Entry, ...]:
    """Every entry, by layer and then by number."""
    from pinched.gallery import systems as folder

    modules = (importlib.import_module(f"{folder.__name__}.{m.name}") for m in pkgutil.iter_modules(folder.__path__))
    found = [thing for module in modules for thing in vars(module).values() if isinstance(thing, Entry)]
    return tuple(sorted(found, key=lambda e: (LAYERS.index(e.layer), e.system, e.name)))


def find(name: str) -> tuple[Entry, ...]:
    """The entries of a system number ("S12") or of a name.

    Raises:
        PinchedError: where there is none.
    """
    if found := tuple(e for e in entries() if name.lower() in (e.system.lower(), e.name)):
        return found
    known = [word for e in entries() for word in (e.system, e.name)]
    raise PinchedError(f"The gallery has no {name!r}{nearest(name, known) or '; `pinched gallery` lists it'}.")


def run(name: str, seed: int = 0) -> Result:
    """Reproduce one entry, by its name, or by its system number where that has one entry.

    Raises:
        PinchedError: for an unknown name, or a number with several entries.
    """
    first, *others = find(name)
    if others:
        raise PinchedError(f"{name} has several entries: name one of {', '.join(e.name for e in (first, *others))}.")
    return first.run(seed)


def reproduce(entry: Entry, out: Path, seed: int = 0) -> tuple[dict[str, Any], Path]:
    """Run an entry and write result.json and its figure into the folder `out`.

    Returns:
        The row of the gallery, and the folder.

    Raises:
        PinchedError: where the folder cannot be written or holds something else.
    """
    from pinched.reports.figures.style import style
    from pinched.reports.folder import GENERATOR, fresh

    with fresh(out) as folder:
        start = time.perf_counter()
        result = entry.run(seed)
        found = row(entry, result, time.perf_counter() - start)
        text = json.dumps({"generator": GENERATOR, "seed": seed, **found}, ensure_ascii=False, indent=1)
        (folder / "result.json").write_text(text, encoding="utf-8")
        with style():
            figure = result.draw()
            for kind in ("svg", "png"):
                figure.savefig(folder / f"{entry.name}.{kind}", dpi=160)
    return found, out


def row(entry: Entry, result: Result, seconds: float) -> dict[str, Any]:
    """One line of the gallery as plain values."""
    first = result.claims[0]
    about = {key: getattr(entry, key) for key in ("system", "name", "layer", "title", "headline")}
    return about | {
        "value": _plain(first.value),
        "unit": first.unit,
        "verdict": result.verdict,
        "reproduced": result.reproduced,
        "seconds": round(seconds, 1),
        "claims": [
            {k: _plain(v) for k, v in dataclasses.asdict(c).items()} | {"remark": c.remark, "reproduced": c.reproduced}
            for c in result.claims
        ],
        "sources": list(entry.sources),
        "taken": list(entry.taken),
    }


def _plain(value: Any) -> Any:
    """A value that JSON knows: NaN and infinities become None."""
    return value if isinstance(value, str) else float(value) if math.isfinite(value) else None


def results(
    chosen: Iterable[Entry], again: bool = False, progress: Callable[[str, float], None] | None = None
) -> list[dict[str, Any]]:
    """A row for each entry; what this version of pinched has already run on this machine is remembered.

    Args:
        chosen: the entries.
        again: run them whether remembered or not.
        progress: called with what runs and the fraction done.
    """
    chosen, rows = tuple(chosen), []
    for number, entry in enumerate(chosen):
        kept = _memory() / f"{entry.system}-{entry.name}.json"
        if again or not kept.is_file():
            if progress:
                progress(f"{entry.system} {entry.name}", number / len(chosen))
            start = time.perf_counter()
            result = entry.run(0)
            found = row(entry, result, time.perf_counter() - start)
            kept.parent.mkdir(parents=True, exist_ok=True)
            beside = kept.with_suffix(".part")
            beside.write_text(json.dumps(found), encoding="utf-8")
            beside.replace(kept)
        rows.append(json.loads(kept.read_text(encoding="utf-8")))
    return rows


@functools.cache
def _memory() -> Path:
    """The folder of remembered rows: it belongs to the very source, parameter and image files that gave them."""
    import platformdirs

    import pinched
    from pinched.gallery.images import WHERE

    root = Path(pinched.__file__).parent
    digest = hashlib.sha256(os.environ.get(WHERE, "").encode())
    for path in sorted(p for p in root.rglob("*") if p.suffix in (".py", ".toml", ".csv")):
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return Path(platformdirs.user_cache_dir("pinched")) / "gallery" / digest.hexdigest()[:16]
