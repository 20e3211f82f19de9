"""The probe station, the exporter and the gallery from the shell."""

import json

import pytest
from typer.testing import CliRunner

from pinched.app.cli import app

shell = CliRunner()


def run(*arguments):
    return shell.invoke(app, [str(a) for a in arguments])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["probe", "hfox-stanfrd-pku"], "did you mean 'hfox-stanford-pku'"),
        (["probe", "hfox-stanford-pku", "--protocol", "puls"], "did you mean 'pulses'"),
        (["probe", "hfox-stanford-pku", "--set", "cycles"], "NAME=VALUE"),
        (["probe", "generic-vteam-2015", "--set", "cycels=2"], "did you mean 'cycles'"),
        (["probe", "generic-vteam-2015", "--set", "temperature=-3"], "temperature"),
        (["probe", "generic-vteam-2015", "--set", "humidity=3"], "humidity = 3: it must be at most 1 ("),
        (["probe", "generic-vteam-2015", "--set", "rate=0"], "rate = 0; it must be above 0"),
        (["probe", "generic-vteam-2015", "--set", "cycles=0"], "whole number, 1 or more"),
        (["probe", "generic-vteam-2015", "--protocol", "pulses", "--set", "n=2.5"], "whole number"),
        (["probe", "generic-vteam-2015", "--protocol", "switching-time", "--set", "voltages=0"], "other than 0"),
        (["export", "generic-vteam-2015", "--to", "spectre"], "ngspice"),
        (["export", "generic-vtem"], "did you mean 'generic-vteam-2015'"),
        (["probe", "hfo2-milo-2021"], "`pinched network` takes them"),
        (["fit", "hfox-stanford-pku"], "`pinched report` measures it"),
        (["export", "sg13g2-130nm"], "is an access transistor"),
        (["gallery", "run", "S999"], "gallery"),
        (["devices", "show", "reram-softbound-2018"], "did you mean 'reram-softbounds-2018'"),
    ],
)
def test_a_mistake_is_one_sentence_and_2(arguments, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.exit_code == 2, done.output
    assert told in done.stderr
    assert "Traceback" not in done.output
    assert not list(tmp_path.iterdir())


def test_probe_leaves_a_folder_with_everything(tmp_path):
    done = run("probe", "generic-vteam-2015", "--set", "cycles=1", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert {p.name for p in (tmp_path / "out").iterdir()} >= {"data.nc", "probe.json"}
    told = json.loads((tmp_path / "out" / "probe.json").read_text())
    assert told["experiment"] == "sweep"
    assert told["metrics"]["v_set"]["unit"] == "V"


def test_probe_lists_its_experiments():
    done = run("probe")
    assert done.exit_code == 0
    assert {"sweep", "pulses", "stdp", "retention"} <= {line.split()[0] for line in done.stdout.splitlines()}


def test_show_draws_the_loop_and_the_origins(tmp_path):
    done = run("devices", "show", "generic-vteam-2015", "--out", tmp_path / "loop")
    assert done.exit_code == 0, done.output
    assert "R_off" in done.stdout
    assert "⠤" in done.stdout or "⣀" in done.stdout
    assert (tmp_path / "loop.png").stat().st_size > 1000


def test_devices_as_json_hold_every_kind():
    done = run("devices", "--json")
    assert {"hfox-stanford-pku", "reram-softbounds-2018", "sg13g2-130nm"} <= set(json.loads(done.stdout))


def test_export_writes_a_subcircuit(tmp_path):
    done = run("export", "generic-vteam-2015", "--out", tmp_path / "vteam.cir")
    assert done.exit_code == 0, done.output
    assert ".subckt" in (tmp_path / "vteam.cir").read_text().lower()
