import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinched.arrays.analog.converters import ADC, DAC, digits, quantise
from pinched.arrays.analog.precision import effective_bits, relative_error
from pinched.core import PinchedError

RAMP = np.linspace(0.0, 1.0, 100_001)


@pytest.mark.parametrize("bits", [6, 8, 10, 12])
def test_a_sine_of_full_scale_has_the_signal_to_noise_ratio_of_its_bits(bits):
    x = 0.5 + 0.5 * np.sin(2 * np.pi * np.arange(200_000) * (np.sqrt(5) - 1) / 2)
    error = ADC(bits=bits)(x) - x
    snr = 10 * np.log10(np.var(x) / np.mean(error**2))
    # 2^b - 1 steps make the range, and a sine dwells at its ends, which are codes.
    assert snr == pytest.approx(6.0206 * bits + 1.7609 + 20 * np.log10(1 - 2.0**-bits), abs=1.6 / 2 ** (bits / 2))


@pytest.mark.parametrize("bits", [4, 8])
def test_effective_bits_of_uniform_codes_are_their_bits(bits):
    assert effective_bits(ADC(bits=bits)(RAMP), RAMP) == pytest.approx(bits, abs=0.1)
    assert effective_bits(RAMP, RAMP) == np.inf
    assert relative_error(1.1 * RAMP, RAMP) == pytest.approx(0.1)


def test_noise_adds_to_the_quantisation_in_variance():
    noise = np.random.default_rng(0).standard_normal
    middle = RAMP[20_000:80_000]
    error = ADC(bits=8, noise=0.002)(middle, draw=noise) - middle
    assert np.var(error) == pytest.approx(1 / 255**2 / 12 + 0.002**2, rel=0.02)


def test_errors_are_those_of_a_data_sheet():
    for converter in (DAC, ADC):
        bow = converter(inl=0.01)(RAMP) - RAMP
        assert np.max(bow) == pytest.approx(0.01)
        assert bow[[0, -1]] == pytest.approx(0)
        np.testing.assert_allclose(converter(offset=0.02)(RAMP, 0.0, 2.0) - RAMP, 0.04)
        np.testing.assert_allclose(converter(gain=0.03)(RAMP), 1.03 * RAMP)


def test_a_range_of_both_signs_has_a_code_for_zero():
    codes = np.unique(ADC(bits=3)(2 * RAMP - 1, -1.0, 1.0))
    np.testing.assert_allclose(codes, np.arange(-3, 4) / 3, atol=1e-15)
    assert len(np.unique(ADC(bits=3)(RAMP))) == 8


def test_a_dac_is_rounded_before_and_an_adc_after_its_errors():
    assert len(np.unique(DAC(bits=3, gain=0.1, inl=0.02)(RAMP))) == 8
    assert DAC(bits=3, gain=0.1)(RAMP).max() == pytest.approx(1.1)
    assert ADC(bits=3, gain=0.1)(RAMP).max() == 1


def test_converters_of_a_spread_differ():
    many = ADC(bits=8, offset=0.01, gain=0.02).drawn(np.random.default_rng(0), 20_000)
    assert np.std(many.offset) == pytest.approx(0.01, rel=0.02)
    assert np.std(many.gain) == pytest.approx(0.02, rel=0.02)
    assert np.all(many.inl == 0)


@pytest.mark.parametrize(("base", "count"), [(2, 8), (4, 3), (3, 4), (16, 1)])
def test_digits_are_those_of_the_nearest_whole_number(base, count):
    p = np.random.default_rng(0).uniform(-0.1, 1.1, (50, 40))
    fraction, share = digits(p, np.float64(base), count)
    assert share.sum() == pytest.approx(1)
    np.testing.assert_allclose(share[1:] * base, share[:-1])
    np.testing.assert_allclose(fraction * (base - 1), np.round(fraction * (base - 1)), atol=1e-12)
    assert fraction.min() == 0
    assert fraction.max() == 1
    np.testing.assert_allclose(np.tensordot(share, fraction, 1), quantise(p, 0.0, 1.0, base**count), atol=1e-12)


def test_what_is_rounded_has_a_straight_gradient_and_what_is_clipped_none():
    x = jnp.asarray([-0.2, 0.13, 0.5, 0.77, 1.3])
    inside = np.array([0.0, 1, 1, 1, 0])
    np.testing.assert_allclose(jax.grad(lambda x: ADC(bits=3)(x).sum())(x), inside)
    np.testing.assert_allclose(jax.grad(lambda x: DAC(bits=3, gain=0.1)(x).sum())(x), 1.1 * inside, rtol=1e-6)
    np.testing.assert_allclose(jax.jit(lambda x: ADC(bits=3)(x))(x), ADC(bits=3)(np.asarray(x)), rtol=1e-6)
    summed = jax.grad(lambda x: jnp.tensordot(*digits(x, 4.0, 3)[::-1], 1).sum())(x)
    np.testing.assert_allclose(summed, inside, rtol=1e-6)


def test_mistakes_are_told():
    with pytest.raises(PinchedError, match="bits"):
        ADC(bits=0)
    with pytest.raises(PinchedError, match="noise"):
        DAC(noise=-1.0)
