"""Parameters, quantities, the Dataset schema and double precision."""

import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, strategies as st

from pinched.core import (
    Flag,
    Parametrised,
    PinchedError,
    Quantity,
    check_dataset,
    clean,
    concat,
    engineering,
    make_dataset,
    param,
    params,
    verb,
)


class Spring(Parametrised):
    """A module with one bounded and one free parameter."""

    stiffness: np.ndarray = param(2.0, "N/m", "stiffness", gt=0)
    offset: np.ndarray = param(0.0, "m", "rest length", ge=-1, le=1)


def test_param_is_stored_in_float64_and_described():
    assert Spring(3).stiffness.dtype == np.float64
    assert params(Spring)["stiffness"].unit == "N/m"
    assert Spring(stiffness=[1.0, 2.0]).population == (2,)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("stiffness", 0.0, "above 0"), ("stiffness", np.nan, "finite"), ("offset", [0, 2], "at most 1")],
)
def test_broken_bound_names_parameter_and_bound(field, value, words):
    with pytest.raises(PinchedError, match=f"Spring.{field}.*{words}"):
        Spring(**{field: value})


def test_replace_checks_again_and_suggests():
    assert Spring().replace(stiffness=5.0).stiffness == 5.0
    with pytest.raises(PinchedError, match="did you mean 'stiffness'"):
        Spring().replace(stifness=1.0)
    with pytest.raises(PinchedError, match="above 0"):
        Spring().replace(stiffness=-1.0)


def test_new_values_do_not_retrace():
    traces = []

    @jax.jit
    def force(spring, x):
        traces.append(1)
        return spring.stiffness * (x - spring.offset)

    force(Spring(1.0), 1.0), force(Spring(2.0), 1.0)
    assert len(traces) == 1


@given(st.floats(1e-17, 1e14), st.sampled_from(["V", "A", "ohm", "S", "s", "J"]))
def test_engineering_text_reads_back(value, unit):
    text = engineering(value, unit, digits=12).replace("Ω", "ohm").replace("µ", "u")
    number, symbol = text.split(" ")
    scale = {
        "a": 1e-18,
        "f": 1e-15,
        "p": 1e-12,
        "n": 1e-9,
        "u": 1e-6,
        "m": 1e-3,
        "k": 1e3,
        "M": 1e6,
        "G": 1e9,
        "T": 1e12,
    }
    assert float(number) * scale.get(symbol.removesuffix(unit), 1.0) == pytest.approx(value, rel=1e-9)


def test_unavailable_quantity_says_why():
    q = Quantity(np.nan, "V", "measured", note="no loops")
    assert not q.available
    assert str(q) == "not available (no loops)"
    assert q.as_dict()["value"] is None


def loop(**more):
    return make_dataset({"voltage": [0, 1, 0], "current": [0, 2e-6, 0]}, origin="measured", **more)


def test_dataset_round_trips_through_netcdf(tmp_path):
    import xarray as xr

    ds = loop(record="a", cycle=[0, 0, 1], attrs={"assumptions": "one\ntwo"})
    ds.to_netcdf(tmp_path / "d.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "d.nc", engine="h5netcdf") as back:
        xr.testing.assert_identical(check_dataset(back.load()), ds)


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda ds: ds.drop_vars("cycle"), "'cycle' is missing"),
        (lambda ds: ds.drop_vars(["current"]), "neither current nor conductance"),
        (lambda ds: ds.rename(voltage="volts"), "unknown variable 'volts'"),
        (lambda ds: ds.assign_attrs(origin="guessed"), "origin"),
        (lambda ds: ds.assign_coords(kind=("sample", ["swep"] * 3)), "unknown kind 'swep'"),
        (lambda ds: ds.assign(voltage=ds.voltage.assign_attrs(units="mV")), "must carry units 'V'"),
    ],
)
def test_broken_schema_is_refused(break_it, words):
    with pytest.raises(PinchedError, match=words):
        check_dataset(break_it(loop()))


def test_concat_fills_what_a_part_lacks():
    pulses = make_dataset({"conductance": [1e-6]}, origin="measured", kind="pulse")
    both = concat([loop(), pulses])
    assert both.sizes["sample"] == 4
    assert np.isnan(both.conductance.values[:3]).all()
    assert both.conductance.values[3] == 1e-6


def test_clean_drops_flagged_samples_but_for_those_allowed():
    ds = make_dataset(
        {"voltage": [0, 1, 2], "current": [0, 1, 1], "flag": [0, Flag.COMPLIANCE, Flag.OVERFLOW]}, origin="measured"
    )
    assert clean(ds).tolist() == [True, False, False]
    assert clean(ds, Flag.COMPLIANCE).tolist() == [True, True, False]


@verb
def doubled(x):
    return jax.jit(lambda y: 2 * y)(x)


def test_verb_computes_in_float64_whatever_the_setting():
    assert doubled(np.float64(1)).dtype == np.float64
    with jax.enable_x64(True):
        assert doubled(np.float64(1)).dtype == np.float64


def test_verb_under_a_users_jit_says_what_to_do():
    with jax.enable_x64(False), pytest.raises(PinchedError, match="jax_enable_x64"):
        jax.jit(doubled)(jnp.float32(1))


def test_import_is_light_and_changes_no_global_setting():
    code = (
        "import pinched, sys; heavy = {'jax', 'xarray', 'pandas', 'matplotlib', 'scipy'} & set(sys.modules);"
        "assert not heavy, heavy; import jax; pinched.Crossbar; assert not jax.config.jax_enable_x64"
    )
    plain = {name: value for name, value in os.environ.items() if name != "JAX_ENABLE_X64"}
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, env=plain)
