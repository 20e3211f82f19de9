import sys

import equinox as eqx
import jax
import numpy as np
import pytest

from pinched.core import PinchedError
from pinched.devices import programming
from pinched.networks import Mapping, from_torch, lowered, program
from pinched.networks.layers import maps

torch = pytest.importorskip("torch", reason='needs PyTorch: pip install "pinched[torch]"')
nn, F = torch.nn, torch.nn.functional
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def same(module, *shape, axis=0, outputs=None, integers=False):
    """The converted network, after its outputs for a batch were found to be those of the module."""
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm) and part.running_mean is not None:
            part.running_mean.normal_()
            part.running_var.uniform_(0.5, 2)
    x = torch.randint(5, shape) if integers else torch.randn(*shape)
    net = from_torch(module)
    with torch.no_grad():
        expected = jax.tree.map(lambda t: t.numpy(), module.eval()(x), is_leaf=torch.is_tensor)
    outputs = (0 if axis == 0 else 1) if outputs is None else outputs
    found = jax.jit(jax.vmap(net, axis, outputs))(x.numpy())
    for ours, theirs in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5 * max(1, np.abs(theirs).max()))
    return net


ACTIVATIONS = (
    nn.ReLU(), nn.ReLU(inplace=True), nn.ReLU6(), nn.Tanh(), nn.Sigmoid(), nn.SiLU(), nn.Mish(), nn.SELU(),
    nn.Softsign(), nn.Hardswish(), nn.Hardsigmoid(), nn.LeakyReLU(0.2), nn.ELU(0.7), nn.GELU(), nn.GELU("tanh"),
    nn.Softplus(2.0), nn.Hardtanh(-0.5, 0.7), nn.Softmax(dim=-1), nn.LogSoftmax(dim=1), nn.Identity(), nn.Dropout(0.5),
    nn.PReLU(5),
)  # fmt: skip


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=str)
def test_activations(activation):
    same(nn.Sequential(nn.Linear(6, 5), activation), 4, 6)


@pytest.mark.parametrize(
    "conv",
    [
        nn.Conv2d(4, 6, 3),
        nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 0), bias=False),
        nn.Conv2d(4, 6, 3, dilation=2, padding="same"),
        nn.Conv2d(4, 6, 4, padding="same"),
        nn.Conv2d(4, 6, 3, groups=2, padding=1),
        nn.Conv2d(4, 8, 3, groups=4, stride=2),
        *(nn.Conv2d(4, 6, 3, padding=(2, 1), padding_mode=mode) for mode in ("reflect", "replicate", "circular")),
        nn.Conv2d(4, 6, 4, padding="same", padding_mode="circular"),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
def test_convolutions_2d(conv):
    same(conv, 3, 4, 9, 8)


@pytest.mark.parametrize("conv", [nn.Conv1d(4, 6, 3, 2, 1), nn.Conv1d(4, 6, 3, dilation=3, groups=2, padding=2)])
def test_convolutions_1d(conv):
    same(conv, 3, 4, 12)


@pytest.mark.parametrize(
    "pool",
    [
        nn.MaxPool2d(2), nn.MaxPool2d(3, 2, 1), nn.MaxPool2d((2, 3), (1, 2), (0, 1), ceil_mode=True),
        nn.MaxPool2d(3, 2, dilation=2), nn.AvgPool2d(2), nn.AvgPool2d(3, 2, 1), nn.AvgPool2d(3, 2, 1, ceil_mode=True),
        nn.AvgPool2d(3, 3, 1, ceil_mode=True, count_include_pad=False), nn.AvgPool2d(2, divisor_override=3),
        nn.AdaptiveAvgPool2d(1), nn.AdaptiveAvgPool2d((4, None)), nn.AdaptiveMaxPool2d((3, 5)),
    ],
    ids=str,
)  # fmt: skip
def test_pooling(pool):
    same(pool, 2, 3, 9, 8)


