"""The shipped sets against the raw ones."""

import os
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RAW = Path(os.environ.get("PINCHED_TEST_DATA", ROOT / "../shared/data")) / ".." / "physics" / "parameters"


def test_shipped_sets_are_what_the_conversion_writes(tmp_path):
    if not RAW.is_dir():
        pytest.skip("no raw parameter sets: set PINCHED_TEST_DATA")
    tool = runpy.run_path(str(ROOT / "tools" / "convert_parameters.py"))
    shipped = tool["PARAMETERS"]
    tool["convert"].__globals__["PARAMETERS"] = tmp_path
    (tmp_path / "responses").mkdir()
    written = {tool["convert"](each, RAW).relative_to(tmp_path) for each in tool["SETS"]}
    assert written == {path.relative_to(shipped) for path in shipped.rglob("*.toml")}
    for path in written:
        assert (tmp_path / path).read_text() == (shipped / path).read_text()
