"""Every public name can be the first one touched."""

import subprocess
import sys

import pytest

import pinched as pn


@pytest.mark.parametrize("name", ["protocols", "run", "probe", "Crossbar", "gallery", "devices", "networks"])
def test_each_name_comes_first_in_a_fresh_interpreter(name):
    done = subprocess.run([sys.executable, "-c", f"import pinched; pinched.{name}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_all_public_names_exist():
    assert all(hasattr(pn, name) for name in pn.__all__)
