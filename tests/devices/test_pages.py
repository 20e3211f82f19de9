"""The pages of docs/devices say what the parameter files and the models say."""

import importlib.util
from pathlib import Path

import pytest

from pinched.devices import describe

TOOL = Path(__file__).parents[2] / "tools/make_device_pages.py"


@pytest.fixture(scope="module")
def pages():
    found = importlib.util.spec_from_file_location("make_device_pages", TOOL)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_every_set_has_its_page(pages):
    stale = []
    for name in [name for published, _ in pages.KINDS.values() for name in published()]:
        path = pages.DOCS / f"{name}.md"
        if not path.is_file():
            stale.append(name)
            continue
        drawn, about = pages.shown(name), describe(name)
        told = pages.driven(about) if about["drive"] and drawn else drawn
        if path.read_text(encoding="utf-8") != pages.page(name, told) or (
            drawn and not path.with_suffix(".svg").is_file()
        ):
            stale.append(name)
    assert not stale, f"run: python tools/make_device_pages.py {' '.join(stale)}"
    assert (pages.DOCS / "README.md").read_text(encoding="utf-8") == pages.index()
