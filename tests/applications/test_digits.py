import functools

import numpy as np
import pytest

from pinched.applications import digits
from pinched.core import PinchedError
from pinched.devices import ExponentialResponse
from pinched.networks import Mapping, sensitivity

AG_SI = (
    ExponentialResponse.from_labels(  # the Ag:a-Si synapse of MLP+NeuroSim V3.0 (Jo et al., Nano Lett. 10, 1297, 2010)
        2.4, -4.88, g_min=3.0769e-9, g_max=38.462e-9, n_up=97, n_down=100, sigma_c2c=0.035
    )
)


def test_the_split_is_fixed_and_complete():
    parts = digits.samples()
    assert [len(part.labels) for part in parts] == [1258, 180, 359]
    assert sum(part.images.sum() * 16 for part in parts) == pytest.approx(561718, abs=1)
    for images, labels in parts:
        assert images.shape[1] == 64
        assert images.min() == 0
        assert images.max() == 1
        assert set(labels) == set(range(10))


def test_floating_point_is_where_it_should_be():
    reference = digits.floating((0, 1))
    assert 0.95 < reference.mean < 0.985
    assert reference.n == 2


def test_an_ideal_device_loses_nothing():
    result = digits.ex_situ(Mapping(g_min=1e-6), (0, 1))
    np.testing.assert_allclose(result.values, result.floating.values, atol=0.003)
    np.testing.assert_allclose(result.ideal.values, result.floating.values, atol=0.003)


def test_ex_situ_repeats_and_takes_what_a_device_costs():
    poor = Mapping.of(g_min=1e-6, sigma_program=0.3, sigma_read=0.1, adc_bits=5, r_wire=1.0)
    a, b = (digits.ex_situ(poor, (0, 1)) for _ in range(2))
    assert np.array_equal(a.values, b.values)
    assert a.mean < a.ideal.mean - 0.05
    assert a.origin == "assumed"


def test_in_situ_on_a_published_synapse():
    result = digits.in_situ(AG_SI, (0,), origin="measured", note="NeuroSim's fit")
    assert 0.8 < result.mean < result.floating.mean
    assert result.ideal.mean > 0.93
    assert result.history.shape == (1, 20)
    assert result.pulses > 1
    assert (result.origin, result.note) == ("measured", "NeuroSim's fit")
    assert np.isnan(result.std)
    assert result.quantity().n == 1
    again = digits.in_situ(AG_SI, (0,), references=False)
    assert np.array_equal(result.history, again.history)
    assert again.ideal is None


def test_sensitivity_of_the_digits():
    run = functools.partial(digits.ex_situ, references=False)
    m = Mapping.of(g_min=1e-6, sigma_program=0.3, sigma_read=0.01)
    table = sensitivity(run, m, part=1, properties=["programming error", "read noise"], seeds=(0, 1, 2))
    assert table.property[0] == "programming error"
    assert table.verdict[0] == "gain"


@pytest.mark.parametrize("seeds", [(), -1, (0.5,)])
def test_bad_seeds_are_refused(seeds):
    with pytest.raises(PinchedError, match="seeds"):
        digits.ex_situ(Mapping(), seeds)
