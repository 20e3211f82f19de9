"""Every shipped set is a device; every kind of broken model is caught."""

import runpy
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from pinched.core import PinchedError, param
from pinched.devices import VTEAM, Device, SeriesResistance, SinhResistor, State, check_device, device, names


@pytest.mark.parametrize("name", names())
def test_every_shipped_set_is_a_device(name):
    assert "Jacobian" in check_device(device(name)).passed


@pytest.mark.parametrize(
    "good",
    [
        VTEAM(window="joglekar", iv="exponential", alpha_on=2.5),
        SeriesResistance(inner=SinhResistor(g=1e-3, b=2.0), r=500.0),
    ],
)
def test_other_forms_are_devices(good):
    assert check_device(good).model == type(good).__name__


def test_the_example_model_is_a_device_in_under_30_lines():
    path = Path(__file__).parents[2] / "examples" / "my_device.py"
    assert check_device(runpy.run_path(str(path))["Mine"]()).model == "Mine"
    text = path.read_text()
    assert len(text[text.index("class Mine") : text.index("if __name__")].split("\n")) < 30


class Toy(Device):
    """A sound linear memristor, to break in one way at a time."""

    g: np.ndarray = param(1e-3, "S", "conductance", gt=0)
    k: np.ndarray = param(2.0, "1/(V*s)", "rate", gt=0)

    def state(self):
        return {"x": State(0.5, 0.0, 1.0)}

    def current(self, v, x, env):
        return self.g * (0.1 + x["x"]) * v

    def rates(self, v, x, env):
        return {"x": self.k * v}


def broken(name, **methods):
    return type(name, (Toy,), methods)()


BROKEN = {
    "zero bias": broken("Leaky", current=lambda s, v, x, env: s.g * (v + 0.1)),
    "passivity": broken("Battery", current=lambda s, v, x, env: -s.g * v),
    "monotony": broken("Ndr", current=lambda s, v, x, env: s.g * v * jnp.exp(-((2 * v) ** 2))),
    "states: x rests": broken("Outside", state=lambda s: {"x": State(1.5, 0.0, 1.0)}),
    "states: x has no finite box": broken("Boundless", state=lambda s: {"x": State(0.0, 0.0, np.inf)}),
    "states: the rate of x is not finite": broken("Singular", rates=lambda s, v, x, env: {"x": s.k * v / x["x"]}),
    "states: rates": broken("Misnamed", rates=lambda s, v, x, env: {"y": s.k * v}),
    "Jacobian: the derivative by v is not finite": broken(
        "Rooted", current=lambda s, v, x, env: s.g * jnp.sign(v) * jnp.sqrt(v**2)
    ),
    "Jacobian: the derivative by x disagrees": broken(
        "Stopped", current=lambda s, v, x, env: s.g * (0.1 + jnp.asarray(_frozen(x["x"]))) * v
    ),
    "batch": broken("Sharing", current=lambda s, v, x, env: s.g * v * (1 + jnp.mean(x["x"]))),
    "evaluation": broken("Branching", current=lambda s, v, x, env: s.g * v if v > 0 else s.g * v / 2),
}


def _frozen(x):
    import jax

    return jax.lax.stop_gradient(x)


def test_the_toy_is_sound():
    assert check_device(Toy()).model == "Toy"


@pytest.mark.parametrize("told", BROKEN)
def test_a_broken_model_is_caught(told):
    with pytest.raises(PinchedError, match=told):
        check_device(BROKEN[told])


def test_ndr_may_be_declared():
    allowed = type("Allowed", (type(BROKEN["monotony"]),), {"ndr": True})()
    assert check_device(allowed).model == "Allowed"


class WrongUnit(Toy):
    """Its unit is no unit."""

    v0: np.ndarray = param(1.0, "volts per fortnightly", "nonsense")


class Crooked(Toy):
    """Its eta mirrors the rates but not the current."""

    eta: np.ndarray = param(1.0, "1", "polarity")

    def current(self, v, x, env):
        return self.g * jnp.where(v > 0, 2.0, 1.0) * v


def test_units_and_polarity_are_checked():
    with pytest.raises(PinchedError, match="units"):
        check_device(WrongUnit())
    with pytest.raises(PinchedError, match="polarity"):
        check_device(Crooked())


def test_a_population_is_refused():
    with pytest.raises(PinchedError, match="single device"):
        check_device(Toy(g=np.array([1e-3, 2e-3])))
