import numpy as np
import pytest

from pinched.arrays.memory.law import Aged
from pinched.core import PinchedError
from pinched.devices import VTEAM, Retention
from pinched.devices.library import programming
from pinched.networks import MLP, Mapping, program

RNG = np.random.default_rng(0)
NET = MLP((40, 30, 5), 0)
X = RNG.uniform(0, 1, (200, 40)).astype(np.float32)
EXACT = NET(X)
DAY = 86400.0


def error(net, key=None):
    return np.sqrt(np.mean((net(X, key) - EXACT) ** 2)) / EXACT.std()


@pytest.fixture(scope="module")
def pcm():
    return program(NET, programming("pcm-nandakumar-2019"), 0, inputs=X)


def test_phase_change_cells_drift_as_their_law_says(pcm):
    law, engine = programming("pcm-nandakumar-2019"), pcm.layers[0]
    old = pcm.age(30 * DAY).layers[0]
    on = engine.asked > 0.3 * law.g_max
    slope = -np.log(old.cells[on] / engine.cells[on]) / np.log1p(30 * DAY / law.t0)
    mean, sigma = (np.asarray(a) for a in law.nu_law(engine.asked[on]))
    assert np.mean(slope - mean) == pytest.approx(0, abs=4 * sigma.mean() / np.sqrt(on.sum()))
    assert np.std((slope - mean) / sigma) == pytest.approx(1, abs=0.1)


def test_ageing_in_steps_is_ageing_at_once_and_repeats(pcm):
    at_once, in_steps = pcm.age(3 * DAY), pcm.age(DAY).age(2 * DAY)
    for a, b in zip(at_once.layers, in_steps.layers, strict=True):
        np.testing.assert_allclose(a.cells, b.cells, rtol=1e-6)
    assert in_steps.history == ((DAY, 298.15), (2 * DAY, 298.15))
    assert np.array_equal(at_once(X, 3), pcm.age(3 * DAY)(X, 3))


def test_read_noise_grows_with_age(pcm):
    spread = [np.std(net(X, 1) - net(X)) / np.std(net(X)) for net in (pcm.age(1.0), pcm.age(365 * DAY))]
    assert spread[1] > 1.2 * spread[0] > 0


def test_drift_compensation_undoes_what_all_cells_share(pcm):
    old = pcm.age(365 * DAY)
    plain, whole, columns = error(old), error(old.compensate(X)), error(old.compensate(X, "affine"))
    assert columns < whole < 0.7 * plain
    later = old.compensate(X).age(DAY)
    assert [each.gain for each in later.net.layers] == [each.gain for each in old.compensate(X).net.layers]


def test_a_compact_model_ages_by_its_own_retention_and_temperature():
    device = Retention(inner=VTEAM(), beta=1.0)
    net = program(NET, device, 0, inputs=X)
    tau = float(device.lifetime(358.0))
    cold, hot = net.age(tau, 300.0), net.age(tau, 358.0)
    np.testing.assert_allclose(cold.layers[0].cells, net.layers[0].cells, rtol=0.02)
    x = [np.log(n.layers[0].cells.max() / n.layers[0].cells.min()) for n in (net, hot)]
    assert x[1] < 0.7 * x[0]
    assert error(hot) > 3 * error(net)


def test_what_is_not_known_to_age_says_so():
    for net, says in [
        (program(NET, Mapping(), 0), "Mapping ages"),
        (program(NET, programming("pcm-joshi-2020"), 0), "programming alone"),
        (program(NET, Aged(programming("pcm-nandakumar-2019")), 0, inputs=X), "activation energy"),
    ]:
        with pytest.raises(PinchedError, match=says):
            net.age(10.0, 400.0)
    with pytest.raises(PinchedError, match="at least 0"):
        program(NET, Mapping(), 0).age(-1.0)
    with pytest.raises(PinchedError, match="No compensation"):
        program(NET, Mapping(), 0).compensate(X, "afine")
