import numpy as np
import pytest

from pinched.characterize.statistics import distribution, spread
from pinched.core import PinchedError


def test_weibull_is_recovered():
    x = 1.3 * np.random.default_rng(0).weibull(12.0, 4000)
    shape, scale = distribution(x, "V").weibull()
    assert shape.value == pytest.approx(12.0, rel=0.03)
    assert scale.value == pytest.approx(1.3, rel=0.005)
    assert shape.low < 12.0 < shape.high
    assert scale.unit == "V"


def test_weibull_intervals_cover_the_truth():
    rng = np.random.default_rng(1)
    fits = [distribution(rng.weibull(8.0, 60)).weibull()[0] for _ in range(200)]
    assert np.mean([q.low < 8.0 < q.high for q in fits]) > 0.88


@pytest.mark.parametrize(("values", "why"), [([1, 2, 3], "five"), ([1.0] * 9, "do not spread")])
def test_weibull_without_ground(values, why):
    shape, _ = distribution(values).weibull()
    assert not shape.available
    assert why in shape.note


def test_plotting_positions_and_median():
    d = distribution([3.0, np.nan, 1.0, 2.0])
    assert d.values.tolist() == [1.0, 2.0, 3.0]
    assert d.cdf == pytest.approx([0.7 / 3.4, 0.5, 2.7 / 3.4])
    assert d.median().value == 2.0
    assert d.median().low is None  # three values make no range


def test_variation_over_cycles_and_devices_apart():
    rng = np.random.default_rng(2)
    mean = 1.0 + 0.2 * rng.standard_normal(200)
    x = mean[:, None] * (1 + 0.05 * rng.standard_normal((200, 40)))
    c2c, d2d = spread(x.ravel(), np.repeat(np.arange(200), 40), "V")
    assert c2c.value == pytest.approx(0.05, rel=0.05)
    assert d2d.low < 0.2 < d2d.high
    assert not spread(x[0], ["a"] * 40, "V")[1].available


def test_nothing_finite():
    with pytest.raises(PinchedError, match="at least one finite"):
        distribution([np.nan])
