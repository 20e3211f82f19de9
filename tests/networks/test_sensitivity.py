import numpy as np
import pytest

from pinched.core import PinchedError
from pinched.devices import ExponentialResponse, SoftBoundsResponse, TableResponse
from pinched.networks import Accuracy, Mapping, sensitivity
from pinched.networks.improve import improvements, perfect, prepared

RANGE = {"g_min": 1e-6, "g_max": 1e-5}


def evaluate(m, seeds):
    """A made-up network: what each property costs is known."""
    noise = np.random.default_rng(0).normal(0, 0.01, len(seeds))
    cost = m.sigma_program + 0.5 * m.sigma_read * (1 + noise)
    return Accuracy(0.9 - np.full(len(seeds), cost) + noise, tuple(seeds))


def test_the_costliest_property_comes_first():
    m = Mapping.of(sigma_program=0.1, sigma_read=0.04, stuck_on=0.0)
    table = sensitivity(evaluate, m, seeds=range(5))
    assert list(table.property[:2]) == ["programming error", "read noise"]
    rows = table.set_index("property")
    assert rows.gain["programming error"] == pytest.approx(0.1)
    assert rows.gain["everything"] == pytest.approx(0.12, rel=0.02)
    assert rows.verdict["programming error"] == "gain"
    assert rows.verdict["wire resistance"] == "not measured"
    assert rows.verdict["stuck cells"] == "already ideal"
    assert rows.error["read noise"] == pytest.approx(
        np.std(0.02 * np.random.default_rng(0).normal(0, 0.01, 5), ddof=1) / np.sqrt(5), rel=0.01
    )


def test_a_gain_below_two_standard_errors_is_noise():
    def wobbly(m, seeds):
        up = np.random.default_rng(int(m.levels == 8)).normal(0, 0.05, len(seeds))
        return Accuracy(0.5 + up, tuple(seeds))

    table = sensitivity(wobbly, Mapping.of(levels=8), ["levels"])
    assert table.verdict[0] == "within the noise"
    assert sensitivity(wobbly, Mapping.of(levels=8), ["levels"], seeds=(1,)).verdict[0] == "one seed: no error"


def test_soft_bounds_are_the_exponential_they_become():
    soft = SoftBoundsResponse(step_up=0.01, step_down=0.03, **RANGE)
    g = np.linspace(1e-6, 1e-5, 7)
    for pulses in (1.0, 10.0, -7.0):
        np.testing.assert_allclose(soft.step(g, pulses), prepared(soft).step(g, pulses), rtol=1e-5)


@pytest.mark.parametrize(
    "response",
    [
        ExponentialResponse(
            n_up=50, n_down=20, curvature_up=2, curvature_down=-1, sigma_c2c=0.02, sigma_d2d=0.1, **RANGE
        ),
        SoftBoundsResponse(step_up=0.01, step_down=0.05, sigma_c2c=0.01, sigma_g_max=0.1, **RANGE),
        TableResponse(up=[0.3, 0.1, 0.05], down=[0.05, 0.2, 0.4], up_std=[0.1] * 3, down_std=[0.1] * 3, **RANGE),
    ],
)
def test_a_perfect_response_is_linear_symmetric_quiet_and_equal(response):
    best = perfect(response)
    g = np.linspace(2e-6, 9e-6, 5)
    step = np.asarray(best.step(g, 1.0, 0)) - g
    np.testing.assert_allclose(step, step[0], rtol=1e-3)
    np.testing.assert_allclose(np.asarray(best.step(g, -1.0, 1)) - g, -step, rtol=1e-3)
    assert step[0] <= 9e-6 / 1000 * 1.001
    assert not any(i.changes for i in improvements(best).values())
    assert type(best) is type(prepared(response))


def test_improving_one_property_leaves_the_others():
    r = ExponentialResponse(
        n_up=50, n_down=20, curvature_up=2, curvature_down=-1, sigma_c2c=0.02, sigma_d2d=0.1, **RANGE
    )
    table = improvements(r)
    assert table["cycle-to-cycle spread"].changes == {"sigma_c2c": 0.0}
    assert table["device-to-device spread"].changes == {"sigma_d2d": 0.0}
    assert set(table["nonlinearity"].changes) == {"curvature_up", "curvature_down"}


def test_mistakes_are_told():
    with pytest.raises(PinchedError, match="did you mean 'read noise'"):
        sensitivity(evaluate, Mapping(), ["red noise"])
    with pytest.raises(PinchedError, match="Nothing is known to improve"):
        sensitivity(evaluate, 3.0)
