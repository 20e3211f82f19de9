"""The command line: help, mistakes told in one sentence, exit codes."""

import signal
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from pinched.app.cli import app

shell = CliRunner()


def run(*arguments):
    return shell.invoke(app, [str(a) for a in arguments])


def test_help_and_version():
    assert "report" in run("--help").output
    assert run("--version").output.startswith("pinched ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["report"], "Name lab files"),
        (["report", "--example", "x.csv"], "Name lab files"),
        (["report", "nowhere.csv"], "no file or folder 'nowhere.csv'"),
        (["report", "hfox-stanfrd-pku"], "did you mean 'hfox-stanford-pku'"),
        (["fit", "nowhere.csv"], "no file or folder"),
        (["compare", "nowhere.csv", "b.csv"], "no file or folder"),
        (["devices", "show", "hfox-stanfrd-pku"], "did you mean 'hfox-stanford-pku'"),
    ],
)
def test_mistake_is_one_sentence_and_exit_code_2(arguments, words):
    done = run(*arguments)
    assert done.exit_code == 2
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.output


def test_misspelt_file_gets_the_nearest(tmp_path):
    (tmp_path / "sweep.csv").write_text("")
    assert "did you mean 'sweep.csv'" in run("report", tmp_path / "swep.csv").stderr


@pytest.mark.parametrize("option", ["voltage", "=V1", "voltage=", "voltage=V=1"])
def test_column_option_is_explained(option, tmp_path):
    (tmp_path / "a.csv").write_text("V,I\n0,0\n")
    done = run("report", tmp_path / "a.csv", "--columns", option)
    assert done.exit_code == 2
    assert "ROLE=VALUE" in done.stderr


def test_help_and_path_errors_import_nothing_heavy():
    code = (
        "import sys; from pinched.app.cli import app\n"
        "try: app(['report', 'nowhere.csv'])\n"
        "except SystemExit as leave: assert leave.code == 2\n"
        "assert not {'jax', 'xarray', 'pandas', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_devices_are_listed_with_sources():
    assert "hfox-stanford-pku" in run("devices").output
    shown = run("devices", "show", "hfox-stanford-pku").output
    assert "g0" in shown
    assert "fitted" in shown


def test_ctrl_c_leaves_with_130_and_nothing_half_written(tmp_path):
    code = "from pinched.app.cli import app; app(['report', '--example', '--quick', '--out', 'here'])"
    report = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    for _ in range(600):  # until the work is under way: its folder stands beside the place of the report
        if any(tmp_path.iterdir()):
            break
        time.sleep(0.1)
    report.send_signal(signal.SIGINT)
    _, told = report.communicate(timeout=120)
    assert report.returncode == 130
    assert "interrupted" in told
    assert "Traceback" not in told
    assert not list(tmp_path.iterdir())