def test_pooling_1d():
    same(nn.Sequential(nn.MaxPool1d(2), nn.AvgPool1d(3, 1, 1), nn.AdaptiveAvgPool1d(3), nn.Flatten()), 2, 3, 16)


@pytest.mark.parametrize(
    ("norm", "shape"),
    [
        (nn.LayerNorm(6), (2, 5, 6)),
        (nn.LayerNorm((5, 6), bias=False), (2, 5, 6)),
        (nn.LayerNorm(6, elementwise_affine=False), (2, 6)),
        (nn.GroupNorm(3, 6), (2, 6, 4, 4)),
        (nn.GroupNorm(2, 6, affine=False), (2, 6, 4)),
        (nn.BatchNorm2d(6), (2, 6, 4, 4)),
        (nn.BatchNorm1d(6, affine=False), (2, 6)),
        (nn.BatchNorm1d(6), (2, 6, 4)),
    ],
    ids=str,
)
def test_normalisation(norm, shape):
    for weight in norm.parameters():
        nn.init.normal_(weight)
    same(norm, *shape)


def test_a_batch_normalisation_is_folded_into_the_convolution_it_alone_follows():
    net = same(nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU()), 2, 3, 8, 8)
    assert set(net.layers) == {"0"}
    assert set(same(nn.Sequential(nn.ReLU(), nn.BatchNorm2d(3)), 2, 3, 8, 8).layers) == {"1"}

    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3)

        def forward(self, x):
            y = self.conv(x)
            return y + self.norm(y)

    assert set(same(Twice(), 2, 3, 8, 8).layers) == {"conv", "norm"}


def test_multilayer_perceptron():
    dense = [layer for size in range(6) for layer in (nn.Linear(9, 9), nn.ReLU())]
    net = same(nn.Sequential(nn.Flatten(), nn.Linear(12, 9), *dense), 5, 3, 4)
    assert isinstance(net.layers["1"], eqx.nn.Linear)
    assert net.layers["1"].weight.shape == (9, 12)
    assert list(maps(lowered(net)))[-3:] == ["layers['8']", "layers['10']", "layers['12']"]  # in their order


def test_lenet_with_a_forward_pass_of_its_own():
    class LeNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
            self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)
            self.drop = nn.Dropout2d()

        def forward(self, x):
            x = F.max_pool2d(F.relu(self.conv1(x)), 2)
            x = F.avg_pool2d(torch.tanh(self.drop(self.conv2(x))), (2, 2))
            x = x.view(x.size(0), -1)
            x = F.dropout(F.relu(self.fc1(x)), 0.3, self.training)
            return F.log_softmax(self.fc3(self.fc2(x).relu_()), dim=1)

    net = same(LeNet(), 3, 1, 28, 28)
    assert list(net.layers) == ["conv1", "conv2", "fc1", "fc2", "fc3"]


