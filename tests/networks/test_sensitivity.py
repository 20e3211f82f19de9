import numpy as np
import pytest

from pinched.core import PinchedError
from pinched.devices import ExponentialResponse, ExpStepResponse, SoftBoundsResponse, TableResponse, programming
from pinched.networks import MLP, Accuracy, Mapping, sensitivity, train
from pinched.networks.improve import improvements, perfect, prepared

RANGE = {"g_min": 1e-6, "g_max": 1e-5}


def evaluate(m, seeds):
    """A made-up network: what each property costs is known."""
    noise = np.random.default_rng(0).normal(0, 0.01, len(seeds))
    cost = m.sigma_program + 0.5 * m.sigma_read * (1 + noise)
    return Accuracy(0.9 - np.full(len(seeds), cost) + noise, tuple(seeds))


def test_the_costliest_property_comes_first():
    m = Mapping.of(sigma_program=0.1, sigma_read=0.04, stuck_on=0.0)
    table = sensitivity(evaluate, m, part=1, seeds=range(5))
    assert list(table.property[:2]) == ["programming error", "read noise"]
    rows = table.set_index("property")
    assert rows.gain["programming error"] == pytest.approx(0.1)
    assert rows.gain["everything"] == pytest.approx(0.12, rel=0.02)
    assert rows.verdict["wire resistance"] == "not measured"
    assert rows.verdict["stuck cells"] == "already ideal"
    assert rows.error["read noise"] == pytest.approx(
        np.std(0.02 * np.random.default_rng(0).normal(0, 0.01, 5), ddof=1) / np.sqrt(5), rel=0.01
    )


def test_a_gain_below_two_standard_errors_is_noise():
    def wobbly(m, seeds):
        up = np.random.default_rng(int(m.levels == 8)).normal(0, 0.05, len(seeds))
        return Accuracy(0.5 + up, tuple(seeds))

    table = sensitivity(wobbly, Mapping.of(levels=8), part=1, properties=["levels"])
    assert table.verdict[0] == "within the noise"
    one = sensitivity(wobbly, Mapping.of(levels=8), properties=["levels"], seeds=(1,))
    assert one.verdict[0] == "one seed: no error"


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
        sensitivity(evaluate, Mapping(), properties=["red noise"])
    with pytest.raises(PinchedError, match="Nothing is known to improve"):
        sensitivity(evaluate, 3.0)
    with pytest.raises(PinchedError, match="part above 0"):
        sensitivity(evaluate, Mapping(), part=1.5)
    with pytest.raises(PinchedError, match="at least one seed"):
        sensitivity(evaluate, Mapping(), seeds=())
    with pytest.raises(PinchedError, match="as many of both"):
        sensitivity(MLP((6, 3)), Mapping(), (np.ones((4, 6)), np.zeros(3, int)))
    with pytest.raises(PinchedError, match="not a str"):
        sensitivity("net", Mapping())
    with pytest.raises(PinchedError, match="needs `data`"):
        sensitivity(MLP((6, 3)), Mapping())
    with pytest.raises(PinchedError, match="parts of data"):
        sensitivity(MLP((6, 3)), ExponentialResponse(**RANGE), (np.ones((4, 6)), np.zeros(4, int)))


def test_a_part_of_the_way():
    m = Mapping(sigma_program=0.2, levels=9, adc_bits=6, stuck_on=0.1, nonlinearity=3.0, g_min=1e-6)
    changes = {name: i.changes for name, i in improvements(m, 0.1).items()}
    assert changes["programming error"]["sigma_program"] == pytest.approx(0.18)
    assert changes["levels"]["levels"] == pytest.approx(10)
    assert changes["ADC bits"]["adc_bits"] == 7
    assert changes["stuck cells"]["stuck_on"] == pytest.approx(0.09)
    assert changes["I-V nonlinearity"]["nonlinearity"] == pytest.approx(2.9)
    assert changes["on/off ratio"]["g_min"] == pytest.approx(0.9e-6)
    assert not changes["read noise"]


def test_soft_bounds_become_straighter_at_the_same_mean_step():
    soft = prepared(SoftBoundsResponse(step_up=0.01, step_down=0.01, **RANGE))
    less = soft.replace(**improvements(soft, 0.5)["nonlinearity"].changes)
    u = np.linspace(0, 1, 2001)
    steps = [r.advance(u, 1.0, True) - u for r in (soft, less)]
    assert np.mean(steps[1]) == pytest.approx(np.mean(steps[0]), rel=0.01)
    assert np.ptp(steps[1]) == pytest.approx(np.ptp(steps[0]) / 2, rel=0.01)


