"""What holds of every wrapper: it composes, is a device, and survives its file."""

import jax
import numpy as np
import pytest

from pinched.core import PinchedError, double
from pinched.devices import (
    VTEAM,
    CycleVariation,
    Drift,
    Endurance,
    Environment,
    Ohmic,
    ReadNoise,
    Retention,
    SeriesResistance,
    SinhResistor,
    StanfordGap,
    Strain,
    Stuck,
    ThermalShell,
    check_device,
    device,
    save_device,
)
from pinched.devices.wrappers.wrapper import Wrapper, ends, memory

STACKS = [
    SeriesResistance(inner=CycleVariation(inner=VTEAM(), parameters=("R_on", "v_on")), r=100.0),
    ReadNoise(inner=Strain(inner=Drift(inner=VTEAM(iv="exponential")))),
    Endurance(inner=Retention(inner=VTEAM(window="biolek"), beta=0.5, x_eq=0.5), cycles=1e10),
    Stuck(inner=ThermalShell(inner=StanfordGap(R_th=0.0), r_th=1e5, tau=1e-9)),
    CycleVariation(inner=ReadNoise(inner=SinhResistor(g=1e-4, b=2.0)), parameters="inner.g", when="step", rho=0.5),
]
ORDINARY = VTEAM(iv="exponential", v_on=-0.3, v_off=0.3)
IDENTITIES = [
    Wrapper(inner=ORDINARY), ReadNoise(inner=ORDINARY), Strain(inner=ORDINARY), Stuck(inner=ORDINARY),
    Drift(inner=ORDINARY), Endurance(inner=ORDINARY), CycleVariation(inner=ORDINARY, parameters="R_on", cv=0.0),
]  # fmt: skip


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: type(stack).__name__)
def test_wrappers_compose_to_a_device(stack):
    assert "Jacobian" in check_device(stack).passed


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: type(stack).__name__)
def test_a_stack_survives_its_file(tmp_path, stack):
    again = device(save_device(stack, tmp_path / "stack.toml"))
    assert jax.tree.structure(again) == jax.tree.structure(stack)  # with the names that options hold
    assert all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(again), jax.tree.leaves(stack), strict=True))


@pytest.mark.parametrize("wrapper", IDENTITIES, ids=lambda wrapper: type(wrapper).__name__)
def test_an_idle_wrapper_changes_nothing(wrapper):
    with double():
        v, env = np.linspace(-1.5, 1.5, 13), Environment()
        x = wrapper.rest() | {"inner.x": np.full(13, 0.3)}
        assert np.asarray(wrapper.current(v, x, env)) == pytest.approx(
            np.asarray(ORDINARY.current(v, {"x": 0.3}, env)), rel=1e-14
        )
        rates = wrapper.rates(v, x, env)["inner.x"]
        assert np.asarray(rates) == pytest.approx(np.asarray(ORDINARY.rates(v, {"x": 0.3}, env)["x"]), rel=1e-14)


def test_what_a_device_does_not_have_its_wrapper_does_not_have():
    quiet = Strain(inner=VTEAM())
    assert not any((quiet.noise, quiet.jump, quiet.diffusion))
    noisy = Strain(inner=ReadNoise(inner=VTEAM()))
    assert noisy.noise
    assert not noisy.jump
    assert SeriesResistance(inner=Endurance(inner=VTEAM()), r=1.0).jump


def test_diffusion_passes_through_under_the_prefix():
    class Brownian(VTEAM):
        def diffusion(self, v, x, env):
            return {"x": 0.1}

    stack = Strain(inner=SeriesResistance(inner=Brownian(), r=1.0))
    assert stack.diffusion(0.5, {"inner.inner.x": 0.5}, Environment()) == {"inner.inner.x": 0.1}


def test_a_wrapper_of_an_ndr_device_says_so():
    class Falling(Ohmic):
        ndr = True

    assert SeriesResistance(inner=Strain(inner=Falling(g=1.0)), r=1.0).ndr
    assert not Strain(inner=Ohmic(g=1.0)).ndr


def test_the_memory_is_that_of_the_innermost_device():
    shell = Drift(inner=ThermalShell(inner=StanfordGap(), r_th=1e5, tau=1e-9))
    assert list(memory(shell)) == ["inner.inner.x"]
    with pytest.raises(PinchedError, match="no state 'y'"):
        Retention(inner=StanfordGap(), states="y")


def test_the_ends_of_a_window_are_found_whatever_a_state_means():
    for one, on in ((StanfordGap(), 0.0), (VTEAM(), 0.0)):
        x_on, x_off = ends(one, 0.1, {"x": 0.4}, Environment())
        assert (float(x_on["x"]), float(x_off["x"])) == (on, 1.0 - on)