class Block(nn.Module):
    """Of torchvision's ResNet."""

    def __init__(self, channels, out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.downsample = None
        if stride > 1 or channels != out:
            self.downsample = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class ResNet18(nn.Module):
    """Of torchvision's layout, an eighth as wide."""

    def __init__(self, width=8, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        widths = [width, width, 2 * width, 4 * width, 8 * width]
        stages = [
            nn.Sequential(Block(widths[n], widths[n + 1], 2 if n else 1), Block(widths[n + 1], widths[n + 1], 1))
            for n in range(4)
        ]
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(widths[4], classes)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


def test_resnet_18():
    net = same(ResNet18(), 2, 3, 48, 48)
    assert len(net.layers) == 21  # 20 convolutions with their normalisations, and the dense layer
    assert "layer2.0.downsample.0" in net.layers


def test_a_module_that_writes_over_its_input_is_followed():
    class Early(nn.Module):
        def __init__(self):
            super().__init__()
            self.relu, self.conv = nn.ReLU(inplace=True), nn.Conv2d(3, 3, 3, padding=1)

        def forward(self, x):
            y = self.conv(x)
            return self.conv(self.relu(y)) + y  # y is what the unit left of it

    assert list(same(Early(), 2, 3, 6, 6).layers) == ["conv"]


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    "options", [{}, {"num_layers": 2, "bias": False}, {"num_layers": 2, "bidirectional": True}], ids=str
)
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_recurrent_layers(kind, options, first):
    module = kind(4, 5, batch_first=first, **options)
    axis = 0 if first else 1
    states = (1, 1) if kind is nn.LSTM else 1
    same(module, 3, 7, 4, axis=axis, outputs=(axis, states))


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_classifiers_of_sequences(kind):
    class Classifier(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.rnn, self.head = nn.Embedding(5, 4), kind(4, 6, 2, batch_first=True), nn.Linear(6, 3)

        def forward(self, tokens):
            h0 = torch.zeros(2, tokens.size(0), 6).to(tokens.device)
            out, state = self.rnn(self.embed(tokens), (h0, h0) if kind is nn.LSTM else h0)
            last = state[0] if kind is nn.LSTM else state
            return self.head(out[:, -1, :]) + self.head(last[-1])

    same(Classifier(), 3, 7, integers=True)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("activation", ["gelu", "relu"])
def test_transformer_encoders(before, first, activation):
    layer = nn.TransformerEncoderLayer(8, 2, 16, activation=activation, norm_first=before, batch_first=first)
    encoder = nn.TransformerEncoder(layer, 2, nn.LayerNorm(8) if before else None, enable_nested_tensor=False)
    for weight in encoder.parameters():
        nn.init.normal_(weight, std=0.3)
    for module in (encoder, encoder.layers[0]):
        same(module, 4, 5, 8, axis=0 if first else 1)


class Vision(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, 4)
        self.token, self.places = nn.Parameter(torch.randn(1, 1, 8)), nn.Parameter(torch.randn(1, 5, 8))
        self.attention, self.norm = nn.MultiheadAttention(8, 2, batch_first=True), nn.LayerNorm(8)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        n = x.shape[0]
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(n, -1, -1), x], dim=1) + self.places
        y = self.norm(x)
        y, _ = self.attention(y, y, y, need_weights=False)
        return self.head((x + y)[:, 0])


def test_a_vision_transformer():
    net = same(Vision(), 3, 3, 8, 8)
    assert isinstance(net.layers["attention"].attention, eqx.nn.MultiheadAttention)