def test_another_law_becomes_the_table_of_its_steps():
    law = ExpStepResponse(step_up=0.01, step_down=0.02, A_up=0.5, A_down=-0.2, gamma_up=0.4, sigma_c2c=0.03, **RANGE)
    g = np.linspace(3e-6, 8e-6, 7)
    for pulses in (1.0, 7.0, -7.0):
        np.testing.assert_allclose(law.step(g, pulses), prepared(law).step(g, pulses), rtol=1e-4)
    assert float(prepared(law).up_std[0]) == pytest.approx(0.03)
    assert not any(i.changes for i in improvements(perfect(law)).values())


@pytest.fixture(scope="module")
def clouds():
    """Three clouds of points in six dimensions: parts to train, to choose and to test with."""
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 1.5, (3, 6))
    labels = rng.integers(0, 3, 900).astype(np.int32)
    x = (centres[labels] + rng.normal(0, 1, (900, 6))).astype(np.float32)
    return (x[:500], labels[:500]), (x[500:600], labels[500:600]), (x[600:], labels[600:])


@pytest.fixture(scope="module")
def net(clouds):
    return train(MLP((6, 8, 3)), *clouds[0], epochs=20)


def test_a_slope_is_what_a_small_step_gives(net, clouds):
    """Without random numbers gradient and finite difference are the same number."""
    m = Mapping.of(nonlinearity=3.0)
    smooth = sensitivity(net, m, clouds, part=1e-3, seeds=(0,), properties=["I-V nonlinearity"]).iloc[0]
    wired = m.replace(r_wire=np.asarray(1e-9))  # wires have no slope, so that all steps are finite
    finite = sensitivity(net, wired, clouds, part=1e-3, seeds=(0,), properties=["I-V nonlinearity"]).iloc[0]
    assert (smooth.how, finite.how) == ("gradient", "finite")
    assert smooth.loss_gain == pytest.approx(finite.loss_gain, rel=0.02)
    assert smooth.loss_gain > 0


def test_the_slope_of_an_error_is_twice_what_it_costs():
    """Of a linear network and a squared loss: the loss is quadratic in the error, its slope twice the excess."""
    rng = np.random.default_rng(1)
    x, net = rng.uniform(0, 1, (300, 6)).astype(np.float32), MLP((6, 3), 1)
    data = (x, net(x))

    def square(outputs, targets):
        return ((outputs - targets) ** 2).sum(-1)

    m = Mapping.of(sigma_program=0.02)
    table = sensitivity(net, m, data, part=0.01, seeds=range(40), loss=square, properties=["programming error"])
    found, everything = table.iloc[0], sensitivity(net, m, data, part=1, seeds=range(40), loss=square).iloc[-1]
    assert np.isnan(found.before)  # targets are no classes
    assert found.loss_gain / 0.01 == pytest.approx(2 * everything.loss_gain, rel=0.25)


def test_network_table_is_ranked_and_priced(net, clouds):
    m = Mapping.of(g_min=1e-6, sigma_program=0.3, sigma_read=0.01, adc_bits=4)
    table = sensitivity(net, m, clouds, seeds=(0, 1, 2))
    ideal = table["verdict"].isin(["already ideal", "not measured"])
    assert table.property[0] == "programming error"
    assert table[~ideal].loss_gain.iloc[:-1].is_monotonic_decreasing
    rows = table.set_index("property")
    assert rows.how["read noise"] == "gradient"
    assert rows.how["ADC bits"] == "finite"
    assert rows.energy_gain["ADC bits"] < 0 < rows.energy_gain["on/off ratio"]  # a bit costs, a lower OFF state saves
    assert rows.energy_gain["read noise"] == 0
    assert rows.loss_gain["everything"] > rows.loss_gain["ADC bits"]
    assert list(table.property)[-1] == "everything"


def test_an_aged_network_gains_by_retention_and_by_the_noise_of_its_law(net, clouds):
    law = programming("pcm-nandakumar-2019")
    table = sensitivity(net, law, clouds, age=1e6, part=0.5, properties=["retention", "read noise"], seeds=(0, 1))
    rows = table.set_index("property")
    assert rows.present["retention"] == "1e+06 s"
    assert rows.loss_gain["retention"] > 0
    assert rows.loss_gain["read noise"] != 0


def test_training_on_devices(clouds):
    poor = ExponentialResponse(n_up=20, n_down=60, curvature_up=6.0, curvature_down=6.0, sigma_c2c=0.2, **RANGE)
    some, options = ["asymmetry", "nonlinearity", "cycle-to-cycle spread"], {"epochs": 5, "learning_rates": (0.3,)}
    table = sensitivity(MLP((6, 3)), poor, clouds, part=1, properties=some, seeds=(0, 1), **options)
    rows = table.set_index("property")
    assert set(rows.how[some]) == {"finite"}
    assert rows.loss_gain["everything"] > 0
    assert np.isfinite(rows.energy["nonlinearity"])
