"""Arrays from the shell."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from pinched.app.cli import app
from pinched.arrays.faults import fault_map
from pinched.devices import Faults

shell = CliRunner()
NAME = "hfox-stanford-pku"


def run(*arguments):
    return shell.invoke(app, ["array", *map(str, arguments)])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["margin", "hfox-stanfrd-pku"], "did you mean 'hfox-stanford-pku'"),
        (["margin", NAME, "--sizes", "8;16"], "--sizes"),
        (["margin", NAME, "--sizes", "2", "--scheme", "V/4"], "no scheme 'V/4'"),
        (["solve", NAME, "--size", 4, "--row", 4], "row 4"),
        (["solve", NAME, "--voltage", 0], "other than 0 V"),
        (["solve", NAME, "--size", 2, "--out", "/dev/null/x"], "'/dev/null/x' cannot be opened"),
        (["map", NAME, "--size", 4, "--faults", "sky13"], "did you mean 'sky130'"),
        (["program", NAME, "--how", "best"], "no way 'best'"),
    ],
)
def test_mistakes_are_told_in_one_sentence(arguments, told):
    done = run(*arguments)
    assert done.exit_code == 2
    assert told in done.stderr


def test_margin_tells_schemes_and_the_largest_array(tmp_path):
    done = run("margin", NAME, "--sizes", "2,4", "--scheme", "V/2", "--scheme", "grounded", "--wanted", 0.5, "--json",
               "--out", tmp_path)  # fmt: skip
    told = json.loads(done.stdout)
    assert [(row["scheme"], row["size"]) for row in told["margins"]] == [
        ("V/2", 2), ("V/2", 4), ("grounded", 2), ("grounded", 4)
    ]  # fmt: skip
    assert told["largest"]["V/2"] < told["largest"]["grounded"] == 4
    assert (tmp_path / "array-margin.svg").is_file()


def test_solve_maps_a_bias_and_exports_it(tmp_path):
    done = run("solve", NAME, "--size", 4, "--voltage", 0.5, "--wire", 0.0, "--json", "--out", tmp_path, "--netlist",
               tmp_path / "deck.cir")  # fmt: skip
    told = json.loads(done.stdout)
    assert told["selected_voltage"] == pytest.approx(0.5)
    assert told["largest_other_voltage"] == pytest.approx(0.25)
    assert np.shape(told["voltage"]) == (4, 4)
    assert (tmp_path / "array-solution.png").is_file()
    assert ".subckt cell" in (tmp_path / "deck.cir").read_text()


def test_map_shows_the_broken_array(tmp_path):
    """What a broken line cuts off gets little of the read voltage; the rest, on average a little more than before."""
    whole, cut = (
        json.loads(run("map", NAME, "--size", 8, "--faults", "none", "--broken", p, "--json").stdout) for p in (0, 0.5)
    )
    assert whole["yield"] == 1.0 > cut["yield"]
    assert 0 < whole["mean_loss"] < whole["worst_loss"] < 1
    reached = fault_map((8, 8), Faults(), broken=0.5, seed=0).reached
    before, after = (np.array(told["loss"]) for told in (whole, cut))
    assert after[~reached].min() > 0.5 > before.max()  # sneak currents are all that comes
    assert after[reached].mean() < before[reached].mean()  # less current flows, so the wires take less


def test_map_knows_stuck_cells_and_open_ones_behind_transistors():
    for name in (NAME, "hfo2-sky130-1t1r"):
        told = [json.loads(run("map", name, "--size", 8, "--background", "on", "--faults", faults, "--json").stdout)
                for faults in ("none", "array-hfo2-2022")]  # fmt: skip
        assert told[0]["mean_loss"] > told[1]["mean_loss"] > 0
