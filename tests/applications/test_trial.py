import numpy as np
import pytest

from pinched.applications import digits
from pinched.applications.architectures import MODELS, architecture, joined, parted, shaped
from pinched.applications.trial import trial
from pinched.devices import programming, response
from pinched.networks.observe import forward

SHORT = {"seeds": (0,), "epochs": 2, "images": 320}


@pytest.mark.parametrize("model", MODELS)
def test_a_network_is_its_parts(model):
    """Every model takes the images as they are shaped, and is what lies before its last layer, and that layer."""
    _, _, test = shaped(digits.samples(), model)
    net, x = architecture(model, "digits", 3), test.x[:5]
    body, head = parted(net)
    features = forward(body, x)
    features = np.maximum(features, 0) if model == "mlp" else features
    np.testing.assert_allclose(features @ head[:-1] + head[-1], forward(net, x), atol=1e-5)
    np.testing.assert_allclose(
        forward(joined(net, head + 1), x), forward(net, x) + features.sum(1)[:, None] + 1, atol=1e-4
    )


def test_aware_networks_and_ageing():
    law = programming("pcm-nandakumar-2019")
    done = trial(law, way="aware", age=1e5, **SHORT)
    assert min(done.accuracy.mean, done.aged.mean, done.accuracy.floating.mean) > 0.3
    assert done.against_time([1.0])[0] == pytest.approx(done.accuracy.mean, abs=0.05)
    errors = done.against("sigma_program", (0.0, 3.0), seeds=(0,))[:, 0]
    assert errors[0] > errors[1]


def test_the_last_layer_is_trained_on_features_of_the_devices():
    done = trial(response("gokmen-vlasov-constant-2016"), way="hybrid", **SHORT)
    assert done.accuracy.mean > 0.3
    assert done.accuracy.pulses > 0
    last = list(done.cells)[-1]
    assert done.cells[last].shape == (2, 33, 10)
    assert done.training.energy.value > done.training.writes.value > 0


@pytest.mark.parametrize("way", ["ex-situ", "in-situ"])
def test_a_stopped_run_goes_on_and_ends_with_the_same_numbers(tmp_path, way):
    device = response("agasi-exponential-2010")
    options = SHORT | {"seeds": (0, 1), "way": way}
    whole = trial(device, **options)

    def stop(words, part):
        if part > 0.65:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trial(device, checkpoint=tmp_path / "run", progress=stop, **options)
    assert list(tmp_path.iterdir())
    again = trial(device, checkpoint=tmp_path / "run", **options)
    np.testing.assert_array_equal(again.accuracy.values, whole.accuracy.values)
    np.testing.assert_array_equal(again.confusion, whole.confusion)
    assert not list(tmp_path.iterdir())