def test_attention_written_out():
    class Written(nn.Module):
        def __init__(self):
            super().__init__()
            self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 8)

        def forward(self, x):
            b, t, c = x.shape
            q, k, v = self.qkv(x).reshape(b, t, 3, 2, c // 2).permute(2, 0, 3, 1, 4).unbind(0)
            scores = (q @ k.transpose(-2, -1) * (c // 2) ** -0.5).softmax(dim=-1)
            y = scores @ v + F.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.out(y.transpose(1, 2).contiguous().view(b, t, c)).mean(dim=1)

    same(Written(), 3, 5, 8)


def test_a_language_model_that_must_not_look_ahead():
    class Language(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.places = nn.Embedding(5, 8), nn.Embedding(9, 8)
            self.q, self.k, self.v = (nn.Linear(8, 8, bias=False) for _ in range(3))
            self.norm, self.head = nn.LayerNorm(8), nn.Linear(8, 5)
            self.register_buffer("seen", torch.tril(torch.ones(9, 9)))

        def forward(self, tokens):
            t = tokens.size(1)
            x = self.norm(self.words(tokens) + self.places(torch.arange(t, device=tokens.device)))
            scores = torch.bmm(self.q(x), self.k(x).transpose(1, 2)) / 8**0.5
            scores = scores.masked_fill(self.seen[:t, :t] == 0, float("-inf"))
            return self.head(x + F.softmax(scores, dim=-1) @ self.v(x))

    assert set(same(Language(), 3, 6, integers=True).layers) >= {"words", "places", "q", "k", "v"}


def test_functions_of_shapes():
    class Shapes(nn.Module):
        def forward(self, x):
            a, b = x.chunk(2, dim=1)
            y = torch.stack([a, b], 1).unflatten(2, (1, 2)).squeeze(2).unsqueeze(-1)
            y = F.pad(y, (1, 2, 0, 0)).amax(-1) - torch.einsum("bij,bj->bi", y.squeeze(-1), a)[..., None]
            z = torch.split(x, [1, 3], 1)[1].repeat(1, 2).clamp(-0.5, None) ** 2
            return y.flatten(1) + torch.sum(z.t(), 0)[:, None] + (1 - x).abs().exp() / 2

    same(Shapes(), 3, 4)


class Last(nn.Module):
    """What a recurrent layer says in the end."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0][:, -1]


@pytest.mark.parametrize(
    ("module", "shape"),
    [
        (nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 5)), (4, 2, 6, 6)),
        (Block(3, 4, 2), (4, 3, 8, 8)),
        (Last(nn.GRU(3, 4, 2, batch_first=True, bidirectional=True)), (4, 5, 3)),
        (Vision(), (4, 3, 8, 8)),
    ],
    ids=["convolution", "residual", "gru", "transformer"],
)
@pytest.mark.slow
def test_they_stand_on_arrays(module, shape):
    net, x = from_torch(module), torch.randn(*shape)
    with torch.no_grad():
        expected = module.eval()(x)
    x = x.numpy()
    np.testing.assert_allclose(program(net, Mapping(), inputs=x)(x), expected, atol=1e-4)
    real = program(net, programming("hfox-wan-2022"), inputs=x)(x)
    assert 0.005 < np.linalg.norm(real - expected.numpy()) / np.linalg.norm(expected) < 0.6


def test_outputs_whose_batch_is_told_by_a_second_sample():
    class Turned(nn.Module):
        def forward(self, x):
            return x.mean(1, keepdim=True).transpose(0, 1)

    assert same(nn.Linear(3, 1), 4, 3)(np.ones(3, np.float32)).shape == (1,)
    assert from_torch(Turned())(np.arange(4.0)).shape == (1,)


def test_the_module_stays_as_it_is():
    module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)).train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    from_torch(module)
    assert module.training
    assert len(module) == 2
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


class Choosing(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


class Weighing(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2)

    def forward(self, x):
        return self.attention(x, x, x)[1] + 0


class Calling(nn.Module):
    def __init__(self, call):
        super().__init__()
        self.call = call

    def forward(self, x):
        return self.call(x)


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (
            nn.Sequential(nn.ConvTranspose2d(1, 1, 3)),
            "the module ConvTranspose2d; it knows Sequential, Linear,",
        ),
        (Calling(torch.erfinv), "the function erfinv; it knows abs, adaptive_avg_pool1d,"),
        (Calling(lambda x: torch.add(x, x, alpha=2)), "arguments of add"),
        (Calling(lambda x: F.max_pool2d(x, 2, return_indices=True)), "indices"),
        (Choosing(), "cannot follow the forward pass of Choosing"),
        (Weighing(), "not its attention weights"),
        (nn.LSTM(3, 4, proj_size=2), "proj_size"),
        (nn.MultiheadAttention(4, 2, add_zero_attn=True), "add_zero_attn"),
        (nn.BatchNorm1d(3, track_running_stats=False), "mixes the samples"),
        (eqx.nn.Identity(), "takes a torch.nn.Module, not a Identity"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else "",
)
def test_what_is_not_supported_is_told(module, words):
    with pytest.raises(PinchedError, match=words):
        from_torch(module)


def test_what_mixes_the_samples_is_told():
    with pytest.raises(PinchedError, match="no axis of a batch"):
        from_torch(Calling(lambda x: x.mean()))(np.ones(3, np.float32))
    with pytest.raises(PinchedError, match="takes 1 inputs, not 2"):
        from_torch(nn.Linear(3, 1))(np.ones(3, np.float32), np.ones(3, np.float32))


def test_without_pytorch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(PinchedError, match=r'pip install "pinched\[torch\]"'):
        from_torch(None)
