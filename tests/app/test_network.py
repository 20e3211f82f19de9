"""Networks from the shell."""

import contextlib
import json
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from pinched.app.cli import app
from pinched.app.shell import interrupt

shell = CliRunner()
LAW, RESPONSE = "pcm-nandakumar-2019", "agasi-exponential-2010"


def run(*arguments):
    return shell.invoke(app, ["network", *map(str, arguments)])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["pcm-nandakumar-2018"], "did you mean 'pcm-nandakumar-2019'"),
        ([LAW, "--model", "lenett"], "did you mean 'lenet'"),
        ([LAW, "--task", "imagenet"], "no task"),
        ([LAW, "--train", "exsitu"], "did you mean 'ex-situ'"),
        ([RESPONSE, "--train", "in-situ", "--scheme", "tikitaka"], "no scheme"),
        ([RESPONSE, "--train", "in-situ", "--age", 10], "does not say how it ages"),
        ([LAW, "--train", "in-situ"], "do not say what a pulse does"),
        ([LAW, "--task", "mnist"], "--data"),
        ([LAW, "--task", "mnist", "--data", "nowhere"], "does not hold the files"),
        ([LAW, "--set", "adc_bit=4"], "adc_bit"),
        ([LAW, "--set", "adc_bits=many"], "must be a number"),
        ([LAW, "--set", "adc_bits=4,6"], "one number"),
        ([LAW, "--set", "scheme=ofset"], "did you mean 'offset'"),
        ([LAW, "--scheme", "sign"], "trains in-situ or hybrid"),
        ([LAW, "--data", "."], "digits are carried"),
        ([LAW, "--endurance", 1e9], "--endurance counts"),
        (["hfox-wan-2022", "--age", 10, "--temperature", 400], "stay at 298.15 K"),
        ([LAW, "--set", "adc_bits"], "not understood"),
        ([LAW, "--checkpoint", "no/such/folder/x"], "no folder"),
    ],
)
def test_mistakes_are_told_in_one_sentence(arguments, told):
    done = run(*arguments)
    assert done.exit_code == 2
    assert told in done.stderr
    assert "\n" not in done.stderr.strip()


def test_programmed_network_with_figures(tmp_path):
    out = tmp_path / "found"
    done = run(LAW, "--epochs", 3, "--images", 320, "--seeds", 2, "--age", 1e6, "--set", "adc_bits=8",
               "--set", "tile=64", "--json", "--out", out)  # fmt: skip
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told["accuracy"]) == {"floating point", "ideal devices", "devices", "aged"}
    assert all(0.3 < run["mean"] < 1 and len(run["values"]) == 2 for run in told["accuracy"].values())
    assert np.sum(told["confusion"]) == 2 * 359
    assert np.trace(told["confusion"]) / (2 * 359) == pytest.approx(told["accuracy"]["devices"]["mean"])
    assert told["cost"]["total"]["energy"]["low"] < told["cost"]["total"]["energy"]["value"]
    assert set(told["scans"]) == {"time", "noise", "wire"}
    assert json.loads((out / "network.json").read_text())["accuracy"] == told["accuracy"]
    assert sorted(p.name for p in out.glob("*.png")) == [
        f"network-{figure}.png" for figure in ("accuracy", "cells", "confusion", "energy")
    ]


def test_trained_on_devices_in_words():
    done = run(RESPONSE, "--train", "in-situ", "--epochs", 2, "--images", 320, "--seeds", 1, "--endurance", 1e6)
    assert done.exit_code == 0, done.stderr
    for words in ("1 seed,", "floating point", "ideal devices", "TOPS/W", "pulses a device", "years"):
        assert words in done.stdout


def test_an_interruption_leaves_nothing(tmp_path, monkeypatch):
    def stop(*_, **__):
        interrupt()

    def wrapped(*_, **__):  # as JAX does in a callback
        with contextlib.suppress(KeyboardInterrupt):
            interrupt()
        raise ValueError("INTERNAL: CpuCallback error: KeyboardInterrupt")

    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    for how in (stop, wrapped):
        monkeypatch.setattr("pinched.applications.runs.train", how)
        done = run(LAW, "--out", tmp_path / "deep" / "found")
        assert done.exit_code == 130
        assert done.stderr.strip().endswith("nothing half-written was left.")
        assert not list(tmp_path.iterdir())
