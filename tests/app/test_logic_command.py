"""`pinched logic run`."""

import json

import pytest
from typer.testing import CliRunner

from pinched.app.cli import app

shell = CliRunner()
ON_VTEAM = ("--device", "generic-vteam-2015", "--width", "1e-5")


def run(*arguments):
    return shell.invoke(app, ["logic", "run", *map(str, arguments)])


def test_json_has_the_truth_table_cycles_energy_and_error_rate():
    done = run("a & (b ^ c)", *ON_VTEAM, "--samples", 2, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert [row["y"] for row in told["truth_table"]] == [0, 0, 0, 0, 0, 1, 1, 0]
    assert told["cycles"] == told["gates"] == 6
    assert told["error_rate"] == 0
    assert told["lines"] == 16
    assert told["energy_J"] > 0
    assert told["window"]["v_0"][0] < abs(told["drives"]["v_0"]) < told["window"]["v_0"][1]


def test_a_netlist_a_figure_and_the_text(tmp_path):
    path, figure = tmp_path / "half.v", tmp_path / "half.png"
    path.write_text("module half (a, b, s, c); input a, b; output s, c; assign s = a ^ b; assign c = a & b; endmodule")
    done = run(path, *ON_VTEAM, "--row", 5, "--samples", 1, "--spread", "v_on=0", "--out", figure)
    assert done.exit_code == 0, done.output
    assert "error rate 0" in done.stdout
    assert "window" in done.stdout
    assert figure.stat().st_size > 1000


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("a &", *ON_VTEAM), "no Boolean expression"),
        (("a & b", "--device", "generic-vtem-2015"), "did you mean 'generic-vteam-2015'"),
        (("nothing.blif", *ON_VTEAM), "nothing.blif"),
        (("a & b", *ON_VTEAM, "--row", 2), "too short"),
        (("a & b", *ON_VTEAM, "--family", "nor"), "magic, imply or auto"),
        (("a & b", *ON_VTEAM, "--out", "cells.txt"), "end it in .png"),
        (("a & b", *ON_VTEAM, "--spread", "v_on=-1"), "standard deviation"),
        (("a & b", *ON_VTEAM, "--spread", "von=0.1"), "did you mean 'v_on'"),
    ],
)
def test_a_mistake_is_one_sentence_and_2(arguments, told):
    done = run(*arguments)
    assert done.exit_code == 2, done.output
    assert told in done.stderr
    assert "Traceback" not in done.output
