"""Any published set can be the model that a fit begins with."""

from pathlib import Path

import numpy as np
import pytest

import pinched as pn
from pinched.characterize.fit_glance import Glance
from pinched.characterize.fit_models import candidates
from pinched.core import PinchedError
from pinched.devices import names

LOW, HIGH = dict.fromkeys((1, -1), (1e-3, 1.0)), dict.fromkeys((1, -1), (1e-5, 1.0))
LOOK = Glance(1, 1.0, 1.0, LOW, HIGH, 3.0, True, 0.0, 0.0, 2.0, 1e-3, 4.0, 298.15)


@pytest.mark.parametrize("name", names())
def test_every_set_makes_a_candidate_that_gives_its_own_device_back(name):
    chosen = next(c for c in candidates(LOOK, [name]) if c.name == name)
    values = {path: f.guess for path, f in chosen.free.items()}
    for path, f in chosen.free.items():
        assert f.low < (abs(f.guess) if f.log else f.guess) < f.high, path
    again, env = chosen.device(values), pn.Environment()
    x = again.rest()
    assert np.allclose(again.current(0.1, x, env), pn.device(name).current(0.1, x, env), rtol=1e-12)


def test_a_model_of_ones_own_is_named_by_its_file():
    example = Path(__file__).parents[2] / "examples" / "my_device.py"
    assert candidates(LOOK, [f"{example}:Mine"])[0].name == "Mine"
    with pytest.raises(PinchedError, match="There is no model"):
        candidates(LOOK, [str(example.with_name("absent.py"))])


def test_an_unknown_model_names_the_nearest():
    with pytest.raises(PinchedError, match="hfo2-memdiode"):
        candidates(LOOK, ["hfo2-memdiod"])


def test_a_fit_recovers_the_memdiode_that_made_the_loops():
    true = pn.device("hfo2-memdiode").replace(V_set=1.0, I_max=3e-3)
    ds = pn.run(true, pn.protocols.sweep(1.4, -1.9, 0.1, 4))
    found = pn.fit(ds, models=["hfo2-memdiode"], quick=True)
    assert found.explains
    assert float(found.device.V_set) == pytest.approx(1.0, abs=0.05)
