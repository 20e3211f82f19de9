"""Run ngspice and read what it computed."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from pinched.core.errors import PinchedError

# Gear damps what the trapezoidal rule lets ring at a bound; the tolerances hold a state to about 1e-4 of its box.
OPTIONS = ".options reltol=1e-6 vntol=1e-9 abstol=1e-12 itl4=200"


def simulate(deck: str, timeout: float = 600.0) -> dict[str, np.ndarray]:
    """The vectors of a transient analysis by lower-case name ("time", "v(x1.x)", "i(v1)").

    Args:
        deck: the whole netlist, its title line first; `.save` chooses what is kept.
        timeout: s.

    Raises:
        PinchedError: where ngspice is absent, does not end in time, or stops before the end, with what it said.
    """
    if not shutil.which("ngspice"):
        raise PinchedError("ngspice is not installed: apt-get install ngspice.")
    with tempfile.TemporaryDirectory() as folder:
        path, raw = Path(folder, "deck.cir"), Path(folder, "out.raw")
        path.write_text(deck, encoding="utf-8")
        command = ["ngspice", "-b", "-r", raw, path]
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=timeout, errors="replace")
        except subprocess.TimeoutExpired:
            raise PinchedError(f"ngspice did not end within {timeout:g} s: shorten the run.") from None
        said = [
            line
            for line in (run.stdout + run.stderr).splitlines()
            if any(w in line.lower() for w in ("error", "too small", "abort", "singular"))
        ]
        if not raw.exists() or run.returncode or said:
            raise PinchedError(f"ngspice stopped: {'; '.join(said) or run.stderr.strip() or 'it wrote nothing'}.")
        return _read(raw.read_bytes())


def _read(raw: bytes) -> dict[str, np.ndarray]:
    """A binary raw file with one plot of real vectors."""
    head, data = raw.split(b"Binary:\n", 1)
    lines = head.decode("utf-8", "replace").splitlines()
    names = [line.split()[1].lower() for line in lines[lines.index("Variables:") + 1 :] if line.startswith("\t")]
    table = np.frombuffer(data[: len(data) // (8 * len(names)) * 8 * len(names)]).reshape(-1, len(names))
    return dict(zip(names, table.T, strict=True))
