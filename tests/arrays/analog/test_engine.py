import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinched.arrays import ADC, DAC, Crossbar, Engine, Mapping
from pinched.arrays.analog.engine import currents
from pinched.arrays.analog.noise import words
from pinched.arrays.analog.writing import READS
from pinched.core import PinchedError, double

RNG = np.random.default_rng(0)
W = RNG.normal(0, 0.3, (60, 13))
X = RNG.uniform(-1, 1, (40, 60))
SCHEMES = ("differential", "offset", "reference")


def mapping(**known):
    return Mapping(**{"g_min": 1e-6, "g_max": 1e-4} | known)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("tile", [(128, 128), (25, 8)])
@pytest.mark.parametrize("devices", [1, 3])
def test_an_ideal_array_is_the_matrix(scheme, tile, devices):
    engine = Engine.of(W, mapping(scheme=scheme, tile=tile, devices=devices))
    np.testing.assert_allclose(engine.weights, W, atol=1e-14)
    np.testing.assert_allclose(engine(X), X @ W, atol=1e-12)
    np.testing.assert_allclose(engine(X[0]), X[0] @ W, atol=1e-12)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("levels", "slices"), [(3, 1), (16, 1), (4, 3), (3, 4)])
def test_schemes_err_by_at_most_half_of_their_last_level(scheme, levels, slices):
    engine = Engine.of(W, mapping(scheme=scheme, levels=levels, slices=slices), w_max=1.2)
    step = 1.2 / (levels**slices - 1) if scheme == "differential" else 1.2 / ((levels**slices - 1) // 2)
    inside = np.clip(W, -1.2, 1.2)
    error = np.abs(engine.weights - inside)
    assert error.max() <= step / 2 * (1 + 1e-9)
    assert error.max() > 0.9 * step / 2
    zero = Engine.of(np.zeros((4, 3)), mapping(scheme=scheme, levels=levels, slices=slices), w_max=1.0)
    np.testing.assert_allclose(zero.weights, 0, atol=1e-15)
    one_hot = np.eye(60)
    np.testing.assert_allclose(engine(one_hot), engine.weights, atol=1e-12)


def test_offset_of_two_levels_is_a_binary_network():
    signs = np.sign(W)
    engine = Engine.of(signs, mapping(scheme="offset", levels=2), w_max=1.0)
    np.testing.assert_allclose(engine.weights, signs, atol=1e-12)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_programming_errors_are_unbiased_and_grow_with_the_root_of_the_rows(scheme):
    per_weight = {"differential": 2**0.5, "offset": 2.0, "reference": 2 * 2**0.5}[scheme]
    for rows in (16, 144):
        w, x = RNG.uniform(-1, 1, (rows, 60)), RNG.uniform(-1, 1, rows)
        m = mapping(scheme=scheme, sigma_program=0.02, g_min=5e-5, tile=(1024, 2))
        m = m if scheme == "reference" else m.replace(tile=(1024, 1024))
        error = np.array([Engine.of(w, m, key, w_max=1.0)(x) for key in range(100)]) - x @ w
        expected = per_weight * 0.02 * np.linalg.norm(x)
        # g_min well above zero: no conductance is cut there
        assert np.std(error) == pytest.approx(expected, rel=0.03)
        assert abs(np.mean(error)) < 4 * expected / np.sqrt(error.size)


def test_several_devices_average_their_errors():
    error = [np.std(Engine.of(W, mapping(sigma_program=0.02, g_min=5e-5, devices=n), 0, w_max=1.2).weights - W)
             for n in (1, 4)]  # fmt: skip
    assert error[0] / error[1] == pytest.approx(2, rel=0.1)


def test_read_noise_is_exact_at_the_column_and_common_where_a_reference_is():
    m = mapping(scheme="reference", sigma_read=0.05, tile=(128, 8))
    engine, n = Engine.of(W, m), 20_000
    noise = engine(np.broadcast_to(X[0], (n, 60)), key=1) - engine(X[0])
    g, v = engine.cells[0, 0, 0], 0.2 * X[0]
    own, reference = (v**2) @ g[:, :7] ** 2, (v**2) @ g[:, 7] ** 2
    expected = 0.05 * np.sqrt(own + reference) * engine.scale / 0.2
    np.testing.assert_allclose(np.std(noise[:, :7], axis=0), expected, rtol=0.03)
    correlation = np.corrcoef(noise, rowvar=False)
    common = reference / np.sqrt((own[0] + reference) * (own[1] + reference))
    assert correlation[0, 1] == pytest.approx(common, abs=0.03)
    assert abs(correlation[0, 8]) < 0.03  # of another tile


@pytest.mark.parametrize("signed", [False, True])
def test_inputs_in_cycles_are_those_of_all_bits_at_once(signed):
    x = X if signed else np.abs(X)
    m = mapping(dac_bits=2, cycles=3)
    serial = Engine.of(W, m, inputs=x, x_max=1.0)
    magnitude = np.round(np.abs(x) * 63) / 63 * np.sign(x)
    np.testing.assert_allclose(serial(x), magnitude @ W, atol=1e-12)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_converters_without_samples_take_whatever_the_array_makes(scheme):
    engine = Engine.of(W, mapping(scheme=scheme, adc_bits=12, tile=(25, 16)))
    step = 2 * np.max(engine.i_range) / (2**12 - 2) * engine.scale / 0.2
    worst = np.vstack([X, np.sign(W.T)])
    assert np.abs(engine(worst) - worst @ W).max() <= 3 * step / 2 * (1 + 1e-6)  # three tiles of rows


@pytest.mark.parametrize("scheme", SCHEMES)
def test_ranges_are_calibrated_on_samples(scheme):
    x = np.abs(X)
    error = [np.std(Engine.of(W, mapping(scheme=scheme, adc_bits=b), inputs=x)(x) - x @ W) for b in (6, 8, 12)]
    assert error[0] > 3 * error[1] > 3 * 15 * error[2]  # nothing is clipped where codes are many
    free = np.std(Engine.of(W, mapping(scheme=scheme, adc_bits=6))(x) - x @ W)
    assert error[0] < free / 3
    silent = Engine.of(np.zeros((60, 2)), mapping(scheme=scheme, adc_bits=6), inputs=x)
    code = np.ptp(silent.i_range) / 63 * silent.scale * silent.x_max / 0.2
    np.testing.assert_allclose(silent(x), 0, atol=0.51 * code if scheme == "offset" else 1e-12)


def test_each_column_draws_its_converter():
    engine = Engine.of(W, mapping(), 3, inputs=X, adc=ADC(bits=14, offset=0.01), dac=DAC(gain=0.02))
    assert engine.adc.offset.shape == (13,)
    assert engine.dac.gain.shape == (60,)
    largest = engine.i_range.max() * engine.scale / 0.2
    error = (engine(X) - (X * (1 + engine.dac.gain)) @ W).mean(0)
    np.testing.assert_allclose(error, 2 * largest * engine.adc.offset, atol=0.003 * largest)


def test_cells_that_are_not_ohmic_bend_what_is_between_zero_and_the_largest_input():
    m, x = mapping(nonlinearity=3.0), np.abs(X)
    engine = Engine.of(W, m, inputs=x, x_max=1.0)
    full, half = engine(np.ones(60)), engine(np.full(60, 0.5))
    np.testing.assert_allclose(full, W.sum(0), atol=1e-12)
    np.testing.assert_allclose(full, 3 * half, atol=1e-12)
    bits = m.replace(dac_bits=1, cycles=8)  # every digit is zero or the largest
    serial, ohmic = (Engine.of(W, each, inputs=x) for each in (bits, bits.replace(nonlinearity=2.0)))
    np.testing.assert_allclose(serial(x), ohmic(x), atol=1e-12)


def test_wires_are_those_of_the_crossbar():
    engine = Engine.of(np.abs(W), mapping(scheme="offset", r_wire=3.0), w_max=1.2)
    i = Crossbar(engine.cells[0, 0, 0], 3.0, 3.0).read(0.2 * X)
    np.testing.assert_allclose(currents(engine, X)[0, 0, :, 0], i, rtol=1e-9)
    with double():  # what of each cell is seen stands for them where gradients are to follow
        again = engine.rewritten(jnp.asarray(np.abs(W)), words(0), engine.through)
    np.testing.assert_allclose(again.signal, engine.signal, rtol=1e-6)


@pytest.mark.parametrize(("rows", "outputs"), [(8, 8), (8, 32), (32, 8)])
def test_what_wires_take_grows_with_the_squares_of_rows_and_columns(rows, outputs):
    r, g = 0.1, 1e-4
    engine = Engine.of(np.ones((rows, outputs)), mapping(scheme="offset", r_wire=r, g_min=0.0), w_max=1.0)
    # Equal cells, all driven, to first order in r g: each segment carries the cells beyond it.
    word = np.cumsum(outputs - np.arange(outputs))
    bit = np.cumsum(np.arange(rows, 0, -1))[::-1]
    lost = 1 - np.ones(rows) @ engine.signal[:, 0] / (rows * g)
    np.testing.assert_allclose(lost, r * g * (word + bit.mean()), rtol=0.02)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_compensated_sub_array_multiplies_the_error_by_that_of_a_device(scheme):
    m = mapping(scheme=scheme, sigma_program=0.01, slicing="residual")
    errors = [np.std(Engine.of(W, m.replace(slices=n), 0).weights - W) for n in (1, 2, 3, 4)]
    factors = np.array(errors[1:]) / errors[:-1]
    # the largest of 780 errors, which the next sub-array covers, is about four times their standard deviation
    assert np.all(factors < 0.01 * {"differential": 2**0.5, "offset": 2, "reference": 3.5}[scheme] * 5)
    exact = Engine.of(W, m.replace(slices=14), 0)
    np.testing.assert_allclose(exact.weights, W, atol=1e-14)
    np.testing.assert_allclose(exact(X), X @ W, atol=1e-13)


def test_compensation_covers_wires_and_stuck_cells_but_not_the_noise_of_reads():
    m = mapping(sigma_program=0.02, r_wire=2.0, stuck_off=0.02, slicing="residual", slices=12)
    np.testing.assert_allclose(Engine.of(W, m, 0).weights, W, atol=1e-7)
    noisy = Engine.of(W, mapping(sigma_program=0.02, sigma_read=0.01, slicing="residual", slices=8), 0)
    read_back = np.sqrt(np.mean(noisy.variance[:, 0]) / READS) * noisy.scale
    assert np.std(noisy.weights - W) == pytest.approx(read_back, rel=0.1)


@pytest.mark.parametrize("layout", [{"scheme": "reference"}, {"slicing": "residual", "slices": 3}, {"r_wire": 1.0}])
def test_other_conductances_in_the_same_cells(layout):
    engine = Engine.of(W, mapping(sigma_program=0.02, **layout), inputs=X)
    np.testing.assert_array_equal(engine.holding(engine.cells)(X), engine(X))
    drifted = engine.holding(0.9 * engine.cells)
    if "r_wire" not in layout:
        np.testing.assert_allclose(drifted(X), 0.9 * engine(X), atol=1e-12)
    assert np.abs(drifted.weights).sum() < np.abs(engine.weights).sum()


def test_under_jax_it_is_the_same_and_has_gradients():
    m = mapping(adc_bits=8, dac_bits=6, sigma_read=0.01)
    with double():
        engine = Engine.of(W, m, inputs=X)
        np.testing.assert_allclose(eqx.filter_jit(engine)(jnp.asarray(X)), engine(X), atol=1e-12)
        assert not np.allclose(eqx.filter_jit(engine)(jnp.asarray(X), jax.random.key(0)), engine(X))
        slope = jax.grad(lambda x: engine(x).sum())(jnp.asarray(0.5 * X[0]))
        np.testing.assert_allclose(slope, engine.weights.sum(1), atol=1e-9)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_gradients_go_through_programming(scheme):
    def loss(w, m):
        return (Engine.of(w, m, 3, w_max=2.0)(X[:5]) ** 2).sum()

    def slope(m):
        return jax.jit(jax.grad(lambda w: loss(w, m)))(jnp.asarray(W))

    with double():
        m = mapping(scheme=scheme, sigma_program=0.01, sigma_device=0.02)
        step = 1e-5 * RNG.standard_normal(W.shape)
        change = loss(W + step, m) - loss(W - step, m)
        assert np.vdot(slope(m), 2 * step) == pytest.approx(change, rel=1e-4)
        exact = 2 * X[:5].T @ (X[:5] @ W)
        rounded = slope(mapping(scheme=scheme, levels=16, slices=2))  # straight-through
        np.testing.assert_allclose(rounded, exact, atol=0.02 * np.abs(exact).max())


def test_the_same_key_repeats_and_another_does_not():
    m = mapping(sigma_program=0.02, sigma_read=0.01)
    a, b, c = (Engine.of(W, m, key) for key in (1, 1, 2))
    assert np.array_equal(a(X, 5), b(X, 5))
    assert not np.array_equal(a.cells, c.cells)
    assert not np.array_equal(a(X, 5), a(X, 6))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Mapping(scheme="diferential"), "did you mean"),
        (lambda: Mapping(slices=0), "above 0"),
        (lambda: Mapping(slices=2), "finite `levels`"),
        (lambda: Mapping(cycles=2), "dac_bits"),
        (lambda: Mapping(scheme="reference", levels=2), "three"),
        (lambda: Mapping(levels=4, slices=80), "columns"),
        (lambda: Mapping(scheme="reference", tile=(8, 1)), "columns"),
        (lambda: Engine.of(jnp.asarray(W), Mapping(r_wire=1.0), w_max=1.0), "gradients"),
        (lambda: Engine.of(W, Mapping(dac_bits=1)), "sign"),
        (lambda: Engine.of(W[0], Mapping()), "matrix"),
        (lambda: Engine.of(W * np.nan, Mapping()), "not finite"),
        (lambda: Engine.of(W, Mapping(), inputs=X[:, :5]), r"\(n, 60\)"),
        (lambda: Engine.of(W, Mapping())(X[:, :5]), "60 rows"),
    ],
)
def test_mistakes_are_told(make, says):
    with pytest.raises(PinchedError, match=says):
        make()
