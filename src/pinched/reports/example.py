"""The bundled example: a raw lab file in instrument format, made by pinched itself (tools/make_example.py)."""

from importlib.resources import files
from pathlib import Path

REMARK = (
    "The example is no measurement: pinched made this file from the published HfOx device (hfox-stanford-pku) with an "
    "assumed spread and noise, in the format in which a Keysight B1500 exports loops."
)


def example_file() -> Path:
    """The path of the example, an EasyEXPERT CSV of current–voltage loops."""
    return Path(str(files("pinched.reports").joinpath("data/example-hfox.csv")))
