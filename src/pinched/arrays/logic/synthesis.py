"""Netlists through Berkeley ABC, an external program, for those who have it."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from pinched.arrays.logic.functions import Functions
from pinched.arrays.logic.netfile import from_mapped, to_blif
from pinched.arrays.logic.netlist import Kind, Netlist
from pinched.core import PinchedError

PROGRAMS = ("berkeley-abc", "abc", "yosys-abc")
GENLIB = """GATE not 1 O=!a; PIN * INV 1 999 1.0 0.0 1.0 0.0
GATE {kind} 2 O=!(a{sign}b); PIN * INV 1 999 1.0 0.0 1.0 0.0
GATE zero 0 O=CONST0;
GATE one 0 O=CONST1;
"""
# The scripts resyn, resyn2 and resyn2rs of ABC's abc.rc, spelled out.
SCRIPT = """strash
balance; rewrite; rewrite -z; balance; rewrite -z; balance
balance; rewrite; refactor; balance; rewrite; rewrite -z; balance; refactor -z; rewrite -z; balance
balance; resub -K 6; rewrite; resub -K 6 -N 2; refactor; resub -K 8; balance; resub -K 8 -N 2; rewrite; resub -K 10
rewrite -z; resub -K 10 -N 2; balance; resub -K 12; refactor -z; resub -K 12 -N 2; rewrite -z; balance
strash"""


def program() -> str | None:
    """The path of ABC, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def synthesised(functions: Functions, kind: Kind = "nor") -> Netlist:
    """The `functions` as two-input gates of one `kind` and inverters, minimised by ABC.

    Raises:
        PinchedError: where ABC is not installed, or fails.
    """
    abc = program()
    if abc is None:
        raise PinchedError(
            "Berkeley ABC is not installed (Debian, Ubuntu: apt install berkeley-abc): install it, or use the "
            "built-in mapping."
        )
    with tempfile.TemporaryDirectory() as folder:
        found, script = Path(folder) / "found.blif", SCRIPT.replace("\n", "; ")
        (Path(folder) / "given.blif").write_text(to_blif(functions), encoding="utf-8")
        library = GENLIB.format(kind=kind, sign="+" if kind == "nor" else "*")
        (Path(folder) / "gates.genlib").write_text(library, encoding="utf-8")
        commands = f"read_blif given.blif; {script}; read_genlib gates.genlib; map -a; write_blif {found.name}"
        done = subprocess.run([abc, "-q", commands], cwd=folder, capture_output=True, text=True, check=False)
        if not found.is_file():
            told = (done.stdout + done.stderr).strip().splitlines() or ["it gave no reason"]
            raise PinchedError(f"ABC failed ({told[0]}): use the built-in mapping.")
        return from_mapped(found.read_text(encoding="utf-8"), kind)
