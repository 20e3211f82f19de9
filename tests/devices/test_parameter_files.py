"""Published sets, parameter files and models of one's own."""

import dataclasses
from pathlib import Path

import jax
import numpy as np
import pytest

from pinched.core import PinchedError
from pinched.core.params import params
from pinched.devices import (
    VTEAM,
    ExponentialResponse,
    Schottky,
    SeriesResistance,
    StanfordGap,
    Yakopcic,
    describe,
    device,
    load_model,
    names,
    provenance,
    response,
    response_names,
    save_device,
)

MINIMAL = """
name = "mine"
model = "VTEAM"
[parameters]
R_on = {value = 0.1, unit = "kohm", origin = "measured"}
v_off = {value = 300, unit = "mV", origin = "fitted", sigma = 20}
"""


def leaves_equal(a, b):
    return all(np.array_equal(x, y) for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True))


def written(tmp_path, text):
    path = tmp_path / "d.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("hfox-stanford-pku", StanfordGap),
        ("generic-vteam-2015", VTEAM),
        ("generic-yakopcic-2011", Yakopcic),
        ("generic-schottky", Schottky),
    ],
)
def test_class_defaults_are_the_published_set(name, cls):
    assert leaves_equal(device(name), cls())


@pytest.mark.parametrize("name", [*names(), *response_names()])
def test_every_shipped_value_states_its_source(name):
    about = describe(name)
    assert about["name"] == name
    assert about["description"]
    assert about["status"]
    assert about["source"]
    for key, entry in provenance(name).items():
        assert entry["source"], key
        assert entry["source"] != "default of the model class", key


def test_alon_has_no_gate_and_no_heating():
    alon = device("alon-stanford-pku")
    assert alon.F_min == alon.R_th == 0
    assert alon.x0 == 1


def test_units_convert_and_the_rest_is_assumed(tmp_path):
    path = written(tmp_path, MINIMAL)
    read = device(path)
    assert read.R_on == 100.0
    assert read.v_off == 0.3
    about = provenance(path)
    assert about["v_off"]["sigma"] == pytest.approx(0.02)
    assert about["R_off"]["origin"] == "assumed"
    assert describe(path)["assumed"] == len(params(VTEAM)) - 2


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("R_on", "R_onn", "did you mean 'R_on'"),
        ("VTEAM", "VTEM", "did you mean 'VTEAM'"),
        ("kohm", "kV", "does not convert to 'ohm'"),
        ("kohm", "kohmm", "does not convert to 'ohm'"),
        ("0.1, unit", "-0.1, unit", "above 0 ohm"),
        ("0.1, unit", '"much", unit', "must be a number"),
        ("0.1, unit", "[[1.0], 2.0], unit", "must be a number"),
        ("0.1, unit", "nan, unit", "must be finite"),
        ('"measured"', '"guessed"', "must state its origin"),
        ('unit = "kohm", ', "", "must state its unit"),
        ("sigma", "sigm", "did you mean 'sigma'"),
        ("[parameters]", "[options]\nwindow = 'jogleker'\n[parameters]", "did you mean 'joglekar'"),
        ("[parameters]", "[options]\nwindows = 'none'\n[parameters]", "did you mean 'window'"),
        ("[parameters]", "nam = 1\n[parameters]", "did you mean 'name'"),
        ('{value = 0.1, unit = "kohm", origin = "measured"}', "100.0", "must be written"),
        ("[parameters]", "[parameters", "not a readable device file"),
    ],
)
def test_mistakes_are_named(tmp_path, old, new, told):
    with pytest.raises(PinchedError, match=told):
        device(written(tmp_path, MINIMAL.replace(old, new)))


def test_a_typo_suggests_the_nearest_published_name():
    with pytest.raises(PinchedError, match="did you mean 'hfox-stanford-pku'"):
        device("hfox-stanford-pkku")
    with pytest.raises(PinchedError, match=r"no device file 'nowhere\.toml'"):
        device("nowhere.toml")


def test_devices_and_responses_are_told_apart():
    with pytest.raises(PinchedError, match="use response"):
        device("agasi-exponential-2010")
    with pytest.raises(PinchedError, match="use device"):
        response("hfox-stanford-pku")
    assert isinstance(response("agasi-exponential-2010"), ExponentialResponse)


def test_round_trip_is_exact(tmp_path):
    nested = SeriesResistance(
        inner=VTEAM(R_on=100 / 3, window="biolek", iv="exponential").sample(0, 3, {"R_off": 0.1}), r=np.pi
    )
    path = save_device(
        nested, tmp_path / "nested.toml", description='quoted "name" \\ µ', source="here", data_hash="abc",
        origins={"inner.R_on": "fitted", "r": "measured"}, sigmas={"inner.R_on": 1 / 3},
        intervals={"r": (3.0, 3.5)}, sources={"r": "a probe"},
    )  # fmt: skip
    again = device(path)
    assert leaves_equal(again, nested)
    assert again.inner.window == "biolek"
    about = provenance(path)
    assert about["inner.R_on"] == {
        "value": 100 / 3, "unit": "ohm", "origin": "fitted", "source": "here", "sigma": 1 / 3,
    }  # fmt: skip
    assert about["r"]["low"] == 3.0
    assert about["r"]["source"] == "a probe"
    assert about["inner.k_on"]["origin"] == "assumed"
    assert describe(path)["description"] == 'quoted "name" \\ µ'
    assert [p.name for p in tmp_path.iterdir()] == ["nested.toml"]


def test_save_refuses_what_it_does_not_know(tmp_path):
    with pytest.raises(PinchedError, match="did you mean 'R_on'"):
        save_device(VTEAM(), tmp_path / "d.toml", sigmas={"Ron": 1.0})
    with pytest.raises(PinchedError, match="no origin 'guess'"):
        save_device(VTEAM(), tmp_path / "d.toml", origins="guess")
    with pytest.raises(PinchedError, match="cannot be written"):
        save_device(VTEAM(), tmp_path / "nowhere" / "d.toml")


def test_optional_values_stay_absent(tmp_path):
    synapse = ExponentialResponse(g_min=1e-6, g_max=1e-5)
    again = response(save_device(synapse, tmp_path / "s.toml"))
    assert again.v_up is None
    assert dataclasses.asdict(again).keys() == dataclasses.asdict(synapse).keys()


def test_a_missing_value_without_default_is_named(tmp_path):
    with pytest.raises(PinchedError, match="lacks g"):
        device(written(tmp_path, 'model = "Ohmic"\n'))


def test_a_model_of_ones_own(tmp_path):
    source = Path(__file__).parents[2] / "examples" / "my_device.py"
    mine = load_model(f"{source}:Mine")
    assert load_model(str(source)) is not None
    again = device(save_device(mine(), tmp_path / "m.toml"))
    assert type(again).__name__ == "Mine"


@pytest.mark.parametrize(
    ("text", "spec", "told"),
    [
        ("x = 1", ":Mine", "no Device"),
        ("1/0", ":Mine", "ZeroDivisionError"),
        ("def", ":Mine", "SyntaxError"),
    ],
)
def test_a_broken_model_file_is_named(tmp_path, text, spec, told):
    path = tmp_path / "broken.py"
    path.write_text(text)
    with pytest.raises(PinchedError, match=told):
        load_model(f"{path}{spec}")


def test_an_unknown_model_suggests_the_nearest():
    with pytest.raises(PinchedError, match="did you mean 'StanfordGap'"):
        load_model("StanfordGape")
